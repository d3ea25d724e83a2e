//! Which runtime this thread is in, and what a program can ask of it: [`spawn`], [`Handle`],
//! [`tasks`].
//!
//! Laws:
//!
//! - **Inside or a panic.** What needs a runtime and is called outside of one panics with a message
//!   that names the fix.
//! - **Local is here.** `spawn_local` puts the task on this thread's loop, and there it stays.
//!   `spawn` puts it there too; where there are several workers, on this one's shelf, or beside it,
//!   and others may take it from the shelf. Threads that turn no loop go by a [`Handle`].
//!
//! Leaves out: how a runtime is made (`builder.rs`), and the way in from other threads
//! (`handle.rs`).

use std::cell::RefCell;
use std::future::Future;
use std::panic::Location;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::driver::Remote;
use crate::event_loop::{self, Core};
use crate::handle::Handle;
use crate::pool::Seat;
use crate::sync::{self, thread_local};
use crate::task::share::Share;
use crate::task::{Builder, Task, TaskInfo};

thread_local! {
    static CURRENT: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

/// Ends the stay in a runtime.
pub(crate) struct Stay {
    outer: Option<Handle>,
}

impl Drop for Stay {
    fn drop(&mut self) {
        let inner = CURRENT.try_with(|current| current.replace(self.outer.take()));
        drop(inner);
    }
}

/// The runtime of this thread.
impl Handle {
    /// The runtime that this thread is in. asyncio: `get_running_loop`.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    pub fn current() -> Handle {
        Handle::try_current().unwrap_or_else(|| outside("Handle::current"))
    }

    /// The runtime that this thread is in, if it is in one.
    pub fn try_current() -> Option<Handle> {
        CURRENT
            .try_with(|current| current.borrow().clone())
            .ok()
            .flatten()
    }

    pub(crate) fn enter(&self) -> Stay {
        // As in `Core::enter`: a thread whose locals are gone can still drop a runtime.
        let outer = CURRENT.try_with(|current| current.replace(Some(self.clone())));
        Stay {
            outer: outer.ok().flatten(),
        }
    }
}

#[cold]
#[track_caller]
pub(crate) fn outside(what: &str) -> ! {
    panic!(
        "{what} was called outside of a tourbillon runtime: \
         call it inside tourbillon::block_on(async {{ … }}), or through a Handle"
    )
}

#[track_caller]
fn core(what: &str) -> Rc<Core> {
    event_loop::here().unwrap_or_else(|| outside(what))
}

/// Spawns a task on this thread's runtime. asyncio: `create_task`.
///
/// The task is not polled inside this call. A loop that is alone puts it to the back of its run
/// queue. Where there are several workers ([`Builder::workers`](crate::Builder::workers)) it is
/// this one's to run until another takes it, which may poll it before this call returns.
///
/// # On drop
///
/// Dropping the returned handle cancels the task.
///
/// # Panics
///
/// Outside of a runtime.
///
/// ```
/// # tourbillon::block_on(async {
/// let task = tourbillon::spawn(async { "done" });
/// assert_eq!(task.await.unwrap(), "done");
/// # });
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let core = core("spawn");
    core.spawn(future, core.passport(None, Location::caller()))
}

/// Spawns a task that stays on this thread, so it need not be `Send`: it is polled *and dropped*
/// here, whoever wakes or cancels it.
///
/// It goes to the back of this loop's run queue, and no other worker takes it.
///
/// # On drop
///
/// Dropping the returned handle cancels the task.
///
/// # Panics
///
/// Outside of a runtime.
///
/// ```
/// # tourbillon::block_on(async {
/// let shared = std::rc::Rc::new(42);
/// let task = tourbillon::spawn_local(async move { *shared });
/// assert_eq!(task.await.unwrap(), 42);
/// # });
/// ```
#[track_caller]
pub fn spawn_local<F>(future: F) -> Task<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let core = core("spawn_local");
    core.spawn_local(future, core.passport(None, Location::caller()))
}

