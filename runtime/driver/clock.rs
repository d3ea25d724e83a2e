//! What time it is: real, or virtual.
//!
//! Laws:
//!
//! - **Nothing early.** An instant is rounded up to its tick, the present time down, so that a
//!   deadline is never due before its instant.
//! - **Never is never.** No clock shows the tick [`NEVER`], and a virtual one does not jump to it.
//! - **Whole ticks are exact.** A virtual clock that jumps to a deadline of whole ticks shows that
//!   instant.
//! - **A hold flows.** While somebody holds the virtual clock (a blocking job, a [`ClockHold`]) it
//!   flows with real time instead of jumping: frozen, a blocking client of our own server would
//!   wait for ever.
//!
//! Leaves out: the calendar.

use std::time::{Duration, Instant};

use super::fellows::Fellows;
use crate::sync::{self, Arc, Mutex};

/// Nanoseconds of a tick: 1/16 ms. Small enough for a lateness that nobody sees, large enough that
/// the wheel's six levels reach 2^32 ms.
const TICK: u32 = 62_500;

/// A whole number, so that seconds and their fractions are turned into ticks apart, in 64 bits.
const TICKS_A_SECOND: u64 = 1_000_000_000 / TICK as u64;

const _: () = assert!(TICKS_A_SECOND * TICK as u64 == 1_000_000_000);

/// The tick of what no clock can reach.
pub(super) const NEVER: u64 = u64::MAX;

/// See the file's promise.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// Tick 0.
    origin: Instant,
    time: Time,
}

#[derive(Clone, Debug)]
enum Time {
    Real,
    /// One for all loops of a pool.
    Virtual(Arc<Mutex<Virtual>>),
}

#[derive(Debug)]
struct Virtual {
    /// The time when `flowing` began, or the time, if it does not flow.
    now: Instant,
    flowing: Option<Instant>,
    holds: usize,
}

impl Virtual {
    fn now(&self) -> Instant {
        match self.flowing {
            Some(since) => self.now + (sync::now() - since),
            None => self.now,
        }
    }
}

impl Clock {
    pub(crate) fn real() -> Clock {
        Clock {
            origin: sync::now(),
            time: Time::Real,
        }
    }

    pub(crate) fn virtual_clock() -> Clock {
        let origin = sync::now();
        let time = Virtual {
            now: origin,
            flowing: None,
            holds: 0,
        };
        Clock {
            origin,
            time: Time::Virtual(Arc::new(Mutex::new(time))),
        }
    }

    /// The time, read afresh.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        match &self.time {
            Time::Real => sync::now(),
            Time::Virtual(time) => time.lock().now(),
        }
    }

    /// Whether the clock can jump at this moment: it is virtual and nobody holds it.
    pub(crate) fn can_jump(&self) -> bool {
        match &self.time {
            Time::Real => false,
            Time::Virtual(time) => time.lock().holds == 0,
        }
    }

    /// Moves a virtual clock that nobody holds forward to `tick`, if it `may`, which is asked while
    /// nobody can read the clock; says whether it has.
    pub(crate) fn jump_to(&self, tick: u64, may: impl FnOnce() -> bool) -> bool {
        let Time::Virtual(time) = &self.time else {
            unreachable!("only a virtual clock jumps")
        };
        let mut time = time.lock();
        let jumps = time.holds == 0 && may();
        if jumps {
            let then = self.instant_of(tick).unwrap_or(time.now);
            time.now = time.now.max(then);
        }
        jumps
    }

    /// Moves a virtual clock by hand; `false`: the clock is real.
    ///
    /// # Panics
    ///
    /// If no clock can reach that time.
    #[must_use]
    pub(crate) fn advance(&self, by: Duration) -> bool {
        let Time::Virtual(time) = &self.time else {
            return false;
        };
        let mut time = time.lock();
        let then = time.now.checked_add(by);
        time.now = then.unwrap_or(time.now);
        // The panic must not come under the lock (*No poison*).
        drop(time);
        assert!(
            then.is_some(),
            "advance can go only to a time that can be reached"
        );
        true
    }

    /// The first tick at which `deadline` has come; without one: [`NEVER`].
    pub(crate) fn tick_of(&self, deadline: Option<Instant>) -> u64 {
        let Some(deadline) = deadline else {
            return NEVER;
        };
        let after = deadline.saturating_duration_since(self.origin);
        let rest = after.subsec_nanos().div_ceil(TICK);
        whole_ticks(after).saturating_add(rest.into())
    }

    /// The last tick that has come at `now`.
    pub(crate) fn tick_at(&self, now: Instant) -> u64 {
        let after = now.saturating_duration_since(self.origin);
        let rest = after.subsec_nanos() / TICK;
        whole_ticks(after)
            .saturating_add(rest.into())
            .min(NEVER - 1)
    }

    /// When `tick` comes; `None`: beyond what an `Instant` can say.
    pub(crate) fn instant_of(&self, tick: u64) -> Option<Instant> {
        let (seconds, rest) = (tick / TICKS_A_SECOND, (tick % TICKS_A_SECOND) as u32);
        self.origin.checked_add(Duration::new(seconds, rest * TICK))
    }

    fn is_virtual(&self) -> bool {
        matches!(self.time, Time::Virtual(_))
    }

    fn hold(&self) {
        if let Time::Virtual(time) = &self.time {
            let mut time = time.lock();
            time.holds += 1;
            if time.holds == 1 {
                time.flowing = Some(sync::now());
            }
        }
    }

    fn release(&self) {
        if let Time::Virtual(time) = &self.time {
            let mut time = time.lock();
            time.holds -= 1;
            if time.holds == 0 {
                time.now = time.now();
                time.flowing = None;
            }
        }
    }
}

/// The ticks in the whole seconds of `duration`.
fn whole_ticks(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(TICKS_A_SECOND)
}

/// Lets a runtime's virtual clock flow with real time while it lives; a real clock does not notice.
///
/// A virtual clock jumps as soon as nothing in its runtime is ready. A thread that the runtime does
/// not know of, and that is about to wake one of its tasks, holds nothing by itself: give it a hold
/// from [`Handle::hold_clock`](crate::Handle::hold_clock). Jobs of `spawn_blocking` need none.
/// Dropping the hold ends it.
#[must_use = "the clock flows only while the hold lives"]
pub struct ClockHold {
    clock: Clock,
    /// Loops that sleep until a settle time or a jump must think again.
    fellows: Fellows,
}

impl ClockHold {
    pub(crate) fn new(clock: Clock, fellows: Fellows) -> ClockHold {
        clock.hold();
        let hold = ClockHold { clock, fellows };
        hold.tell();
        hold
    }

    /// A real clock goes as it went, so nobody is woken for it.
    fn tell(&self) {
        if self.clock.is_virtual() {
            self.fellows.tell();
        }
    }
}

impl Drop for ClockHold {
    fn drop(&mut self) {
        self.clock.release();
        self.tell();
    }
}

impl std::fmt::Debug for ClockHold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClockHold")
    }
}
