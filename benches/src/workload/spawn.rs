//! Spawning: many at once, one at a time, and each from within the one before.
//!
//! What a runtime pays: one allocation for the task (tokio's is aligned to 128 bytes; smol also
//! enters the task into its table), a push, a pop, an indirect call, and handing the result to
//! whoever waits. The floor pays the allocation, the queue and the call.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use super::pingpong::Slot;
use super::{Measured, repeated};
use crate::contestant::{Contestant, Monoio, Smol, Tokio, Tourbillon};
use crate::growth::Growth;
use crate::row::{FLOOR, OURS, Row, Unit, best, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "spawn/batch",
        what: "spawn tasks that return a number, then await them all",
        per: "task",
        unit: Unit::Nanoseconds,
        scale: 200_000,
        lanes: &[
            (OURS, batch::<Tourbillon>),
            ("tokio", batch::<Tokio>),
            ("smol", batch::<Smol>),
            ("monoio", batch::<Monoio>),
            (FLOOR, batch_floor),
        ],
        targets: &[best(0.65), lane(0.15, "tokio")],
        quick: true,
    },
    Row {
        name: "spawn/await",
        what: "spawn one task, await it",
        per: "task",
        unit: Unit::Nanoseconds,
        scale: 200_000,
        lanes: &[
            (OURS, and_await::<Tourbillon>),
            ("tokio", and_await::<Tokio>),
            ("smol", and_await::<Smol>),
            ("monoio", and_await::<Monoio>),
            (FLOOR, and_await_floor),
        ],
        targets: &[best(0.25)],
        quick: true,
    },
    Row {
        name: "spawn/chain",
        what: "each task spawns the next, 1,000 deep",
        per: "task",
        unit: Unit::Nanoseconds,
        scale: 200,
        lanes: &[
            (OURS, chain::<Tourbillon>),
            ("tokio", chain::<Tokio>),
            ("smol", chain::<Smol>),
            ("monoio", chain::<Monoio>),
            (FLOOR, chain_floor),
        ],
        targets: &[lane(0.40, "tokio")],
        quick: true,
    },
];

/// The curves of this work.
pub const GROWTH: &[Growth] = &[Growth {
    name: "tasks",
    what: "spawn so many tasks that return a number, then await them all",
    per: "tasks",
    unit: Unit::Nanoseconds,
    sizes: &[1_000, 10_000, 100_000, 1_000_000],
    lanes: &[
        (OURS, batches::<Tourbillon>),
        ("tokio", batches::<Tokio>),
        ("smol", batches::<Smol>),
        ("monoio", batches::<Monoio>),
        (FLOOR, |tasks| repeated(100_000, tasks, batch_floor)),
    ],
}];

/// As [`batch`], often enough that few tasks can be timed.
fn batches<C: Contestant>(tasks: usize) -> Measured {
    repeated(100_000, tasks, batch::<C>)
}

/// Spawns `tasks` tasks that return a number, then awaits them all, in order.
pub fn batch<C: Contestant>(tasks: usize) -> Measured {
    C::run(async move {
        let mut handles = Vec::with_capacity(tasks);
        let started = Instant::now();
        for number in 0..tasks {
            handles.push(C::spawn(async move { number }));
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await;
        }
        let elapsed = started.elapsed();
        assert_eq!(sum, sum_below(tasks), "every task returned its number");
        Measured::time(elapsed, tasks)
    })
}

/// Spawns one task and awaits it, `times` times.
pub fn and_await<C: Contestant>(times: usize) -> Measured {
    C::run(async move {
        let started = Instant::now();
        let mut sum = 0;
        for number in 0..times {
            sum += C::spawn(async move { number }).await;
        }
        let elapsed = started.elapsed();
        assert_eq!(sum, sum_below(times), "every task returned its number");
        Measured::time(elapsed, times)
    })
}

/// How deep a chain of tasks goes.
const DEPTH: usize = 1_000;

/// `chains` times a chain of tasks, each of which spawns the next and ends.
pub fn chain<C: Contestant>(chains: usize) -> Measured {
    C::run(async move {
        let end = Arc::new(Slot::new());
        let started = Instant::now();
        for _ in 0..chains {
            link::<C>(DEPTH, end.clone());
            end.take().await;
        }
        Measured::time(started.elapsed(), chains * DEPTH)
    })
}

fn link<C: Contestant>(left: usize, end: Arc<Slot<()>>) {
    C::detach(C::spawn(async move {
        if left > 1 {
            link::<C>(left - 1, end);
        } else {
            end.put(());
        }
    }));
}

/// No runtime: boxed closures through a queue, all pushed, then all called.
pub fn batch_floor(tasks: usize) -> Measured {
    let mut queue: VecDeque<Box<dyn FnOnce() -> usize>> = VecDeque::with_capacity(tasks);
    let started = Instant::now();
    for number in 0..tasks {
        queue.push_back(black_box(Box::new(move || number)));
    }
    let mut sum = 0;
    while let Some(task) = queue.pop_front() {
        sum += task();
    }
    let elapsed = started.elapsed();
    assert_eq!(sum, sum_below(tasks), "every closure returned its number");
    Measured::time(elapsed, tasks)
}

/// No runtime: one boxed closure at a time through a queue.
pub fn and_await_floor(times: usize) -> Measured {
    let mut queue: VecDeque<Box<dyn FnOnce() -> usize>> = VecDeque::new();
    let started = Instant::now();
    let mut sum = 0;
    for number in 0..times {
        queue.push_back(black_box(Box::new(move || number)));
        sum += queue.pop_front().expect("it was pushed just before")();
    }
    let elapsed = started.elapsed();
    assert_eq!(sum, sum_below(times), "every closure returned its number");
    Measured::time(elapsed, times)
}

/// A queue whose closures may push to it.
struct Queue(VecDeque<Link>);

type Link = Box<dyn FnOnce(&mut Queue)>;

/// No runtime: boxed closures, each of which pushes the next.
pub fn chain_floor(chains: usize) -> Measured {
    fn link(queue: &mut Queue, left: usize) {
        queue.0.push_back(black_box(Box::new(move |queue| {
            if left > 1 {
                link(queue, left - 1);
            }
        })));
    }
    let mut queue = Queue(VecDeque::new());
    let started = Instant::now();
    for _ in 0..chains {
        link(&mut queue, DEPTH);
        while let Some(task) = queue.0.pop_front() {
            task(&mut queue);
        }
    }
    Measured::time(started.elapsed(), chains * DEPTH)
}

fn sum_below(end: usize) -> usize {
    (0..end).sum()
}
