//! Programs that spawn: from tasks, from tasks of tasks, from other threads, between two `block_on`.

use std::future::Future;
use std::pin::Pin;

use tourbillon::{join_all, oneshot, spawn, spawn_local, worker, yield_now};

use crate::explore::explore;
use crate::support::{Drops, Outcome, pool, this_thread};

static OTHER_RAN_IT: Outcome = Outcome::new("another worker ran a task of the first's");
static ALL_STAYED: Outcome = Outcome::new("the first worker ran them all");

#[test]
fn each_of_many_tasks_runs_to_its_end_once() {
    let name = "spawning::each_of_many_tasks_runs_to_its_end_once";
    explore(name, 3_000, &[&OTHER_RAN_IT, &ALL_STAYED], || {
        let runtime = pool(3);
        let drops = Drops::default();
        let ran = runtime.block_on(async {
            let tasks = (0..8).map(|n| {
                let guard = drops.guard();
                spawn(async move {
                    yield_now().await;
                    drop(guard);
                    (n, worker())
                })
            });
            join_all(tasks.collect::<Vec<_>>()).await
        });
        let ran: Vec<_> = ran.into_iter().map(Result::unwrap).collect();
        let numbers: Vec<_> = ran.iter().map(|(n, _)| *n).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(drops.count(), 8);
        let moved = ran.iter().any(|(_, worker)| *worker != Some(0));
        OTHER_RAN_IT.note(moved);
        ALL_STAYED.note(!moved);
    });
}

/// The number of leaves of a tree of tasks, each of which waits for its two children.
fn leaves(depth: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        if depth == 0 {
            return 1;
        }
        let (left, right) = (spawn(leaves(depth - 1)), spawn(leaves(depth - 1)));
        left.await.unwrap() + right.await.unwrap()
    })
}

#[test]
fn tasks_that_spawn_tasks_that_spawn_are_all_waited_for() {
    let name = "spawning::tasks_that_spawn_tasks_that_spawn_are_all_waited_for";
    explore(name, 2_000, &[], || {
        assert_eq!(pool(3).block_on(leaves(3)), 8);
    });
}

static LEFT_OVER: Outcome = Outcome::new("a task was left over for the second block_on");
static OVER_BEFORE: Outcome = Outcome::new("a task was over when the first block_on returned");

#[test]
fn what_is_left_over_goes_on_in_the_next_block_on() {
    let name = "spawning::what_is_left_over_goes_on_in_the_next_block_on";
    explore(name, 3_000, &[&LEFT_OVER, &OVER_BEFORE], || {
        let runtime = pool(2);
        let (tasks, senders): (Vec<_>, Vec<_>) = runtime.block_on(async {
            let pairs = (0..4).map(|n| {
                let (sender, receiver) = oneshot::channel::<u32>();
                let task = spawn(async move {
                    yield_now().await;
                    match n {
                        3 => receiver.await.unwrap(),
                        n => n,
                    }
                });
                (task, sender)
            });
            let pairs = pairs.collect::<Vec<_>>();
            yield_now().await;
            pairs.into_iter().unzip()
        });
        let over = tasks.iter().filter(|task| task.is_finished()).count();
        LEFT_OVER.note(over < 3);
        OVER_BEFORE.note(over > 0);
        // Nothing turns here, and a wake is kept.
        for sender in senders {
            let _ = sender.send(7);
        }
        let after = tasks.iter().filter(|task| task.is_finished()).count();
        assert_eq!(after, over, "something turned outside of block_on");
        let ended = runtime.block_on(join_all(tasks));
        let ended: Vec<_> = ended.into_iter().map(Result::unwrap).collect();
        assert_eq!(ended, [0, 1, 2, 7]);
    });
}

static LOCAL_ELSEWHERE: Outcome = Outcome::new("a local task stood on another worker");

#[test]
fn a_local_task_runs_where_it_was_spawned() {
    let name = "spawning::a_local_task_runs_where_it_was_spawned";
    explore(name, 3_000, &[&LOCAL_ELSEWHERE], || {
        pool(2).block_on(async {
            let tasks = (0..3).map(|_| {
                spawn(async {
                    let here = this_thread();
                    LOCAL_ELSEWHERE.note(worker() != Some(0));
                    let local = spawn_local(async move {
                        assert_eq!(this_thread(), here);
                        yield_now().await;
                        assert_eq!(this_thread(), here);
                        3
                    });
                    // Its handle is `Send`: whoever polls this task next waits for it from there.
                    yield_now().await;
                    local.await.unwrap()
                })
            });
            let sum: u32 = join_all(tasks.collect::<Vec<_>>())
                .await
                .into_iter()
                .map(Result::unwrap)
                .sum();
            assert_eq!(sum, 9);
        });
    });
}

static SPAWNED_INSIDE: Outcome = Outcome::new("a thread's task was run");
static SPAWNED_TOO_LATE: Outcome = Outcome::new("a thread's task came too late");

#[test]
fn what_a_thread_spawns_runs_or_is_cancelled_by_the_end_and_is_dropped() {
    let name = "spawning::what_a_thread_spawns_runs_or_is_cancelled_by_the_end_and_is_dropped";
    explore(name, 4_000, &[&SPAWNED_INSIDE, &SPAWNED_TOO_LATE], || {
        let runtime = pool(2);
        let (drops, ran) = (Drops::default(), Drops::default());
        let (handle, guards, runs) = (runtime.handle(), drops.clone(), ran.clone());
        let thread = shuttle::thread::spawn(move || {
            let tasks = (0..3).map(|_| {
                let (guard, run) = (guards.guard(), runs.guard());
                handle.spawn(async move {
                    drop(run);
                    yield_now().await;
                    drop(guard);
                })
            });
            tasks.collect::<Vec<_>>()
        });
        runtime.block_on(async {
            for _ in 0..3 {
                yield_now().await;
            }
        });
        drop(runtime);
        let tasks = thread.join().unwrap();
        assert!(tasks.iter().all(|task| task.is_finished()));
        assert_eq!(drops.count(), 3);
        SPAWNED_TOO_LATE.note(tasks.iter().any(|task| task.is_cancelled()));
        SPAWNED_INSIDE.note(tasks.iter().any(|task| !task.is_cancelled()));
        drop(tasks);
    });
}
