//! Many tasks and many timers: nothing is lost, nothing is left, and what each costs (K1, K43).
//!
//! What is measured is measured in a process of its own and printed:
//!
//!     cargo test --release --test it -- scale:: --nocapture

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use tourbillon::{Runtime, Task, sleep, spawn, tasks, test, yield_now};

use crate::support::{Count, alone, secs};

/// A line of `/proc/self/status`, in bytes.
pub(crate) fn memory(line: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let value = status
        .lines()
        .find_map(|other| other.strip_prefix(line))
        .unwrap();
    let kilobytes = value
        .trim_matches([':', ' ', '\t'])
        .strip_suffix(" kB")
        .unwrap();
    kilobytes.trim().parse::<usize>().unwrap() * 1024
}

#[test]
fn a_hundred_thousand_tasks_that_yield_three_times_all_end_and_leave_nothing() {
    const TASKS: usize = 100_000;
    let began = Instant::now();
    test(async {
        let polls = Count::new();
        let work = || {
            let polls = polls.clone();
            spawn(async move {
                for _ in 0..3 {
                    polls.add();
                    yield_now().await;
                }
                polls.add();
            })
        };
        let all: Vec<_> = (0..TASKS).map(|_| work()).collect();
        assert_eq!(tasks().len(), TASKS);
        for task in all {
            task.await.unwrap();
        }
        assert_eq!(polls.get(), 4 * TASKS);
        assert!(tasks().is_empty());
    });
    println!("{TASKS} tasks, three yields each: {:?}", began.elapsed());
}

#[test]
fn a_million_sleeping_tasks_take_less_than_260_megabytes_and_all_wake() {
    const TASKS: usize = 1_000_000;
    // A static, so that it is not part of what a task takes.
    static ASLEEP: AtomicUsize = AtomicUsize::new(0);
    static AWAKE: AtomicUsize = AtomicUsize::new(0);
    if !alone("scale::a_million_sleeping_tasks_take_less_than_260_megabytes_and_all_wake") {
        return;
    }
    let began = Instant::now();
    test(async {
        let before = memory("VmRSS");
        for n in 0..TASKS as u64 {
            let task = spawn(async move {
                ASLEEP.fetch_add(1, Relaxed);
                sleep(secs(1 + n % 3_600)).await;
                AWAKE.fetch_add(1, Relaxed);
            });
            task.detach();
        }
        while ASLEEP.load(Relaxed) < TASKS {
            yield_now().await;
        }
        let resident = memory("VmRSS") - before;
        sleep(secs(3_601)).await;
        assert_eq!(AWAKE.load(Relaxed), TASKS);
        let most = memory("VmHWM") - before;
        assert!(tasks().is_empty());
        let each = |bytes| bytes / TASKS;
        println!(
            "{TASKS} sleeping tasks: {} bytes each, {} at most",
            each(resident),
            each(most)
        );
        assert!(most < 260_000_000, "{most} bytes");
    });
    println!(
        "they were spawned, slept and ended in {:?}",
        began.elapsed()
    );
}

#[test]
fn a_runtime_of_many_tasks_ends_without_running_them() {
    let (polls, drops) = (Count::new(), Count::new());
    let runtime = Runtime::new().unwrap();
    let kept: Vec<Task<()>> = runtime.block_on(async {
        let start = |_| {
            let guard = drops.on_drop();
            spawn(polls.polls(async move { drop(guard) }))
        };
        (0..100_000).map(start).collect()
    });
    drop(runtime);
    assert_eq!((polls.get(), drops.get()), (0, 100_000));
    assert!(kept.iter().all(Task::is_cancelled));
}
