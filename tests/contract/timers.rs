//! TM rows: delays from nothing to never, equal deadlines, and ticks that were missed.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures_lite::future::poll_once;
use tourbillon::internals::Wheel;
use tourbillon::{Either, Missed, Runtime, Sleep, advance, interval, join_all, now, oneshot};
use tourbillon::{race, sleep, sleep_until, wait_for};

use crate::spawn::watched;
use crate::support::{holds, holds_in_order, holds_outside, rest, spawn_in_order, test_on};
use crate::tools::{Count, Log, TellParked, millis, secs};

/// The wheel's bits a level, and the tick from which on a deadline is too far for its levels.
const DIGIT: u32 = 6;
const HORIZON: u64 = 1 << (6 * DIGIT);

/// So many ticks of the wheel, each of 1/16 ms.
fn ticks(number: u64) -> Duration {
    Duration::from_nanos(62_500 * number)
}

#[test]
fn tm_01_a_sleep_of_zero_is_one_yield_and_a_past_deadline_none() {
    holds_in_order(async || {
        let (log, polls, start) = (Log::new(), Count::new(), now());
        // Armed before the others sleep, and due as soon as a timer can be.
        let own = log.clone();
        let timer = spawn_in_order(async move {
            sleep(ticks(1)).await;
            own.add("timer");
        });
        let sleepers = ["a", "b"].map(|name| {
            let log = log.clone();
            spawn_in_order(polls.polls(async move {
                for n in 1..=3 {
                    log.add(format!("{name}{n}"));
                    sleep(secs(0)).await;
                }
            }))
        });
        join_all(sleepers).await;
        assert_eq!(log.take().join(" "), "a1 b1 a2 b2 a3 b3");
        assert_eq!((now(), polls.get()), (start, 2 * 4));
        timer.await.unwrap();
        assert_eq!(log.take(), ["timer"]);

        assert_eq!(now(), start + ticks(1));
        assert_eq!(poll_once(sleep_until(start)).await, Some(()));
        assert_eq!(poll_once(sleep_until(now())).await, Some(()));
        assert_eq!(poll_once(sleep_until(now() + ticks(1))).await, None);
    });
}

/// A loop that waits for never and for a value from another thread, which comes when it sleeps.
fn never_alone(workers: usize) {
    let parked = TellParked::default();
    let runtime = Runtime::builder().virtual_clock().workers(workers);
    let runtime = runtime.observer(parked.clone()).build().unwrap();
    let (sender, receiver) = oneshot::channel();
    let thread = parked.when_parked(move || sender.send("a value").unwrap());
    runtime.block_on(async {
        let start = now();
        let first = race(sleep(Duration::MAX), receiver).await;
        assert_eq!(first, Either::Right(Ok("a value")));
        assert_eq!(now(), start, "the clock jumped to never");
    });
    thread.join().unwrap();
}

/// What no clock can reach beside an hour, which is over first.
async fn never_beside_an_hour() {
    let hour = || sleep(secs(3_600));
    let start = now();
    assert_eq!(race(sleep(Duration::MAX), hour()).await, Either::Right(()));
    let unreachable = sleep_until(now() + Duration::from_secs(1 << 62));
    assert_eq!(race(unreachable, hour()).await, Either::Right(()));
    let unreachable = wait_for(pending::<()>(), Duration::MAX);
    assert_eq!(race(unreachable, hour()).await, Either::Right(()));
    assert_eq!(now() - start, secs(3 * 3_600));
}

#[test]
fn tm_02_what_no_clock_can_reach_is_never_and_what_is_far_comes_on_time() {
    holds_outside(|workers| {
        never_alone(workers);
        test_on(workers, async {
            never_beside_an_hour().await;
            for far in [millis(1 << 32), secs(50 * 365 * 86_400)] {
                let start = now();
                sleep(far).await;
                assert_eq!(now() - start, far);
            }
        });
    });
}

#[test]
fn tm_03_a_hundred_thousand_equal_deadlines_fire_in_the_order_in_which_they_were_set() {
    holds_in_order(async || {
        // Before each batch but the first, time goes half of the way that is left: so the batches
        // are set from beyond the horizon and from every level of the wheel, and cascade from
        // there.
        let distance = 3 * HORIZON + 5;
        let deadline = now() + ticks(distance);
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for halving in 0..40 {
            sleep_until(deadline - ticks((distance >> halving).max(1))).await;
            tasks.extend((0..2_500).map(|step| {
                let order = order.clone();
                spawn_in_order(async move {
                    sleep_until(deadline).await;
                    order.lock().unwrap().push(2_500 * halving + step);
                })
            }));
        }
        assert!(order.lock().unwrap().is_empty(), "early");
        join_all(tasks).await;
        assert_eq!(now(), deadline);
        let order = order.lock().unwrap();
        assert!(order.iter().copied().eq(0..100_000), "the order was lost");
    });
}

