//! [`wait`]: until enough of many futures are done, and then go on with the rest.
//!
//! Always: what is returned is everything that was done by the end of that poll, which polls at
//! most 61 of the futures that were woken, in order of completion; an index never changes, however
//! often the rest is waited for.
//!
//! Leaves out: a time limit; `wait_for(wait(…), d)` drops everything when it is over, outputs that
//! had come too. `as_completed` loses none: see `AsCompleted::next`.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::set::ReadySet;
use crate::task::TaskError;

/// Waits until `until` says that an output is enough, or all are there. asyncio: `wait`.
///
/// `futures` is anything that can be iterated, or the [`Rest`] of an earlier call. `until` is
/// [`first_completed`], [`first_error`], [`all`], or a function that looks at each output and says
/// whether to stop.
///
/// ```
/// use std::time::Duration;
/// use tourbillon::{first_completed, sleep, wait};
///
/// tourbillon::test(async {
///     let delays = [1, 1, 10].map(|n| sleep(Duration::from_secs(n)));
///     let (done, rest) = wait(delays, first_completed).await;
///     assert_eq!(done, [(0, ()), (1, ())]);
///     let (done, rest) = wait(rest, first_completed).await;
///     assert_eq!(done, [(2, ())]);
///     assert!(rest.is_empty());
/// });
/// ```
pub fn wait<F, U>(futures: impl Into<Rest<F>>, until: U) -> Wait<F, U>
where
    F: Future,
    U: Until<F::Output>,
{
    Wait {
        rest: Some(futures.into()),
        until,
        done: Vec::new(),
    }
}

/// Says when [`wait`] has waited long enough; every `FnMut(&T) -> bool` does.
pub trait Until<T> {
    /// Looks at an output; `true`: return at the end of this poll.
    fn is_enough(&mut self, output: &T) -> bool;
}

impl<T, U: FnMut(&T) -> bool> Until<T> for U {
    fn is_enough(&mut self, output: &T) -> bool {
        self(output)
    }
}

/// Every output is enough. asyncio: `FIRST_COMPLETED`.
pub fn first_completed<T>(_output: &T) -> bool {
    true
}

/// An error is enough; that a task was cancelled is none. asyncio: `FIRST_EXCEPTION`.
pub fn first_error<T, E: 'static>(output: &Result<T, E>) -> bool {
    let Err(error) = output else {
        return false;
    };
    let error: &dyn Any = error;
    !error
        .downcast_ref::<TaskError>()
        .is_some_and(TaskError::is_cancelled)
}

/// Nothing is enough but all. asyncio: `ALL_COMPLETED`.
pub fn all<T>(_output: &T) -> bool {
    false
}

/// The futures that [`wait`] has not seen the end of. Dropping it drops them.
pub struct Rest<F: Future> {
    set: ReadySet<F>,
}

impl<F: Future> Rest<F> {
    /// How many are left.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }
}

impl<F: Future, I: IntoIterator<Item = F>> From<I> for Rest<F> {
    fn from(futures: I) -> Self {
        let mut set = ReadySet::new();
        set.insert_all(futures);
        Rest { set }
    }
}

/// Waits for enough of many futures; made by [`wait`].
///
/// # When it wakes
///
/// When a child does.
///
/// # On drop
///
/// Everything is dropped, outputs that were not returned yet too.
///
/// # Panics
///
/// When it is polled after it was ready.
#[must_use = "futures do nothing unless awaited"]
pub struct Wait<F: Future, U> {
    rest: Option<Rest<F>>,
    until: U,
    done: Vec<(usize, F::Output)>,
}

// The set pins the children; the rest are plain values.
impl<F: Future, U> Unpin for Wait<F, U> {}

impl<F, U> Future for Wait<F, U>
where
    F: Future,
    U: Until<F::Output>,
{
    type Output = (Vec<(usize, F::Output)>, Rest<F>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Wait { rest, until, done } = &mut *self;
        let set = &mut rest
            .as_mut()
            .expect("a future is not polled after it was ready")
            .set;
        let mut enough = false;
        let passed = set.poll_pass(cx, |index, output| {
            enough |= until.is_enough(&output);
            done.push((index, output));
            ControlFlow::<()>::Continue(())
        });
        if passed.is_pending() && !enough {
            return Poll::Pending;
        }
        let rest = self.rest.take().expect("it was there above");
        Poll::Ready((std::mem::take(&mut self.done), rest))
    }
}

impl<F: Future> fmt::Debug for Rest<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").field("left", &self.len()).finish()
    }
}

impl<F: Future, U> fmt::Debug for Wait<F, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("rest", &self.rest)
            .field("done", &self.done.len())
            .finish()
    }
}
