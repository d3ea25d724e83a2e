//! `as_completed` and `wait`: what goes beyond the contract's AC and WA rows.

use std::future::{Future, pending, ready};
use std::pin::Pin;

use futures_lite::{Stream, StreamExt};
use tourbillon::{TaskError, as_completed, first_completed, join_all};
use tourbillon::{sleep, spawn, test, wait};

use crate::support::{Count, secs};

/// Waits `seconds`, and gives them.
async fn after(seconds: u64) -> u64 {
    sleep(secs(seconds)).await;
    seconds
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
