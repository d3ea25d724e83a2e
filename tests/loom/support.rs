//! What the models share: a counted model, a scheduler, a waker that tells, a value that must be dropped.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize as StdAtomicUsize, Ordering::Relaxed};

use std::task::{Context, Poll, Waker};

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Mutex};
use tourbillon::internals::{Passport, Ran, Runnable, Schedule, Wake, number};
use tourbillon::{Task, TaskError};

/// Runs a model with at most `preemptions` forced switches an execution (`None`: all), and fails if there
/// was only one execution or if one of `outcomes` was never seen.
pub(crate) fn explore(
    name: &str,
    preemptions: Option<usize>,
    outcomes: &[(&str, &'static StdAtomicUsize)],
    model: impl Fn() + Send + Sync + 'static,
) {
    // std's atomics, not loom's: they outlive the executions.
    let executions = std::sync::Arc::new(StdAtomicUsize::new(0));
    let counter = executions.clone();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.check(move || {
        counter.fetch_add(1, Relaxed);
        model();
    });
    let executions = executions.load(Relaxed);
    let seen: Vec<_> = outcomes
        .iter()
        .map(|(what, seen)| (*what, seen.load(Relaxed)))
        .collect();
    println!("{name}: {executions} executions, {seen:?}");
    assert!(executions > 1, "{name}: one execution explores nothing");
    for (what, count) in seen {
        assert!(count > 0, "{name}: the model never saw: {what}");
    }
}

/// Two threads that both pass here pass in either order. The search for other orders goes back to the last
/// access of a word alone, so it overlooks a plain load before which another thread could have come.
pub(crate) fn either_first(marker: &AtomicUsize) {
    marker.fetch_add(1, Ordering::SeqCst);
}

/// Notes an outcome.
pub(crate) fn saw(outcome: &StdAtomicUsize) {
    outcome.fetch_add(1, Relaxed);
}

/// A passport for a task of the models.
#[track_caller]
pub(crate) fn passport() -> Passport {
    Passport::new(number(1), None, Location::caller())
}

/// A scheduler that keeps what it is given until somebody runs it.
#[derive(Clone)]
pub(crate) struct Home(Arc<Mutex<VecDeque<Runnable>>>);

impl Home {
    pub(crate) fn new() -> Home {
        Home(Arc::new(Mutex::new(VecDeque::new())))
    }

    pub(crate) fn pop(&self) -> Option<Runnable> {
        self.0.lock().unwrap().pop_front()
    }

    /// Runs what is queued now and what that brings.
    pub(crate) fn run_all(&self) {
        while let Some(task) = self.pop() {
            match task.run(0) {
                Ran::Again(task) => self.schedule(task),
                Ran::Pending | Ran::Over(_) => (),
            }
        }
    }
}

impl Schedule for Home {
    fn schedule(&self, task: Runnable) {
        let mut queue = self.0.lock().unwrap();
        assert!(queue.is_empty(), "the right to poll exists once");
        queue.push_back(task);
    }

    fn unhandled(&self, task: &Passport, what: &str) {
        panic!("no model leaves a failure unread, but {task} {what}");
    }
}

/// As [`Home`], for models that leave a failure unread: it keeps what it is told.
#[derive(Clone)]
pub(crate) struct Listening {
    pub(crate) home: Home,
    pub(crate) told: Arc<Mutex<Vec<String>>>,
}

impl Listening {
    pub(crate) fn new() -> Listening {
        Listening {
            home: Home::new(),
            told: Arc::new(Mutex::new(Vec::new())),
        }
    }
}

impl Schedule for Listening {
    fn schedule(&self, task: Runnable) {
        self.home.schedule(task);
    }

    fn unhandled(&self, _task: &Passport, what: &str) {
        self.told.lock().unwrap().push(what.to_owned());
    }
}

/// The result of a task that is over.
pub(crate) fn take<T>(handle: &mut Task<T>) -> Result<T, TaskError> {
    match Pin::new(handle).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("the task is not over"),
    }
}

/// A waker's target that counts its wakes.
pub(crate) struct Bell(pub(crate) AtomicUsize);

impl Bell {
    pub(crate) fn new() -> Arc<Bell> {
        Arc::new(Bell(AtomicUsize::new(0)))
    }

    pub(crate) fn rung(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Bell {
    fn wake(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Counts how often it is dropped; loom itself finds it if it is never.
pub(crate) struct Track {
    drops: Arc<AtomicUsize>,
}

impl Track {
    pub(crate) fn new() -> (Track, Arc<AtomicUsize>) {
        let drops = Arc::new(AtomicUsize::new(0));
        (
            Track {
                drops: drops.clone(),
            },
            drops,
        )
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}
