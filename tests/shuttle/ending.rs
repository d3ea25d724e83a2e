//! Programs that end things: tasks by a cancel or a panic, runtimes with whatever is left in them.

use std::future::{pending, ready};

use tourbillon::{join_all, oneshot, sleep, spawn, spawn_local, worker, yield_now};

use crate::explore::explore;
use crate::support::{Drops, Outcome, millis, panic_quietly, pool, this_thread, word_of};

static CANCELLED: Outcome = Outcome::new("a task was cancelled");
static CAME_TOO_LATE: Outcome = Outcome::new("a cancel came too late");

#[test]
fn a_cancel_ends_a_task_wherever_it_stands_or_is_taken() {
    let name = "ending::a_cancel_ends_a_task_wherever_it_stands_or_is_taken";
    explore(name, 4_000, &[&CANCELLED, &CAME_TOO_LATE], || {
        let drops = Drops::default();
        pool(3).block_on(async {
            let tasks = (0..5).map(|n| {
                let guard = drops.guard();
                spawn(async move {
                    let _guard = guard;
                    yield_now().await;
                    yield_now().await;
                    n
                })
            });
            let tasks: Vec<_> = tasks.collect();
            let cancellers: Vec<_> = tasks.iter().map(|task| task.canceller()).collect();
            // From another worker, most likely, while thieves are about.
            let cancels =
                spawn(async move { cancellers.iter().filter(|all| all.cancel()).count() });
            let mut cancelled = 0;
            for (task, n) in tasks.into_iter().zip(0..) {
                match task.await {
                    Ok(value) => assert_eq!(value, n),
                    Err(error) => {
                        assert!(error.is_cancelled());
                        cancelled += 1;
                    }
                }
            }
            assert_eq!(
                drops.count(),
                5,
                "a task was over before its future was dropped"
            );
            let won = cancels.await.unwrap();
            // A cancel that wins over a poll that has a value loses to the value.
            assert!(cancelled <= won);
            CANCELLED.note(cancelled > 0);
            CAME_TOO_LATE.note(cancelled < 5);
        });
    });
}

static DROPPED_ELSEWHERE: Outcome = Outcome::new("a handle was dropped on another worker");

#[test]
fn a_handle_that_another_worker_drops_cancels_a_local_task_at_home() {
    let name = "ending::a_handle_that_another_worker_drops_cancels_a_local_task_at_home";
    explore(name, 4_000, &[&DROPPED_ELSEWHERE], || {
        let drops = Drops::default();
        let runtime = pool(2);
        runtime.block_on(async {
            let tasks = [(); 2].map(|()| {
                let guard = drops.guard();
                spawn(async move {
                    let (here, spawner) = (this_thread(), worker());
                    let at_home = OnDrop(move || assert_eq!(this_thread(), here));
                    let local = spawn_local(async move {
                        let _both = (guard, at_home);
                        pending::<()>().await;
                    });
                    let drops_it = spawn(async move {
                        DROPPED_ELSEWHERE.note(worker() != spawner);
                        drop(local);
                    });
                    drops_it.await.unwrap();
                })
            });
            for ended in join_all(tasks).await {
                ended.unwrap();
            }
        });
        drop(runtime);
        assert_eq!(drops.count(), 2);
    });
}

/// Does something when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

static LOCALS_ON_TWO: Outcome = Outcome::new("local tasks were left on both workers");
static LEFT_UNPOLLED: Outcome = Outcome::new("a task was left that no worker had polled");

#[test]
fn the_end_drops_what_is_left_on_each_worker_at_home() {
    let name = "ending::the_end_drops_what_is_left_on_each_worker_at_home";
    explore(name, 4_000, &[&LOCALS_ON_TWO, &LEFT_UNPOLLED], || {
        let runtime = pool(2);
        let (drops, begun) = (Drops::default(), Drops::default());
        let workers = runtime.block_on(async {
            let tasks = (0..4).map(|_| {
                let (guard, local, mark) = (drops.guard(), drops.guard(), begun.guard());
                spawn(async move {
                    drop(mark);
                    let _guard = guard;
                    let here = this_thread();
                    let at_home = OnDrop(move || assert_eq!(this_thread(), here));
                    let left = spawn_local(async move {
                        let _both = (local, at_home);
                        sleep(millis(1_000)).await;
                    });
                    left.detach();
                    worker()
                })
            });
            let mut tasks = tasks.collect::<Vec<_>>();
            let last = tasks.pop().unwrap();
            let first = [
                tasks.remove(0).await.unwrap(),
                tasks.remove(0).await.unwrap(),
            ];
            LEFT_UNPOLLED.note(begun.count() < 4);
            last.detach();
            first
        });
        LOCALS_ON_TWO.note(workers[0] != workers[1]);
        drop(runtime);
        assert_eq!(drops.count(), 8);
    });
}

