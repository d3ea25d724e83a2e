//! The processor time that this process's threads have used, as the kernel counts it in
//! nanoseconds.
//!
//! Leaves out: what a thread used that ended between two looks.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// The processor time of each thread, by its number.
pub(crate) fn time_of_threads() -> BTreeMap<String, Duration> {
    let threads = fs::read_dir("/proc/self/task").expect("a Linux system");
    let times = threads.flatten().filter_map(|thread| {
        let number = thread.file_name().into_string().ok()?;
        // A thread may be gone between the two looks.
        let counts = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        let first = counts.split(' ').next()?;
        Some((number, Duration::from_nanos(first.parse().ok()?)))
    });
    let times: BTreeMap<_, _> = times.collect();
    assert!(!times.is_empty(), "the kernel does not count: no schedstat");
    times
}

/// How much more the threads have used that are there after.
pub(crate) fn growth(
    before: &BTreeMap<String, Duration>,
    after: &BTreeMap<String, Duration>,
) -> Duration {
    let grown = |(number, now): (&String, &Duration)| {
        now.saturating_sub(before.get(number).copied().unwrap_or_default())
    };
    after.iter().map(grown).sum()
}

#[test]
fn work_between_two_looks_is_seen() {
    let before = time_of_threads();
    let mut rounds = 0_u64;
    while growth(&before, &time_of_threads()) < Duration::from_millis(1) {
        rounds += 1;
    }
    assert!(rounds > 0);
}
