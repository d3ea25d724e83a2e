//! Wakes from another thread: into a loop that is busy, and into one that sleeps.
//!
//! The waker comes from one hand-written future for all, `Slot::take`. What a runtime pays to be
//! woken while it runs: marking the task, a queue that other threads may push to, and whatever
//! tells the loop to look there (tokio writes to its eventfd each time). While the loop sleeps all
//! pay the same, which is the system's: an eventfd or its like, and two switches of threads. The
//! floors are a channel of `std` that a busy thread asks again and again, and mio's `Waker`.
//!
//! monoio has no lane among the busy: on io_uring it hears of other threads only when it has
//! nothing left to poll, so that one task that yields all the time keeps it deaf for ever.

use std::hint::black_box;
use std::io;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use super::Measured;
use super::pingpong::Slot;
use super::yields::yield_once;
use crate::contestant::{Contestant, Monoio, Smol, Tokio, Tourbillon};
use crate::row::{FLOOR, OURS, Row, Unit, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "wake/remote-busy",
        what: "a thread wakes 1,000 waiting tasks of a loop on which another yields all the time",
        per: "wake",
        unit: Unit::Nanoseconds,
        scale: 200,
        lanes: &[
            (OURS, remote_busy::<Tourbillon>),
            ("tokio", remote_busy::<Tokio>),
            ("smol", remote_busy::<Smol>),
            (FLOOR, remote_busy_floor),
        ],
        targets: &[lane(0.35, "tokio")],
        quick: true,
    },
    Row {
        name: "wake/remote-parked",
        what: "a thread wakes a task of a sleeping loop and sleeps until it answers",
        per: "round trip",
        unit: Unit::Nanoseconds,
        scale: 20_000,
        lanes: &[
            (OURS, remote_parked::<Tourbillon>),
            ("tokio", remote_parked::<Tokio>),
            ("smol", remote_parked::<Smol>),
            ("monoio", remote_parked::<Monoio>),
            (FLOOR, remote_parked_floor),
        ],
        targets: &[lane(1.0, "tokio")],
        quick: true,
    },
];

/// How many tasks wait to be woken: each is woken once a round, so that no wake rides on another,
/// and the end of a round, at which a thread must be switched to, is a small part of it.
const WAITING: usize = 1_000;

/// How many wakes were answered, and the thread to tell at the end of each round.
struct Answers {
    count: AtomicUsize,
    round: usize,
    asker: Thread,
}

impl Answers {
    fn one_more(&self) {
        // Release: pairs with the load in `asking_thread`, so that whoever puts has seen all values
        // of the round before taken. Each addition carries on the ones before it: to see the last
        // is to see all.
        let count = self.count.fetch_add(1, Release) + 1;
        if count.is_multiple_of(self.round) {
            self.asker.unpark();
        }
    }
}

/// A thread that asks `round` times with 0, 1, 2, …, sleeps until all are answered, and so on for
/// `rounds` rounds. The first is a rehearsal: by the second, everybody surely waits. It ends with
/// how long the others took.
fn asking_thread(
    rounds: usize,
    round: usize,
    ask: impl Fn(usize) + Send + 'static,
) -> (Arc<Answers>, JoinHandle<Duration>) {
    let (sender, receiver) = mpsc::channel::<Arc<Answers>>();
    let thread = thread::spawn(move || {
        let answers = receiver.recv().expect("the loop sends the count first");
        let mut started = Instant::now();
        for number in 0..=rounds {
            if number == 1 {
                started = Instant::now();
            }
            (0..round).for_each(&ask);
            // Acquire: pairs with `one_more`.
            while answers.count.load(Acquire) < (number + 1) * round {
                thread::park();
            }
        }
        started.elapsed()
    });
    let answers = Arc::new(Answers {
        count: AtomicUsize::new(0),
        round,
        asker: thread.thread().clone(),
    });
    let sent = sender.send(answers.clone());
    sent.expect("the thread waits for it");
    (answers, thread)
}

fn slots(count: usize) -> Arc<[Slot<()>]> {
    (0..count).map(|_| Slot::new()).collect()
}

/// Waits for a value, answers, `times` times.
async fn answer(slots: Arc<[Slot<()>]>, number: usize, answers: Arc<Answers>, times: usize) {
    for _ in 0..times {
        slots[number].take().await;
        answers.one_more();
    }
}

/// A thousand tasks of a busy loop are woken by a thread, and again when all have answered.
pub fn remote_busy<C: Contestant>(rounds: usize) -> Measured {
    C::run(async move {
        let over = Arc::new(AtomicBool::new(false));
        let busy = C::spawn({
            let over = over.clone();
            async move {
                // Relaxed: it says nothing about other memory.
                while !over.load(Relaxed) {
                    yield_once().await;
                }
            }
        });
        let slots = slots(WAITING);
        let (answers, thread) = asking_thread(rounds, WAITING, {
            let slots = slots.clone();
            move |number| slots[number].put(())
        });
        let tasks: Vec<_> = (0..WAITING)
            .map(|number| C::spawn(answer(slots.clone(), number, answers.clone(), rounds + 1)))
            .collect();
        for task in tasks {
            task.await;
        }
        over.store(true, Relaxed);
        busy.await;
        let elapsed = thread.join().expect("asking does not panic");
        Measured::time(elapsed, rounds * WAITING)
    })
}

/// No runtime: a channel of numbers, asked between two calls of a boxed closure.
pub fn remote_busy_floor(rounds: usize) -> Measured {
    let slots = slots(WAITING);
    let (sender, receiver) = mpsc::channel();
    let (answers, thread) = asking_thread(rounds, WAITING, {
        let slots = slots.clone();
        move |number| {
            slots[number].put(());
            sender.send(number).expect("the loop listens to the end");
        }
    });
    let mut calls = 0_u64;
    let mut busy: Box<dyn FnMut()> = black_box(Box::new(|| calls += 1));
    let mut left = (rounds + 1) * WAITING;
    while left > 0 {
        busy();
        while let Ok(number) = receiver.try_recv() {
            slots[number].take_now();
            answers.one_more();
            left -= 1;
        }
    }
    let elapsed = thread.join().expect("asking does not panic");
    Measured::time(elapsed, rounds * WAITING)
}

/// The task of a sleeping loop is woken by a thread, answers, and sleeps again.
pub fn remote_parked<C: Contestant>(trips: usize) -> Measured {
    C::run(async move {
        let slots = slots(1);
        let (answers, thread) = asking_thread(trips, 1, {
            let slots = slots.clone();
            move |number| slots[number].put(())
        });
        answer(slots, 0, answers, trips + 1).await;
        let elapsed = thread.join().expect("asking does not panic");
        Measured::time(elapsed, trips)
    })
}

/// No runtime: mio's poll and its waker.
pub fn remote_parked_floor(trips: usize) -> Measured {
    parked_floor(trips).expect("the system gives a poll and an eventfd")
}

fn parked_floor(trips: usize) -> io::Result<Measured> {
    let mut poll = mio::Poll::new()?;
    let waker = mio::Waker::new(poll.registry(), mio::Token(0))?;
    let mut events = mio::Events::with_capacity(1);
    let slots = slots(1);
    let (answers, thread) = asking_thread(trips, 1, {
        let slots = slots.clone();
        move |number| {
            slots[number].put(());
            waker.wake().expect("an eventfd takes a wake");
        }
    });
    for _ in 0..=trips {
        poll.poll(&mut events, None)?;
        slots[0].take_now();
        answers.one_more();
    }
    let elapsed = thread.join().expect("asking does not panic");
    Ok(Measured::time(elapsed, trips))
}
