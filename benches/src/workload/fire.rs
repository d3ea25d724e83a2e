//! Timers that fire: all of them due, seen, and dropped.
//!
//! The loop is held up while all sleeps are armed and come due: none has fired when the clock
//! starts, and nobody is paid for waiting. A sleep is boxed for all, since tokio's must be; one
//! task waits for all of them, so that what shows is the timer and not the task. What a runtime
//! pays for one: taking it out of its wheel (tokio, monoio, tourbillon) or tree (smol), a wake that
//! mostly finds the task woken already, the poll that sees it, and the free. smol's spare thread
//! turns the reactor as soon as nobody else does: it fires timers on another core, most of them
//! before the clock starts. The floor moves boxes through the slots of a plain wheel.

use std::future::{Future, poll_fn};
use std::hint::{black_box, spin_loop};
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::{Measured, repeated};
use crate::contestant::{Contestant, Monoio, Smol, Tokio, Tourbillon};
use crate::growth::Growth;
use crate::row::{FLOOR, OURS, Row, Unit, Work, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[Row {
    name: "timer/fire",
    what: "boxed sleeps of 1 to 11 milliseconds fire and are seen",
    per: "timer",
    unit: Unit::Nanoseconds,
    scale: 1_000_000,
    lanes: LANES,
    targets: &[lane(0.50, "tokio")],
    quick: true,
}];

/// The curves of this work.
pub const GROWTH: &[Growth] = &[Growth {
    name: "timers/fire",
    what: "so many boxed sleeps are due at once",
    per: "timers",
    unit: Unit::Nanoseconds,
    sizes: &[1_000, 10_000, 100_000, 1_000_000],
    lanes: &[
        (OURS, fire_often::<Tourbillon>),
        ("tokio", fire_often::<Tokio>),
        ("smol", fire_often::<Smol>),
        ("monoio", fire_often::<Monoio>),
        (FLOOR, fire_floor),
    ],
}];

const LANES: &[(&str, Work)] = &[
    (OURS, fire::<Tourbillon>),
    ("tokio", fire::<Tokio>),
    ("smol", fire::<Smol>),
    ("monoio", fire::<Monoio>),
    (FLOOR, fire_floor),
];

const SHORTEST: Duration = Duration::from_millis(1);
const SPREAD: Duration = Duration::from_millis(10);

/// Scattered, so that neighbours share no slot.
fn duration(number: usize) -> Duration {
    SHORTEST + Duration::from_micros(number as u64 * 7_919 % SPREAD.as_micros() as u64)
}

/// So many sleeps, all due when the clock starts.
pub fn fire<C: Contestant>(timers: usize) -> Measured {
    C::run(async move {
        let mut armed: Vec<Pin<Box<C::Sleep>>> = Vec::with_capacity(timers);
        poll_fn(|cx| {
            while armed.len() < timers {
                let mut sleep = Box::pin(C::sleep(duration(armed.len())));
                // Else this thread was off its core for a millisecond, and another try is due.
                if sleep.as_mut().poll(cx).is_pending() {
                    armed.push(sleep);
                }
            }
            hold_up(Instant::now() + SHORTEST + SPREAD);
            Poll::Ready(())
        })
        .await;
        let started = Instant::now();
        for sleep in armed {
            sleep.await;
        }
        Measured::time(started.elapsed(), timers)
    })
}

/// A millisecond more than asked for: tokio rounds up to whole ones.
fn hold_up(until: Instant) {
    while Instant::now() < until + Duration::from_millis(1) {
        spin_loop();
    }
}

/// As [`fire`], often enough that few timers can be timed.
fn fire_often<C: Contestant>(timers: usize) -> Measured {
    repeated(20_000, timers, fire::<C>)
}

/// No runtime: boxes in slots of a millisecond; each slot is emptied, its timers are marked, and
/// the boxes are looked at and freed in the order in which they were armed.
pub fn fire_floor(timers: usize) -> Measured {
    let mut slots: [Vec<usize>; 16] = [const { Vec::new() }; 16];
    let mut armed: Vec<Box<(Duration, bool)>> = Vec::with_capacity(timers);
    for number in 0..timers {
        let after = duration(number);
        slots[after.as_millis() as usize].push(number);
        armed.push(Box::new((after, false)));
    }
    let mut armed = black_box(armed);
    let started = Instant::now();
    for slot in &mut slots {
        for number in slot.drain(..) {
            armed[number].1 = true;
        }
    }
    for timer in armed {
        assert!(black_box(timer).1, "every slot was emptied");
    }
    Measured::time(started.elapsed(), timers)
}
