//! What one thread wrote and another must see: each model falls if an ordering is too weak, as nothing else
//! in it synchronizes.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicUsize as Count;
use std::task::{Context, Poll, Waker};

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::sync::{Arc, Mutex};
use loom::thread::{self, ThreadId};
use tourbillon::internals::{Park, ReadySet, spawn};

use crate::support::{Home, explore, passport, saw};

/// Data that loom watches: two accesses that nothing orders are an error.
struct Watched {
    data: UnsafeCell<()>,
    /// Who drops it writes its name here.
    dropper: Arc<Mutex<Option<ThreadId>>>,
}

impl Watched {
    fn touch(&self) {
        self.data.with_mut(|_| ());
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.touch();
        *self.dropper.lock().unwrap() = Some(thread::current().id());
    }
}

/// The law of the count: what the others did with a task comes before its last pointer frees it.
#[test]
fn the_future_that_the_last_pointer_drops_was_polled_before() {
    static HERE: Count = Count::new(0);
    static THERE: Count = Count::new(0);
    let outcomes = &[
        ("it was dropped at home", &HERE),
        ("it was dropped by the waker's thread", &THERE),
    ];
    explore("poll against the last pointer", None, outcomes, || {
        // At home a task is never dropped unfinished, and its pointers are not counted.
        let home = Home::elsewhere();
        let kept = Arc::new(Mutex::new(None::<Waker>));
        let dropper = Arc::new(Mutex::new(None));
        let watched = Watched {
            data: UnsafeCell::new(()),
            dropper: dropper.clone(),
        };
        let keep = kept.clone();
        let future = poll_fn(move |cx: &mut Context<'_>| {
            watched.touch();
            *keep.lock().unwrap() = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        let (task, registered, handle) = spawn(future, home.share(), passport());
        home.run(task);
        let waker = kept.lock().unwrap().take().expect("the first poll kept it");
        let (here, there) = (thread::current().id(), waker.clone());
        let thread = thread::spawn(move || drop(there));
        waker.wake();
        home.run_all();
        handle.detach();
        drop(registered);
        drop(kept.lock().unwrap().take());
        thread.join().unwrap();
        let dropper = dropper.lock().unwrap().take();
        let dropper = dropper.expect("the last pointer dropped the future");
        saw(if dropper == here { &HERE } else { &THERE });
    });
}

/// S2: a wake that finds another one's mark rides on its poll, which sees what was written before both.
#[test]
fn a_wake_that_rides_on_anothers_poll_is_answered_by_it() {
    static RODE: Count = Count::new(0);
    static LATER: Count = Count::new(0);
    let outcomes = &[
        ("the pass saw it", &RODE),
        ("it had a poll of its own", &LATER),
    ];
    explore("child's wake against wake", None, outcomes, || {
        let payload = Arc::new(AtomicUsize::new(0));
        let kept = Arc::new(Mutex::new(None::<Waker>));
        let mut set = ReadySet::new();
        let (seen, keep) = (payload.clone(), kept.clone());
        let mut first = true;
        let child = poll_fn(move |cx: &mut Context<'_>| {
            if std::mem::take(&mut first) {
                *keep.lock().unwrap() = Some(cx.waker().clone());
            }
            // Relaxed: the wake itself must carry the payload.
            match seen.load(Relaxed) {
                0 => Poll::Pending,
                _ => Poll::Ready(()),
            }
        });
        set.insert_all([child]);
        let mut pass = || {
            let cx = &mut Context::from_waker(Waker::noop());
            set.poll_pass(cx, |_, ()| ControlFlow::<()>::Continue(()))
                .is_ready()
        };
        assert!(!pass());
        let waker = kept.lock().unwrap().take().expect("the first poll kept it");
        let thread = thread::spawn({
            let waker = waker.clone();
            move || {
                payload.store(1, Relaxed);
                waker.wake();
            }
        });
        waker.wake();
        if pass() {
            saw(&RODE);
            thread.join().unwrap();
        } else {
            thread.join().unwrap();
            assert!(pass(), "the wake that came too late for the pass is queued");
            saw(&LATER);
        }
    });
}

/// P1: what was written before the news was told is seen by whoever takes the news.
#[test]
fn whoever_takes_the_news_sees_what_was_written_before_it_was_told() {
    static NEWS: Count = Count::new(0);
    static NONE: Count = Count::new(0);
    let outcomes = &[("there was news", &NEWS), ("there was none", &NONE)];
    explore("tell against take", None, outcomes, || {
        let park = Arc::new(Park::new());
        let payload = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let (park, payload) = (park.clone(), payload.clone());
            move || {
                payload.store(1, Relaxed);
                let _seen = park.tell();
            }
        });
        if park.has_news() {
            park.take();
            assert_eq!(payload.load(Relaxed), 1);
            saw(&NEWS);
        } else {
            saw(&NONE);
        }
        thread.join().unwrap();
    });
}
