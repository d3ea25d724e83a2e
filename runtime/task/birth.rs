//! Where a task of a pool comes from, whether it may move, and where it ran last.
//!
//! Always: where it comes from is written once, under its registry's lock, before anybody else
//! knows the task; where it ran last is an advice, since any worker may run a task that roams.
//!
//! Leaves out: a loop that is alone, whose tasks have no need of this.

use super::pointer::TaskRef;
use crate::sync::atomic::Ordering::Relaxed;

/// In a pool: by which worker's registry a task is known, and whether others may run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Birth {
    /// It is polled and dropped by that worker only.
    Stays(u8),
    /// Any worker may run it.
    Roams(u8),
}

impl Birth {
    /// That worker.
    pub fn worker(self) -> usize {
        let (Birth::Stays(worker) | Birth::Roams(worker)) = self;
        worker.into()
    }
}

/// The mark of [`Birth::Roams`]. There are fewer workers.
const ROAMS: u8 = 1 << 7;

impl TaskRef {
    /// The task stands in the registry of this worker of a pool from here on.
    pub(super) fn is_born(&self, birth: Birth) {
        let (worker, roams) = match birth {
            Birth::Stays(worker) => (worker, 0),
            Birth::Roams(worker) => (worker, ROAMS),
        };
        // Relaxed: written under the registry's lock before anybody else can ask; see `birth`.
        self.header().birth.store(worker | roams, Relaxed);
        self.header().station.store(worker, Relaxed);
    }

    /// In whose registry the task stands.
    pub fn birth(&self) -> Birth {
        // Relaxed: it never changes once the task is listed.
        let birth = self.header().birth.load(Relaxed);
        match birth & ROAMS {
            0 => Birth::Stays(birth),
            _ => Birth::Roams(birth & !ROAMS),
        }
    }

    /// On which worker of its pool the task ran last.
    #[inline]
    pub fn station(&self) -> usize {
        // Relaxed: an advice. Any worker may run the task.
        self.header().station.load(Relaxed).into()
    }

    /// A worker of its pool is about to run the task.
    #[inline]
    pub fn comes_to(&self, worker: u8) {
        let station = &self.header().station;
        // Relaxed: as for `station`. A store would take the line from whoever reads it.
        if station.load(Relaxed) != worker {
            station.store(worker, Relaxed);
        }
    }
}
