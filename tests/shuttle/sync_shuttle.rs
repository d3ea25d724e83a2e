//! The door of `sync.rs` with shuttle behind it: same names, same laws, and before each access to
//! an atomic, a lock, a condvar or a queue the schedule says which thread goes on.
//!
//! - **One thread in truth.** Shuttle's threads are stacks that take turns on one thread of the
//!   system. Nothing here or in `bed_shuttle.rs` may block that one.
//! - **A schedule is all there is.** Nothing depends on anything but the schedule: the clock shows
//!   the time that [`Condvar::wait_timeout`] has let pass, and no other passes.
//! - **No poison, whoever panics.** std counts panics by threads of the system, so the panic of one
//!   of shuttle's would poison the locks of all. They are opened nevertheless.
//!
//! Leaves out: weak orderings, which the loom models see (to shuttle all are SeqCst); reads that a
//! lock-free queue does half, since here each operation of a queue is one step; and
//! `panicking`, which is true while any of the threads unwinds.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{LazyLock, PoisonError};
use std::time::{Duration, Instant};

use shuttle::sync::atomic::AtomicUsize;
use shuttle::sync::atomic::Ordering::SeqCst;

pub(crate) use shuttle::sync::Arc;
pub(crate) use shuttle::sync::atomic;
pub(crate) use shuttle::thread_local;

std::thread_local! {
    /// What the clock shows more than when the process began.
    static PASSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// How many [`FreedByHand`] there are.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

/// Knows its lock, so that a wait can give it back.
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    guard: shuttle::sync::MutexGuard<'a, T>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Mutex(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        MutexGuard { mutex: self, guard }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

#[derive(Debug, Default)]
pub(crate) struct Condvar(shuttle::sync::Condvar);

impl Condvar {
    pub(crate) fn new() -> Self {
        Condvar(shuttle::sync::Condvar::new())
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let MutexGuard { mutex, guard } = guard;
        let woken = self.0.wait(guard);
        let guard = woken.unwrap_or_else(PoisonError::into_inner);
        MutexGuard { mutex, guard }
    }

    /// Lets others go on for as long as the schedule says, and then `limit` has passed, whoever
    /// notified meanwhile.
    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> MutexGuard<'a, T> {
        let mutex = guard.mutex;
        drop(guard);
        shuttle::thread::yield_now();
        PASSED.set(PASSED.get() + limit);
        mutex.lock()
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
}

#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Counted, so that a program can see that nothing is left: see [`held`].
#[derive(Debug)]
pub(crate) struct FreedByHand;

impl FreedByHand {
    pub(crate) fn new() -> Self {
        HELD.set(HELD.get() + 1);
        FreedByHand
    }
}

impl Drop for FreedByHand {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
    }
}

/// How many one-shots and beds of loops there are.
pub fn held() -> usize {
    HELD.get()
}

/// What only one of shuttle's threads reaches at a time, since none goes on in the middle of it.
#[derive(Debug)]
struct Step<T> {
    /// Read before each operation: there the schedule may let another thread go first.
    order: AtomicUsize,
    value: std::sync::Mutex<T>,
}

impl<T> Step<T> {
    fn new(value: T) -> Self {
        Step {
            order: AtomicUsize::new(0),
            value: std::sync::Mutex::new(value),
        }
    }

    fn with<R>(&self, operation: impl FnOnce(&mut T) -> R) -> R {
        self.order.load(SeqCst);
        let value = self.value.lock();
        operation(&mut value.unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug)]
pub(crate) struct Queue<T>(Step<VecDeque<T>>);

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Queue(Step::new(VecDeque::new()))
    }

    pub(crate) fn push(&self, item: T) {
        self.0.with(|items| items.push_back(item));
    }

    pub(crate) fn pop(&self) -> Option<T> {
        self.0.with(VecDeque::pop_front)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.with(|items| items.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[derive(Debug)]
pub(crate) struct BoundedQueue<T> {
    items: Step<VecDeque<T>>,
    room: usize,
}

impl<T> BoundedQueue<T> {
    pub(crate) fn new(room: usize) -> Self {
        BoundedQueue {
            items: Step::new(VecDeque::new()),
            room,
        }
    }

    pub(crate) fn push(&self, item: T) -> Result<(), T> {
        self.items.with(|items| {
            if items.len() == self.room {
                return Err(item);
            }
            items.push_back(item);
            Ok(())
        })
    }

    pub(crate) fn pop(&self) -> Option<T> {
        self.items.with(VecDeque::pop_front)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.with(|items| items.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

pub(crate) fn now() -> Instant {
    *BEGINNING + PASSED.get()
}

pub(crate) mod thread {
    pub(crate) use shuttle::thread::{JoinHandle, ThreadId};

    pub(crate) fn current_id() -> ThreadId {
        shuttle::thread::current().id()
    }

    pub(crate) fn panicking() -> bool {
        std::thread::panicking()
    }

    pub(crate) fn spawn(
        name: &str,
        body: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<JoinHandle<()>> {
        let named = shuttle::thread::Builder::new().name(name.to_owned());
        named.spawn(body)
    }
}
