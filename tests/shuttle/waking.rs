//! Programs that wake each other: one-shots, groups, time limits and races over tasks on other workers.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;

use tourbillon::{
    Either, as_completed, join_all, oneshot, race, spawn, spawn_local, task_group, wait_for,
    worker, yield_now,
};

use crate::explore::explore;
use crate::support::{Drops, Outcome, millis, pool, this_thread};

static FAR_PLAYERS: Outcome = Outcome::new("the players sat on different workers");

#[test]
fn two_tasks_play_ping_pong() {
    let name = "waking::two_tasks_play_ping_pong";
    explore(name, 4_000, &[&FAR_PLAYERS], || {
        let played = pool(2).block_on(async {
            let (mut there, mut back) = (Vec::new(), Vec::new());
            let (mut serves, mut returns) = (Vec::new(), Vec::new());
            for _ in 0..4 {
                let (sender, receiver) = oneshot::channel();
                serves.push(sender);
                there.push(receiver);
                let (sender, receiver) = oneshot::channel();
                returns.push(sender);
                back.push(receiver);
            }
            let ping = spawn(async move {
                let mut played = 0;
                for (serve, back) in serves.into_iter().zip(back) {
                    serve.send(worker()).unwrap();
                    FAR_PLAYERS.note(back.await.unwrap() != worker());
                    played += 1;
                }
                played
            });
            let pong = spawn(async move {
                for (there, returned) in there.into_iter().zip(returns) {
                    there.await.unwrap();
                    returned.send(worker()).unwrap();
                }
            });
            pong.await.unwrap();
            ping.await.unwrap()
        });
        assert_eq!(played, 4);
    });
}

static WOKEN_FROM_AFAR: Outcome = Outcome::new("a local task was woken from another worker");

#[test]
fn a_local_task_that_another_worker_wakes_goes_on_at_home() {
    let name = "waking::a_local_task_that_another_worker_wakes_goes_on_at_home";
    explore(name, 4_000, &[&WOKEN_FROM_AFAR], || {
        let sum = pool(3).block_on(async {
            let (senders, receivers): (Vec<_>, Vec<_>) =
                (0..3).map(|_| oneshot::channel::<usize>()).unzip();
            let waiters = receivers.into_iter().map(|receiver| {
                spawn(async {
                    let here = this_thread();
                    let local = spawn_local(async move {
                        let from = receiver.await.unwrap();
                        assert_eq!(this_thread(), here);
                        WOKEN_FROM_AFAR.note(Some(from) != worker());
                        1
                    });
                    local.await.unwrap()
                })
            });
            let waiters = waiters.collect::<Vec<_>>();
            let senders = senders.into_iter().map(|sender| {
                spawn(async move {
                    yield_now().await;
                    sender.send(worker().unwrap()).unwrap();
                })
            });
            join_all(senders.collect::<Vec<_>>()).await;
            let ones = join_all(waiters).await;
            ones.into_iter().map(Result::unwrap).sum::<u32>()
        });
        assert_eq!(sum, 3);
    });
}

static GROUP_ON_TWO: Outcome = Outcome::new("tasks of a group ran on several workers");

#[test]
fn a_group_waits_for_its_members_and_for_its_tasks_on_other_workers() {
    let name = "waking::a_group_waits_for_its_members_and_for_its_tasks_on_other_workers";
    explore(name, 3_000, &[&GROUP_ON_TWO], || {
        let drops = Drops::default();
        let guards = drops.clone();
        let sum = pool(2).block_on(async move {
            let outer = spawn(task_group(async move |group| {
                let tasks = [1, 2, 3].map(|n| {
                    let guard = guards.guard();
                    group.spawn_task(async move {
                        let _guard = guard;
                        yield_now().await;
                        (n, worker())
                    })
                });
                let (sender, receiver) = oneshot::channel();
                let member = group.spawn(receiver);
                let mut sum = 0;
                let mut workers = Vec::new();
                for task in tasks {
                    let (n, worker) = task.await.unwrap();
                    sum += n;
                    workers.push(worker);
                }
                GROUP_ON_TWO.note(workers.iter().any(|worker| *worker != workers[0]));
                sender.send(4).unwrap();
                sum + member.await.unwrap().unwrap()
            }));
            outer.await.unwrap()
        });
        assert_eq!((sum, drops.count()), (10, 3));
    });
}

static IN_TIME: Outcome = Outcome::new("the task came in time");
static TOO_LATE: Outcome = Outcome::new("the limit came first");

