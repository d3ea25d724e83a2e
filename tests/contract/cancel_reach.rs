//! CA rows: whom else a cancel reaches, and from where it may come.

use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use tourbillon::wait_for;
use tourbillon::{Runtime, join, join_all, sleep, spawn_blocking, spawn_local};

use crate::support::{holds, holds_outside, rest, spawn};
use crate::tools::{Count, Place, TellParked, in_time, secs, wait_until_asleep};

#[test]
fn ca_10_a_cancel_reaches_what_the_task_owns_and_no_further() {
    holds(async || {
        let (polls, drops) = (Count::new(), Count::new());
        let child = || {
            let guard = drops.on_drop();
            polls.polls(async move {
                let _guard = guard;
                sleep(secs(5)).await;
            })
        };
        let (task, set) = (spawn(child()), join_all([child(), child()]));
        let let_go = spawn(child());
        let owner = spawn(async {
            let_go.detach();
            join(task, set).await
        });
        rest().await;
        rest().await;
        assert!(owner.cancel());
        assert!(owner.await.map(drop).unwrap_err().is_cancelled());
        // The owned task goes in its own turn.
        rest().await;
        assert_eq!(
            (polls.get(), drops.get()),
            (4, 3),
            "what it owned, unpolled"
        );
        sleep(secs(5)).await;
        rest().await;
        assert_eq!(
            (polls.get(), drops.get()),
            (5, 4),
            "the detached one, at its own end"
        );
        // Borrowed: it stays.
        let mut borrowed = spawn(child());
        let borrower = wait_for(&mut borrowed, secs(1)).await;
        assert!(borrower.is_err() && !borrowed.is_finished());
        borrowed.await.unwrap();
    });
}

#[test]
fn ca_11_of_two_that_wait_for_one_thing_the_other_goes_on() {
    holds(async || {
        let (sender, receiver) = async_channel::unbounded();
        let wait = |receiver: &async_channel::Receiver<u32>| {
            let receiver = receiver.clone();
            spawn(async move { receiver.recv().await.unwrap() })
        };
        // They begin to wait in this order, wherever they run.
        let first = wait(&receiver);
        rest().await;
        let second = wait(&receiver);
        rest().await;
        let third = wait(&receiver);
        rest().await;
        first.cancel();
        assert!(first.await.unwrap_err().is_cancelled());
        sender.try_send(1).unwrap();
        assert_eq!(second.await.unwrap(), 1);
        assert!(!third.is_finished());
        sender.try_send(2).unwrap();
        assert_eq!(third.await.unwrap(), 2);
    });
}

#[test]
fn ca_13_a_job_that_has_begun_runs_on_and_the_end_waits_for_it_at_most_its_grace() {
    holds_outside(|workers| {
        in_time(move || {
            let named = std::thread::Builder::new().name(WAITS.into());
            let waits = named.spawn(move || the_end_waits_for_a_job(workers));
            waits.unwrap().join().unwrap();
        });
        in_time(move || the_end_without_grace_does_not_wait(workers));
    });
}

/// A runtime with a job that has begun and whose task was cancelled. The job ends with the sender:
/// then it sets the flag, and gives the value, which nobody takes.
fn with_orphan<T>(
    workers: usize,
    grace: Duration,
    value: T,
) -> (Runtime, mpsc::Sender<()>, Arc<AtomicBool>)
where
    T: Send + 'static,
{
    let runtime = Runtime::builder().virtual_clock().workers(workers);
    let runtime = runtime.grace(grace).build().unwrap();
    let (begun, begin) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let over = Arc::new(AtomicBool::new(false));
    let own = over.clone();
    runtime.block_on(async {
        let task = spawn_blocking(move || {
            begun.send(()).unwrap();
            let _ = ended.recv();
            own.store(true, SeqCst);
            value
        });
        rest().await;
        begin.recv().unwrap();
        assert!(task.cancel());
        assert!(task.await.map(drop).unwrap_err().is_cancelled());
    });
    assert!(!over.load(SeqCst), "the task waited for its job");
    (runtime, end, over)
}

/// The thread whose runtime waits for a job at its end.
const WAITS: &str = "ca_13";

fn the_end_waits_for_a_job(workers: usize) {
    let place = Place::new();
    let (runtime, end, over) = with_orphan(workers, Duration::MAX, place.on_drop());
    let ending = std::thread::spawn(move || {
        wait_until_asleep(WAITS);
        drop(end);
    });
    drop(runtime);
    assert!(over.load(SeqCst));
    ending.join().unwrap();
    let dropped_on = place.get().expect("a value that nobody takes is dropped");
    assert_ne!(dropped_on, std::thread::current().id());
}

fn the_end_without_grace_does_not_wait(workers: usize) {
    let (runtime, end, over) = with_orphan(workers, Duration::ZERO, ());
    drop(runtime);
    assert!(!over.load(SeqCst));
    drop(end);
}

#[test]
fn ca_17_any_thread_may_cancel_and_the_future_is_dropped_at_home_once() {
    holds(async || {
        let place = Place::new();
        let guard = place.on_drop();
        let here = Rc::new("this thread's");
        let task = spawn_local(async move {
            let _guard = guard;
            pending::<()>().await;
            drop(here);
        });
        rest().await;
        let canceller = task.canceller();
        let thread = std::thread::spawn(move || assert!(canceller.cancel()));
        thread.join().unwrap();
        assert_eq!(place.get(), None, "dropped by the thread that cancelled");
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(place.get(), Some(std::thread::current().id()));
    });
    holds_outside(|workers| in_time(move || a_cancel_wakes_a_loop_that_sleeps(workers)));
    holds_outside(|workers| in_time(move || many_cancels_and_wakes_end_a_task_once(workers)));
}

fn a_cancel_wakes_a_loop_that_sleeps(workers: usize) {
    let parked = TellParked::default();
    let runtime = Runtime::builder().workers(workers);
    let runtime = runtime.observer(parked.clone()).build().unwrap();
    let task = runtime.handle().spawn(pending::<()>());
    let canceller = task.canceller();
    let thread = parked.when_parked(move || assert!(canceller.cancel()));
    assert!(runtime.block_on(task).unwrap_err().is_cancelled());
    thread.join().unwrap();
}

fn many_cancels_and_wakes_end_a_task_once(workers: usize) {
    for _ in 0..50 {
        let runtime = Runtime::builder().workers(workers).build().unwrap();
        let (drops, stored) = (Count::new(), Arc::new(Mutex::new(None)));
        let (guard, own) = (drops.on_drop(), stored.clone());
        let task = runtime.handle().spawn(async move {
            let _guard = guard;
            poll_fn(|cx| {
                *own.lock().unwrap() = Some(cx.waker().clone());
                Poll::<()>::Pending
            })
            .await;
        });
        runtime.block_on(rest());
        let waker = stored.lock().unwrap().take().unwrap();
        let threads = [0, 1, 2, 3].map(|n| {
            let (waker, canceller) = (waker.clone(), task.canceller());
            std::thread::spawn(move || {
                for _ in 0..100 {
                    waker.wake_by_ref();
                }
                if n % 2 == 0 {
                    canceller.cancel();
                }
            })
        });
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        assert_eq!(drops.get(), 1);
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
