//! A bounded pool of threads for calls that block: files, name look-ups, other people's libraries.
//!
//! Threads start on demand, up to a cap, and leave when they had nothing to do for a while. Beyond
//! the cap jobs wait in line, first in, first out.
//!
//! - **B1, every job has a worker obliged to see it.** A job enters the queue only if a worker is
//!   counted in `threads` or is started under the same lock; and a worker leaves the count only
//!   under the lock that shows it an empty queue. So the last worker cannot go idle, or leave, past
//!   a job.
//! - **B2, as many workers as jobs.** If more jobs are queued than workers are idle, a thread is
//!   started, unless the cap is reached. A worker that was woken and has not yet looked counts as
//!   idle and is spoken for by one job only, so a job never waits behind another's worker while
//!   there is room for one of its own.
//! - **B3, a panic ends a job, not a worker.** Nor does it upset a count.
//! - **B4, jobs outside the lock.** No job runs, and none is dropped, under the lock.
//! - **B5, closed is closed.** After [`Pool::close`] no job starts.
//!
//! The price of B1: a thread is started under the lock, for some 20 microseconds. It keeps "the
//! system refused" from ever meaning "a job already accepted is stranded".
//!
//! Leaves out: results and cancelling (a job is a closure; whoever wraps it decides what its drop
//! means), priorities, and killing a job that is stuck, which no thread allows: `close` reports it.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::mem;
use std::time::{Duration, Instant};

use crate::panics::contain;
use crate::sync::{self, Arc, Condvar, Mutex, thread};

/// What a thread of the pool runs, once. Dropped unrun if the pool closes first.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// See the file's promise. Dropping it closes it without waiting for what still runs.
pub struct Pool {
    shared: Arc<Shared>,
}

/// Why a job was not taken, and the job.
pub enum Refused {
    /// The pool is closed.
    Closed(Job),
    /// The system refused a thread, and there is no other that could come to the job.
    NoThread(Job, io::Error),
}

struct Shared {
    name: &'static str,
    cap: usize,
    keep_alive: Duration,
    state: Mutex<State>,
    /// Idle workers sleep here until there is a job or the pool closes.
    work: Condvar,
    /// `close` sleeps here until the last running job is done.
    done: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// Workers that will look at the queue again.
    threads: usize,
    /// Those of them that sleep on `work`, or were woken there and have not looked yet.
    idle: usize,
    /// Those of them that are inside a job.
    running: usize,
    closed: bool,
}

impl Pool {
    /// A pool without threads, whose threads will bear `name`, be at most `cap`, and leave after
    /// `keep_alive` without a job. `Duration::ZERO`: at once.
    ///
    /// # Panics
    ///
    /// If `cap` is 0: no job would ever run.
    pub fn new(name: &'static str, cap: usize, keep_alive: Duration) -> Pool {
        assert!(cap > 0, "a pool needs at least one thread");
        Pool {
            shared: Arc::new(Shared {
                name,
                cap,
                keep_alive,
                state: Mutex::new(State::default()),
                work: Condvar::new(),
                done: Condvar::new(),
            }),
        }
    }

    /// Hands a job to the pool. It starts at once if a worker is idle or the cap leaves room for
    /// another, else when a worker is free.
    ///
    /// # Errors
    ///
    /// [`Refused`] gives the job back: the pool is closed, or it has no thread and cannot get one.
    pub fn submit(&self, job: Job) -> Result<(), Refused> {
        let mut state = self.shared.state.lock();
        if state.closed {
            return Err(Refused::Closed(job));
        }
        let wanted = state.queue.len() >= state.idle && state.threads < self.shared.cap;
        if wanted {
            let shared = self.shared.clone();
            match thread::spawn(self.shared.name, move || shared.work()) {
                Ok(_detached) => state.threads += 1,
                // B1: with no worker counted, nobody would come.
                Err(error) if state.threads == 0 => return Err(Refused::NoThread(job, error)),
                Err(_) => {}
            }
        }
        state.queue.push_back(job);
        let sleepers = state.idle > 0;
        drop(state);
        if sleepers {
            self.shared.work.notify_one();
        }
        Ok(())
    }

    /// Closes the pool: refuses later jobs, drops those in line, waits for those that run at most
    /// `grace` of real time, and returns how many still run. Their threads leave after them.
    ///
    /// A job that closes its own pool waits for itself; give it no grace.
    pub fn close(&self, grace: Duration) -> usize {
        let since = sync::now();
        let mut state = self.shared.state.lock();
        state.closed = true;
        let queued = mem::take(&mut state.queue);
        drop(state);
        self.shared.work.notify_all();
        queued.into_iter().for_each(|job| contain(|| drop(job)));
        let mut state = self.shared.state.lock();
        while state.running > 0 {
            match left_of(grace, since) {
                Some(left) => state = self.shared.done.wait_timeout(state, left),
                None => break,
            }
        }
        state.running
    }

    /// How many threads there are.
    pub fn threads(&self) -> usize {
        self.shared.state.lock().threads
    }

    /// How many jobs run.
    pub fn running(&self) -> usize {
        self.shared.state.lock().running
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close(Duration::ZERO);
    }
}

impl Shared {
    /// A worker's life.
    fn work(&self) {
        while let Some(job) = self.next_job() {
            contain(job);
            self.finished();
        }
    }

    /// The next job, waiting for it if need be; `None`: the worker is counted no more, and leaves.
    fn next_job(&self) -> Option<Job> {
        let since = sync::now();
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                state.running += 1;
                return Some(job);
            }
            // B1: the queue is empty under this very lock.
            match left_of(self.keep_alive, since) {
                Some(left) if !state.closed => {
                    state.idle += 1;
                    state = self.work.wait_timeout(state, left);
                    state.idle -= 1;
                }
                _ => {
                    state.threads -= 1;
                    return None;
                }
            }
        }
    }

    fn finished(&self) {
        let mut state = self.state.lock();
        state.running -= 1;
        let last = state.closed && state.running == 0;
        drop(state);
        if last {
            self.done.notify_all();
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = &self.shared;
        f.debug_struct("Pool")
            .field("name", &shared.name)
            .field("cap", &shared.cap)
            .finish()
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Closed(_) => f.write_str("Closed"),
            Refused::NoThread(_, error) => f.debug_tuple("NoThread").field(error).finish(),
        }
    }
}

/// What is left of `limit` since then; `None` if nothing is.
fn left_of(limit: Duration, since: Instant) -> Option<Duration> {
    limit
        .checked_sub(sync::now() - since)
        .filter(|left| !left.is_zero())
}
