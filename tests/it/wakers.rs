//! Wakers: those that come too late, those of dying threads, and those that meddle (K9, K11).

use std::cell::RefCell;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use tourbillon::{Handle, Runtime, Task, block_on, join_all, now, oneshot, sleep, spawn};
use tourbillon::{spawn_local, test, yield_now};

use crate::support::{Count, in_time, millis, secs};

#[test]
fn a_wake_after_the_end_of_a_task_or_of_its_runtime_does_nothing() {
    let kept: Arc<Mutex<Vec<Waker>>> = Arc::default();
    let leave = |over: bool| {
        let kept = kept.clone();
        poll_fn(move |cx| {
            kept.lock().unwrap().push(cx.waker().clone());
            if over { Poll::Ready(()) } else { Poll::Pending }
        })
    };
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        spawn(leave(true)).await.unwrap();
        spawn(leave(false)).detach();
        yield_now().await;
        leave(true).await;
        kept.lock()
            .unwrap()
            .iter()
            .take(1)
            .for_each(Waker::wake_by_ref);
    });
    drop(runtime);
    let kept = std::mem::take(&mut *kept.lock().unwrap());
    assert_eq!(kept.len(), 3);
    kept.iter().for_each(Waker::wake_by_ref);
    std::thread::spawn(move || kept.into_iter().for_each(Waker::wake))
        .join()
        .unwrap();
}

thread_local! {
    static LAST: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

#[test]
fn a_runtime_in_a_thread_local_ends_with_its_thread() {
    let drops = Count::new();
    let guard = drops.on_drop();
    std::thread::spawn(move || {
        LAST.with_borrow_mut(|last| {
            let runtime = Runtime::new().unwrap();
            runtime.block_on(async {
                spawn_local(async move {
                    let _guard = guard;
                    sleep(secs(9)).await;
                })
                .detach();
                yield_now().await;
            });
            *last = Some(runtime);
        });
    })
    .join()
    .unwrap();
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_waker_that_is_woken_by_the_end_of_a_thread_still_wakes() {
    in_time(|| {
        /// Wakes when it is dropped.
        struct Parting(Option<Waker>);
        impl Drop for Parting {
            fn drop(&mut self) {
                self.0.take().unwrap().wake();
            }
        }
        thread_local! {
            static PARTING: RefCell<Option<Parting>> = const { RefCell::new(None) };
        }
        block_on(async {
            let mut thread = None;
            poll_fn(|cx| {
                if thread.is_some() {
                    return Poll::Ready(());
                }
                let waker = cx.waker().clone();
                thread = Some(std::thread::spawn(move || {
                    PARTING.set(Some(Parting(Some(waker))));
                    // The runtime's own locals are made after it, so they are gone before it.
                    assert!(Handle::try_current().is_none());
                    assert!(now() <= Instant::now());
                }));
                Poll::Pending
            })
            .await;
            thread.unwrap().join().unwrap();
        });
    });
}

/// Spawns, sleeps and cancels whenever it is woken or dropped.
struct Meddler(Arc<Mutex<Vec<Task<()>>>>);

impl Meddler {
    fn meddle(&self) {
        if let Some(handle) = Handle::try_current() {
            let task = handle.spawn(async { sleep(millis(1)).await });
            let mut kept = self.0.lock().unwrap();
            kept.push(task);
            let old = (kept.len() > 2).then(|| kept.remove(0));
            drop(kept);
            drop(old);
        }
    }
}

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        self.meddle();
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.meddle();
    }
}

#[test]
fn wakers_that_call_back_into_the_runtime_find_no_lock_and_no_borrow() {
    test(async {
        let kept: Arc<Mutex<Vec<Task<()>>>> = Arc::default();
        let meddler = || Waker::from(Arc::new(Meddler(kept.clone())));
        let (sender, receiver) = oneshot::channel();
        let mut receiver = Box::pin(receiver);
        let mut task = Box::pin(spawn(sleep(secs(2))));
        let mut timer = Box::pin(sleep(secs(1)));
        for _ in 0..3 {
            let waker = meddler();
            let mut cx = Context::from_waker(&waker);
            assert!(receiver.as_mut().poll(&mut cx).is_pending());
            assert!(task.as_mut().poll(&mut cx).is_pending());
            assert!(timer.as_mut().poll(&mut cx).is_pending());
        }
        sender.send(()).unwrap();
        sleep(secs(3)).await;
        assert!(task.is_finished());
        drop((receiver, task, timer));
        let kept = std::mem::take(&mut *kept.lock().unwrap());
        assert!(!kept.is_empty());
        join_all(kept).await;
    });
}
