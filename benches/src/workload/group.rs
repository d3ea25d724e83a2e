//! Groups: members that are started together and have all ended when the group has.
//!
//! Each runtime in its users' way. tokio's `JoinSet` makes a task of each member, one more shared
//! entry, and moves that entry between two lists when the member has ended; smol's and monoio's
//! users spawn tasks and await the handles. tourbillon's members are futures that the group polls
//! itself: a box, a place in a block, and a one-shot for the output. That a peer's member is a
//! task, with a turn of its own in the run queue, is more than this row asks for; whoever needs no
//! task has `FuturesUnordered`, which is the row `as_completed`. The floor boxes closures, queues
//! them, and calls each until it is done.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use super::Measured;
use super::sets::sets_of;
use super::yields::Yields;
use crate::contestant::{Idioms, Monoio, Smol, Tokio, Tourbillon};
use crate::growth::Growth;
use crate::row::{FLOOR, OURS, Row, Target, Unit, Work, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    row(
        "group/1000",
        "a group of 1,000 members that are ready",
        1_000,
        Group::<1_000, 0>::LANES,
    ),
    row(
        "group/1000/once",
        "a group of 1,000 members that yield once",
        1_000,
        Group::<1_000, 1>::LANES,
    ),
    row(
        "group/10000",
        "a group of 10,000 members that are ready",
        100,
        Group::<10_000, 0>::LANES,
    ),
    row(
        "group/10000/once",
        "a group of 10,000 members that yield once",
        100,
        Group::<10_000, 1>::LANES,
    ),
    row(
        "group/100000",
        "a group of 100,000 members that are ready",
        10,
        Group::<100_000, 0>::LANES,
    ),
    row(
        "group/100000/once",
        "a group of 100,000 members that yield once",
        10,
        Group::<100_000, 1>::LANES,
    ),
];

/// The curves of this work.
pub const GROWTH: &[Growth] = &[Growth {
    name: "group",
    what: "a group of so many members that yield once",
    per: "members",
    unit: Unit::Nanoseconds,
    sizes: &[10, 100, 1_000, 10_000, 100_000],
    lanes: &[
        (OURS, grouped::<Tourbillon>),
        ("tokio", grouped::<Tokio>),
        ("smol", grouped::<Smol>),
        ("monoio", grouped::<Monoio>),
        (FLOOR, |members| floor(members, sets_of(members), 1)),
    ],
}];

const TARGETS: &[Target] = &[lane(0.30, "tokio")];

const fn row(
    name: &'static str,
    what: &'static str,
    groups: usize,
    lanes: &'static [(&'static str, Work)],
) -> Row {
    Row {
        name,
        what,
        per: "member",
        unit: Unit::Nanoseconds,
        scale: groups,
        lanes,
        targets: TARGETS,
        quick: true,
    }
}

struct Group<const MEMBERS: usize, const YIELDS: usize>;

impl<const MEMBERS: usize, const YIELDS: usize> Group<MEMBERS, YIELDS> {
    const LANES: &'static [(&'static str, Work)] = &[
        (OURS, |groups| group::<Tourbillon>(MEMBERS, groups, YIELDS)),
        ("tokio", |groups| group::<Tokio>(MEMBERS, groups, YIELDS)),
        ("smol", |groups| group::<Smol>(MEMBERS, groups, YIELDS)),
        ("monoio", |groups| group::<Monoio>(MEMBERS, groups, YIELDS)),
        (FLOOR, |groups| floor(MEMBERS, groups, YIELDS)),
    ];
}

/// `groups` times: a group of `members` members that add their number to a sum.
pub fn group<C: Idioms>(members: usize, groups: usize, yields: usize) -> Measured {
    C::run(async move {
        // Leaked, since a member that is a task borrows nothing that ends.
        let sum: &'static AtomicUsize = Box::leak(Box::default());
        let started = Instant::now();
        for _ in 0..groups {
            let members = (1..=members).map(move |number| add(sum, yields, number));
            C::group(members).await;
        }
        let elapsed = started.elapsed();
        let expected = groups * (1..=members).sum::<usize>();
        assert_eq!(sum.load(Relaxed), expected, "every member ran once");
        Measured::time(elapsed, groups * members)
    })
}

async fn add(sum: &AtomicUsize, yields: usize, number: usize) {
    let number = Yields::before(yields, number).await;
    // Relaxed: a sum that only this thread touches.
    sum.fetch_add(number, Relaxed);
}

fn grouped<C: Idioms>(members: usize) -> Measured {
    group::<C>(members, sets_of(members), 1)
}

/// No runtime: boxed closures in a queue, each called once and `yields` times more.
pub fn floor(members: usize, groups: usize, yields: usize) -> Measured {
    type Member = Box<dyn FnMut(&mut usize) -> bool>;
    let mut queue: VecDeque<Member> = VecDeque::with_capacity(members);
    let mut sum = 0;
    let started = Instant::now();
    for _ in 0..groups {
        for number in 1..=members {
            let mut left = yields + 1;
            queue.push_back(black_box(Box::new(move |sum| {
                left -= 1;
                *sum += if left == 0 { number } else { 0 };
                left > 0
            })));
        }
        while let Some(mut member) = queue.pop_front() {
            if member(&mut sum) {
                queue.push_back(member);
            }
        }
    }
    let elapsed = started.elapsed();
    assert_eq!(sum, groups * (1..=members).sum::<usize>());
    Measured::time(elapsed, groups * members)
}
