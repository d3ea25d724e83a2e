//! [`try_task_group`]: members that can fail.
//!
//! Leaves out: members that cannot (`plain.rs`), and how both are polled (`run.rs`).

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::error::GroupError;
use super::gate::{Gate, Kind, Local, Room, Sendable};
use super::member::{Joined, Member, Polled};
use super::members::Members;
use super::run::{Errors, Run};
use crate::context;
use crate::oneshot;
use crate::reason::{By, Reason};
use crate::sync::Arc;

/// Runs `body` and every member that it spawns; the first error, of a member or of the body, drops
/// all the others. asyncio: `async with TaskGroup()`, `ExceptionGroup`.
///
/// As [`task_group`](crate::task_group) in everything else.
///
/// # Errors
///
/// All errors of the poll of the group in which the first one came, which polls the body and at
/// most 61 of the members that were woken; those of members made by `spawn_task` that ended with an
/// error while they were being cancelled; and last the body's.
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
#[track_caller]
pub fn try_task_group<'env, K, B, F, R, E>(
    body: B,
) -> impl Future<Output = Result<R, GroupError<E>>>
where
    K: Kind,
    // Not `AsyncFnOnce`, as in `task_group`.
    B: FnOnce(TryGroup<'env, K, E>) -> F,
    F: Future<Output = Result<R, E>>,
{
    let gate = Gate::new(Location::caller());
    let errors = Errors::default();
    // As in `task_group`.
    let members = Members::new(gate.clone());
    let body = body(TryGroup {
        gate,
        errors: errors.clone(),
    });
    TryGroupFuture {
        run: Run::new(members, body, |ended| ended, errors),
    }
}

/// A way to spawn members; given to the body of [`try_task_group`]. It can be cloned and handed to
/// members.
pub struct TryGroup<'env, K: Kind, E> {
    gate: Arc<Gate<'env, K>>,
    errors: Errors<E>,
}

/// What is done with a member's result: its value goes to its view, its error to the group.
fn settle<T, E>(
    errors: &Errors<E>,
    sender: oneshot::Sender<T>,
) -> impl FnOnce(Result<T, E>) + use<T, E> {
    let errors = errors.clone();
    move |ended| match ended {
        Ok(value) => drop(sender.send(value)),
        Err(error) => errors.lock().push(error),
    }
}

impl<'env, E: Send + 'env> TryGroup<'env, Sendable, E> {
    /// Adds a member. It is polled for the first time after the body's present poll.
    ///
    /// In a group that takes no more members (cancelled, closing or over) the future is dropped
    /// unpolled and the member is `Closed`.
    pub fn spawn<T, F>(&self, future: F) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'env,
        T: Send + 'env,
    {
        let (sender, output) = oneshot::channel();
        let settle = settle(&self.errors, sender);
        self.gate.admit(|| Box::pin(Polled::new(future, settle)));
        Member { output }
    }

    /// As [`TryGroup::spawn`].
    ///
    /// # Errors
    ///
    /// The future, if the group takes no more members.
    pub fn try_spawn<T, F>(&self, future: F) -> Result<Member<T>, F>
    where
        F: Future<Output = Result<T, E>> + Send + 'env,
        T: Send + 'env,
    {
        let (sender, output) = oneshot::channel();
        let settle = settle(&self.errors, sender);
        let mut future = Some(future);
        let future_in = &mut future;
        self.gate.admit(|| {
            let future = future_in.take().expect("a member is made once");
            Box::pin(Polled::new(future, settle))
        });
        match future {
            None => Ok(Member { output }),
            Some(future) => Err(future),
        }
    }

    /// Adds a member that is a task of its own. See
    /// [`Group::spawn_task`](crate::Group::spawn_task); its error is the group's like any member's,
    /// also one that it ends with while it is being cancelled.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn_task<T, F>(&self, work: F) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: 'static,
    {
        let (sender, output) = oneshot::channel();
        if !self.gate.refuses() {
            let settle = settle(&self.errors, sender);
            let member = Joined::new(context::spawn(work), settle);
            self.gate.admit(|| Box::pin(member));
        }
        Member { output }
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
        let settle = settle(&self.errors, sender);
        self.gate.admit(|| Box::pin(Polled::new(future, settle)));
        Member { output }
    }
}

impl<'env, K: Kind, E> TryGroup<'env, K, E> {
    /// At most this many members should run at once: what [`TryGroup::room`] waits for. `spawn`
    /// does not look at it. No limit unless said.
    ///
    /// # Panics
    ///
    /// With a limit of zero, under which no room would ever come.
    pub fn limit(&self, members: usize) {
        self.gate.set_limit(members);
    }

    /// Waits until fewer members run than the limit. See [`Group::room`](crate::Group::room).
    pub fn room(&self) -> Room<'_, 'env, K> {
        Room::new(&self.gate)
    }

    /// Ends the members, without an error of its own. See [`Group::cancel`](crate::Group::cancel).
    /// A member made by `spawn_task` that ends with an error all the same, in the one poll that it
    /// was woken for, fails the group.
    #[track_caller]
    pub fn cancel(&self) {
        self.gate.cancel(Reason::at(By::Group, Location::caller()));
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
    /// A group whose members can fail.
    struct TryGroupFuture<'env, K: Kind, F: Future, R, E> {
        #[pin]
        run: Run<'env, K, F, R, E>,
    }
}

impl<K, F, R, E> Future for TryGroupFuture<'_, K, F, R, E>
where
    K: Kind,
    F: Future<Output = Result<R, E>>,
{
    type Output = Result<R, GroupError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().run.poll(cx).map_err(GroupError::new)
    }
}
