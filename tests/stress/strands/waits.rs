//! Strands of waits: for one-shots, channels, timers, and whichever of two comes first.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_lite::future::poll_once;
use tourbillon::{oneshot, sleep, spawn, wait_for, yield_now};

use super::Strand;

/// Ping-pong by one-shots, with a new task each time.
pub(super) async fn one_shots(mut strand: Strand) {
    while strand.step().await {
        let (ping, pinged) = oneshot::channel();
        let (pong, ponged) = oneshot::channel();
        let begun = strand.tally.tasks.begin();
        let partner = spawn(async move {
            let _begun = begun;
            let number: u64 = pinged.await.unwrap();
            pong.send(number + 1).unwrap();
        });
        if strand.below(2) == 0 {
            yield_now().await;
        }
        let number = strand.below(1_000);
        ping.send(number).unwrap();
        assert_eq!(ponged.await.unwrap(), number + 1);
        strand.beat();
        partner.await.unwrap();
        strand.done();
    }
}

/// Ping-pong by two channels with one partner.
pub(super) async fn channels(mut strand: Strand) {
    let (ping, pinged) = async_channel::bounded(1);
    let (pong, ponged) = async_channel::bounded(1);
    let begun = strand.tally.tasks.begin();
    let partner = spawn(async move {
        let _begun = begun;
        while let Ok(number) = pinged.recv().await {
            let number: u64 = number;
            pong.send(number + 1).await.unwrap();
        }
    });
    while strand.step().await {
        let number = strand.below(1_000);
        ping.send(number).await.unwrap();
        assert_eq!(ponged.recv().await.unwrap(), number + 1);
        strand.done();
    }
    drop(ping);
    partner.await.unwrap();
}

/// Sleeps, none of which may end early.
pub(super) async fn sleeps(mut strand: Strand) {
    while strand.step().await {
        let length = Duration::from_micros(strand.below(5_000));
        let begun = strand.tally.sleeps.begin();
        let began = Instant::now();
        sleep(length).await;
        assert!(began.elapsed() >= length, "a sleep was early");
        drop(begun);
        strand.done();
    }
}

/// Sleeps that are armed here and waited for, reset or dropped in another task.
pub(super) async fn moved_sleeps(mut strand: Strand) {
    while strand.step().await {
        let length = Duration::from_micros(100 + strand.below(3_000));
        let kind = strand.below(4);
        let mut nap = sleep(length);
        let ended = poll_once(&mut nap).await;
        assert!(ended.is_none(), "its first poll arms it");
        let begun = strand.tally.sleeps.begin();
        let other = spawn(async move {
            let _begun = begun;
            match kind {
                0 => drop(nap),
                1 => {
                    nap.reset(Instant::now() + length / 2);
                    nap.await;
                }
                _ => nap.await,
            }
        });
        other.await.unwrap();
        strand.done();
    }
}

/// Waits with a limit that may come first.
pub(super) async fn limits(mut strand: Strand) {
    while strand.step().await {
        let limit = Duration::from_micros(strand.below(2_000));
        let value_after = Duration::from_micros(strand.below(2_000));
        let (sender, receiver) = oneshot::channel();
        let begun = strand.tally.tasks.begin();
        let task = spawn(async move {
            let _begun = begun;
            sleep(value_after).await;
            let _ = sender.send(());
        });
        strand.tally.limits.add(1, 0);
        let receiver = pin!(receiver);
        match wait_for(receiver, limit).await {
            Ok(value) => value.expect("the sender sends before it goes"),
            Err(_) => drop(task),
        }
        strand.tally.limits.add(0, 1);
        strand.done();
    }
}
