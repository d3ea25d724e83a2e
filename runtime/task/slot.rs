//! A slot that hands one value over from one side to the other: the core of the one-shot channel.
//!
//! ```text
//!   Giver ── give(value) ──►  Slot { state, value, waker }  ──► take(cx) ── Taker
//! ```
//!
//! Laws, which every SAFETY here names:
//!
//! - **Law of the value.** Until *given* is set only the giver touches the value; from then on only
//!   the taker, if it had not *left* before; else the giver, who takes it back.
//! - **Law of the waker.** While *waiting* is clear the waker's field is the taker's; while it is
//!   set the field is the giver's, who takes the waker out when it is done. The taker sets and
//!   clears *waiting*, and only while the giver is not done: from then on it stays as it is.
//! - **One each.** There is one giver and one taker; neither can be cloned.
//! - **Law of the end.** The giver's last touch of the slot is becoming done, or setting *gone* if
//!   it found *waiting* set; the taker's is setting *left*. Whoever finds that the other was there
//!   before frees the slot: the two sides count nothing.
//!
//! Orderings: as in `state.rs`, every change is one AcqRel read-modify-write of one word, whose
//! partner is every other change of it, and every look an Acquire load; there are no fences.
//!
//! Leaves out: a second value, and a second waiter.
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

use crate::sync::atomic::AtomicU8;
use crate::sync::atomic::Ordering::{AcqRel, Acquire};
use crate::sync::{FreedByHand, UnsafeCell};

/// The value stands in the slot.
const GIVEN: u8 = 1;
/// A waker is in place, and is the giver's.
const WAITING: u8 = 1 << 1;
/// The taker has left.
const LEFT: u8 = 1 << 2;
/// The giver has left without giving.
const EMPTY: u8 = 1 << 3;
/// The giver, who found *waiting* set, has taken the waker out.
const GONE: u8 = 1 << 4;

/// The giver is done, with or without a value.
const DONE: u8 = GIVEN | EMPTY;

/// Whether the giver touches the slot no more: it is done, and there was no waker or it has it.
fn is_gone(state: u8) -> bool {
    state & DONE != 0 && state & (WAITING | GONE) != WAITING
}

/// See the file's promise.
#[derive(Debug)]
struct Slot<T> {
    state: AtomicU8,
    value: UnsafeCell<Option<T>>,
    waker: UnsafeCell<Option<Waker>>,
    _freed: FreedByHand,
}

/// The side that gives; dropping it is leaving without a value.
#[derive(Debug)]
pub(crate) struct Giver<T>(NonNull<Slot<T>>);

/// The side that takes; dropping it is leaving.
#[derive(Debug)]
pub(crate) struct Taker<T>(NonNull<Slot<T>>);

// SAFETY: the laws of the value and of the waker: each field has one owner at any time, and the
// state's AcqRel changes carry it from one thread to the other. A value crosses threads, so it must
// be `Send`.
unsafe impl<T: Send> Send for Giver<T> {}
// SAFETY: as for Send; a shared side reads the state only.
unsafe impl<T: Send> Sync for Giver<T> {}
// SAFETY: as for `Giver`.
unsafe impl<T: Send> Send for Taker<T> {}
// SAFETY: as for `Giver`.
unsafe impl<T: Send> Sync for Taker<T> {}

/// The giver has left without a value, or the value was taken before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Never;

/// The two sides of an empty slot.
pub(crate) fn slot<T>() -> (Giver<T>, Taker<T>) {
    let slot = Box::new(Slot {
        state: AtomicU8::new(0),
        value: UnsafeCell::new(None),
        waker: UnsafeCell::new(None),
        _freed: FreedByHand::new(),
    });
    let slot = NonNull::from(Box::leak(slot));
    (Giver(slot), Taker(slot))
}

impl<T> Giver<T> {
    /// The giver's last act: the value is the taker's, or comes back because the taker has left.
    ///
    /// # Errors
    ///
    /// The value, if the taker has left.
    pub(crate) fn give(self, value: T) -> Result<(), T> {
        let giver = ManuallyDrop::new(self);
        // Law of the value: *given* is clear, and this is the giver.
        drop(giver.slot().exchange_value(Some(value)));
        let Some(slot) = giver.end(GIVEN) else {
            return Ok(());
        };
        // Law of the value: *given* was not set.
        let value = slot.exchange_value(None);
        Err(value.expect("Law of the value: it was put here above"))
    }

    /// Whether the taker has left.
    pub(crate) fn is_left(&self) -> bool {
        // Acquire: pairs with the drop of `Taker`; what it did before it left is seen.
        self.slot().state.load(Acquire) & LEFT != 0
    }

