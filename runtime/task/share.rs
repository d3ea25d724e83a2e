//! Counted pointers that their home clones and drops for nothing: [`Share`], and the [`Hoard`] that
//! it and the tasks' own pointers have in common.
//!
//! A count that several threads change costs a locked step a change, and most pointers to a task,
//! and to the part of a loop that other threads may touch, are cloned and dropped on the loop's own
//! thread. There a dropped pointer's count is not given back: it goes to a hoard, and the next
//! clone takes it from there.
//!
//! Laws, which every SAFETY here names:
//!
//! - **Law of the share.** Every `Share` is counted, and the value is freed by whoever gives back
//!   the last count. A share in hand therefore leads to a live value.
//! - **Law of the hoard.** A hoard is touched only on the thread that is its home at that moment.
//!   What it holds is counted like any pointer, so the count is never lower than the pointers.
//! - **Law of the name.** A home is named by where its first `Share` leads. Whoever hoards for a
//!   home keeps that one alive, so that no other home gets the same name meanwhile; and a home is
//!   entered on one thread only, since a loop never leaves its own.
//!
//! Price: what home hoards is freed when home closes the hoard, and not before.
//!
//! Leaves out: weak pointers.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::ptr::{NonNull, null};

use super::waker::{Carried, Wake};
use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::{AcqRel, Relaxed};
use crate::sync::{UnsafeCell, thread_local};

/// A hoard never holds more. Other threads may clone and home drop without end.
const LIMIT: u8 = 64;
/// What the home of a [`Share`] counts ahead when its hoard is empty.
const AHEAD: u8 = LIMIT / 2;
/// What stands in a hoard that keeps nothing.
const CLOSED: u8 = u8::MAX;

thread_local! {
    /// The name of the home that this thread is at this moment, or null.
    static HOME: Cell<*const ()> = const { Cell::new(null()) };
}

/// Whether this thread is the home of that name at this moment.
#[inline]
pub(crate) fn is_home(name: *const ()) -> bool {
    HOME.with(Cell::get) == name
}

/// Counts that home keeps for its next clones.
#[derive(Debug)]
pub(super) struct Hoard(UnsafeCell<u8>);

// SAFETY: Law of the hoard: whatever thread a hoard is on, its number is touched at home only.
unsafe impl Send for Hoard {}
// SAFETY: as for Send.
unsafe impl Sync for Hoard {}

impl Hoard {
    /// An open hoard that holds so much, which its maker has counted.
    pub(super) fn of(counted: u8) -> Hoard {
        Hoard(UnsafeCell::new(counted))
    }

    /// A hoard that keeps nothing until it is opened.
    pub(super) fn closed() -> Hoard {
        Hoard::of(CLOSED)
    }

    /// Reaches the number if this thread is `home`.
    #[inline]
    fn at_home<T>(&self, home: *const (), reach: impl FnOnce(&mut u8) -> T) -> Option<T> {
        if !is_home(home) {
            return None;
        }
        // SAFETY: Law of the hoard and Law of the name: this thread is the hoard's home.
        Some(self.0.with_mut(|number| reach(unsafe { &mut *number })))
    }

    /// From here on home keeps what it drops, if it did not do so before.
    pub(super) fn open(&self, home: *const ()) {
        self.at_home(home, |number| {
            if *number == CLOSED {
                *number = 0;
            }
        });
    }

    /// Whether this thread is `home` and keeps what it drops.
    #[inline]
    pub(super) fn is_open(&self, home: *const ()) -> bool {
        self.at_home(home, |number| *number != CLOSED) == Some(true)
    }

    /// Takes a count for a clone; `false`: the clone must count itself.
    #[inline]
    pub(super) fn take(&self, home: *const ()) -> bool {
        let taken = self.at_home(home, |number| {
            let has_some = *number != CLOSED && *number > 0;
            *number -= u8::from(has_some);
            has_some
        });
        taken == Some(true)
    }

    /// Keeps the count of a pointer that is dropped; `false`: it must be given back.
    #[inline]
    pub(super) fn keep(&self, home: *const ()) -> bool {
        let kept = self.at_home(home, |number| {
            let has_room = *number < LIMIT;
            *number += u8::from(has_room);
            has_room
        });
        kept == Some(true)
    }

    /// Home, whose hoard is empty, keeps [`AHEAD`] more; says how much the caller is to count.
    fn fill(&self, home: *const ()) -> usize {
        let filled = self.at_home(home, |number| match *number {
            CLOSED => 0,
            _ => {
                *number = AHEAD;
                AHEAD
            }
        });
        usize::from(filled.unwrap_or(0))
    }

    /// Home keeps nothing for the moment; says how much the caller is to give back.
    fn empty(&self, home: *const ()) -> usize {
        let held = self.at_home(home, |number| match *number {
            CLOSED => 0,
            _ => mem::take(number),
        });
        usize::from(held.unwrap_or(0))
    }

    /// From here on home keeps nothing; says what is to be given back.
    pub(super) fn close(&self, home: *const ()) -> usize {
        let held = self.at_home(home, |number| mem::replace(number, CLOSED));
        usize::from(held.filter(|&held| held != CLOSED).unwrap_or(0))
    }
}

/// A counted pointer to what a loop shares with other threads. Its home clones and drops it without
/// a locked step; elsewhere it is an `Arc`.
pub struct Share<T>(NonNull<Shared<T>>);

