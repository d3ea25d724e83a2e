//! A runtime and its options.
//!
//! Laws:
//!
//! - **Nothing turns outside `block_on`.** Between two calls a runtime keeps its tasks, asleep.
//! - **Nothing is left.** When a runtime ends, every task's future has been dropped, last spawned
//!   first, where it must be: a local one at home. No socket or timer of it can hang, and the
//!   threads of its workers are joined. What cannot be ended, a blocking job that is stuck and
//!   drops that spawn without end, is named.
//!
//! Leaves out: what the loops of several workers do (`pool/`), and their threads (`threads.rs`).

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use crate::blocking::Pool;
use crate::driver::clock::Clock;
use crate::event_loop::{self, Core, Options};
use crate::handle::Handle;
use crate::observe::{Observer, Unhandled};
use crate::panics::carry_on;
use crate::pool::roster::MOST;
use crate::pool::start as pool;
use crate::reason::Reason;
use crate::sync::Arc;
use crate::sync::atomic::AtomicU64;
use crate::task::TaskInfo;
use crate::threads::Threads;

/// Threads for calls that block; more jobs wait in the queue.
const BLOCKING_THREADS: usize = 512;
/// Threads for name look-ups, which never queue behind stuck jobs.
const NAME_THREADS: usize = 8;
/// How long an idle thread stays.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Runs one future to its end on a loop of its own, on this thread. asyncio: `asyncio.run`.
///
/// When the future is ready, tasks that are left are cancelled, last spawned first, and blocking
/// jobs that run are waited for, at most 5 s ([`Builder::grace`]), and reported by name if they
/// still run then. To keep tasks from one call to
/// the next use a [`Runtime`].
///
/// # Panics
///
/// Inside of a runtime: await the future there instead, or go to another thread by
/// `spawn_blocking`. And if the operating system refuses a descriptor; [`Runtime::new`] gives that
/// as an error.
///
/// ```
/// use std::time::Duration;
///
/// let answer = tourbillon::block_on(async {
///     tourbillon::sleep(Duration::from_millis(1)).await;
///     42
/// });
/// assert_eq!(answer, 42);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    refuse_nesting();
    let runtime = Runtime::new().expect("the operating system gives a loop its descriptors");
    runtime.run(future, Location::caller())
}

#[track_caller]
fn refuse_nesting() {
    assert!(
        event_loop::here().is_none(),
        "block_on was called inside of a tourbillon runtime, whose loop would stand still: \
         await the future instead, or call block_on inside spawn_blocking"
    );
}

/// A loop with its run queue, timers, sockets and threads for calls that block, or several of them
/// ([`Builder::workers`]). asyncio: `Runner`.
///
/// It stays on its thread (`!Send`); other threads reach it by its [`Handle`]. Its tasks run only
/// inside [`Runtime::block_on`].
///
/// # On drop
///
/// As [`Runtime::shutdown`] with the builder's grace. What is left then is written to the standard
/// error stream, unless [`Builder::unhandled`] says `Ignore`.
pub struct Runtime {
    core: Rc<Core>,
    handle: Handle,
    threads: Threads,
    grace: Duration,
    ended: bool,
}

impl Runtime {
    /// A runtime with the builder's defaults.
    ///
    /// # Errors
    ///
    /// What the operating system says when it refuses a descriptor.
    pub fn new() -> io::Result<Runtime> {
        Runtime::builder().build()
    }

