//! [`shield`]: a future that is not cancelled with the one who waits for it.
//!
//! Always: it is a task of its own, and dropping the shield lets the task go instead of cancelling
//! it.
//!
//! Leaves out: shields against the end of the runtime.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::context::spawn;
use crate::task::{Task, TaskError};

/// Spawns `future` as a task that runs on when the shield is dropped. asyncio: `shield`.
///
/// The task is spawned by this call and is polled like any other, at its place in the queue. Given
/// to [`wait_for`](crate::wait_for), it is the waiting that times out, not the task. For a task
/// that exists already `wait_for(&mut task, …)` does the same.
///
/// # Panics
///
/// Outside of a runtime.
///
/// ```
/// use std::time::Duration;
/// use tourbillon::{oneshot, shield, sleep, wait_for};
///
/// tourbillon::test(async {
///     let (sender, receiver) = oneshot::channel();
///     let save = async move {
///         sleep(Duration::from_secs(3)).await;
///         sender.send("saved").unwrap();
///     };
///     assert!(wait_for(shield(save), Duration::from_secs(1)).await.is_err());
///     assert_eq!(receiver.await, Ok("saved"));
/// });
/// ```
#[track_caller]
pub fn shield<F>(future: F) -> Shield<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    Shield {
        task: Some(spawn(future)),
    }
}

/// A future of a task's result, which does not own the task; made by [`shield`].
///
/// # When it wakes
///
/// When the task is over.
///
/// # On drop
///
/// The task runs on to its own end, as by [`Task::detach`]: a panic of it is reported, its output
/// is dropped.
///
/// # Panics
///
/// When it is polled after it gave its result.
#[must_use = "a shield that is dropped only lets its task run"]
pub struct Shield<T> {
    /// Always there, but in `drop`.
    task: Option<Task<T>>,
}

impl<T> Future for Shield<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let task = self.task.as_mut().expect("it is taken by drop only");
        Pin::new(task).poll(cx)
    }
}

impl<T> Drop for Shield<T> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.detach();
        }
    }
}

impl<T> fmt::Debug for Shield<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shield").field(&self.task).finish()
    }
}