/// Asserts that a deadline is not there a tick before its time, and is there exactly on time.
async fn is_exact(distance: u64) {
    let deadline = now() + ticks(distance);
    let mut sleep = sleep_until(deadline);
    if distance > 1 {
        assert_eq!(poll_once(&mut sleep).await, None);
        advance(ticks(distance - 1));
        // A look at the clock, so that what is due too early fires.
        rest().await;
    }
    assert_eq!(poll_once(&mut sleep).await, None, "{distance}: early");
    sleep.await;
    assert_eq!(now(), deadline, "{distance}: late");
}

#[test]
fn tm_04_nothing_fires_early_and_on_an_idle_loop_less_than_a_tick_late() {
    holds(async || {
        let start = now();
        for level in 0..8 {
            let border = 1 << (DIGIT * level);
            for distance in [border - 1, border, border + 1] {
                // From wherever the last one ended.
                let before = now();
                sleep(ticks(distance)).await;
                assert_eq!(now() - before, ticks(distance));
                if distance > 0 {
                    is_exact(distance).await;
                }
            }
            // Where time itself comes to the next border: a tick before it, on it, a tick after it.
            let border = start + ticks(64 * border);
            sleep_until(border - ticks(3)).await;
            assert_eq!(now(), border - ticks(3));
            for distance in [2, 1, 1] {
                is_exact(distance).await;
            }
        }
        for nanos in [1, 62_499, 62_501, 999_999_999] {
            let (start, duration) = (now(), Duration::from_nanos(nanos));
            sleep(duration).await;
            let took = now() - start;
            assert!(took >= duration, "{duration:?} took {took:?}");
            assert!(took < duration + ticks(1), "{duration:?} took {took:?}");
        }
    });
}

/// Counts its wakes; its reference count tells who holds it.
struct Held(Count);

impl Wake for Held {
    fn wake(self: Arc<Self>) {
        self.0.add();
    }
}

#[test]
fn tm_05_a_dropped_timer_is_gone_at_once() {
    holds_outside(|workers| {
        let (runtime, recorder) = watched(workers);
        let wakes = Count::new();
        let held = Arc::new(Held(wakes.clone()));
        let waker = Waker::from(held.clone());
        runtime.block_on(async {
            let mut sleeps: Vec<Sleep> = (1..=10_000).map(|n| sleep(millis(n))).collect();
            for sleep in &mut sleeps {
                let polled = Pin::new(sleep).poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
            }
            assert_eq!(Arc::strong_count(&held), 10_002);
            for left in (0..10_000).rev() {
                drop(sleeps.pop());
                assert_eq!(Arc::strong_count(&held), 2 + left, "the waker is kept");
            }
            recorder.take();
            sleep(secs(20)).await;
        });
        assert_eq!(wakes.get(), 0);
        // Not one stop for a deadline that nobody waits for. A worker that keeps watch may stop more
        // than once on its way to the same one.
        let told = recorder.take();
        let parked = told.iter().filter(|line| line.starts_with("parked Some"));
        let mut parked: Vec<_> = parked.collect();
        if workers > 1 {
            parked.dedup();
        }
        assert_eq!(parked, ["parked Some(20s)"]);

        let mut wheel = Wheel::new();
        let keys: Vec<_> = (0..10_000).map(|n| wheel.insert(n * 977, n)).collect();
        for (n, key) in keys.into_iter().enumerate() {
            assert_eq!(wheel.remove(key), Some(n as u64));
            assert_eq!(wheel.len(), 10_000 - 1 - n);
        }
        assert_eq!(wheel.next_deadline(), None);
    });
}

/// An interval of 10 s whose second tick is asked for 25 s late: when its ticks come, and when each
/// says that it was due, in seconds from the first.
async fn ticks_when_25_seconds_late(missed: Missed) -> Vec<(u64, u64)> {
    let start = now();
    let mut interval = interval(secs(10)).missed(missed);
    interval.tick().await;
    sleep(secs(35)).await;
    let mut ticks = Vec::new();
    for _ in 0..5 {
        let due = interval.tick().await;
        ticks.push(((now() - start).as_secs(), (due - start).as_secs()));
    }
    ticks
}

#[test]
fn tm_06_missed_ticks_come_at_once_are_put_off_or_are_left_out_as_it_was_said() {
    holds(async || {
        let table = [
            (
                Missed::Burst,
                [(35, 10), (35, 20), (35, 30), (40, 40), (50, 50)],
            ),
            (
                Missed::Delay,
                [(35, 10), (45, 45), (55, 55), (65, 65), (75, 75)],
            ),
            (
                Missed::Skip,
                [(35, 10), (40, 40), (50, 50), (60, 60), (70, 70)],
            ),
        ];
        for (missed, ticks) in table {
            assert_eq!(
                ticks_when_25_seconds_late(missed).await,
                ticks,
                "{missed:?}"
            );
        }
        assert_eq!(Missed::default(), Missed::Burst);
    });
}
