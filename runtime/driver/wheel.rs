//! The timer wheel: deadlines in ticks, kept so that setting, cancelling and firing one timer costs
//! the same among a million as among ten.
//!
//! Write every tick number in base 64. A deadline and `now` agree in their upper digits and part at
//! one: the highest digit in which they differ is the entry's **level**, and what the deadline has
//! there is its **slot**. When time reaches a slot, that digit agrees too, and the slot's entries
//! move to lower levels (they *cascade*), until at level 0 a slot is one tick. At tick 5 the
//! deadline 200, which is 3 * 64 + 8, parts from 0 * 64 + 5 at the second digit: level 1, slot 3.
//! At tick 192 it cascades to level 0, slot 8. What differs from
//! `now` above the sixth digit waits in one far slot of its own.
//!
//! | level | a slot spans | the level reaches (a tick being 1/16 ms) |
//! |-------|--------------|------------------------------------------|
//! | 0     | 1 tick       | 64 ticks, 4 ms                           |
//! | 1     | 64 ticks     | 2^12 ticks, 256 ms                       |
//! | 2     | 2^12 ticks   | 2^18 ticks, 16 s                         |
//! | 3     | 2^18 ticks   | 2^24 ticks, 17 minutes                   |
//! | 4     | 2^24 ticks   | 2^30 ticks, 19 hours                     |
//! | 5     | 2^30 ticks   | 2^36 ticks, 50 days: the horizon         |
//! | far   | no end       | the end of time                          |
//!
//! - **Never early.** An entry fires when time has reached its deadline, not before.
//! - **Never lost.** Everything that is due fires within finitely many calls of [`Wheel::advance`].
//! - **One slot.** Where an entry stands follows from `now` and its deadline alone. So equal
//!   deadlines share a slot at every moment, whenever they were set, and no cascade can swap them.
//! - **In order.** Entries fire by deadline, and equal deadlines in the order they were set.
//! - **Lowest first.** No pending deadline lies before `now`; so within a level the slots ascend,
//!   and all of a level comes before all of the next. The lowest bit of the lowest level is what
//!   comes first.
//! - **Lower bound.** A slot knows a tick before which none of its entries is due. It is the
//!   earliest deadline itself, unless an entry was removed since; then one advance to that tick
//!   makes it exact.
//! - **The owner frees.** An entry's only name is its [`Key`], which cannot be copied. Firing takes
//!   the payload and unlinks the entry; only its owner's `remove` frees the place. So nobody ever
//!   holds a key to a place that was given to somebody else, and keys need no generation.
//!
//! Leaves out: the clock, wakers, the lock. A cascade moves a whole slot at once, whatever the
//! limit (2.5 ns an entry when they were set one after another, a cache miss each when they were
//! not), and each crossing of the horizon looks at every far entry. `tests/it/wheel.rs` holds the
//! wheel to a sorted map.

use std::mem;

/// Bits of a digit: 64 slots a level, because a `u64` has a bit for each of them.
const DIGIT: usize = 6;
const SLOTS: usize = 1 << DIGIT;
/// Six levels reach 50 days at 1/16 ms a tick: few timers ever see the far slot.
const LEVELS: usize = 6;
/// The far slot stands behind all levels, as the only slot of a level of its own.
const FAR: usize = LEVELS * SLOTS;
/// No entry: the end of the free list.
const NONE: u32 = u32::MAX;
/// Entries' worth of memory that an empty wheel keeps (32 KiB); more goes back to the allocator.
const KEPT: usize = 1024;

/// See the module's promise. `T` is what a timer hands over when it fires.
#[derive(Debug)]
pub struct Wheel<T> {
    /// The tick that time has reached.
    now: u64,
    /// First the slots, then the timers. A slot and the timers in it are a ring, in the order in
    /// which they were set: so a timer leaves without asking which slot it stands in.
    entries: Vec<Entry<T>>,
    /// The first of the entries that nobody owns; each leads to the `next`.
    free: u32,
    /// How many entries are owned.
    owned: usize,
    /// A bit for every slot that holds an entry.
    occupied: [u64; LEVELS + 1],
}

