//! WF rows: `wait_for`, what is told when the time is up, and what is dropped before.
//!
//! The callers write nothing before the time-limited future does: whether that starts at once or a
//! round later is a matter of the Python version.

use std::future::Future;

use tourbillon::{TaskError, TimedOut, sleep, spawn, task_group, wait_for, yield_now};

use crate::pair::{Python, Tourbillon, agrees, departs, finally, log};
use crate::tasks::{guarded, sleeper};
use crate::tools::secs;

/// Waits for `future` at most `limit` seconds, and says whether it came in time.
async fn limited<T>(name: &'static str, future: impl Future<Output = T>, limit: u64) -> bool {
    let in_time = wait_for(future, secs(limit)).await.is_ok();
    log(format!(
        "{name} {}",
        if in_time { "came in time" } else { "timed out" }
    ));
    in_time
}

/// asyncio does not even start what has no time; here it is polled once.
#[test]
fn wf_01_what_has_no_time_is_polled_once() {
    let python = Python(&[
        "0 other starts",
        "0 another starts",
        "0 a timed out",
        "0 b timed out",
        "1 other ends",
        "2 another ends",
    ]);
    let tourbillon = Tourbillon(&[
        "0 other starts",
        "0 another starts",
        "0 a ends",
        "0 a came in time",
        "0 b starts",
        "0 b is gone",
        "0 b timed out",
        "1 other ends",
        "2 another ends",
    ]);
    departs(python, tourbillon, async || {
        let others = [("other", 1), ("another", 2)];
        let others = others.map(|(name, seconds)| spawn(sleeper(name, seconds)));
        yield_now().await;
        limited("a", async { log("a ends") }, 0).await;
        limited("b", guarded("b", 1), 0).await;
        for other in others {
            other.await.unwrap();
        }
    });
}

/// A value that is there is not thrown away for a deadline that has come too.
#[test]
fn wf_02_at_the_same_moment_the_inner_one_wins() {
    let python = Python(&[
        "0 a starts",
        "0 b starts",
        "1 a is gone",
        "1 a timed out",
        "2 b is gone",
        "2 b timed out",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a starts",
        "0 b starts",
        "1 a ends",
        "1 a is gone",
        "1 a came in time",
        "2 b ends",
        "2 b is gone",
        "2 b came in time",
    ]);
    departs(python, tourbillon, async || {
        let callers = [("a", 1), ("b", 2)];
        let callers = callers.map(|(name, n)| spawn(limited(name, guarded(name, n), n)));
        for caller in callers {
            caller.await.unwrap();
        }
    });
}

#[test]
fn wf_03_what_comes_in_time_leaves_no_limit_behind() {
    agrees(async || {
        let callers = [("a", 1, 3), ("b", 2, 5)];
        let callers = callers
            .map(|(name, seconds, limit)| spawn(limited(name, guarded(name, seconds), limit)));
        for caller in callers {
            caller.await.unwrap();
        }
        log("main ends");
    });
}

#[test]
fn wf_03_each_attempt_has_a_limit_of_its_own() {
    agrees(async || {
        let clients = [("a", 3, [1, 2, 4]), ("b", 6, [2, 3, 7])];
        let clients = clients.map(|(name, seconds, limits)| {
            spawn(async move {
                for limit in limits {
                    limited(name, guarded(name, seconds), limit).await;
                }
            })
        });
        for client in clients {
            client.await.unwrap();
        }
    });
}

#[test]
fn wf_06_what_timed_out_is_gone_before_its_caller_is_told() {
    agrees(async || {
        let callers = [("a", 5, 2), ("b", 6, 1)];
        let callers = callers
            .map(|(name, seconds, limit)| spawn(limited(name, guarded(name, seconds), limit)));
        for caller in callers {
            caller.await.unwrap();
        }
    });
}

