//! The deadlines of one loop: its wheel and their wakers, behind one lock, so that a sleep may be
//! polled, reset and dropped on any thread.
//!
//! Laws:
//!
//! - **Owner's.** A [`Timer`] owns its place in the wheel, fired or not, and gives it back when
//!   dropped.
//! - **Never freed.** So the wheel itself knows whether anybody needs it, and a timer needs no
//!   count of references to find it: a plain one will do. The wheel of a loop that is gone is
//!   handed to the next loop once nobody owns a place in it.
//! - **No user code under the lock.** Wakers are cloned before it, and woken and dropped after it.
//! - **Never overslept.** A deadline that is moved while the loop sleeps, to before what it sleeps
//!   for, wakes it. (Deadlines are armed only by the loop's own thread, which is awake then.)
//!
//! Leaves out: what time it is (`clock.rs`), and the order of deadlines (`wheel.rs`).

use std::fmt;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::Remote;
use super::clock::NEVER;
use super::wheel::{Key, Wheel};
use crate::sync::{Arc, Mutex, StaticMutex, StaticMutexGuard};

/// Deadlines fired in one look; the rest fires in the next, after what became ready has run.
const FIRES: usize = 1_024;

/// The timers of loops that are gone: see *Never freed*.
static GONE: StaticMutex<Vec<&'static Timers>> = StaticMutex::new(Vec::new());

/// See the file's promise.
#[derive(Default)]
pub(crate) struct Timers {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    wheel: Wheel<Waker>,
    /// While the loop sleeps: the tick that it will wake for by itself.
    asleep_until: Option<u64>,
    /// `None`: the loop is gone.
    home: Option<Arc<Remote>>,
}

/// An armed deadline.
#[derive(Debug)]
pub(crate) struct Timer {
    timers: &'static Timers,
    /// `None` once the place was given back.
    key: Option<Key>,
}

impl Timers {
    /// For a loop that is being made; [`open`](Timers::open) is to follow.
    pub(super) fn unowned() -> &'static Timers {
        let mut gone = gone();
        match gone.iter().position(|timers| timers.len() == 0) {
            Some(at) => gone.swap_remove(at),
            None => Box::leak(Box::default()),
        }
    }

    /// The loop begins, at tick 0; its end is [`close`](Timers::close).
    pub(super) fn open(&self, home: Arc<Remote>) {
        *self.inner.lock() = Inner {
            home: Some(home),
            ..Inner::default()
        };
    }

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
        self.inner.lock().wheel.advance(now, FIRES, wakers);
    }

    /// The loop is gone: every timer fires, and its sleep arms itself elsewhere.
    pub(crate) fn close(&'static self, wakers: &mut Vec<Waker>) {
        let mut inner = self.inner.lock();
        let home = inner.home.take();
        inner.wheel.advance(NEVER, usize::MAX, wakers);
        drop(inner);
        if home.is_some() {
            gone().push(self);
        }
    }

    /// How many timers are owned, fired ones included.
    pub(crate) fn len(&self) -> usize {
        self.inner.lock().wheel.len()
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

fn gone() -> StaticMutexGuard<'static, Vec<&'static Timers>> {
    GONE.lock()
        .expect("no poison: no user code runs under a lock")
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
    /// Arms a deadline of the loop that polls on this thread.
    pub(crate) fn arm(remote: &Remote, deadline: Option<Instant>, waker: Waker) -> Timer {
        let tick = remote.clock.tick_of(deadline);
        let timers = remote.timers;
        let key = timers.inner.lock().wheel.insert(tick, waker);
        Timer {
            timers,
            key: Some(key),
        }
    }

    /// Whether the deadline has come; if not, the latest waker is woken when it does.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Rang> {
        let key = self.key();
        let inner = self.timers.inner.lock();
        if inner.home.is_none() {
            return Poll::Ready(Rang::Gone);
        }
        match inner.wheel.payload(key) {
            None => return Poll::Ready(Rang::Due),
            Some(waker) if waker.will_wake(cx.waker()) => return Poll::Pending,
            Some(_) => drop(inner),
        }
        let waker = cx.waker().clone();
        // Between the two locks the timer may have fired, or its loop have ended.
        let mut inner = self.timers.inner.lock();
        let gone = inner.home.is_none();
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
        let mut inner = self.timers.inner.lock();
        let Some(home) = inner.home.clone() else {
            return false;
        };
        let tick = home.clock.tick_of(deadline);
        let moved = inner.wheel.reset(self.key(), tick);
        let tell = moved && inner.is_overslept(tick);
        drop(inner);
        if tell {
            home.tell();
        }
        moved
    }

    /// Gives the place in the wheel back.
    fn disarm(&mut self) -> Option<Waker> {
        let key = self.key.take()?;
        self.timers.inner.lock().wheel.remove(key)
    }

    fn key(&self) -> &Key {
        self.key
            .as_ref()
            .expect("a timer has its place until it is dropped")
    }
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timers")
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // The waker is dropped here, after the lock.
        drop(self.disarm());
    }
}