/// Runs a call that may block on a thread for such calls. asyncio: `to_thread`.
///
/// The threads are at most 512, made on demand; they leave after ten idle seconds. More jobs wait
/// in a queue.
///
/// # On cancel
///
/// A job that has not begun when its task's turn comes never does. One that has begun runs to its
/// end, since a thread cannot be stopped; its value is dropped, and a panic of it reported as
/// [`Builder::unhandled`](crate::Builder::unhandled) says. The runtime waits for it when it ends,
/// at most its builder's `grace`, and reports by name what still runs then.
///
/// # Panics
///
/// Outside of a runtime. A panic of the call is the task's panic.
///
/// ```
/// # tourbillon::block_on(async {
/// let task = tourbillon::spawn_blocking(|| std::fs::read_to_string("Cargo.toml"));
/// assert!(task.await.unwrap().is_ok());
/// # });
/// ```
#[track_caller]
pub fn spawn_blocking<T, C>(call: C) -> Task<T>
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    match Handle::try_current() {
        Some(handle) => handle.spawn_blocking(call),
        None => outside("spawn_blocking"),
    }
}

/// The live tasks of this thread's runtime, of all its workers, first spawned first. asyncio:
/// `all_tasks`.
///
/// # Panics
///
/// Outside of a runtime.
///
/// ```
/// # tourbillon::block_on(async {
/// let task = tourbillon::task::Builder::new().name("sleeper").spawn(std::future::pending::<()>());
/// tourbillon::yield_now().await;
/// assert_eq!(tourbillon::tasks()[0].name.as_deref(), Some("sleeper"));
/// # drop(task);
/// # });
/// ```
#[track_caller]
pub fn tasks() -> Vec<TaskInfo> {
    core("tasks").tasks()
}

/// Which worker of its runtime this thread is: 0 inside `block_on`, from 1 on the others that
/// [`Builder::workers`](crate::Builder::workers) asked for. `None`: this thread turns no loop.
///
/// An [`Observer`](crate::Observer) that asks hears which worker an event comes from.
///
/// ```
/// assert_eq!(tourbillon::worker(), None);
/// tourbillon::block_on(async { assert_eq!(tourbillon::worker(), Some(0)) });
/// ```
pub fn worker() -> Option<usize> {
    let core = event_loop::here()?;
    Some(core.seat().map_or(0, Seat::worker))
}

/// The time by the clock of this thread's runtime: virtual or real; outside of a runtime the real
/// time. asyncio: `loop.time`.
pub fn now() -> Instant {
    match event_loop::here() {
        Some(core) => core.shared().remote().clock.now(),
        None => sync::now(),
    }
}

/// Moves this runtime's virtual clock forward by hand. What is due by then fires at the end of the
/// turn.
///
/// # Panics
///
/// Outside of a runtime, in one whose clock is real, and if the time is beyond what a clock can
/// reach.
///
/// ```
/// use std::time::Duration;
///
/// tourbillon::test(async {
///     let before = tourbillon::now();
///     tourbillon::advance(Duration::from_secs(3));
///     assert_eq!(tourbillon::now() - before, Duration::from_secs(3));
/// });
/// ```
#[track_caller]
pub fn advance(by: Duration) {
    let core = core("advance");
    assert!(
        core.shared().remote().clock.advance(by),
        "advance needs a virtual clock: make the runtime with Runtime::builder().virtual_clock()"
    );
    core.fellows().tell_others(core.shared().remote());
    core.look_soon();
}

/// What a sleep or a socket needs of this thread's loop.
#[track_caller]
pub(crate) fn remote(what: &str) -> Share<Remote> {
    core(what).shared().remote().clone()
}

/// Spawning what was named.
impl Builder {
    /// As [`spawn`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let core = core("task::Builder::spawn");
        core.spawn(future, core.passport(self.name, Location::caller()))
    }

    /// As [`spawn_local`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let core = core("task::Builder::spawn_local");
        core.spawn_local(future, core.passport(self.name, Location::caller()))
    }

    /// As [`spawn_blocking`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn_blocking<T, C>(self, call: C) -> Task<T>
    where
        C: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        match Handle::try_current() {
            Some(handle) => handle.spawn_blocking_named(call, self.name, Location::caller()),
            None => outside("task::Builder::spawn_blocking"),
        }
    }
}
