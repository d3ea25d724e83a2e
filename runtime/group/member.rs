//! A member: what its group polls, and the view that its spawner holds.
//!
//! Always: a member that is a future is dropped by its group's end; one that is a task is cancelled
//! and waited for.
//!
//! Leaves out: what an output or an error means, which is the `settle` that a member is made with.

use std::fmt;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::oneshot::{Closed, Receiver};
use crate::reason::Reason;
use crate::task::Task;

/// A member as its group sees it.
pub trait Child: Future<Output = ()> {
    /// The group closes. `true`: the member has been asked to end, and is to be waited for;
    /// `false`: drop it.
    fn close(self: Pin<&mut Self>, reason: Reason) -> bool;
}

pin_project! {
    /// A member that is polled inside its group.
    pub(super) struct Polled<F, S> {
        #[pin]
        future: F,
        settle: Option<S>,
    }
}

impl<F: Future, S: FnOnce(F::Output)> Polled<F, S> {
    /// Hands the output of `future` to `settle`.
    pub(super) fn new(future: F, settle: S) -> Self {
        Polled {
            future,
            settle: Some(settle),
        }
    }
}

impl<F: Future, S: FnOnce(F::Output)> Future for Polled<F, S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let output = ready!(this.future.poll(cx));
        let settle = this.settle.take();
        settle.expect("a future is not polled after it was ready")(output);
        Poll::Ready(())
    }
}

impl<F: Future, S: FnOnce(F::Output)> Child for Polled<F, S> {
    fn close(self: Pin<&mut Self>, _reason: Reason) -> bool {
        false
    }
}

/// A member that is a task of its own.
pub(super) struct Joined<T, S> {
    /// Until it is over.
    task: Option<Task<T>>,
    settle: Option<S>,
}

impl<T, S: FnOnce(T)> Joined<T, S> {
    /// Hands the output of `task` to `settle`.
    pub(super) fn new(task: Task<T>, settle: S) -> Self {
        Joined {
            task: Some(task),
            settle: Some(settle),
        }
    }
}

impl<T, S> Unpin for Joined<T, S> {}

impl<T, S: FnOnce(T)> Future for Joined<T, S> {
    type Output = ();

    /// A panic of the task goes on here; that it was cancelled is no error.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let task = self.task.as_mut();
        let task = task.expect("a future is not polled after it was ready");
        let ended = ready!(Pin::new(task).poll(cx));
        self.task = None;
        match (ended, self.settle.take()) {
            (Ok(output), Some(settle)) => settle(output),
            (Err(error), _) if error.is_panic() => resume_unwind(error.into_panic()),
            _ => (),
        }
        Poll::Ready(())
    }
}

impl<T, S: FnOnce(T)> Child for Joined<T, S> {
    fn close(self: Pin<&mut Self>, reason: Reason) -> bool {
        let waits = self.task.is_some();
        if let Some(task) = &self.task {
            task.cancel_for(reason);
        }
        waits
    }
}

/// A view of a group's member: a future of its output, or of [`Closed`] if it was dropped before it
/// had one.
///
/// Dropping it changes nothing: the group owns the member.
pub struct Member<T> {
    pub(super) output: Receiver<T>,
}

impl<T> Future for Member<T> {
    type Output = Result<T, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.output).poll(cx)
    }
}

impl<T> fmt::Debug for Member<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member")
            .field("ready", &self.output.is_ready())
            .finish()
    }
}
