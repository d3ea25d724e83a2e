//! Many futures as one: their outputs in order, or as they come.
//!
//! The peers' users take `join_all` and `FuturesUnordered` of `futures`, which pay an allocation, a
//! waker and a place in a linked list for each child; their `join_all` also puts the outputs into
//! order with a heap. tourbillon pays a place in a block of 64, which is two allocations. The
//! children are the same for all: ready at their first poll, or at their second. The floor keeps
//! them in one vector, calls them in a loop and collects what they return.

use std::hint::black_box;
use std::time::Instant;

use super::Measured;
use super::yields::Yields;
use crate::contestant::{Idioms, Monoio, Smol, Tokio, Tourbillon};
use crate::growth::Growth;
use crate::row::{FLOOR, OURS, Row, Target, Unit, Work, best};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    row(
        "join_all/1000",
        "gather 1,000 children that are ready",
        1_000,
        JoinAll::<1_000, 0>::LANES,
        READY,
    ),
    row(
        "join_all/1000/once",
        "gather 1,000 children that yield once",
        1_000,
        JoinAll::<1_000, 1>::LANES,
        ONCE,
    ),
    row(
        "join_all/10000",
        "gather 10,000 children that are ready",
        100,
        JoinAll::<10_000, 0>::LANES,
        READY,
    ),
    row(
        "join_all/10000/once",
        "gather 10,000 children that yield once",
        100,
        JoinAll::<10_000, 1>::LANES,
        ONCE,
    ),
    row(
        "join_all/100000",
        "gather 100,000 children that are ready",
        10,
        JoinAll::<100_000, 0>::LANES,
        READY,
    ),
    row(
        "join_all/100000/once",
        "gather 100,000 children that yield once",
        10,
        JoinAll::<100_000, 1>::LANES,
        ONCE,
    ),
    row(
        "as_completed/1000",
        "the outputs of 1,000 children that are ready, one by one",
        1_000,
        AsCompleted::<1_000, 0>::LANES,
        READY,
    ),
    row(
        "as_completed/1000/once",
        "the outputs of 1,000 children that yield once, one by one",
        1_000,
        AsCompleted::<1_000, 1>::LANES,
        ONCE,
    ),
    row(
        "as_completed/10000",
        "the outputs of 10,000 children that are ready, one by one",
        100,
        AsCompleted::<10_000, 0>::LANES,
        READY,
    ),
    row(
        "as_completed/10000/once",
        "the outputs of 10,000 children that yield once, one by one",
        100,
        AsCompleted::<10_000, 1>::LANES,
        ONCE,
    ),
    row(
        "as_completed/100000",
        "the outputs of 100,000 children that are ready, one by one",
        10,
        AsCompleted::<100_000, 0>::LANES,
        READY,
    ),
    row(
        "as_completed/100000/once",
        "the outputs of 100,000 children that yield once, one by one",
        10,
        AsCompleted::<100_000, 1>::LANES,
        ONCE,
    ),
];

/// The curves of this work.
pub const GROWTH: &[Growth] = &[Growth {
    name: "join_all",
    what: "gather so many children that yield once",
    per: "children",
    unit: Unit::Nanoseconds,
    sizes: &[10, 100, 1_000, 10_000, 100_000],
    lanes: &[
        (OURS, gathered::<Tourbillon>),
        ("tokio", gathered::<Tokio>),
        ("smol", gathered::<Smol>),
        ("monoio", gathered::<Monoio>),
        (FLOOR, |children| floor(children, sets_of(children), 1)),
    ],
}];

/// What children that are ready must show, and those that yield once.
const READY: &[Target] = &[best(0.60)];
const ONCE: &[Target] = &[best(0.80)];

const fn row(
    name: &'static str,
    what: &'static str,
    sets: usize,
    lanes: &'static [(&'static str, Work)],
    targets: &'static [Target],
) -> Row {
    Row {
        name,
        what,
        per: "child",
        unit: Unit::Nanoseconds,
        scale: sets,
        lanes,
        targets,
        quick: true,
    }
}

