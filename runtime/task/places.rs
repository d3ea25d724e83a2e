//! [`Places`]: many things that can be woken, in one allocation.
//!
//! The pointer of a place's waker points to the place's own number, from which the start of the
//! allocation is reckoned. A clone of it is one count up of the whole, a drop one down.
//!
//! Laws, which every SAFETY here names:
//!
//! - **Law of the number.** In place `n` stands the number `n`, and nothing changes it.
//! - **Law of the whole.** A waker's pointer is made from the pointer to the whole allocation and
//!   may reach all of it; each waker keeps one count of it, or borrows that of the owner.
//!
//! Leaves out: what a wake does, and when a place may be used anew.
#![allow(unsafe_code)]

use std::mem::offset_of;

use super::waker::{Borrowed, Carried, borrowed_waker_of};
use crate::sync::Arc;

/// How many places there are.
pub(crate) const PLACES: usize = 64;

/// Something whose places can be woken one by one.
pub(crate) trait WakePlace: Send + Sync + 'static {
    /// Called by each wake of a waker of this place, on any thread.
    fn wake(&self, place: usize);
}

/// See the file's promise.
pub(crate) struct Places<W> {
    target: W,
    numbers: [u8; PLACES],
}

impl<W: WakePlace> Places<W> {
    pub(crate) fn new(target: W) -> Arc<Places<W>> {
        let numbers = std::array::from_fn(|place| place as u8);
        Arc::new(Places { target, numbers })
    }

    pub(crate) fn target(&self) -> &W {
        &self.target
    }

    /// The waker of a place, for the length of a poll.
    #[inline]
    pub(crate) fn borrowed_waker(this: &Arc<Self>, place: usize) -> Borrowed<'_> {
        assert!(place < PLACES);
        // SAFETY: Law of the whole: the borrow keeps it.
        unsafe { borrowed_waker_of::<Place<W>>(raw(this, place)) }
    }
}

/// The pointer to a place's number.
fn raw<W>(whole: &Arc<Places<W>>, place: usize) -> *const () {
    let start = Arc::as_ptr(whole).cast::<u8>();
    let number = start.wrapping_add(offset_of!(Places<W>, numbers) + place);
    number.cast()
}

/// A counted pointer to a place.
struct Place<W> {
    whole: Arc<Places<W>>,
    place: usize,
}

impl<W> Clone for Place<W> {
    fn clone(&self) -> Self {
        Place {
            whole: self.whole.clone(),
            place: self.place,
        }
    }
}

// SAFETY: Law of the number: `from_raw` finds the whole that `as_raw` was given; what it leads to
// is Send and Sync.
unsafe impl<W: WakePlace> Carried for Place<W> {
    fn wake(&self) {
        self.whole.target.wake(self.place);
    }

    fn as_raw(&self) -> *const () {
        raw(&self.whole, self.place)
    }

    unsafe fn from_raw(raw: *const ()) -> Self {
        let number = raw.cast::<u8>();
        // SAFETY: Law of the whole: it is alive, and the pointer points into it.
        let place = usize::from(unsafe { *number });
        let start = number.wrapping_sub(offset_of!(Places<W>, numbers) + place);
        // SAFETY: Law of the number: the whole starts here; this function's contract: it is
        // counted.
        let whole = unsafe { Arc::from_raw(start.cast()) };
        Place { whole, place }
    }
}
