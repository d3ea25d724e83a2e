//! [`wait_for`]: a future with a time limit.
//!
//! Laws:
//!
//! - **The inner one wins ties.** It is polled first; a value that is there is never thrown away
//!   for a deadline that has come too.
//! - **Dropped before told.** `Err(TimedOut)` is returned after the inner future is dropped. Of a
//!   `Task` that is the handle: the task is cancelled, and its future goes a moment later.
//! - **Always in time.** A future that is always ready uses up its poll's budget; the deadline
//!   costs none.
//!
//! Leaves out: waiting for a future that cleans up when it is cancelled.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use super::sleep::{Sleep, sleep, sleep_until};
use crate::reason::{By, Reason};
use crate::task::poll;

/// Waits for `future` at most `limit`, counted from the first poll. asyncio: `wait_for`.
///
/// With a limit of zero the future is polled once. (A poll of the task whose budget is used up is
/// ended first, and this is polled in the next.) Given a [`Task`](crate::Task) by value, a
/// time-out cancels it and does not wait for its end; given `&mut task`, it runs on, and can be
/// cancelled and awaited.
///
/// ```
/// use std::time::Duration;
/// use tourbillon::{TimedOut, sleep, wait_for};
///
/// tourbillon::test(async {
///     let slow = sleep(Duration::from_secs(5));
///     assert_eq!(wait_for(slow, Duration::from_secs(3)).await, Err(TimedOut));
///     let quick = async { 42 };
///     assert_eq!(wait_for(quick, Duration::from_secs(3)).await, Ok(42));
/// });
/// ```
#[track_caller]
pub fn wait_for<F: Future>(future: F, limit: Duration) -> WaitFor<F> {
    // A limit of zero is a deadline that has come, not a yield.
    let limit = if limit.is_zero() {
        Limit::Now
    } else {
        Limit::Sleep {
            sleep: sleep(limit),
        }
    };
    WaitFor {
        future: Some(future),
        limit,
        place: Location::caller(),
    }
}

/// Waits for `future` until `deadline`. asyncio: `timeout_at`.
///
/// ```
/// use std::time::Duration;
/// use tourbillon::{TimedOut, now, wait_until};
///
/// tourbillon::test(async {
///     let deadline = now() + Duration::from_secs(1);
///     assert_eq!(wait_until(std::future::pending::<()>(), deadline).await, Err(TimedOut));
/// });
/// ```
#[track_caller]
pub fn wait_until<F: Future>(future: F, deadline: Instant) -> WaitFor<F> {
    WaitFor {
        future: Some(future),
        limit: Limit::Sleep {
            sleep: sleep_until(deadline),
        },
        place: Location::caller(),
    }
}

pin_project! {
    /// A future with a time limit; made by [`wait_for`] and [`wait_until`].
    ///
    /// # When it wakes
    ///
    /// When the inner future does, and at the deadline. At the same moment the inner one wins.
    ///
    /// # On drop
    ///
    /// The inner future is dropped, and the timer with it.
    ///
    /// # Panics
    ///
    /// When it is polled outside of a runtime and its inner future is not ready at once.
    #[must_use = "futures do nothing unless awaited"]
    pub struct WaitFor<F> {
        #[pin]
        future: Option<F>,
        limit: Limit,
        place: &'static Location<'static>,
    }
}

#[derive(Debug)]
enum Limit {
    Now,
    Sleep { sleep: Sleep },
}

impl<F: Future> Future for WaitFor<F> {
    type Output = Result<F::Output, TimedOut>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // With a used-up budget the inner one could not show a value that is there, and would lose
        // it.
        ready!(poll::proceed(cx));
        let mut this = self.project();
        let future = this
            .future
            .as_mut()
            .as_pin_mut()
            .expect("a future is not polled after it was ready");
        if let Poll::Ready(output) = future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        let over = match this.limit {
            Limit::Now => true,
            Limit::Sleep { sleep } => sleep.poll_deadline(cx).is_ready(),
        };
        if !over {
            return Poll::Pending;
        }
        let _mark = Reason::at(By::TimeOut, this.place).mark_if_first();
        this.future.set(None);
        Poll::Ready(Err(TimedOut))
    }
}

impl<F> fmt::Debug for WaitFor<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFor")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// The time limit of [`wait_for`] came first. asyncio: `TimeoutError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time limit came first")
    }
}

impl std::error::Error for TimedOut {}

impl From<TimedOut> for std::io::Error {
    fn from(timed_out: TimedOut) -> std::io::Error {
        std::io::Error::new(std::io::ErrorKind::TimedOut, timed_out)
    }
}
