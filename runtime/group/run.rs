//! The future that runs a group: its body and its members, and how it ends.
//!
//! A group ends in one of three ways: all are over; an error; a panic. In the last two it *closes*:
//! the body and the members that are futures are dropped, those that are tasks are cancelled, and
//! when the last task is over the group says how it ended.
//!
//! Laws:
//!
//! - **Body first.** A poll of the group polls the body, then the members that were woken, in the
//!   order of their wakes; a member that the body has just spawned among them.
//! - **All of one poll.** The errors of one poll are all told: those of members that were woken,
//!   then the body's. A body that fails lets no new member in, so one that was never polled never
//!   is.
//! - **Panics last.** A panic, of the body, of a member or of a drop, goes on in the parent when
//!   all others are gone. The first one counts; it hides the errors.
//!
//! Leaves out: what an output or an error means.

use std::any::Any;
use std::future::Future;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::gate::{Gate, Kind};
use super::member::Child;
use crate::reason::Reason;
use crate::set::ReadySet;
use crate::sync::{Arc, Mutex};

/// The errors of members, in the order of completion.
pub(super) type Errors<E> = Arc<Mutex<Vec<E>>>;

/// The members of a group, from the side of its future.
pub(super) struct Members<'env, K: Kind> {
    gate: Arc<Gate<'env, K>>,
    set: ReadySet<K::Child<'env>>,
}

impl<'env, K: Kind> Members<'env, K> {
    pub(super) fn new(gate: Arc<Gate<'env, K>>) -> Self {
        Members {
            gate,
            set: ReadySet::new(),
        }
    }

    /// Lets the new ones in and polls those that were woken. Ready: none is left.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.carry_out_cancel();
        self.let_in();
        let passed = self.poll_woken(cx);
        self.carry_out_cancel();
        // Members may have brought siblings: they are polled in the parent's next poll.
        if self.let_in() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.set.is_empty() {
            return Poll::Ready(());
        }
        passed
    }

    fn carry_out_cancel(&mut self) {
        if let Some(reason) = self.gate.take_cancelled() {
            self.close(reason);
        }
    }

    /// None is left: takes no more. `false`: another thread brought some at the last moment.
    fn seal(&mut self) -> bool {
        self.gate.close();
        !self.let_in()
    }

    /// Polls those that were woken, and lets nobody in. Ready: none is left.
    fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let before = self.set.len();
        let passed = self
            .set
            .poll_pass(cx, |_, ()| ControlFlow::<()>::Continue(()));
        self.gate.finished(before - self.set.len());
        passed.map(drop)
    }

    fn let_in(&mut self) -> bool {
        let incoming = self.gate.take_incoming();
        let some = !incoming.is_empty();
        for member in incoming {
            self.set.insert(0, member);
        }
        some
    }

    /// Takes no more, drops the members that are futures and cancels those that are tasks.
    fn close(&mut self, reason: Reason) {
        self.gate.close();
        self.let_in();
        let _mark = reason.mark_if_first();
        self.set.retain(|member| member.close(reason));
    }

    fn is_empty(&self) -> bool {
        self.set.is_empty()
    }
}

impl<K: Kind> Drop for Members<'_, K> {
    /// A group that is dropped halfway can wait for nobody.
    fn drop(&mut self) {
        let _mark = self.gate.reason().mark_if_first();
        self.gate.close();
        drop(self.gate.take_incoming());
        self.set.clear();
    }
}

pin_project! {
    /// See the file's promise.
    pub(super) struct Run<'env, K: Kind, F: Future, R, E> {
        #[pin]
        body: Option<F>,
        result: fn(F::Output) -> Result<R, E>,
        output: Option<R>,
        members: Members<'env, K>,
        errors: Errors<E>,
        // The group closes: what ended it.
        failure: Option<Failure<E>>,
    }
}

/// What ends a group early.
enum Failure<E> {
    Errors(Vec<E>),
    Panic(Box<dyn Any + Send>),
}

