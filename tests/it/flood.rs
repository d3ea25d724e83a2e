//! What can be done to a loop by sheer numbers: spawns, wakes and wakers without end (K7, K8, K10).
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::{pending, poll_fn, ready};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};

use futures_lite::future::block_on as elsewhere;
use tourbillon::{
    Event, Group, Handle, Observer, Runtime, Sendable, block_on, spawn, task_group, test, yield_now,
};

use crate::support::{Count, OnDrop, in_time};

#[test]
fn letters_by_the_hundred_thousand_do_not_stand_before_what_is_ready() {
    in_time(|| {
        block_on(async {
            let (handle, ran) = (Handle::current(), Count::new());
            let own = ran.clone();
            let posts = move || {
                for _ in 0..100_000 {
                    handle.spawn(own.polls(ready(()))).detach();
                }
            };
            std::thread::spawn(posts).join().unwrap();
            for turn in 1..=100 {
                yield_now().await;
                let ran = ran.get();
                assert!(ran <= turn * 61, "{ran} went before the {turn}th turn");
            }
            while ran.get() < 100_000 {
                yield_now().await;
            }
        });
    });
}

#[test]
fn what_another_thread_spawns_while_a_runtime_ends_is_over_at_once() {
    let (sender, receiver) = mpsc::channel();
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle();
    let mut spawns = Some(move || {
        let late = std::thread::spawn(move || handle.spawn(ready(())));
        let late = late.join().unwrap();
        sender.send(late.is_finished()).unwrap();
    });
    let at_the_end = OnDrop(move || spawns.take().unwrap()());
    runtime.block_on(async {
        spawn(async move {
            let _at_the_end = at_the_end;
            pending::<()>().await;
        })
        .detach();
    });
    drop(runtime);
    // Else the end would last for as long as others spawn.
    assert!(
        receiver.recv().unwrap(),
        "it went into a mailbox that is still read"
    );
}

#[test]
fn a_million_wakes_from_four_threads_are_at_most_as_many_polls_and_the_last_is_answered() {
    in_time(|| {
        block_on(async {
            let (polls, answered) = (Count::new(), Arc::new(AtomicUsize::new(0)));
            let wakes = Arc::new(AtomicUsize::new(0));
            let kept: Arc<Mutex<Option<Waker>>> = Arc::default();
            let (place, seen, all) = (kept.clone(), answered.clone(), wakes.clone());
            let task = spawn(polls.polls(poll_fn(move |cx| {
                place
                    .lock()
                    .unwrap()
                    .get_or_insert_with(|| cx.waker().clone());
                seen.store(all.load(SeqCst), SeqCst);
                if seen.load(SeqCst) == 1_000_000 {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })));
            yield_now().await;
            let waker = kept.lock().unwrap().take().unwrap();
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let (waker, wakes) = (waker.clone(), wakes.clone());
                    std::thread::spawn(move || {
                        for _ in 0..250_000 {
                            wakes.fetch_add(1, SeqCst);
                            waker.wake_by_ref();
                        }
                    })
                })
                .collect();
            // Ends only if the poll after the last wake comes.
            task.await.unwrap();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            assert!(polls.get() <= 1_000_001, "{} polls", polls.get());
        });
    });
}

#[test]
fn a_million_wakes_of_itself_take_one_poll_each_and_no_stack() {
    test(async {
        let polls = Count::new();
        let task = spawn(polls.polls(async {
            for _ in 0..1_000_000 {
                yield_now().await;
            }
        }));
        task.await.unwrap();
        assert_eq!(polls.get(), 1_000_001);
    });
}

#[test]
fn a_hundred_thousand_wakers_that_are_dropped_elsewhere_in_disorder_free_their_task_once() {
    let drops = Count::new();
    let guard = drops.on_drop();
    let kept: Arc<Mutex<Vec<Waker>>> = Arc::default();
    let own = kept.clone();
    let runtime = Runtime::new().unwrap();
    let task = runtime.block_on(async {
        let mut guard = Some(guard);
        let task = spawn(poll_fn(move |cx| {
            own.lock()
                .unwrap()
                .extend((0..100_000).map(|_| cx.waker().clone()));
            Poll::Ready(guard.take().unwrap())
        }));
        yield_now().await;
        task
    });
    let wakers = std::mem::take(&mut *kept.lock().unwrap());
    let (mut odd, mut even) = (Vec::new(), Vec::new());
    for (n, waker) in wakers.into_iter().enumerate() {
        // 7,919 is prime to 100,000.
        if n * 7_919 % 2 == 0 {
            even.push(waker)
        } else {
            odd.push(waker)
        }
    }
    let thread = std::thread::spawn(move || odd.into_iter().rev().for_each(drop));
    drop(task);
    assert_eq!(drops.get(), 1, "the output goes with the handle");
    drop(runtime);
    even.into_iter().for_each(Waker::wake);
    thread.join().unwrap();
    assert_eq!(drops.get(), 1);
}

/// An observer that hears nothing; it is dropped with the last that leads to its loop.
struct Deaf<T> {
    _guard: T,
}

impl<T: Send + Sync + 'static> Observer for Deaf<T> {
    fn event(&self, _event: &Event<'_>) {}
}

#[test]
fn a_thousand_wakers_cloned_elsewhere_and_dropped_at_home_keep_no_task_in_memory() {
    let freed = Count::new();
    let _guard = freed.on_drop();
    let builder = Runtime::builder().observer(Deaf { _guard });
    let runtime = builder.build().unwrap();
    runtime.block_on(async {
        let task = spawn(poll_fn(|cx| {
            let waker = cx.waker().clone();
            let clones = move || (0..1_000).map(|_| waker.clone()).collect::<Vec<_>>();
            drop(std::thread::spawn(clones).join().unwrap());
            Poll::Ready(())
        }));
        task.await.unwrap();
    });
    assert_eq!(freed.get(), 0, "the runtime lives");
    drop(runtime);
    assert_eq!(
        freed.get(),
        1,
        "a task in memory keeps what its loop shares"
    );
}

#[test]
fn a_member_that_a_thread_brings_while_its_group_ends_is_resolved() {
    in_time(|| {
        for _ in 0..1_000 {
            let thread = block_on(task_group(async |group: Group<'static, Sendable>| {
                let (started, starts) = mpsc::channel();
                let thread = std::thread::spawn(move || {
                    started.send(()).unwrap();
                    // Until the group is over; the clone outlives it.
                    while elsewhere(group.spawn(ready(()))).is_ok() {}
                });
                starts.recv().unwrap();
                thread
            }));
            thread.join().unwrap();
        }
    });
}
