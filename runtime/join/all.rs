//! [`join_all`] and [`try_join_all`]: many futures at once.
//!
//! Always: results stand in input order; each child is polled only when it was woken; an empty
//! input is ready at once.
//!
//! Leaves out: results as they come (`as_completed`).

use std::convert::Infallible;
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
/// The first error is the first in time; of several in one poll, the first that was woken.
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
    TryJoinAll {
        all: All::new(futures),
    }
}

const OVER: &str = "a future is not polled after it was ready";

/// A set, and the outputs that it has given; `None` once they were handed out.
struct All<F: Future, T> {
    set: ReadySet<F>,
    outputs: Option<Vec<Option<T>>>,
}

impl<F: Future, T> All<F, T> {
    fn new(futures: impl IntoIterator<Item = F>) -> Self {
        let mut set = ReadySet::new();
        set.insert_all(futures);
        let outputs = std::iter::repeat_with(|| None).take(set.len()).collect();
        All {
            set,
            outputs: Some(outputs),
        }
    }

    /// Polls the children that were woken; `sort` says what is kept of an output, and what ends it
    /// all.
    fn poll<E>(
        &mut self,
        cx: &mut Context<'_>,
        mut sort: impl FnMut(F::Output) -> Result<T, E>,
    ) -> Poll<Result<Vec<T>, E>> {
        let All { set, outputs } = self;
        let slots = outputs.as_mut().expect(OVER);
        let failed = ready!(set.poll_pass(cx, |index, output| match sort(output) {
            Ok(output) => {
                slots[index] = Some(output);
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }));
        let outputs = self.outputs.take().expect(OVER);
        if let Some(error) = failed {
            self.set.clear();
            return Poll::Ready(Err(error));
        }
        let outputs = outputs.into_iter();
        let outputs = outputs.map(|output| output.expect("every child has finished, once"));
        Poll::Ready(Ok(outputs.collect()))
    }
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
///
/// # Panics
///
/// A child's panic goes through; the other children are dropped with the set. Polling it after it
/// was ready panics.
#[must_use = "futures do nothing unless awaited"]
pub struct JoinAll<F: Future> {
    all: All<F, F::Output>,
}

// The set pins the children; outputs are plain values.
impl<F: Future> Unpin for JoinAll<F> {}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Ok(outputs) = ready!(self.all.poll(cx, Ok::<_, Infallible>));
        Poll::Ready(outputs)
    }
}

/// All of many futures, or the first error; made by [`try_join_all`].
///
/// As [`JoinAll`]; the children are dropped before an error is returned.
#[must_use = "futures do nothing unless awaited"]
pub struct TryJoinAll<F: Future, T> {
    all: All<F, T>,
}

// As for `JoinAll`.
impl<F: Future, T> Unpin for TryJoinAll<F, T> {}

impl<F, T, E> Future for TryJoinAll<F, T>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = Result<Vec<T>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.all.poll(cx, |output| output)
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
            .field("waiting_for", &self.all.set.len())
            .finish()
    }
}
