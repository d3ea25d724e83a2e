//! Two tasks and a value that goes to and fro, over a channel that every contestant shares.
//!
//! The channel is a mutex round a value and a waker, so small that what shows is the runtime: two
//! wakes and two polls a round trip. The floor keeps the channel, which is nobody's runtime, and
//! replaces the wakes by pushes to a queue.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Instant;

use super::Measured;
use crate::contestant::{Contestant, Monoio, Smol, Tokio, Tourbillon};
use crate::row::{FLOOR, OURS, Row, Unit, best};

/// The rows of this work.
pub const ROWS: &[Row] = &[Row {
    name: "pingpong",
    what: "two tasks, a value each way over a channel that all share",
    per: "round trip",
    unit: Unit::Nanoseconds,
    scale: 500_000,
    lanes: &[
        (OURS, pingpong::<Tourbillon>),
        ("tokio", pingpong::<Tokio>),
        ("smol", pingpong::<Smol>),
        ("monoio", pingpong::<Monoio>),
        (FLOOR, floor),
    ],
    targets: &[best(0.70)],
    quick: true,
}];

/// A channel for one value at a time, one sender and one receiver.
///
/// - **At most one value.** Whoever puts has seen the value before taken; otherwise `put` panics.
/// - **No waker runs under the lock.**
pub struct Slot<T>(Mutex<Inner<T>>);

struct Inner<T> {
    value: Option<T>,
    receiver: Option<Waker>,
}

impl<T> Slot<T> {
    /// An empty slot that nobody waits for.
    #[expect(
        clippy::new_without_default,
        reason = "a channel is made, not defaulted"
    )]
    pub fn new() -> Slot<T> {
        Slot(Mutex::new(Inner {
            value: None,
            receiver: None,
        }))
    }

    /// Puts a value in and wakes the receiver, if it waits.
    pub fn put(&self, value: T) {
        let mut inner = self.0.lock().expect("nothing panics under the lock");
        assert!(inner.value.is_none(), "one value at a time");
        inner.value = Some(value);
        let receiver = inner.receiver.take();
        drop(inner);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }

    /// Waits for a value. The latest waker wins.
    pub async fn take(&self) -> T {
        poll_fn(|cx| {
            let mut inner = self.0.lock().expect("nothing panics under the lock");
            if let Some(value) = inner.value.take() {
                return Poll::Ready(value);
            }
            let before = inner.receiver.replace(cx.waker().clone());
            drop(inner);
            drop(before);
            Poll::Pending
        })
        .await
    }

    /// Takes a value that is already there.
    pub(super) fn take_now(&self) -> T {
        let value = self
            .0
            .lock()
            .expect("nothing panics under the lock")
            .value
            .take();
        value.expect("it was put before")
    }
}

/// `trips` round trips between two tasks.
pub fn pingpong<C: Contestant>(trips: usize) -> Measured {
    C::run(async move {
        let there = Arc::new(Slot::new());
        let back = Arc::new(Slot::new());
        let started = Instant::now();
        let ping = C::spawn({
            let (there, back) = (there.clone(), back.clone());
            async move {
                for trip in 0..trips {
                    there.put(trip);
                    assert_eq!(back.take().await, trip);
                }
            }
        });
        let pong = C::spawn(async move {
            for _ in 0..trips {
                let value: usize = there.take().await;
                back.put(value);
            }
        });
        ping.await;
        pong.await;
        Measured::time(started.elapsed(), trips)
    })
}

/// No runtime: two boxed closures that push each other's number to a queue.
pub fn floor(trips: usize) -> Measured {
    type Player = Box<dyn FnMut(&mut VecDeque<usize>)>;
    let there = Arc::new(Slot::new());
    let back = Arc::new(Slot::new());
    let (there_too, back_too) = (there.clone(), back.clone());
    let mut trip = 0;
    let ping: Player = Box::new(move |queue| {
        if trip > 0 {
            assert_eq!(back_too.take_now(), trip - 1);
        }
        if trip < trips {
            there_too.put(trip);
            trip += 1;
            queue.push_back(1);
        }
    });
    let pong: Player = Box::new(move |queue| {
        let value: usize = there.take_now();
        back.put(value);
        queue.push_back(0);
    });
    let mut players = black_box([ping, pong]);
    let mut queue = VecDeque::from([0]);
    let started = Instant::now();
    while let Some(next) = queue.pop_front() {
        players[next](&mut queue);
    }
    Measured::time(started.elapsed(), trips)
}
