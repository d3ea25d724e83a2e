//! A group against the threads that hold a clone of it.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::AtomicUsize as Count;
use std::task::{Context, Poll, Waker};

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use tourbillon::internals::waker_of;
use tourbillon::{Group, Sendable, task_group};

use crate::support::{Bell, explore, saw};

/// A group whose body waits until `over` is set, and what its body was given.
fn group(over: &Arc<AtomicUsize>) -> (Pin<Box<dyn Future<Output = ()>>>, Group<'static, Sendable>) {
    let over = over.clone();
    let given = Rc::new(Cell::new(None));
    let gives = given.clone();
    let future = task_group(move |group: Group<'static, Sendable>| {
        gives.set(Some(group));
        poll_fn(move |_| match over.load(Relaxed) {
            0 => Poll::Pending,
            _ => Poll::Ready(()),
        })
    });
    (
        Box::pin(future),
        given.take().expect("the body was given it"),
    )
}

#[test]
fn a_member_that_comes_from_another_thread_is_seen_or_wakes_the_group() {
    static IN_THE_POLL: Count = Count::new(0);
    static LATER: Count = Count::new(0);
    let outcomes = &[
        ("the poll saw it", &IN_THE_POLL),
        ("the group was woken", &LATER),
    ];
    explore("spawn against a group's poll", None, outcomes, || {
        let (over, polled) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (mut future, clone) = group(&over);
        let bell = Bell::new();
        let waker = waker_of(bell.clone());
        let mut cx = Context::from_waker(&waker);
        let own = polled.clone();
        let thread = thread::spawn(move || {
            drop(clone.spawn(poll_fn(move |_| {
                own.fetch_add(1, Relaxed);
                Poll::Ready(())
            })));
        });
        assert!(future.as_mut().poll(&mut cx).is_pending());
        let early = polled.load(Relaxed) == 1;
        thread.join().unwrap();
        if !early {
            assert!(bell.rung() > 0, "the group is woken");
            assert!(future.as_mut().poll(&mut cx).is_pending());
        }
        assert_eq!(polled.load(Relaxed), 1);
        over.store(1, Relaxed);
        assert!(future.as_mut().poll(&mut cx).is_ready());
        saw(if early { &IN_THE_POLL } else { &LATER });
    });
}

#[test]
fn a_member_that_comes_at_the_end_is_polled_or_given_back() {
    static POLLED: Count = Count::new(0);
    static GIVEN_BACK: Count = Count::new(0);
    let outcomes = &[
        ("it was polled", &POLLED),
        ("it was given back", &GIVEN_BACK),
    ];
    explore("spawn against a group's end", None, outcomes, || {
        let (over, polled) = (Arc::new(AtomicUsize::new(1)), Arc::new(AtomicUsize::new(0)));
        let (mut future, clone) = group(&over);
        let bell = Bell::new();
        let waker = waker_of(bell.clone());
        let mut cx = Context::from_waker(&waker);
        let own = polled.clone();
        let thread = thread::spawn(move || {
            let member = poll_fn(move |_| {
                own.fetch_add(1, Relaxed);
                Poll::Ready(())
            });
            clone.try_spawn(member).is_ok()
        });
        let mut polls = 0;
        while future.as_mut().poll(&mut cx).is_pending() {
            polls += 1;
            assert!(bell.rung() >= polls, "a group that waits is woken");
        }
        let taken = thread.join().unwrap();
        assert_eq!(polled.load(Relaxed), usize::from(taken));
        saw(if taken { &POLLED } else { &GIVEN_BACK });
    });
}

#[test]
fn a_cancel_from_another_thread_is_seen_or_wakes_the_group() {
    static IN_THE_POLL: Count = Count::new(0);
    static LATER: Count = Count::new(0);
    let outcomes = &[
        ("the poll saw it", &IN_THE_POLL),
        ("the group was woken", &LATER),
    ];
    explore("cancel against a group's poll", None, outcomes, || {
        let over = Arc::new(AtomicUsize::new(1));
        let (mut future, clone) = group(&over);
        drop(clone.spawn(pending::<()>()));
        let bell = Bell::new();
        let waker = waker_of(bell.clone());
        let mut cx = Context::from_waker(&waker);
        let thread = thread::spawn(move || clone.cancel());
        let early = future.as_mut().poll(&mut cx).is_ready();
        thread.join().unwrap();
        if !early {
            assert!(bell.rung() > 0, "the group is woken");
            assert!(future.as_mut().poll(&mut cx).is_ready());
        }
        saw(if early { &IN_THE_POLL } else { &LATER });
    });
}

#[test]
fn a_member_that_comes_at_the_end_can_be_cancelled() {
    static CANCELLED: Count = Count::new(0);
    static GIVEN_BACK: Count = Count::new(0);
    let outcomes = &[
        ("it was cancelled", &CANCELLED),
        ("it was given back", &GIVEN_BACK),
    ];
    explore(
        "spawn and cancel against a group's end",
        Some(3),
        outcomes,
        || {
            let (mut future, clone) = group(&Arc::new(AtomicUsize::new(1)));
            let bell = Bell::new();
            let waker = waker_of(bell.clone());
            let mut cx = Context::from_waker(&waker);
            let thread = thread::spawn(move || {
                let taken = clone.try_spawn(pending::<()>()).is_ok();
                clone.cancel();
                taken
            });
            let mut polls = 0;
            let mut is_over = future.as_mut().poll(&mut cx).is_ready();
            let taken = thread.join().unwrap();
            while !is_over {
                polls += 1;
                assert!(bell.rung() >= polls, "a group that was cancelled is woken");
                is_over = future.as_mut().poll(&mut cx).is_ready();
            }
            saw(if taken { &CANCELLED } else { &GIVEN_BACK });
        },
    );
}

/// Two wait for room; one leaves the line while a member ends: the other is woken in any case.
#[test]
fn room_is_passed_on_by_the_one_who_leaves() {
    static DIRECTLY: Count = Count::new(0);
    static PASSED_ON: Count = Count::new(0);
    let outcomes = &[
        ("by the member's end", &DIRECTLY),
        ("by the one who left", &PASSED_ON),
    ];
    explore("room against leaving the line", Some(3), outcomes, || {
        let (give, given) = std::sync::mpsc::channel();
        let mut future = Box::pin(task_group(move |group: Group<'static, Sendable>| {
            give.send(group).unwrap();
            pending::<()>()
        }));
        let group = given.recv().unwrap();
        group.limit(1);
        drop(group.spawn(ready(())));
        let bells = [Bell::new(), Bell::new()];
        let mut rooms = [Box::pin(group.room()), Box::pin(group.room())];
        for (room, bell) in rooms.iter_mut().zip(&bells) {
            let waker = waker_of(bell.clone());
            let polled = room.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        let thread = thread::spawn(move || {
            let polled = future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            future
        });
        let [leaves, stays] = rooms;
        drop(leaves);
        let future = thread.join().unwrap();
        assert_eq!(bells[1].rung(), 1, "whoever waits is woken");
        saw(if bells[0].rung() == 0 {
            &DIRECTLY
        } else {
            &PASSED_ON
        });
        drop((stays, future));
    });
}
