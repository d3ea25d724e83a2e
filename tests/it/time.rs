//! Sleeping, and the clock that is slept by, where the contract's TM rows end (D9, D11).

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::{Duration, Instant};

use futures_lite::future::poll_once;
use tourbillon::{Runtime, Sleep, advance, block_on, join_all, now};
use tourbillon::{sleep, spawn, test, yield_now};

use crate::support::{Count, Log, in_time, millis, panic_of, secs, wait_until_asleep};
use crate::system::waker_that_tells_of_its_clones;

#[test]
fn a_sleep_counts_from_its_first_poll() {
    test(async {
        let late = sleep(secs(3));
        assert_eq!(late.deadline(), None);
        advance(secs(10));
        let start = now();
        late.await;
        assert_eq!(now() - start, secs(3));
    });
}

/// Resets a sleep of 10 s, which was polled, to `to` seconds; says when it was over.
async fn reset_to(to: u64) -> Duration {
    let start = now();
    let mut sleep = sleep(secs(10));
    assert_eq!(poll_once(&mut sleep).await, None);
    sleep.reset(start + secs(to));
    assert_eq!(sleep.deadline(), Some(start + secs(to)));
    sleep.await;
    now() - start
}

#[test]
fn a_sleep_can_be_moved_earlier_later_and_to_now() {
    test(async {
        assert_eq!(reset_to(3).await, secs(3));
        assert_eq!(reset_to(30).await, secs(30));
        assert_eq!(reset_to(0).await, secs(0));
    });
}

#[test]
fn a_sleep_that_is_over_can_be_used_again() {
    test(async {
        let start = now();
        let mut again = sleep(secs(1));
        (&mut again).await;
        (&mut again).await;
        assert_eq!(now() - start, secs(1), "over stays over");
        again.reset(start + secs(5));
        (&mut again).await;
        assert_eq!(now() - start, secs(5));
        let mut unpolled = sleep(secs(1));
        unpolled.reset(start + secs(7));
        unpolled.await;
        assert_eq!(now() - start, secs(7));
    });
}

#[test]
fn of_the_wakers_that_a_sleep_was_polled_with_the_latest_is_woken() {
    test(async {
        let (first, second) = (Count::new(), Count::new());
        let mut sleep = Box::pin(sleep(secs(1)));
        for count in [&first, &second] {
            let waker = count.waker();
            let polled = sleep.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        advance(secs(1));
        yield_now().await;
        assert_eq!((first.get(), second.get()), (0, 1));
    });
}

/// Polls a sleep that others may move.
async fn shared(sleep: &Mutex<Sleep>) {
    poll_fn(|cx| std::pin::Pin::new(&mut *sleep.lock().unwrap()).poll(cx)).await;
}

/// Has a loop fall asleep for an hour, lets `wake` move that sleep, and waits for the loop to end.
fn asleep_for_an_hour(name: &'static str, wake: impl FnOnce(&Mutex<Sleep>) + Send + 'static) {
    in_time(move || {
        let far = Arc::new(Mutex::new(sleep(secs(3_600))));
        let own = far.clone();
        let asleep = move || block_on(async { shared(&own).await });
        let asleep = std::thread::Builder::new().name(name.into()).spawn(asleep);
        wait_until_asleep(name);
        wake(&far);
        asleep.unwrap().join().unwrap();
    });
}

#[test]
fn a_deadline_that_is_moved_by_another_thread_wakes_the_loop_that_sleeps_for_it() {
    asleep_for_an_hour("moved-to-soon", |far| {
        far.lock().unwrap().reset(Instant::now() + millis(1));
    });
    asleep_for_an_hour("moved-to-past", |far| {
        far.lock().unwrap().reset(Instant::now());
    });
}

#[test]
fn a_sleep_may_be_dropped_on_another_thread() {
    test(async {
        let mut far = sleep(secs(3_600));
        assert_eq!(poll_once(&mut far).await, None);
        std::thread::spawn(move || drop(far)).join().unwrap();
    });
}

#[test]
fn a_sleep_that_outlives_its_loop_goes_on_in_the_next_one() {
    let mut moved: Sleep = sleep(millis(20));
    let began = Instant::now();
    block_on(async { assert_eq!(poll_once(&mut moved).await, None) });
    assert!(moved.deadline().is_some_and(|deadline| deadline > began));
    block_on(&mut moved);
    assert!(
        began.elapsed() >= millis(20),
        "early: {:?}",
        began.elapsed()
    );
    let refused = panic_of(|| futures_lite::future::block_on(sleep(secs(1))));
    assert!(
        refused.contains("outside of a tourbillon runtime"),
        "{refused}"
    );
}

#[test]
fn a_thousand_real_sleeps_are_never_early() {
    block_on(async {
        let sleeps = (0..1_000_u64).map(|n| async move {
            let duration = Duration::from_micros(n * 37 % 5_000);
            let start = Instant::now();
            sleep(duration).await;
            assert!(
                start.elapsed() >= duration,
                "{duration:?} took {:?}",
                start.elapsed()
            );
        });
        join_all(sleeps).await;
    });
}

#[test]
fn a_program_of_sleeps_goes_by_the_order_of_its_deadlines() {
    test(async {
        let log = Log::new();
        let tasks = (0..200_u64).map(|n| {
            let (log, pause) = (log.clone(), n * 7_919 % 200);
            spawn(async move {
                sleep(millis(pause)).await;
                log.add(format!("{pause:03}"));
            })
        });
        join_all(tasks.collect::<Vec<_>>()).await;
        let order = log.take();
        assert!(order.is_sorted() && order.len() == 200, "{order:?}");
    });
}

thread_local! {
    /// A runtime that ends when somebody takes it.
    static ENDS: Cell<Option<Runtime>> = const { Cell::new(None) };
}

#[test]
fn a_sleep_whose_loop_ends_while_it_is_polled_elsewhere_does_not_fire_early() {
    let loops = || Runtime::builder().virtual_clock().build().unwrap();
    let (first, second) = (loops(), loops());
    let mut long = Box::pin(sleep(secs(3_600)));
    first.block_on(async { assert!(poll_once(&mut long).await.is_none()) });
    let deadline = long.deadline().expect("it is armed");
    ENDS.set(Some(first));
    // A waker is cloned between the two looks that a poll takes at its timer.
    let waker = waker_that_tells_of_its_clones(|| drop(ENDS.take()));
    second.block_on(async {
        let polled = long.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(ENDS.take().is_none(), "the poll has ended the first loop");
        assert!(polled.is_pending(), "it fired early");
        long.await;
        assert!(now() >= deadline);
    });
}
