//! FU rows: the one-shot channel, which is asyncio's `Future`.

use std::future::Future;
use std::task::Context;

use futures_lite::future::{block_on as elsewhere, poll_once};
use tourbillon::oneshot::{Closed, TryRecvError, channel};
use tourbillon::{now, wait_for};

use crate::support::{holds, outside_of_a_loop, rest, spawn};
use crate::tools::{Count, panic_of, secs};

/// That a second `send` does not compile is shown in `docs/contract.md`.
#[test]
fn fu_01_what_was_sent_stands_and_the_end_of_its_sender_does_not_change_it() {
    holds(async || {
        let (sender, receiver) = channel::<Result<u32, &str>>();
        sender.send(Err("an error is a value")).unwrap();
        assert_eq!(receiver.await, Ok(Err("an error is a value")));
        let (sender, mut receiver) = channel();
        sender.send(7).unwrap();
        assert_eq!(receiver.try_recv(), Ok(7));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed), "taken");
    });
}

#[test]
fn fu_02_a_value_that_nobody_waits_for_any_more_comes_back() {
    holds(async || {
        let (sender, receiver) = channel();
        assert!(!sender.is_closed());
        drop(receiver);
        assert!(sender.is_closed());
        assert_eq!(sender.send("a value"), Err("a value"));
        let (sender, receiver) = channel();
        assert!(wait_for(receiver, secs(1)).await.is_err());
        assert_eq!(sender.send("a value"), Err("a value"), "timed out");
        let (sender, receiver) = channel();
        let task = spawn(receiver);
        rest().await;
        assert!(task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(sender.is_closed());
        assert_eq!(sender.send("a value"), Err("a value"), "cancelled");
    });
}

#[test]
fn fu_03_asking_before_there_is_a_value_says_that_it_is_empty() {
    holds(async || {
        let (sender, mut receiver) = channel();
        assert!(!receiver.is_ready());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        sender.send(42).unwrap();
        assert!(receiver.is_ready());
        assert_eq!(receiver.try_recv(), Ok(42));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(receiver.await, Err(Closed));
    });
}

/// That it cannot be cloned is shown in `docs/contract.md`.
#[test]
fn fu_04_a_receiver_has_one_waiter_and_gives_its_result_once_and_without_a_turn() {
    holds(async || {
        let (sender, mut receiver) = channel();
        sender.send(7).unwrap();
        assert_eq!(poll_once(&mut receiver).await, Some(Ok(7)), "it waited");
        let died = panic_of(|| elsewhere(receiver));
        assert!(died.contains("polled again after it gave"), "{died}");
    });
    outside_of_a_loop(|| {
        let (sender, receiver) = channel();
        let mut receiver = Box::pin(receiver);
        let wakes = [Count::new(), Count::new(), Count::new()];
        for count in &wakes {
            let waker = count.waker();
            for _ in 0..2 {
                let polled = receiver.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
            }
        }
        sender.send(()).unwrap();
        assert_eq!(wakes.map(|count| count.get()), [0, 0, 1], "not the latest");
    });
}

#[test]
fn fu_05_who_leaves_after_the_value_came_takes_it_along_and_nobody_is_refused() {
    holds(async || {
        let drops = Count::new();
        let (sender, receiver) = channel();
        assert!(sender.send(drops.on_drop()).is_ok());
        assert_eq!(drops.get(), 0);
        drop(receiver);
        assert_eq!(drops.get(), 1);
        // A task that has its value refuses its cancel.
        let (sender, receiver) = channel();
        sender.send(7).unwrap();
        let task = spawn(receiver);
        rest().await;
        assert!(!task.cancel());
        assert_eq!(task.await.unwrap(), Ok(7));
    });
}

#[test]
fn fu_08_a_sender_that_goes_without_sending_is_an_error_and_not_a_hang() {
    holds(async || {
        let start = now();
        let (sender, receiver) = channel::<()>();
        let waiting = spawn(receiver);
        rest().await;
        drop(sender);
        assert_eq!(waiting.await.unwrap(), Err(Closed));
        let (sender, mut receiver) = channel::<()>();
        drop(sender);
        assert!(receiver.is_ready());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(poll_once(receiver).await, Some(Err(Closed)));
        // A producer that is cancelled, or panics, vanishes too.
        let (sender, receiver) = channel::<()>();
        let producer = spawn(async move {
            std::future::pending::<()>().await;
            let _ = sender.send(());
        });
        rest().await;
        drop(producer);
        assert_eq!(receiver.await, Err(Closed));
        assert_eq!(now(), start, "it took time");
    });
}

#[test]
fn fu_10_a_value_that_races_with_its_receivers_end_is_received_or_returned_or_dropped_once() {
    outside_of_a_loop(|| {
        let drops = Count::new();
        for round in 0..2_000 {
            let (sender, mut receiver) = channel();
            let guard = drops.on_drop();
            let both_have_it = std::thread::scope(|scope| {
                let gives = scope.spawn(move || sender.send(guard).err());
                let takes = scope.spawn(move || (round % 2 == 0).then(|| receiver.try_recv().ok()));
                gives.join().unwrap().is_some() && takes.join().unwrap().flatten().is_some()
            });
            assert!(!both_have_it);
            assert_eq!(drops.get(), round + 1);
        }
    });
}
