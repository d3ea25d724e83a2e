//! Futures of time: [`sleep()`], [`yield_now`], [`interval()`], [`wait_for()`].
//!
//! Laws:
//!
//! - **From the first poll.** `sleep(d)` and `wait_for(f, d)` count from their first poll,
//!   `sleep_until` and `wait_until` are absolute.
//! - **Never early.** On an idle loop at most a tick of 1/16 ms late.
//! - **No deadline is special.** Past and far ones and `Duration::MAX` are ordinary input; what no
//!   clock can reach is never.
//!
//! Leaves out: the calendar.

mod interval;
mod sleep;
mod wait_for;

pub use interval::{Interval, Missed, interval};
pub use sleep::{Sleep, YieldNow, sleep, sleep_until, yield_now};
pub use wait_for::{TimedOut, WaitFor, wait_for, wait_until};
