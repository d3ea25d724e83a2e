//! JO rows: `join_all` and `try_join_all`, which are `gather`.
//!
//! Where a pair agrees, the children are tasks, as all children of `gather` are.

use tourbillon::{Task, join_all, sleep, spawn, try_join_all, yield_now};

use crate::pair::{Python, Tourbillon, agrees, departs, log};
use crate::tasks::{counter, failing, guarded, sleeper};
use crate::tools::secs;

#[test]
fn jo_01_joining_nothing_gives_no_turn_away() {
    agrees(async || {
        let others = ["a", "b"].map(|name| spawn(counter(name, 1)));
        log("main joins nothing");
        let outputs = join_all(Vec::<Task<()>>::new()).await;
        log(format!("main has {} outputs", outputs.len()));
        join_all(others).await;
        log("main has joined the others");
    });
}

#[test]
fn jo_03_outputs_stand_in_the_order_of_the_inputs() {
    agrees(async || {
        let naps = [("a", 3), ("b", 1), ("c", 4), ("d", 2)];
        let tasks = naps.map(|(name, seconds)| spawn(sleeper(name, seconds)));
        log(format!("main has {}", values(join_all(tasks).await)));
    });
}

/// The values of tasks that ended.
fn values<E: std::fmt::Debug>(outputs: Vec<Result<&'static str, E>>) -> String {
    let values = outputs.into_iter().map(|output| output.expect("it ended"));
    values.collect::<Vec<_>>().join(" ")
}

#[test]
fn jo_03_children_start_and_take_turns_in_the_order_of_the_inputs() {
    agrees(async || {
        let yields = [("a", 2), ("b", 1), ("c", 3)];
        join_all(yields.map(|(name, yields)| spawn(counter(name, yields)))).await;
        log("main has joined");
    });
}

#[test]
fn jo_03_joins_inside_of_a_join_run_side_by_side() {
    agrees(async || {
        let pairs = [[("a", 4), ("b", 1)], [("c", 3), ("d", 2)]];
        let pairs =
            pairs.map(|pair| join_all(pair.map(|(name, seconds)| spawn(sleeper(name, seconds)))));
        for pair in join_all(pairs).await {
            log(format!("main has {}", values(pair)));
        }
    });
}

/// Children of a set run inside of their parent's turn. In asyncio each has a place of its own in
/// the queue, behind the other, which was there before.
#[test]
fn jo_03_children_of_a_join_run_inside_their_parents_turn() {
    let python = Python(&[
        "0 other 1",
        "0 a 1",
        "0 b 1",
        "0 other ends",
        "0 a ends",
        "0 b ends",
        "0 main has joined",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a 1",
        "0 b 1",
        "0 other 1",
        "0 a ends",
        "0 b ends",
        "0 main has joined",
        "0 other ends",
    ]);
    departs(python, tourbillon, async || {
        let other = spawn(counter("other", 1));
        join_all([counter("a", 1), counter("b", 1)]).await;
        log("main has joined");
        other.await.unwrap();
    });
}

/// The first error drops the rest, and with it the tasks; the siblings in asyncio run on.
#[test]
fn jo_04_the_first_error_cancels_the_siblings() {
    let python = Python(&[
        "0 a starts",
        "0 b starts",
        "0 c starts",
        "1 a ends",
        "1 main has the error of a",
        "2 b ends",
        "2 b is gone",
        "3 c ends",
        "3 c is gone",
        "4 main ends",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a starts",
        "0 b starts",
        "0 c starts",
        "1 a ends",
        "1 main has the error of a",
        "1 b is gone",
        "1 c is gone",
        "4 main ends",
    ]);
    departs(python, tourbillon, async || {
        let ok = async |name, seconds| Ok(guarded(name, seconds).await);
        let tasks = [spawn(failing("a", 1)), spawn(ok("b", 2)), spawn(ok("c", 3))];
        let error = try_join_all(tasks.map(output)).await.unwrap_err();
        log(format!("main has the error of {error}"));
        sleep(secs(3)).await;
        log("main ends");
    });
}

/// What a task gave that was not cancelled.
async fn output<T>(task: Task<T>) -> T {
    task.await.expect("it was not cancelled")
}

#[test]
fn jo_05_of_two_errors_the_first_in_time_is_told() {
    agrees(async || {
        let breaks = async |name: &'static str, seconds| {
            log(format!("{name} starts"));
            yield_now().await;
            log(format!("{name} goes on"));
            sleep(secs(seconds)).await;
            Err::<(), _>(name)
        };
        let tasks = [("a", 3), ("b", 1), ("c", 2)];
        let tasks = tasks.map(|(name, seconds)| spawn(breaks(name, seconds)));
        let error = try_join_all(tasks.map(output)).await.unwrap_err();
        log(format!("main has the error of {error}"));
    });
}

#[test]
fn jo_06_errors_stand_among_the_outputs() {
    agrees(async || {
        let ok = async |name, seconds| Ok(sleeper(name, seconds).await);
        let tasks = [
            spawn(ok("a", 3)),
            spawn(failing("b", 1)),
            spawn(failing("c", 2)),
        ];
        for output in join_all(tasks).await {
            log(match output.unwrap() {
                Ok(name) => format!("main has {name}"),
                Err(name) => format!("main has the error of {name}"),
            });
        }
    });
}

#[test]
fn jo_07_a_task_that_somebody_cancelled_stands_among_the_outputs() {
    agrees(async || {
        let names = [("a", 3), ("b", 4), ("c", 2)];
        let tasks = names.map(|(name, seconds)| spawn(guarded(name, seconds)));
        let b = tasks[1].canceller();
        let enemy = spawn(async move {
            sleeper("enemy", 1).await;
            b.cancel();
        });
        for output in join_all(tasks).await {
            log(format!("main has {}", output.unwrap_or("a cancel")));
        }
        enemy.await.unwrap();
    });
}

#[test]
fn jo_08_cancelling_the_task_that_joins_cancels_its_children_in_their_order() {
    agrees(async || {
        let parent = spawn(async {
            let names = [("a", 3), ("b", 2), ("c", 4)];
            join_all(names.map(|(name, seconds)| spawn(guarded(name, seconds)))).await;
        });
        sleep(secs(1)).await;
        log("main cancels the parent");
        parent.cancel();
        assert!(parent.await.unwrap_err().is_cancelled());
        log("main has the end of the parent");
    });
}
