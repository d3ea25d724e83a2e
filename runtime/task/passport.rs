//! What a task carries to be told from the others: number, name, birthplace, and what it waits for.
//!
//! Always: number, name and place never change; the record of a wait is written by whoever runs the
//! task and may be read on any thread, for people to look at.
//!
//! Leaves out: who looks (`registry.rs`).

use std::fmt;
use std::panic::Location;

use crate::observe::{Id, WaitsFor};
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::atomic::{AtomicU32, AtomicU64};

/// What a task carries to be told from the others.
#[derive(Debug)]
pub struct Passport {
    /// Its number.
    pub id: Id,
    /// Its name, if it was given one.
    pub name: Option<Box<str>>,
    /// Where it was spawned.
    pub place: &'static Location<'static>,
    /// Its key in the registry; home's business only.
    key: AtomicU32,
    /// What it waits for, packed by [`WaitsFor::pack`], and since which tick.
    waits_for: AtomicU64,
    since: AtomicU64,
}

impl Passport {
    /// A passport of a task that has not been polled.
    pub fn new(id: Id, name: Option<Box<str>>, place: &'static Location<'static>) -> Passport {
        Passport {
            id,
            name,
            place,
            key: AtomicU32::new(u32::MAX),
            waits_for: AtomicU64::new(WaitsFor::FirstPoll.pack()),
            since: AtomicU64::new(0),
        }
    }

    /// Number, name and place as another one's.
    pub(crate) fn copy_of(&self) -> Passport {
        Passport::new(self.id, self.name.clone(), self.place)
    }

    // Relaxed, here and below: a record for people; nothing is read on the strength of it.
    pub(super) fn record(&self, wait: WaitsFor, tick: u64) {
        self.waits_for.store(wait.pack(), Relaxed);
        self.since.store(tick, Relaxed);
    }

    /// What the task waits for, and since which tick of its loop.
    pub fn wait(&self) -> (WaitsFor, u64) {
        (
            WaitsFor::unpack(self.waits_for.load(Relaxed)),
            self.since.load(Relaxed),
        )
    }

    // Relaxed: only home writes and reads the key.
    pub(super) fn set_key(&self, key: u32) {
        self.key.store(key, Relaxed);
    }

    pub(super) fn key(&self) -> u32 {
        self.key.load(Relaxed)
    }
}

impl fmt::Display for Passport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.id)?;
        if let Some(name) = &self.name {
            write!(f, " {name:?}")?;
        }
        write!(f, " ({})", self.place)
    }
}
