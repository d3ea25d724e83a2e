//! [`ReadySet`]: many futures in one task, each polled only when it was woken.
//!
//! `join_all`, `as_completed`, `wait` and the groups are policies over this set. Each child has a
//! waker of its own, which puts the child's name into the set's inbox and wakes the set's task.
//!
//! Laws:
//!
//! - **S1, once.** A child's name stands in the inbox, or before its first pass among the fresh, at
//!   most once (`queued`). That of a child that woke itself in its last poll may be left there; it
//!   is skipped (S5).
//! - **S2, clear before poll.** `queued` is cleared before the child is polled, so a wake during
//!   the poll is not lost.
//! - **S3, no gap.** The task's waker is left under the lock that found the inbox empty.
//! - **S4, a bounded pass.** One pass polls each woken child at most once, at most [`PASS`] of
//!   them, and no more than the poll's budget allows; if more are woken, the task goes to the back
//!   of its queue first.
//! - **S5, own life.** A child's waker may outlive the set: the inbox is in an `Arc` of its own,
//!   and a name carries a number that is never used again, so it cannot wake a stranger in the same
//!   place.
//!
//! Knows `std::task` and the door only, so it works on any executor. Safe code: each child is in a
//! box.
//!
//! Leaves out: an order among children that are woken at the same moment other than that of their
//! wakes.

use std::collections::VecDeque;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use crate::observe::WaitsFor;
use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::{AcqRel, Relaxed};
use crate::sync::{Arc, Mutex};
use crate::task::poll;
use crate::task::waker::{Wake, borrowed_waker_of};

/// Children polled in one pass; as many as the loop polls tasks between two looks.
const PASS: usize = 61;

/// See the file's promise.
pub struct ReadySet<F: Future + ?Sized> {
    children: Slab<Child<F>>,
    inbox: Arc<Inbox>,
    /// The names that this pass still has to poll.
    batch: VecDeque<Name>,
    /// The names of children that came since the last pass; they join the line with the next.
    fresh: Vec<Name>,
    /// The number of the next child.
    next: u64,
}

struct Child<F: ?Sized> {
    name: Name,
    bell: Arc<Bell>,
    future: Pin<Box<F>>,
    /// The place in the order of insertion that the set's user knows it by.
    index: usize,
}

/// Where a child stands, and a number that no other child of the set ever has.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Name {
    key: usize,
    number: u64,
}

#[derive(Default)]
struct Inbox {
    mail: Mutex<Mail>,
}

#[derive(Default)]
struct Mail {
    woken: VecDeque<Name>,
    task: Option<Waker>,
}

/// What a child's waker rings.
struct Bell {
    name: Name,
    queued: AtomicBool,
    inbox: Arc<Inbox>,
}

impl Wake for Bell {
    fn wake(&self) {
        // AcqRel: pairs with the swap in `poll_child`: a wake that finds `queued` set happens
        // before the poll that it rides on.
        if self.queued.swap(true, AcqRel) {
            return;
        }
        let task = {
            let mut mail = self.inbox.mail.lock();
            mail.woken.push_back(self.name);
            mail.task.take()
        };
        if let Some(task) = task {
            task.wake();
        }
    }
}

impl<F: Future + ?Sized> ReadySet<F> {
    /// A set without children.
    pub fn new() -> Self {
        ReadySet {
            children: Slab::new(),
            inbox: Arc::new(Inbox::default()),
            batch: VecDeque::new(),
            fresh: Vec::new(),
            next: 0,
        }
    }

    /// Adds a child; it is polled in the next pass, after all that were woken before. It will be
    /// known as `index`. The caller polls the set afterwards, or is being polled.
    pub fn insert(&mut self, index: usize, future: Pin<Box<F>>) {
        let entry = self.children.vacant_entry();
        let name = Name {
            key: entry.key(),
            number: self.next,
        };
        self.next += 1;
        let bell = Bell {
            name,
            queued: AtomicBool::new(true),
            inbox: self.inbox.clone(),
        };
        entry.insert(Child {
            name,
            bell: Arc::new(bell),
            future,
            index,
        });
        self.fresh.push(name);
    }

