//! [`try_task_group`]: members that can fail.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::core::{Gate, Kind, Local, Member, Members, Room, Sendable};
use crate::oneshot;
use crate::sync::{Arc, Mutex};

/// Runs `body` and every member that it spawns; the first error, of a member or of the body, drops
/// all the others. asyncio: `async with TaskGroup()`, `ExceptionGroup`.
///
/// As [`task_group`](crate::task_group) in everything else.
///
/// # Errors
///
/// All errors that there were: the first, and those of members that failed in the same poll of the
/// group.
///
/// ```
/// # tourbillon::block_on(async {
/// let ran: Result<(), _> = tourbillon::try_task_group(async |group| {
///     group.spawn(async { Err::<(), _>("no") });
///     group.spawn(std::future::pending::<Result<(), _>>());
///     Ok(())
/// })
/// .await;
/// assert_eq!(ran.unwrap_err().first(), &"no");
/// # });
/// ```
pub fn try_task_group<'env, K, B, F, R, E>(
    body: B,
) -> impl Future<Output = Result<R, GroupError<E>>>
where
    K: Kind,
    // Not `AsyncFnOnce`, as in `task_group`.
    B: FnOnce(TryGroup<'env, K, E>) -> F,
    F: Future<Output = Result<R, E>>,
{
    let gate = Gate::new();
    let errors = Arc::new(Mutex::new(Vec::new()));
    let body = body(TryGroup {
        gate: gate.clone(),
        errors: errors.clone(),
    });
    TryGroupFuture {
        body: Some(body),
        output: None,
        members: Members::new(gate),
        errors,
    }
}

type Errors<E> = Arc<Mutex<Vec<E>>>;

/// A way to spawn members; given to the body of [`try_task_group`]. It can be cloned and handed to
/// members.
pub struct TryGroup<'env, K: Kind, E> {
    gate: Arc<Gate<'env, K>>,
    errors: Errors<E>,
}

/// Runs a member: its value goes to its view, its error to the group.
async fn run<T, E>(
    future: impl Future<Output = Result<T, E>>,
    sender: oneshot::Sender<T>,
    errors: Errors<E>,
) {
    match future.await {
        Ok(value) => drop(sender.send(value)),
        Err(error) => errors.lock().push(error),
    }
}

impl<'env, E: Send + 'env> TryGroup<'env, Sendable, E> {
    /// Adds a member. It is polled for the first time after the body's present poll.
    ///
    /// In a group that is over the future is dropped and the member is `Closed`.
    pub fn spawn<T, F>(&self, future: F) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'env,
        T: Send + 'env,
    {
        let (sender, output) = oneshot::channel();
        let errors = self.errors.clone();
        self.gate.admit(|| Box::pin(run(future, sender, errors)));
        Member { output }
    }

    /// As [`TryGroup::spawn`].
    ///
    /// # Errors
    ///
    /// The future, if the group is over.
    pub fn try_spawn<T, F>(&self, future: F) -> Result<Member<T>, F>
    where
        F: Future<Output = Result<T, E>> + Send + 'env,
        T: Send + 'env,
    {
        let (sender, output) = oneshot::channel();
        let errors = self.errors.clone();
        let mut future = Some(future);
        let future_in = &mut future;
        self.gate.admit(|| {
            let future = future_in.take().expect("a member is made once");
            Box::pin(run(future, sender, errors))
        });
        match future {
            None => Ok(Member { output }),
            Some(future) => Err(future),
        }
    }
}

impl<'env, E: 'env> TryGroup<'env, Local, E> {
    /// As [`TryGroup::spawn`], for members that need not be `Send`.
    pub fn spawn_local<T, F>(&self, future: F) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + 'env,
        T: 'env,
    {
        let (sender, output) = oneshot::channel();
        let errors = self.errors.clone();
        self.gate.admit(|| Box::pin(run(future, sender, errors)));
        Member { output }
    }
}

impl<'env, K: Kind, E> TryGroup<'env, K, E> {
    /// At most this many members should run at once: what [`TryGroup::room`] waits for. No limit
    /// unless said.
    ///
    /// # Panics
    ///
    /// With a limit of zero, under which no room would ever come.
    pub fn limit(&self, members: usize) {
        self.gate.set_limit(members);
    }

    /// Waits until fewer members run than the limit.
    pub fn room(&self) -> Room<'_, 'env, K> {
        Room { gate: &self.gate }
    }
}

impl<K: Kind, E> Clone for TryGroup<'_, K, E> {
    fn clone(&self) -> Self {
        TryGroup {
            gate: self.gate.clone(),
            errors: self.errors.clone(),
        }
    }
}

impl<K: Kind, E> fmt::Debug for TryGroup<'_, K, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TryGroup")
    }
}

pin_project! {
    /// The future of a group: the body, its output when there is one, the members and their errors.
    struct TryGroupFuture<'env, K: Kind, F, R, E> {
        #[pin]
        body: Option<F>,
        output: Option<R>,
        members: Members<'env, K>,
        errors: Errors<E>,
    }
}

impl<K, F, R, E> Future for TryGroupFuture<'_, K, F, R, E>
where
    K: Kind,
    F: Future<Output = Result<R, E>>,
{
    type Output = Result<R, GroupError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut failed = None;
        if let Some(body) = this.body.as_mut().as_pin_mut() {
            match body.poll(cx) {
                Poll::Pending => (),
                Poll::Ready(ended) => {
                    this.body.set(None);
                    match ended {
                        Ok(output) => *this.output = Some(output),
                        Err(error) => failed = Some(error),
                    }
                }
            }
        }
        // A body that failed drops its members unpolled.
        let members = if failed.is_none() {
            this.members.poll(cx)
        } else {
            Poll::Ready(())
        };
        let mut errors = std::mem::take(&mut *this.errors.lock());
        errors.extend(failed);
        if !errors.is_empty() {
            this.body.set(None);
            this.members.close();
            return Poll::Ready(Err(GroupError { errors }));
        }
        if this.body.is_some() || members.is_pending() {
            this.members.leave_waker(cx);
            return Poll::Pending;
        }
        this.members.close();
        Poll::Ready(Ok(this
            .output
            .take()
            .expect("a future is not polled after it was ready")))
    }
}

/// What went wrong in a group: at least one error. asyncio: `ExceptionGroup`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupError<E> {
    /// In order of completion; the body's last. Never empty.
    errors: Vec<E>,
}

impl<E> GroupError<E> {
    /// The error that ended the group.
    pub fn first(&self) -> &E {
        &self.errors[0]
    }

    /// All errors, in order of completion, the body's last.
    pub fn errors(&self) -> &[E] {
        &self.errors
    }

    /// All errors, in order of completion, the body's last.
    pub fn into_errors(self) -> Vec<E> {
        self.errors
    }
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first().fmt(f)?;
        match self.errors.len() - 1 {
            0 => Ok(()),
            others => write!(f, " (and {others} more)"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for GroupError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.first())
    }
}
