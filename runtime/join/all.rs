//! [`join_all`] and [`try_join_all`]: many futures at once.
//!
//! Always: results stand in input order; each child is polled only when it was woken; an empty
//! input is ready at once.
//!
//! Leaves out: results as they come (`as_completed`).

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::set::ReadySet;

/// Waits for all futures. asyncio: `gather`; over futures of `Result`s:
/// `gather(return_exceptions=True)`.
///
/// ```
/// use std::time::Duration;
///
/// tourbillon::test(async {
///     let waits = [3, 1, 2].map(|n| async move {
///         tourbillon::sleep(Duration::from_secs(n)).await;
///         n
///     });
///     assert_eq!(tourbillon::join_all(waits).await, [3, 1, 2]);
/// });
/// ```
pub fn join_all<I>(futures: I) -> JoinAll<I::Item>
where
    I: IntoIterator<Item: Future>,
{
    JoinAll {
        all: All::new(futures),
    }
}

/// Waits for all futures, or for the first error: then the rest is dropped. asyncio: `gather`,
/// whose siblings run on.
///
/// The first error is the first in time; of several in one turn, the first that was woken.
///
/// ```
/// # tourbillon::block_on(async {
/// let halves = [2, 3, 4].map(|n| async move { if n % 2 == 0 { Ok(n / 2) } else { Err(n) } });
/// assert_eq!(tourbillon::try_join_all(halves).await, Err(3));
/// # });
/// ```
pub fn try_join_all<I, T, E>(futures: I) -> TryJoinAll<I::Item, T>
where
    I: IntoIterator<Item: Future<Output = Result<T, E>>>,
{
    let all = All::new(futures);
    TryJoinAll {
        set: all.set,
        outputs: all.outputs.into_iter().map(|_| None).collect(),
    }
}

/// A set, and the outputs that it has given.
struct All<F: Future> {
    set: ReadySet<F>,
    outputs: Vec<Option<F::Output>>,
}

impl<F: Future> All<F> {
    fn new(futures: impl IntoIterator<Item = F>) -> Self {
        let mut set = ReadySet::new();
        let mut count = 0;
        for (index, future) in futures.into_iter().enumerate() {
            set.insert(index, Box::pin(future));
            count += 1;
        }
        All {
            set,
            outputs: std::iter::repeat_with(|| None).take(count).collect(),
        }
    }
}

/// Takes every output out; all are there.
fn collect<T>(outputs: &mut Vec<Option<T>>) -> Vec<T> {
    let outputs = std::mem::take(outputs).into_iter();
    outputs
        .map(|output| output.expect("every child has finished, once"))
        .collect()
}

/// All of many futures; made by [`join_all`].
///
/// # When it wakes
///
/// When a child does; then only that child is polled.
///
/// # On drop
///
/// The children are dropped, in input order.
#[must_use = "futures do nothing unless awaited"]
pub struct JoinAll<F: Future> {
    all: All<F>,
}

// A child is pinned in a box of its own; outputs are plain values.
impl<F: Future> Unpin for JoinAll<F> {}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let All { set, outputs } = &mut self.all;
        ready!(set.poll_pass(cx, |index, output| {
            outputs[index] = Some(output);
            ControlFlow::<()>::Continue(())
        }));
        Poll::Ready(collect(outputs))
    }
}

/// All of many futures, or the first error; made by [`try_join_all`].
///
/// As [`JoinAll`]; the children are dropped before an error is returned.
#[must_use = "futures do nothing unless awaited"]
pub struct TryJoinAll<F: Future, T> {
    set: ReadySet<F>,
    outputs: Vec<Option<T>>,
}

// As for `JoinAll`.
impl<F: Future, T> Unpin for TryJoinAll<F, T> {}

impl<F, T, E> Future for TryJoinAll<F, T>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = Result<Vec<T>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let TryJoinAll { set, outputs } = &mut *self;
        let failed = ready!(set.poll_pass(cx, |index, output| match output {
            Ok(output) => {
                outputs[index] = Some(output);
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }));
        match failed {
            None => Poll::Ready(Ok(collect(outputs))),
            Some(error) => {
                set.clear();
                outputs.clear();
                Poll::Ready(Err(error))
            }
        }
    }
}

impl<F: Future> fmt::Debug for JoinAll<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinAll")
            .field("waiting_for", &self.all.set.len())
            .finish()
    }
}

impl<F: Future, T> fmt::Debug for TryJoinAll<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryJoinAll")
            .field("waiting_for", &self.set.len())
            .finish()
    }
}
