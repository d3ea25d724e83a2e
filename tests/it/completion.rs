//! `as_completed` and `wait`: results as they come (AC and WA rows).

use std::future::{Future, pending, ready};
use std::pin::Pin;

use futures_lite::future::poll_once;
use futures_lite::{Stream, StreamExt};
use tourbillon::{TaskError, all, as_completed, first_completed, first_error, join_all, now};
use tourbillon::{oneshot, sleep, spawn, tasks, test, wait, wait_for, yield_now};

use crate::support::{Count, Log, secs};

/// Waits `seconds`, and gives them.
async fn after(seconds: u64) -> u64 {
    sleep(secs(seconds)).await;
    seconds
}

#[test]
fn of_nothing_nothing_comes() {
    test(async {
        let mut none = as_completed(Vec::<std::future::Ready<()>>::new());
        assert!(none.is_empty());
        assert_eq!(poll_once(none.next()).await, Some(None));
        let waiting = wait(Vec::<std::future::Ready<()>>::new(), first_completed);
        let (done, rest) = poll_once(waiting).await.expect("at once");
        assert!(done.is_empty() && rest.is_empty());
    });
}

#[test]
fn each_comes_once_with_its_index_in_the_order_of_completion() {
    test(async {
        let start = now();
        let mut coming = as_completed([3, 1, 2].map(after));
        for (left, index, seconds) in [(3, 1, 1), (2, 2, 2), (1, 0, 3)] {
            assert_eq!(coming.len(), left);
            assert_eq!(coming.next().await, Some((index, seconds)));
            assert_eq!(now() - start, secs(seconds));
        }
        assert_eq!(coming.next().await, None);
        assert_eq!(coming.next().await, None);
    });
}

#[test]
fn those_that_are_done_before_come_in_the_order_of_the_inputs() {
    test(async {
        let done: Vec<_> = (0..200).map(|n| spawn(ready(n))).collect();
        yield_now().await;
        let coming = as_completed(done).map(|(index, value)| (index, value.unwrap()));
        let order: Vec<_> = coming.collect().await;
        assert!(order.into_iter().eq((0..200).map(|n| (n, n))));
    });
}

#[test]
fn those_that_finish_in_one_turn_come_in_the_order_of_completion() {
    test(async {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| oneshot::channel()).unzip();
        let mut coming = as_completed(receivers);
        assert_eq!(poll_once(coming.next()).await, None);
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        for n in [2, 0, 3, 1] {
            senders[n].take().unwrap().send(n).unwrap();
        }
        for n in [2, 0, 3, 1] {
            assert_eq!(coming.next().await, Some((n, Ok(n))));
        }
    });
}

#[test]
fn an_error_is_an_item_and_those_after_it_come() {
    test(async {
        let tasks = [1, 2, 3].map(|n| {
            spawn(async move {
                sleep(secs(n)).await;
                assert_ne!(n, 2, "a child");
                n
            })
        });
        let mut coming = as_completed(tasks);
        assert_eq!(coming.next().await.unwrap().1.unwrap(), 1);
        let (index, failed) = coming.next().await.unwrap();
        assert!(index == 1 && failed.unwrap_err().is_panic());
        assert_eq!(coming.next().await.unwrap().1.unwrap(), 3);
    });
}

#[test]
fn a_limit_on_one_item_loses_none() {
    test(async {
        let mut coming = as_completed([5, 1].map(after));
        assert_eq!(wait_for(coming.next(), secs(3)).await, Ok(Some((1, 1))));
        assert!(wait_for(coming.next(), secs(3)).await.is_err());
        assert_eq!(coming.next().await, Some((0, 5)));
    });
}

#[test]
fn whoever_leaves_early_drops_the_rest() {
    test(async {
        let log = Log::new();
        let child = |n: u64| {
            let guard = log.on_drop(&n.to_string());
            async move {
                let _guard = guard;
                sleep(secs(n)).await;
            }
        };
        let mut coming = as_completed([2, 1, 3].map(child));
        coming.next().await;
        drop(coming);
        assert_eq!(log.take().join(" "), "1 2 3");
        let mut coming = as_completed([1, 9].map(|n| spawn(child(n))));
        coming.next().await;
        drop(coming);
        yield_now().await;
        assert!(tasks().is_empty(), "the task that was left is cancelled");
    });
}

