//! What both kinds of group share: the members on their way in, room, and the future that runs them
//! all.
//!
//! Laws:
//!
//! - **In by the gate.** `spawn` puts a member into `incoming`; only the group's own poll moves it
//!   into the set. So `spawn` never waits for the set, whoever calls it: the body, a member, or a
//!   clone of the group that got away.
//! - **No circle.** A member may hold a clone of the group; when the group ends, `incoming` is
//!   emptied, so that no member keeps itself alive.
//!
//! Leaves out: what an output or an error means.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::observe::WaitsFor;
use crate::oneshot::{Closed, Receiver};
use crate::set::ReadySet;
use crate::sync::{Arc, Mutex};
use crate::task::poll;
use crate::task::waker::wake_all;

mod sealed {
    pub trait Sealed {}
}

/// Whether a group's members, and so the group's future, are `Send`. The first `spawn` decides by
/// inference.
pub trait Kind: sealed::Sealed {
    /// What a member is.
    #[doc(hidden)]
    type Future<'env>: Future<Output = ()> + ?Sized + 'env;
}

/// The kind of a group that uses `spawn`.
#[derive(Debug)]
pub enum Sendable {}

/// The kind of a group that uses `spawn_local`.
#[derive(Debug)]
pub enum Local {}

impl sealed::Sealed for Sendable {}
impl sealed::Sealed for Local {}

impl Kind for Sendable {
    type Future<'env> = dyn Future<Output = ()> + Send + 'env;
}

impl Kind for Local {
    type Future<'env> = dyn Future<Output = ()> + 'env;
}

pub(super) type Boxed<'env, K> = Pin<Box<<K as Kind>::Future<'env>>>;

/// The members' side of a group, shared by its clones.
pub(super) struct Gate<'env, K: Kind> {
    inner: Mutex<Inner<'env, K>>,
}

struct Inner<'env, K: Kind> {
    incoming: Vec<Boxed<'env, K>>,
    /// Members that are not over, incoming ones included.
    live: usize,
    limit: usize,
    closed: bool,
    /// The group's own waker, for members that come from outside of its poll.
    parent: Option<Waker>,
    /// Those who wait for room.
    waiting: Vec<Waker>,
}

impl<'env, K: Kind> Gate<'env, K> {
    pub(super) fn new() -> Arc<Self> {
        let inner = Inner {
            incoming: Vec::new(),
            live: 0,
            limit: usize::MAX,
            closed: false,
            parent: None,
            waiting: Vec::new(),
        };
        Arc::new(Gate {
            inner: Mutex::new(inner),
        })
    }

    /// Takes a member in; `false`: the group is over, and `make` was not called.
    pub(super) fn admit(&self, make: impl FnOnce() -> Boxed<'env, K>) -> bool {
        let mut inner = self.inner.lock();
        if inner.closed {
            return false;
        }
        // Under the lock, so that the group cannot end meanwhile: it moves the future into a box
        // and runs nothing of it.
        let member = make();
        inner.live += 1;
        inner.incoming.push(member);
        let parent = inner.parent.take();
        drop(inner);
        if let Some(parent) = parent {
            parent.wake();
        }
        true
    }

    pub(super) fn set_limit(&self, limit: usize) {
        assert!(limit > 0, "a group needs room for at least one member");
        let waiting = {
            let mut inner = self.inner.lock();
            inner.limit = limit;
            std::mem::take(&mut inner.waiting)
        };
        wake_all(waiting);
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut inner = self.inner.lock();
        if inner.live < inner.limit || inner.closed {
            drop(inner);
            drop(waker);
            return Poll::Ready(());
        }
        let unused = match inner.waiting.iter().any(|other| other.will_wake(&waker)) {
            true => Some(waker),
            false => {
                inner.waiting.push(waker);
                None
            }
        };
        drop(inner);
        drop(unused);
        poll::waits_for(WaitsFor::Room);
        Poll::Pending
    }

    /// `count` members are over.
    fn finished(&self, count: usize) {
        if count == 0 {
            return;
        }
        let waiting = {
            let mut inner = self.inner.lock();
            inner.live -= count;
            std::mem::take(&mut inner.waiting)
        };
        wake_all(waiting);
    }

    /// The group is over: what is still on its way in is handed out to be dropped.
    fn close(&self) {
        let (incoming, parent, waiting) = {
            let mut inner = self.inner.lock();
            inner.closed = true;
            let waiting = std::mem::take(&mut inner.waiting);
            (
                std::mem::take(&mut inner.incoming),
                inner.parent.take(),
                waiting,
            )
        };
        drop(incoming);
        drop(parent);
        wake_all(waiting);
    }
}

/// Waits until fewer members run than the group's limit; made by `room`.
///
/// Wakes when a member ends; several that wait are all woken, and those who find no room wait on.
/// Dropping it changes nothing: room is seen, not reserved.
#[must_use = "futures do nothing unless awaited"]
pub struct Room<'a, 'env, K: Kind> {
    pub(super) gate: &'a Gate<'env, K>,
}

impl<K: Kind> Future for Room<'_, '_, K> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.gate.poll_room(cx)
    }
}

impl<K: Kind> fmt::Debug for Room<'_, '_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Room")
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

/// The members of a group, from the side of its future.
pub(super) struct Members<'env, K: Kind> {
    gate: Arc<Gate<'env, K>>,
    set: ReadySet<K::Future<'env>>,
}

impl<'env, K: Kind> Members<'env, K> {
    pub(super) fn new(gate: Arc<Gate<'env, K>>) -> Self {
        Members {
            gate,
            set: ReadySet::new(),
        }
    }

    /// Lets the new ones in and polls those that were woken. Ready: none is left.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.let_in();
        let before = self.set.len();
        let passed = self
            .set
            .poll_pass(cx, |_, ()| ControlFlow::<()>::Continue(()));
        self.gate.finished(before - self.set.len());
        // Members may have brought siblings: they are polled in the parent's next poll.
        if self.let_in() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        passed.map(drop)
    }

    /// Leaves the group's waker for members that come from outside of its poll.
    pub(super) fn leave_waker(&self, cx: &mut Context<'_>) {
        let waker = cx.waker().clone();
        let mut inner = self.gate.inner.lock();
        let come = !inner.incoming.is_empty();
        let old = inner.parent.replace(waker);
        drop(inner);
        drop(old);
        if come {
            cx.waker().wake_by_ref();
        }
    }

    fn let_in(&mut self) -> bool {
        let incoming = std::mem::take(&mut self.gate.inner.lock().incoming);
        let some = !incoming.is_empty();
        for member in incoming {
            self.set.insert(0, member);
        }
        some
    }

    /// Drops every member, unpolled, and takes no more.
    pub(super) fn close(&mut self) {
        self.gate.close();
        self.set.clear();
        // A member's drop may have tried to bring another one, and found the gate closed.
    }
}

impl<K: Kind> Drop for Members<'_, K> {
    fn drop(&mut self) {
        self.close();
    }
}
