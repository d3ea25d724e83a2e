//! [`Interval`]: ticks at equal distances.
//!
//! Always: the first tick comes at once; a tick is never early; what happens to ticks that were
//! missed is said by [`Missed`], never guessed.
//!
//! Leaves out: a stream of ticks; `tick` is enough to make one.

use std::time::{Duration, Instant};

use super::sleep::{Sleep, sleep, sleep_until};
use crate::context::now;

/// Ticks at once, and then every `period`.
///
/// # Panics
///
/// If `period` is zero.
///
/// ```
/// use std::time::Duration;
///
/// tourbillon::test(async {
///     let start = tourbillon::now();
///     let mut interval = tourbillon::interval(Duration::from_secs(1));
///     for second in 0..3 {
///         assert_eq!(interval.tick().await, start + Duration::from_secs(second));
///     }
/// });
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    assert!(
        !period.is_zero(),
        "an interval needs a period; use yield_now to let others run"
    );
    Interval {
        period,
        missed: Missed::Burst,
        sleep: None,
    }
}

/// What happens to ticks that were missed because nobody asked for them in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missed {
    /// They come one after another, at once, until the interval has caught up.
    #[default]
    Burst,
    /// One comes at once, and the next a full period later: the rhythm moves.
    Delay,
    /// One comes at once, and the next at the next multiple of the period: the rhythm stays.
    Skip,
}

/// See [`interval`].
#[derive(Debug)]
pub struct Interval {
    period: Duration,
    missed: Missed,
    /// Until the next tick; `None` before the first.
    sleep: Option<Sleep>,
}

impl Interval {
    /// Says what happens to ticks that are missed; [`Missed::Burst`] unless said.
    #[must_use]
    pub fn missed(mut self, missed: Missed) -> Interval {
        self.missed = missed;
        self
    }

    /// Waits for the next tick and says when it was due.
    ///
    /// # On cancel
    ///
    /// Nothing is lost: the tick comes at the next call.
    pub async fn tick(&mut self) -> Instant {
        let wait = self.sleep.get_or_insert_with(|| sleep_until(now()));
        (&mut *wait).await;
        let due = wait.deadline().expect("a tick that came was due");
        self.sleep = Some(match self.after(due, now()) {
            Some(next) => sleep_until(next),
            None => sleep(Duration::MAX),
        });
        due
    }

    /// When the tick after that of `due` is due; `None`: no clock can reach it.
    fn after(&self, due: Instant, now: Instant) -> Option<Instant> {
        let next = due.checked_add(self.period)?;
        if next > now {
            return Some(next);
        }
        match self.missed {
            Missed::Burst => Some(next),
            Missed::Delay => now.checked_add(self.period),
            Missed::Skip => {
                let late = (now - due).as_nanos() % self.period.as_nanos();
                let late =
                    Duration::new((late / 1_000_000_000) as u64, (late % 1_000_000_000) as u32);
                now.checked_add(self.period - late)
            }
        }
    }
}
