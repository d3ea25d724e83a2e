//! Where ready tasks stand that any worker may run: a shelf for each worker, and one for all.
//!
//! A worker puts what it wakes and spawns on its own shelf and takes from there, first in, first
//! out. What another thread wakes it gives to the shelf of the worker that ran it last. One that
//! has nothing to do takes half of another's shelf. The common shelf holds what other threads spawn
//! and what a full shelf has no room for. (What is next on a worker, it keeps beside its shelf:
//! `seat.rs`.)
//!
//! Laws:
//!
//! - **In one place.** An item stands on one shelf or is in one worker's hands: it is never lost
//!   and never given out twice.
//! - **Surplus.** What stands on a shelf is the others' to take.
//! - **Nothing stays for good on the common shelf.** A worker takes from it once in each round at
//!   least. What is ready again after that goes to its own shelf, also if that is full: then the
//!   oldest there makes room, and goes to the common one.
//! - **A round ends.** It takes no more from the worker's own shelf than stood there when it began,
//!   however much is put there meanwhile. It begins with the first of the common shelf, and takes
//!   more of that when it has had its own.
//!
//! Price: a put and a take are a locked step each, which a queue of the worker's own would not
//! need. For that no task on a shelf waits behind a long poll while another worker has nothing to
//! do, for longer than that one's watch.
//!
//! Leaves out: an order among the shelves, and whose thread is told how (`workers.rs`).

use std::mem;

use super::roster::{Called, Risen, Roster, Sleep};
use crate::sync::{BoundedQueue, Queue};

/// Room on a worker's shelf. What does not fit goes to the common one, which costs twice as much.
const ROOM: usize = 1_024;

/// A thief takes no more at once, since others may come.
const LOOT: usize = ROOM / 2;

/// See the file's promise.
#[derive(Debug)]
pub struct Shelves<T> {
    own: Box<[BoundedQueue<T>]>,
    common: Queue<T>,
    roster: Roster,
}

/// One turn of a worker at the shelves.
#[derive(Debug)]
pub struct Round {
    /// Nothing has been taken from the common shelf.
    common_first: bool,
    /// How much of what stood on the worker's own shelf is left.
    own: usize,
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

impl<T> Shelves<T> {
    /// Empty shelves for so many workers, all busy.
    pub fn new(workers: usize) -> Shelves<T> {
        Shelves {
            own: (0..workers).map(|_| BoundedQueue::new(ROOM)).collect(),
            common: Queue::new(),
            roster: Roster::new(workers),
        }
    }

    /// Who searches and who sleeps.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// A worker puts an item on its own shelf; says whom to wake for it.
    pub fn put(&self, worker: usize, item: T) -> Called {
        match self.own[worker].push(item) {
            Err(item) => self.put_common(item),
            Ok(()) => self.roster.call(),
        }
    }

    /// As [`Shelves::put`], of an item that this worker has just taken and that is ready again. If
    /// the shelf is full, the oldest item there makes room and goes to the common shelf, so that
    /// nothing stays on that one for good.
    pub fn put_back(&self, worker: usize, item: T) -> Called {
        let Err(item) = self.own[worker].push(item) else {
            return self.roster.call();
        };
        if let Some(oldest) = self.own[worker].pop() {
            self.common.push(oldest);
        }
        self.put(worker, item)
    }

    /// Somebody else puts an item on a worker's shelf, and tells that worker; says whom else to
    /// wake.
    pub fn give(&self, worker: usize, item: T) -> Called {
        match self.own[worker].push(item) {
            Err(item) => self.put_common(item),
            // One that sleeps is about to take one item, which it is told of.
            Ok(()) if self.roster.is_asleep(worker) && self.own[worker].len() <= 1 => {
                Called::Nobody
            }
            Ok(()) => self.roster.call(),
        }
    }

    /// Puts an item on the common shelf, from any thread; says whom to wake.
    pub fn put_common(&self, item: T) -> Called {
        self.common.push(item);
        self.roster.call()
    }

    /// A worker begins to take.
    pub fn round(&self, worker: usize) -> Round {
        Round {
            common_first: true,
            own: self.own[worker].len(),
        }
    }

    /// The item that a round begins with: of the common shelf, however much is the worker's own.
    pub fn take_first(&self, round: &mut Round) -> Option<T> {
        let first = mem::take(&mut round.common_first);
        first.then(|| self.take_common()).flatten()
    }

    /// The next item: of what stood on the worker's own shelf when the round began, then of the
    /// common one.
    pub fn take(&self, worker: usize, round: &mut Round) -> Option<T> {
        let own = (round.own > 0).then(|| self.own[worker].pop());
        round.own = round.own.saturating_sub(1);
        own.flatten().or_else(|| self.take_common())
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
        !self.own[worker].is_empty() || !self.common.is_empty()
    }

    /// Whether a worker's own shelf is empty.
    pub fn is_empty(&self, worker: usize) -> bool {
        self.own[worker].is_empty()
    }

    /// Whether anything stands anywhere.
    pub fn has_surplus(&self) -> bool {
        !self.common.is_empty() || self.own.iter().any(|shelf| !shelf.is_empty())
    }

    /// Whether anything stands anywhere but the one item that this worker takes first.
    fn has_more(&self, worker: usize) -> bool {
        let mut others = (0..self.own.len()).filter(|&other| other != worker);
        others.any(|other| !self.is_empty(other)) || self.own[worker].len() + self.common.len() > 1
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
            match found {
                true if self.has_more(worker) => return Searched::Found(self.roster.call()),
                true => return Searched::Found(Called::Nobody),
                false if self.has_surplus() && self.roster.begin_search() => (),
                false => return Searched::Nothing,
            }
        }
    }

    fn steal(&self, worker: usize, stolen: &mut impl FnMut(usize, &T)) -> bool {
        let others = (1..self.own.len()).map(|distance| (worker + distance) % self.own.len());
        for from in others {
            let half = self.own[from].len().div_ceil(2).min(LOOT);
            let mut items = (0..half).map_while(|_| self.own[from].pop()).peekable();
            if items.peek().is_none() {
                continue;
            }
            for item in items {
                stolen(from, &item);
                if let Err(item) = self.own[worker].push(item) {
                    self.common.push(item);
                }
            }
            return true;
        }
        false
    }

    /// A worker that is busy is about to sleep; the second says whether it may.
    pub fn fall_asleep(&self, worker: usize) -> (Sleep, bool) {
        let sleep = self.roster.fall_asleep(worker);
        (sleep, !self.has_surplus())
    }

    /// A worker that slept is awake; the second is whom it must wake in its place.
    pub fn rise(&self, worker: usize, slept: Sleep) -> (Risen, Called) {
        let risen = self.roster.rise(worker, slept);
        match slept {
            Sleep::OnWatch if risen == Risen::Busy && self.has_surplus() => {
                (risen, self.roster.call())
            }
            _ => (risen, Called::Nobody),
        }
    }

    /// Empties a shelf that nobody will read any more: hands out what is left there.
    pub fn clear(&self, worker: usize) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || self.own[worker].pop())
    }

    /// As [`Shelves::clear`], of the common shelf.
    pub fn clear_common(&self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.common.pop())
    }
}
