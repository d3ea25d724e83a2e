//! A slot that hands one value over from one side to the other: the core of the one-shot channel.
//!
//! ```text
//!   giver ── give(value) ──►  Slot { state, value, waker }  ──► take(cx) ── taker
//! ```
//!
//! Laws, which every SAFETY here names:
//!
//! - **Law of the value.** Until *given* is set only the giver touches the value; from then on only
//!   the taker, if it had not *left* before; else the giver, who takes it back.
//! - **Law of the waker.** While *waiting* is clear the waker's field is the taker's; while it is
//!   set the field is the giver's, who takes the waker out when it gives or leaves. A taker who
//!   leaves clears *waiting* in the same step.
//! - **One each.** There is one giver and one taker: `oneshot.rs` makes one of each and clones
//!   neither.
//!
//! Orderings: as in `state.rs`, every change is one AcqRel read-modify-write of one word, whose
//! partner is every other change of it; there are no fences.
//!
//! Leaves out: a second value, and a second waiter.
#![allow(unsafe_code)]

use std::task::{Context, Poll, Waker};

use crate::sync::UnsafeCell;
use crate::sync::atomic::AtomicU8;
use crate::sync::atomic::Ordering::{AcqRel, Acquire};

/// The value stands in the slot.
const GIVEN: u8 = 1;
/// A waker is in place, and is the giver's.
const WAITING: u8 = 1 << 1;
/// The taker has left.
const LEFT: u8 = 1 << 2;
/// The giver has left without giving.
const EMPTY: u8 = 1 << 3;

/// The giver is done, with or without a value.
const DONE: u8 = GIVEN | EMPTY;

/// See the file's promise.
#[derive(Debug)]
pub(crate) struct Slot<T> {
    state: AtomicU8,
    value: UnsafeCell<Option<T>>,
    waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: the laws of the value and of the waker: each field has one owner at any time, and the
// state's AcqRel changes carry it from one thread to the other. A value crosses threads, so it must
// be `Send`.
unsafe impl<T: Send> Send for Slot<T> {}
// SAFETY: as for Send; a shared slot lets only its one giver and its one taker at the fields.
unsafe impl<T: Send> Sync for Slot<T> {}

/// The giver has left without a value, or the value was taken before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Never;

impl<T> Slot<T> {
    /// An empty slot.
    pub(crate) fn new() -> Slot<T> {
        Slot {
            state: AtomicU8::new(0),
            value: UnsafeCell::new(None),
            waker: UnsafeCell::new(None),
        }
    }

    /// The giver's last act: the value is the taker's, or comes back because the taker has left.
    ///
    /// # Errors
    ///
    /// The value, if the taker has left.
    pub(crate) fn give(&self, value: T) -> Result<(), T> {
        // Law of the value: *given* is clear, and this is the giver.
        drop(self.exchange_value(Some(value)));
        let before = self.state.fetch_or(GIVEN, AcqRel);
        if before & LEFT != 0 {
            // Law of the value: the taker left before *given* was set, so it never touches the
            // value.
            return Err(self
                .exchange_value(None)
                .expect("Law of the value: it was put here above"));
        }
        self.wake(before);
        Ok(())
    }

    /// The giver leaves without a value.
    pub(crate) fn abandon(&self) {
        let before = self.state.fetch_or(EMPTY, AcqRel);
        self.wake(before);
    }

    /// Whether the taker has left.
    pub(crate) fn is_left(&self) -> bool {
        // Acquire: pairs with `leave`; what the taker did before it left is seen.
        self.state.load(Acquire) & LEFT != 0
    }

    /// Whether the giver is done, with or without a value.
    pub(crate) fn is_done(&self) -> bool {
        // Acquire: pairs with `give` and `abandon`.
        self.state.load(Acquire) & DONE != 0
    }

    /// Takes the value if it is there; `None`: the giver is not done.
    pub(crate) fn try_take(&self) -> Option<Result<T, Never>> {
        // Law of the value: once the giver is done, and this taker has not left, the value is the
        // taker's.
        self.is_done()
            .then(|| self.exchange_value(None).ok_or(Never))
    }

    /// Takes the value, or leaves the waker for the giver.
    pub(crate) fn take(&self, cx: &mut Context<'_>) -> Poll<Result<T, Never>> {
        if let Some(taken) = self.try_take() {
            return Poll::Ready(taken);
        }
        let before = self.state.fetch_and(!WAITING, AcqRel);
        if before & DONE == 0 {
            // Law of the waker: *waiting* is clear and the giver was not done: the field is the
            // taker's.
            let old = self.exchange_waker(None);
            let same = old.filter(|old| old.will_wake(cx.waker()));
            let waker = same.unwrap_or_else(|| cx.waker().clone());
            self.exchange_waker(Some(waker));
            let before = self.state.fetch_or(WAITING, AcqRel);
            if before & DONE == 0 {
                return Poll::Pending;
            }
            // Law of the waker: the giver was done before *waiting* was set, and saw it clear.
            drop(self.exchange_waker(None));
        }
        Poll::Ready(self.exchange_value(None).ok_or(Never))
    }

    /// The taker leaves; a value that was given, and a waker that waits, are dropped.
    pub(crate) fn leave(&self) {
        let mut before = self.state.fetch_and(!WAITING, AcqRel);
        if before & (WAITING | DONE) == WAITING {
            // Law of the waker: it was the giver's, the giver was not done, and *waiting* is clear
            // again.
            drop(self.exchange_waker(None));
        }
        before = self.state.fetch_or(LEFT, AcqRel);
        if before & GIVEN != 0 {
            // Law of the value: it was given before the taker left.
            drop(self.exchange_value(None));
        }
    }

    /// Wakes the taker if it waits. `before` is the state that the giver's last change found.
    fn wake(&self, before: u8) {
        if before & WAITING != 0 {
            // Law of the waker: *waiting* was set when the giver became done: the field is the
            // giver's.
            if let Some(waker) = self.exchange_waker(None) {
                waker.wake();
            }
        }
    }

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

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot::new()
    }
}
