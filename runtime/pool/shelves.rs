//! Where ready tasks stand that any worker may run: a shelf for each worker, and one for all.
//!
//! A worker puts what it wakes and spawns on its own shelf and takes from there, first in, first
//! out. One that has nothing to do takes half of another's shelf. The common shelf holds what comes
//! from other threads and what a full shelf has no room for.
//!
//! Laws:
//!
//! - **In one place.** An item stands on one shelf or is in one worker's hands: it is never lost
//!   and never given out twice.
//! - **Surplus.** What stands on a shelf is the others' to take, but for one: the only item on the
//!   shelf of a worker that is awake, if it put it there itself and turns to nothing else before;
//!   it is about to take it.
//! - **Nobody starves on the common shelf.** A worker takes from it once in each round,
//!   however full its own shelf is.
//!
//! Price: a put and a take are a locked step each, which a queue of the worker's own would not
//! need. For that a task never waits behind a long poll while another worker is idle, but for that
//! one.
//!
//! Leaves out: an order among the shelves, and whose thread is told how (`workers.rs`).

use super::roster::{Called, Roster};
use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::SeqCst;
use crate::sync::{BoundedQueue, Queue};

/// Room on a worker's shelf. What does not fit goes to the common one, which costs twice as much.
const ROOM: usize = 1_024;

/// A thief takes no more at once, since others may come.
const LOOT: usize = ROOM / 2;

/// See the file's promise.
#[derive(Debug)]
pub struct Shelves<T> {
    own: Box<[Shelf<T>]>,
    common: Queue<T>,
    roster: Roster,
}

#[derive(Debug)]
struct Shelf<T> {
    items: BoundedQueue<T>,
    /// The worker is not about to take what stands here: it came from somebody else, stood beside
    /// something else, or was left when the worker turned to something else.
    waits: AtomicBool,
}

/// How a search went.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searched {
    /// The worker has something to take; and whom it must wake for what is left.
    Found(Called),
    /// There is nothing, or others search for it.
    Nothing,
}

impl<T> Shelf<T> {
    fn new() -> Shelf<T> {
        Shelf {
            items: BoundedQueue::new(ROOM),
            waits: AtomicBool::new(false),
        }
    }

    // SeqCst, as all that tells of surplus. Said after the push, so that whoever clears it looks at
    // the shelf later and finds what was pushed.
    fn must_wait(&self) {
        if !self.waits.load(SeqCst) {
            self.waits.store(true, SeqCst);
        }
    }

    /// The worker turns to something else; whether it leaves anything.
    fn is_left(&self) -> bool {
        if self.waits.load(SeqCst) && self.items.is_empty() {
            self.waits.store(false, SeqCst);
        }
        let left = !self.items.is_empty();
        if left {
            self.must_wait();
        }
        left
    }
}

impl<T> Shelves<T> {
    /// Empty shelves for so many workers, all busy.
    pub fn new(workers: usize) -> Shelves<T> {
        Shelves {
            own: (0..workers).map(|_| Shelf::new()).collect(),
            common: Queue::new(),
            roster: Roster::new(workers),
        }
    }

    /// Who searches and who sleeps.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// A worker puts an item on its own shelf; says whom to wake for what is surplus by that.
    pub fn put(&self, worker: usize, item: T) -> Called {
        let shelf = &self.own[worker];
        if let Err(item) = shelf.items.push(item) {
            return self.put_common(item);
        }
        if shelf.items.len() > 1 {
            shelf.must_wait();
        }
        match shelf.waits.load(SeqCst) {
            true => self.roster.call(),
            false => Called::Nobody,
        }
    }

    /// Somebody else puts an item on a worker's shelf, and tells that worker; says whom else to
    /// wake.
    pub fn give(&self, worker: usize, item: T) -> Called {
        let shelf = &self.own[worker];
        if let Err(item) = shelf.items.push(item) {
            return self.put_common(item);
        }
        shelf.must_wait();
        // One that sleeps is about to take one item, which it is told of.
        match self.roster.is_asleep(worker) && shelf.items.len() <= 1 {
            true => Called::Nobody,
            false => self.roster.call(),
        }
    }

    /// Puts an item on the common shelf, from any thread; says whom to wake.
    pub fn put_common(&self, item: T) -> Called {
        self.common.push(item);
        self.roster.call()
    }

