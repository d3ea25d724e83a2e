//! Time limits in numbers and in odd company, where the contract's WF rows end.

use std::future::{pending, ready};

use tourbillon::{TaskError, TimedOut, advance, now, oneshot, sleep, spawn};
use tourbillon::{join_all, test, wait_for, yield_now};

use crate::support::secs;

/// One turn holds a value, a limit and a cancel from outside, which come in some order.
async fn all_at_once(order: [&str; 3]) -> Result<Result<u32, TimedOut>, TaskError> {
    let (sender, receiver) = oneshot::channel();
    let mut sender = Some(sender);
    let task = spawn(async move {
        let value = wait_for(receiver, secs(3)).await?;
        Ok(value.expect("the sender is kept"))
    });
    yield_now().await;
    for event in order {
        match event {
            "value" => drop(sender.take().unwrap().send(7)),
            "limit" => advance(secs(3)),
            _ => drop(task.cancel()),
        }
    }
    task.await
}

#[test]
fn of_a_value_a_limit_and_a_cancel_in_one_turn_the_value_is_the_one_that_is_seen() {
    test(async {
        let orders = [
            ["value", "limit", "cancel"],
            ["value", "cancel", "limit"],
            ["limit", "value", "cancel"],
            ["limit", "cancel", "value"],
            ["cancel", "value", "limit"],
            ["cancel", "limit", "value"],
        ];
        for order in orders {
            assert!(matches!(all_at_once(order).await, Ok(Ok(7))), "{order:?}");
        }
    });
}

/// A hundred limits, one inside the other; the `shortest`th from the inside is of one second, the
/// others of more.
fn hundred_limits(shortest: u64) -> impl Future<Output = Vec<u64>> {
    let fired = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let mut inner: std::pin::Pin<Box<dyn Future<Output = ()>>> = Box::pin(pending());
    for n in 0..100 {
        let limit = if n == shortest { 1 } else { 2 + n };
        let fired = fired.clone();
        let limited = wait_for(inner, secs(limit));
        inner = Box::pin(async move {
            if limited.await.is_err() {
                fired.borrow_mut().push(n);
            }
        });
    }
    async move {
        inner.await;
        fired.take()
    }
}

#[test]
fn of_a_hundred_limits_one_inside_the_other_exactly_the_shortest_fires() {
    test(async {
        for shortest in [0, 1, 50, 99] {
            let start = now();
            assert_eq!(hundred_limits(shortest).await, [shortest]);
            assert_eq!(now() - start, secs(1));
        }
    });
}

#[test]
fn a_thousand_limits_at_once_fire_each_for_its_own_future() {
    test(async {
        let waits = (0..1_000).map(|n| async move {
            let work = sleep(secs(if n % 2 == 0 { 1 } else { 3 }));
            wait_for(work, secs(2)).await.is_ok()
        });
        let inside = join_all(waits).await;
        assert!(
            inside
                .iter()
                .enumerate()
                .all(|(n, inside)| *inside == (n % 2 == 0))
        );
    });
}

#[test]
fn a_limit_without_a_runtime_is_refused_only_when_it_is_needed() {
    let there = futures_lite::future::block_on(wait_for(ready(7), secs(1)));
    assert_eq!(there, Ok(7));
    let refused = crate::support::panic_of(|| {
        futures_lite::future::block_on(wait_for(pending::<()>(), secs(1)))
    });
    assert!(
        refused.contains("outside of a tourbillon runtime"),
        "{refused}"
    );
}
