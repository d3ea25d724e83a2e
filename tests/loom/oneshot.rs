//! The one-shot channel in its four orders: the value is received, comes back, or is dropped, once.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize as Count;
use std::task::{Context, Poll};

use loom::sync::Arc;
use loom::sync::atomic::Ordering::SeqCst;
use loom::thread;
use tourbillon::internals::waker_of;
use tourbillon::oneshot::{Closed, Receiver, TryRecvError, channel};

use crate::support::{Bell, Track, explore, saw};

fn poll<T>(receiver: &mut Receiver<T>, bell: &Arc<Bell>) -> Poll<Result<T, Closed>> {
    let waker = waker_of(bell.clone());
    Pin::new(receiver).poll(&mut Context::from_waker(&waker))
}

/// L18, L19: a send against a receiver polled with one waker and then another.
#[test]
fn a_send_against_a_receive_is_seen_or_wakes_the_latest_waker() {
    static FIRST: Count = Count::new(0);
    static SECOND: Count = Count::new(0);
    static WOKEN: Count = Count::new(0);
    let outcomes = &[
        ("seen at the first poll", &FIRST),
        ("seen at the second", &SECOND),
        ("the second waker was woken", &WOKEN),
    ];
    explore("send against receive", None, outcomes, || {
        let (sender, mut receiver) = channel();
        let thread = thread::spawn(move || sender.send(Track::new().0).is_ok());
        let (first, second) = (Bell::new(), Bell::new());
        if poll(&mut receiver, &first).is_ready() {
            saw(&FIRST);
        } else if poll(&mut receiver, &second).is_ready() {
            saw(&SECOND);
        } else {
            thread.join().unwrap();
            assert_eq!(second.rung(), 1, "the latest waker is woken, once");
            assert!(matches!(poll(&mut receiver, &second), Poll::Ready(Ok(_))));
            saw(&WOKEN);
            return;
        }
        assert!(thread.join().unwrap());
    });
}

/// L18: a send against a receiver that waits and is then dropped.
#[test]
fn a_send_against_the_drop_of_the_receiver_comes_back_or_is_dropped_once() {
    static BACK: Count = Count::new(0);
    static DROPPED: Count = Count::new(0);
    static RECEIVED: Count = Count::new(0);
    let outcomes = &[
        ("the value came back", &BACK),
        ("it was dropped with the receiver", &DROPPED),
        ("it was received", &RECEIVED),
    ];
    explore("send against drop", None, outcomes, || {
        let (sender, mut receiver) = channel();
        let (track, drops) = Track::new();
        let thread = thread::spawn(move || sender.send(track).is_err());
        let bell = Bell::new();
        let received = poll(&mut receiver, &bell).is_ready();
        drop(receiver);
        let back = thread.join().unwrap();
        assert_eq!(
            drops.load(SeqCst),
            1,
            "dropped once, by whoever had it last"
        );
        assert_eq!(Arc::strong_count(&bell), 1, "no waker is left in the slot");
        saw(match (received, back) {
            (true, false) => &RECEIVED,
            (false, true) => &BACK,
            (false, false) => &DROPPED,
            (true, true) => panic!("received and given back"),
        });
    });
}

/// L18: a sender that goes without sending, against a receive.
#[test]
fn the_drop_of_the_sender_against_a_receive_is_closed_or_wakes() {
    static CLOSED: Count = Count::new(0);
    static WOKEN: Count = Count::new(0);
    let outcomes = &[("closed at the poll", &CLOSED), ("woken", &WOKEN)];
    explore("drop of the sender against receive", None, outcomes, || {
        let (sender, mut receiver) = channel::<()>();
        let thread = thread::spawn(move || drop(sender));
        let bell = Bell::new();
        if let Poll::Ready(result) = poll(&mut receiver, &bell) {
            assert_eq!(result, Err(Closed));
            thread.join().unwrap();
            saw(&CLOSED);
        } else {
            thread.join().unwrap();
            assert_eq!(bell.rung(), 1);
            assert_eq!(poll(&mut receiver, &bell), Poll::Ready(Err(Closed)));
            saw(&WOKEN);
        }
    });
}

/// L18: a receiver that asks without waiting.
#[test]
fn a_try_receive_against_a_send_is_empty_or_has_the_value() {
    static EMPTY: Count = Count::new(0);
    static VALUE: Count = Count::new(0);
    let outcomes = &[("empty", &EMPTY), ("the value", &VALUE)];
    explore("send against try_recv", None, outcomes, || {
        let (sender, mut receiver) = channel();
        let (track, drops) = Track::new();
        let thread = thread::spawn(move || sender.send(track).is_ok());
        match receiver.try_recv() {
            Ok(value) => {
                drop(value);
                saw(&VALUE);
            }
            Err(TryRecvError::Empty) => saw(&EMPTY),
            Err(TryRecvError::Closed) => panic!("the sender sends"),
        }
        assert!(thread.join().unwrap());
        drop(receiver);
        assert_eq!(drops.load(SeqCst), 1);
    });
}
