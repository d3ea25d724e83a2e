//! Real tasks on the shelves of a pool: a wake against a steal, a spawn and a gift against the end.
//!
//! [`Berth`] does what the one in `runtime/pool/workers.rs` does for a thread that is no worker's.

use std::future::poll_fn;
use std::sync::atomic::AtomicUsize as Count;
use std::task::{Poll, Waker};

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::{Relaxed, SeqCst};
use loom::sync::{Arc, Mutex};
use loom::thread;
use tourbillon::Task;
use tourbillon::internals::{Over, Passport, Ran, Runnable, Schedule, Share, TaskRef, spawn};

use crate::pool_support::Pool;
use crate::support::{Freed, Track, explore, passport, saw, take};

/// Where the tasks of a model go, and where its one task is listed.
struct Berth {
    pool: Arc<Pool<Runnable>>,
    listed: Mutex<Listed>,
    _freed: Freed,
}

#[derive(Default)]
struct Listed {
    task: Option<TaskRef>,
    closed: bool,
}

impl Schedule for Berth {
    fn schedule(&self, task: Runnable) {
        let worker = task.task().station();
        self.pool.give(worker, task);
    }

    fn unhandled(&self, _task: &Passport, what: &str) {
        panic!("{what}");
    }
}

impl Berth {
    fn new(workers: usize) -> Share<Berth> {
        Share::new(Berth {
            pool: Pool::new(workers),
            listed: Mutex::default(),
            _freed: Freed::new(),
        })
    }

    /// A worker runs a task that it took.
    fn run(&self, worker: u8, task: Runnable) {
        task.task().comes_to(worker);
        match task.run(0) {
            Ran::Again(task) => self.pool.put(worker.into(), task),
            Ran::Pending => (),
            Ran::Over(over) => self.strike_off(over),
        }
    }

    /// A worker runs what stands on its shelf or on the common one.
    fn run_all(&self, worker: u8) {
        while let Some(task) = self.pool.take(worker.into()) {
            self.run(worker, task);
        }
    }

    /// A worker searches once, and runs what it finds.
    fn search(&self, worker: u8) {
        let searched = self.pool.shelves.begin_search(worker.into(), |_, _| ());
        if self.pool.has_found(searched) {
            self.run_all(worker);
        }
    }

    fn strike_off(&self, over: Over) {
        let listed = self.listed.lock().unwrap().task.take();
        over.settle(Some(listed.expect("a task is over once")));
    }

    /// Spawns a task from a thread that is no worker's: see `Workers::admit`.
    #[track_caller]
    fn spawn<T: Send + 'static>(
        berth: &Share<Berth>,
        future: impl Future<Output = T> + Send + 'static,
    ) -> (Task<T>, Admitted) {
        let (task, registered, handle) = spawn(future, berth.clone(), passport());
        let mut listed = berth.listed.lock().unwrap();
        if listed.closed {
            drop(listed);
            let over = task.shut().expect("nobody else has it");
            over.settle(Some(registered));
            return (handle, Admitted::TooLate);
        }
        assert!(listed.task.replace(registered).is_none(), "one task");
        drop(listed);
        berth.pool.put_common(task);
        (handle, Admitted::Listed)
    }

    /// The pool ends: see `Workers::close`, `Core::drop_all` and `Workers::clear`.
    fn end(&self) -> Option<TaskRef> {
        self.listed.lock().unwrap().closed = true;
        self.pool
            .threads
            .iter()
            .for_each(|thread| thread.park.close());
        self.pool.roster().close();
        let task = self.listed.lock().unwrap().task.clone();
        if let Some(over) = task.as_ref().and_then(TaskRef::shut) {
            self.strike_off(over);
        }
        for worker in 0..self.pool.threads.len() {
            self.pool.shelves.clear(worker).for_each(drop);
        }
        self.pool.shelves.clear_common().for_each(drop);
        task
    }
}

#[derive(PartialEq)]
enum Admitted {
    Listed,
    TooLate,
}

