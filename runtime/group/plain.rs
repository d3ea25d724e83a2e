//! [`task_group`]: members that cannot fail.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::core::{Gate, Kind, Local, Member, Members, Room, Sendable};
use crate::oneshot;
use crate::sync::Arc;

/// Runs `body` and every member that it spawns, and returns the body's output when all are over.
/// asyncio: `async with TaskGroup()`.
///
/// Members may borrow whatever lives outside the call, also mutably, but not locals of the body. A
/// member that spawns siblings holds a clone of the group. `group.spawn` takes `Send` members and
/// leaves the group's future `Send`; `group.spawn_local` takes any; the first call decides.
///
/// # On drop
///
/// The body and all members are dropped, at once.
///
/// # Panics
///
/// A panic of a member goes through the group into its parent, and the siblings are dropped.
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
pub fn task_group<'env, K, B, F>(body: B) -> impl Future<Output = F::Output>
where
    K: Kind,
    // Not `AsyncFnOnce`, whose future has no name: a group could then not be awaited inside of a
    // future that must be `Send`, as that of `spawn`. An async closure is this as well.
    B: FnOnce(Group<'env, K>) -> F,
    F: Future,
{
    let gate = Gate::new();
    let body = body(Group { gate: gate.clone() });
    GroupFuture {
        body: Some(body),
        output: None,
        members: Members::new(gate),
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
    /// In a group that is over the future is dropped and the member is `Closed`.
    pub fn spawn<F>(&self, future: F) -> Member<F::Output>
    where
        F: Future<Output: Send + 'env> + Send + 'env,
    {
        let (sender, output) = oneshot::channel();
        self.gate
            .admit(|| Box::pin(async move { drop(sender.send(future.await)) }));
        Member { output }
    }

    /// As [`Group::spawn`].
    ///
    /// # Errors
    ///
    /// The future, if the group is over.
    pub fn try_spawn<F>(&self, future: F) -> Result<Member<F::Output>, F>
    where
        F: Future<Output: Send + 'env> + Send + 'env,
    {
        let (sender, output) = oneshot::channel();
        let mut future = Some(future);
        let future_in = &mut future;
        self.gate.admit(|| {
            let future = future_in.take().expect("a member is made once");
            Box::pin(async move { drop(sender.send(future.await)) })
        });
        match future {
            None => Ok(Member { output }),
            Some(future) => Err(future),
        }
    }
}

impl<'env> Group<'env, Local> {
    /// As [`Group::spawn`], for members that need not be `Send`.
    pub fn spawn_local<F>(&self, future: F) -> Member<F::Output>
    where
        F: Future<Output: 'env> + 'env,
    {
        let (sender, output) = oneshot::channel();
        self.gate
            .admit(|| Box::pin(async move { drop(sender.send(future.await)) }));
        Member { output }
    }
}

impl<'env, K: Kind> Group<'env, K> {
    /// At most this many members should run at once: what [`Group::room`] waits for. No limit
    /// unless said.
    ///
    /// # Panics
    ///
    /// With a limit of zero, under which no room would ever come.
    pub fn limit(&self, members: usize) {
        self.gate.set_limit(members);
    }

    /// Waits until fewer members run than the limit.
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
        Room { gate: &self.gate }
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
    /// The future of a group: the body, its output when there is one, and the members.
    struct GroupFuture<'env, K: Kind, F: Future> {
        #[pin]
        body: Option<F>,
        output: Option<F::Output>,
        members: Members<'env, K>,
    }
}

impl<K: Kind, F: Future> Future for GroupFuture<'_, K, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        if let Some(body) = this.body.as_mut().as_pin_mut() {
            if let Poll::Ready(output) = body.poll(cx) {
                *this.output = Some(output);
                this.body.set(None);
            }
        }
        let members = this.members.poll(cx);
        if this.body.is_some() || members.is_pending() {
            this.members.leave_waker(cx);
            return Poll::Pending;
        }
        this.members.close();
        Poll::Ready(
            this.output
                .take()
                .expect("a future is not polled after it was ready"),
        )
    }
}
