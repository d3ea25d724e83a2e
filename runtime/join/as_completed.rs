//! [`as_completed`]: outputs in the order in which they come.
//!
//! Always: each output comes once, with the index of its future; the rest is dropped with the
//! iterator.
//!
//! Leaves out: a time limit; `wait_for(all.next(), d)` is one, and loses nothing.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::set::ReadySet;

/// Hands out outputs as the futures finish, with their indices. asyncio: `as_completed`.
///
/// ```
/// use std::time::Duration;
///
/// tourbillon::test(async {
///     let waits = [3, 1, 2].map(|n| tourbillon::sleep(Duration::from_secs(n)));
///     let mut finished = tourbillon::as_completed(waits);
///     let mut order = Vec::new();
///     while let Some((index, ())) = finished.next().await {
///         order.push(index);
///     }
///     assert_eq!(order, [1, 2, 0]);
/// });
/// ```
pub fn as_completed<I>(futures: I) -> AsCompleted<I::Item>
where
    I: IntoIterator<Item: Future>,
{
    let mut set = ReadySet::new();
    set.insert_all(futures);
    AsCompleted {
        set,
        finished: VecDeque::new(),
    }
}

/// Outputs in order of completion; made by [`as_completed`]. It is also a `Stream`.
///
/// # On drop
///
/// The futures that are left are dropped, and outputs that nobody took.
#[must_use = "nothing happens unless next() is awaited"]
pub struct AsCompleted<F: Future> {
    set: ReadySet<F>,
    /// What one pass over the woken children gave and nobody took yet.
    finished: VecDeque<(usize, F::Output)>,
}

// The set pins the children; outputs are plain values.
impl<F: Future> Unpin for AsCompleted<F> {}

impl<F: Future> AsCompleted<F> {
    /// The next output and the index of its future; `None` after the last.
    ///
    /// # On cancel
    ///
    /// Nothing is lost: an output that was not handed out comes with the next call.
    pub async fn next(&mut self) -> Option<(usize, F::Output)> {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// How many are still to come.
    pub fn len(&self) -> usize {
        self.set.len() + self.finished.len()
    }

    /// Whether none is to come any more.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<(usize, F::Output)>> {
        if self.finished.is_empty() {
            let finished = &mut self.finished;
            let passed = self.set.poll_pass(cx, |index, output| {
                finished.push_back((index, output));
                ControlFlow::<()>::Continue(())
            });
            if passed.is_pending() && finished.is_empty() {
                return Poll::Pending;
            }
        }
        Poll::Ready(self.finished.pop_front())
    }
}

impl<F: Future> Stream for AsCompleted<F> {
    type Item = (usize, F::Output);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<F: Future> fmt::Debug for AsCompleted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("left", &self.len())
            .finish()
    }
}