/// The right to one entry, and its only name.
#[derive(Debug)]
pub struct Key(u32);

#[derive(Debug)]
struct Entry<T> {
    /// A slot's is the earliest in it: see the law *Lower bound*. Meaningless while it is empty.
    deadline: u64,
    prev: u32,
    next: u32,
    /// None: the entry is a slot, or it fired or is free, and stands in no slot.
    payload: Option<T>,
}

// A waker's timer takes 32 bytes. In a `Slab`, whose entries carry a mark, it would take 40.
const _: () = assert!(size_of::<Entry<std::task::Waker>>() <= 32);

impl<T> Default for Wheel<T> {
    fn default() -> Self {
        let slot = |index| Entry {
            deadline: u64::MAX,
            prev: index,
            next: index,
            payload: None,
        };
        Wheel {
            now: 0,
            entries: (0..=FAR as u32).map(slot).collect(),
            free: NONE,
            owned: 0,
            occupied: [0; LEVELS + 1],
        }
    }
}

impl<T> Wheel<T> {
    /// An empty wheel at tick 0.
    pub fn new() -> Self {
        Wheel::default()
    }

    /// Sets a timer. A deadline in the past counts as `now`: it is due at the next `advance`,
    /// behind what was already set for this tick.
    ///
    /// # Panics
    ///
    /// With 2^32 - 1 entries (128 GiB of them).
    pub fn insert(&mut self, deadline: u64, payload: T) -> Key {
        let entry = Entry {
            deadline,
            prev: NONE,
            next: NONE,
            payload: Some(payload),
        };
        let index = self.place(entry);
        self.link(index, deadline);
        Key(index)
    }

    /// The payload of a pending entry; `None` if it has fired.
    pub fn payload(&self, key: &Key) -> Option<&T> {
        self.entries[key.0 as usize].payload.as_ref()
    }

    /// Gives a pending entry another payload and leaves its deadline and its place in the order.
    ///
    /// Either way one payload comes back, so that the caller can drop it outside its lock: `Ok(the
    /// old one)` if the entry was pending, `Err(the given one)` if it has fired.
    pub fn replace(&mut self, key: &Key, payload: T) -> Result<T, T> {
        match &mut self.entries[key.0 as usize].payload {
            Some(old) => Ok(mem::replace(old, payload)),
            None => Err(payload),
        }
    }

    /// Moves a pending entry's deadline; its place is behind all that are set for the same tick.
    /// `false`: it has fired, and nothing was moved.
    pub fn reset(&mut self, key: &Key, deadline: u64) -> bool {
        let Some(payload) = self.take(key.0) else {
            return false;
        };
        self.entries[key.0 as usize].payload = Some(payload);
        self.link(key.0, deadline);
        true
    }

    /// Frees an entry, and hands back the payload if it had not fired.
    pub fn remove(&mut self, key: Key) -> Option<T> {
        let payload = self.take(key.0);
        self.entries[key.0 as usize].next = mem::replace(&mut self.free, key.0);
        self.owned -= 1;
        if self.owned == 0 && self.entries.len() > KEPT {
            self.entries.truncate(FAR + 1);
            self.entries.shrink_to_fit();
            self.free = NONE;
        }
        payload
    }

    /// Moves time to `now` and appends to `fired` what is due, in order, at most `limit` payloads.
    ///
    /// Time never goes back. If the limit cuts it short, time stops at the first tick with
    /// something left to fire, and the next call goes on from there.
    pub fn advance(&mut self, now: u64, limit: usize, fired: &mut Vec<T>) {
        let now = now.max(self.now);
        let full = fired.len().saturating_add(limit);
        while let Some(first) = self.first_slot() {
            // Nothing is due before `earliest`, so time may jump there over any distance.
            let earliest = self.entries[first].deadline;
            self.now = earliest.min(now);
            if self.slot_of(earliest) != first {
                self.cascade(first);
            } else if earliest > now || !self.fire(first, full, fired) {
                return;
            }
        }
        self.now = now;
    }

