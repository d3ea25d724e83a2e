//! Yielding: a task gives way to the others and is polled again in its turn.
//!
//! One self-waking future for all: tokio's own `yield_now` asks its driver each time, which would
//! flatter everybody else. What a runtime pays: marking the task woken, a push, a pop, an indirect
//! call, and its share of a look at the driver each 61 polls or so (tokio, with a single task: at
//! each yield, since its queue is then empty between two polls). monoio puts a task that wakes
//! itself at the front of its queue and polls it again: its yields give way to nobody, and its
//! figure with 1,000 tasks is no round robin.

use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::Measured;
use crate::contestant::{Contestant, Monoio, Smol, Socket, Tokio, Tourbillon};
use crate::row::{FLOOR, OURS, Row, Unit, best, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "yield/1",
        what: "one task yields",
        per: "yield",
        unit: Unit::Nanoseconds,
        scale: 2_000_000,
        lanes: &[
            (OURS, one::<Tourbillon>),
            ("tokio", one::<Tokio>),
            ("smol", one::<Smol>),
            ("monoio", one::<Monoio>),
            (FLOOR, one_floor),
        ],
        targets: &[best(0.55)],
        quick: true,
    },
    Row {
        name: "yield/1/watched",
        what: "one task yields while a socket and a timer are waited for",
        per: "yield",
        unit: Unit::Nanoseconds,
        scale: 2_000_000,
        lanes: &[
            (OURS, one_watched::<Tourbillon>),
            ("yield/1", one::<Tourbillon>),
            ("tokio", one_watched::<Tokio>),
            ("smol", one_watched::<Smol>),
            ("monoio", one_watched::<Monoio>),
            (FLOOR, one_floor),
        ],
        targets: &[lane(1.40, "yield/1")],
        quick: true,
    },
    Row {
        name: "yield/1000",
        what: "1,000 tasks yield in turn",
        per: "yield",
        unit: Unit::Nanoseconds,
        scale: 2_000,
        lanes: &[
            (OURS, thousand::<Tourbillon>),
            ("tokio", thousand::<Tokio>),
            ("smol", thousand::<Smol>),
            ("monoio", thousand::<Monoio>),
            (FLOOR, thousand_floor),
        ],
        targets: &[best(0.80)],
        quick: true,
    },
];

/// A future that wakes itself and returns `Pending` so many times, then gives its value.
pub struct Yields {
    left: usize,
    value: usize,
}

/// Gives way once.
pub fn yield_once() -> Yields {
    Yields::before(1, 0)
}

impl Yields {
    /// A future that is pending `times` times before it gives `value`.
    pub fn before(times: usize, value: usize) -> Yields {
        Yields { left: times, value }
    }
}

impl Future for Yields {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        if self.left == 0 {
            return Poll::Ready(self.value);
        }
        self.left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// `tasks` tasks that yield `times` times each, from the first spawn to the last handle.
async fn yields<C: Contestant>(tasks: usize, times: usize) -> Measured {
    let mut handles = Vec::with_capacity(tasks);
    let started = Instant::now();
    for number in 0..tasks {
        handles.push(C::spawn(async move {
            for _ in 0..times {
                yield_once().await;
            }
            number
        }));
    }
    for handle in handles {
        black_box(handle.await);
    }
    Measured::time(started.elapsed(), tasks * times)
}

/// One task, yielding alone.
pub fn one<C: Contestant>(times: usize) -> Measured {
    C::run(yields::<C>(1, times))
}

/// One task, yielding while another waits for a socket and a third for a timer.
///
/// What is pending makes a look at the driver dearer: it may no longer be left out.
pub fn one_watched<C: Contestant>(times: usize) -> Measured {
    C::run(async move {
        let (mut near, mut far) = C::connected_pair().await.expect("loopback connects");
        let reading =
            C::spawn(async move { far.read_exact(&mut [0]).await.expect("the peer writes") });
        let sleeping = C::spawn(async { drop(C::sleep(Duration::from_secs(3_600)).await) });
        for _ in 0..SETTLE {
            C::spawn(async {}).await;
        }
        let measured = yields::<C>(1, times).await;
        near.write_all(&[1]).await.expect("the peer reads");
        reading.await;
        drop(sleeping);
        measured
    })
}

/// Empty tasks awaited until everybody else surely waits.
const SETTLE: usize = 100;

/// A thousand tasks, yielding in turn.
pub fn thousand<C: Contestant>(times: usize) -> Measured {
    C::run(yields::<C>(1_000, times))
}

/// No runtime: a queue of boxed counters; pop, call, push.
fn floor(tasks: usize, times: usize) -> Measured {
    type Counter = Box<dyn FnMut() -> bool>;
    let mut queue: VecDeque<Counter> = VecDeque::with_capacity(tasks);
    let started = Instant::now();
    for _ in 0..tasks {
        let mut left = times;
        queue.push_back(black_box(Box::new(move || {
            left -= 1;
            left > 0
        })));
    }
    while let Some(mut counter) = queue.pop_front() {
        if counter() {
            queue.push_back(counter);
        }
    }
    Measured::time(started.elapsed(), tasks * times)
}

/// The floor of [`one`].
pub fn one_floor(times: usize) -> Measured {
    floor(1, times)
}

/// The floor of [`thousand`].
pub fn thousand_floor(times: usize) -> Measured {
    floor(1_000, times)
}
