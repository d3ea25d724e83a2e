//! One value from here to there: make the channel, send, receive.
//!
//! tokio and tourbillon bring their own one-shot; smol's users take the one of `futures`. What all
//! pay: one allocation that both halves share, and the atomic operations that hand the value over.
//! The floor pays the allocation, and for two tasks also the slot and the queue.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use super::Measured;
use super::pingpong::Slot;
use crate::contestant::{Idioms, Monoio, Smol, Tokio, Tourbillon};
use crate::row::{FLOOR, OURS, Row, Unit, best};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "oneshot/alone",
        what: "make a one-shot, send, receive, in one task",
        per: "value",
        unit: Unit::Nanoseconds,
        scale: 1_000_000,
        lanes: &[
            (OURS, alone::<Tourbillon>),
            ("tokio", alone::<Tokio>),
            ("smol", alone::<Smol>),
            ("monoio", alone::<Monoio>),
            (FLOOR, alone_floor),
        ],
        targets: &[best(1.05)],
        quick: true,
    },
    Row {
        name: "oneshot/tasks",
        what: "one task makes a one-shot and waits, another sends",
        per: "value",
        unit: Unit::Nanoseconds,
        scale: 500_000,
        lanes: &[
            (OURS, tasks::<Tourbillon>),
            ("tokio", tasks::<Tokio>),
            ("smol", tasks::<Smol>),
            ("monoio", tasks::<Monoio>),
            (FLOOR, tasks_floor),
        ],
        targets: &[best(0.70)],
        quick: true,
    },
];

/// Makes, sends and receives in one task: the value is there before anybody waits.
pub fn alone<C: Idioms>(times: usize) -> Measured {
    C::run(async move {
        let started = Instant::now();
        for number in 0..times {
            let (sender, receiver) = C::oneshot();
            C::send(sender, number);
            assert_eq!(receiver.await, number);
        }
        Measured::time(started.elapsed(), times)
    })
}

/// One task makes the channel and waits, another is handed the sender and answers.
pub fn tasks<C: Idioms>(times: usize) -> Measured {
    C::run(async move {
        let requests = Arc::new(Slot::new());
        let started = Instant::now();
        let asking = C::spawn({
            let requests = requests.clone();
            async move {
                for number in 0..times {
                    let (sender, receiver) = C::oneshot();
                    requests.put((sender, number));
                    assert_eq!(receiver.await, number);
                }
            }
        });
        let answering = C::spawn(async move {
            for _ in 0..times {
                let (sender, number): (C::Sender<usize>, usize) = requests.take().await;
                C::send(sender, number);
            }
        });
        asking.await;
        answering.await;
        Measured::time(started.elapsed(), times)
    })
}

/// No runtime: a boxed value, made, filled, emptied.
pub fn alone_floor(times: usize) -> Measured {
    let started = Instant::now();
    for number in 0..times {
        let mut slot = black_box(Box::new(None));
        *slot = Some(number);
        assert_eq!(black_box(slot).take(), Some(number));
    }
    Measured::time(started.elapsed(), times)
}

/// No runtime: the boxed value goes to a boxed closure through a queue, and back the same way.
pub fn tasks_floor(times: usize) -> Measured {
    type Request = Box<Option<usize>>;
    let mut answer: Box<dyn FnMut(&mut Request)> = black_box(Box::new(|slot| **slot = Some(1)));
    let mut queue: VecDeque<Request> = VecDeque::new();
    let started = Instant::now();
    for _ in 0..times {
        queue.push_back(black_box(Box::new(None)));
        let mut request = queue.pop_front().expect("it was pushed just before");
        answer(&mut request);
        queue.push_back(request);
        let answered = queue.pop_front().expect("it was pushed just before");
        assert_eq!(*black_box(answered), Some(1));
    }
    Measured::time(started.elapsed(), times)
}
