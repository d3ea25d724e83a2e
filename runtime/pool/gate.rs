//! The gate at which the workers of a pool stand while nobody is inside `block_on`.
//!
//! One thread, the *keeper*, opens and shuts the gate; while it is shut it may give orders to one
//! worker at a time.
//!
//! Laws:
//!
//! - **Nothing turns behind a shut gate.** When [`Gate::shut`] returns, every worker stands here.
//! - **An order is carried out** by the worker it is for, on its thread, before the keeper goes on.
//! - **Nobody is left.** When [`Gate::end`] returns, every worker has said that it is gone.
//!
//! Leaves out: how a worker hears that it is to come here, which is a letter.

use crate::sync::{Condvar, Mutex, MutexGuard};

/// See the file's promise.
#[derive(Debug)]
pub struct Gate<O, R> {
    state: Mutex<State<O, R>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<O, R> {
    phase: Phase,
    /// Workers that were made and are not gone.
    workers: usize,
    /// Those of them that stand at the gate.
    standing: usize,
    order: Option<(usize, O)>,
    reply: Option<R>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    Shut,
    Ended,
}

/// What a worker does that is let through.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// It turns.
    Turn,
    /// It ends, and says so by [`Gate::gone`].
    End,
}

impl<O, R> Gate<O, R> {
    /// A gate that is shut, without workers.
    pub fn new() -> Gate<O, R> {
        Gate {
            state: Mutex::new(State {
                phase: Phase::Shut,
                workers: 0,
                standing: 0,
                order: None,
                reply: None,
            }),
            changed: Condvar::new(),
        }
    }

    /// One more worker will come. The keeper says so before that worker's thread starts.
    pub fn expect_one(&self) {
        self.state.lock().workers += 1;
    }

    /// Lets the workers through.
    pub fn open(&self) {
        self.state.lock().phase = Phase::Open;
        self.changed.notify_all();
    }

    /// Shuts the gate and waits until every worker stands at it; `hurry` brings them here.
    pub fn shut(&self, hurry: impl FnOnce()) {
        self.state.lock().phase = Phase::Shut;
        hurry();
        drop(self.wait_until(|state| state.standing == state.workers));
    }

    /// Has a worker that stands at the gate carry out an order.
    pub fn order(&self, worker: usize, order: O) -> R {
        self.state.lock().order = Some((worker, order));
        self.changed.notify_all();
        let mut state = self.wait_until(|state| state.reply.is_some());
        let reply = state.reply.take();
        drop(state);
        reply.expect("it was waited for")
    }

    /// Sends all workers away and waits until they are gone.
    pub fn end(&self) {
        self.state.lock().phase = Phase::Ended;
        self.changed.notify_all();
        drop(self.wait_until(|state| state.workers == 0));
    }

    /// A worker comes to the gate and stands there until it is let through, carrying out its
    /// orders.
    pub fn pass(&self, worker: usize, mut obey: impl FnMut(O) -> R) -> Passed {
        let mut state = self.state.lock();
        state.standing += 1;
        self.changed.notify_all();
        loop {
            state = self.wait(state, |state| {
                state.phase != Phase::Shut || is_for(&state.order, worker)
            });
            if is_for(&state.order, worker) {
                let order = state.order.take();
                drop(state);
                let reply = order.map(|(_, order)| obey(order));
                state = self.state.lock();
                state.reply = reply;
                self.changed.notify_all();
                continue;
            }
            state.standing -= 1;
            return match state.phase {
                Phase::Ended => Passed::End,
                Phase::Open | Phase::Shut => Passed::Turn,
            };
        }
    }

    /// A worker that was sent away has nothing more to do.
    pub fn gone(&self) {
        self.state.lock().workers -= 1;
        self.changed.notify_all();
    }

    fn wait_until(&self, done: impl Fn(&State<O, R>) -> bool) -> MutexGuard<'_, State<O, R>> {
        self.wait(self.state.lock(), done)
    }

    fn wait<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<O, R>>,
        done: impl Fn(&State<O, R>) -> bool,
    ) -> MutexGuard<'a, State<O, R>> {
        while !done(&state) {
            state = self.changed.wait(state);
        }
        state
    }
}

impl<O, R> Default for Gate<O, R> {
    fn default() -> Self {
        Gate::new()
    }
}

fn is_for<O>(order: &Option<(usize, O)>, worker: usize) -> bool {
    order.as_ref().is_some_and(|order| order.0 == worker)
}
