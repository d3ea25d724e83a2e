//! The virtual clock: when it jumps, when it flows, and when it is moved by hand (D11).

use std::time::{Duration, Instant};

use futures_lite::future::poll_once;
use tourbillon::net::UdpSocket;
use tourbillon::{Either, Handle, Runtime, advance, block_on, join_all, now};
use tourbillon::{race, sleep, spawn, tasks, test, yield_now};

use crate::support::{Log, TellParked, millis, panic_of, secs};

#[test]
fn what_is_due_after_an_advance_fires_at_the_end_of_the_turn() {
    test(async {
        let log = Log::new();
        let tasks: Vec<_> = [2, 1, 3]
            .map(|n| {
                let log = log.clone();
                spawn(async move {
                    sleep(secs(n)).await;
                    log.add(n.to_string());
                })
            })
            .into();
        yield_now().await;
        advance(secs(2));
        assert!(log.take().is_empty(), "inside advance");
        yield_now().await;
        yield_now().await;
        assert_eq!(log.take(), ["1", "2"]);
        join_all(tasks).await;
    });
}

#[test]
fn an_advance_that_cannot_be_says_so_and_changes_nothing() {
    test(async {
        let start = now();
        let beyond = panic_of(|| advance(Duration::MAX));
        assert!(beyond.contains("a time that can be reached"), "{beyond}");
        assert_eq!(now(), start);
        sleep(secs(1)).await;
        assert_eq!(now() - start, secs(1));
    });
    let real = panic_of(|| block_on(async { advance(secs(1)) }));
    assert!(real.contains("virtual_clock()"), "{real}");
    let outside = panic_of(|| advance(secs(1)));
    assert!(
        outside.contains("outside of a tourbillon runtime"),
        "{outside}"
    );
}

#[test]
fn while_a_socket_is_waited_for_the_clock_jumps_only_after_its_full_silence() {
    let parked = TellParked::default();
    let settle = millis(200);
    let runtime = Runtime::builder().virtual_clock().settle(settle);
    let runtime = runtime.observer(parked.clone()).build().unwrap();
    runtime.block_on(async {
        let address = "127.0.0.1:0".parse().unwrap();
        let socket = UdpSocket::bind(address).await.unwrap();
        let mut buffer = [0];
        let hold = Handle::current().hold_clock();
        // What the socket has to say at first is heard here.
        let _ = race(socket.recv_from(&mut buffer), sleep(millis(1))).await;
        // The loop falls asleep for a deadline that is near, and is let go from there: what wakes
        // it when that deadline would have come is not silence.
        let mut near = sleep(millis(2));
        assert_eq!(poll_once(&mut near).await, None);
        let thread = parked.when_parked(move || drop((near, hold)));
        let (start, began) = (now(), Instant::now());
        let heard = race(socket.recv_from(&mut buffer), sleep(secs(3_600))).await;
        assert!(matches!(heard, Either::Right(())));
        assert!(now() - start >= secs(3_600));
        let silent = began.elapsed();
        assert!(silent >= settle, "it jumped after {silent:?}");
        thread.join().unwrap();
    });
}

#[test]
fn a_held_clock_flows_and_jumps_again_when_it_is_let_go() {
    let began = Instant::now();
    test(async {
        let start = now();
        let hold = Handle::current().hold_clock();
        let hour = spawn(sleep(secs(3_600)));
        sleep(millis(5)).await;
        assert!(now() - start >= millis(5) && now() - start < secs(60));
        assert!(began.elapsed() >= millis(5), "it did not flow");
        assert!(!hour.is_finished());
        drop(hold);
        hour.await.unwrap();
        assert!(now() - start >= secs(3_600));
    });
    assert!(began.elapsed() < secs(60), "it did not jump");
}

#[test]
fn time_that_flowed_is_not_taken_back_and_two_holds_are_one() {
    test(async {
        let (first, second) = (
            Handle::current().hold_clock(),
            Handle::current().hold_clock(),
        );
        sleep(millis(1)).await;
        drop(first);
        let before = now();
        sleep(millis(1)).await;
        assert!(now() >= before + millis(1));
        advance(secs(1));
        let held = now();
        assert!(held >= before + millis(1_001));
        drop(second);
        assert!(now() >= held);
        assert_eq!(now(), now(), "it flows on with nobody to hold it");
        assert_eq!(poll_once(yield_now()).await, None);
    });
}

#[test]
fn a_hold_may_outlive_its_runtime_and_a_settle_time_may_be_endless() {
    let runtime = Runtime::builder().virtual_clock().settle(Duration::MAX);
    let runtime = runtime.build().unwrap();
    let hold = runtime.handle().hold_clock();
    runtime.block_on(yield_now());
    drop(runtime);
    drop(hold);
}

#[test]
fn a_task_waits_since_it_was_spawned_or_last_polled_by_the_loops_clock() {
    test(async {
        let start = now();
        sleep(secs(5)).await;
        let task = spawn(async {
            sleep(secs(2)).await;
            sleep(secs(9)).await;
        });
        let since = || tasks()[0].since - start;
        assert_eq!(since(), secs(5), "it was spawned");
        yield_now().await;
        assert_eq!(since(), secs(5), "it was polled");
        sleep(secs(3)).await;
        assert_eq!(since(), secs(7), "it was polled again");
        drop(task);
    });
}
