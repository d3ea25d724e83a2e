//! The door of `sync.rs` with a tally behind it: same names, same laws, and each thread counts what
//! it asks of the processor and of the clock.
//!
//! - **One by one.** A read-modify-write of an atomic is one, whatever it finds; a reference
//!   counted up or down is one, and the last one down two; a lock is two, one to take it, one to
//!   give it back. Loads and stores are free: on x86-64 they are plain moves.
//! - **What came through the door.** What the user's own code does is not counted, nor what std and
//!   mio do by themselves. Two prices are read off the source of others: a push to or a pop from
//!   crossbeam's queue is two changes, of its bounded one one; to ask std who this thread is shares and returns a handle.
//! - **Same behaviour.** What counts also does, only slower.
//!
//! Leaves out: how often a change had to be tried again, which needs a second thread to happen, and
//! condition variables, on which only the threads for blocking calls wait.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ops::Deref;
use std::time::Instant;

#[path = "../../runtime/sync.rs"]
mod plain;

pub(crate) use plain::{Condvar, FreedByHand, MutexGuard, UnsafeCell, thread_local};

/// What a thread has asked for since it began.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Read-modify-writes of atomics.
    pub changes: u64,
    /// References of an [`Arc`] counted up or down.
    pub shares: u64,
    /// Locks taken, and given back.
    pub locks: u64,
    /// Reads of the clock.
    pub clock_reads: u64,
}

impl Counts {
    const NONE: Counts = Counts {
        changes: 0,
        shares: 0,
        locks: 0,
        clock_reads: 0,
    };

    /// Read-modify-writes in all.
    pub fn atomics(self) -> u64 {
        self.changes + self.shares + 2 * self.locks
    }
}

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts::NONE) };
}

/// What this thread has asked for since it began.
pub fn counts() -> Counts {
    COUNTS.get()
}

fn count(add: impl FnOnce(&mut Counts)) {
    let mut counts = COUNTS.get();
    add(&mut counts);
    COUNTS.set(counts);
}

fn count_changes(changes: u64) {
    count(|counts| counts.changes += changes);
}

fn count_shares(shares: u64) {
    count(|counts| counts.shares += shares);
}

/// Atomics that count their changes.
pub(crate) mod atomic {
    use std::ops::{Add, BitAnd, BitOr, Deref, Sub};

    use super::count_changes;
    use super::plain::atomic as plain;

    pub(crate) use plain::Ordering;

    pub(crate) type AtomicBool = Counted<plain::AtomicBool>;
    pub(crate) type AtomicU8 = Counted<plain::AtomicU8>;
    pub(crate) type AtomicU32 = Counted<plain::AtomicU32>;
    pub(crate) type AtomicU64 = Counted<plain::AtomicU64>;
    pub(crate) type AtomicUsize = Counted<plain::AtomicUsize>;
    pub(crate) type AtomicPtr<T> = Counted<plain::AtomicPtr<T>>;

    /// One of std's atomics; loads and stores are its own.
    #[derive(Debug, Default)]
    pub(crate) struct Counted<A>(A);

    /// The one operation of std's atomics that all others can be made of.
    pub(crate) trait Atomic: From<Self::Value> {
        type Value: Copy + PartialEq;

        /// Sets the value to what `new` makes of it, unless that is nothing. `Ok` and `Err` say
        /// what it was before.
        fn update(
            &self,
            won: Ordering,
            lost: Ordering,
            new: impl FnMut(Self::Value) -> Option<Self::Value>,
        ) -> Result<Self::Value, Self::Value>;
    }

    impl<A> Deref for Counted<A> {
        type Target = A;

        fn deref(&self) -> &A {
            &self.0
        }
    }

    impl<A: Atomic> Counted<A> {
        pub(crate) fn new(value: A::Value) -> Self {
            Counted(A::from(value))
        }

        pub(crate) fn compare_exchange(
            &self,
            old: A::Value,
            new: A::Value,
            won: Ordering,
            lost: Ordering,
        ) -> Result<A::Value, A::Value> {
            count_changes(1);
            self.0
                .update(won, lost, |found| (found == old).then_some(new))
        }

        /// Never fails for nothing: a count that hangs on luck is none.
        pub(crate) fn compare_exchange_weak(
            &self,
            old: A::Value,
            new: A::Value,
            won: Ordering,
            lost: Ordering,
        ) -> Result<A::Value, A::Value> {
            self.compare_exchange(old, new, won, lost)
        }

        pub(crate) fn swap(&self, new: A::Value, order: Ordering) -> A::Value {
            self.change(order, |_| new)
        }

        pub(crate) fn fetch_add(&self, by: A::Value, order: Ordering) -> A::Value
        where
            A::Value: Add<Output = A::Value>,
        {
            self.change(order, |old| old + by)
        }

        pub(crate) fn fetch_sub(&self, by: A::Value, order: Ordering) -> A::Value
        where
            A::Value: Sub<Output = A::Value>,
        {
            self.change(order, |old| old - by)
        }

        pub(crate) fn fetch_or(&self, bits: A::Value, order: Ordering) -> A::Value
        where
            A::Value: BitOr<Output = A::Value>,
        {
            self.change(order, |old| old | bits)
        }

