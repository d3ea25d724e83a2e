//! [`ReadySet`]: many futures in one task, each polled only when it was woken.
//!
//! `join_all`, `as_completed`, `wait` and the groups are policies over this set. Each child has a
//! waker of its own, which puts the child's name into the set's inbox and wakes the set's task.
//! Children that come together stand in blocks, so that a child costs no allocation of its own.
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
//! - **S5, own life.** A child's waker may outlive the set: the inbox and a block's bells are in
//!   `Arc`s of their own, and a name carries a number that is never used again, so it cannot wake a
//!   stranger in the same block.
//! - **S6, one block.** A block lives as long as the last of its children, and its bells as long as
//!   the last of their wakers: at most [`PLACES`] places are kept for the sake of one.
//!
//! Knows `std::task` and the door only, so it works on any executor. Safe code.
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
use crate::task::pinned::Pinned;
use crate::task::places::{PLACES, Places, WakePlace};
use crate::task::poll;

/// Children polled in one pass; as many as the loop polls tasks between two looks.
const PASS: usize = 61;

/// See the file's promise.
pub struct ReadySet<F> {
    blocks: Slab<Block<F>>,
    /// How many children are alive.
    live: usize,
    inbox: Arc<Inbox>,
    /// The names that this pass still has to poll.
    batch: VecDeque<Name>,
    /// The names of children that came since the last pass; they join the line with the next.
    fresh: Vec<Name>,
    /// The number of the next child.
    next: usize,
}

/// Children that came together.
struct Block<F> {
    children: Pinned<F>,
    /// How many of them are alive.
    live: usize,
    /// The number of the first; the others' follow.
    first: usize,
    bells: Arc<Places<Bells>>,
}

/// A child: its block, and its place in the order of insertion, which no other child of the set
/// ever has.
#[derive(Clone, Copy)]
struct Name {
    block: usize,
    number: usize,
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

/// What the wakers of a block's children ring.
struct Bells {
    inbox: Arc<Inbox>,
    /// The name of the block's first child.
    first: Name,
    queued: [AtomicBool; PLACES],
}

impl WakePlace for Bells {
    fn wake(&self, place: usize) {
        // AcqRel: pairs with the swap in `poll_child`: a wake that finds `queued` set happens
        // before the poll that it rides on.
        if self.queued[place].swap(true, AcqRel) {
            return;
        }
        let task = {
            let mut mail = self.inbox.mail.lock();
            mail.woken.push_back(self.first.plus(place));
            mail.task.take()
        };
        if let Some(task) = task {
            task.wake();
        }
    }
}

impl Name {
    /// The name of the child that stands `places` behind this one in their block.
    fn plus(self, places: usize) -> Name {
        Name {
            number: self.number + places,
            ..self
        }
    }
}

impl<F: Future> ReadySet<F> {
    /// A set without children.
    pub fn new() -> Self {
        ReadySet {
            blocks: Slab::new(),
            live: 0,
            inbox: Arc::new(Inbox::default()),
            batch: VecDeque::new(),
            fresh: Vec::new(),
            next: 0,
        }
    }

    /// Adds children; they are polled in the next pass, after all that were woken before. A child
    /// is known by its number: how many came before it. The caller polls the set afterwards, or is
    /// being polled.
    pub fn insert_all(&mut self, futures: impl IntoIterator<Item = F>) {
        let mut futures = futures.into_iter();
        loop {
            let children = Pinned::take(&mut futures, PLACES);
            let count = children.places();
            if count == 0 {
                return;
            }
            self.insert_block(children);
            if count < PLACES {
                return;
            }
        }
    }

    fn insert_block(&mut self, children: Pinned<F>) {
        let count = children.places();
        let entry = self.blocks.vacant_entry();
        let first = Name {
            block: entry.key(),
            number: self.next,
        };
        let bells = Bells {
            inbox: self.inbox.clone(),
            first,
            queued: std::array::from_fn(|_| AtomicBool::new(false)),
        };
        entry.insert(Block {
            children,
            live: count,
            first: first.number,
            bells: Places::new(bells),
        });
        self.live += count;
        self.next += count;
        self.fresh.extend((0..count).map(|place| first.plus(place)));
    }

    /// How many children are alive.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether no child is alive.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Drops all children, unpolled, in the order of their places.
    pub fn clear(&mut self) {
        self.live = 0;
        drop(std::mem::take(&mut self.blocks));
    }

    /// Drops the children that `keep` does not want, unpolled, in the order in which they came. A
    /// drop that panics leaves the rest for another call.
    pub fn retain(&mut self, mut keep: impl FnMut(Pin<&mut F>) -> bool) {
        let blocks = self.blocks.iter();
        let mut blocks: Vec<_> = blocks.map(|(key, block)| (block.first, key)).collect();
        blocks.sort();
        for (first, block) in blocks {
            for place in 0..self.blocks[block].children.places() {
                let child = self.blocks[block].children.get(place);
                if child.is_some_and(|child| !keep(child)) {
                    self.remove(Name {
                        block,
                        number: first + place,
                    });
                }
                if !self.blocks.contains(block) {
                    break;
                }
            }
        }
    }

    /// Polls the children that were woken, in the order of their wakes, and hands each output to
    /// `finished` with its child's number. Ready: no child is left, or `finished` broke off.
    pub fn poll_pass<B>(
        &mut self,
        cx: &mut Context<'_>,
        mut finished: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Poll<Option<B>> {
        self.fill_batch();
        while self.live > 0 {
            let Some(name) = self.batch.pop_front() else {
                self.wait(cx);
                return Poll::Pending;
            };
            if poll::proceed(cx).is_pending() {
                self.batch.push_front(name);
                return Poll::Pending;
            }
            if let Some(output) = self.poll_child(name) {
                poll::spend();
                if let ControlFlow::Break(with) = finished(name.number, output) {
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

    fn poll_child(&mut self, name: Name) -> Option<F::Output> {
        let block = self.blocks.get_mut(name.block)?;
        let place = name.number.checked_sub(block.first)?;
        let child = block.children.get(place)?;
        let queued = &block.bells.target().queued[place];
        // Relaxed: it is clear only in a fresh child, which nobody could wake yet.
        if queued.load(Relaxed) {
            // AcqRel: pairs with the swap in `Bells::wake`: this poll sees what was written before
            // the wakes that it answers (S2).
            queued.swap(false, AcqRel);
        }
        let waker = Places::borrowed_waker(&block.bells, place);
        let output = match child.poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => return None,
            Poll::Ready(output) => output,
        };
        // Relaxed: it only spares late wakes their way to the inbox (S1); a name that is left there
        // is skipped.
        queued.store(true, Relaxed);
        self.remove(name);
        Some(output)
    }

    /// Drops a child, and its block if it was the last one there.
    fn remove(&mut self, name: Name) {
        let block = &mut self.blocks[name.block];
        // Before the drop, which may panic.
        self.live -= 1;
        block.live -= 1;
        if block.live == 0 {
            drop(self.blocks.remove(name.block));
        } else {
            block.children.clear(name.number - block.first);
        }
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

impl<F: Future> Default for ReadySet<F> {
    fn default() -> Self {
        ReadySet::new()
    }
}

impl<F> Drop for ReadySet<F> {
    /// The task's waker must not live as long as the last child's waker does.
    fn drop(&mut self) {
        let task = self.inbox.mail.lock().task.take();
        drop(task);
    }
}
