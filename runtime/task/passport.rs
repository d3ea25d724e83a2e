//! What a task carries to be told from the others: number, name, birthplace, what it waits for, and
//! why it was cancelled.
//!
//! Laws:
//!
//! - **Record.** Number, name and place never change; the record of a wait is written by whoever
//!   runs the task and may be read on any thread, for people to look at.
//! - **Law of the notes.** A note stays until its passport is dropped. New ones are put before the
//!   old ones, at most one of each kind.
//!
//! Few tasks have a name, a reason, or a handle that is polled at home first and elsewhere later:
//! these are notes behind one pointer, and the others pay for nothing but that.
//!
//! Leaves out: who looks (`registry.rs`).
#![allow(unsafe_code)]

use std::fmt;
use std::iter::successors;
use std::mem;
use std::panic::Location;
use std::ptr::null_mut;
use std::task::Waker;

use crate::observe::{Id, WaitsFor};
use crate::reason::Reason;
use crate::sync::UnsafeCell;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::atomic::{AtomicPtr, AtomicU64};

/// What a task carries to be told from the others.
#[derive(Debug)]
pub struct Passport {
    /// Its number.
    pub id: Id,
    /// Where it was spawned.
    pub place: &'static Location<'static>,
    /// The latest note, or null.
    notes: AtomicPtr<Note>,
    /// What it waits for, packed by [`WaitsFor::pack`], and since which tick.
    waits_for: AtomicU64,
    since: AtomicU64,
}

/// What few tasks have.
#[derive(Debug)]
struct Note {
    what: What,
    /// The note before this one, or null.
    older: *mut Note,
}

#[derive(Debug)]
enum What {
    Name(Box<str>),
    Reason(Reason),
    /// Whose it is says the Law of the joiner.
    Joiner(UnsafeCell<Option<Waker>>),
}

impl Passport {
    /// A passport of a task that has not been polled.
    pub fn new(id: Id, name: Option<Box<str>>, place: &'static Location<'static>) -> Passport {
        let named = name.map(|name| Note {
            what: What::Name(name),
            older: null_mut(),
        });
        Passport {
            id,
            place,
            notes: AtomicPtr::new(named.map_or(null_mut(), |note| Box::into_raw(Box::new(note)))),
            waits_for: AtomicU64::new(WaitsFor::FirstPoll.pack()),
            since: AtomicU64::new(0),
        }
    }

    /// Number, name and place as another one's.
    pub(crate) fn copy_of(&self) -> Passport {
        Passport::new(self.id, self.name().map(Box::from), self.place)
    }

    /// The task's name, if it was given one.
    pub fn name(&self) -> Option<&str> {
        self.notes().find_map(|note| match &note.what {
            What::Name(name) => Some(&**name),
            What::Reason(_) | What::Joiner(_) => None,
        })
    }

    /// The first reason that the task was given; of one that was not cancelled it means nothing.
    pub fn reason(&self) -> Option<Reason> {
        self.notes().find_map(|note| match note.what {
            What::Reason(reason) => Some(reason),
            What::Name(_) | What::Joiner(_) => None,
        })
    }

    /// Notes a reason, if it is the first.
    pub(super) fn give_reason(&self, reason: Reason) {
        self.note(What::Reason(reason));
    }

    /// The place for a join waker whose handle was polled at home before: see the Law of the
    /// joiner.
    pub(super) fn joiner(&self) -> &UnsafeCell<Option<Waker>> {
        let place = || {
            self.notes().find_map(|note| match &note.what {
                What::Joiner(place) => Some(place),
                What::Name(_) | What::Reason(_) => None,
            })
        };
        place().unwrap_or_else(|| {
            self.note(What::Joiner(UnsafeCell::new(None)));
            place().expect("it was noted above")
        })
    }

    /// Puts a note before the others, unless there is one of its kind.
    fn note(&self, what: What) {
        let kind = mem::discriminant(&what);
        let older = null_mut();
        let note = Box::into_raw(Box::new(Note { what, older }));
        let mut latest = self.latest();
        loop {
            if self
                .notes()
                .any(|note| mem::discriminant(&note.what) == kind)
            {
                // SAFETY: Law of the notes: this one was not put, so nobody else knows it.
                return drop(unsafe { Box::from_raw(note) });
            }
            // SAFETY: Law of the notes: as above.
            unsafe { (*note).older = latest };
            // Release: hands the note to the Acquire of `latest`, as a failure's Acquire does.
            match self.notes.compare_exchange(latest, note, Release, Acquire) {
                Ok(_) => return,
                Err(now) => latest = now,
            }
        }
    }

    fn latest(&self) -> *mut Note {
        // Acquire: pairs with `note`'s Release.
        self.notes.load(Acquire)
    }

    /// Latest first.
    fn notes(&self) -> impl Iterator<Item = &Note> {
        // SAFETY: Law of the notes: each pointer is null or leads to a note that lives as long as
        // the passport.
        let at = |pointer: *mut Note| unsafe { pointer.as_ref() };
        successors(at(self.latest()), move |note| at(note.older))
    }

    // Relaxed, here and below: a record for people; nothing is read on the strength of it.
    pub(super) fn record(&self, packed: u64, tick: u64) {
        self.waits_for.store(packed, Relaxed);
        self.since.store(tick, Relaxed);
    }

    /// What the task waits for, and since which tick of its loop.
    pub fn wait(&self) -> (WaitsFor, u64) {
        (
            WaitsFor::unpack(self.waits_for.load(Relaxed)),
            self.since.load(Relaxed),
        )
    }
}

impl Drop for Passport {
    fn drop(&mut self) {
        let mut next = self.latest();
        while !next.is_null() {
            // SAFETY: Law of the notes: it came from `Box::into_raw`, and its passport goes.
            let note = unsafe { Box::from_raw(next) };
            next = note.older;
        }
    }
}

impl fmt::Display for Passport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.id)?;
        if let Some(name) = self.name() {
            write!(f, " {name:?}")?;
        }
        write!(f, " ({})", self.place)
    }
}
