//! Timers that are set and given up: the life of nearly every time-out.
//!
//! A sleep is boxed for all, since tokio's must be. What a runtime pays to arm one: a clock read,
//! the box, and a place in its wheel (tokio, monoio, tourbillon) or tree (smol); to cancel it:
//! leaving that place, and the free. The floor pays the clock read, the box and one entry in a list
//! per slot.

use std::future::{Future, poll_fn, ready};
use std::hint::black_box;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::Measured;
use super::yields::yield_once;
use crate::contestant::{Contestant, Idioms, Monoio, Smol, Tokio, Tourbillon};
use crate::growth::Growth;
use crate::row::{FLOOR, OURS, Row, Unit, best, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "timer/arm",
        what: "arm boxed sleeps of ten seconds to a minute",
        per: "timer",
        unit: Unit::Nanoseconds,
        scale: 200_000,
        lanes: &[
            (OURS, arm::<Tourbillon, 0>),
            ("tokio", arm::<Tokio, 0>),
            ("smol", arm::<Smol, 0>),
            ("monoio", arm::<Monoio, 0>),
            (FLOOR, arm_floor),
        ],
        targets: &[best(0.25)],
        quick: true,
    },
    Row {
        name: "timer/cancel",
        what: "drop those sleeps before they fire",
        per: "timer",
        unit: Unit::Nanoseconds,
        scale: 200_000,
        lanes: &[
            (OURS, cancel::<Tourbillon, 0>),
            ("tokio", cancel::<Tokio, 0>),
            ("smol", cancel::<Smol, 0>),
            ("monoio", cancel::<Monoio, 0>),
            (FLOOR, cancel_floor),
        ],
        targets: &[best(0.50)],
        quick: true,
    },
    Row {
        name: "timer/arm/4000",
        what: "arm boxed sleeps while 4,000 others are pending",
        per: "timer",
        unit: Unit::Nanoseconds,
        scale: 200_000,
        lanes: &[
            (OURS, arm::<Tourbillon, 4_000>),
            ("timer/arm", arm::<Tourbillon, 0>),
            ("tokio", arm::<Tokio, 4_000>),
            ("smol", arm::<Smol, 4_000>),
            ("monoio", arm::<Monoio, 4_000>),
            (FLOOR, arm_floor),
        ],
        targets: &[lane(1.15, "timer/arm")],
        quick: false,
    },
    Row {
        name: "timer/arm/1000000",
        what: "arm boxed sleeps while 1,000,000 others are pending",
        per: "timer",
        unit: Unit::Nanoseconds,
        scale: 200_000,
        lanes: &[
            (OURS, arm::<Tourbillon, 1_000_000>),
            ("timer/arm", arm::<Tourbillon, 0>),
            ("tokio", arm::<Tokio, 1_000_000>),
            ("smol", arm::<Smol, 1_000_000>),
            ("monoio", arm::<Monoio, 1_000_000>),
            (FLOOR, arm_floor),
        ],
        targets: &[lane(1.15, "timer/arm")],
        quick: false,
    },
    Row {
        name: "timer/cancel/4000",
        what: "drop sleeps before they fire while 4,000 others are pending",
        per: "timer",
        unit: Unit::Nanoseconds,
        scale: 200_000,
        lanes: &[
            (OURS, cancel::<Tourbillon, 4_000>),
            ("timer/cancel", cancel::<Tourbillon, 0>),
            ("tokio", cancel::<Tokio, 4_000>),
            ("smol", cancel::<Smol, 4_000>),
            ("monoio", cancel::<Monoio, 4_000>),
            (FLOOR, cancel_floor),
        ],
        targets: &[lane(1.15, "timer/cancel")],
        quick: false,
    },
    Row {
        name: "timer/cancel/1000000",
        what: "drop sleeps before they fire while 1,000,000 others are pending",
        per: "timer",
        unit: Unit::Nanoseconds,
        scale: 200_000,
        lanes: &[
            (OURS, cancel::<Tourbillon, 1_000_000>),
            ("timer/cancel", cancel::<Tourbillon, 0>),
            ("tokio", cancel::<Tokio, 1_000_000>),
            ("smol", cancel::<Smol, 1_000_000>),
            ("monoio", cancel::<Monoio, 1_000_000>),
            (FLOOR, cancel_floor),
        ],
        targets: &[lane(1.15, "timer/cancel")],
        quick: false,
    },
    Row {
        name: "wait_for/ready",
        what: "a time-out of one second round a ready future",
        per: "time-out",
        unit: Unit::Nanoseconds,
        scale: 1_000_000,
        lanes: &[
            (OURS, wait_for_ready::<Tourbillon>),
            ("tokio", wait_for_ready::<Tokio>),
            ("smol", wait_for_ready::<Smol>),
            ("monoio", wait_for_ready::<Monoio>),
            (FLOOR, wait_for_ready_floor),
        ],
        targets: &[lane(0.20, "tokio")],
        quick: true,
    },
];

