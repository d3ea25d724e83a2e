//! How a row is run: on one loop, on two workers or on both; once, or twice with a look at what it
//! left alive.
//!
//! Always: the function that a test calls says where its row holds, and `docs/contract.md` marks
//! the same (`tests/tidy.rs` compares the two).

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use tourbillon::internals::spawn_for_any;
pub(crate) use tourbillon::internals::{rest, test_on, workers};
use tourbillon::{Task, spawn_local};

use crate::allocations::live;

/// Set in the child process of `leaks.rs`, whose rows run twice.
pub(crate) const TWICE: &str = "TOURBILLON_CONTRACT_TWICE";

/// How often a row runs on two workers; another number by this variable.
const ROUNDS: usize = 6;
const ROUNDS_BY: &str = "TOURBILLON_CONTRACT_ROUNDS";

/// Runs a row in a runtime of its own with a virtual clock and a watchdog, on one loop and on two
/// workers; registry, wheels and slabs are asserted empty when it ends.
pub(crate) fn holds(row: impl AsyncFn()) {
    holds_outside(|workers| test_on(workers, row()));
}

/// Runs a row that makes its runtimes itself, with so many workers each.
pub(crate) fn holds_outside(row: impl Fn(usize)) {
    without_leaks(|| row(1));
    on_two_workers_outside(row);
}

/// As [`holds`], for a row that promises an order or a turn: what is asked of tasks in general on
/// one loop is asked of local tasks on two workers. They come from [`spawn_in_order`].
pub(crate) fn holds_in_order(row: impl AsyncFn()) {
    struct Outer(bool);
    impl Drop for Outer {
        fn drop(&mut self) {
            IN_ORDER.set(self.0);
        }
    }
    let _outer = Outer(IN_ORDER.replace(true));
    holds(row);
}

thread_local! {
    /// This thread runs a row that promises an order.
    static IN_ORDER: Cell<bool> = const { Cell::new(false) };
}

/// Spawns a task of a row that promises an order: with several workers, a local one.
#[track_caller]
pub(crate) fn spawn_in_order<F>(future: F) -> Task<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    assert!(
        IN_ORDER.get(),
        "a row that promises an order says so by `holds_in_order`"
    );
    match workers() {
        1 => tourbillon::spawn(future),
        _ => spawn_local(future),
    }
}

/// As [`holds`], for a row that promises what only one loop can.
pub(crate) fn on_one_loop(row: impl AsyncFn()) {
    on_one_loop_outside(|| test_on(1, row()));
}

/// As [`on_one_loop`], for a row that makes its runtimes itself.
pub(crate) fn on_one_loop_outside(row: impl Fn()) {
    without_leaks(row);
}

/// Runs a row that needs no runtime.
pub(crate) fn outside_of_a_loop(row: impl Fn()) {
    without_leaks(row);
}

/// As [`holds`], for a row that promises what only several workers can.
pub(crate) fn on_two_workers(row: impl AsyncFn()) {
    on_two_workers_outside(|workers| test_on(workers, row()));
}

/// As [`on_two_workers`], for a row that makes its runtimes itself.
pub(crate) fn on_two_workers_outside(row: impl Fn(usize)) {
    if is_run_twice() {
        return without_leaks(|| row(2));
    }
    let rounds = std::env::var(ROUNDS_BY)
        .map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    (0..rounds).for_each(|_| row(2));
}

/// Spawns a task. With several workers it is, now and then, ready on this worker, ready for any, and
/// begun by another one, so that a row's tasks are really on both.
#[track_caller]
pub(crate) fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    static SPAWNED: AtomicUsize = AtomicUsize::new(0);
    if workers() < 2 {
        return tourbillon::spawn(future);
    }
    // The sequence is in step with no row's number of spawns.
    let mixed = SPAWNED.fetch_add(1, SeqCst).wrapping_mul(0x9E37_79B9) >> 16;
    match mixed % 3 {
        0 => tourbillon::spawn(future),
        1 => spawn_for_any(future),
        _ => {
            let begun = Arc::new(AtomicBool::new(false));
            let own = begun.clone();
            let task = spawn_for_any(async move {
                own.store(true, SeqCst);
                future.await
            });
            // The other worker may be waiting here too: so not for ever.
            for _ in 0..1_000 {
                if begun.load(SeqCst) {
                    break;
                }
                std::thread::yield_now();
            }
            task
        }
    }
}

fn is_run_twice() -> bool {
    std::env::var_os(TWICE).is_some()
}

fn without_leaks(row: impl Fn()) {
    let threads = own_threads();
    row();
    if is_run_twice() {
        // What is made once and lives as long as the process or a thread is no leak, be it the
        // row's (lazy locals, buffers) or the test harness's own: a leak grows with every run.
        let mut before = settled(threads);
        let grows = (0..3).all(|_| {
            row();
            let after = settled(threads);
            std::mem::replace(&mut before, after) != after
        });
        assert!(!grows, "every run leaves allocations behind");
    }
}

/// The live allocations, when the threads that the row started are gone.
fn settled(threads: usize) -> isize {
    while own_threads() > threads {
        std::thread::yield_now();
    }
    live()
}

/// The threads of this process but the runtime's signal thread, which stays once it was started.
fn own_threads() -> usize {
    let entries = std::fs::read_dir("/proc/self/task").expect("Linux lists a process's threads");
    let names = entries.flatten().map(|task| name(&task.path()));
    names
        .filter(|name| !name.starts_with("tourbillon-sign"))
        .count()
}

/// Empty if the thread has ended meanwhile.
fn name(task: &Path) -> String {
    std::fs::read_to_string(task.join("comm")).unwrap_or_default()
}
