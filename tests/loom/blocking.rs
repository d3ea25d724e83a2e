//! Models of the blocking pool: those who submit, work and close, in every order.
//!
//! A job that nobody comes to shows as a deadlock, which loom reports. Jobs do not assert: the pool
//! would contain the panic. They note what they see, and the test asserts after the model.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc as StdArc, Mutex as StdMutex};
use std::time::Duration;

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;
use tourbillon::internals::{Pool, Refused};

use crate::support::{explore, saw};

/// loom's waits never time out: a worker that is kept for ever waits until it is woken.
const FOR_EVER: Duration = Duration::MAX;

/// Forced switches an execution: three take a second, five half a minute.
const PREEMPTIONS: Option<usize> = Some(3);

/// A gate that stays open.
#[derive(Clone)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn new() -> Gate {
        Gate(Arc::new((Mutex::new(false), Condvar::new())))
    }

    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn wait(&self) {
        let mut open = self.0.0.lock().unwrap();
        while !*open {
            open = self.0.1.wait(open).unwrap();
        }
    }
}

#[test]
fn a_job_submitted_at_the_cap_while_the_last_worker_goes_idle_runs() {
    static BEFORE: AtomicUsize = AtomicUsize::new(0);
    static INSIDE: AtomicUsize = AtomicUsize::new(0);
    static LEAVING: AtomicUsize = AtomicUsize::new(0);
    static PAST: AtomicUsize = AtomicUsize::new(0);
    let outcomes = [
        ("the first job had not begun", &BEFORE),
        ("the first job ran", &INSIDE),
        ("the worker was leaving the first job", &LEAVING),
        ("the worker was past the first job", &PAST),
    ];
    explore("submit, worker going idle", PREEMPTIONS, &outcomes, || {
        let pool = Pool::new("model", 1, FOR_EVER);
        let done = Arc::new(loom::sync::atomic::AtomicBool::new(false));
        let first = done.clone();
        pool.submit(Box::new(move || first.store(true, Relaxed)))
            .unwrap();
        let running = pool.running() == 1;
        saw(match (done.load(Relaxed), running) {
            (false, false) => &BEFORE,
            (false, true) => &INSIDE,
            (true, true) => &LEAVING,
            (true, false) => &PAST,
        });
        let gate = Gate::new();
        let second = gate.clone();
        pool.submit(Box::new(move || second.open())).unwrap();
        gate.wait();
        assert_eq!(pool.threads(), 1);
        assert_eq!(pool.close(FOR_EVER), 0);
        // Relaxed is enough to see it: the pool's lock ordered the job before the close.
        assert!(
            done.load(Relaxed),
            "close returned before a job's effect was seen"
        );
    });
}

#[test]
fn a_job_submitted_while_the_last_worker_leaves_runs() {
    static SAME: AtomicUsize = AtomicUsize::new(0);
    static ANOTHER: AtomicUsize = AtomicUsize::new(0);
    let outcomes = [("on the old thread", &SAME), ("on a new one", &ANOTHER)];
    explore("submit, worker leaving", PREEMPTIONS, &outcomes, || {
        let pool = Pool::new("model", 1, Duration::ZERO);
        let ids = StdArc::new(StdMutex::new(Vec::new()));
        let gate = Gate::new();
        let first = ids.clone();
        pool.submit(Box::new(move || {
            first.lock().unwrap().push(thread::current().id())
        }))
        .unwrap();
        let (second, last) = (ids.clone(), gate.clone());
        pool.submit(Box::new(move || {
            second.lock().unwrap().push(thread::current().id());
            last.open();
        }))
        .unwrap();
        gate.wait();
        let ids = ids.lock().unwrap();
        assert_eq!(ids.len(), 2, "jobs in line start in the order they came");
        saw(if ids[0] == ids[1] { &SAME } else { &ANOTHER });
    });
}