    /// Options for a runtime.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Runs `future` to its end, and the runtime's tasks meanwhile; they stay for the next call.
    ///
    /// # Panics
    ///
    /// Inside of a runtime. A panic of the future goes through; the tasks stay.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = tourbillon::Runtime::new()?;
    /// let task = runtime.block_on(async { tourbillon::spawn(async { 42 }) });
    /// assert_eq!(runtime.block_on(task).unwrap(), 42);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        refuse_nesting();
        self.run(future, Location::caller())
    }

    fn run<F: Future>(&self, future: F, place: &'static Location<'static>) -> F::Output {
        let _stay = self.handle.enter();
        let _open = self.core.seat().map(|seat| seat.workers().open());
        self.core.block_on(future, place)
    }

    /// A way in for other threads.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The live tasks, first spawned first.
    pub fn tasks(&self) -> Vec<TaskInfo> {
        self.core.tasks()
    }

    /// Ends the runtime: cancels all tasks, last spawned first, drops their futures here, and waits
    /// for blocking jobs that run, at most `grace` of real time. Says what was left then: the jobs
    /// that still run, and tasks beyond the 100,000 that drops may spawn meanwhile.
    ///
    /// Local tasks of other workers are dropped on their own threads, which are gone when this
    /// returns.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// use std::{sync::mpsc, time::Duration};
    ///
    /// let runtime = tourbillon::Runtime::new()?;
    /// let (stuck, release) = mpsc::channel::<()>();
    /// let begun = runtime.block_on(async {
    ///     let (begun, begins) = tourbillon::oneshot::channel();
    ///     let job = move || begun.send(()).map(|()| release.recv());
    ///     tourbillon::task::Builder::new().name("stuck").spawn_blocking(job).detach();
    ///     begins.await
    /// });
    /// assert!(begun.is_ok());
    /// let left = runtime.shutdown(Duration::from_millis(1));
    /// assert_eq!(left[0].name.as_deref(), Some("stuck"));
    /// # drop(stuck);
    /// # Ok(())
    /// # }
    /// ```
    pub fn shutdown(mut self, grace: Duration) -> Vec<TaskInfo> {
        // First: an end that panics is not to be gone through again by the drop.
        self.ended = true;
        self.end(grace)
    }

    fn end(&mut self, grace: Duration) -> Vec<TaskInfo> {
        let _stay = self.handle.enter();
        let _mark = Reason::shutdown().mark_if_first();
        let (mut left, panic) = self.core.shutdown();
        self.threads.join();
        left.extend(self.handle.close_pools(grace));
        if panic.is_some() {
            // Nobody will be given the list.
            self.handle.report_left(&left);
            left.clear();
        }
        carry_on(panic);
        left
    }

    /// What `test` looks at when its future is ready.
    pub(crate) fn core(&self) -> &Core {
        &self.core
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if !self.ended {
            let left = self.end(self.grace);
            self.handle.report_left(&left);
        }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("tasks", &self.core.live_tasks())
            .finish()
    }
}

/// Options for a [`Runtime`]; made by [`Runtime::builder`].
#[must_use]
pub struct Builder {
    workers: usize,
    virtual_clock: bool,
    settle: Duration,
    grace: Duration,
    slow_poll: Option<Duration>,
    unhandled: Unhandled,
    observer: Option<Box<dyn Observer>>,
}

impl Builder {
    fn new() -> Builder {
        Builder {
            workers: 1,
            virtual_clock: false,
            settle: Duration::from_millis(5),
            grace: Duration::from_secs(5),
            slow_poll: None,
            unhandled: Unhandled::Report,
            observer: None,
        }
    }

