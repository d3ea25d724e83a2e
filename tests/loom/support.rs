//! What the models share: a counted model, a scheduler, a waker that tells, a value that must be dropped.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize as StdAtomicUsize, Ordering::Relaxed};

use std::task::{Context, Poll, Waker};

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use tourbillon::internals::{
    AtHome, Over, Passport, Ran, Runnable, Schedule, Share, TaskRef, Wake, number, spawn_at_home,
};
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
        LIVING.set(0);
        model();
        assert_eq!(LIVING.get(), 0, "a task or a home was never freed");
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

/// A home of one task, which stands in its queue until somebody runs it. The thread that made it is at home
/// until it is dropped, which ends the task if it is not over.
pub(crate) struct Home {
    queue: Share<Queue>,
    listed: RefCell<Option<TaskRef>>,
    _at_home: Option<AtHome>,
}

/// What other threads may touch of a [`Home`].
pub(crate) struct Queue {
    tasks: Mutex<VecDeque<Runnable>>,
    told: Mutex<Vec<String>>,
    _freed: Freed,
}

thread_local! {
    /// Of [`Freed`], those that live; loom's threads all run on one.
    static LIVING: Cell<usize> = const { Cell::new(0) };
}

/// Stands in what a task's pointer keeps alive: a model fails if one is never dropped.
pub(crate) struct Freed(());

impl Freed {
    pub(crate) fn new() -> Freed {
        LIVING.with(|living| living.set(living.get() + 1));
        Freed(())
    }
}

impl Drop for Freed {
    fn drop(&mut self) {
        LIVING.with(|living| living.set(living.get() - 1));
    }
}

impl Queue {
    fn new() -> Queue {
        Queue {
            tasks: Mutex::new(VecDeque::new()),
            told: Mutex::new(Vec::new()),
            _freed: Freed::new(),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(task) = self.listed.get_mut().clone() {
            let over = task.shut().expect("what is listed is not over");
            self.strike_off(over);
        }
        self.queue.leave_for_good();
    }
}

impl Home {
    pub(crate) fn new() -> Home {
        let queue = Share::new(Queue::new());
        Home {
            _at_home: Some(queue.enter()),
            listed: RefCell::new(None),
            queue,
        }
    }

    /// A home that this thread is not at: it counts like any other thread.
    pub(crate) fn elsewhere() -> Home {
        Home {
            _at_home: None,
            listed: RefCell::new(None),
            queue: Share::new(Queue::new()),
        }
    }

    /// Spawns a task here and lists it.
    #[track_caller]
    pub(crate) fn spawn<F>(&self, future: F) -> (Runnable, Task<F::Output>)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let share = self.queue.clone();
        let (task, listed, handle) = spawn_at_home(future, share, passport());
        self.admit(listed);
        (task, handle)
    }

    /// What a task is given that is spawned elsewhere.
    pub(crate) fn share(&self) -> Share<Queue> {
        self.queue.clone()
    }

    /// Lists a task.
    pub(crate) fn admit(&self, task: TaskRef) {
        task.come_home();
        assert!(self.listed.replace(Some(task)).is_none(), "one task");
    }

    /// The task, while it is listed.
    pub(crate) fn listed(&self) -> TaskRef {
        self.listed.borrow().clone().expect("the task is not over")
    }

    /// What was told of failures that nobody looked at.
    pub(crate) fn told(&self) -> Vec<String> {
        self.queue.told.lock().unwrap().clone()
    }

    pub(crate) fn pop(&self) -> Option<Runnable> {
        self.queue.tasks.lock().unwrap().pop_front()
    }

    pub(crate) fn push(&self, task: Runnable) {
        self.queue.schedule(task);
    }

    /// Runs a task once; strikes it off if that ends it.
    pub(crate) fn run(&self, task: Runnable) {
        match task.run(0) {
            Ran::Again(task) => self.push(task),
            Ran::Pending => (),
            Ran::Over(task) => self.strike_off(task),
        }
    }

    fn strike_off(&self, task: Over) {
        let listed = self.listed.take().expect("a task is over once");
        task.settle(Some(listed));
    }

    /// Runs what is queued now and what that brings.
    pub(crate) fn run_all(&self) {
        while let Some(task) = self.pop() {
            self.run(task);
        }
    }
}

impl Schedule for Queue {
    fn schedule(&self, task: Runnable) {
        let mut queue = self.tasks.lock().unwrap();
        assert!(queue.is_empty(), "the right to poll exists once");
        queue.push_back(task);
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

/// What stands in for mio's poll: a sleep that a wake ends.
#[derive(Default)]
pub(crate) struct Bed {
    rings: Mutex<Rings>,
    rung: Condvar,
}

#[derive(Default)]
struct Rings {
    /// Wakes that have ended no sleep.
    waiting: usize,
    /// Sleeps that ended by themselves: a wake for such a one may come when it is over.
    missed: usize,
}

impl Bed {
    pub(crate) fn sleep(&self) {
        let mut rings = self.rings.lock().unwrap();
        while rings.waiting == 0 {
            rings = self.rung.wait(rings).unwrap();
        }
        rings.waiting = 0;
    }

    /// A sleep that ends by itself.
    pub(crate) fn doze(&self) {
        let mut rings = self.rings.lock().unwrap();
        match rings.waiting {
            0 => rings.missed += 1,
            _ => rings.waiting = 0,
        }
    }

    pub(crate) fn wake(&self) {
        let mut rings = self.rings.lock().unwrap();
        rings.waiting += 1;
        assert!(
            rings.waiting <= 1 + rings.missed,
            "a sleep is ended by one wake"
        );
        drop(rings);
        self.rung.notify_one();
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
