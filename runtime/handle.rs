//! [`Handle`]: the way into a runtime from any thread.
//!
//! Always: it keeps no runtime alive, and it never hangs on one that has ended.
//!
//! Leaves out: local tasks, which have no way in from other threads, and what a blocking job is
//! (`jobs.rs`).

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::Location;
use std::time::Duration;

use crate::blocking::Pool;
use crate::driver::clock::ClockHold;
use crate::driver::fellows::Fellows;
use crate::event_loop::watch::report;
use crate::event_loop::{self, Core, Shared};
use crate::jobs::{Label, Running, job, refusal, wait_for_job};
use crate::observe::Unhandled;
use crate::pool::Berth;
use crate::sync::Arc;
use crate::task::passport::Passport;
use crate::task::share::Share;
use crate::task::{Task, TaskInfo};

/// A way into a runtime from any thread. asyncio: `loop.call_soon_threadsafe`,
/// `run_coroutine_threadsafe`.
///
/// It can be cloned and sent; it does not keep the runtime alive. What is spawned on a runtime that
/// has ended resolves as cancelled by shutdown.
///
/// ```
/// # tourbillon::block_on(async {
/// let handle = tourbillon::Handle::current();
/// let thread = std::thread::spawn(move || handle.spawn(async { 42 }));
/// let task = thread.join().unwrap();
/// assert_eq!(task.await.unwrap(), 42);
/// # });
/// ```
#[derive(Clone)]
pub struct Handle(Arc<Parts>);

struct Parts {
    /// The first worker's loop, if there are several.
    shared: Share<Shared>,
    /// The way into a pool.
    berth: Option<Share<Berth>>,
    fellows: Fellows,
    blocking: Pool,
    names: Pool,
    /// The blocking jobs that run.
    jobs: Arc<Running>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

impl Handle {
    /// A way into the runtime whose first loop this is; the two pools are of threads for calls that
    /// block.
    pub(crate) fn new(core: &Core, blocking: Pool, names: Pool) -> Handle {
        let shared = core.shared().clone();
        // The seat's own share: the seat gives back what home hoards of it.
        let berth = core.seat().map(|seat| seat.berth().clone());
        Handle(Arc::new(Parts {
            berth,
            fellows: core.fellows(),
            shared,
            blocking,
            names,
            jobs: Arc::default(),
        }))
    }

    /// Spawns a task on this runtime, from any thread. It starts at the loop's next turn; where
    /// there are several workers, on the first that has time. On a thread that turns a loop of this
    /// runtime it is [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_as(future, self.0.shared.passport(None, Location::caller()))
    }

    /// As [`Handle::spawn`] on a thread that turns no loop, wherever this is.
    #[track_caller]
    pub(crate) fn spawn_for_any<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let passport = self.0.shared.passport(None, Location::caller());
        self.spawn_from_outside(future, passport)
    }

    fn spawn_as<F>(&self, future: F, passport: Passport) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match event_loop::here() {
            Some(core) if self.leads_to(&core) => core.spawn(future, passport),
            _ => self.spawn_from_outside(future, passport),
        }
    }

    fn spawn_from_outside<F>(&self, future: F, passport: Passport) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match &self.0.berth {
            Some(berth) => Berth::spawn(berth, future, passport),
            None => Shared::spawn(&self.0.shared, future, passport),
        }
    }

    /// Whether this loop is the runtime's, or one of them.
    fn leads_to(&self, core: &Core) -> bool {
        match core.seat() {
            None => core.shared().is_same(&self.0.shared),
            Some(seat) => seat.workers().first().is_same(&self.0.shared),
        }
    }

    /// Runs `call`, which may block, on a thread for such calls. See
    /// [`spawn_blocking`](crate::spawn_blocking).
    #[track_caller]
    pub fn spawn_blocking<T, C>(&self, call: C) -> Task<T>
    where
        C: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_blocking_named(call, None, Location::caller())
    }

    pub(crate) fn spawn_blocking_named<T, C>(
        &self,
        call: C,
        name: Option<Box<str>>,
        place: &'static Location<'static>,
    ) -> Task<T>
    where
        C: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let parts = &self.0;
        let passport = parts.shared.passport(name, place);
        let label = Label::new(&passport, parts.shared.clone(), parts.jobs.clone());
        let (job, receiver) = job(call, self.hold_clock(), Some(label));
        let refused = parts.blocking.submit(job).err().map(refusal);
        let wait = async move {
            match refused {
                None => wait_for_job(receiver).await,
                Some(error) => panic!("no thread for a blocking job: {error}"),
            }
        };
        self.spawn_as(wait, passport)
    }

    /// Lets the virtual clock of this runtime flow with real time while the hold lives.
    pub fn hold_clock(&self) -> ClockHold {
        let clock = &self.0.shared.remote().clock;
        ClockHold::new(clock.clone(), self.0.fellows.clone())
    }

    /// Runs a name look-up on the threads kept for them, where no stuck job stands in its way.
    pub(crate) async fn look_up<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (job, receiver) = job(call, self.hold_clock(), None);
        if let Err(refused) = self.0.names.submit(job) {
            return Err(refusal(refused));
        }
        wait_for_job(receiver).await
    }

    /// Closes both pools of threads for calls that block; says which blocking jobs still run after
    /// `grace`.
    pub(crate) fn close_pools(&self, grace: Duration) -> Vec<TaskInfo> {
        self.0.names.close(Duration::ZERO);
        self.0.blocking.close(grace);
        self.0.jobs.list()
    }

    /// Writes down what a runtime left when it ended.
    pub(crate) fn report_left(&self, left: &[TaskInfo]) {
        if self.0.shared.on_unhandled() != Unhandled::Ignore {
            for task in left {
                report(format_args!("left when the runtime ended: {task}"));
            }
        }
    }
}
