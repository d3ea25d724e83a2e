//! Ticks at equal distances. (What becomes of those that were missed is the contract's TM-6.)

use std::time::Duration;

use futures_lite::future::poll_once;
use tourbillon::{Either, Missed, advance, interval, now, race, sleep, test, wait_for};

use crate::support::{panic_of, secs};

#[test]
fn the_first_tick_comes_at_once_and_the_others_keep_the_rhythm_whatever_is_done_between() {
    test(async {
        sleep(secs(7)).await;
        let start = now();
        let mut interval = interval(secs(10));
        for (n, work) in [(0, 3), (1, 9), (2, 0), (3, 10), (4, 1)] {
            assert_eq!(interval.tick().await, start + secs(10) * n);
            assert_eq!(now(), start + secs(10) * n);
            sleep(secs(work)).await;
        }
    });
}

#[test]
fn a_tick_that_was_not_waited_for_comes_at_the_next_call() {
    test(async {
        let start = now();
        let mut interval = interval(secs(10));
        interval.tick().await;
        assert!(wait_for(interval.tick(), secs(4)).await.is_err());
        assert!(poll_once(interval.tick()).await.is_none());
        assert_eq!(interval.tick().await, start + secs(10));
        assert_eq!(now(), start + secs(10));
    });
}

#[test]
fn an_interval_whose_next_tick_no_clock_can_reach_ticks_once() {
    test(async {
        for missed in [Missed::Burst, Missed::Delay, Missed::Skip] {
            let start = now();
            let mut interval = interval(Duration::MAX).missed(missed);
            assert_eq!(interval.tick().await, start);
            advance(secs(1));
            let second = race(interval.tick(), sleep(secs(3_600))).await;
            assert_eq!(second, Either::Right(()), "{missed:?}");
        }
    });
}

#[test]
fn an_interval_without_a_period_is_refused() {
    let refused = panic_of(|| interval(Duration::ZERO));
    assert!(refused.contains("yield_now"), "{refused}");
}
