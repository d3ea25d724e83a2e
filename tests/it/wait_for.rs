//! Time limits: the rows WF-1 to WF-15 of the comparison with asyncio, and what a limit owes its
//! future.

use std::future::{pending, poll_fn, ready};

use tourbillon::{Either, TaskError, TimedOut, advance, join, now, oneshot, race, sleep, spawn};
use tourbillon::{Sleep, join_all, sleep_until, tasks, test, wait_for, wait_until, yield_now};

use crate::support::{Count, Log, millis, secs};

#[test]
fn a_limit_of_zero_polls_the_future_once() {
    test(async {
        let polls = Count::new();
        let late = wait_for(polls.polls(pending::<()>()), secs(0));
        assert_eq!(late.await, Err(TimedOut));
        assert_eq!(polls.get(), 1);
        let there = wait_for(polls.polls(ready(7)), secs(0));
        assert_eq!(there.await, Ok(7));
        assert_eq!(polls.get(), 2);
        // A task that is ready to run, but did not, is cancelled.
        let log = Log::new();
        let own = log.clone();
        let task = spawn(async move { own.add("ran") });
        assert!(wait_for(task, secs(0)).await.is_err());
        yield_now().await;
        assert!(log.take().is_empty());
    });
}

#[test]
fn a_limit_in_the_past_polls_the_future_once() {
    test(async {
        let past = now();
        advance(secs(1));
        let polls = Count::new();
        let late = wait_until(polls.polls(pending::<()>()), past);
        assert_eq!(late.await, Err(TimedOut));
        assert_eq!(polls.get(), 1);
        assert_eq!(wait_until(ready(7), past).await, Ok(7));
    });
}

#[test]
fn at_the_same_moment_the_future_wins_over_its_limit() {
    test(async {
        let deadline = now() + secs(3);
        assert_eq!(wait_for(sleep(secs(3)), secs(3)).await, Ok(()));
        advance(secs(1));
        // Set later than the limit, due with it.
        let late = async {
            sleep(secs(1)).await;
            sleep_until(deadline + secs(5)).await;
            "value"
        };
        assert_eq!(wait_until(late, deadline + secs(5)).await, Ok("value"));
    });
}

#[test]
fn a_value_that_was_sent_before_the_limit_fired_is_never_lost() {
    test(async {
        // The sender's deadline is the waiter's, and it was set first.
        let (sender, receiver) = oneshot::channel();
        let sending = spawn(async move {
            sleep(secs(3)).await;
            sender.send(7)
        });
        yield_now().await;
        assert_eq!(wait_for(receiver, secs(3)).await, Ok(Ok(7)));
        assert_eq!(sending.await.unwrap(), Ok(()));
        // It was set second: then the limit comes first, and the value goes back to the sender.
        let (sender, receiver) = oneshot::channel();
        let waiting = spawn(wait_for(receiver, secs(3)));
        let sending = spawn(async move {
            sleep(secs(3)).await;
            sender.send(7)
        });
        let (waited, sent) = join(waiting, sending).await;
        assert_eq!(waited.unwrap(), Err(TimedOut));
        assert_eq!(sent.unwrap(), Err(7));
    });
}

#[test]
fn a_result_that_comes_before_the_limit_is_the_result_and_the_limit_is_gone() {
    test(async {
        let start = now();
        assert_eq!(wait_for(sleep(millis(997)), secs(1)).await, Ok(()));
        assert_eq!(now() - start, millis(997));
        sleep(millis(1)).await;
        assert_eq!(now() - start, millis(998), "no deadline is left to stop at");
    });
}

#[test]
fn a_limit_that_fired_is_told_after_the_future_was_dropped() {
    test(async {
        let log = Log::new();
        let guard = log.on_drop("dropped");
        let late = wait_for(
            async move {
                let _guard = guard;
                pending::<()>().await;
            },
            secs(1),
        );
        let mut late = std::pin::pin!(late);
        poll_fn(|cx| late.as_mut().poll(cx)).await.unwrap_err();
        assert_eq!(log.take(), ["dropped"]);
    });
}

