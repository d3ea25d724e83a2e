//! [`race`]: the first of two futures.
//!
//! Always: left is polled first and wins ties; the loser is dropped before the winner's output is
//! returned. Only after a poll whose budget left used up alone is right polled first, once: so a
//! side that always has something to do does not starve the other.
//!
//! Leaves out: fairness between two that are always ready.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::task::poll;

/// Waits for the first of two futures and drops the other. asyncio: `wait(…, FIRST_COMPLETED)` and
/// a `cancel`.
///
/// ```
/// use tourbillon::{Either, race};
///
/// # tourbillon::block_on(async {
/// let winner = race(std::future::pending::<()>(), async { 42 }).await;
/// assert!(matches!(winner, Either::Right(42)));
/// # });
/// ```
pub fn race<A: Future, B: Future>(left: A, right: B) -> Race<A, B> {
    Race {
        left: Some(left),
        right: Some(right),
        right_first: false,
    }
}

/// One of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first's.
    Left(A),
    /// The second's.
    Right(B),
}

pin_project! {
    /// The first of two futures; made by [`race`].
    ///
    /// Wakes when either does. Dropping it drops both. Polling it after it was ready panics.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Race<A, B> {
        #[pin]
        left: Option<A>,
        #[pin]
        right: Option<B>,
        right_first: bool,
    }
}

impl<A: Future, B: Future> Future for Race<A, B> {
    type Output = Either<A::Output, B::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // With a used-up budget a side that is ready could not show it, and would lose to one of
        // others.
        ready!(poll::proceed(cx));
        let mut this = self.project();
        let right_first = std::mem::take(this.right_first);
        let mut winner = Poll::Pending;
        if right_first {
            winner = poll_side(this.right.as_mut(), cx).map(Either::Right);
        }
        if winner.is_pending() {
            winner = poll_side(this.left.as_mut(), cx).map(Either::Left);
            *this.right_first = !right_first && poll::is_spent();
        }
        if winner.is_pending() && !right_first {
            winner = poll_side(this.right.as_mut(), cx).map(Either::Right);
        }
        let winner = ready!(winner);
        this.left.set(None);
        this.right.set(None);
        Poll::Ready(winner)
    }
}

fn poll_side<F: Future>(side: Pin<&mut Option<F>>, cx: &mut Context<'_>) -> Poll<F::Output> {
    let side = side.as_pin_mut();
    side.expect("a future is not polled after it was ready")
        .poll(cx)
}

impl<A, B> fmt::Debug for Race<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Race")
    }
}
