//! [`race`]: the first of two futures.
//!
//! Always: left is polled first and wins ties, unless it has used up right's budget in the poll
//! before (`task/turns.rs`); the loser is dropped before the winner's output is returned.
//!
//! Leaves out: a draw.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::task::poll;
use crate::task::turns::Turns;

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
        turns: Turns::default(),
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
        turns: Turns,
    }
}

impl<A: Future, B: Future> Future for Race<A, B> {
    type Output = Either<A::Output, B::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // With a used-up budget a side that is ready could not show it, and would lose to one of
        // others.
        ready!(poll::proceed(cx));
        let mut this = self.project();
        let turn = this.turns.begin();
        let mut winner = Poll::Pending;
        if turn.second_first {
            winner = poll_side(this.right.as_mut(), cx).map(Either::Right);
        }
        if winner.is_pending() {
            winner = poll_side(this.left.as_mut(), cx).map(Either::Left);
        }
        if winner.is_pending() && !turn.second_first {
            let right = || poll_side(this.right.as_mut(), cx).map(Either::Right);
            winner = this.turns.second(&turn, right);
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
