//! What the runtime says about itself: the words of its events, and the [`Observer`] that hears
//! them.
//!
//! Laws:
//!
//! - **Free when absent.** Without an observer an event costs one predictable branch and is not
//!   even built.
//! - **Outside locks.** An observer is user code: it is never called under a lock or a borrow of
//!   the runtime.
//! - **In order.** The events of one thread arrive in the order in which things happened on it.
//!
//! Leaves out: storage, clocks and output formats, which are an observer's business.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::reason::Reason;

/// The number of a task, unique within its runtime and counted from 1: of two tasks the one that is
/// known to have been spawned first has the lower number. One that is spawned from another thread
/// may leave a gap.
///
/// The future given to `block_on` is not a task; in events it has the number 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub(crate) u64);

impl Id {
    /// The future given to `block_on`.
    pub(crate) const ROOT: Id = Id(0);
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a suspended task waits for, as its own leaf future said when it returned `Pending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// It was spawned and has not been polled yet.
    FirstPoll,
    /// Its place in the run queue: it yielded, or used up the budget of its last poll.
    Queue,
    /// A deadline.
    Timer,
    /// Another task.
    Task(Id),
    /// A value from a one-shot sender.
    OneShot,
    /// A socket that can be read.
    Readable,
    /// A socket that can be written.
    Writable,
    /// A job on the threads for calls that block.
    Blocking,
    /// A signal of the operating system.
    Signal,
    /// Children of a set: `join_all`, `as_completed`, `wait` or a group.
    Children,
    /// Room in a group with a limit.
    Room,
    /// A future that is not of this runtime: its waker is held by somebody else.
    Foreign,
}

impl WaitsFor {
    /// Packs the wait into one word, so that it can be read while its task runs elsewhere.
    #[inline]
    pub(crate) fn pack(self) -> u64 {
        match self {
            WaitsFor::FirstPoll => 0,
            WaitsFor::Queue => 1,
            WaitsFor::Timer => 2,
            WaitsFor::OneShot => 3,
            WaitsFor::Readable => 4,
            WaitsFor::Writable => 5,
            WaitsFor::Blocking => 6,
            WaitsFor::Signal => 7,
            WaitsFor::Children => 8,
            WaitsFor::Room => 9,
            WaitsFor::Foreign => 10,
            WaitsFor::Task(id) => 11 | id.0 << 8,
        }
    }

    pub(crate) fn unpack(word: u64) -> WaitsFor {
        match word & 0xff {
            0 => WaitsFor::FirstPoll,
            1 => WaitsFor::Queue,
            2 => WaitsFor::Timer,
            3 => WaitsFor::OneShot,
            4 => WaitsFor::Readable,
            5 => WaitsFor::Writable,
            6 => WaitsFor::Blocking,
            7 => WaitsFor::Signal,
            8 => WaitsFor::Children,
            9 => WaitsFor::Room,
            10 => WaitsFor::Foreign,
            11 => WaitsFor::Task(Id(word >> 8)),
            _ => unreachable!("pack wrote the word"),
        }
    }
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitsFor::FirstPoll => f.write_str("its first poll"),
            WaitsFor::Queue => f.write_str("its place in the run queue"),
            WaitsFor::Timer => f.write_str("a timer"),
            WaitsFor::Task(id) => write!(f, "task {id}"),
            WaitsFor::OneShot => f.write_str("a one-shot value"),
            WaitsFor::Readable => f.write_str("a socket to become readable"),
            WaitsFor::Writable => f.write_str("a socket to become writable"),
            WaitsFor::Blocking => f.write_str("a blocking job"),
            WaitsFor::Signal => f.write_str("a signal"),
            WaitsFor::Children => f.write_str("its children"),
            WaitsFor::Room => f.write_str("room in a group"),
            WaitsFor::Foreign => f.write_str("a waker held by somebody else"),
        }
    }
}

/// How one poll of a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned `Pending` and sleeps until it is woken.
    Pending,
    /// It returned `Pending` and was woken meanwhile: it goes to the back of the queue.
    Again,
    /// It is over: finished, panicked, or cancelled and dropped.
    Over,
}

/// One thing that happened in a runtime.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A task was made.
    Spawned {
        /// Its number.
        task: Id,
        /// Its name, if it has one.
        name: Option<&'a str>,
        /// Where it was spawned.
        place: &'static Location<'static>,
    },
    /// A task, or the future of `block_on`, was put into the run queue; a task of several workers,
    /// where one of them will take it.
    Queued {
        /// Its number.
        task: Id,
        /// The wake came from a thread that is not the loop's, nor any worker's if the task may
        /// move.
        remote: bool,
    },
    /// A turn of the loop begins.
    Turn {
        /// Turns are counted from 1.
        number: u64,
        /// How many entries stand in the run queue. Of several workers: all that may move are one.
        ready: usize,
    },
    /// A task, or the future of `block_on`, is about to be polled, or dropped if it was cancelled.
    PollStarted {
        /// Its number.
        task: Id,
    },
    /// That poll is over.
    PollEnded {
        /// Its number.
        task: Id,
        /// How it ended.
        outcome: Outcome,
    },
    /// A task was cancelled, and its future is dropped.
    Cancelled {
        /// Its number.
        task: Id,
        /// Who cancelled it, why and where.
        reason: Reason,
    },
    /// A task failed, and nobody is left who could look at it: it panicked and its handle is gone,
    /// or it was let go by `detach_reporting` and ended with an error.
    Unhandled {
        /// Its number.
        task: Id,
        /// Its name, if it has one.
        name: Option<&'a str>,
        /// Where it was spawned.
        place: &'static Location<'static>,
        /// How it failed, in words.
        what: &'a str,
    },
    /// A poll took the builder's `slow_poll` or longer.
    SlowPoll {
        /// Its number.
        task: Id,
        /// Its name, if it has one.
        name: Option<&'a str>,
        /// Where it was spawned; for the future of `block_on`, where that was called.
        place: &'static Location<'static>,
        /// How long the poll took, in real time.
        took: Duration,
    },
    /// A worker that has nothing to do took a task that another was to poll.
    Stolen {
        /// Its number.
        task: Id,
        /// The number of the worker that it was taken from; see [`worker`](crate::worker).
        from: usize,
    },
    /// Nothing is ready: the loop's thread is about to sleep.
    Parked {
        /// How far away the next deadline is, if there is one.
        limit: Option<Duration>,
    },
    /// The loop's thread is awake again, or the virtual clock has jumped.
    Unparked,
    /// The loop looked at the reactor and the clock.
    Looked {
        /// How many wakers of sockets and timers the look found.
        found: usize,
    },
}

/// What becomes of a failure that nobody is left to look at; given to `Builder::unhandled`. An
/// observer hears of it in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unhandled {
    /// It is written to the standard error stream.
    #[default]
    Report,
    /// It is written to the standard error stream, and the process is aborted.
    Abort,
    /// Nothing.
    Ignore,
}

/// Hears every [`Event`] of a runtime; given to `Builder::observer`.
///
/// Most events come from a loop's own thread; [`Event::Queued`], [`Event::Spawned`],
/// [`Event::Cancelled`] and [`Event::Unhandled`] may come from any.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use tourbillon::{Event, Observer, Runtime};
///
/// static POLLS: AtomicUsize = AtomicUsize::new(0);
///
/// struct CountPolls;
///
/// impl Observer for CountPolls {
///     fn event(&self, event: &Event<'_>) {
///         if let Event::PollStarted { .. } = event {
///             POLLS.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let runtime = Runtime::builder().observer(CountPolls).build()?;
/// runtime.block_on(tourbillon::yield_now());
/// assert_eq!(POLLS.load(Ordering::Relaxed), 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Called at each event. It delays the runtime for as long as it runs; a panic of it goes no
    /// further than the panic hook.
    fn event(&self, event: &Event<'_>);
}
