//! JO rows: `join_all` and `try_join_all`, which are asyncio's `gather`.

use std::future::{pending, ready};

use futures_lite::future::poll_once;
use tourbillon::{Task, join_all, now, oneshot, sleep, spawn_local, tasks, try_join_all};

use crate::support::{holds, rest, spawn, workers};
use crate::tools::{Count, Log, secs};

#[test]
fn jo_01_joining_nothing_is_over_at_once() {
    holds(async || {
        let others = Count::new();
        let other = spawn_local(others.polls(async {}));
        assert!(join_all(Vec::<Task<()>>::new()).await.is_empty());
        let none: Vec<std::future::Ready<Result<(), ()>>> = Vec::new();
        assert_eq!(try_join_all(none).await, Ok(vec![]));
        assert_eq!(others.get(), 0, "it gave its turn away");
        other.await.unwrap();
    });
}

#[test]
fn jo_03_results_stand_in_input_order_and_a_ready_child_costs_one_poll() {
    holds(async || {
        let start = now();
        let waits = [3, 1, 2, 1].map(|n| async move {
            sleep(secs(n)).await;
            n
        });
        assert_eq!(join_all(waits).await, [3, 1, 2, 1]);
        assert_eq!(now() - start, secs(3));
        for n in [1, 60, 61, 62, 128, 129, 10_000] {
            // A poll with a whole budget.
            rest().await;
            let (children, parents) = (Count::new(), Count::new());
            let all = join_all((0..n).map(|i| children.polls(ready(i))));
            assert!(parents.polls(all).await.into_iter().eq(0..n));
            assert_eq!(children.get(), n);
            // The parent goes to the back of the queue after each 61.
            assert_eq!(parents.get(), n.div_ceil(61), "{n} children");
        }
    });
}

/// Waits `n` seconds; two is an error. Tells of its drop.
fn child(log: &Log, n: u64) -> impl Future<Output = Result<u64, u64>> + use<> {
    let guard = log.on_drop(&n.to_string());
    async move {
        let _guard = guard;
        sleep(secs(n)).await;
        if n == 2 { Err(n) } else { Ok(n) }
    }
}

#[test]
fn jo_04_join_all_goes_on_after_an_error_and_try_join_all_drops_the_rest_before_it_returns() {
    holds(async || {
        let (log, start) = (Log::new(), now());
        let all = join_all([3, 1, 2, 4].map(|n| child(&log, n))).await;
        assert_eq!(all, [Ok(3), Ok(1), Err(2), Ok(4)]);
        assert_eq!(
            (now() - start, log.take().join(" ")),
            (secs(4), "1 2 3 4".into())
        );
        let start = now();
        let mut failing = try_join_all([3, 1, 2, 4].map(|n| child(&log, n)));
        assert_eq!((&mut failing).await, Err(2));
        assert_eq!(
            (now() - start, log.take().join(" ")),
            (secs(2), "1 2 3 4".into())
        );
        let well = try_join_all([3, 1, 4].map(|n| child(&log, n)));
        assert_eq!(well.await, Ok(vec![3, 1, 4]));
        // Tasks are cancelled by then, and go in their own turn.
        let panics: Task<Result<u64, u64>> = spawn(async { panic!("a child") });
        let failed = try_join_all([panics, spawn(child(&log, 9))]).await;
        assert!(failed.unwrap_err().is_panic());
        rest().await;
        assert_eq!((tasks().len(), now() - start), (0, secs(6)));
    });
}

#[test]
fn jo_05_of_two_errors_the_first_in_time_is_returned_and_of_one_turn_the_first_that_was_woken() {
    holds(async || {
        let fail = |n: usize, after: u64| async move {
            sleep(secs(after)).await;
            Err::<(), _>(n)
        };
        assert_eq!(try_join_all([fail(0, 2), fail(1, 1)]).await, Err(1));
        assert_eq!(try_join_all([fail(0, 1), fail(1, 1)]).await, Err(0));
        assert_eq!(try_join_all([fail(0, 0), fail(1, 0)]).await, Err(0));
        let polls = Count::new();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        let waits = receivers
            .into_iter()
            .map(|receiver| polls.polls(async move { Err::<(), usize>(receiver.await.unwrap()) }));
        let mut failing = try_join_all(waits);
        assert_eq!(poll_once(&mut failing).await, None);
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        for n in [2, 0, 1] {
            senders[n].take().unwrap().send(n).unwrap();
        }
        assert_eq!(failing.await, Err(2));
        assert_eq!(polls.get(), 3 + 1, "the others were polled after the error");
    });
}

#[test]
fn jo_06_a_cancelled_task_is_an_error_at_its_place() {
    holds(async || {
        let all = [1, 2, 3].map(|n| spawn(sleep(secs(n))));
        all[1].cancel();
        let ended = join_all(all).await;
        assert!(ended[0].is_ok() && ended[2].is_ok());
        assert!(ended[1].as_ref().unwrap_err().is_cancelled());
    });
}

#[test]
fn jo_07_that_a_child_was_cancelled_is_a_value_and_not_the_parents_cancel() {
    holds(async || {
        let children = [spawn(sleep(secs(9))), spawn(sleep(secs(2)))];
        let canceller = children[0].canceller();
        let parent = spawn(async {
            let results = join_all(children).await;
            // A task that was cancelled itself would not get past an await.
            sleep(secs(1)).await;
            results
        });
        sleep(secs(1)).await;
        assert!(canceller.cancel());
        let start = now();
        let results = parent.await.unwrap();
        assert!(results[0].as_ref().unwrap_err().is_cancelled());
        assert!(results[1].is_ok());
        assert_eq!(now() - start, secs(2), "the sibling ran on to its end");
    });
}

#[test]
fn jo_08_a_join_that_is_cancelled_drops_its_futures_at_once_and_cancels_its_tasks() {
    holds(async || {
        let (log, polls) = (Log::new(), Count::new());
        let guarded = |name: &str| {
            let guard = log.on_drop(name);
            polls.polls(async move {
                let _guard = guard;
                pending::<()>().await;
            })
        };
        let futures = spawn(join_all(["a", "b"].map(guarded)));
        let of_tasks = spawn(join_all(["c", "d"].map(guarded).map(spawn)));
        rest().await;
        rest().await;
        assert_eq!(polls.get(), 4);
        assert!(futures.cancel() && of_tasks.cancel());
        assert!(futures.await.unwrap_err().is_cancelled());
        log.add("the first is over");
        assert!(of_tasks.await.map(drop).unwrap_err().is_cancelled());
        rest().await;
        let lines = log.take();
        let at = |line: &str| lines.iter().position(|other| other == line).unwrap();
        assert!(at("a") < at("b") && at("b") < at("the first is over"));
        assert!(at("c") < at("d") || workers() > 1);
        assert_eq!(lines.len(), 5);
        assert!(tasks().is_empty());
        assert_eq!(polls.get(), 4, "polled for its cancel");
    });
}

#[test]
fn jo_09_after_an_error_a_cancel_comes_too_late_and_the_siblings_are_gone() {
    holds(async || {
        let log = Log::new();
        let all = spawn(try_join_all([2, 9].map(|n| child(&log, n))));
        let canceller = all.canceller();
        sleep(secs(3)).await;
        assert_eq!(log.take().join(" "), "2 9");
        assert!(!canceller.cancel());
        assert_eq!(all.await.unwrap(), Err(2));
    });
}
