//! The tasks of a loop: how they are spawned, listed and struck off.
//!
//! Laws:
//!
//! - **Listed and ready.** A task that is spawned at home is listed, and stands in the run queue,
//!   before `spawn` returns; it is struck off before whoever joins it is woken.
//! - **In order.** Of two tasks the one that is known to have been spawned first has the lower
//!   number.
//!
//! A worker of a pool lists its tasks where the other workers find them too. One that ends on
//! another worker than lists it is struck off a little later, and shown by no list meanwhile; one
//! that roams is next or stands on a shelf, where another may take it before `spawn` returns.
//!
//! Leaves out: tasks that come from other threads (`shared.rs`, `pool/workers.rs`).

use std::future::Future;
use std::panic::Location;

use super::{Core, Entry};
use crate::observe::Id;
use crate::task::TaskInfo;
use crate::task::handle::{self, Task};
use crate::task::over::Over;
use crate::task::passport::Passport;
use crate::task::pointer::{Runnable, TaskRef};

/// How many numbers for tasks home reserves at once, so that it need not ask for each.
const NUMBERS: u64 = 16;

impl Core {
    /// A passport for the next task of this loop.
    pub(crate) fn passport(
        &self,
        name: Option<Box<str>>,
        place: &'static Location<'static>,
    ) -> Passport {
        Passport::new(self.next_number(), name, place)
    }

    pub(super) fn next_number(&self) -> Id {
        let mut numbers = self.numbers.borrow_mut();
        // What another thread spawned before has a lower number.
        if numbers.is_empty() || self.shared.first_free_number() != numbers.end {
            let count = if self.seat.is_none() { NUMBERS } else { 1 };
            *numbers = self.shared.reserve_numbers(count);
        }
        Id(numbers.next().expect("some were reserved"))
    }

    /// Spawns a task that may be dropped on any thread.
    pub(crate) fn spawn<F>(&self, future: F, passport: Passport) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if let Some(seat) = &self.seat {
            return self.spawn_roaming(seat, future, passport);
        }
        let shared = self.shared.clone();
        let (task, registered, handle) = handle::spawn_at_home(future, shared, passport);
        self.admit(task, registered);
        handle
    }

    /// Spawns a task that stays on this thread.
    pub(crate) fn spawn_local<F>(&self, future: F, passport: Passport) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let (task, registered, handle) = handle::spawn_local(future, self.shared.clone(), passport);
        self.admit(task, registered);
        handle
    }

    /// Lists a spawned task and puts it at the back of the queue.
    pub(super) fn admit(&self, task: Runnable, registered: TaskRef) {
        self.shared.tell_spawned(&registered);
        let tick = self.tick.get();
        match &self.seat {
            None => self.registry.borrow_mut().insert(registered, tick),
            Some(seat) => seat.list(registered, tick),
        }
        self.push(Entry::Task(task));
    }

    /// A task is over: strikes it off and wakes whoever joins.
    pub(crate) fn strike_off(&self, task: Over) {
        match self.seat() {
            None => {
                let listed = self.registry.borrow_mut().remove(task.task());
                task.settle(listed);
            }
            Some(seat) => seat.workers().strike_off(seat.worker(), task),
        }
    }

    /// What the live tasks do, of all workers if there are several; first spawned first.
    pub(crate) fn tasks(&self) -> Vec<TaskInfo> {
        let clock = &self.shared.remote().clock;
        let at = |tick| {
            clock
                .instant_of(tick)
                .expect("a tick that was seen is an instant")
        };
        let mut infos = Vec::new();
        match &self.seat {
            None => self.registry.borrow().describe(at, &mut infos),
            Some(seat) => seat.workers().describe(at, &mut infos),
        }
        infos.sort_by_key(|info| info.id);
        infos
    }

    /// The live tasks, of all workers if there are several; last spawned first.
    pub(super) fn newest_first(&self) -> Vec<TaskRef> {
        let mut tasks = Vec::new();
        match &self.seat {
            None => self.registry.borrow().collect(&mut tasks),
            Some(seat) => seat.workers().collect(&mut tasks),
        }
        tasks.sort_by_key(|task| std::cmp::Reverse(task.passport().id));
        tasks
    }

    /// How many tasks are alive.
    pub(crate) fn live_tasks(&self) -> usize {
        match &self.seat {
            None => self.registry.borrow().len(),
            Some(seat) => seat.workers().live_tasks(),
        }
    }
}
