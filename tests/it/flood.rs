//! What can be done to a loop by sheer numbers: spawns, wakes and wakers without end (K7, K8, K10).
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::{poll_fn, ready};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread::JoinHandle;

use futures_lite::future::block_on as elsewhere;
use tourbillon::{Group, Handle, Runtime, Sendable, block_on, spawn, task_group, test, yield_now};

use crate::support::{Count, in_time};

/// As many tasks as a flood has at most, so that a loop that drowns does not drown the machine.
const FLOOD: usize = 2_000_000;

/// Threads that spawn until they are told to stop, and the number of tasks that they spawned.
fn flood(handle: &Handle, stop: &Arc<AtomicBool>) -> (Vec<JoinHandle<()>>, Count) {
    let spawned = Count::new();
    let spawns = |_| {
        let (handle, stop, spawned) = (handle.clone(), stop.clone(), spawned.clone());
        std::thread::spawn(move || {
            while !stop.load(SeqCst) && spawned.get() < FLOOD {
                handle.spawn(async {}).detach();
                spawned.add();
            }
        })
    };
    ((0..3).map(spawns).collect(), spawned)
}

#[test]
fn threads_that_never_stop_spawning_do_not_stop_the_loop() {
    in_time(|| {
        let runtime = Runtime::new().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (threads, spawned) = flood(&runtime.handle(), &stop);
        let so_far = runtime.block_on(async {
            for _ in 0..1_000 {
                yield_now().await;
            }
            spawned.get()
        });
        stop.store(true, SeqCst);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert!(
            so_far < FLOOD,
            "the loop stood still until the flood was over"
        );
    });
}

#[test]
fn a_runtime_ends_while_threads_never_stop_spawning() {
    in_time(|| {
        let runtime = Runtime::new().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (threads, spawned) = flood(&runtime.handle(), &stop);
        runtime.block_on(yield_now());
        drop(runtime);
        let so_far = spawned.get();
        stop.store(true, SeqCst);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert!(
            so_far < FLOOD,
            "the end stood still until the flood was over"
        );
    });
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