#[test]
fn a_time_limit_over_a_task_on_another_worker_ends_with_one_of_the_two() {
    let name = "waking::a_time_limit_over_a_task_on_another_worker_ends_with_one_of_the_two";
    explore(name, 4_000, &[&IN_TIME, &TOO_LATE], || {
        let runtime = pool(2);
        let drops = Drops::default();
        runtime.block_on(async {
            let limits = [1, 2].map(|n| {
                let guard = drops.guard();
                spawn(async move {
                    let slow = spawn(async move {
                        let _guard = guard;
                        // On a virtual clock equal deadlines of two workers fire in either order.
                        tourbillon::sleep(millis(1)).await;
                        n
                    });
                    wait_for(slow, millis(1)).await
                })
            });
            for (limit, n) in join_all(limits).await.into_iter().zip(1..) {
                match limit.unwrap() {
                    Ok(value) => {
                        IN_TIME.note(true);
                        assert_eq!(value.unwrap(), n);
                    }
                    Err(_) => TOO_LATE.note(true),
                }
            }
        });
        drop(runtime);
        assert_eq!(drops.count(), 2);
    });
}

static LEFT_WON: Outcome = Outcome::new("the left one won");
static RIGHT_WON: Outcome = Outcome::new("the right one won");

#[test]
fn a_race_of_two_tasks_has_a_winner_and_the_loser_is_cancelled() {
    let name = "waking::a_race_of_two_tasks_has_a_winner_and_the_loser_is_cancelled";
    explore(name, 4_000, &[&LEFT_WON, &RIGHT_WON], || {
        let runtime = pool(3);
        let drops = Drops::default();
        runtime.block_on(async {
            let runners = [(); 2].map(|()| {
                let guard = drops.guard();
                spawn(async move {
                    let _guard = guard;
                    yield_now().await;
                    yield_now().await;
                })
            });
            let [left, right] = runners;
            let won_left = matches!(race(left, right).await, Either::Left(Ok(())));
            LEFT_WON.note(won_left);
            RIGHT_WON.note(!won_left);
        });
        drop(runtime);
        assert_eq!(drops.count(), 2);
    });
}

static OUT_OF_ORDER: Outcome = Outcome::new("tasks ended in another order than they were spawned");

#[test]
fn as_completed_gives_each_task_of_other_workers_once() {
    let name = "waking::as_completed_gives_each_task_of_other_workers_once";
    explore(name, 3_000, &[&OUT_OF_ORDER], || {
        pool(3).block_on(async {
            let tasks = (0..4).map(|n| {
                spawn(async move {
                    yield_now().await;
                    n
                })
            });
            let mut ends = as_completed(tasks.collect::<Vec<_>>());
            let mut order = Vec::new();
            while let Some((_, end)) = ends.next().await {
                order.push(end.unwrap());
            }
            OUT_OF_ORDER.note(!order.is_sorted());
            order.sort_unstable();
            assert_eq!(order, [0, 1, 2, 3]);
        });
    });
}

/// Waits for either of two, without dropping the one that is not ready.
async fn both<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(move |cx| {
        if first.is_none() {
            if let Poll::Ready(output) = one.as_mut().poll(cx) {
                first = Some(output);
            }
        }
        if second.is_none() {
            if let Poll::Ready(output) = other.as_mut().poll(cx) {
                second = Some(output);
            }
        }
        match (first.take(), second.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (one, other) => {
                (first, second) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
}

#[test]
fn the_root_is_woken_by_other_workers_and_by_threads_of_the_users() {
    let name = "waking::the_root_is_woken_by_other_workers_and_by_threads_of_the_users";
    explore(name, 4_000, &[], || {
        let (near, receiver) = oneshot::channel();
        let (far, other) = oneshot::channel();
        let thread = shuttle::thread::spawn(move || far.send(2).unwrap());
        let sum = pool(2).block_on(async move {
            let task = spawn(async move { near.send(1).unwrap() });
            let (one, two) = both(receiver, other).await;
            task.await.unwrap();
            one.unwrap() + two.unwrap()
        });
        thread.join().unwrap();
        assert_eq!(sum, 3);
    });
}

static BUSY_TO_THE_END: Outcome =
    Outcome::new("a task that never rests was still there at the end");

#[test]
fn a_task_that_never_rests_keeps_nobody_from_running() {
    let name = "waking::a_task_that_never_rests_keeps_nobody_from_running";
    explore(name, 2_000, &[&BUSY_TO_THE_END], || {
        let runtime = pool(2);
        let drops = Drops::default();
        runtime.block_on(async {
            for _ in 0..2 {
                let guard = drops.guard();
                let busy = spawn(async move {
                    let _guard = guard;
                    loop {
                        yield_now().await;
                    }
                });
                busy.detach();
            }
            spawn_local(pending::<()>()).detach();
            let (sender, receiver) = oneshot::channel();
            let waits = spawn(receiver);
            spawn(async move { sender.send(()).unwrap() })
                .await
                .unwrap();
            waits.await.unwrap().unwrap();
        });
        BUSY_TO_THE_END.note(drops.count() == 0);
        drop(runtime);
        assert_eq!(drops.count(), 2);
    });
}