#[test]
fn whoever_drops_the_wait_drops_the_future() {
    test(async {
        let log = Log::new();
        let guard = log.on_drop("dropped");
        let inner = async move {
            let _guard = guard;
            pending::<()>().await;
        };
        let task = spawn(wait_for(inner, secs(10)));
        yield_now().await;
        task.cancel_because("outside");
        let error = task.await.unwrap_err();
        assert_eq!(error.reason().unwrap().text(), Some("outside"));
        assert_eq!(log.take(), ["dropped"]);
    });
}

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

#[test]
fn a_task_given_by_value_is_cancelled_and_a_borrowed_one_runs_on() {
    test(async {
        let log = Log::new();
        let work = |name: &'static str| {
            let log = log.clone();
            spawn(async move {
                sleep(secs(5)).await;
                log.add(name);
            })
        };
        assert!(wait_for(work("given"), secs(3)).await.is_err());
        let mut borrowed = work("borrowed");
        assert!(wait_for(&mut borrowed, secs(3)).await.is_err());
        borrowed.await.unwrap();
        assert_eq!(log.take(), ["borrowed"]);
    });
}

#[test]
fn a_cancel_by_a_third_and_the_futures_own_limit_are_not_this_limit() {
    test(async {
        let task = spawn(pending::<()>());
        let canceller = task.canceller();
        let third = spawn(async move { canceller.cancel() });
        let waited = wait_for(task, secs(3)).await;
        assert!(waited.expect("no limit fired").unwrap_err().is_cancelled());
        assert!(third.await.unwrap());
        let own = wait_for(wait_for(pending::<()>(), secs(1)), secs(3));
        assert_eq!(own.await, Ok(Err(TimedOut)));
    });
}

#[test]
fn a_deadline_that_passed_without_an_await_after_it_is_no_error() {
    test(async {
        let busy = async {
            yield_now().await;
            advance(secs(10));
            "done"
        };
        assert_eq!(wait_for(busy, secs(3)).await, Ok("done"));
    });
}

#[test]
fn of_two_limits_the_earlier_fires_and_of_equal_ones_the_inner() {
    test(async {
        let nested = |inner, outer| wait_for(wait_for(pending::<()>(), secs(inner)), secs(outer));
        let start = now();
        assert_eq!(nested(1, 2).await, Ok(Err(TimedOut)));
        assert_eq!(nested(2, 1).await, Err(TimedOut));
        assert_eq!(nested(1, 1).await, Ok(Err(TimedOut)));
        assert_eq!(now() - start, secs(3));
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
fn a_future_that_is_always_ready_does_not_outrun_its_limit() {
    test(async {
        let rounds = Count::new();
        let own = rounds.clone();
        let eager = async move {
            loop {
                let (sender, receiver) = oneshot::channel();
                sender.send(()).unwrap();
                receiver.await.unwrap();
                own.add();
                if own.get() == 1_000 {
                    advance(secs(3));
                }
            }
        };
        let limited: Result<(), TimedOut> = wait_for(eager, secs(3)).await;
        assert_eq!(limited, Err(TimedOut));
        assert!(rounds.get() < 1_000 + 3 * 128, "{} rounds", rounds.get());
    });
}

#[test]
fn a_limit_can_be_moved_by_hand() {
    test(async {
        let start = now();
        let mut limit: Sleep = sleep(secs(3));
        let mut work = sleep(secs(10));
        assert_eq!(race(&mut work, &mut limit).await, Either::Right(()));
        limit.reset(start + secs(20));
        assert_eq!(race(&mut work, &mut limit).await, Either::Left(()));
        assert_eq!(now() - start, secs(10));
    });
}

#[test]
fn the_future_runs_in_the_callers_own_task() {
    test(async {
        let counted = wait_for(async { tasks().len() }, secs(1));
        assert_eq!(counted.await, Ok(0));
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
