//! [`Handle`]: the way into a runtime from any thread, and the jobs that it runs on threads of
//! their own.
//!
//! Laws:
//!
//! - **A value before its hold.** A blocking job sends its value before it lets the virtual clock
//!   go, so the clock cannot jump past it.
//! - **Not begun, never run.** A job whose task was cancelled while it stood in the queue is not
//!   begun.
//!
//! Leaves out: local tasks, which have no way in from other threads.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::time::Duration;

use crate::blocking::{Job, Pool, Refused};
use crate::driver::Remote;
use crate::driver::clock::ClockHold;
use crate::event_loop::{self, Shared};
use crate::observe::WaitsFor;
use crate::oneshot;
use crate::sync::Arc;
use crate::task::Task;

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
    shared: Arc<Shared>,
    blocking: Pool,
    names: Pool,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>, blocking: Pool, names: Pool) -> Handle {
        Handle(Arc::new(Parts {
            shared,
            blocking,
            names,
        }))
    }

    /// Spawns a task on this runtime, from any thread. It starts at the loop's next turn.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_named(future, None, Location::caller())
    }

    pub(crate) fn spawn_named<F>(
        &self,
        future: F,
        name: Option<Box<str>>,
        place: &'static Location<'static>,
    ) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match event_loop::here() {
            Some(core) if Arc::ptr_eq(core.shared(), &self.0.shared) => {
                core.spawn(future, name, place)
            }
            _ => Shared::spawn(&self.0.shared, future, name, place),
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
        let place = Location::caller();
        let (job, receiver) = job(call, self.hold_clock());
        let refused = self.0.blocking.submit(job).err().map(drop_job);
        let wait = async move {
            match refused {
                None => wait_for_job(receiver).await,
                Some(error) => panic!("no thread for a blocking job: {error}"),
            }
        };
        self.spawn_named(wait, None, place)
    }

    /// Lets the virtual clock of this runtime flow with real time while the hold lives.
    pub fn hold_clock(&self) -> ClockHold {
        ClockHold::new(self.remote().clone())
    }

    pub(crate) fn remote(&self) -> &Arc<Remote> {
        self.0.shared.remote()
    }

    /// Runs a name look-up on the threads kept for them, where no stuck job stands in its way.
    pub(crate) async fn look_up<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (job, receiver) = job(call, self.hold_clock());
        if let Err(refused) = self.0.names.submit(job) {
            return Err(drop_job(refused));
        }
        wait_for_job(receiver).await
    }

    /// Closes both pools; says how many jobs still run after `grace`.
    pub(crate) fn close_pools(&self, grace: Duration) -> usize {
        self.0.names.close(Duration::ZERO);
        self.0.blocking.close(grace)
    }
}

/// The job was refused and is dropped; the reason stays.
fn drop_job(refused: Refused) -> io::Error {
    match refused {
        Refused::Closed(_job) => io::Error::other("the runtime has ended"),
        Refused::NoThread(_job, error) => error,
    }
}

type Outcome<T> = std::thread::Result<T>;

/// Wraps a call into a job that sends its outcome, and is not begun if nobody waits any more.
fn job<T: Send + 'static>(
    call: impl FnOnce() -> T + Send + 'static,
    hold: ClockHold,
) -> (Job, oneshot::Receiver<Outcome<T>>) {
    let (sender, receiver) = oneshot::channel_for(WaitsFor::Blocking);
    let job = Box::new(move || {
        // A value before its hold: `hold` is dropped at the end, after the value was sent.
        let _hold = hold;
        if !sender.is_closed() {
            // Nobody waits any more: then the outcome is dropped here.
            drop(sender.send(catch_unwind(AssertUnwindSafe(call))));
        }
    });
    (job, receiver)
}

async fn wait_for_job<T>(receiver: oneshot::Receiver<Outcome<T>>) -> T {
    match receiver.await {
        Ok(Ok(value)) => value,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(oneshot::Closed) => panic!("the runtime ended before this blocking job began"),
    }
}
