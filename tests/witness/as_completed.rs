//! AC rows: outputs as they come.

use tourbillon::{Task, as_completed, now, oneshot, sleep, spawn, wait_until};

use crate::pair::{Python, Tourbillon, agrees, departs, log};
use crate::tasks::{counter, failing, guarded, sleeper};
use crate::tools::secs;

#[test]
fn ac_01_nothing_to_wait_for_gives_no_turn_away() {
    agrees(async || {
        let others = ["a", "b"].map(|name| spawn(counter(name, 1)));
        log("main waits for nothing");
        let mut outputs = as_completed(Vec::<Task<()>>::new());
        assert!(outputs.next().await.is_none());
        log("main goes on");
        for other in others {
            other.await.unwrap();
        }
    });
}

#[test]
fn ac_03_those_that_end_in_one_round_come_in_the_order_of_their_ends() {
    agrees(async || {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| oneshot::channel()).unzip();
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        let tasks = receivers.into_iter().enumerate().map(|(n, receiver)| {
            spawn(async move {
                log(format!("{n} waits"));
                receiver.await.unwrap();
                log(format!("{n} ends"));
            })
        });
        let mut outputs = as_completed(tasks.collect::<Vec<_>>());
        let all_at_once = spawn(async move {
            sleep(secs(1)).await;
            for n in [2, 0, 3, 1] {
                senders[n].take().unwrap().send(()).unwrap();
            }
        });
        while let Some((n, output)) = outputs.next().await {
            output.unwrap();
            log(format!("main has {n}"));
        }
        all_at_once.await.unwrap();
    });
}

#[test]
fn ac_03_outputs_wait_in_their_order_for_who_comes_late() {
    agrees(async || {
        let naps = [("a", 3), ("b", 1), ("c", 7), ("d", 2)];
        let tasks = naps.map(|(name, seconds)| spawn(sleeper(name, seconds)));
        let mut outputs = as_completed(tasks);
        while let Some((_, name)) = outputs.next().await {
            log(format!("main has {}", name.unwrap()));
            sleep(secs(5)).await;
        }
        log("main ends");
    });
}

#[test]
fn ac_04_an_error_does_not_end_the_iteration() {
    agrees(async || {
        let ok = async |name, seconds| Ok(sleeper(name, seconds).await);
        let tasks = [spawn(ok("a", 3)), spawn(failing("b", 1)), spawn(ok("c", 2))];
        let mut outputs = as_completed(tasks);
        while let Some((_, output)) = outputs.next().await {
            log(match output.unwrap() {
                Ok(name) => format!("main has {name}"),
                Err(name) => format!("main has the error of {name}"),
            });
        }
    });
}

#[test]
fn ac_05_after_a_time_limit_the_rest_runs_on_if_the_iterator_is_kept() {
    agrees(async || {
        let naps = [("a", 4), ("b", 1), ("c", 3)];
        let deadline = now() + secs(2);
        let tasks = naps.map(|(name, seconds)| spawn(sleeper(name, seconds)));
        let mut outputs = as_completed(tasks);
        while let Ok(Some((_, name))) = wait_until(outputs.next(), deadline).await {
            log(format!("main has {}", name.unwrap()));
        }
        log("the time is up");
        while let Some((_, name)) = outputs.next().await {
            name.unwrap();
        }
        log("all are over");
    });
}

/// The rest is dropped with the iterator, and a task that is dropped is cancelled; in asyncio the
/// rest runs on.
#[test]
fn ac_06_who_leaves_the_iteration_cancels_the_rest() {
    let python = Python(&[
        "0 a starts",
        "0 b starts",
        "0 c starts",
        "1 b ends",
        "1 b is gone",
        "1 main has b and leaves",
        "2 c ends",
        "2 c is gone",
        "3 a ends",
        "3 a is gone",
        "5 main ends",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a starts",
        "0 b starts",
        "0 c starts",
        "1 b ends",
        "1 b is gone",
        "1 main has b and leaves",
        "1 a is gone",
        "1 c is gone",
        "5 main ends",
    ]);
    departs(python, tourbillon, async || {
        let naps = [("a", 3), ("b", 1), ("c", 2)];
        let tasks = naps.map(|(name, seconds)| spawn(guarded(name, seconds)));
        let mut outputs = as_completed(tasks);
        let (_, name) = outputs.next().await.unwrap();
        log(format!("main has {} and leaves", name.unwrap()));
        drop(outputs);
        sleep(secs(4)).await;
        log("main ends");
    });
}

#[test]
fn ac_07_outputs_come_in_the_order_of_the_ends_and_say_whose_they_are() {
    agrees(async || {
        let naps = [4, 1, 3, 2].into_iter().enumerate();
        let tasks = naps.map(|(n, seconds)| spawn(sleeper(n, seconds)));
        let mut outputs = as_completed(tasks.collect::<Vec<_>>());
        while let Some((index, n)) = outputs.next().await {
            assert_eq!(index, n.unwrap());
            log(format!("main has {index}"));
        }
    });
}