    /// How many children are alive.
    pub fn len(&self) -> usize {
        self.children.len()
    }

    /// Whether no child is alive.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// Drops all children, unpolled, in the order of their places.
    pub fn clear(&mut self) {
        drop(std::mem::take(&mut self.children));
    }

    /// Drops the children that `keep` does not want, unpolled, in the order in which they came. A
    /// drop that panics leaves the rest for another call.
    pub fn retain(&mut self, mut keep: impl FnMut(Pin<&mut F>) -> bool) {
        let mut names: Vec<_> = self.children.iter().map(|(_, child)| child.name).collect();
        names.sort_by_key(|name| name.number);
        for Name { key, .. } in names {
            if !keep(self.children[key].future.as_mut()) {
                drop(self.children.remove(key));
            }
        }
    }

    /// Polls the children that were woken, in the order of their wakes, and hands each output to
    /// `finished` with its child's index. Ready: no child is left, or `finished` broke off.
    pub fn poll_pass<B>(
        &mut self,
        cx: &mut Context<'_>,
        mut finished: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Poll<Option<B>> {
        self.fill_batch();
        while !self.children.is_empty() {
            let Some(name) = self.batch.pop_front() else {
                self.wait(cx);
                return Poll::Pending;
            };
            if poll::proceed(cx).is_pending() {
                self.batch.push_front(name);
                return Poll::Pending;
            }
            if let Some((index, output)) = self.poll_child(name) {
                poll::spend();
                if let ControlFlow::Break(with) = finished(index, output) {
                    return Poll::Ready(Some(with));
                }
            }
        }
        Poll::Ready(None)
    }

    /// Takes the next pass's names out of the inbox, unless a pass was broken off and is still to
    /// be ended.
    fn fill_batch(&mut self) {
        if self.batch.is_empty() {
            let mut mail = self.inbox.mail.lock();
            mail.woken.extend(self.fresh.drain(..));
            let count = mail.woken.len().min(PASS);
            self.batch.extend(mail.woken.drain(..count));
        }
    }

    fn poll_child(&mut self, name: Name) -> Option<(usize, F::Output)> {
        let child = self
            .children
            .get_mut(name.key)
            .filter(|child| child.name == name)?;
        // AcqRel: pairs with the swap in `Bell::wake`: this poll sees what was written before the
        // wakes that it answers (S2).
        child.bell.queued.swap(false, AcqRel);
        let waker = borrowed_waker_of(&child.bell);
        let output = match child.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => return None,
            Poll::Ready(output) => output,
        };
        // Relaxed: it only spares late wakes their way to the inbox (S1); a name that is left there
        // is skipped.
        child.bell.queued.store(true, Relaxed);
        let child = self.children.remove(name.key);
        let index = child.index;
        drop(child);
        Some((index, output))
    }

    /// Leaves the task's waker, or wakes it at once if a child was woken or came meanwhile (S3,
    /// S4).
    fn wait(&mut self, cx: &mut Context<'_>) {
        poll::waits_for(WaitsFor::Children);
        let waker = cx.waker().clone();
        let mut mail = self.inbox.mail.lock();
        if mail.woken.is_empty() && self.fresh.is_empty() {
            let old = mail.task.replace(waker);
            drop(mail);
            drop(old);
        } else {
            drop(mail);
            waker.wake();
        }
    }
}

impl<F: Future + ?Sized> Default for ReadySet<F> {
    fn default() -> Self {
        ReadySet::new()
    }
}

impl<F: Future + ?Sized> Drop for ReadySet<F> {
    /// The task's waker must not live as long as the last child's waker does.
    fn drop(&mut self) {
        let task = self.inbox.mail.lock().task.take();
        drop(task);
    }
}