/// The curves of this work.
pub const GROWTH: &[Growth] = &[Growth {
    name: "timers",
    what: "arm a boxed sleep while so many others are pending",
    per: "pending timers",
    unit: Unit::Nanoseconds,
    sizes: &[1_000, 10_000, 100_000, 1_000_000],
    lanes: &[
        (OURS, arm_among::<Tourbillon>),
        ("tokio", arm_among::<Tokio>),
        ("smol", arm_among::<Smol>),
        ("monoio", arm_among::<Monoio>),
        (FLOOR, |others| {
            Measured::time(floor(others, AMONG).0, AMONG)
        }),
    ],
}];

/// How many sleeps are armed and timed among others.
const AMONG: usize = 20_000;

fn arm_among<C: Contestant>(others: usize) -> Measured {
    let (elapsed, _) = arm_and_cancel::<C>(others, AMONG);
    Measured::time(elapsed, AMONG)
}

/// How many sleeps one poll arms before it gives way.
///
/// smol files its timers only when its reactor turns. The yield that lets it turn, a small part of
/// the figure, is on everybody's clock.
const AT_ONCE: usize = 100;

/// Sleeps armed while `OTHERS` are pending, then dropped; the time of the first half.
pub fn arm<C: Contestant, const OTHERS: usize>(sleeps: usize) -> Measured {
    let (elapsed, _) = arm_and_cancel::<C>(OTHERS, sleeps);
    Measured::time(elapsed, sleeps)
}

/// Sleeps armed while `OTHERS` are pending, then dropped; the time of the second half.
pub fn cancel<C: Contestant, const OTHERS: usize>(sleeps: usize) -> Measured {
    let (_, elapsed) = arm_and_cancel::<C>(OTHERS, sleeps);
    Measured::time(elapsed, sleeps)
}

fn arm_and_cancel<C: Contestant>(others: usize, sleeps: usize) -> (Duration, Duration) {
    C::run(async move {
        let pending = armed::<C>(others).await;
        let started = Instant::now();
        let armed = armed::<C>(sleeps).await;
        let arming = started.elapsed();
        let started = Instant::now();
        drop(armed);
        let cancelling = started.elapsed();
        drop(pending);
        (arming, cancelling)
    })
}

/// So many sleeps, boxed and polled once.
async fn armed<C: Contestant>(sleeps: usize) -> Vec<Pin<Box<C::Sleep>>> {
    let mut armed: Vec<Pin<Box<C::Sleep>>> = Vec::with_capacity(sleeps);
    while armed.len() < sleeps {
        let until = sleeps.min(armed.len() + AT_ONCE);
        poll_fn(|cx| {
            while armed.len() < until {
                let mut sleep = Box::pin(C::sleep(duration(armed.len())));
                assert!(
                    sleep.as_mut().poll(cx).is_pending(),
                    "ten seconds have not passed"
                );
                armed.push(sleep);
            }
            Poll::Ready(())
        })
        .await;
        yield_once().await;
    }
    armed
}

/// From ten seconds to a minute, scattered: no two neighbours share a slot, and none fires
/// meanwhile.
fn duration(number: usize) -> Duration {
    Duration::from_millis(10_000 + (number as u64 * 7_919) % 50_000)
}

/// A time-out round a future that is ready at once.
///
/// What a runtime may pay: a clock read for the deadline. What it need not pay: arming a timer.
pub fn wait_for_ready<C: Idioms>(times: usize) -> Measured {
    C::run(async move {
        let started = Instant::now();
        for number in 0..times {
            let output = C::wait_for(ready(black_box(number)), Duration::from_secs(1)).await;
            assert_eq!(output, Some(number));
        }
        Measured::time(started.elapsed(), times)
    })
}

/// No runtime: read the clock, box the deadline, append it to a slot's list.
pub fn arm_floor(sleeps: usize) -> Measured {
    let (elapsed, _) = floor(0, sleeps);
    Measured::time(elapsed, sleeps)
}

/// No runtime: free the box and take the last entry off its slot's list.
pub fn cancel_floor(sleeps: usize) -> Measured {
    let (_, elapsed) = floor(0, sleeps);
    Measured::time(elapsed, sleeps)
}

fn floor(others: usize, sleeps: usize) -> (Duration, Duration) {
    let mut slots: [Vec<u32>; 64] = [const { Vec::new() }; 64];
    let mut arm = |number| {
        let after = duration(number);
        let slot = after.as_millis() as usize % slots.len();
        slots[slot].push(number as u32);
        black_box(Box::new((Instant::now() + after, slot)))
    };
    let pending: Vec<_> = (0..others).map(&mut arm).collect();
    let mut armed = Vec::with_capacity(sleeps);
    let started = Instant::now();
    for number in 0..sleeps {
        armed.push(arm(number));
    }
    let arming = started.elapsed();
    let started = Instant::now();
    for sleep in armed {
        black_box(slots[sleep.1].pop());
    }
    let cancelling = started.elapsed();
    drop(pending);
    (arming, cancelling)
}

/// No runtime: the ready future, asked through an indirect call.
pub fn wait_for_ready_floor(times: usize) -> Measured {
    let mut ask: Box<dyn FnMut(usize) -> Option<usize>> = black_box(Box::new(Some));
    let started = Instant::now();
    for number in 0..times {
        assert_eq!(ask(black_box(number)), Some(number));
    }
    Measured::time(started.elapsed(), times)
}