impl<'env, K: Kind, F: Future, R, E> Run<'env, K, F, R, E> {
    /// `result` says what the body's output means.
    pub(super) fn new(
        gate: Arc<Gate<'env, K>>,
        body: F,
        result: fn(F::Output) -> Result<R, E>,
        errors: Errors<E>,
    ) -> Self {
        Run {
            body: Some(body),
            result,
            output: None,
            members: Members::new(gate),
            errors,
            failure: None,
        }
    }

    /// Polls the body, then the members. Ready: all are over.
    fn poll_all(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let failed = self.as_mut().poll_body(cx);
        let this = self.project();
        let members = match &failed {
            None => this.members.poll(cx),
            Some(_) => this.members.poll_woken(cx),
        };
        this.errors.lock().extend(failed);
        if this.body.is_some() {
            return Poll::Pending;
        }
        members
    }

    /// One poll of a group that does not close. Pending with errors: it is to be closed.
    fn poll_turn(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let polled = self.as_mut().poll_all(cx);
        let this = self.project();
        if !this.errors.lock().is_empty() {
            return Poll::Pending;
        }
        if polled.is_pending() {
            this.members.gate.leave_waker(cx);
            return Poll::Pending;
        }
        if !this.members.seal() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let output = this.output.take();
        Poll::Ready(output.expect("a future is not polled after it was ready"))
    }

    /// The body's error, if this poll ended it with one.
    fn poll_body(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Option<E> {
        let mut this = self.project();
        let Poll::Ready(output) = this.body.as_mut().as_pin_mut()?.poll(cx) else {
            return None;
        };
        this.body.set(None);
        match (this.result)(output) {
            Ok(output) => {
                *this.output = Some(output);
                None
            }
            Err(error) => Some(error),
        }
    }

    /// Drops the body, and closes to the members.
    fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        let reason = this.members.gate.reason();
        let mark = reason.mark_if_first();
        this.body.set(None);
        drop(mark);
        this.members.close(reason);
    }

    /// Closes, whatever the drops do.
    fn close_for(mut self: Pin<&mut Self>, mut failure: Failure<E>) {
        // Each round drops at least the one that panics.
        while let Err(panic) = caught(|| self.as_mut().close()) {
            failure = failure.or_panic(panic);
        }
        *self.project().failure = Some(failure);
    }

    /// Waits for the tasks of a group that closes.
    fn poll_closing(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = caught(|| self.as_mut().project().members.poll_woken(cx));
        let this = self.as_mut().project();
        let late = std::mem::take(&mut *this.errors.lock());
        let mut failure = this.failure.take().expect("a group that closes has failed");
        if let Failure::Errors(errors) = &mut failure {
            errors.extend(late);
        }
        match polled {
            Ok(polled) => {
                *this.failure = Some(failure);
                polled
            }
            Err(panic) => {
                // The member that panicked is still in the set.
                self.as_mut().close_for(failure.or_panic(panic));
                if self.members.is_empty() {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl<E> Failure<E> {
    /// The first panic counts.
    fn or_panic(self, panic: Box<dyn Any + Send>) -> Failure<E> {
        match self {
            Failure::Panic(first) => {
                // Its drop may panic again; the hook has told of it.
                std::mem::forget(panic);
                Failure::Panic(first)
            }
            Failure::Errors(_) => Failure::Panic(panic),
        }
    }
}

impl<K: Kind, F: Future, R, E> Future for Run<'_, K, F, R, E> {
    type Output = Result<R, Vec<E>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.failure.is_none() {
            let polled = caught(|| self.as_mut().poll_turn(cx));
            let errors = std::mem::take(&mut *self.errors.lock());
            match polled {
                Err(panic) => self.as_mut().close_for(Failure::Panic(panic)),
                Ok(_) if !errors.is_empty() => self.as_mut().close_for(Failure::Errors(errors)),
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(output)) => return Poll::Ready(Ok(output)),
            }
        }
        ready!(self.as_mut().poll_closing(cx));
        match self.project().failure.take() {
            Some(Failure::Panic(panic)) => resume_unwind(panic),
            Some(Failure::Errors(errors)) => Poll::Ready(Err(errors)),
            None => unreachable!("a group that closes has failed"),
        }
    }
}

fn caught<T>(users: impl FnOnce() -> T) -> std::thread::Result<T> {
    catch_unwind(AssertUnwindSafe(users))
}
