//! What the operations ask of the processor and the clock, by the tally behind the door.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tourbillon::internals::{Park, counts, reactor};
use tourbillon::{block_on, sleep, spawn, yield_now};

use crate::operations::judge;

fn atomics() -> u64 {
    counts().atomics()
}

fn clock_reads() -> u64 {
    counts().clock_reads
}

#[test]
fn no_operation_changes_more_atomics_than_its_bound() {
    judge("atomics", |operation| {
        ((operation.cost)(atomics), operation.atomics)
    });
}

#[test]
fn the_door_counts_a_change_a_share_and_both_ends_of_a_lock() {
    let before = atomics();
    let park = Park::new();
    assert!(!park.has_news(), "a look is free");
    assert_eq!(atomics() - before, 0);
    let _ = park.tell();
    assert_eq!(atomics() - before, 1);
    block_on(async {
        let reactor = reactor();
        let before = atomics();
        assert!(!reactor.is_waited_for());
        assert_eq!(atomics() - before, 2);
        let shared = reactor.clone();
        drop(shared);
        assert_eq!(atomics() - before, 4);
    });
}

/// How often the clock is read while a task yields so many times and a timer waits.
fn reads_while_yielding(times: u64) -> u64 {
    block_on(async move {
        let mut waiting = pin!(sleep(Duration::from_secs(60)));
        let armed = poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending()));
        assert!(armed.await);
        spawn(async move {
            let before = clock_reads();
            for _ in 0..times {
                yield_now().await;
            }
            clock_reads() - before
        })
        .await
        .unwrap()
    })
}

#[test]
fn between_two_looks_61_polls_apart_no_clock_is_read() {
    // The task is alone in the queue, so its yields are all the polls there are.
    for looks in [1, 2, 100] {
        let reads = reads_while_yielding(61 * looks);
        assert!(reads <= looks, "{looks} looks: {reads} reads");
        assert!(reads > 0, "the test sees no clock");
    }
}

#[test]
fn a_timer_reads_the_clock_once_when_it_is_armed_and_not_when_it_is_dropped() {
    block_on(async {
        let before = clock_reads();
        let mut waiting = Box::pin(sleep(Duration::from_secs(60)));
        assert_eq!(clock_reads() - before, 0);
        let armed = poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending()));
        assert!(armed.await);
        assert_eq!(clock_reads() - before, 1);
        drop(waiting);
        assert_eq!(clock_reads() - before, 1);
    });
}