/// So many sets have a hundred thousand children: enough to be timed.
pub(super) fn sets_of(children: usize) -> usize {
    (100_000 / children).max(1)
}

struct JoinAll<const CHILDREN: usize, const YIELDS: usize>;

impl<const CHILDREN: usize, const YIELDS: usize> JoinAll<CHILDREN, YIELDS> {
    const LANES: &'static [(&'static str, Work)] = &[
        (OURS, |sets| join_all::<Tourbillon>(CHILDREN, sets, YIELDS)),
        ("tokio", |sets| join_all::<Tokio>(CHILDREN, sets, YIELDS)),
        ("smol", |sets| join_all::<Smol>(CHILDREN, sets, YIELDS)),
        ("monoio", |sets| join_all::<Monoio>(CHILDREN, sets, YIELDS)),
        (FLOOR, |sets| floor(CHILDREN, sets, YIELDS)),
    ];
}

struct AsCompleted<const CHILDREN: usize, const YIELDS: usize>;

impl<const CHILDREN: usize, const YIELDS: usize> AsCompleted<CHILDREN, YIELDS> {
    const LANES: &'static [(&'static str, Work)] = &[
        (OURS, |sets| {
            as_completed::<Tourbillon>(CHILDREN, sets, YIELDS)
        }),
        ("tokio", |sets| {
            as_completed::<Tokio>(CHILDREN, sets, YIELDS)
        }),
        ("smol", |sets| as_completed::<Smol>(CHILDREN, sets, YIELDS)),
        ("monoio", |sets| {
            as_completed::<Monoio>(CHILDREN, sets, YIELDS)
        }),
        (FLOOR, |sets| floor(CHILDREN, sets, YIELDS)),
    ];
}

fn children(count: usize, yields: usize) -> impl Iterator<Item = Yields> {
    (0..count).map(move |number| Yields::before(yields, number))
}

/// `sets` times: `count` children, and their outputs in order.
pub fn join_all<C: Idioms>(count: usize, sets: usize, yields: usize) -> Measured {
    C::run(async move {
        let started = Instant::now();
        for _ in 0..sets {
            let numbers = C::join_all(children(count, yields)).await;
            assert_eq!(black_box(numbers)[count - 1], count - 1);
        }
        Measured::time(started.elapsed(), sets * count)
    })
}

fn gathered<C: Idioms>(count: usize) -> Measured {
    join_all::<C>(count, sets_of(count), 1)
}

/// `sets` times: `count` children, and each output as its child finishes.
pub fn as_completed<C: Idioms>(count: usize, sets: usize, yields: usize) -> Measured {
    C::run(async move {
        let expected: usize = (1..=count).sum();
        let started = Instant::now();
        for _ in 0..sets {
            let mut sum = 0;
            C::as_completed(children(count, yields), |number| sum += number + 1).await;
            assert_eq!(sum, expected, "every child gave its output once");
        }
        Measured::time(started.elapsed(), sets * count)
    })
}

/// No runtime: children that are called once, and `yields` times more.
pub fn floor(count: usize, sets: usize, yields: usize) -> Measured {
    let call: fn(&mut usize, usize) -> Option<usize> = black_box(|left, number| {
        let ready = *left == 0;
        *left = left.wrapping_sub(1);
        ready.then_some(number)
    });
    let started = Instant::now();
    for _ in 0..sets {
        let mut children = vec![yields; count];
        let mut numbers = vec![0; count];
        for _ in 0..=yields {
            for (number, left) in children.iter_mut().enumerate() {
                if let Some(number) = call(left, number) {
                    numbers[number] = number;
                }
            }
        }
        assert_eq!(black_box(numbers)[count - 1], count - 1);
    }
    Measured::time(started.elapsed(), sets * count)
}