    /// So many threads, each with a loop of its own, that take work from each other; 1 unless said.
    ///
    /// The thread inside [`Runtime::block_on`] is the first worker and polls the future given to
    /// it. The others turn only while it is there: `block_on` returns when each of them has ended
    /// the turn in which it hears of that, which is some polls later if it has much to do. A task
    /// of [`spawn`](crate::spawn) runs on whichever worker has time: one that is woken is the
    /// waking worker's to run, or, woken from another thread, that of the worker that ran it last,
    /// until one with nothing to do takes it away. A task of [`spawn_local`](crate::spawn_local)
    /// stays with the worker that spawned it. A socket stays with the worker that made it, a timer
    /// with the one that first polled it; both can be used from all. Orders that one worker alone
    /// promises hold among the local tasks of each.
    ///
    /// A poll that computes for long delays what is its worker's own: timers, sockets, local tasks,
    /// and one task that it has woken or spawned itself, if that is all that it made ready. The
    /// others take the rest, within a millisecond or so if they have nothing to do.
    ///
    /// # Panics
    ///
    /// If `workers` is 0, or more than 56.
    ///
    /// ```
    /// let runtime = tourbillon::Runtime::builder().workers(2).build()?;
    /// let sum = runtime.block_on(async {
    ///     let halves = [0..500_u64, 500..1_000];
    ///     let tasks = halves.map(|half| tourbillon::spawn(async move { half.sum::<u64>() }));
    ///     let sums = tourbillon::join_all(tasks).await;
    ///     sums.into_iter().sum::<Result<u64, _>>()
    /// });
    /// assert_eq!(sum.unwrap(), 499_500);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn workers(mut self, workers: usize) -> Builder {
        assert!(
            (1..=MOST).contains(&workers),
            "a runtime has 1 to {MOST} workers, not {workers}"
        );
        self.workers = workers;
        self
    }

    /// A clock that jumps to the next deadline as soon as nothing is ready, so that sleeping takes
    /// no time.
    ///
    /// While a blocking job runs, or a [`ClockHold`](crate::ClockHold) lives, it flows with real
    /// time instead. While a socket is waited for it jumps only after the sockets were silent for
    /// the [`settle`](Builder::settle) time: meant for programs with both ends in this process.
    pub fn virtual_clock(mut self) -> Builder {
        self.virtual_clock = true;
        self
    }

    /// How long, in real time, the sockets must be silent before a virtual clock jumps; 5 ms unless
    /// said.
    pub fn settle(mut self, silence: Duration) -> Builder {
        self.settle = silence;
        self
    }

    /// How long the runtime waits, when it ends, for blocking jobs that run; 5 s unless said.
    pub fn grace(mut self, grace: Duration) -> Builder {
        self.grace = grace;
        self
    }

    /// Reports every poll that takes this long or longer, in real time, after it ended: as
    /// [`Event::SlowPoll`] to the observer or, without one, on the standard error stream. asyncio:
    /// `slow_callback_duration`.
    ///
    /// Costs two readings of the clock a poll.
    ///
    /// [`Event::SlowPoll`]: crate::Event::SlowPoll
    pub fn slow_poll(mut self, limit: Duration) -> Builder {
        self.slow_poll = Some(limit);
        self
    }

    /// What becomes of a panic that nobody looked at when the task's handle is gone, and of the
    /// error of a task that was let go by
    /// [`Task::detach_reporting`](crate::Task::detach_reporting): reported unless said. asyncio:
    /// "exception was never retrieved".
    ///
    /// ```
    /// use tourbillon::{Runtime, Unhandled};
    ///
    /// let runtime = Runtime::builder().unhandled(Unhandled::Abort).build()?;
    /// runtime.block_on(async { tourbillon::spawn(async { 1 + 1 }).detach() });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn unhandled(mut self, what: Unhandled) -> Builder {
        self.unhandled = what;
        self
    }

    /// Somebody who hears every event of the runtime.
    pub fn observer(mut self, observer: impl Observer) -> Builder {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Makes the runtime.
    ///
    /// # Errors
    ///
    /// What the operating system says when it refuses a descriptor, or a worker's thread.
    pub fn build(self) -> io::Result<Runtime> {
        let clock = if self.virtual_clock {
            Clock::virtual_clock()
        } else {
            Clock::real()
        };
        let options = Options {
            settle: self.settle,
            slow_poll: self.slow_poll,
            unhandled: self.unhandled,
            observer: self.observer.map(Arc::new),
            numbers: Arc::new(AtomicU64::new(1)),
        };
        let (core, others) = match self.workers {
            1 => (Core::new(clock, options)?, Vec::new()),
            workers => pool::start(&clock, &options, workers)?,
        };
        let blocking = Pool::new("blocking", BLOCKING_THREADS, KEEP_ALIVE);
        let names = Pool::new("names", NAME_THREADS, KEEP_ALIVE);
        let handle = Handle::new(&core, blocking, names);
        let mut runtime = Runtime {
            core,
            handle,
            threads: Threads::default(),
            grace: self.grace,
            ended: false,
        };
        for worker in others {
            runtime.threads.start(&runtime.handle, worker)?;
        }
        Ok(runtime)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("workers", &self.workers)
            .field("virtual_clock", &self.virtual_clock)
            .finish_non_exhaustive()
    }
}
