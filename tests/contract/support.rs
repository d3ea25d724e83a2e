//! How a row is run: once, or twice with a look at what it left alive.

use std::path::Path;

use crate::allocations::live;

/// Set in the child process of `leaks.rs`, whose rows run twice.
pub(crate) const TWICE: &str = "TOURBILLON_CONTRACT_TWICE";

/// Runs a row on a loop of its own with a virtual clock and a watchdog; registry, wheel and slab
/// are asserted empty when it ends.
pub(crate) fn holds(row: impl AsyncFn()) {
    holds_outside(|| tourbillon::test(row()));
}

/// Runs a row that makes its runtimes itself.
pub(crate) fn holds_outside(row: impl Fn()) {
    let threads = own_threads();
    row();
    if std::env::var_os(TWICE).is_some() {
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
