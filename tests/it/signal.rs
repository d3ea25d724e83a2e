//! Signals, sent to this very process. They are the process's, so these tests take turns.

use std::future::Future;
use std::pin::pin;
use std::process::{Command, id};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_lite::future::{block_on, zip};
use tourbillon::signal::{Signal, ctrl_c, terminate};

static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(name: &str) {
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -{name} {}", id()))
        .status();
    assert!(status.unwrap().success());
}

/// A waker that counts nothing: its reference count tells who still holds it.
struct Held;

impl Wake for Held {
    fn wake(self: Arc<Self>) {}
}

fn is_pending(signal: &mut Signal, waker: &Waker) -> bool {
    pin!(signal)
        .poll(&mut Context::from_waker(waker))
        .is_pending()
}

#[test]
fn every_waiter_sees_the_signal() {
    let _turn = turn();
    let mut third = terminate();
    assert!(is_pending(&mut third, Waker::noop()));
    let both = zip(terminate(), terminate());
    let sent = async { send("TERM") };
    let ((first, second), ()) = block_on(zip(both, sent));
    first.unwrap();
    second.unwrap();
    block_on(third).unwrap();
}

#[test]
fn a_signal_resolves_only_those_who_wait_for_it() {
    let _turn = turn();
    let mut other = terminate();
    assert!(is_pending(&mut other, Waker::noop()));
    // Twice: when the second is announced, everyone has been woken for the first.
    for _ in 0..2 {
        block_on(zip(ctrl_c(), async { send("INT") })).0.unwrap();
    }
    assert!(is_pending(&mut other, Waker::noop()));
    send("TERM");
    block_on(other).unwrap();
}

#[test]
fn a_signal_before_the_first_poll_is_not_seen() {
    let _turn = turn();
    let mut late = ctrl_c();
    block_on(zip(ctrl_c(), async { send("INT") })).0.unwrap();
    assert!(is_pending(&mut late, Waker::noop()));
    send("INT");
    block_on(late).unwrap();
}

#[test]
fn the_latest_waker_is_kept_and_dropping_the_future_lets_it_go() {
    let _turn = turn();
    let (first, second) = (Arc::new(Held), Arc::new(Held));
    let mut signal = ctrl_c();
    assert!(is_pending(&mut signal, &first.clone().into()));
    assert_eq!(Arc::strong_count(&first), 2);
    assert!(is_pending(&mut signal, &second.clone().into()));
    assert_eq!(
        (Arc::strong_count(&first), Arc::strong_count(&second)),
        (1, 2)
    );
    drop(signal);
    assert_eq!(Arc::strong_count(&second), 1);
}

#[test]
fn a_waker_that_panics_does_not_make_the_process_deaf() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker panics, as this test wants");
        }
    }
    let _turn = turn();
    let mut bad = ctrl_c();
    assert!(is_pending(&mut bad, &Arc::new(Panics).into()));
    for _ in 0..2 {
        block_on(zip(ctrl_c(), async { send("INT") })).0.unwrap();
    }
    assert!(matches!(
        pin!(bad).poll(&mut Context::from_waker(Waker::noop())),
        Poll::Ready(Ok(()))
    ));
}