#[repr(C)] // `name_of` finds the name whatever `T` is.
struct Shared<T> {
    /// The name of the home.
    name: *const (),
    count: AtomicUsize,
    hoard: Hoard,
    value: T,
    /// What the home is named by, if that is not this one.
    _namesake: Option<Box<dyn Send + Sync>>,
}

/// The name of the home that a share belongs to.
///
/// # Safety
///
/// `raw` must have come from [`Share::into_raw`], and its count must still be there.
#[inline]
pub(super) unsafe fn name_of(raw: NonNull<()>) -> *const () {
    // SAFETY: Law of the share, by this function's contract; the name stands first and never
    // changes.
    unsafe { raw.cast::<*const ()>().read() }
}

// SAFETY: Law of the share: as an `Arc`, it gives out shared references, and the value is freed on
// whatever thread is the last.
unsafe impl<T: Send + Sync> Send for Share<T> {}
// SAFETY: as for Send.
unsafe impl<T: Send + Sync> Sync for Share<T> {}

/// This thread is a home for as long as this lives.
#[derive(Debug)]
#[must_use]
pub struct AtHome {
    outer: *const (),
}

impl Drop for AtHome {
    fn drop(&mut self) {
        HOME.with(|home| home.set(self.outer));
    }
}

impl<T> Share<T> {
    /// The first share of a new home.
    pub fn new(value: T) -> Share<T> {
        let shared = Box::leak(Box::new(Shared {
            name: null(),
            count: AtomicUsize::new(1),
            hoard: Hoard::of(0),
            value,
            _namesake: None,
        }));
        shared.name = (&raw const *shared).cast();
        Share(NonNull::from(shared))
    }

    /// The first share of another value of the same home.
    pub fn beside<U>(&self, value: U) -> Share<U>
    where
        T: Send + Sync + 'static,
    {
        let shared = Box::new(Shared {
            name: self.name(),
            count: AtomicUsize::new(1),
            hoard: Hoard::of(0),
            value,
            _namesake: Some(Box::new(self.clone())),
        });
        Share(NonNull::from(Box::leak(shared)))
    }

    /// Makes this thread the home, which stays on one thread for good.
    pub fn enter(&self) -> AtHome {
        AtHome {
            outer: HOME.with(|home| home.replace(self.name())),
        }
    }

    /// Home will be entered no more: gives the hoard back.
    pub fn leave_for_good(&self) {
        let _at_home = self.enter();
        let held = self.shared().hoard.close(self.name());
        // SAFETY: Law of the share: what was hoarded is counted.
        unsafe { give_back(self.0, held) };
    }

    /// Whether both lead to the same value.
    pub fn is_same(&self, other: &Share<T>) -> bool {
        self.0 == other.0
    }

    /// The name of the home.
    pub(crate) fn name(&self) -> *const () {
        self.shared().name
    }

    pub(super) fn into_raw(self) -> NonNull<()> {
        ManuallyDrop::new(self).0.cast()
    }

    /// # Safety
    ///
    /// `raw` must have come from [`Share::into_raw`] of the same type, and its count must not be
    /// given back twice.
    pub(super) unsafe fn from_raw(raw: NonNull<()>) -> Share<T> {
        Share(raw.cast())
    }

    fn shared(&self) -> &Shared<T> {
        // SAFETY: Law of the share: this one is counted for as long as `self` lives.
        unsafe { self.0.as_ref() }
    }
}

/// # Safety
///
/// So many counts must be the caller's.
unsafe fn give_back<T>(shared: NonNull<Shared<T>>, counts: usize) {
    // SAFETY: Law of the share: the caller's counts keep the value alive.
    let count = unsafe { &shared.as_ref().count };
    // AcqRel: what the other threads did through their shares (their Release half) happened before
    // the last one frees the value (its Acquire half).
    if count.fetch_sub(counts, AcqRel) == counts {
        // SAFETY: Law of the share: these counts were the last; the pointer came from `Box::leak`.
        drop(unsafe { Box::from_raw(shared.as_ptr()) });
    }
}

impl<T: fmt::Debug> fmt::Debug for Share<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> Deref for Share<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.shared().value
    }
}

impl<T> Clone for Share<T> {
    #[inline]
    fn clone(&self) -> Self {
        let Shared { count, hoard, .. } = self.shared();
        if !hoard.take(self.name()) {
            let ahead = hoard.fill(self.name());
            // Relaxed: a new share is made from an old one, which keeps the value alive meanwhile.
            let before = count.fetch_add(1 + ahead, Relaxed);
            if before > isize::MAX as usize {
                // A count that overflows would free a value that is in use.
                std::process::abort();
            }
        }
        Share(self.0)
    }
}

impl<T> Drop for Share<T> {
    #[inline]
    fn drop(&mut self) {
        let hoard = &self.shared().hoard;
        if !hoard.keep(self.name()) {
            let held = hoard.empty(self.name());
            // SAFETY: Law of the share: this one and what was hoarded are counted.
            unsafe { give_back(self.0, 1 + held) }
        }
    }
}

// SAFETY: Law of the share: a share is its pointer; what it leads to is Send and Sync.
unsafe impl<W: Wake> Carried for Share<W> {
    fn wake(&self) {
        W::wake(self);
    }

    fn as_raw(&self) -> *const () {
        self.0.as_ptr().cast()
    }

    unsafe fn from_raw(raw: *const ()) -> Self {
        let raw = NonNull::new(raw.cast_mut()).expect("a waker's share is never null");
        // SAFETY: this function's contract.
        unsafe { Share::from_raw(raw) }
    }
}
