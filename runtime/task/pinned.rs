//! [`Pinned`]: a row of values in one allocation, each of which stays where it is until it is
//! dropped.
//!
//! Law, which the SAFETY here names:
//!
//! - **Law of the place.** A value that was reached by `get` is never moved: the row neither grows
//!   nor shrinks nor hands a value out, and `clear` and the row's own drop drop it where it stands.
//!
//! Leaves out: values that come later; they stand in a row of their own.
#![allow(unsafe_code)]

use std::pin::Pin;

/// See the file's promise.
#[derive(Debug)]
pub(crate) struct Pinned<T> {
    places: Vec<Option<T>>,
}

impl<T> Pinned<T> {
    /// A row of the next `count` values, or of as many as there are.
    pub(crate) fn take(values: &mut impl Iterator<Item = T>, count: usize) -> Pinned<T> {
        let mut places = Vec::with_capacity(count.min(values.size_hint().0));
        places.extend(values.take(count).map(Some));
        Pinned { places }
    }

    /// How many places there are, of values that were dropped too.
    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }

    /// The value in this place, unless it was dropped.
    #[inline]
    pub(crate) fn get(&mut self, place: usize) -> Option<Pin<&mut T>> {
        let value = self.places.get_mut(place)?.as_mut()?;
        // SAFETY: Law of the place.
        Some(unsafe { Pin::new_unchecked(value) })
    }

    /// Drops the value in this place.
    #[inline]
    pub(crate) fn clear(&mut self, place: usize) {
        self.places[place] = None;
    }
}
