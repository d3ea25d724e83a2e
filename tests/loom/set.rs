//! A set of children against the threads that wake them.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicUsize as Count;
use std::task::{Context, Poll, Waker};

use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::sync::{Arc, Mutex};
use loom::thread;
use tourbillon::internals::{ReadySet, waker_of};

use crate::support::{Bell, explore, saw};

/// S1 to S3: a child woken from another thread while its set is polled is polled again, or its parent is woken.
#[test]
fn a_wake_of_a_child_against_a_pass_is_polled_or_wakes_the_parent() {
    static IN_THE_PASS: Count = Count::new(0);
    static LATER: Count = Count::new(0);
    let outcomes = &[
        ("the pass saw it", &IN_THE_PASS),
        ("the parent was woken", &LATER),
    ];
    explore("child's wake against pass", None, outcomes, || {
        let payload = Arc::new(AtomicUsize::new(0));
        let child_waker = Arc::new(Mutex::new(None::<Waker>));
        let mut set = ReadySet::new();
        let (seen, kept) = (payload.clone(), child_waker.clone());
        let child = poll_fn(move |cx: &mut Context<'_>| {
            *kept.lock().unwrap() = Some(cx.waker().clone());
            // Relaxed: the wake itself must carry the payload.
            if seen.load(Relaxed) == 1 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        set.insert_all([child]);
        let bell = Bell::new();
        let waker = waker_of(bell.clone());
        let mut cx = Context::from_waker(&waker);
        let mut pass = |set: &mut ReadySet<_>| {
            set.poll_pass(&mut cx, |_, ()| ControlFlow::<()>::Continue(()))
                .is_ready()
        };
        assert!(!pass(&mut set));
        let woken = child_waker
            .lock()
            .unwrap()
            .take()
            .expect("the first poll kept it");
        let thread = thread::spawn(move || {
            payload.store(1, Relaxed);
            woken.wake();
        });
        if pass(&mut set) {
            thread.join().unwrap();
            saw(&IN_THE_PASS);
        } else {
            thread.join().unwrap();
            assert!(bell.rung() > 0, "the parent is woken");
            assert!(pass(&mut set), "and finds its child ready");
            saw(&LATER);
        }
        drop(child_waker.lock().unwrap().take());
    });
}

/// S2, S3: a child woken while it is polled for the first time, when its parent has left no waker yet.
#[test]
fn a_wake_of_a_child_against_its_first_pass_is_seen_or_wakes_the_parent() {
    static IN_THE_PASS: Count = Count::new(0);
    static LATER: Count = Count::new(0);
    let outcomes = &[
        ("the pass saw it", &IN_THE_PASS),
        ("the parent was woken", &LATER),
    ];
    explore("child's wake against first pass", None, outcomes, || {
        let payload = Arc::new(AtomicUsize::new(0));
        let started = Arc::new(Mutex::new(None));
        let (seen, starts) = (payload, started.clone());
        let mut first = true;
        let child = poll_fn(move |cx: &mut Context<'_>| {
            if std::mem::take(&mut first) {
                let (payload, woken) = (seen.clone(), cx.waker().clone());
                let thread = thread::spawn(move || {
                    payload.store(1, Relaxed);
                    woken.wake();
                });
                *starts.lock().unwrap() = Some(thread);
            }
            // Relaxed: the wake itself must carry the payload.
            match seen.load(Relaxed) {
                0 => Poll::Pending,
                _ => Poll::Ready(()),
            }
        });
        let mut set = ReadySet::new();
        set.insert_all([child]);
        let bell = Bell::new();
        let waker = waker_of(bell.clone());
        let mut pass = || {
            let cx = &mut Context::from_waker(&waker);
            set.poll_pass(cx, |_, ()| ControlFlow::<()>::Continue(()))
                .is_ready()
        };
        let over = pass();
        let thread = started.lock().unwrap().take();
        thread.expect("the first poll started it").join().unwrap();
        if over {
            saw(&IN_THE_PASS);
        } else {
            assert!(bell.rung() > 0, "the parent is woken");
            assert!(pass(), "and finds its child ready");
            saw(&LATER);
        }
    });
}

/// S5: wakers of two children of one block, woken and cloned on another thread, against the end of their set. loom
/// counts the block's bells and the inbox, and finds what is freed too early or never.
#[test]
fn wakers_of_children_outlive_their_set() {
    static BEFORE: Count = Count::new(0);
    static AFTER: Count = Count::new(0);
    let outcomes = &[
        ("the wake came before the set's end", &BEFORE),
        ("the wake came after it", &AFTER),
    ];
    explore("child's waker against set's end", None, outcomes, || {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let child = || {
            let kept = kept.clone();
            poll_fn(move |cx: &mut Context<'_>| {
                kept.lock().unwrap().push(cx.waker().clone());
                Poll::<()>::Pending
            })
        };
        let mut set = ReadySet::new();
        set.insert_all([child(), child()]);
        let bell = Bell::new();
        let waker = waker_of(bell.clone());
        let cx = &mut Context::from_waker(&waker);
        let passed = set.poll_pass(cx, |_, ()| ControlFlow::<()>::Continue(()));
        assert!(passed.is_pending());
        let wakers = std::mem::take(&mut *kept.lock().unwrap());
        let [first, second] = <[Waker; 2]>::try_from(wakers).expect("each child kept its waker");
        assert!(
            !first.will_wake(&second),
            "each child has a waker of its own"
        );
        let thread = thread::spawn(move || {
            drop(first);
            assert!(second.clone().will_wake(&second));
            second.wake();
        });
        drop(set);
        thread.join().unwrap();
        match bell.rung() {
            0 => saw(&AFTER),
            _ => saw(&BEFORE),
        }
    });
}