/// Of a task the handle is dropped, and the task is gone when its turn comes; asyncio waits for
/// that.
#[test]
fn wf_06_the_caller_of_a_task_that_timed_out_is_told_before_it_is_gone() {
    let python = Python(&[
        "0 a starts",
        "0 b starts",
        "1 b is gone",
        "1 b timed out",
        "2 a is gone",
        "2 a timed out",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a starts",
        "0 b starts",
        "1 b timed out",
        "1 b is gone",
        "2 a timed out",
        "2 a is gone",
    ]);
    departs(python, tourbillon, async || {
        let callers = [("a", 5, 2), ("b", 6, 1)];
        let callers = callers.map(|(name, seconds, limit)| {
            spawn(limited(name, spawn(guarded(name, seconds)), limit))
        });
        for caller in callers {
            caller.await.unwrap();
        }
    });
}

#[test]
fn wf_08_the_cancel_of_a_caller_drops_what_it_waits_for_first() {
    agrees(async || {
        let callers = [("a", 5, 4), ("b", 7, 6)].map(|(name, seconds, limit)| {
            spawn(async move {
                let _finally = finally(format!("the caller of {name} is gone"));
                limited(name, guarded(name, seconds), limit).await;
            })
        });
        for caller in callers {
            sleep(secs(1)).await;
            log("main cancels");
            caller.cancel();
            assert!(caller.await.unwrap_err().is_cancelled());
            log("main has the end");
        }
    });
}

#[test]
fn wf_09_a_task_that_was_only_lent_runs_on() {
    agrees(async || {
        let callers = [("a", 3, 1), ("b", 4, 2)].map(|(name, seconds, limit)| {
            spawn(async move {
                let mut task = spawn(guarded(name, seconds));
                log(format!("the caller of {name} waits"));
                limited(name, &mut task, limit).await;
                log(format!("the caller has {}", task.await.unwrap()));
            })
        });
        for caller in callers {
            caller.await.unwrap();
        }
    });
}

#[test]
fn wf_10_a_cancel_by_somebody_else_is_no_time_out() {
    agrees(async || {
        let tell = |name, ended: Result<Result<_, TaskError>, TimedOut>| match ended {
            Ok(Ok(_)) => log(format!("{name} came in time")),
            Ok(Err(_)) => log(format!("{name} was cancelled")),
            Err(TimedOut) => log(format!("{name} timed out")),
        };
        let tasks = [("a", 5), ("b", 2), ("c", 6)];
        let tasks = tasks.map(|(name, seconds)| (name, spawn(guarded(name, seconds))));
        let a = tasks[0].1.canceller();
        let enemy = spawn(async move {
            sleeper("enemy", 1).await;
            a.cancel();
        });
        for (name, task) in tasks {
            let ended = wait_for(task, secs(3)).await;
            // By value: the task goes a moment after its caller was told.
            yield_now().await;
            tell(name, ended);
        }
        enemy.await.unwrap();
    });
}

/// Two limits, one inside of the other, and work behind the inner one.
async fn nested(name: &'static str, inner: u64, outer: u64) {
    let both = wait_for(
        async {
            if wait_for(guarded(name, 9), secs(inner)).await.is_err() {
                log(format!("the inner limit of {name} fires"));
            }
            sleep(secs(2)).await;
            log(format!("{name} goes on"));
        },
        secs(outer),
    );
    match both.await {
        Ok(()) => log(format!("{name} came in time")),
        Err(TimedOut) => log(format!("the outer limit of {name} fires")),
    }
}

#[test]
fn wf_13_of_two_limits_the_inner_one_fires_alone_if_it_comes_first() {
    agrees(async || {
        let tasks = [spawn(nested("a", 1, 5)), spawn(nested("b", 2, 6))];
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn wf_13_of_two_limits_the_outer_one_fires_alone_if_it_comes_first() {
    agrees(async || {
        let tasks = [spawn(nested("a", 3, 1)), spawn(nested("b", 4, 2))];
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn wf_16_a_limit_around_a_group_drops_its_body_and_its_member() {
    agrees(async || {
        let other = spawn(sleeper("other", 2));
        yield_now().await;
        let group = task_group(async |group| {
            group.spawn(guarded("member", 5));
            guarded("body", 4).await;
        });
        limited("the group", group, 1).await;
        other.await.unwrap();
        log("main ends");
    });
}
