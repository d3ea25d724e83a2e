//! A source: one registered socket, on which operations are tried and waited for.
//!
//! - **Try first.** An operation runs before anybody waits, and waits only when the system says
//!   `WouldBlock`. A read that most likely would is not tried: it waits in doubt (`doubts.rs`). An
//!   interrupted operation (`EINTR`) is run again.
//! - **Two strangers.** The directions share a lock and nothing else: no event, clear or waiter of
//!   one touches the other.
//! - **Gone is an error, never a hang.** Once the loop is gone, every operation fails and every
//!   waiter is awake.
//! - **No user code under the lock.** A waker is cloned before it is taken, and dropped or woken
//!   after it is released.
//!
//! Leaves out: the socket itself, which its owner keeps, and what its bytes mean.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use mio::Token;

use super::doubts::{Doubt, Doubts};
use super::readiness::{Direction, Place, Readiness, Side};
use crate::observe::WaitsFor;
use crate::sync::{Arc, Mutex};
use crate::task::poll;
use crate::task::waker::wake_all;

/// One registered socket.
#[derive(Debug)]
pub struct Source {
    token: Token,
    doubts: Arc<Doubts>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The loop is gone: nobody will ever deliver an event.
    gone: bool,
    read: Side,
    write: Side,
}

/// What an operation did that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portion<R> {
    /// All that was asked, and it is gone from the socket: what is left may be guessed.
    Whole(R),
    /// Less than was asked, because the system has no more to give or to take.
    Short(R),
    /// Nothing is known of what is left, nor is it guessed.
    Any(R),
}

/// How an operation went.
enum Tried<R> {
    Done(io::Result<R>),
    /// Nothing to do before the tick changes.
    Blocked {
        tick: u64,
    },
    /// Most likely nothing to do before the tick changes.
    Doubted {
        tick: u64,
    },
}

impl Source {
    pub(super) fn new(token: Token, doubts: Arc<Doubts>) -> Self {
        let state = State {
            gone: false,
            read: Side::new(),
            write: Side::new(),
        };
        Source {
            token,
            doubts,
            state: Mutex::new(state),
        }
    }

    pub(super) fn token(&self) -> Token {
        self.token
    }

    /// Runs `operation` without waiting; `WouldBlock` means that an event has to come first.
    pub fn try_io<R>(
        &self,
        direction: Direction,
        mut operation: impl FnMut() -> io::Result<Portion<R>>,
    ) -> io::Result<R> {
        match self.attempt(direction, false, &mut operation) {
            Tried::Done(result) => result,
            Tried::Blocked { tick } | Tried::Doubted { tick } => {
                self.state.lock().side(direction).clear(tick);
                Err(ErrorKind::WouldBlock.into())
            }
        }
    }

