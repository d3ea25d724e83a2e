//! Wakers, observers and executors that misbehave: they hurt nobody else.

use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};

use tourbillon::{
    Either, Event, Observer, Runtime, now, oneshot, race, sleep, spawn, test, wait_for, wait_until,
    yield_now,
};

use crate::support::{in_time, secs};

/// More operations than a poll's budget has.
const MANY: usize = 300;

struct PanicsWhenDropped;

impl Wake for PanicsWhenDropped {
    fn wake(self: Arc<Self>) {}
}

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("the drop of a waker");
    }
}

struct PanicsWhenWoken;

impl Wake for PanicsWhenWoken {
    fn wake(self: Arc<Self>) {
        panic!("the wake of a waker");
    }
}

#[test]
fn a_detached_task_runs_on_though_the_drop_of_its_join_waker_panics() {
    test(async {
        let ran = Arc::new(AtomicBool::new(false));
        let told = ran.clone();
        let mut task = spawn(async move {
            sleep(secs(1)).await;
            told.store(true, SeqCst);
        });
        let waker = Waker::from(Arc::new(PanicsWhenDropped));
        let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        // The copy in the task is the last one.
        drop(waker);
        let detached = catch_unwind(AssertUnwindSafe(|| task.detach()));
        assert!(detached.is_err(), "the waker was dropped by the detach");
        sleep(secs(2)).await;
        assert!(ran.load(SeqCst), "a detached task is not cancelled");
    });
}

#[test]
fn a_waker_that_panics_does_not_cost_the_others_their_wake() {
    in_time(|| {
        let runtime = Runtime::builder().virtual_clock().build().unwrap();
        let mut bad = sleep(secs(1));
        let (task, good) = runtime.block_on(async {
            let waker = Waker::from(Arc::new(PanicsWhenWoken));
            assert!(
                Pin::new(&mut bad)
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            let task = spawn(sleep(secs(1)));
            yield_now().await;
            (task, now())
        });
        let broken = catch_unwind(AssertUnwindSafe(|| runtime.block_on(sleep(secs(5)))));
        assert!(broken.is_err(), "the panic goes through block_on");
        runtime.block_on(task).unwrap();
        assert!(runtime.block_on(async { now() }) - good >= secs(1));
    });
}

#[test]
fn a_waker_that_panics_at_the_end_of_a_runtime_does_not_cost_the_others_their_wake() {
    in_time(|| {
        let runtime = Runtime::builder().virtual_clock().build().unwrap();
        let (mut bad, mut good) = (sleep(secs(1)), sleep(secs(2)));
        let woken = Arc::new(Flag(AtomicBool::new(false)));
        runtime.block_on(async {
            let waker = Waker::from(Arc::new(PanicsWhenWoken));
            assert!(
                Pin::new(&mut bad)
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            let waker = Waker::from(woken.clone());
            assert!(
                Pin::new(&mut good)
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        });
        let ended = catch_unwind(AssertUnwindSafe(|| drop(runtime)));
        assert!(
            ended.is_err(),
            "the panic goes through the drop of the runtime"
        );
        assert!(woken.0.load(SeqCst), "the good sleep hears of the end");
    });
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

struct Panics;

impl Observer for Panics {
    fn event(&self, _event: &Event<'_>) {
        panic!("an observer");
    }
}

#[test]
fn an_observer_that_panics_at_every_event_disturbs_nothing() {
    in_time(|| {
        let runtime = Runtime::builder()
            .virtual_clock()
            .observer(Panics)
            .build()
            .unwrap();
        for _ in 0..2 {
            let value = runtime.block_on(async {
                let task = spawn(async {
                    sleep(secs(1)).await;
                    42
                });
                task.await
            });
            assert_eq!(value.unwrap(), 42);
        }
    });
}

#[test]
fn a_foreign_executor_inside_of_a_poll_ends_though_it_uses_up_the_budget() {
    test(async {
        futures_lite::future::block_on(async {
            for number in 0..MANY {
                assert_eq!(ready_oneshot(number).await, Ok(number));
            }
        });
    });
}

fn ready_oneshot(number: usize) -> oneshot::Receiver<usize> {
    let (sender, receiver) = oneshot::channel();
    sender.send(number).unwrap();
    receiver
}

#[test]
fn a_time_limit_throws_no_value_away_because_the_budget_is_used_up() {
    test(async {
        for number in 0..MANY {
            let limited = wait_for(ready_oneshot(number), secs(0)).await;
            assert_eq!(limited, Ok(Ok(number)), "a limit of zero");
            let limited = wait_until(ready_oneshot(number), now()).await;
            assert_eq!(limited, Ok(Ok(number)), "a deadline that has come");
        }
    });
}

#[test]
fn a_race_is_not_lost_by_left_because_the_budget_is_used_up() {
    test(async {
        for number in 0..MANY {
            let winner = race(ready_oneshot(number), ready(())).await;
            assert_eq!(winner, Either::Left(Ok(number)));
        }
    });
}

#[test]
fn a_time_limit_of_zero_still_ends_a_future_that_is_never_ready() {
    test(async {
        for _ in 0..MANY {
            assert!(wait_for(pending::<()>(), secs(0)).await.is_err());
        }
    });
}
