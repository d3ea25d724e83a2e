//! [`test()`]: runs a test's future with a virtual clock, a watchdog, and an eye on what is left
//! behind.
//!
//! Always: a hang becomes a failure; a test that leaves a task, a timer or a socket behind fails by
//! name.
//!
//! For the runtime's own tests: the same with several workers, a rest until nothing is ready, and a
//! spawn that lets any worker have the task first.
//!
//! Leaves out: blocking jobs, which end with the runtime.

use std::future::Future;
use std::panic::Location;
use std::sync::mpsc;
use std::time::Duration;

use crate::builder::Runtime;
use crate::event_loop;
use crate::handle::Handle;
use crate::task::Task;
use crate::time::yield_now;

/// How long a test may take in real time; its own time is virtual.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs `future` on a runtime of its own with a virtual clock, so that sleeping takes no time.
///
/// # Panics
///
/// If the future panics; if it ends while a task, a timer or a socket of its runtime is left (await
/// what you spawn, or cancel it and await that). If it takes longer than a minute of real time the
/// process is aborted, since a thread that hangs cannot be stopped in any other way.
///
/// ```
/// use std::time::Duration;
///
/// tourbillon::test(async {
///     tourbillon::sleep(Duration::from_secs(3_600)).await;
/// });
/// ```
#[track_caller]
pub fn test<F: Future>(future: F) -> F::Output {
    test_on(1, future)
}

/// As [`test()`], on a runtime of so many workers.
#[track_caller]
pub fn test_on<F: Future>(workers: usize, future: F) -> F::Output {
    let place = Location::caller();
    let _watchdog = Watchdog::start(place);
    let runtime = Runtime::builder().virtual_clock().workers(workers).build();
    let runtime = runtime.expect("the operating system gives a loop its descriptors");
    let output = runtime.block_on(future);
    drop_cancelled(&runtime);
    let left = left_behind(&runtime);
    assert!(
        left.is_empty(),
        "left behind by the test at {place}: {}",
        left.join("; ")
    );
    output
}

/// How many workers this thread's runtime has; 0 outside of one.
pub fn workers() -> usize {
    event_loop::here().map_or(0, |core| core.fellows().iter().count())
}

/// Lets what is ready run: on one loop the next turn, as [`yield_now`]; on several workers all of
/// it, until nothing but this future is ready in any of them. It takes no time of a virtual clock.
///
/// Of two that rest at once, each is ready to the other: neither comes to an end.
pub async fn rest() {
    yield_now().await;
    while !is_alone() {
        yield_now().await;
    }
}

/// Whether, where there are several workers, nothing but the task that asks is ready.
fn is_alone() -> bool {
    let core = event_loop::here().expect("it is polled by a loop");
    let Some(seat) = core.seat() else {
        return true;
    };
    core.is_idle() && seat.workers().is_asleep_but(seat.worker())
}

/// As [`spawn`](crate::spawn), but as from a thread that turns no loop: whichever worker has time
/// first polls it first.
#[track_caller]
pub fn spawn_for_any<F>(future: F) -> Task<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    Handle::current().spawn_for_any(future)
}

/// Lets the loops drop the tasks that were cancelled.
fn drop_cancelled(runtime: &Runtime) {
    let mut before = usize::MAX;
    while runtime.tasks().len() < before {
        before = runtime.tasks().len();
        runtime.block_on(rest());
    }
}

/// What is still alive in a runtime, in words.
fn left_behind(runtime: &Runtime) -> Vec<String> {
    let mut left: Vec<_> = runtime.tasks().iter().map(ToString::to_string).collect();
    let (mut timers, mut sockets) = (0, 0);
    for remote in runtime.core().fellows().iter() {
        timers += remote.timers.len();
        sockets += remote.reactor.len();
    }
    let counts = [(timers, "timers"), (sockets, "sockets")];
    left.extend(
        counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(n, what)| format!("{n} {what}")),
    );
    left
}

/// Aborts the process unless it is dropped in time.
struct Watchdog {
    _alive: mpsc::Sender<()>,
}

impl Watchdog {
    fn start(place: &'static Location<'static>) -> Watchdog {
        let (alive, over) = mpsc::channel();
        std::thread::spawn(move || {
            if over.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
                eprintln!("the test at {place} hangs: not over after {LIMIT:?}");
                std::process::abort();
            }
        });
        Watchdog { _alive: alive }
    }
}
