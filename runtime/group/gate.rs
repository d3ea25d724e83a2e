//! The members' side of a group: the way in, and room.
//!
//! Laws:
//!
//! - **In by the gate.** `spawn` puts a member into `incoming`; only the group's own poll moves it
//!   into the set. So `spawn` never waits for the set, whoever calls it: the body, a member, or a
//!   clone of the group that got away.
//! - **No circle.** A member may hold a clone of the group; when the gate closes, `incoming` is
//!   emptied, so that no member keeps itself alive.
//!
//! Leaves out: what runs the members (`run.rs`).

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::member::Child;
use crate::observe::WaitsFor;
use crate::reason::{By, Reason};
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
    type Child<'env>: Child + ?Sized + 'env;
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
    type Child<'env> = dyn Child + Send + 'env;
}

impl Kind for Local {
    type Child<'env> = dyn Child + 'env;
}

pub(super) type Boxed<'env, K> = Pin<Box<<K as Kind>::Child<'env>>>;

/// See the file's promise; shared by a group's clones.
pub(super) struct Gate<'env, K: Kind> {
    inner: Mutex<Inner<'env, K>>,
    /// Where the group was made.
    place: &'static Location<'static>,
}

struct Inner<'env, K: Kind> {
    incoming: Vec<Boxed<'env, K>>,
    /// Members that are not over, incoming ones included.
    live: usize,
    limit: usize,
    closed: bool,
    /// Somebody called `cancel`, and the members are still to be closed.
    cancelled: Option<Reason>,
    /// The group's own waker, for what comes from outside of its poll.
    parent: Option<Waker>,
    /// Those who wait for room.
    waiting: Vec<Waker>,
}

impl<'env, K: Kind> Gate<'env, K> {
    pub(super) fn new(place: &'static Location<'static>) -> Arc<Self> {
        let inner = Inner {
            incoming: Vec::new(),
            live: 0,
            limit: usize::MAX,
            closed: false,
            cancelled: None,
            parent: None,
            waiting: Vec::new(),
        };
        Arc::new(Gate {
            inner: Mutex::new(inner),
            place,
        })
    }

    /// Why the group's own end cancels what is left.
    pub(super) fn reason(&self) -> Reason {
        Reason::at(By::Group, self.place)
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

    /// Whether the group takes no more members.
    pub(super) fn is_closed(&self) -> bool {
        self.inner.lock().closed
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

    /// Asks for the end of all members, from the outside or from one of them.
    pub(super) fn cancel(&self, reason: Reason) {
        let (parent, waiting) = {
            let mut inner = self.inner.lock();
            if inner.closed {
                return;
            }
            inner.closed = true;
            inner.cancelled = Some(reason);
            (inner.parent.take(), std::mem::take(&mut inner.waiting))
        };
        wake_all(parent.into_iter().chain(waiting));
    }

    /// The reason of a `cancel` that is still to be carried out.
    pub(super) fn take_cancelled(&self) -> Option<Reason> {
        self.inner.lock().cancelled.take()
    }

    /// The group ends: takes no more, and lets go of whoever waits for room.
    pub(super) fn close(&self) {
        let (parent, waiting) = {
            let mut inner = self.inner.lock();
            inner.closed = true;
            (inner.parent.take(), std::mem::take(&mut inner.waiting))
        };
        drop(parent);
        wake_all(waiting);
    }

    /// The members that came since the last call.
    pub(super) fn take_incoming(&self) -> Vec<Boxed<'env, K>> {
        std::mem::take(&mut self.inner.lock().incoming)
    }

    /// Leaves the group's waker for what comes from outside of its poll, or wakes it if something
    /// has come.
    pub(super) fn leave_waker(&self, cx: &mut Context<'_>) {
        let waker = cx.waker().clone();
        let mut inner = self.inner.lock();
        let come = !inner.incoming.is_empty() || inner.cancelled.is_some();
        let old = inner.parent.replace(waker);
        drop(inner);
        drop(old);
        if come {
            cx.waker().wake_by_ref();
        }
    }

    /// `count` members are over.
    pub(super) fn finished(&self, count: usize) {
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
}

/// Waits until fewer members run than the group's limit; made by `room`.
///
/// Wakes when a member ends; several that wait are all woken, and those who find no room wait on.
/// In a group that is over there is always room, and a spawn is refused. Dropping it changes
/// nothing: room is seen, not reserved.
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
