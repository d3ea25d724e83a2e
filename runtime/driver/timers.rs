//! The deadlines of one loop: its wheel and their wakers, behind one lock, so that a sleep may be
//! polled, reset and dropped on any thread.
//!
//! Laws:
//!
//! - **Owner's.** A [`Timer`] owns its place in the wheel, fired or not, and gives it back when
//!   dropped.
//! - **No user code under the lock.** Wakers are cloned before it, and woken and dropped after it.
//! - **Never overslept.** A deadline armed while the loop sleeps, earlier than what it sleeps for,
//!   wakes it.
//!
//! Leaves out: what time it is (`clock.rs`), and the order of deadlines (`wheel.rs`).

use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::Remote;
use super::clock::NEVER;
use super::wheel::{Key, Wheel};
use crate::sync::Mutex;
use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::Relaxed;
use crate::task::share::Share;

/// Deadlines fired in one look; the rest fires in the next, after what became ready has run.
const FIRES: usize = 1_024;

/// See the file's promise.
#[derive(Default)]
pub(crate) struct Timers {
    inner: Mutex<Inner>,
    /// How many timers are owned. Only home arms one, so when home finds none there is none.
    len: AtomicUsize,
}

#[derive(Default)]
struct Inner {
    wheel: Wheel<Waker>,
    /// While the loop sleeps: the tick that it will wake for by itself.
    asleep_until: Option<u64>,
    closed: bool,
}

/// An armed deadline.
#[derive(Debug)]
pub(crate) struct Timer {
    remote: Share<Remote>,
    /// `None` once the place was given back.
    key: Option<Key>,
}

impl Timers {
    /// The next deadline's tick, or one before it.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.inner.lock().next_deadline()
    }

    /// The loop is about to sleep: the next deadline's tick. From here on a deadline that is moved
    /// to before it tells the loop.
    pub(crate) fn fall_asleep(&self) -> Option<u64> {
        let mut inner = self.inner.lock();
        let next = inner.next_deadline();
        inner.asleep_until = Some(next.unwrap_or(NEVER));
        next
    }

    /// The loop is awake.
    pub(crate) fn rise(&self) {
        self.inner.lock().asleep_until = None;
    }

    /// Fires what is due at tick `now`: the wakers are the caller's to wake, outside the lock.
    pub(crate) fn fire(&self, now: u64, wakers: &mut Vec<Waker>) {
        if self.len() > 0 {
            self.inner.lock().wheel.advance(now, FIRES, wakers);
        }
    }

    /// The loop is gone: every timer fires, and its sleep arms itself elsewhere.
    pub(crate) fn close(&self, wakers: &mut Vec<Waker>) {
        let mut inner = self.inner.lock();
        inner.closed = true;
        inner.wheel.advance(NEVER, usize::MAX, wakers);
    }

    /// How many timers are owned, fired ones included.
    pub(crate) fn len(&self) -> usize {
        // Relaxed: a number; nothing is read on the strength of it.
        self.len.load(Relaxed)
    }

    /// Gives back what `change` says of the wheel, whose length it may have changed.
    fn with_wheel<T>(&self, inner: &mut Inner, change: impl FnOnce(&mut Wheel<Waker>) -> T) -> T {
        let said = change(&mut inner.wheel);
        self.len.store(inner.wheel.len(), Relaxed);
        said
    }
}

impl Inner {
    /// The next deadline's tick, or one before it; one that no clock can reach is none.
    fn next_deadline(&self) -> Option<u64> {
        self.wheel.next_deadline().filter(|&tick| tick < NEVER)
    }

    /// Whether the loop sleeps for longer than until `tick`.
    fn is_overslept(&self, tick: u64) -> bool {
        self.asleep_until.is_some_and(|until| tick < until)
    }
}

/// What became of an armed deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rang {
    /// It has come.
    Due,
    /// Its loop is gone.
    Gone,
}

impl Timer {
    /// Arms a deadline; `None`: the loop is gone.
    pub(crate) fn arm(
        remote: Share<Remote>,
        deadline: Option<Instant>,
        cx: &Context<'_>,
    ) -> Option<Timer> {
        let waker = cx.waker().clone();
        let tick = remote.clock.tick_of(deadline);
        let mut inner = remote.timers.inner.lock();
        if inner.closed {
            drop(inner);
            drop(waker);
            return None;
        }
        let timers = &remote.timers;
        let key = timers.with_wheel(&mut inner, |wheel| wheel.insert(tick, waker));
        let tell = inner.is_overslept(tick);
        drop(inner);
        if tell {
            remote.tell();
        }
        Some(Timer {
            remote,
            key: Some(key),
        })
    }

    /// Whether the deadline has come; if not, the latest waker is woken when it does.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Rang> {
        let key = self.key();
        let inner = self.remote.timers.inner.lock();
        if inner.closed {
            return Poll::Ready(Rang::Gone);
        }
        match inner.wheel.payload(key) {
            None => return Poll::Ready(Rang::Due),
            Some(waker) if waker.will_wake(cx.waker()) => return Poll::Pending,
            Some(_) => drop(inner),
        }
        let waker = cx.waker().clone();
        // Between the two locks the timer may have fired, or its loop have ended.
        let mut inner = self.remote.timers.inner.lock();
        let gone = inner.closed;
        let replaced = inner.wheel.replace(key, waker);
        drop(inner);
        if gone {
            Poll::Ready(Rang::Gone)
        } else if replaced.is_ok() {
            Poll::Pending
        } else {
            Poll::Ready(Rang::Due)
        }
    }

    /// Moves the deadline of a timer that has not fired, keeping its waker; `false`: it has fired.
    #[must_use]
    pub(crate) fn reset(&self, deadline: Option<Instant>) -> bool {
        let tick = self.remote.clock.tick_of(deadline);
        let mut inner = self.remote.timers.inner.lock();
        let moved = inner.wheel.reset(self.key(), tick);
        let tell = moved && inner.is_overslept(tick);
        drop(inner);
        if tell {
            self.remote.tell();
        }
        moved
    }

    /// Gives the place in the wheel back.
    fn disarm(&mut self) -> Option<Waker> {
        let key = self.key.take()?;
        let timers = &self.remote.timers;
        timers.with_wheel(&mut timers.inner.lock(), |wheel| wheel.remove(key))
    }

    fn key(&self) -> &Key {
        self.key
            .as_ref()
            .expect("a timer has its place until it is dropped")
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // The waker is dropped here, after the lock.
        drop(self.disarm());
    }
}
