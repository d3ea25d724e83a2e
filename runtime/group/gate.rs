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

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use super::member::Child;
use crate::observe::WaitsFor;
use crate::panics::{caught, discard};
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
}

struct Inner<'env, K: Kind> {
    incoming: Vec<Boxed<'env, K>>,
    /// Members that are not over, incoming ones included.
    live: usize,
    limit: usize,
    /// No more members are taken: the group was cancelled, closes, or is over.
    refuses: bool,
    /// Why the members end early: the first `cancel`'s reason, else the group's own end.
    reason: Reason,
    /// Somebody called `cancel`, and it is still to be carried out.
    cancelled: bool,
    /// The group's own waker, for what comes from outside of its poll.
    parent: Option<Waker>,
    /// Those who wait for room, by the order in which they began to.
    waiting: BTreeMap<u64, Waker>,
    /// The number of the last one who began to.
    last: u64,
}

impl<K: Kind> Inner<'_, K> {
    fn has_room(&self) -> bool {
        self.live < self.limit || self.refuses
    }

    /// The waiter that waits longest, if there is room. Once polled, it wakes the next one.
    fn next_for_room(&mut self) -> Option<Waker> {
        let first = self.has_room().then(|| self.waiting.pop_first());
        first.flatten().map(|(_, waker)| waker)
    }
}

impl<'env, K: Kind> Gate<'env, K> {
    pub(super) fn new(place: &'static Location<'static>) -> Arc<Self> {
        let inner = Inner {
            incoming: Vec::new(),
            live: 0,
            limit: usize::MAX,
            refuses: false,
            reason: Reason::at(By::Group, place),
            cancelled: false,
            parent: None,
            waiting: BTreeMap::new(),
            last: 0,
        };
        Arc::new(Gate {
            inner: Mutex::new(inner),
        })
    }

    /// Why what is left is cancelled.
    pub(super) fn reason(&self) -> Reason {
        self.inner.lock().reason
    }

    /// Takes a member in, or drops `make` uncalled.
    pub(super) fn admit(&self, make: impl FnOnce() -> Boxed<'env, K>) {
        let mut inner = self.inner.lock();
        if inner.refuses {
            return;
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
    }

    /// Whether no more members are taken.
    pub(super) fn refuses(&self) -> bool {
        self.inner.lock().refuses
    }

    pub(super) fn set_limit(&self, limit: usize) {
        assert!(limit > 0, "a group needs room for at least one member");
        self.inner.lock().limit = limit;
        self.wake_next();
    }

    /// Wakes the one that waits longest, if there is room. A waker that panics is no reason to let
    /// the others wait, nor the member's whose end made the room.
    fn wake_next(&self) {
        loop {
            let next = self.inner.lock().next_for_room();
            let Some(waker) = next else {
                return;
            };
            match caught(|| waker.wake()) {
                Ok(()) => return,
                Err(panic) => discard(panic),
            }
        }
    }

    /// Asks for the end of all members, from the outside or from one of them.
    pub(super) fn cancel(&self, reason: Reason) {
        let (parent, waiting) = {
            let mut inner = self.inner.lock();
            if inner.refuses {
                return;
            }
            inner.refuses = true;
            inner.cancelled = true;
            inner.reason = reason;
            (inner.parent.take(), std::mem::take(&mut inner.waiting))
        };
        wake_all(parent.into_iter().chain(waiting.into_values()));
    }

    /// Whether a `cancel` is to be carried out; the caller does it.
    pub(super) fn take_cancelled(&self) -> bool {
        std::mem::take(&mut self.inner.lock().cancelled)
    }

    /// The group ends: takes no more, and lets go of whoever waits for room.
    pub(super) fn close(&self) {
        let (parent, waiting) = {
            let mut inner = self.inner.lock();
            inner.refuses = true;
            (inner.parent.take(), std::mem::take(&mut inner.waiting))
        };
        wake_all(waiting.into_values());
        drop(parent);
    }

    /// All are over: takes no more. `false`: something has come meanwhile, and the group goes on.
    pub(super) fn seal(&self) -> bool {
        let mut inner = self.inner.lock();
        let over = inner.incoming.is_empty() && !inner.cancelled;
        inner.refuses |= over;
        over
    }

    /// The group is being polled: what comes from here on need not wake it.
    pub(super) fn begin_poll(&self) {
        let parent = self.inner.lock().parent.take();
        drop(parent);
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
        let come = !inner.incoming.is_empty() || inner.cancelled;
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
        self.inner.lock().live -= count;
        self.wake_next();
    }
}

/// Waits until fewer members run than the group's limit; made by `room`.
///
/// # When it wakes
///
/// When a member ends, the one that waits longest is woken, and when that has seen the room, the
/// next: so a member's end costs two polls, however many wait. Room is seen, not reserved: whoever
/// is polled first may take it. In a group that is over there is always room, and a spawn is
/// refused.
///
/// # On drop
///
/// The next one is woken in its place. One that was woken and is neither polled nor dropped holds
/// up those behind it.
#[must_use = "futures do nothing unless awaited"]
pub struct Room<'a, 'env, K: Kind> {
    gate: &'a Gate<'env, K>,
    /// Its place among those who wait, from its first poll that found no room.
    number: Option<u64>,
}

impl<'a, 'env, K: Kind> Room<'a, 'env, K> {
    pub(super) fn new(gate: &'a Gate<'env, K>) -> Self {
        Room { gate, number: None }
    }

    /// Leaves the line, and passes on to the next one what this one was woken for.
    fn leave(&mut self) {
        let Some(number) = self.number.take() else {
            return;
        };
        let own = self.gate.inner.lock().waiting.remove(&number);
        drop(own);
        self.gate.wake_next();
    }
}

impl<K: Kind> Future for Room<'_, '_, K> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(poll::proceed(cx));
        let waker = cx.waker().clone();
        let mut inner = self.gate.inner.lock();
        if inner.has_room() {
            drop(inner);
            self.leave();
            poll::spend();
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            inner.last += 1;
            inner.last
        });
        let old = inner.waiting.insert(number, waker);
        drop(inner);
        drop(old);
        poll::waits_for(WaitsFor::Room);
        Poll::Pending
    }
}

impl<K: Kind> Drop for Room<'_, '_, K> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<K: Kind> fmt::Debug for Room<'_, '_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Room")
    }
}
