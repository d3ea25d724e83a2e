//! The gate: workers that come and go while it is opened and shut.
//!
//! A worker comes to the gate by a letter, as in `runtime/pool/`; it turns until it has read one.

use std::sync::atomic::AtomicUsize as Count;

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::SeqCst;
use loom::thread::{self, JoinHandle};
use tourbillon::internals::{Gate, Mailbox, Park, Passed, Told};

use crate::support::{Bed, explore, saw};

/// A worker that does nothing but stand at the gate or turn.
struct Worker {
    mailbox: Mailbox<()>,
    park: Arc<Park>,
    bed: Bed,
}

/// A gate, its workers, and how many of them turn.
struct Pool {
    gate: Gate<usize, usize>,
    workers: Vec<Worker>,
    turning: AtomicUsize,
    outcomes: Outcomes,
}

#[derive(Clone, Copy)]
struct Outcomes {
    /// A worker was let through and then called.
    turned: &'static Count,
    /// A call was read when the gate was open again.
    stale: &'static Count,
}

impl Pool {
    /// Workers of threads that have started.
    fn new(workers: usize, outcomes: Outcomes) -> (Arc<Pool>, Vec<JoinHandle<()>>) {
        let workers = (0..workers).map(|_| {
            let park = Arc::new(Park::new());
            Worker {
                mailbox: Mailbox::new(park.clone()),
                park,
                bed: Bed::default(),
            }
        });
        let pool = Arc::new(Pool {
            gate: Gate::new(),
            workers: workers.collect(),
            turning: AtomicUsize::new(0),
            outcomes,
        });
        let threads = (0..pool.workers.len()).map(|worker| {
            pool.gate.expect_one();
            let pool = pool.clone();
            thread::spawn(move || pool.work(worker))
        });
        let threads = threads.collect();
        (pool, threads)
    }

    /// What a worker's thread does; see `runtime/pool/worker.rs`.
    fn work(&self, worker: usize) {
        let obey = |order| {
            assert_eq!(self.turning.load(SeqCst), 0, "no order while others turn");
            order + worker
        };
        while self.gate.pass(worker, obey) == Passed::Turn {
            self.turning.fetch_add(1, SeqCst);
            saw(self.outcomes.turned);
            self.turn_until_called(worker);
            self.turning.fetch_sub(1, SeqCst);
        }
        self.gate.gone();
    }

    fn turn_until_called(&self, worker: usize) {
        let Worker { mailbox, park, bed } = &self.workers[worker];
        loop {
            mailbox.take_news();
            // All at once: several calls bring it here once.
            if std::iter::from_fn(|| mailbox.pop()).count() > 0 {
                return;
            }
            if park.fall_asleep() {
                bed.sleep();
            }
            park.rise();
        }
    }

    /// Shuts the gate, as the drop of `Open` does.
    fn shut(&self) {
        self.gate.shut(|| {
            for worker in &self.workers {
                if worker.mailbox.post(()) == Told::Wake {
                    worker.bed.wake();
                }
            }
        });
        assert_eq!(
            self.turning.load(SeqCst),
            0,
            "nothing turns behind a shut gate"
        );
    }

    /// Whether a worker has a call that it has not read, although it stands at the gate.
    fn note_stale(&self) {
        if self.workers.iter().any(|worker| worker.park.has_news()) {
            saw(self.outcomes.stale);
        }
    }
}

/// Opened, shut, given an order, opened again, shut and ended: everybody comes each time, carries out what
/// is ordered and leaves in the end, also if a call comes late.
fn explore_gate(name: &str, workers: usize, preemptions: Option<usize>, outcomes: Outcomes) {
    let Outcomes { turned, stale } = outcomes;
    let named = &[
        ("a worker turned and was called", turned),
        ("a call was read after the gate was opened again", stale),
    ];
    explore(name, preemptions, named, move || {
        let (pool, threads) = Pool::new(workers, outcomes);
        pool.gate.open();
        pool.shut();
        let last = workers - 1;
        assert_eq!(pool.gate.order(last, 40), 40 + last, "that worker's reply");
        pool.note_stale();
        pool.gate.open();
        pool.shut();
        pool.gate.end();
        assert_eq!(pool.turning.load(SeqCst), 0);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_gate_that_is_opened_and_shut_twice_against_one_worker() {
    static TURNED: Count = Count::new(0);
    static STALE: Count = Count::new(0);
    let outcomes = Outcomes {
        turned: &TURNED,
        stale: &STALE,
    };
    explore_gate("gate against a worker", 1, Some(3), outcomes);
}

#[test]
fn a_gate_that_is_opened_and_shut_twice_against_two_workers() {
    static TURNED: Count = Count::new(0);
    static STALE: Count = Count::new(0);
    let outcomes = Outcomes {
        turned: &TURNED,
        stale: &STALE,
    };
    explore_gate("gate against two workers", 2, Some(2), outcomes);
}

/// Nobody is left: the gate ends at once, while the workers come to it for the first time.
#[test]
fn an_end_against_workers_that_come_is_waited_for() {
    static CAME: Count = Count::new(0);
    static COMING: Count = Count::new(0);
    let outcomes = &[("they had come", &CAME), ("one was on its way", &COMING)];
    explore("end against coming", Some(2), outcomes, || {
        let gate = Arc::new(Gate::<(), ()>::new());
        let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let threads = [0, 1].map(|worker| {
            gate.expect_one();
            let (gate, counts) = (gate.clone(), counts.clone());
            thread::spawn(move || {
                let [coming, gone] = &*counts;
                coming.fetch_add(1, SeqCst);
                assert_eq!(gate.pass(worker, |()| ()), Passed::End);
                gone.fetch_add(1, SeqCst);
                gate.gone();
            })
        });
        let came = counts[0].load(SeqCst);
        gate.end();
        assert_eq!(counts[1].load(SeqCst), 2, "everyone has left");
        saw(if came == 2 { &CAME } else { &COMING });
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}