#[test]
fn a_job_has_a_thread_of_its_own_while_there_is_room() {
    static SAME: AtomicUsize = AtomicUsize::new(0);
    static ANOTHER: AtomicUsize = AtomicUsize::new(0);
    let outcomes = [
        ("the first thread took the job that waits", &SAME),
        ("another took it", &ANOTHER),
    ];
    explore(
        "two jobs that need each other",
        PREEMPTIONS,
        &outcomes,
        || {
            let pool = Pool::new("model", 2, FOR_EVER);
            let ids = StdArc::new(StdMutex::new(Vec::new()));
            let (ready, met) = (Gate::new(), Gate::new());
            let warm = ids.clone();
            pool.submit(Box::new(move || {
                warm.lock().unwrap().push(thread::current().id())
            }))
            .unwrap();
            let (open, done, waiting) = (ready.clone(), met.clone(), ids.clone());
            pool.submit(Box::new(move || {
                waiting.lock().unwrap().push(thread::current().id());
                open.wait();
                done.open();
            }))
            .unwrap();
            pool.submit(Box::new(move || ready.open())).unwrap();
            met.wait();
            let ids = ids.lock().unwrap();
            let same = ids[0] == ids[1];
            saw(if same { &SAME } else { &ANOTHER });
        },
    );
}

/// A job's end, noted once it is certain.
struct Fate {
    ran: StdArc<AtomicUsize>,
    dropped: StdArc<AtomicUsize>,
}

impl Fate {
    fn run(self) {
        self.ran.fetch_add(1, Relaxed);
    }
}

impl Drop for Fate {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_job_submitted_against_close_runs_or_is_dropped_or_comes_back() {
    static RAN: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    static REFUSED: AtomicUsize = AtomicUsize::new(0);
    static STARTED_AFTER_CLOSE: AtomicUsize = AtomicUsize::new(0);
    let outcomes = [
        ("ran", &RAN),
        ("dropped in line", &DROPPED),
        ("refused", &REFUSED),
    ];
    explore("submit against close", PREEMPTIONS, &outcomes, || {
        let pool = Arc::new(Pool::new("model", 1, FOR_EVER));
        let (ran, dropped) = (
            StdArc::new(AtomicUsize::new(0)),
            StdArc::new(AtomicUsize::new(0)),
        );
        let closed = StdArc::new(AtomicBool::new(false));
        let fate = Fate {
            ran: ran.clone(),
            dropped: dropped.clone(),
        };
        let submitter = thread::spawn({
            let (pool, closed) = (pool.clone(), closed.clone());
            move || {
                let job = move || {
                    STARTED_AFTER_CLOSE.fetch_add(closed.load(Relaxed).into(), Relaxed);
                    fate.run();
                };
                match pool.submit(Box::new(job)) {
                    Ok(()) => false,
                    Err(Refused::Closed(_job)) => true,
                    Err(Refused::NoThread(..)) => unreachable!("loom always has a thread"),
                }
            }
        });
        assert_eq!(pool.close(FOR_EVER), 0);
        closed.store(true, Relaxed);
        let refused = submitter.join().unwrap();
        assert_eq!(
            dropped.load(Relaxed),
            1,
            "a job ends once, and before its pool's close does"
        );
        saw(match (ran.load(Relaxed), refused) {
            (1, false) => &RAN,
            (0, false) => &DROPPED,
            (0, true) => &REFUSED,
            fate => unreachable!("a job ends in one way: {fate:?}"),
        });
    });
    assert_eq!(
        STARTED_AFTER_CLOSE.load(Relaxed),
        0,
        "a job started in a closed pool"
    );
}

#[test]
fn close_meets_a_worker_anywhere_on_its_way_to_idle_and_it_leaves() {
    static COUNTED: AtomicUsize = AtomicUsize::new(0);
    static LEFT: AtomicUsize = AtomicUsize::new(0);
    let outcomes = [
        ("the worker was still counted", &COUNTED),
        ("the worker had left", &LEFT),
    ];
    explore(
        "close against a worker going idle",
        PREEMPTIONS,
        &outcomes,
        || {
            let pool = Pool::new("model", 1, FOR_EVER);
            let gate = Gate::new();
            let job = gate.clone();
            pool.submit(Box::new(move || job.open())).unwrap();
            gate.wait();
            assert_eq!(pool.close(FOR_EVER), 0);
            let left = pool.threads() == 0;
            saw(if left { &LEFT } else { &COUNTED });
            // That the model ends shows that the worker leaves: loom waits for every thread.
        },
    );
}