    /// A worker begins to take; says how many items, at most, before it sees to its other duties.
    pub fn round(&self, worker: usize, most: usize) -> usize {
        let own = self.own[worker].items.len();
        let common = usize::from(!self.common.is_empty());
        (own + common).min(most)
    }

    /// A worker turns to something else, which may keep it long: to an item that it has taken, or
    /// to what stands before its shelf in its run queue. Says whom to wake for what it leaves.
    pub fn leave(&self, worker: usize) -> Called {
        match self.own[worker].is_left() {
            true => self.roster.call(),
            false => Called::Nobody,
        }
    }

    /// The first item of a round: from the common shelf, if something stands there.
    pub fn take_first(&self, worker: usize) -> Option<T> {
        self.take_common().or_else(|| self.own[worker].items.pop())
    }

    /// The next item: from the worker's own shelf, as long as something stands there.
    pub fn take(&self, worker: usize) -> Option<T> {
        self.own[worker].items.pop().or_else(|| self.take_common())
    }

    fn take_common(&self) -> Option<T> {
        // An empty queue's pop costs a fence; this costs two loads.
        match self.common.is_empty() {
            true => None,
            false => self.common.pop(),
        }
    }

    /// Whether the worker has something to take, on its own shelf or on the common one.
    pub fn has_some(&self, worker: usize) -> bool {
        !self.own[worker].items.is_empty() || !self.common.is_empty()
    }

    /// How many items a thief may take of a worker's shelf: half, as in *Surplus*.
    fn surplus(&self, worker: usize) -> usize {
        let shelf = &self.own[worker];
        match shelf.items.len() {
            1 if !shelf.waits.load(SeqCst) && !self.roster.is_asleep(worker) => 0,
            items => items.div_ceil(2).min(LOOT),
        }
    }

    /// Whether anything stands anywhere that a sleeper could run.
    pub fn has_surplus(&self) -> bool {
        !self.common.is_empty() || (0..self.own.len()).any(|worker| self.surplus(worker) > 0)
    }

    /// A busy worker has nothing to do: it searches, unless enough others do; `stolen` hears of
    /// each item that is taken and from whose shelf. See [`Shelves::search`].
    pub fn begin_search(&self, worker: usize, stolen: impl FnMut(usize, &T)) -> Searched {
        match self.roster.begin_search() {
            true => self.search(worker, stolen),
            false => Searched::Nothing,
        }
    }

    /// What a searching worker does: looks at all shelves, and takes half of the first one that has
    /// surplus to its own.
    pub fn search(&self, worker: usize, mut stolen: impl FnMut(usize, &T)) -> Searched {
        loop {
            let found = self.has_some(worker) || self.steal(worker, &mut stolen);
            self.roster.end_search();
            let more = self.has_surplus();
            match (found, more) {
                (true, true) => return Searched::Found(self.roster.call()),
                (true, false) => return Searched::Found(Called::Nobody),
                (false, true) if self.roster.begin_search() => (),
                (false, _) => return Searched::Nothing,
            }
        }
    }

    fn steal(&self, worker: usize, stolen: &mut impl FnMut(usize, &T)) -> bool {
        let others = (1..self.own.len()).map(|distance| (worker + distance) % self.own.len());
        for from in others {
            let surplus = self.surplus(from);
            let mut items = (0..surplus)
                .map_while(|_| self.own[from].items.pop())
                .peekable();
            if items.peek().is_none() {
                continue;
            }
            for item in items {
                stolen(from, &item);
                if let Err(item) = self.own[worker].items.push(item) {
                    self.common.push(item);
                }
            }
            return true;
        }
        false
    }

    /// A worker that is busy is about to sleep; `false`: there is something to do.
    #[must_use]
    pub fn fall_asleep(&self, worker: usize) -> bool {
        self.roster.fall_asleep(worker);
        !self.has_some(worker) && !self.has_surplus()
    }

    /// Empties a shelf that nobody will read any more: hands out what is left there.
    pub fn clear(&self, worker: usize) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || self.own[worker].items.pop())
    }

    /// As [`Shelves::clear`], of the common shelf.
    pub fn clear_common(&self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.common.pop())
    }
}
