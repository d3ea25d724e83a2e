//! [`ReadySet`]: many futures in one task, each polled only when it was woken.
//!
//! `join_all`, `as_completed`, `wait` and the groups are policies over this set. Each child has a
//! waker of its own, which puts the child's name into the set's inbox and wakes the set's task.
//! Children stand in blocks, those that come together in one, so that a child costs no allocation
//! of its own.
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
//! - **S6, one block.** A place is used once. A block lives until it is full and the last of its
//!   children is over, and its bells as long as the last of their wakers: at most [`PLACES`] places
//!   are kept for the sake of one.
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
    /// The newest block, if it has room for children who come later.
    newest: Option<usize>,
    /// The least room of the next block: twice that of the one before, at most [`PLACES`].
    room: usize,
    /// How many children are alive.
    live: usize,
    inbox: Arc<Inbox>,
    /// The names that are to be polled, by this pass or a later one.
    line: VecDeque<Names>,
    /// How many of them this pass may still poll; none: it is over.
    pass: usize,
    /// The names of children that came since the last pass; they join the line with the next.
    fresh: Vec<Names>,
    /// The number of the next child.
    next: usize,
}

/// Children that came one after the other.
struct Block<F> {
    children: Pinned<F>,
    /// How many of them are alive.
    live: usize,
    /// The number of the first; the others' follow.
    first: usize,
    bells: Arc<Places<Bells>>,
}

/// The names of `count` children that stand one behind the other in a block. A child's name is its
/// block and its number: its place in the order of insertion, which no other child of the set ever
/// has.
#[derive(Clone, Copy)]
struct Names {
    /// The number of the first; the others' follow.
    first: usize,
    block: u32,
    count: u32,
}

#[derive(Default)]
struct Inbox {
    mail: Mutex<Mail>,
}

#[derive(Default)]
struct Mail {
    woken: VecDeque<Names>,
    task: Option<Waker>,
}

/// What the wakers of a block's children ring.
struct Bells {
    inbox: Arc<Inbox>,
    block: u32,
    /// The number of the block's first child.
    first: usize,
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
            mail.woken.push_back(Names {
                first: self.first + place,
                block: self.block,
                count: 1,
            });
            mail.task.take()
        };
        if let Some(task) = task {
            task.wake();
        }
    }
}

impl<F: Future> ReadySet<F> {
    /// A set without children.
    pub fn new() -> Self {
        ReadySet {
            blocks: Slab::new(),
            newest: None,
            room: 1,
            live: 0,
            inbox: Arc::new(Inbox::default()),
            line: VecDeque::new(),
            pass: 0,
            fresh: Vec::new(),
            next: 0,
        }
    }

    /// Adds children; they are polled in the next pass, after all that were woken before. A child
    /// is known by its number: how many came before it. The caller polls the set afterwards, or is
    /// being polled.
    pub fn insert_all(&mut self, futures: impl IntoIterator<Item = F>) {
        let mut futures = futures.into_iter();
        if let Some(key) = self.newest {
            let children = &mut self.blocks[key].children;
            let before = children.places();
            children.take_in(&mut futures);
            self.came(key, before);
        }
        while self.newest.is_none() {
            let room = futures.size_hint().0.clamp(self.room, PLACES);
            let mut children = Pinned::with_room(room);
            children.take_in(&mut futures);
            if children.places() == 0 {
                return;
            }
            self.room = PLACES.min(2 * room);
            let key = self.insert_block(children);
            self.came(key, 0);
        }
    }

    fn insert_block(&mut self, children: Pinned<F>) -> usize {
        let entry = self.blocks.vacant_entry();
        let key = entry.key();
        let bells = Bells {
            inbox: self.inbox.clone(),
            block: u32::try_from(key).expect("so many blocks do not fit into memory"),
            first: self.next,
            queued: std::array::from_fn(|_| AtomicBool::new(false)),
        };
        entry.insert(Block {
            children,
            live: 0,
            first: self.next,
            bells: Places::new(bells),
        });
        key
    }

    /// Those who stand in this block behind the first `before` have just come.
    fn came(&mut self, key: usize, before: usize) {
        let block = &mut self.blocks[key];
        let count = block.children.places() - before;
        self.newest = (!block.children.is_full()).then_some(key);
        if count > 0 {
            block.live += count;
            self.live += count;
            self.fresh.push(Names {
                first: self.next,
                block: key as u32,
                count: count as u32,
            });
            self.next += count;
        }
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
        self.newest = None;
        drop(std::mem::take(&mut self.blocks));
    }

    /// Drops the children that `keep` does not want, unpolled, in the order in which they came. A
    /// drop that panics leaves the rest for another call.
    pub fn retain(&mut self, mut keep: impl FnMut(Pin<&mut F>) -> bool) {
        let blocks = self.blocks.iter();
        let mut blocks: Vec<_> = blocks.map(|(key, block)| (block.first, key)).collect();
        blocks.sort();
        for (_, key) in blocks {
            for place in 0..PLACES {
                let Some(block) = self.blocks.get_mut(key) else {
                    break;
                };
                let child = block.children.get(place);
                if child.is_some_and(|child| !keep(child)) {
                    self.remove(key, place);
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
        self.begin_pass();
        while self.live > 0 {
            let next = self.line.front().filter(|_| self.pass > 0);
            let Some(&Names { first, block, .. }) = next else {
                self.pass = 0;
                self.wait(cx);
                return Poll::Pending;
            };
            if poll::proceed(cx).is_pending() {
                return Poll::Pending;
            }
            self.leave_line();
            if let Some(output) = self.poll_child(block as usize, first) {
                poll::spend();
                if let ControlFlow::Break(with) = finished(first, output) {
                    return Poll::Ready(Some(with));
                }
            }
        }
        Poll::Ready(None)
    }

    /// Lets into the line who was woken, then who is fresh, unless a pass was broken off and is
    /// still to be ended.
    fn begin_pass(&mut self) {
        if self.pass == 0 || self.line.is_empty() {
            self.line.append(&mut self.inbox.mail.lock().woken);
            self.line.extend(self.fresh.drain(..));
            self.pass = PASS;
        }
    }

    /// The first in the line has its turn.
    fn leave_line(&mut self) {
        self.pass -= 1;
        let names = &mut self.line[0];
        names.first += 1;
        names.count -= 1;
        if names.count == 0 {
            self.line.pop_front();
        }
    }

    /// Polls the child of this name, if it is still there.
    fn poll_child(&mut self, key: usize, number: usize) -> Option<F::Output> {
        let block = self.blocks.get_mut(key)?;
        let place = number.checked_sub(block.first)?;
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
        self.remove(key, place);
        Some(output)
    }

    /// Drops a child, and its block if nobody else is or will be there.
    fn remove(&mut self, key: usize, place: usize) {
        let block = &mut self.blocks[key];
        // Before the drop, which may panic.
        self.live -= 1;
        block.live -= 1;
        if block.live == 0 && self.newest != Some(key) {
            drop(self.blocks.remove(key));
        } else {
            block.children.clear(place);
        }
    }

    /// Leaves the task's waker, or wakes it at once if a child was woken or came meanwhile (S3,
    /// S4).
    fn wait(&mut self, cx: &mut Context<'_>) {
        poll::waits_for(WaitsFor::Children);
        let waker = cx.waker().clone();
        let mut mail = self.inbox.mail.lock();
        if mail.woken.is_empty() && self.line.is_empty() && self.fresh.is_empty() {
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
