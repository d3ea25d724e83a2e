//! One value from here to there. asyncio: `Future`, with `send` for `set_result` and `try_recv` for
//! `result`.
//!
//! Laws:
//!
//! - **Once, by type.** `send` uses the sender up: a second value does not compile.
//! - **Nothing lost in silence.** A value is received, or comes back from `send`, or is dropped
//!   with a receiver that had it; a sender that goes without sending is an error at the receiver,
//!   not a hang.
//!
//! Works on any executor: it knows only wakers.
//!
//! ```
//! # tourbillon::block_on(async {
//! let (sender, mut receiver) = tourbillon::oneshot::channel();
//! assert!(receiver.try_recv().is_err());
//! sender.send(42).unwrap();
//! assert_eq!(receiver.await, Ok(42));
//! # });
//! ```
//!
//! Leaves out: several receivers, and callbacks.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::observe::WaitsFor;
use crate::task::poll;
use crate::task::slot::{Giver, Never, Taker, slot};

/// Makes a sender and a receiver of one value.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (giver, taker) = slot();
    (
        Sender { giver },
        Receiver {
            taker,
            wait: WaitsFor::OneShot,
            over: false,
        },
    )
}

/// A channel whose receiver waits for something that has a name of its own.
pub(crate) fn channel_for<T>(wait: WaitsFor) -> (Sender<T>, Receiver<T>) {
    let (sender, mut receiver) = channel();
    receiver.wait = wait;
    (sender, receiver)
}

/// Sends the value. Dropping it without sending is [`Closed`] at the receiver.
pub struct Sender<T> {
    giver: Giver<T>,
}

impl<T> Sender<T> {
    /// Hands the value over and wakes the receiver; never waits. asyncio: `set_result`.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone.
    pub fn send(self, value: T) -> Result<(), T> {
        self.giver.give(value)
    }

    /// Whether the receiver is gone, so that a value would come back.
    pub fn is_closed(&self) -> bool {
        self.giver.is_left()
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("closed", &self.is_closed())
            .finish()
    }
}

/// Receives the value: a future of `Result<T, Closed>`.
///
/// # When it wakes
///
/// When the value is sent, or the sender is dropped without sending. Of the wakers that it was
/// polled with, the latest is woken.
///
/// # On drop
///
/// A later `send` gives its value back; a value that was already sent is dropped.
///
/// # Panics
///
/// Polling it again after it gave its result panics.
#[must_use = "futures do nothing unless awaited"]
pub struct Receiver<T> {
    taker: Taker<T>,
    wait: WaitsFor,
    over: bool,
}

impl<T> Receiver<T> {
    /// Takes the value if it is there; does not wait. asyncio: `result`.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if nothing was sent yet; [`TryRecvError::Closed`] if nothing will
    /// be: the sender is gone, or the value was taken before.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.taker.try_take() {
            Some(Ok(value)) => Ok(value),
            Some(Err(Never)) => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Whether awaiting it would not wait: the value was sent, or never will be. asyncio: `done`.
    pub fn is_ready(&self) -> bool {
        self.taker.is_done()
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(
            !self.over,
            "a one-shot receiver is polled again after it gave its result"
        );
        ready!(poll::proceed(cx));
        match self.taker.take(cx) {
            Poll::Ready(taken) => {
                self.over = true;
                poll::spend();
                Poll::Ready(taken.map_err(|Never| Closed))
            }
            Poll::Pending => {
                poll::waits_for(self.wait);
                Poll::Pending
            }
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("ready", &self.is_ready())
            .finish()
    }
}

/// The sender was dropped without sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender was dropped without sending")
    }
}

impl std::error::Error for Closed {}

/// Why [`Receiver::try_recv`] has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// Nothing was sent yet.
    Empty,
    /// Nothing will be sent: the sender is gone, or the value was taken before.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryRecvError::Empty => "nothing was sent yet",
            TryRecvError::Closed => "nothing will be sent any more",
        })
    }
}

impl std::error::Error for TryRecvError {}
