//! TM rows: who sleeps how long, and what counts as sleeping.

use std::array;
use std::time::Instant;

use tourbillon::{now, sleep, sleep_until, spawn, yield_now};

use crate::pair::{Python, Tourbillon, agrees, departs, log};
use crate::tasks::{counter, sleeper};
use crate::tools::secs;

#[test]
fn tm_01_a_sleep_of_zero_is_a_yield_and_comes_before_every_timer() {
    agrees(async || {
        let napper = async |name: &'static str| {
            for n in 1..=3 {
                log(format!("{name} {n}"));
                sleep(secs(0)).await;
            }
        };
        let timer = spawn(sleeper("timer", 1));
        let tasks = [spawn(napper("a")), spawn(napper("b"))];
        for task in tasks {
            task.await.unwrap();
        }
        timer.await.unwrap();
    });
}

async fn late(name: &'static str, deadline: Instant) {
    for n in 1..=3 {
        log(format!("{name} {n}"));
        sleep_until(deadline).await;
    }
}

/// asyncio has no absolute sleep, and a sleep of less than nothing yields. A deadline that has
/// passed is a value that is there already.
#[test]
fn tm_01_a_deadline_that_has_passed_gives_no_turn_away() {
    let python = Python(&["1 a 1", "1 b 1", "1 a 2", "1 b 2", "1 a 3", "1 b 3"]);
    let tourbillon = Tourbillon(&["1 a 1", "1 a 2", "1 a 3", "1 b 1", "1 b 2", "1 b 3"]);
    departs(python, tourbillon, async || {
        let deadline = now();
        sleep(secs(1)).await;
        let tasks = [spawn(late("a", deadline)), spawn(late("b", deadline))];
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// asyncio keeps its timers in a heap, which knows no order among equals.
#[test]
fn tm_03_equal_deadlines_fire_in_the_order_in_which_they_were_set() {
    let python = Python(&[
        "0 0 starts",
        "0 1 starts",
        "0 2 starts",
        "0 3 starts",
        "0 4 starts",
        "0 5 starts",
        "1 0 ends",
        "1 2 ends",
        "1 5 ends",
        "1 4 ends",
        "1 1 ends",
        "1 3 ends",
    ]);
    let tourbillon = Tourbillon(&[
        "0 0 starts",
        "0 1 starts",
        "0 2 starts",
        "0 3 starts",
        "0 4 starts",
        "0 5 starts",
        "1 0 ends",
        "1 1 ends",
        "1 2 ends",
        "1 3 ends",
        "1 4 ends",
        "1 5 ends",
    ]);
    departs(python, tourbillon, async || {
        let tasks: [_; 6] = array::from_fn(|n| spawn(sleeper(n, 1)));
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn tm_04_sleepers_wake_at_their_deadlines_whatever_the_order_of_their_starts() {
    agrees(async || {
        let tasks = [("a", 3), ("b", 1), ("c", 4), ("d", 2)];
        let tasks = tasks.map(|(name, seconds)| spawn(sleeper(name, seconds)));
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn tm_04_a_sleep_counts_from_its_first_poll() {
    agrees(async || {
        let a = spawn(async {
            let nap = sleep(secs(5));
            log("a has made its nap");
            sleep(secs(1)).await;
            log("a takes its nap");
            nap.await;
            log("a wakes");
        });
        let b = spawn(async {
            let nap = sleep(secs(5));
            log("b has made its nap");
            nap.await;
            log("b wakes");
        });
        a.await.unwrap();
        b.await.unwrap();
        log("all are over");
    });
}

#[test]
fn tm_04_those_who_sleep_again_take_their_new_places() {
    agrees(async || {
        let tasks = [("a", [2, 2, 2]), ("b", [3, 4, 1]), ("c", [1, 4, 5])];
        let tasks = tasks.map(|(name, naps)| {
            spawn(async move {
                log(format!("{name} starts"));
                for nap in naps {
                    sleep(secs(nap)).await;
                    log(format!("{name} wakes"));
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn tm_04_time_stands_still_while_anything_is_ready() {
    agrees(async || {
        let a = spawn(async {
            sleeper("a", 1).await;
            [spawn(counter("b", 2)), spawn(counter("c", 3))]
        });
        let d = spawn(sleeper("d", 2));
        for task in a.await.unwrap() {
            task.await.unwrap();
        }
        d.await.unwrap();
    });
}

#[test]
fn tm_05_the_timer_of_a_cancelled_task_wakes_nobody() {
    agrees(async || {
        let names = [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)];
        let [a, b, c, d, e] = names.map(|(name, seconds)| spawn(sleeper(name, seconds)));
        yield_now().await;
        log("main cancels a, c and e");
        for task in [&a, &c, &e] {
            task.cancel();
        }
        d.await.unwrap();
        log("main has the end of d");
        b.await.unwrap();
        log("main has the end of b");
    });
}
