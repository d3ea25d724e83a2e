//! SP rows: who starts when, and who runs before whom.

use tourbillon::{oneshot, spawn, yield_now};

use crate::pair::{Python, Tourbillon, agrees, departs, log};
use crate::tasks::{counter, guarded};

#[test]
fn sp_01_spawn_runs_nothing_of_its_task() {
    agrees(async || {
        log("main spawns");
        let task = spawn(async {
            log("task starts");
            yield_now().await;
            log("task ends");
        });
        log("main has spawned");
        yield_now().await;
        log("main was away");
        task.await.unwrap();
        log("main has the end");
    });
}

#[test]
fn sp_02_tasks_start_in_the_order_in_which_they_were_spawned() {
    agrees(async || {
        let mut tasks = Vec::new();
        for n in 0..5 {
            tasks.push(spawn(async move { log(format!("{n} starts")) }));
            log(format!("{n} is spawned"));
        }
        for task in tasks {
            task.await.unwrap();
        }
        log("all are over");
    });
}

#[test]
fn sp_03_tasks_that_yield_take_turns() {
    agrees(async || {
        let tasks = ["a", "b", "c"].map(|name| spawn(counter(name, 3)));
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn sp_04_a_grandchild_runs_behind_the_sibling_that_was_ready_before_it() {
    agrees(async || {
        let child = spawn(async {
            log("child starts");
            let grandchild = spawn(async { log("grandchild starts") });
            yield_now().await;
            log("child goes on");
            grandchild.await.unwrap();
            log("child ends");
        });
        let sibling = spawn(counter("sibling", 1));
        child.await.unwrap();
        sibling.await.unwrap();
    });
}

#[test]
fn sp_04_main_stands_in_the_queue_like_any_task() {
    agrees(async || {
        let a = spawn(counter("a", 1));
        log("main 1");
        yield_now().await;
        log("main 2");
        let b = spawn(counter("b", 1));
        yield_now().await;
        log("main 3");
        a.await.unwrap();
        b.await.unwrap();
        log("main ends");
    });
}

#[test]
fn sp_04_a_wake_takes_its_place_in_the_queue_at_once() {
    agrees(async || {
        let (sender, receiver) = oneshot::channel();
        let a = spawn(async {
            log("a waits");
            let value = receiver.await.unwrap();
            log(format!("a has {value}"));
        });
        yield_now().await;
        let b = spawn(async { log("b starts") });
        sender.send(42).unwrap();
        let c = spawn(async { log("c starts") });
        log("main waits");
        for task in [a, b, c] {
            task.await.unwrap();
        }
        log("all are over");
    });
}

#[test]
fn sp_04_those_who_wait_run_in_the_order_in_which_they_were_woken() {
    agrees(async || {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| oneshot::channel()).unzip();
        let mut tasks = Vec::new();
        for (n, receiver) in receivers.into_iter().enumerate() {
            tasks.push(spawn(async move {
                log(format!("{n} waits"));
                let value: usize = receiver.await.unwrap();
                log(format!("{n} has {value}"));
            }));
        }
        yield_now().await;
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        for n in [2, 0, 3, 1] {
            log(format!("main wakes {n}"));
            senders[n].take().unwrap().send(10 * n).unwrap();
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn sp_05_an_end_climbs_one_task_a_round() {
    agrees(async || {
        let a = spawn(async {
            log("a starts");
            let b = spawn(async {
                log("b starts");
                spawn(async { log("c starts") }).await.unwrap();
                log("b has the end of c");
            });
            b.await.unwrap();
            log("a has the end of b");
        });
        let rounds = spawn(counter("round", 6));
        a.await.unwrap();
        log("main has the end of a");
        rounds.await.unwrap();
    });
}

#[test]
fn sp_06_awaiting_what_is_over_gives_no_turn_away() {
    agrees(async || {
        let over = spawn(async {
            log("task starts");
            42
        });
        yield_now().await;
        log("main was away");
        let other = spawn(async { log("other starts") });
        log(format!("main has {}", over.await.unwrap()));
        let (sender, receiver) = oneshot::channel();
        sender.send(43).unwrap();
        log(format!("main has {}", receiver.await.unwrap()));
        other.await.unwrap();
        log("main has the other's end");
    });
}

/// A handle owns its task here; asyncio's loop owns it.
#[test]
fn sp_10_a_task_whose_handle_is_dropped_is_cancelled() {
    let python = Python(&[
        "0 a starts",
        "0 b starts",
        "0 main drops the handle of a",
        "1 a ends",
        "1 a is gone",
        "2 b ends",
        "2 b is gone",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a starts",
        "0 b starts",
        "0 main drops the handle of a",
        "0 a is gone",
        "2 b ends",
        "2 b is gone",
    ]);
    departs(python, tourbillon, async || {
        let a = spawn(guarded("a", 1));
        let b = spawn(guarded("b", 2));
        yield_now().await;
        log("main drops the handle of a");
        drop(a);
        b.await.unwrap();
    });
}