#[test]
fn what_is_taken_one_by_one_is_also_a_stream_that_knows_its_length() {
    test(async {
        let mut coming = as_completed([2, 1].map(after));
        assert_eq!(coming.size_hint(), (2, Some(2)));
        assert_eq!(StreamExt::next(&mut coming).await, Some((1, 1)));
        assert_eq!(coming.size_hint(), (1, Some(1)));
    });
}

#[test]
fn a_thousand_items_cost_two_polls_each() {
    test(async {
        let polls = Count::new();
        let mut coming = as_completed((0..1_000).map(|n| polls.polls(after(1 + n % 7))));
        let mut last = 0;
        while let Some((_, seconds)) = coming.next().await {
            assert!(seconds >= last);
            last = seconds;
        }
        assert_eq!(polls.get(), 2_000);
    });
}

#[test]
fn waiting_for_the_first_gives_all_that_came_in_that_turn_and_the_rest_keeps_its_indices() {
    test(async {
        let start = now();
        let (done, rest) = wait([10, 1, 1].map(after), first_completed).await;
        assert_eq!((done, rest.len()), (vec![(1, 1), (2, 1)], 1));
        assert_eq!(now() - start, secs(1));
        let (done, rest) = wait(rest, first_completed).await;
        assert_eq!((done, rest.len()), (vec![(0, 10)], 0));
        assert_eq!(now() - start, secs(10));
    });
}

#[test]
fn waiting_for_the_first_error_gives_what_came_before_it_too() {
    test(async {
        let child = |n: u64| async move {
            sleep(secs(n)).await;
            if n == 2 { Err(n) } else { Ok(n) }
        };
        let (done, rest) = wait([3, 1, 2, 4].map(child), first_error).await;
        assert_eq!((done, rest.len()), (vec![(1, Ok(1)), (2, Err(2))], 2));
        let (done, rest) = wait(rest, first_error).await;
        assert_eq!(done, [(0, Ok(3)), (3, Ok(4))]);
        assert!(rest.is_empty());
    });
}

#[test]
fn waiting_for_all_gives_all_in_the_order_of_completion() {
    test(async {
        let (done, rest) = wait([2, 3, 1].map(after), all).await;
        assert_eq!(done, [(2, 1), (0, 2), (1, 3)]);
        assert!(rest.is_empty());
    });
}

#[test]
fn a_function_may_say_what_is_enough() {
    test(async {
        let mut sum = 0;
        let enough = |seconds: &u64| {
            sum += seconds;
            sum >= 6
        };
        let (done, rest) = wait([4, 3, 2, 1].map(after), enough).await;
        assert_eq!((done.len(), rest.len()), (3, 1));
    });
}

#[test]
fn a_limit_on_a_wait_drops_what_it_owns_and_leaves_what_it_borrowed() {
    test(async {
        let mut owned: Vec<_> = [1, 9].map(|n| spawn(after(n))).into();
        let late = wait_for(wait(owned.iter_mut(), all), secs(3)).await;
        assert!(late.map(drop).is_err());
        // The first one's output went with the wait; the second runs on.
        assert_eq!(owned.pop().unwrap().await.unwrap(), 9);
        let late = wait_for(wait(vec![spawn(after(9))], all), secs(1)).await;
        assert!(late.map(drop).is_err());
        yield_now().await;
        assert!(tasks().is_empty());
    });
}

#[test]
fn a_rest_that_is_dropped_drops_its_futures() {
    test(async {
        let drops = Count::new();
        let guard = drops.on_drop();
        let endless: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        let (done, rest) = wait([endless, Box::pin(ready(()))], first_completed).await;
        assert_eq!((done, drops.get()), (vec![(1, ())], 0));
        drop(rest);
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn results_split_into_the_good_and_the_bad() {
    test(async {
        let children =
            (0..10).map(|n| spawn(async move { if n % 3 == 0 { Err(n) } else { Ok(n) } }));
        let results: Vec<Result<Result<u32, u32>, TaskError>> = join_all(children).await;
        let (good, bad): (Vec<_>, Vec<_>) = results
            .into_iter()
            .map(Result::unwrap)
            .partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (6, 4));
    });
}
