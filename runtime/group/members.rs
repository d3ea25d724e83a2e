//! The members of a group, from the side of the future that runs them.
//!
//! Laws:
//!
//! - **Only the woken.** A poll polls the members that were woken, in the order of their wakes, at
//!   most 61 of them and no more than the poll's budget allows.
//! - **Dropped or waited for.** When a group closes, members that are futures are dropped, and
//!   those that are tasks stay, cancelled, until they are over.
//! - **Drops are contained.** A drop that panics keeps no other member from being dropped.
//!
//! Leaves out: the body, and what ends a group (`run.rs`).

use std::ops::ControlFlow;
use std::task::{Context, Poll};

use super::gate::{Boxed, Gate, Kind};
use super::member::Child;
use crate::panics::{carry_on, caught, first_of};
use crate::set::ReadySet;
use crate::sync::Arc;

/// See the file's promise.
pub(super) struct Members<'env, K: Kind> {
    gate: Arc<Gate<'env, K>>,
    set: ReadySet<Boxed<'env, K>>,
}

impl<'env, K: Kind> Members<'env, K> {
    pub(super) fn new(gate: Arc<Gate<'env, K>>) -> Self {
        Members {
            gate,
            set: ReadySet::new(),
        }
    }

    pub(super) fn gate(&self) -> &Gate<'env, K> {
        &self.gate
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Lets the new ones in and polls those that were woken. Ready: none is left.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.carry_out_cancel();
        self.let_in();
        let passed = self.poll_woken(cx);
        let closed = self.carry_out_cancel();
        // Members may have brought siblings: they are polled in the parent's next poll.
        let came = self.let_in();
        if self.set.is_empty() {
            return Poll::Ready(());
        }
        if closed || came {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        passed
    }

    /// Polls those that were woken, and lets nobody in. Ready: none is left.
    pub(super) fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let before = self.set.len();
        let passed = self
            .set
            .poll_pass(cx, |_, ()| ControlFlow::<()>::Continue(()));
        self.gate.finished(before - self.set.len());
        passed.map(drop)
    }

    fn carry_out_cancel(&mut self) -> bool {
        let cancelled = self.gate.take_cancelled();
        if cancelled {
            self.close();
        }
        cancelled
    }

    fn let_in(&mut self) -> bool {
        let incoming = self.gate.take_incoming();
        let some = !incoming.is_empty();
        self.set.insert_all(incoming);
        some
    }

    /// Takes no more, drops the members that are futures and cancels those that are tasks. A drop
    /// that panics leaves the rest for another call.
    pub(super) fn close(&mut self) {
        let reason = self.gate.reason();
        self.gate.close();
        self.let_in();
        let _mark = reason.mark_if_first();
        self.set
            .retain(|member| member.get_mut().as_mut().close(reason));
    }
}

impl<K: Kind> Drop for Members<'_, K> {
    /// A group that is dropped halfway can wait for nobody.
    fn drop(&mut self) {
        let _mark = self.gate.reason().mark_if_first();
        let mut panic = caught(|| self.gate.close()).err();
        self.let_in();
        // Each round drops at least the one that panics.
        while let Err(another) = caught(|| self.set.retain(|_| false)) {
            panic = first_of(panic, Some(another));
        }
        carry_on(panic);
    }
}
