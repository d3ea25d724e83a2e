//! [`test()`]: runs a test's future with a virtual clock, a watchdog, and an eye on what is left
//! behind.
//!
//! Always: a hang becomes a failure; a test that leaves a task, a timer or a socket behind fails by
//! name.
//!
//! Leaves out: blocking jobs, which end with the runtime.

use std::future::Future;
use std::panic::Location;
use std::sync::mpsc;
use std::time::Duration;

use crate::builder::Runtime;
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
    let place = Location::caller();
    let _watchdog = Watchdog::start(place);
    let runtime = Runtime::builder().virtual_clock().build();
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

/// Lets the loop drop the tasks that were cancelled.
fn drop_cancelled(runtime: &Runtime) {
    let mut before = usize::MAX;
    while runtime.tasks().len() < before {
        before = runtime.tasks().len();
        runtime.block_on(yield_now());
    }
}

/// What is still alive in a runtime, in words.
fn left_behind(runtime: &Runtime) -> Vec<String> {
    let mut left: Vec<_> = runtime.tasks().iter().map(ToString::to_string).collect();
    let remote = runtime.core().shared().remote();
    let counts = [
        (remote.timers.len(), "timers"),
        (remote.reactor.len(), "sockets"),
    ];
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
