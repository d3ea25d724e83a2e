//! [`task_group`]: members that cannot fail.
//!
//! Leaves out: members that can (`fallible.rs`), and how both are polled (`run.rs`).

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::gate::{Gate, Kind, Local, Room, Sendable};
use super::member::{Joined, Member, Polled};
use super::members::Members;
use super::run::Run;
use crate::context;
use crate::oneshot;
use crate::reason::{By, Reason};
use crate::sync::Arc;

/// Runs `body` and every member that it spawns, and returns the body's output when all are over.
/// asyncio: `async with TaskGroup()`.
///
/// Members may borrow whatever lives outside the call, also mutably, but not locals of the body. A
/// member that spawns siblings holds a clone of the group. `group.spawn` takes `Send` members and
/// leaves the group's future `Send`; `group.spawn_local` takes any; the first call decides.
///
/// `body` is called by this call, which for an async closure runs nothing of it yet.
///
/// # On drop
///
/// The body and all members are dropped, at once; members made by `spawn_task` are cancelled.
///
/// # Panics
///
/// A panic of the body or of a member goes on in the parent when the others are gone: futures
/// dropped, tasks cancelled and over.
///
/// ```
/// use std::time::Duration;
///
/// tourbillon::test(async {
///     let name = String::from("borrowed");
///     let longest = tourbillon::task_group(async |group| {
///         for seconds in [5, 3] {
///             let name = &name;
///             group.spawn(async move {
///                 tourbillon::sleep(Duration::from_secs(seconds)).await;
///                 println!("{name} {seconds}");
///             });
///         }
///         "both"
///     });
///     assert_eq!(longest.await, "both");
/// });
/// ```
#[track_caller]
pub fn task_group<'env, K, B, F>(body: B) -> impl Future<Output = F::Output>
where
    K: Kind,
    // Not `AsyncFnOnce`, whose future has no name: a group could then not be awaited inside of a
    // future that must be `Send`, as that of `spawn`. An async closure is this as well.
    B: FnOnce(Group<'env, K>) -> F,
    F: Future,
{
    let gate = Gate::new(Location::caller());
    // Before the body is called: if that panics, the members that it spawned go.
    let members = Members::new(gate.clone());
    let body = body(Group { gate });
    GroupFuture {
        run: Run::new(members, body, Ok, Arc::default()),
    }
}

/// A way to spawn members; given to the body of [`task_group`]. It can be cloned and handed to
/// members.
pub struct Group<'env, K: Kind> {
    gate: Arc<Gate<'env, K>>,
}

impl<'env> Group<'env, Sendable> {
    /// Adds a member. It is polled for the first time after the body's present poll. asyncio:
    /// `create_task`.
    ///
    /// In a group that takes no more members (cancelled, closing or over) the future is dropped
    /// unpolled and the member is `Closed`.
    pub fn spawn<F>(&self, future: F) -> Member<F::Output>
    where
        F: Future<Output: Send + 'env> + Send + 'env,
    {
        let (sender, output) = oneshot::channel();
        let settle = move |value| drop(sender.send(value));
        self.gate.admit(|| Box::pin(Polled::new(future, settle)));
        Member { output }
    }

    /// As [`Group::spawn`].
    ///
    /// # Errors
    ///
    /// The future, if the group takes no more members.
    pub fn try_spawn<F>(&self, future: F) -> Result<Member<F::Output>, F>
    where
        F: Future<Output: Send + 'env> + Send + 'env,
    {
        let (sender, output) = oneshot::channel();
        let settle = move |value| drop(sender.send(value));
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

    /// Adds a member that is a task of its own, with a place of its own in the run queue. A group
    /// that ends early cancels it and waits until it is over; a group that is dropped can only
    /// cancel it. A panic of the task is the member's.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn_task<F>(&self, work: F) -> Member<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let (sender, output) = oneshot::channel();
        if !self.gate.refuses() {
            let settle = move |value| drop(sender.send(value));
            let member = Joined::new(context::spawn(work), settle);
            self.gate.admit(|| Box::pin(member));
        }
        Member { output }
    }
}

impl<'env> Group<'env, Local> {
    /// As [`Group::spawn`], for members that need not be `Send`.
    pub fn spawn_local<F>(&self, future: F) -> Member<F::Output>
    where
        F: Future<Output: 'env> + 'env,
    {
        let (sender, output) = oneshot::channel();
        let settle = move |value| drop(sender.send(value));
        self.gate.admit(|| Box::pin(Polled::new(future, settle)));
        Member { output }
    }
}

impl<'env, K: Kind> Group<'env, K> {
    /// At most this many members should run at once: what [`Group::room`] waits for. `spawn` does
    /// not look at it. No limit unless said.
    ///
    /// # Panics
    ///
    /// With a limit of zero, under which no room would ever come.
    pub fn limit(&self, members: usize) {
        self.gate.set_limit(members);
    }

    /// Waits until fewer members run than the limit. A member that waits for room counts itself:
    /// with a limit of one it waits for ever.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # tourbillon::test(async {
    /// tourbillon::task_group(async |group| {
    ///     group.limit(2);
    ///     for _ in 0..10 {
    ///         group.room().await;
    ///         group.spawn(tourbillon::sleep(Duration::from_secs(1)));
    ///     }
    /// })
    /// .await;
    /// # });
    /// ```
    pub fn room(&self) -> Room<'_, 'env, K> {
        Room::new(&self.gate)
    }

    /// Ends the members, without an error: those that are futures are dropped before the group's
    /// present or next poll is over, those that are tasks are cancelled and waited for. The body
    /// runs on to its own end; no member can be added any more. asyncio: `TaskGroup.cancel` (3.15).
    ///
    /// May be called by the body, by a member, and on any thread.
    ///
    /// ```
    /// # tourbillon::block_on(async {
    /// let found = tourbillon::task_group(async |group| {
    ///     group.spawn(std::future::pending::<()>());
    ///     group.cancel();
    ///     "enough"
    /// });
    /// assert_eq!(found.await, "enough");
    /// # });
    /// ```
    #[track_caller]
    pub fn cancel(&self) {
        self.gate.cancel(Reason::at(By::Group, Location::caller()));
    }
}

impl<K: Kind> Clone for Group<'_, K> {
    fn clone(&self) -> Self {
        Group {
            gate: self.gate.clone(),
        }
    }
}

impl<K: Kind> fmt::Debug for Group<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Group")
    }
}

pin_project! {
    /// A group that ends without errors.
    struct GroupFuture<'env, K: Kind, F: Future> {
        #[pin]
        run: Run<'env, K, F, F::Output, Infallible>,
    }
}

impl<K: Kind, F: Future> Future for GroupFuture<'_, K, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match ready!(self.project().run.poll(cx)) {
            Ok(output) => Poll::Ready(output),
            Err(_) => unreachable!("members that cannot fail do not"),
        }
    }
}
