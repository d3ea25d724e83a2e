//! The only door to atomics, locks, cells, queues, threads and the clock.
//!
//! Laws of the door:
//!
//! - **One door.** Everything that two threads can touch comes through here, so that something else
//!   can be put behind it. Three files have the same names and are swapped in as files, never by a
//!   `cfg` inside a function: `sync_loom.rs` (`--cfg tourbillon_loom`), a model checker,
//!   `sync_counting.rs` (`--cfg tourbillon_counting`), which counts what is asked for, and
//!   `sync_shuttle.rs` (`--cfg tourbillon_shuttle`), which runs random schedules.
//! - **No poison.** No user code runs under a lock of ours, so a poisoned lock is a broken promise
//!   and `lock` panics with that promise's name.
//!
//! Leaves out: fences (neither loom's `SeqCst` accesses nor TSan see them), and read-write locks.

pub(crate) use std::sync::Arc;
pub(crate) use std::sync::MutexGuard;
pub(crate) use std::sync::atomic;
pub(crate) use std::thread_local;

use std::time::Instant;

/// A lock whose guard comes without a `Result`: see the law *No poison*.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Mutex(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0
            .lock()
            .expect("no poison: no user code runs under a lock")
    }
}

/// A place to sleep under a [`Mutex`].
#[derive(Debug, Default)]
pub(crate) struct Condvar(std::sync::Condvar);

impl Condvar {
    pub(crate) fn new() -> Self {
        Condvar(std::sync::Condvar::new())
    }

    /// Sleeps until notified; may also wake for nothing.
    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let woken = self.0.wait(guard);
        woken.expect("no poison: no user code runs under a lock")
    }

    /// Sleeps until notified or until `limit` has passed; may also wake for nothing.
    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: std::time::Duration,
    ) -> MutexGuard<'a, T> {
        let woken = self.0.wait_timeout(guard, limit);
        woken.expect("no poison: no user code runs under a lock").0
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
}

/// A cell whose content is reached by raw pointer only; who may follow it is each user's law.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline]
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Stands in memory that is freed by hand: a model checker fails if it is not.
#[derive(Debug)]
pub(crate) struct FreedByHand;

impl FreedByHand {
    #[inline]
    pub(crate) fn new() -> Self {
        FreedByHand
    }
}

/// An unbounded queue that any thread may push to and pop from.
#[derive(Debug)]
pub(crate) struct Queue<T>(crossbeam_queue::SegQueue<T>);

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Queue(crossbeam_queue::SegQueue::new())
    }

    pub(crate) fn push(&self, item: T) {
        self.0.push(item);
    }

    pub(crate) fn pop(&self) -> Option<T> {
        self.0.pop()
    }

    /// SeqCst loads, as the partners of `push`.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// SeqCst loads, as the partners of `push`.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As [`Queue`], with room for so many items and no allocation later.
#[derive(Debug)]
pub(crate) struct BoundedQueue<T>(crossbeam_queue::ArrayQueue<T>);

impl<T> BoundedQueue<T> {
    pub(crate) fn new(room: usize) -> Self {
        BoundedQueue(crossbeam_queue::ArrayQueue::new(room))
    }

    /// `Err`: there is no room.
    pub(crate) fn push(&self, item: T) -> Result<(), T> {
        self.0.push(item)
    }

    pub(crate) fn pop(&self) -> Option<T> {
        self.0.pop()
    }

    /// SeqCst loads, as the partners of `push`.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads the clock.
#[inline]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Threads of our own: only what the runtime uses.
pub(crate) mod thread {
    pub(crate) use std::thread::{JoinHandle, ThreadId};

    /// The calling thread's identity.
    #[inline]
    pub(crate) fn current_id() -> ThreadId {
        std::thread::current().id()
    }

    /// Whether this thread is on its way out of a panic.
    pub(crate) fn panicking() -> bool {
        std::thread::panicking()
    }

    /// Starts a named thread, which goes on by itself if the handle is dropped.
    ///
    /// # Errors
    ///
    /// What the operating system says when it refuses a thread.
    pub(crate) fn spawn(
        name: &str,
        body: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(body)
    }
}
