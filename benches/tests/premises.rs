//! What the workloads take for granted of every runtime, so that no row measures work left undone.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use benches::contestant::{Contestant, Monoio, Pool, Smol, Tokio, Tourbillon};

/// A waker that only counts.
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        // Relaxed: read only when the runtime that wakes is over.
        self.0.fetch_add(1, Relaxed);
    }
}

/// `timer/fire` arms all its timers in one poll: a runtime that refuses the later ones, as one with
/// a budget might, would have less to fire.
fn wakes_of_timers_armed_in_one_poll<C: Contestant>(timers: usize) -> usize {
    let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
    let waker = Waker::from(wakes.clone());
    C::run(async move {
        let mut armed: Vec<Pin<Box<C::Sleep>>> = Vec::new();
        poll_fn(|_| {
            for _ in 0..timers {
                let mut sleep = Box::pin(C::sleep(Duration::from_secs(1)));
                let polled = sleep.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending(), "a second has not passed");
                armed.push(sleep);
            }
            Poll::Ready(())
        })
        .await;
        // A later deadline fires when all earlier ones have.
        C::sleep(Duration::from_millis(1_100)).await;
    });
    wakes.0.load(Relaxed)
}

#[test]
fn every_runtime_fires_all_timers_of_a_thousand_armed_in_one_poll() {
    assert_eq!(
        wakes_of_timers_armed_in_one_poll::<Tourbillon>(1_000),
        1_000
    );
    assert_eq!(wakes_of_timers_armed_in_one_poll::<Tokio>(1_000), 1_000);
    assert_eq!(wakes_of_timers_armed_in_one_poll::<Smol>(1_000), 1_000);
    assert_eq!(wakes_of_timers_armed_in_one_poll::<Monoio>(1_000), 1_000);
}

/// Far longer than two threads need to meet on a machine that is merely busy.
const MEETING: Duration = Duration::from_secs(60);

/// Whether two tasks, each of which keeps its thread until the other runs too, both end.
fn two_tasks_run_at_once<C: Contestant>() -> bool {
    let (sender, receiver) = mpsc::channel();
    // Not joined: without a second worker it never ends.
    thread::spawn(move || {
        C::run(async {
            let meeting = Arc::new(Barrier::new(2));
            let tasks = [meeting.clone(), meeting].map(|meeting| {
                C::spawn(async move {
                    meeting.wait();
                })
            });
            for task in tasks {
                task.await;
            }
        });
        // An error here means that the wait has ended before.
        let _ = sender.send(());
    });
    receiver.recv_timeout(MEETING).is_ok()
}

#[test]
fn every_pool_runs_two_tasks_at_once_though_one_task_spawned_both() {
    assert!(two_tasks_run_at_once::<Pool<Tourbillon>>(), "tourbillon");
    assert!(two_tasks_run_at_once::<Pool<Tokio>>(), "tokio");
    assert!(two_tasks_run_at_once::<Pool<Smol>>(), "smol");
}
