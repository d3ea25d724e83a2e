//! [`join`] and [`try_join`]: two futures at once.
//!
//! Always: left is polled first, unless it has used up right's budget in the poll before
//! (`task/turns.rs`). Both are polled whenever the pair is, so a pair of
//! pairs costs its size.
//!
//! Leaves out: more than two; `join_all` polls only who was woken.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::task::turns::Turns;

/// Waits for both futures. asyncio: `gather` of two.
///
/// ```
/// # tourbillon::block_on(async {
/// let both = tourbillon::join(async { 1 }, async { "two" }).await;
/// assert_eq!(both, (1, "two"));
/// # });
/// ```
pub fn join<A: Future, B: Future>(left: A, right: B) -> Join<A, B> {
    Join {
        left: Side::new(left),
        right: Side::new(right),
        turns: Turns::default(),
    }
}

/// Waits for both futures, or until one of them fails: then the other is dropped and the error
/// returned.
///
/// If both fail in the same poll, left's error is the one.
///
/// ```
/// # tourbillon::block_on(async {
/// let left = std::future::pending::<Result<(), &str>>();
/// let right = async { Err::<(), _>("no") };
/// assert_eq!(tourbillon::try_join(left, right).await, Err("no"));
/// # });
/// ```
pub fn try_join<A, B, T, U, E>(left: A, right: B) -> TryJoin<A, B>
where
    A: Future<Output = Result<T, E>>,
    B: Future<Output = Result<U, E>>,
{
    TryJoin {
        left: Side::new(left),
        right: Side::new(right),
        turns: Turns::default(),
    }
}

pin_project! {
    /// A future and, when it is ready, its output; the future is dropped at that moment.
    struct Side<F: Future> {
        #[pin]
        future: Option<F>,
        output: Option<F::Output>,
    }
}

impl<F: Future> Side<F> {
    fn new(future: F) -> Self {
        Side {
            future: Some(future),
            output: None,
        }
    }

    /// Polls the future unless it is over; says whether it is.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let mut this = self.project();
        if let Some(future) = this.future.as_mut().as_pin_mut() {
            if let Poll::Ready(output) = future.poll(cx) {
                *this.output = Some(output);
                this.future.set(None);
            }
        }
        this.output.is_some()
    }

    fn take(self: Pin<&mut Self>) -> F::Output {
        self.project()
            .output
            .take()
            .expect("a future is not polled after it was ready")
    }

    /// Drops the future and what it gave.
    fn clear(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.future.set(None);
        *this.output = None;
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> Side<F> {
    fn take_error(self: Pin<&mut Self>) -> Option<E> {
        let output = self.project().output;
        match output.take() {
            Some(Err(error)) => Some(error),
            other => {
                *output = other;
                None
            }
        }
    }
}

pin_project! {
    /// Both of two futures; made by [`join`].
    ///
    /// Wakes when either does. Dropping it drops both. Polling it after it was ready panics.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Join<A: Future, B: Future> {
        #[pin]
        left: Side<A>,
        #[pin]
        right: Side<B>,
        turns: Turns,
    }
}

impl<A: Future, B: Future> Future for Join<A, B> {
    type Output = (A::Output, B::Output);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let turn = this.turns.begin();
        let mut right = turn.second_first && this.right.as_mut().poll(cx);
        let left = this.left.as_mut().poll(cx);
        if !turn.second_first {
            right = this.turns.second(&turn, || this.right.as_mut().poll(cx));
        }
        if left && right {
            Poll::Ready((this.left.take(), this.right.take()))
        } else {
            Poll::Pending
        }
    }
}

pin_project! {
    /// Both of two futures, or the first error; made by [`try_join`].
    ///
    /// Wakes when either does. Dropping it drops both. Polling it after it was ready panics.
    #[must_use = "futures do nothing unless awaited"]
    pub struct TryJoin<A: Future, B: Future> {
        #[pin]
        left: Side<A>,
        #[pin]
        right: Side<B>,
        turns: Turns,
    }
}

impl<A, B, T, U, E> Future for TryJoin<A, B>
where
    A: Future<Output = Result<T, E>>,
    B: Future<Output = Result<U, E>>,
{
    type Output = Result<(T, U), E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let turn = this.turns.begin();
        let mut right = turn.second_first && this.right.as_mut().poll(cx);
        if let Some(error) = this.right.as_mut().take_error() {
            this.left.clear();
            return Poll::Ready(Err(error));
        }
        let left = this.left.as_mut().poll(cx);
        if let Some(error) = this.left.as_mut().take_error() {
            this.right.clear();
            return Poll::Ready(Err(error));
        }
        if !turn.second_first {
            right = this.turns.second(&turn, || this.right.as_mut().poll(cx));
        }
        if let Some(error) = this.right.as_mut().take_error() {
            this.left.clear();
            return Poll::Ready(Err(error));
        }
        if !(left && right) {
            return Poll::Pending;
        }
        match (this.left.take(), this.right.take()) {
            (Ok(left), Ok(right)) => Poll::Ready(Ok((left, right))),
            (Err(error), _) | (_, Err(error)) => Poll::Ready(Err(error)),
        }
    }
}

impl<A: Future, B: Future> fmt::Debug for Join<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Join")
    }
}

impl<A: Future, B: Future> fmt::Debug for TryJoin<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TryJoin")
    }
}