        pub(crate) fn fetch_and(&self, bits: A::Value, order: Ordering) -> A::Value
        where
            A::Value: BitAnd<Output = A::Value>,
        {
            self.change(order, |old| old & bits)
        }

        /// One change, however often it is tried. The exchange that wins has the order that was
        /// asked for, so it pairs with whatever the change itself would pair with.
        fn change(&self, order: Ordering, new: impl Fn(A::Value) -> A::Value) -> A::Value {
            count_changes(1);
            let changed = self
                .0
                .update(order, Ordering::Relaxed, |old| Some(new(old)));
            changed.unwrap_or_else(|_| unreachable!("there is always a new value"))
        }
    }

    impl Atomic for plain::AtomicBool {
        type Value = bool;

        fn update(
            &self,
            won: Ordering,
            lost: Ordering,
            new: impl FnMut(bool) -> Option<bool>,
        ) -> Result<bool, bool> {
            self.fetch_update(won, lost, new)
        }
    }

    impl Atomic for plain::AtomicU8 {
        type Value = u8;

        fn update(
            &self,
            won: Ordering,
            lost: Ordering,
            new: impl FnMut(u8) -> Option<u8>,
        ) -> Result<u8, u8> {
            self.fetch_update(won, lost, new)
        }
    }

    impl Atomic for plain::AtomicU32 {
        type Value = u32;

        fn update(
            &self,
            won: Ordering,
            lost: Ordering,
            new: impl FnMut(u32) -> Option<u32>,
        ) -> Result<u32, u32> {
            self.fetch_update(won, lost, new)
        }
    }

    impl Atomic for plain::AtomicU64 {
        type Value = u64;

        fn update(
            &self,
            won: Ordering,
            lost: Ordering,
            new: impl FnMut(u64) -> Option<u64>,
        ) -> Result<u64, u64> {
            self.fetch_update(won, lost, new)
        }
    }

    impl Atomic for plain::AtomicUsize {
        type Value = usize;

        fn update(
            &self,
            won: Ordering,
            lost: Ordering,
            new: impl FnMut(usize) -> Option<usize>,
        ) -> Result<usize, usize> {
            self.fetch_update(won, lost, new)
        }
    }

    impl<T> Atomic for plain::AtomicPtr<T> {
        type Value = *mut T;

        fn update(
            &self,
            won: Ordering,
            lost: Ordering,
            new: impl FnMut(*mut T) -> Option<*mut T>,
        ) -> Result<*mut T, *mut T> {
            self.fetch_update(won, lost, new)
        }
    }
}

/// std's `Arc`, whose references are counted as they are counted.
#[derive(Debug, Default)]
pub struct Arc<T>(plain::Arc<T>);

impl<T> Arc<T> {
    pub(crate) fn new(value: T) -> Self {
        Arc(plain::Arc::new(value))
    }

    pub(crate) fn as_ptr(this: &Self) -> *const T {
        plain::Arc::as_ptr(&this.0)
    }

    /// # Safety
    ///
    /// As std's: `pointer` must lead to a counted value, and its count must not be given back
    /// twice.
    pub(crate) unsafe fn from_raw(pointer: *const T) -> Self {
        // SAFETY: this function's contract.
        Arc(unsafe { plain::Arc::from_raw(pointer) })
    }
}

impl<T> Clone for Arc<T> {
    fn clone(&self) -> Self {
        count_shares(1);
        Arc(self.0.clone())
    }
}

impl<T> Drop for Arc<T> {
    fn drop(&mut self) {
        // The last of std's gives back the reference that its weak ones have in common, too.
        let last = plain::Arc::strong_count(&self.0) == 1;
        count_shares(if last { 2 } else { 1 });
    }
}

impl<T> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(plain::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Mutex(plain::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        count(|counts| counts.locks += 1);
        self.0.lock()
    }
}

#[derive(Debug)]
pub(crate) struct Queue<T>(plain::Queue<T>);

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Queue(plain::Queue::new())
    }

    pub(crate) fn push(&self, item: T) {
        count_changes(2);
        self.0.push(item);
    }

    pub(crate) fn pop(&self) -> Option<T> {
        count_changes(2);
        self.0.pop()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Debug)]
pub(crate) struct BoundedQueue<T>(plain::BoundedQueue<T>);

impl<T> BoundedQueue<T> {
    pub(crate) fn new(room: usize) -> Self {
        BoundedQueue(plain::BoundedQueue::new(room))
    }

    pub(crate) fn push(&self, item: T) -> Result<(), T> {
        count_changes(1);
        self.0.push(item)
    }

    pub(crate) fn pop(&self) -> Option<T> {
        count_changes(1);
        self.0.pop()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

pub(crate) mod thread {
    use super::plain::thread as plain;

    pub(crate) use plain::{JoinHandle, ThreadId, panicking, spawn};

    pub(crate) fn current_id() -> ThreadId {
        super::count_shares(2);
        plain::current_id()
    }
}

pub(crate) fn now() -> Instant {
    count(|counts| counts.clock_reads += 1);
    plain::now()
}