static SPAWNED_BY_DROPS: Outcome = Outcome::new("a drop spawned at the end");

#[test]
fn what_drops_spawn_and_send_while_a_runtime_ends_is_dropped_too() {
    let name = "ending::what_drops_spawn_and_send_while_a_runtime_ends_is_dropped_too";
    explore(name, 4_000, &[&SPAWNED_BY_DROPS], || {
        let runtime = pool(2);
        let drops = Drops::default();
        let received = runtime.block_on(async {
            let (sender, receiver) = oneshot::channel();
            let (guard, inner) = (drops.guard(), drops.guard());
            let spawns = spawn(async move {
                let mut last = Some((sender, inner));
                let _spawns = OnDrop(move || {
                    SPAWNED_BY_DROPS.note(true);
                    if let Some((sender, inner)) = last.take() {
                        let _ = sender.send(());
                        spawn(async move { drop(inner) }).detach();
                    }
                });
                let _guard = guard;
                pending::<()>().await;
            });
            spawns.detach();
            let waits = spawn(receiver);
            yield_now().await;
            waits
        });
        drop(runtime);
        assert!(received.is_finished());
        assert_eq!(drops.count(), 2);
    });
}

static PANICKED_ELSEWHERE: Outcome = Outcome::new("a task panicked on another worker");

#[test]
fn a_panic_ends_its_task_and_costs_no_worker() {
    let name = "ending::a_panic_ends_its_task_and_costs_no_worker";
    explore(name, 3_000, &[&PANICKED_ELSEWHERE], || {
        let drops = Drops::default();
        pool(2).block_on(async {
            let tasks = (0..4).map(|n| {
                let guard = drops.guard();
                spawn(async move {
                    let _guard = guard;
                    yield_now().await;
                    if n % 2 == 0 {
                        PANICKED_ELSEWHERE.note(worker() != Some(0));
                        panic_quietly("even");
                    }
                    let local = spawn_local(async move { panic_quietly("local") });
                    let error: tourbillon::TaskError =
                        local.await.map(|never: ()| never).unwrap_err();
                    word_of(error.into_panic())
                })
            });
            for (n, ended) in join_all(tasks.collect::<Vec<_>>())
                .await
                .into_iter()
                .enumerate()
            {
                match ended {
                    Ok(word) => assert_eq!((n % 2, word), (1, "local")),
                    Err(error) => assert_eq!((n % 2, word_of(error.into_panic())), (0, "even")),
                }
            }
            assert_eq!(drops.count(), 4);
            // Both workers still turn.
            let more = join_all((0..4).map(|n| spawn(ready(n))).collect::<Vec<_>>()).await;
            assert_eq!(more.into_iter().map(Result::unwrap).sum::<u32>(), 6);
        });
    });
}

static BUSY_AT_THE_END: Outcome = Outcome::new("the root panicked while another worker polled");

#[test]
fn a_panic_of_the_root_goes_through_block_on_and_the_runtime_lives() {
    let name = "ending::a_panic_of_the_root_goes_through_block_on_and_the_runtime_lives";
    explore(name, 3_000, &[&BUSY_AT_THE_END], || {
        let runtime = pool(2);
        let (sender, receiver) = oneshot::channel();
        let task = std::cell::RefCell::new(None);
        let root = std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let waits = spawn(async move {
                    yield_now().await;
                    receiver.await.unwrap()
                });
                *task.borrow_mut() = Some(waits);
                yield_now().await;
                panic_quietly("root")
            })
        });
        let panicked: Result<(), _> = std::panic::catch_unwind(root);
        assert_eq!(word_of(panicked.unwrap_err()), "root");
        let task: tourbillon::Task<u32> = task.into_inner().unwrap();
        BUSY_AT_THE_END.note(!task.is_finished());
        sender.send(5).unwrap();
        assert_eq!(runtime.block_on(task).unwrap(), 5);
    });
}

static JOB_RAN: Outcome = Outcome::new("a blocking job gave its value");

#[test]
fn a_job_that_blocks_wakes_whoever_waits_on_whichever_worker() {
    let name = "ending::a_job_that_blocks_wakes_whoever_waits_on_whichever_worker";
    explore(name, 2_000, &[&JOB_RAN], || {
        let sum = pool(2).block_on(async {
            let tasks = (0..3).map(|n| {
                spawn(async move { tourbillon::spawn_blocking(move || n).await.unwrap() })
            });
            let values = join_all(tasks.collect::<Vec<_>>()).await;
            values.into_iter().map(Result::unwrap).sum::<u32>()
        });
        JOB_RAN.note(true);
        assert_eq!(sum, 3);
    });
}
