//! RU rows: the end of a program, by itself and by Ctrl-C.
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::pending;
use std::process::{Command, id};
use std::sync::mpsc;
use std::time::Instant;

use tourbillon::signal::ctrl_c;
use tourbillon::task::Builder;
use tourbillon::{Either, Runtime, join, oneshot, race, spawn_blocking};
use tourbillon::{spawn_local, wait_for};

use crate::support::{holds, holds_outside, rest, spawn};
use crate::tools::{Log, OnDrop, in_time, millis, secs, wait_until_asleep};

fn runtime(workers: usize) -> Runtime {
    Runtime::builder().workers(workers).build().unwrap()
}

/// Keeps `guard` for ever.
async fn keep<G>(guard: G) {
    let _guard = guard;
    pending::<()>().await;
}

/// Leaves four tasks behind; the one that was spawned first has ended.
async fn leave_four(log: &Log) {
    // A place that became free is taken by a later one; the order is that of spawning all the same.
    let early = spawn(async {});
    spawn(keep(log.on_drop("a"))).detach();
    early.await.unwrap();
    spawn(keep(log.on_drop("b"))).detach();
    spawn_local(keep(log.on_drop("c"))).detach();
    rest().await;
    spawn(keep(log.on_drop("d, never polled"))).detach();
}

/// The end of the runtime lets a job go that the end of `block_on` has to wait for.
fn end_with_a_job(workers: usize, log: &Log) {
    let (end, ended) = mpsc::channel();
    runtime(workers).block_on(async {
        let (begun, begins) = oneshot::channel();
        let own = log.clone();
        spawn_blocking(move || {
            begun.send(()).unwrap();
            ended.recv().unwrap();
            own.add("job");
        })
        .detach();
        let own = log.clone();
        spawn(keep(OnDrop(move || {
            own.add("task");
            end.send(()).unwrap();
        })))
        .detach();
        begins.await.unwrap();
        rest().await;
    });
}

/// The end of a runtime with a job that does not end: it waits no less than its grace, leaves the
/// job running, and names it and nothing else.
fn end_with_a_stuck_job(workers: usize) {
    let (end, ended) = mpsc::channel::<()>();
    let runtime = runtime(workers);
    let job = runtime.block_on(async {
        let (begun, begins) = oneshot::channel();
        let stuck = Builder::new().name("stuck").spawn_blocking(move || {
            begun.send(()).unwrap();
            let _ = ended.recv();
        });
        spawn(keep(())).detach();
        spawn_blocking(|| ()).await.unwrap();
        begins.await.unwrap();
        stuck
    });
    let since = Instant::now();
    let left = runtime.shutdown(millis(5));
    assert!(since.elapsed() >= millis(5), "it did not wait");
    let names: Vec<_> = left.iter().map(|info| info.name.as_deref()).collect();
    assert_eq!(names, [Some("stuck")]);
    assert_eq!(left[0].place.file(), file!());
    assert!(job.is_cancelled());
    end.send(()).expect("the job still runs");
}

/// The end of a runtime whose tasks and jobs are over, or were only asleep.
fn end_with_nothing_to_report(workers: usize) {
    let runtime = runtime(workers);
    runtime.block_on(async {
        spawn(keep(())).detach();
        spawn_blocking(|| ()).await.unwrap();
    });
    assert!(runtime.shutdown(secs(5)).is_empty());
}

#[test]
fn ru_01_at_the_end_tasks_are_dropped_last_spawned_first_and_a_job_that_stays_is_named() {
    holds_outside(|workers| {
        in_time(move || {
            let log = Log::new();
            let reversed = ["d, never polled", "c", "b", "a"];
            runtime(workers).block_on(leave_four(&log));
            assert_eq!(log.take(), reversed);
            // A runtime that is kept keeps its tasks from one `block_on` to the next.
            let runtime = runtime(workers);
            runtime.block_on(leave_four(&log));
            runtime.block_on(rest());
            assert!(log.take().is_empty());
            assert_eq!(runtime.tasks().len(), 4);
            drop(runtime);
            assert_eq!(log.take(), reversed);
            end_with_a_job(workers, &log);
            assert_eq!(log.take(), ["task", "job"]);
            end_with_a_stuck_job(workers);
            end_with_nothing_to_report(workers);
        });
    });
}

/// What Ctrl-C sends, sent to this process.
fn press_ctrl_c() {
    let command = format!("kill -INT {}", id());
    let status = Command::new("sh").arg("-c").arg(command).status();
    assert!(status.unwrap().success());
}

#[test]
fn ru_02_each_ctrl_c_ends_what_is_raced_against_it() {
    holds(async || {
        let log = Log::new();
        // The first ends the program, the second its clean-up.
        for work in ["the program", "the clean-up"] {
            // `join` polls the left one first: the signal is ours before it is sent.
            let stopped = race(keep(log.on_drop(work)), ctrl_c());
            let (first, ()) = join(stopped, async { press_ctrl_c() }).await;
            assert!(matches!(first, Either::Right(Ok(()))), "{first:?}");
            assert_eq!(log.take(), [work]);
        }
        // Who asks again waits for another.
        assert!(wait_for(ctrl_c(), secs(1)).await.is_err());
        // The thread that announced the last one lets go of its wakers before it sleeps again.
        wait_until_asleep("tourbillon-sign");
    });
}
