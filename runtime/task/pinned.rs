//! [`Pinned`]: a row of values in one allocation, each of which stays where it is until it is
//! dropped.
//!
//! Law, which the SAFETY here names:
//!
//! - **Law of the place.** A value that stands in the row is never moved: the row takes in no more
//!   than it had room for from the start, hands no value out, and `clear` and the row's own drop
//!   drop it where it stands.
//!
//! Leaves out: a second value in the same place.
#![allow(unsafe_code)]

use std::pin::Pin;

/// See the file's promise.
#[derive(Debug)]
pub(crate) struct Pinned<T> {
    places: Vec<Option<T>>,
    room: usize,
}

impl<T> Pinned<T> {
    /// An empty row, which is allocated with its first value.
    pub(crate) fn with_room(room: usize) -> Pinned<T> {
        let places = Vec::new();
        Pinned { places, room }
    }

    /// Takes in the next values, as many as there is room for.
    pub(crate) fn take_in(&mut self, values: &mut impl Iterator<Item = T>) {
        let mut values = values.take(self.room - self.places.len()).map(Some);
        if self.places.is_empty() {
            let Some(first) = values.next() else {
                return;
            };
            self.places.reserve_exact(self.room);
            self.places.push(first);
        }
        // Law of the place: there is room for them, so nothing moves.
        self.places.extend(values);
    }

    /// Whether it takes in no more.
    pub(crate) fn is_full(&self) -> bool {
        self.places.len() == self.room
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
