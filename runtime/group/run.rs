//! The future that runs a group: its body and its members, and how it ends.
//!
//! A group ends in one of three ways: all are over; an error; a panic. In the last two it *closes*:
//! the body and the members that are futures are dropped, those that are tasks are cancelled, and
//! when the last task is over the group says how it ended.
//!
//! Laws:
//!
//! - **Body first.** A poll of the group polls the body, then members; a member that the body has
//!   just spawned among them. Only if the body has used up the members' budget in the poll before
//!   do they come first (`task/turns.rs`).
//! - **All of one poll.** The errors of all that one poll has polled are told. When the body fails,
//!   members that were not let in yet are dropped unpolled.
//! - **Panics last.** A panic, of the body, of a member or of a drop, goes on in the parent when
//!   all others are gone; if the group itself is dropped meanwhile, in whoever drops it. The first
//!   one counts; it hides the errors.
//!
//! Leaves out: what an output or an error means.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::gate::Kind;
use super::members::Members;
use crate::panics::{Panic, carry_on, caught, contain, first_of};
use crate::sync::{Arc, Mutex};
use crate::task::turns::Turns;

/// The errors of members, in the order of completion.
pub(super) type Errors<E> = Arc<Mutex<Vec<E>>>;

pin_project! {
    /// See the file's promise.
    pub(super) struct Run<'env, K: Kind, F: Future, R, E> {
        #[pin]
        body: Option<F>,
        result: fn(F::Output) -> Result<R, E>,
        output: Option<R>,
        body_error: Option<E>,
        members: Members<'env, K>,
        errors: Errors<E>,
        turns: Turns,
        phase: Phase,
        // What it closes for, if not for an error.
        panic: Option<Panic>,
    }

    impl<K: Kind, F: Future, R, E> PinnedDrop for Run<'_, K, F, R, E> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // Before the drops: what they spawn is given back.
            let closed = caught(|| this.members.gate().close()).err();
            let _mark = this.members.gate().reason().mark_if_first();
            let body = caught(|| this.body.set(None)).err();
            let outputs = (this.output.take(), this.body_error.take());
            let errors = std::mem::take(&mut *this.errors.lock());
            let results = caught(|| drop((outputs, errors))).err();
            let panics = [this.panic.take(), closed, body, results];
            carry_on(panics.into_iter().fold(None, first_of));
        }
    }
}

/// Where a group is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    Closing,
    Over,
}

impl<'env, K: Kind, F: Future, R, E> Run<'env, K, F, R, E> {
    /// `result` says what the body's output means.
    pub(super) fn new(
        members: Members<'env, K>,
        body: F,
        result: fn(F::Output) -> Result<R, E>,
        errors: Errors<E>,
    ) -> Self {
        Run {
            body: Some(body),
            result,
            output: None,
            body_error: None,
            members,
            errors,
            turns: Turns::default(),
            phase: Phase::Running,
            panic: None,
        }
    }

    /// One poll of a group that does not close. Pending with errors: it is to be closed.
    fn poll_turn(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        self.members.gate().begin_poll();
        let polled = self.as_mut().poll_all(cx);
        if self.has_failed() {
            return Poll::Pending;
        }
        if polled.is_pending() {
            self.members.gate().leave_waker(cx);
            return Poll::Pending;
        }
        if !self.members.gate().seal() {
            // Another thread brought a member at the last moment.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let output = self.project().output.take();
        Poll::Ready(output.expect("the body is over, without an error"))
    }

    /// Polls the body and the members. Ready: all are over.
    fn poll_all(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.as_mut().project();
        let turn = this.turns.begin();
        let mut members = Poll::Pending;
        if turn.second_first {
            members = this.members.poll(cx);
            if self.has_failed() {
                return Poll::Pending;
            }
        }
        self.as_mut().poll_body(cx);
        let this = self.project();
        if !turn.second_first {
            let lets_in = this.body_error.is_none();
            members = this.turns.second(&turn, || match lets_in {
                true => this.members.poll(cx),
                false => this.members.poll_woken(cx),
            });
        }
        match *this.body {
            Some(_) => Poll::Pending,
            None => members,
        }
    }

    fn poll_body(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return;
        };
        let Poll::Ready(output) = body.poll(cx) else {
            return;
        };
        // Before the body is dropped: if that panics, the output is not in its way.
        match (this.result)(output) {
            Ok(output) => *this.output = Some(output),
            Err(error) => *this.body_error = Some(error),
        }
        this.body.set(None);
    }

    fn has_failed(&self) -> bool {
        self.body_error.is_some() || !self.errors.lock().is_empty()
    }

    /// Drops the body, and closes to the members.
    fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        // Before the drops: what they spawn is given back.
        this.members.gate().close();
        let mark = this.members.gate().reason().mark_if_first();
        this.body.set(None);
        drop(mark);
        this.members.close();
    }

    /// Closes, whatever the drops do. `panic`: what it closes for, if not for an error.
    fn close_all(mut self: Pin<&mut Self>, mut panic: Option<Panic>) {
        // Each round drops at least the one that panics.
        while let Err(another) = caught(|| self.as_mut().close()) {
            panic = first_of(panic, Some(another));
        }
        let this = self.project();
        *this.phase = Phase::Closing;
        *this.panic = first_of(this.panic.take(), panic);
    }

    /// Waits for the tasks of a group that closes.
    fn poll_closing(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = caught(|| self.as_mut().project().members.poll_woken(cx));
        match polled {
            Ok(polled) => polled,
            Err(panic) => {
                // The member that panicked is still in the set.
                self.as_mut().close_all(Some(panic));
                if self.members.is_empty() {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    /// What a group that has closed ended with: its members' errors, then its body's.
    fn errors(self: Pin<&mut Self>) -> Vec<E> {
        let this = self.project();
        let mut errors = std::mem::take(&mut *this.errors.lock());
        errors.extend(this.body_error.take());
        errors
    }
}

impl<K: Kind, F: Future, R, E> Future for Run<'_, K, F, R, E> {
    type Output = Result<R, Vec<E>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(
            self.phase != Phase::Over,
            "a future is not polled after it was ready"
        );
        if self.phase == Phase::Running {
            match caught(|| self.as_mut().poll_turn(cx)) {
                Err(panic) => self.as_mut().close_all(Some(panic)),
                Ok(Poll::Ready(output)) => {
                    *self.project().phase = Phase::Over;
                    return Poll::Ready(Ok(output));
                }
                Ok(Poll::Pending) if !self.has_failed() => return Poll::Pending,
                Ok(Poll::Pending) => self.as_mut().close_all(None),
            }
        }
        ready!(self.as_mut().poll_closing(cx));
        let errors = self.as_mut().errors();
        let this = self.project();
        *this.phase = Phase::Over;
        match this.panic.take() {
            Some(panic) => {
                // Hidden by the panic; their drops must not meet it.
                contain(|| drop(errors));
                resume_unwind(panic)
            }
            None => Poll::Ready(Err(errors)),
        }
    }
}