    /// A tick before which nothing is due: see the law *Lower bound*. `None` if nothing is pending;
    /// not later than `now` if something is due already.
    pub fn next_deadline(&self) -> Option<u64> {
        self.first_slot().map(|first| self.entries[first].deadline)
    }

    /// How many entries are owned, pending and fired.
    pub fn len(&self) -> usize {
        self.owned
    }

    /// True if nobody owns an entry.
    pub fn is_empty(&self) -> bool {
        self.owned == 0
    }

    /// Gives an entry a free place, or one at the end.
    fn place(&mut self, entry: Entry<T>) -> u32 {
        let index = if self.free == NONE {
            u32::try_from(self.entries.len()).unwrap_or(NONE)
        } else {
            self.free
        };
        assert_ne!(index, NONE, "a wheel holds fewer than 2^32 - 1 timers");
        match self.entries.get_mut(index as usize) {
            Some(free) => {
                self.free = free.next;
                *free = entry;
            }
            None => self.entries.push(entry),
        }
        self.owned += 1;
        index
    }

    /// Where a deadline stands at this moment: the law *One slot*.
    fn slot_of(&self, deadline: u64) -> usize {
        let differing = deadline ^ self.now;
        // A deadline of this very tick differs nowhere; the bit puts it on level 0.
        let level = (differing | 1).ilog2() as usize / DIGIT;
        if level >= LEVELS {
            return FAR;
        }
        let digit = (deadline >> (level * DIGIT)) as usize % SLOTS;
        level * SLOTS + digit
    }

    /// The slot that holds what comes first: the law *Lowest first*.
    fn first_slot(&self) -> Option<usize> {
        let level = self.occupied.iter().position(|&slots| slots != 0)?;
        Some(level * SLOTS + self.occupied[level].trailing_zeros() as usize)
    }

    /// Fires a slot of level 0, whose tick is `now`; false if `fired` is full before the slot is
    /// empty.
    fn fire(&mut self, slot: usize, full: usize, fired: &mut Vec<T>) -> bool {
        while self.entries[slot].next as usize != slot {
            if fired.len() >= full {
                return false;
            }
            fired.extend(self.take(self.entries[slot].next));
        }
        true
    }

    /// Moves a slot's entries to where they stand at this moment. The levels below are empty
    /// (*Lowest first*), so the entries arrive in the order they were set.
    fn cascade(&mut self, slot: usize) {
        let mut index = mem::replace(&mut self.entries[slot].next, slot as u32);
        self.entries[slot].prev = slot as u32;
        self.mark_empty(slot);
        while index as usize != slot {
            let Entry { deadline, next, .. } = self.entries[index as usize];
            self.link(index, deadline);
            index = next;
        }
    }

    /// Puts an entry that stands in no slot at the end of the right one.
    fn link(&mut self, index: u32, deadline: u64) {
        let deadline = deadline.max(self.now);
        let at = self.slot_of(deadline);
        self.occupied[at / SLOTS] |= 1 << (at % SLOTS);
        let slot = &mut self.entries[at];
        let prev = mem::replace(&mut slot.prev, index);
        let was_empty = prev as usize == at;
        if was_empty || deadline < slot.deadline {
            slot.deadline = deadline;
        }
        self.entries[prev as usize].next = index;
        let entry = &mut self.entries[index as usize];
        entry.deadline = deadline;
        entry.prev = prev;
        entry.next = at as u32;
    }

    /// Takes a pending entry's payload and the entry out of its slot; `None` if it has fired.
    fn take(&mut self, index: u32) -> Option<T> {
        let entry = &mut self.entries[index as usize];
        let payload = entry.payload.take()?;
        let (prev, next) = (entry.prev as usize, entry.next as usize);
        self.entries[prev].next = next as u32;
        self.entries[next].prev = prev as u32;
        // Nobody is left in the ring but the slot.
        if prev == next {
            self.mark_empty(prev);
        }
        Some(payload)
    }

    fn mark_empty(&mut self, slot: usize) {
        self.occupied[slot / SLOTS] &= !(1 << (slot % SLOTS));
    }
}
