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
//!   shelf of a worker that is awake, if it put it there itself; it is about to take it.
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
    /// Somebody else put something here since the worker took the last time.
    was_given: AtomicBool,
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
            was_given: AtomicBool::new(false),
        }
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
        match self.own[worker].items.push(item) {
            Err(item) => self.put_common(item),
            Ok(()) if self.own[worker].items.len() > 1 => self.roster.call(),
            Ok(()) => Called::Nobody,
        }
    }

    /// Somebody else puts an item on a worker's shelf, and tells that worker; says whom else to
    /// wake.
    pub fn give(&self, worker: usize, item: T) -> Called {
        let shelf = &self.own[worker];
        // SeqCst, here and where it is read and cleared, as all that tells of surplus: whoever sees
        // the item sees that it was given.
        shelf.was_given.store(true, SeqCst);
        if let Err(item) = shelf.items.push(item) {
            return self.put_common(item);
        }
        // A round that began in between has cleared it, and may not have seen the item.
        if !shelf.was_given.load(SeqCst) {
            shelf.was_given.store(true, SeqCst);
        }
        match self.roster.is_asleep(worker) {
            true => Called::Nobody,
            false => self.roster.call(),
        }
    }

    /// A worker that rose by itself has something else to do first: says whom to wake for what it
    /// was given in its sleep.
    pub fn pass_on(&self, worker: usize) -> Called {
        match self.surplus(worker) {
            0 => Called::Nobody,
            _ => self.roster.call(),
        }
    }

    /// Puts an item on the common shelf, from any thread; says whom to wake.
    pub fn put_common(&self, item: T) -> Called {
        self.common.push(item);
        self.roster.call()
    }

    /// A worker begins to take; says how many items, at most, before it sees to its other duties.
    pub fn round(&self, worker: usize, most: usize) -> usize {
        let shelf = &self.own[worker];
        if shelf.was_given.load(SeqCst) {
            shelf.was_given.store(false, SeqCst);
        }
        let own = shelf.items.len();
        let common = usize::from(!self.common.is_empty());
        (own + common).min(most)
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
            1 if !shelf.was_given.load(SeqCst) && !self.roster.is_asleep(worker) => 0,
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
