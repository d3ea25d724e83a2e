//! [`Task<T>`]: the handle of a task, which is a future of its result and owns the task.
//!
//! Laws:
//!
//! - **A handle owns.** Dropping it asks for a cancel; `detach` is how to let a task go.
//! - **Latest waker.** Of the wakers that a handle was polled with, the latest is the one that is
//!   woken. (One from before the handle left its home thread stays until the task is over, and is
//!   woken too.)
//! - **Once.** The result is handed out once; asking again panics with the task's name.
//!
//! Leaves out: a result that several can await.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use super::cell::allocate;
use super::duty::Join;
use super::error::TaskError;
use super::home::Home;
use super::passport::Passport;
use super::pointer::{Runnable, Schedule, TaskRef};
use super::poll;
use super::share::Share;
use crate::observe::{Id, WaitsFor};
use crate::reason::Reason;

/// A spawned task. asyncio: `Task`.
///
/// It is a future of `Result<T, TaskError>`: the output of the task, or how it ended without one.
///
/// # When it wakes
///
/// When the task is over: finished, panicked, or cancelled *and* dropped. `task.cancel();
/// task.await` therefore waits until the future of the task is gone.
///
/// # On drop
///
/// The task is cancelled, exactly as by [`Task::cancel`]: its future is dropped when its place in
/// the queue comes up, at home (one that roams among several workers, on any of them) and never
/// inside the drop of the handle. [`Task::detach`] lets it run on instead.
///
/// # Panics
///
/// Polling it again after it gave its result panics.
///
/// ```
/// # tourbillon::block_on(async {
/// let task = tourbillon::spawn(async { 6 * 7 });
/// assert_eq!(task.await.unwrap(), 42);
/// # });
/// ```
#[must_use = "dropping a Task cancels it; await it, or let it go with detach()"]
pub struct Task<T> {
    task: TaskRef,
    /// It was let go; dropping it does nothing more.
    left: bool,
    /// A handle may go to another thread exactly if the output may.
    output: PhantomData<T>,
}

impl<T> Unpin for Task<T> {}

