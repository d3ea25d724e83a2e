//! The strands: each does one kind of work, in steps, as long as it has leave.
//!
//! Always: a strand stamps every small progress; what it begins it counts in the tally; it checks
//! what it gets.
//!
//! Leaves out: which strands work at once (`main.rs`).

mod calls;
mod echo;
mod tasks;
mod waits;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_channel::{Receiver, Sender};
use tourbillon::{Handle, Runtime, Task, join_all, spawn};

use crate::random::Random;
use crate::tally::Tally;
use crate::watch::Pulse;

/// A strand as the round sees it.
pub(crate) struct Lead {
    pulse: Arc<Pulse>,
    leave: Sender<u64>,
    steps: u64,
}

impl Lead {
    pub(crate) fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }

    /// Steps that take some ten milliseconds.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// Gives leave for so many steps.
    pub(crate) fn begin(&self, steps: u64) {
        // Before it hears of it, and until its end is heard of: a wake that is lost on either way
        // shows as a stall of this strand.
        self.pulse.begin_work();
        self.leave.try_send(steps).expect("a strand that rests");
    }

    /// The round has heard that the strand has used its leave up.
    fn end(&self) {
        self.pulse.end_work();
    }
}

/// A strand as itself sees it.
pub(crate) struct Strand {
    pulse: Arc<Pulse>,
    leave: Receiver<u64>,
    number: usize,
    ended: Sender<usize>,
    left: u64,
    tally: Arc<Tally>,
    random: Random,
}

impl Drop for Strand {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("stress: FAIL: the strand {} panicked", self.pulse.name());
            std::process::abort();
        }
    }
}

impl Strand {
    /// Begins a step; waits for leave. `false`: there will be no more.
    async fn step(&mut self) -> bool {
        while self.left == 0 {
            match self.leave.recv().await {
                Ok(steps) => self.left = steps,
                Err(_) => return false,
            }
        }
        self.pulse.beat();
        true
    }

    /// As `step`, on a thread outside of the runtime.
    fn step_blocking(&mut self) -> bool {
        while self.left == 0 {
            match self.leave.recv_blocking() {
                Ok(steps) => self.left = steps,
                Err(_) => return false,
            }
        }
        self.pulse.beat();
        true
    }

    /// A step is over.
    fn done(&mut self) {
        self.left -= 1;
        self.beat();
        if self.left == 0 {
            let told = self.ended.try_send(self.number);
            told.expect("the round waits");
        }
    }

    fn beat(&self) {
        self.pulse.beat();
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random.below(limit)
    }
}

type Body = fn(Strand) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// The strands that are tasks: name, steps, how many of them, what they do.
const TASKS: [(&str, u64, u64, Body); 15] = [
    ("spawns", 30, 2, |strand| Box::pin(tasks::spawns(strand))),
    ("yields", 5_000, 3, |strand| Box::pin(tasks::yields(strand))),
    ("cancels", 500, 2, |strand| Box::pin(tasks::cancels(strand))),
    ("groups", 200, 2, |strand| Box::pin(tasks::groups(strand))),
    ("locals", 500, 3, |strand| Box::pin(tasks::locals(strand))),
    ("long polls", 5, 1, |strand| {
        Box::pin(tasks::long_polls(strand))
    }),
    ("one-shots", 500, 2, |strand| {
        Box::pin(waits::one_shots(strand))
    }),
    ("channels", 1_000, 3, |strand| {
        Box::pin(waits::channels(strand))
    }),
    ("sleeps", 10, 3, |strand| Box::pin(waits::sleeps(strand))),
    ("moved sleeps", 10, 2, |strand| {
        Box::pin(waits::moved_sleeps(strand))
    }),
    ("limits", 20, 3, |strand| Box::pin(waits::limits(strand))),
    ("tcp", 50, 3, |strand| Box::pin(echo::tcp(strand))),
    ("unix", 100, 2, |strand| Box::pin(echo::unix(strand))),
    ("jobs", 100, 2, |strand| Box::pin(calls::jobs(strand))),
    ("dropped jobs", 100, 1, |strand| {
        Box::pin(calls::dropped_jobs(strand))
    }),
];

/// Threads that spawn from outside, and their steps.
const THREADS: (u64, u64) = (2, 200);

/// All strands.
pub(crate) struct Work {
    leads: Vec<Lead>,
    /// The numbers of those that have used their leave up.
    ended: Receiver<usize>,
    /// What the strands say that by.
    ends: Sender<usize>,
    tasks: Vec<Task<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Work {
    /// Starts the strands, which wait for leave.
    pub(crate) fn new(runtime: &Runtime, tally: &Arc<Tally>, random: &mut Random) -> Work {
        let (ends, ended) = async_channel::unbounded();
        let mut work = Work {
            leads: Vec::new(),
            ended,
            ends,
            tasks: Vec::new(),
            threads: Vec::new(),
        };
        for (name, steps, count, body) in TASKS {
            for number in 0..count {
                let name = format!("{name} {number}");
                let strand = work.strand(name, steps, tally, random);
                let spawns = async || work.tasks.push(spawn(body(strand)));
                runtime.block_on(spawns());
            }
        }
        for number in 0..THREADS.0 {
            let name = format!("thread {number}");
            let strand = work.strand(name, THREADS.1, tally, random);
            let handle: Handle = runtime.handle();
            let thread = std::thread::spawn(move || calls::spawns_from_outside(strand, &handle));
            work.threads.push(thread);
        }
        work
    }

    fn strand(
        &mut self,
        name: String,
        steps: u64,
        tally: &Arc<Tally>,
        random: &mut Random,
    ) -> Strand {
        let (leave, takes_leave) = async_channel::bounded(1);
        let pulse = Pulse::new(name);
        let number = self.leads.len();
        self.leads.push(Lead {
            pulse: pulse.clone(),
            leave,
            steps,
        });
        Strand {
            pulse,
            leave: takes_leave,
            number,
            ended: self.ends.clone(),
            left: 0,
            tally: tally.clone(),
            random: random.another(),
        }
    }

    pub(crate) fn leads(&self) -> &[Lead] {
        &self.leads
    }

    /// Waits until one more strand has used its leave up.
    pub(crate) async fn one_ended(&self) {
        let number = self.ended.recv().await.expect("the strands live");
        self.leads[number].end();
    }

    /// Ends all strands, each of which ends what it began.
    pub(crate) fn end(self, runtime: &Runtime) {
        drop(self.leads);
        for over in runtime.block_on(join_all(self.tasks)) {
            over.expect("a strand neither panics nor is cancelled");
        }
        for thread in self.threads {
            thread.join().expect("a thread does not panic");
        }
    }
}