    /// Becomes done, with or without a value, and goes. The slot, if the taker has left before.
    fn end(&self, how: u8) -> Option<Box<Slot<T>>> {
        let slot = self.slot();
        let before = slot.state.fetch_or(how, AcqRel);
        if before & LEFT != 0 {
            // SAFETY: Law of the end: the taker has left, and the giver goes.
            return Some(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
        if before & WAITING != 0 {
            // Law of the waker: *waiting* was set when the giver became done: the field is the
            // giver's.
            let waker = slot.exchange_waker(None);
            if slot.state.fetch_or(GONE, AcqRel) & LEFT != 0 {
                // SAFETY: Law of the end: the taker has left, and the giver goes.
                drop(unsafe { Box::from_raw(self.0.as_ptr()) });
            }
            if let Some(waker) = waker {
                waker.wake();
            }
        }
        None
    }

    fn slot(&self) -> &Slot<T> {
        // SAFETY: Law of the end: the giver is not gone.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Drop for Giver<T> {
    fn drop(&mut self) {
        drop(self.end(EMPTY));
    }
}

impl<T> Taker<T> {
    /// Whether the giver is done, with or without a value.
    pub(crate) fn is_done(&self) -> bool {
        // Acquire: pairs with `Giver::end`.
        self.slot().state.load(Acquire) & DONE != 0
    }

    /// Takes the value if it is there; `None`: the giver is not done.
    pub(crate) fn try_take(&mut self) -> Option<Result<T, Never>> {
        // Law of the value: once the giver is done, and this taker has not left, the value is the
        // taker's.
        self.is_done()
            .then(|| self.slot().exchange_value(None).ok_or(Never))
    }

    /// Takes the value, or leaves the waker for the giver.
    pub(crate) fn take(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Never>> {
        if let Some(taken) = self.try_take() {
            return Poll::Ready(taken);
        }
        let slot = self.slot();
        if self.stop_waiting() {
            // Law of the waker: the field is the taker's.
            let old = slot.exchange_waker(None);
            let same = old.filter(|old| old.will_wake(cx.waker()));
            let waker = same.unwrap_or_else(|| cx.waker().clone());
            slot.exchange_waker(Some(waker));
            let waits = slot.state.compare_exchange(0, WAITING, AcqRel, Acquire);
            if waits.is_ok() {
                return Poll::Pending;
            }
            // Law of the waker: the giver became done while *waiting* was clear.
            drop(slot.exchange_waker(None));
        }
        Poll::Ready(slot.exchange_value(None).ok_or(Never))
    }

    /// Makes the waker's field the taker's by clearing *waiting*. `false`: the giver is done.
    fn stop_waiting(&self) -> bool {
        let state = &self.slot().state;
        // Acquire: pairs with `Giver::end`. Only the taker changes *waiting*.
        match state.load(Acquire) {
            WAITING => state.compare_exchange(WAITING, 0, AcqRel, Acquire).is_ok(),
            state => state == 0,
        }
    }

    fn slot(&self) -> &Slot<T> {
        // SAFETY: Law of the end: the taker has not left.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Drop for Taker<T> {
    /// A value that was given, and a waker that waits, are dropped.
    fn drop(&mut self) {
        let slot = self.slot();
        // They are dropped when this function ends, whatever the one's drop does to the other.
        let (_value, _waker) = match self.stop_waiting() {
            // Law of the waker: the field is the taker's, and *waiting* stays clear.
            true => (None, slot.exchange_waker(None)),
            // Law of the value: the giver is done, and this taker has not left.
            false => (slot.exchange_value(None), None),
        };
        // Acquire: pairs with `Giver::end`.
        let alone = is_gone(slot.state.load(Acquire));
        if alone || is_gone(slot.state.fetch_or(LEFT, AcqRel)) {
            // SAFETY: Law of the end: the giver is gone, and the taker leaves. A value that came
            // meanwhile is dropped with the slot.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

impl<T> Slot<T> {
    /// Exchanges the value. Only its owner calls this: see the Law of the value.
    fn exchange_value(&self, value: Option<T>) -> Option<T> {
        self.value.with_mut(|slot| {
            // SAFETY: Law of the value: the caller owns the field, as it says where it calls.
            let slot = unsafe { &mut *slot };
            std::mem::replace(slot, value)
        })
    }

    /// Exchanges the waker. Only its owner calls this: see the Law of the waker.
    fn exchange_waker(&self, waker: Option<Waker>) -> Option<Waker> {
        self.waker.with_mut(|slot| {
            // SAFETY: Law of the waker: the caller owns the field, as it says where it calls.
            let slot = unsafe { &mut *slot };
            std::mem::replace(slot, waker)
        })
    }
}