/// Makes a task of a future that may be polled and dropped on any thread, at home or elsewhere: to
/// be listed by [`TaskRef::come_home`].
pub fn spawn<F, S>(
    future: F,
    scheduler: Share<S>,
    passport: Passport,
) -> (Runnable, TaskRef, Task<F::Output>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    S: Schedule,
{
    let (runnable, registered, task) = allocate(future, scheduler, passport, false);
    (runnable, registered, Task::of(task))
}

/// As [`spawn`], at home: it need not come there.
pub fn spawn_at_home<F, S>(
    future: F,
    scheduler: Share<S>,
    passport: Passport,
) -> (Runnable, TaskRef, Task<F::Output>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    S: Schedule,
{
    let (runnable, registered, task) = allocate(future, scheduler, passport, true);
    (runnable, registered, Task::of(task))
}

/// Makes a task of a future that stays on this thread, which is its home.
pub fn spawn_local<F, S>(
    future: F,
    scheduler: Share<S>,
    passport: Passport,
) -> (Runnable, TaskRef, Task<F::Output>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    let future = Home::new(future);
    let (runnable, registered, task) = allocate(future, scheduler, passport, true);
    (runnable, registered, Task::of(task))
}

impl<T> Task<T> {
    /// The handle of a task whose output is `T`; there is no other.
    pub(super) fn of(task: TaskRef) -> Task<T> {
        Task {
            task,
            left: false,
            output: PhantomData,
        }
    }

    /// Asks for a cancel and says whether the task was still alive. asyncio: `cancel`.
    ///
    /// Nothing is dropped inside this call. A task that was never polled never is. One that was
    /// woken before, or is woken before its place in the queue comes up, gets the one poll that it
    /// was woken for, so that a value that was handed to it is seen; if that poll ends it, its
    /// output stands. Else its future is dropped then. A task that cancels itself is dropped when
    /// that poll ends, unless it was woken before it did. So `true` is no promise that the task
    /// ends as cancelled. To wait for the end, await the task.
    ///
    /// ```
    /// # tourbillon::block_on(async {
    /// let mut task = tourbillon::spawn(std::future::pending::<()>());
    /// assert!(task.cancel());
    /// assert!(!task.is_finished());
    /// assert!((&mut task).await.unwrap_err().is_cancelled());
    /// # });
    /// ```
    #[track_caller]
    pub fn cancel(&self) -> bool {
        self.task.cancel(Reason::call(None, Location::caller()))
    }

    /// As [`Task::cancel`], with a text for [`TaskError::reason`]. The first reason stays; of two
    /// threads that cancel at the same moment it may be the one whose call says `false`.
    #[track_caller]
    pub fn cancel_because(&self, text: &'static str) -> bool {
        self.task
            .cancel(Reason::call(Some(text), Location::caller()))
    }

    /// Whether the task is over. asyncio: `done`.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }

    /// Whether the task is over because it was cancelled. asyncio: `cancelled`.
    pub fn is_cancelled(&self) -> bool {
        self.task.is_cancelled()
    }

    /// Lets the task go: it runs to its own end, or to its runtime's, and its output is dropped. A
    /// panic is reported as [`Builder::unhandled`](crate::Builder::unhandled) says; an `Err` is an
    /// output like any other, unless it is let go by `detach_reporting`.
    pub fn detach(mut self) {
        // First: a waker whose drop panics must not make the handle leave a second time.
        self.left = true;
        self.leave(false);
    }

    /// Another handle takes this one's place.
    pub(super) fn hand_over(&mut self) {
        self.left = true;
    }

    /// The output of a task that is over, unless it was taken.
    pub(super) fn output(&self) -> Option<Result<T, TaskError>> {
        self.task.take_output()
    }

    pub(super) fn pointer(&self) -> TaskRef {
        self.task.clone()
    }

    /// As [`Task::cancel`], for a reason of the runtime's own.
    pub(crate) fn cancel_for(&self, reason: Reason) {
        self.task.cancel(reason);
    }

    /// The task's number.
    pub fn id(&self) -> Id {
        self.task.passport().id
    }

    /// The task's name, if it was given one by [`Builder::name`](crate::task::Builder::name).
    pub fn name(&self) -> Option<&str> {
        self.task.passport().name()
    }

    /// A key to this task's cancel, for whoever must not own it.
    pub fn canceller(&self) -> Canceller {
        Canceller {
            task: self.task.clone(),
        }
    }

    /// The handle leaves the task.
    fn leave(&self, cancel: bool) {
        let leave = self.task.header().state.leave(cancel);
        if leave.schedule {
            self.task.schedule();
        }
        if leave.waker {
            // Law of the joiner: the step above made the place the handle's again.
            drop(self.task.exchange_joiner(None));
        }
        if self.task.is_at_home() && self.task.joins_at_home() {
            drop(self.task.exchange_home_joiner(None));
        }
        if leave.output {
            self.task.drop_output();
        }
    }

    /// The task is over: hands its result out.
    fn take(&self) -> Result<T, TaskError> {
        match self.output() {
            Some(output) => output,
            None => panic!(
                "{} is awaited again after it gave its result",
                self.task.passport()
            ),
        }
    }

    /// Leaves `cx`'s waker for the finisher, unless there is none any more.
    pub(super) fn leave_waker(&self, cx: &mut Context<'_>) -> Join {
        if self.task.is_finished() {
            Join::Take
        } else if self.task.is_at_home() {
            self.leave_waker_at_home(cx)
        } else {
            self.leave_waker_elsewhere(cx)
        }
    }

    /// No locked step: at home nobody ends the task meanwhile, since that is what home does.
    fn leave_waker_at_home(&self, cx: &mut Context<'_>) -> Join {
        if self.task.header().state.has_joiner() {
            if self.displace() == Join::Take {
                return Join::Take;
            }
            drop(self.task.exchange_joiner(None));
        }
        self.task.join_at_home();
        let old = self.task.exchange_home_joiner(None);
        let waker = latest(old, cx);
        self.task.exchange_home_joiner(Some(waker));
        Join::Made
    }

    fn leave_waker_elsewhere(&self, cx: &mut Context<'_>) -> Join {
        if self.displace() == Join::Take {
            return Join::Take;
        }
        // Law of the joiner: without *joiner* the place is the handle's.
        let old = self.task.exchange_joiner(None);
        let waker = latest(old, cx);
        self.task.exchange_joiner(Some(waker));
        let placed = self.task.header().state.place();
        if placed == Join::Take {
            // Law of the joiner: the task was over before *joiner* was set.
            drop(self.task.exchange_joiner(None));
        }
        placed
    }

    /// Makes sure that *joiner* is not set, unless the task is over.
    fn displace(&self) -> Join {
        let state = &self.task.header().state;
        match state.has_joiner() {
            true => state.displace(),
            false => Join::Made,
        }
    }
}

/// `cx`'s waker; the old one, if it is the same.
fn latest(old: Option<Waker>, cx: &mut Context<'_>) -> Waker {
    let same = old.filter(|old| old.will_wake(cx.waker()));
    same.unwrap_or_else(|| cx.waker().clone())
}

impl<T> Future for Task<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(poll::proceed(cx));
        if self.leave_waker(cx) == Join::Made {
            poll::waits_for(WaitsFor::Task(self.id()));
            return Poll::Pending;
        }
        poll::spend();
        let result = self.take();
        // There is nothing to leave: no output, and no waker.
        self.left = true;
        Poll::Ready(result)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if !self.left {
            if !self.task.is_finished() {
                self.task.give_reason(Reason::dropped());
            }
            self.leave(true);
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task({})", self.task.passport())
    }
}

/// A key to the cancel of one task: it can be cloned, sent to any thread, and owns nothing.
///
/// Dropping it changes nothing. While it lives the task's memory does (not its future).
///
/// ```
/// # tourbillon::block_on(async {
/// let task = tourbillon::spawn(std::future::pending::<()>());
/// let canceller = task.canceller();
/// std::thread::spawn(move || canceller.cancel()).join().unwrap();
/// assert!(task.await.unwrap_err().is_cancelled());
/// # });
/// ```
#[derive(Clone)]
pub struct Canceller {
    task: TaskRef,
}

impl Canceller {
    /// As [`Task::cancel`].
    #[track_caller]
    pub fn cancel(&self) -> bool {
        self.task.cancel(Reason::call(None, Location::caller()))
    }

    /// As [`Task::cancel_because`].
    #[track_caller]
    pub fn cancel_because(&self, text: &'static str) -> bool {
        self.task
            .cancel(Reason::call(Some(text), Location::caller()))
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canceller({})", self.task.passport())
    }
}
