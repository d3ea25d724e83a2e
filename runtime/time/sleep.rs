//! [`Sleep`]: until a deadline; [`YieldNow`]: to the back of the queue.
//!
//! Always: a sleep owns its place in the wheel and gives it back when dropped; one that outlives
//! its loop arms itself on the loop of whoever polls it next.
//!
//! Leaves out: deadlines that several futures share.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use crate::context;
use crate::driver::timers::{Rang, Timer};
use crate::observe::WaitsFor;
use crate::task::poll;

/// Waits until `duration` has passed since its first poll. asyncio: `sleep`.
///
/// `sleep(Duration::ZERO)` is [`yield_now`]. What no clock can reach, as `Duration::MAX`, is never.
///
/// ```
/// use std::time::Duration;
///
/// tourbillon::test(async {
///     let before = tourbillon::now();
///     tourbillon::sleep(Duration::from_secs(3)).await;
///     assert_eq!(tourbillon::now() - before, Duration::from_secs(3));
/// });
/// ```
pub fn sleep(duration: Duration) -> Sleep {
    Sleep {
        until: Until::After(duration),
    }
}

/// Waits until `deadline`; one that has passed is ready at once. asyncio: `sleep(when -
/// loop.time())`.
///
/// ```
/// use std::time::Duration;
///
/// tourbillon::test(async {
///     let deadline = tourbillon::now() + Duration::from_secs(1);
///     tourbillon::sleep_until(deadline).await;
///     assert_eq!(tourbillon::now(), deadline);
/// });
/// ```
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep {
        until: Until::At(Some(deadline)),
    }
}

/// A future that waits for a deadline; made by [`sleep`] and [`sleep_until`].
///
/// It may be polled, reset and dropped on any thread (`Send`, `Sync`, `Unpin`); its timer stays
/// with the loop that first polled it.
///
/// # When it wakes
///
/// At the deadline: never early. On an idle loop at most a tick of 1/16 ms late; on a busy one
/// later by what is polled before the next look (at most 61 polls) and by what stands in the queue
/// then. Equal deadlines wake in the order in which they were armed. Of the wakers that it was
/// polled with, the latest is woken.
///
/// # On drop
///
/// The timer is gone at once; no system call.
///
/// # Panics
///
/// When its first poll, which arms it, is outside of a runtime.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    until: Until,
}

/// What a sleep waits for, and whether it is in a wheel. A deadline of `None` is never.
#[derive(Debug)]
enum Until {
    /// Counted from the first poll.
    After(Duration),
    /// `sleep(0)`: once through the queue.
    Yielded,
    At(Option<Instant>),
    Armed {
        deadline: Option<Instant>,
        timer: Timer,
    },
}

// As much as its largest variant: a million sleeping tasks hold a million of these.
const _: () = assert!(size_of::<Sleep>() <= 32);

impl Sleep {
    /// Moves the deadline, also of a sleep that is being waited for and of one that is over.
    pub fn reset(&mut self, deadline: Instant) {
        let deadline = Some(deadline);
        if let Until::Armed { timer, .. } = mem::replace(&mut self.until, Until::At(deadline)) {
            // A timer that fired is armed anew by the next poll.
            if timer.reset(deadline) {
                self.until = Until::Armed { deadline, timer };
            }
        }
    }

    /// The deadline; `None` before the first poll of a sleep that counts from it, and for one that
    /// is never.
    pub fn deadline(&self) -> Option<Instant> {
        match self.until {
            Until::At(deadline) | Until::Armed { deadline, .. } => deadline,
            Until::After(_) | Until::Yielded => None,
        }
    }

    /// Whether the deadline has come. Costs nothing of the poll's budget: a time-out is not work.
    pub(crate) fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Until::Armed { deadline, timer } = &self.until {
            let rang = ready!(timer.poll(cx));
            self.until = Until::At(*deadline);
            if rang == Rang::Due {
                return Poll::Ready(());
            }
        }
        self.arm(cx)
    }

    /// Ready: the deadline has come already.
    fn arm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let remote = context::remote("a sleep's poll");
        let now = remote.clock.now();
        let deadline = match self.until {
            Until::After(duration) => now.checked_add(duration),
            Until::Yielded => Some(now),
            Until::At(deadline) | Until::Armed { deadline, .. } => deadline,
        };
        if deadline.is_some_and(|deadline| deadline <= now) {
            self.until = Until::At(deadline);
            return Poll::Ready(());
        }
        let timer = Timer::arm(remote, deadline, cx).expect("a loop that polls is not gone");
        self.until = Until::Armed { deadline, timer };
        Poll::Pending
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(poll::proceed(cx));
        if let Until::After(Duration::ZERO) = self.until {
            self.until = Until::Yielded;
            poll::waits_for(WaitsFor::Queue);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.poll_deadline(cx).is_pending() {
            poll::waits_for(WaitsFor::Timer);
            return Poll::Pending;
        }
        poll::spend();
        Poll::Ready(())
    }
}

/// Lets every other ready task run once. asyncio: `sleep(0)`.
///
/// The task goes to the back of the run queue. Where there are several workers, which of the others
/// run before it is not promised.
///
/// ```
/// # tourbillon::block_on(async {
/// let task = tourbillon::spawn(async { println!("first") });
/// tourbillon::yield_now().await;
/// assert!(task.is_finished());
/// println!("second");
/// # });
/// ```
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// A future that is ready at its second poll; made by [`yield_now`].
///
/// It wakes its task at once. Dropping it changes nothing. Works on any executor.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        poll::waits_for(WaitsFor::Queue);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
