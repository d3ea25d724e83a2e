//! Many futures as one: a thousand children gathered in order.
//!
//! The peers' users take `join_all` of `futures`, which pays an allocation and a heap entry a
//! child; the children are the same for all. The floor polls boxed closures in a loop and collects
//! what they return.

use std::hint::black_box;
use std::time::Instant;

use super::Measured;
use super::yields::Yields;
use crate::contestant::{Idioms, Monoio, Smol, Tokio, Tourbillon};
use crate::row::{FLOOR, OURS, Row, Unit, best};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "join_all/1000",
        what: "gather 1,000 children that are ready",
        per: "child",
        unit: Unit::Nanoseconds,
        scale: 1_000,
        lanes: &[
            (OURS, join_all_ready::<Tourbillon>),
            ("tokio", join_all_ready::<Tokio>),
            ("smol", join_all_ready::<Smol>),
            ("monoio", join_all_ready::<Monoio>),
            (FLOOR, join_all_ready_floor),
        ],
        targets: &[best(0.60)],
        quick: true,
    },
    Row {
        name: "join_all/1000/once",
        what: "gather 1,000 children that yield once",
        per: "child",
        unit: Unit::Nanoseconds,
        scale: 1_000,
        lanes: &[
            (OURS, join_all_once::<Tourbillon>),
            ("tokio", join_all_once::<Tokio>),
            ("smol", join_all_once::<Smol>),
            ("monoio", join_all_once::<Monoio>),
            (FLOOR, join_all_once_floor),
        ],
        targets: &[best(0.80)],
        quick: true,
    },
];

/// How many children a set has.
const CHILDREN: usize = 1_000;

/// `sets` sets of children that are ready at their first poll.
pub fn join_all_ready<C: Idioms>(sets: usize) -> Measured {
    join_all::<C>(sets, 0)
}

/// `sets` sets of children that yield once.
pub fn join_all_once<C: Idioms>(sets: usize) -> Measured {
    join_all::<C>(sets, 1)
}

fn join_all<C: Idioms>(sets: usize, yields: usize) -> Measured {
    C::run(async move {
        let started = Instant::now();
        for _ in 0..sets {
            let children = (0..CHILDREN).map(|number| Yields::before(yields, number));
            let numbers = C::join_all(children).await;
            assert_eq!(black_box(numbers)[CHILDREN - 1], CHILDREN - 1);
        }
        Measured::time(started.elapsed(), sets * CHILDREN)
    })
}

/// No runtime: children that are ready, called one after the other.
pub fn join_all_ready_floor(sets: usize) -> Measured {
    floor(sets, 0)
}

/// No runtime: children that are called twice.
pub fn join_all_once_floor(sets: usize) -> Measured {
    floor(sets, 1)
}

fn floor(sets: usize, yields: usize) -> Measured {
    let call: fn(&mut usize, usize) -> Option<usize> = black_box(|left, number| {
        let ready = *left == 0;
        *left = left.wrapping_sub(1);
        ready.then_some(number)
    });
    let started = Instant::now();
    for _ in 0..sets {
        let mut children = vec![yields; CHILDREN];
        let mut numbers = vec![0; CHILDREN];
        for _ in 0..=yields {
            for (number, left) in children.iter_mut().enumerate() {
                if let Some(number) = call(left, number) {
                    numbers[number] = number;
                }
            }
        }
        assert_eq!(black_box(numbers)[CHILDREN - 1], CHILDREN - 1);
    }
    Measured::time(started.elapsed(), sets * CHILDREN)
}
