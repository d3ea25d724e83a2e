//! WA rows: until enough are done, and what becomes of the rest.

use std::fmt::Display;

use tourbillon::{Task, all, first_completed, first_error};
use tourbillon::{oneshot, sleep, spawn, wait, wait_for, yield_now};

use crate::pair::{Python, Tourbillon, agrees, departs, log};
use crate::tasks::{failing, guarded, sleeper};
use crate::tools::secs;

const NAMES: [&str; 3] = ["a", "b", "c"];

/// The tasks "a", "b" and "c", which sleep so long.
fn sleepers(seconds: [u64; 3]) -> [Task<&'static str>; 3] {
    let [a, b, c] = seconds;
    [("a", a), ("b", b), ("c", c)].map(|(name, seconds)| spawn(sleeper(name, seconds)))
}

/// The names, in the order of the alphabet, of the tasks that these are the outputs of.
fn names<T>(done: &[(usize, T)]) -> String {
    let mut names: Vec<_> = done.iter().map(|(index, _)| NAMES[*index]).collect();
    names.sort();
    names.join(" ")
}

fn tell(done: impl Display, left: impl Display) {
    log(format!("{done} done, {left} left"));
}

#[test]
fn wa_01_the_rest_can_be_waited_for_again() {
    agrees(async || {
        let (done, rest) = wait(sleepers([2, 1, 4]), first_completed).await;
        tell(names(&done), rest.len());
        let (done, rest) = wait(rest, first_completed).await;
        tell(names(&done), rest.len());
        let (done, rest) = wait(rest, first_completed).await;
        tell(names(&done), rest.len());
    });
}

#[test]
fn wa_01_those_that_end_in_one_round_are_returned_together() {
    agrees(async || {
        let (senders, receivers): (Vec<_>, Vec<_>) =
            NAMES.map(|_| oneshot::channel()).into_iter().unzip();
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        let waiter = async |name: &'static str, receiver: oneshot::Receiver<()>| {
            log(format!("{name} waits"));
            receiver.await.unwrap();
            log(format!("{name} ends"));
        };
        let tasks = NAMES.into_iter().zip(receivers);
        let tasks: Vec<_> = tasks
            .map(|(name, receiver)| spawn(waiter(name, receiver)))
            .collect();
        let mut send = move |n: usize| senders[n].take().unwrap().send(()).unwrap();
        let sender = spawn(async move {
            sleep(secs(1)).await;
            send(2);
            send(0);
            sleep(secs(1)).await;
            send(1);
        });
        let (done, rest) = wait(tasks, first_completed).await;
        tell(names(&done), rest.len());
        let (done, rest) = wait(rest, first_completed).await;
        tell(names(&done), rest.len());
        sender.await.unwrap();
    });
}

/// What is over already is returned without a turn; asyncio takes two rounds to see it, in which
/// more may end.
#[test]
fn wa_01_what_is_over_already_is_returned_without_a_turn() {
    let python = Python(&[
        "0 a starts",
        "0 a ends",
        "0 main waits",
        "0 b starts",
        "0 c starts",
        "0 b ends",
        "0 a b done, 1 left",
        "1 c ends",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a starts",
        "0 a ends",
        "0 main waits",
        "0 a done, 2 left",
        "0 b starts",
        "0 c starts",
        "0 b ends",
        "1 c ends",
    ]);
    departs(python, tourbillon, async || {
        let a = spawn(sleeper("a", 0));
        yield_now().await;
        yield_now().await;
        let tasks = [a, spawn(sleeper("b", 0)), spawn(sleeper("c", 1))];
        log("main waits");
        let (done, rest) = wait(tasks, first_completed).await;
        tell(names(&done), rest.len());
        wait(rest, all).await;
    });
}

#[test]
fn wa_02_the_first_error_ends_the_wait_and_what_ended_before_comes_with_it() {
    agrees(async || {
        let ok = async |name, seconds| Ok(sleeper(name, seconds).await);
        let tasks = [spawn(ok("a", 1)), spawn(failing("b", 2)), spawn(ok("c", 3))];
        let failed = |output: &Result<Result<_, _>, _>| matches!(output, Ok(Err(_)));
        let (done, rest) = wait(tasks, failed).await;
        tell(names(&done), rest.len());
        let (done, rest) = wait(rest, failed).await;
        tell(names(&done), rest.len());
    });
}

#[test]
fn wa_02_a_cancelled_task_is_no_error() {
    agrees(async || {
        let tasks = sleepers([3, 4, 2]);
        let b = tasks[1].canceller();
        let enemy = spawn(async move {
            sleep(secs(1)).await;
            log("enemy cancels b");
            b.cancel();
        });
        let (done, rest) = wait(tasks, first_error).await;
        tell(names(&done), rest.len());
        enemy.await.unwrap();
    });
}

#[test]
fn wa_03_after_a_time_limit_the_tasks_that_were_only_lent_run_on() {
    agrees(async || {
        let mut tasks = sleepers([3, 1, 4]);
        let limited = wait_for(wait(tasks.iter_mut(), all), secs(2));
        assert!(limited.await.is_err(), "not all were done");
        let done = tasks
            .iter()
            .enumerate()
            .filter(|(_, task)| task.is_finished());
        let done: Vec<_> = done.collect();
        tell(names(&done), tasks.len() - done.len());
        let [a, _, c] = tasks;
        log(format!("main has {}", a.await.unwrap()));
        log(format!("main has {}", c.await.unwrap()));
    });
}

#[test]
fn wa_03_the_rest_runs_on_while_nobody_waits_for_it() {
    agrees(async || {
        let (done, rest) = wait(sleepers([1, 4, 3]), first_completed).await;
        tell(names(&done), rest.len());
        sleep(secs(9)).await;
        log("main is back");
        let (done, rest) = wait(rest, first_completed).await;
        tell(names(&done), rest.len());
    });
}

#[test]
fn wa_05_all_are_returned_when_the_last_is_there() {
    agrees(async || {
        let naps = [("a", 3), ("b", 5), ("c", 1)];
        let tasks = naps.map(|(name, seconds)| spawn(guarded(name, seconds)));
        let b = tasks[1].canceller();
        let enemy = spawn(async move {
            sleep(secs(2)).await;
            b.cancel();
        });
        let (mut done, rest) = wait(tasks, all).await;
        tell(names(&done), rest.len());
        done.retain(|(_, output)| output.is_err());
        log(format!("{} was cancelled", names(&done)));
        enemy.await.unwrap();
    });
}
