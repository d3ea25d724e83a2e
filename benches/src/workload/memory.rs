//! What a task that only waits weighs: resident memory, by `/proc/self/status`, divided by the
//! tasks.
//!
//! The handles are kept, in a table that is written before the first reading, since a handle is
//! eight bytes and what it points to is the task. Tasks are spawned in waves, so that what is
//! weighed is a task and not the longest the run queue ever was; the root gives way by awaiting an
//! empty task, since a yield does not make every peer (monoio) run anybody else. Meaningful only in
//! a fresh process: memory freed before counts as nothing.

use std::fs;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use super::Measured;
use crate::contestant::{Contestant, Monoio, Smol, Tokio, Tourbillon};
use crate::row::{FLOOR, OURS, Row, Unit, fixed};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "bytes/idle",
        what: "resident memory of tasks that hold one word and wait",
        per: "task",
        unit: Unit::Bytes,
        scale: 1_000_000,
        lanes: &[
            (OURS, idle::<Tourbillon>),
            ("tokio", idle::<Tokio>),
            ("smol", idle::<Smol>),
            ("monoio", idle::<Monoio>),
            (FLOOR, idle_floor),
        ],
        targets: &[fixed(128.0)],
        quick: false,
    },
    Row {
        name: "bytes/sleeping",
        what: "resident memory of tasks that sleep",
        per: "task",
        unit: Unit::Bytes,
        scale: 1_000_000,
        lanes: &[
            (OURS, sleeping::<Tourbillon>),
            ("tokio", sleeping::<Tokio>),
            ("smol", sleeping::<Smol>),
            ("monoio", sleeping::<Monoio>),
            (FLOOR, sleeping_floor),
        ],
        targets: &[fixed(200.0)],
        quick: false,
    },
];

/// How many tasks are spawned before they are let run.
const WAVE: usize = 1_000;

/// A future of one word that is never ready: nobody holds its waker.
struct Parked {
    polled: &'static AtomicUsize,
}

impl Future for Parked {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        // Relaxed: a count that only this thread reads.
        self.polled.fetch_add(1, Ordering::Relaxed);
        Poll::Pending
    }
}

/// Bytes a task that holds one word and waits for ever.
pub fn idle<C: Contestant>(tasks: usize) -> Measured {
    weigh::<C, _>(tasks, |polled| Parked { polled })
}

/// Bytes a task that sleeps for an hour.
pub fn sleeping<C: Contestant>(tasks: usize) -> Measured {
    weigh::<C, _>(tasks, |polled| async move {
        // Relaxed: a count that only this thread reads.
        polled.fetch_add(1, Ordering::Relaxed);
        C::sleep(Duration::from_secs(3_600)).await;
    })
}

fn weigh<C, F>(
    tasks: usize,
    future: impl Fn(&'static AtomicUsize) -> F + Send + 'static,
) -> Measured
where
    C: Contestant,
    F: Future<Output = ()> + Send + 'static,
{
    C::run(async move {
        let polled: &'static AtomicUsize = Box::leak(Box::default());
        let mut handles: Vec<Option<C::Task<()>>> = Vec::new();
        handles.resize_with(tasks, || None);
        let before = resident();
        for wave in handles.chunks_mut(WAVE) {
            let due = polled.load(Ordering::Relaxed) + wave.len();
            wave.fill_with(|| Some(C::spawn(future(polled))));
            while polled.load(Ordering::Relaxed) < due {
                C::spawn(async {}).await;
            }
        }
        let bytes = resident().saturating_sub(before);
        Measured::Amount {
            amount: bytes as f64,
            items: tasks,
        }
    })
}

/// No runtime: a box for the word.
pub fn idle_floor(tasks: usize) -> Measured {
    weigh_boxes(tasks, |number| number)
}

/// No runtime: a box for the word and the deadline.
pub fn sleeping_floor(tasks: usize) -> Measured {
    weigh_boxes(tasks, |number| (number, Duration::from_secs(3_600)))
}

fn weigh_boxes<T>(tasks: usize, content: impl Fn(usize) -> T) -> Measured {
    let mut boxes: Vec<Option<Box<T>>> = Vec::new();
    boxes.resize_with(tasks, || None);
    let before = resident();
    for (number, place) in boxes.iter_mut().enumerate() {
        *place = Some(Box::new(content(number)));
    }
    let bytes = resident().saturating_sub(before);
    drop(boxes);
    Measured::Amount {
        amount: bytes as f64,
        items: tasks,
    }
}

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux shows a process to itself");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kibibytes
        .and_then(|count| count.parse::<usize>().ok())
        .expect("VmRSS is so many kB")
        * 1_024
}