/// An idle task that worker 0 has run; it is ready when `payload` is `needed`.
fn idle_task(berth: &Share<Berth>, payload: &Arc<AtomicUsize>, needed: usize) -> (Task<()>, Waker) {
    let (waker_out, mut waker_in) = tourbillon::oneshot::channel();
    let payload = payload.clone();
    let mut waker_out = Some(waker_out);
    // Touched by one runner at a time, or loom fails.
    let future_of_one = UnsafeCell::new(());
    let (task, _) = Berth::spawn(
        berth,
        poll_fn(move |cx| {
            future_of_one.with_mut(|_| ());
            if let Some(waker_out) = waker_out.take() {
                assert!(waker_out.send(cx.waker().clone()).is_ok());
            }
            // Relaxed: the wake itself must carry the payload.
            match payload.load(Relaxed) >= needed {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        }),
    );
    berth.run_all(0);
    (task, waker_in.try_recv().expect("the first poll sent it"))
}

/// One runner at a time, and a poll for every wake: a task is woken twice while its worker and a thief run it.
#[test]
fn a_wake_against_a_steal_is_answered_by_whoever_runs_the_task() {
    static AT_HOME: Count = Count::new(0);
    static AWAY: Count = Count::new(0);
    static LEFT: Count = Count::new(0);
    let outcomes = &[
        ("it ended where it had run before", &AT_HOME),
        ("it ended with the thief", &AWAY),
        ("its wakes came after both had looked", &LEFT),
    ];
    explore("wake against steal", Some(2), outcomes, || {
        let berth = Berth::new(2);
        let payload = Arc::new(AtomicUsize::new(0));
        let (mut task, waker) = idle_task(&berth, &payload, 2);
        let registered = berth.listed.lock().unwrap().task.clone();
        let registered = registered.expect("the task is not over");
        let thief = thread::spawn({
            let berth = berth.clone();
            move || berth.search(1)
        });
        let other = thread::spawn(move || {
            for _ in 0..2 {
                payload.fetch_add(1, Relaxed);
                waker.wake_by_ref();
            }
        });
        berth.run_all(0);
        other.join().unwrap();
        thief.join().unwrap();
        if !registered.is_finished() {
            saw(&LEFT);
            let worker = registered.station();
            assert!(
                berth.pool.shelves.has_some(worker),
                "it goes where it ran last"
            );
            // As a worker that was told.
            berth.run_all(worker as u8);
        } else {
            saw([&AT_HOME, &AWAY][registered.station()]);
        }
        assert!(take(&mut task).is_ok(), "the last wake was answered");
    });
}

/// Closed means over, and the last one clears: a task that is spawned from outside while the pool ends.
#[test]
fn a_spawn_from_outside_against_the_end_is_over_and_freed() {
    static TOO_LATE: Count = Count::new(0);
    static ENDED: Count = Count::new(0);
    static STALE: Count = Count::new(0);
    let outcomes = &[
        ("it came too late", &TOO_LATE),
        ("the end ended it", &ENDED),
        ("the end ended it, and the spawner cleared it away", &STALE),
    ];
    explore("spawn against end", None, outcomes, || {
        let berth = Berth::new(1);
        let (track, dropped) = Track::new();
        let spawner = thread::spawn({
            let berth = berth.clone();
            move || Berth::spawn(&berth, async move { drop(track) })
        });
        let ended = berth.end();
        let (mut task, admitted) = spawner.join().unwrap();
        assert!(
            !berth.pool.shelves.has_some(0),
            "nothing is left on a shelf"
        );
        let error = take(&mut task).expect_err("nobody ran it");
        assert!(error.is_cancelled());
        assert_eq!(dropped.load(SeqCst), 1);
        match (admitted, ended) {
            (Admitted::TooLate, None) => saw(&TOO_LATE),
            (Admitted::Listed, Some(_)) if berth.pool.came_late() => saw(&STALE),
            (Admitted::Listed, Some(_)) => saw(&ENDED),
            _ => panic!("the lock decides who was first"),
        }
    });
}

/// The last one clears: a task that is woken from outside while the pool ends.
#[test]
fn a_wake_from_outside_against_the_end_leaves_nothing_on_a_shelf() {
    static QUEUED: Count = Count::new(0);
    static REFUSED: Count = Count::new(0);
    let outcomes = &[
        ("it was woken before it was ended", &QUEUED),
        ("it was over before", &REFUSED),
    ];
    explore("wake against end", Some(3), outcomes, || {
        let berth = Berth::new(1);
        let payload = Arc::new(AtomicUsize::new(0));
        let (mut task, waker) = idle_task(&berth, &payload, 1);
        let registered = berth.listed.lock().unwrap().task.clone();
        let registered = registered.expect("the task is not over");
        let other = thread::spawn(move || {
            let over = registered.is_finished();
            waker.wake();
            over
        });
        assert!(berth.end().is_some());
        let over = other.join().unwrap();
        assert!(
            !berth.pool.shelves.has_some(0),
            "nothing is left on a shelf"
        );
        assert!(take(&mut task).expect_err("it was ended").is_cancelled());
        saw(if over { &REFUSED } else { &QUEUED });
    });
}