    /// Runs `operation` as soon as it does not block, for the `poll_*` traits: of several tasks
    /// that poll one direction, the latest is woken.
    pub fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut operation: impl FnMut() -> io::Result<Portion<R>>,
    ) -> Poll<io::Result<R>> {
        self.poll_at(cx, direction, &mut Place::Slot, &mut operation)
    }

    /// Runs `operation` as soon as it does not block, for `async fn`s: any number of tasks may
    /// wait.
    pub fn io<R, F>(&self, direction: Direction, operation: F) -> Io<'_, F>
    where
        F: FnMut() -> io::Result<Portion<R>>,
    {
        Io {
            source: self,
            direction,
            operation,
            ticket: None,
        }
    }

    /// Unlearns what was only assumed: from here on `direction` is ready when an event says so.
    pub fn assume_nothing(&self, direction: Direction) {
        // Ticks count from 0, so an event that has come already stays.
        self.state.lock().side(direction).clear(0);
    }

    /// Takes in a change that the system may not announce, as it came by our own hand; wakes
    /// everyone who waited for it.
    pub fn announce(&self, readiness: Readiness) {
        let mut woken = Vec::new();
        self.arrive(readiness, &mut woken);
        wake_all(woken);
    }

    /// Takes in an event, and hands out everyone who waited for it.
    pub(super) fn arrive(&self, readiness: Readiness, woken: &mut Vec<Waker>) {
        let mut state = self.state.lock();
        if readiness.readable {
            state.read.arrive(readiness.short_reads_lie, woken);
        }
        if readiness.writable {
            state.write.arrive(readiness.short_writes_lie, woken);
        }
    }

    /// Has whoever waits in doubt since `tick` try.
    pub(super) fn settle(&self, tick: u64, woken: &mut Vec<Waker>) {
        self.state.lock().read.settle(tick, woken);
    }

    /// Ends all waiting: every operation from here on is an error.
    pub(super) fn close(&self, woken: &mut Vec<Waker>) {
        let mut state = self.state.lock();
        state.gone = true;
        state.read.arrive(true, woken);
        state.write.arrive(true, woken);
    }

    /// True while a waker is stored here.
    pub(super) fn is_waited_for(&self) -> bool {
        let state = self.state.lock();
        state.read.is_waited_for() || state.write.is_waited_for()
    }

    /// Runs `operation` if its direction is ready, and, if it may be doubted, not in doubt.
    fn attempt<R>(
        &self,
        direction: Direction,
        may_doubt: bool,
        operation: &mut impl FnMut() -> io::Result<Portion<R>>,
    ) -> Tried<R> {
        loop {
            let tick = match self.state.lock().look(direction, may_doubt) {
                Ok(tick) => tick,
                Err(tried) => return tried,
            };
            match operation() {
                Ok(Portion::Any(value)) => return Tried::Done(Ok(value)),
                Ok(Portion::Whole(value)) => {
                    if direction == Direction::Read {
                        self.state.lock().read.came_whole(tick);
                    }
                    return Tried::Done(Ok(value));
                }
                Ok(Portion::Short(value)) => {
                    self.state.lock().side(direction).came_short(tick);
                    return Tried::Done(Ok(value));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Tried::Blocked { tick };
                }
                Err(error) => return Tried::Done(Err(error)),
            }
        }
    }

    /// The one way in which a task waits for a socket: budget, attempt, sleep, and a note of what
    /// for.
    fn poll_at<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        place: &mut Place<'_>,
        operation: &mut impl FnMut() -> io::Result<Portion<R>>,
    ) -> Poll<io::Result<R>> {
        ready!(poll::proceed(cx));
        let may_doubt = self.doubts.is_home();
        loop {
            let (tick, blocked) = match self.attempt(direction, may_doubt, operation) {
                Tried::Done(result) => {
                    poll::spend();
                    return Poll::Ready(result);
                }
                Tried::Blocked { tick } => (tick, true),
                Tried::Doubted { tick } => (tick, false),
            };
            if self.sleep(cx, direction, place, tick, blocked).is_pending() {
                poll::waits_for(match direction {
                    Direction::Read => WaitsFor::Readable,
                    Direction::Write => WaitsFor::Writable,
                });
                return Poll::Pending;
            }
        }
    }

    /// Leaves a waker; ready when an event has come since `tick` was seen, and it is time to try
    /// again.
    fn sleep(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        place: &mut Place<'_>,
        tick: u64,
        blocked: bool,
    ) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        let side = state.side(direction);
        if blocked {
            side.clear(tick);
        }
        let left_over = side.sleep(place, tick, waker);
        let doubted = !blocked && left_over.is_ok() && side.note_doubt();
        drop(state);
        if doubted {
            let token = self.token;
            self.doubts.note(Doubt { token, tick });
        }
        match left_over {
            Ok(_replaced) => Poll::Pending,
            Err(_unused) => Poll::Ready(()),
        }
    }
}

impl State {
    fn side(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }

    /// Under which tick `direction` is ready, or why there is nothing to try.
    fn look<R>(&mut self, direction: Direction, may_doubt: bool) -> Result<u64, Tried<R>> {
        if self.gone {
            return Err(Tried::Done(Err(gone())));
        }
        let side = self.side(direction);
        let tick = side.tick();
        if !side.is_ready() {
            Err(Tried::Blocked { tick })
        } else if may_doubt && side.is_in_doubt() {
            Err(Tried::Doubted { tick })
        } else {
            Ok(tick)
        }
    }
}

/// The future of one operation.
///
/// # On drop
///
/// Its waker leaves the line; the operation has not happened.
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Io<'a, F> {
    source: &'a Source,
    direction: Direction,
    operation: F,
    ticket: Option<u64>,
}

/// Nothing in here is ever pinned: the operation is called, not polled.
impl<F> Unpin for Io<'_, F> {}

impl<R, F> Future for Io<'_, F>
where
    F: FnMut() -> io::Result<Portion<R>>,
{
    type Output = io::Result<R>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<R>> {
        let Io {
            source,
            direction,
            operation,
            ticket,
        } = self.get_mut();
        source.poll_at(cx, *direction, &mut Place::Line(ticket), operation)
    }
}

impl<F> Drop for Io<'_, F> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let _dropped_unlocked = self.source.state.lock().side(self.direction).leave(ticket);
        }
    }
}

/// What every operation says once the loop of its socket is gone.
pub(super) fn gone() -> io::Error {
    io::Error::other(
        "the runtime that this socket was made in is gone: keep the Runtime as long as its sockets",
    )
}
