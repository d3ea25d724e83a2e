//! All workers of a pool, as any thread may reach them: their shelves, their loops, the registries
//! of their tasks, and the gate.
//!
//! Laws:
//!
//! - **Listed before it is ready.** A task stands in the registry of the worker that spawned it
//!   (one that comes from another thread, in the first worker's) before it stands on a shelf, until
//!   it is over or a little longer: what reads a registry passes over those that are over.
//! - **An end waits for no registry of another's** that is awake. A worker that ends a task which
//!   such a one lists leaves a note (`departed`), and that one strikes it off when it looks. If
//!   that one sleeps, whoever ends the task strikes it off; and whoever lists a task there strikes
//!   one off, so that notes do not pile up behind a long poll.
//! - **Closed means over.** A task that comes from another thread when the pool has ended ends as
//!   cancelled by shutdown, on that thread; the registry's lock decides who was first.
//! - **The last one clears.** What is put on a shelf that nobody reads any more is cleared away by
//!   whoever put it there. Its task was ended by the shutdown.
//!
//! Leaves out: what a worker does (`seat.rs`).

use std::future::Future;
use std::mem;
use std::time::Instant;

use super::gate::Gate;
use super::roster::Called;
use super::shelves::Shelves;
use crate::driver::park::Told;
use crate::event_loop::{Core, Shared, with_here as here};
use crate::panics::Panic;
use crate::sync::{Arc, Mutex, Queue};
use crate::task::TaskInfo;
use crate::task::birth::Birth;
use crate::task::handle::{self, Task};
use crate::task::over::Over;
use crate::task::passport::Passport;
use crate::task::pointer::{Runnable, Schedule, TaskRef};
use crate::task::registry::Registry;
use crate::task::share::Share;

/// Where tasks are listed that come from no worker.
const FIRST: u8 = 0;

/// See the file's promise.
pub(crate) struct Workers {
    pub(super) shelves: Shelves<Runnable>,
    workers: Box<[Worker]>,
    gate: Arc<WorkersGate>,
}

/// An order is that some tasks end.
pub(crate) type WorkersGate = Gate<Vec<TaskRef>, Option<Panic>>;

struct Worker {
    shared: Share<Shared>,
    listed: Mutex<Listed>,
    /// The keys of tasks that ended elsewhere: to be struck off.
    departed: Queue<u32>,
}

#[derive(Default)]
struct Listed {
    registry: Registry,
    /// Other threads come too late.
    closed: bool,
}

impl Worker {
    /// One task that ended elsewhere, struck off; to be dropped outside of the lock.
    fn next_departed(&self, listed: &mut Listed) -> Option<TaskRef> {
        if self.departed.is_empty() {
            return None;
        }
        let key = self.departed.pop()?;
        listed.registry.remove_at(key)
    }
}

impl Workers {
    /// Workers of these loops; each is busy until it sleeps.
    pub(crate) fn new(loops: Vec<Share<Shared>>) -> Workers {
        Workers {
            shelves: Shelves::new(loops.len()),
            workers: loops
                .into_iter()
                .map(|shared| Worker {
                    shared,
                    listed: Mutex::default(),
                    departed: Queue::new(),
                })
                .collect(),
            gate: Arc::default(),
        }
    }

    /// The loop of the first worker, whose thread is the one inside `block_on`.
    pub(crate) fn first(&self) -> &Share<Shared> {
        &self.workers[usize::from(FIRST)].shared
    }

    pub(super) fn shared(&self) -> impl Iterator<Item = &Share<Shared>> {
        self.workers.iter().map(|worker| &worker.shared)
    }

    /// Where the workers stand while nobody is inside `block_on`.
    pub(crate) fn gate(&self) -> &Arc<WorkersGate> {
        &self.gate
    }

    /// Lets the workers turn for as long as the return value lives; its drop waits until all of
    /// them stand at the gate.
    pub(crate) fn open(&self) -> Open<'_> {
        self.gate.open();
        Open(self)
    }

    /// Sends the workers away, who are told nothing else, and waits until they are gone.
    pub(crate) fn end(&self) {
        self.gate.end();
    }

    /// Has a worker that stands at the gate end these tasks; gives the first panic.
    pub(crate) fn order(&self, worker: usize, tasks: Vec<TaskRef>) -> Option<Panic> {
        self.gate.order(worker, tasks)
    }

    /// A worker lists a task that it has spawned.
    pub(super) fn list(&self, task: TaskRef, tick: u64, birth: Birth) {
        let worker = self.lists(birth);
        let mut listed = worker.listed.lock();
        listed.registry.insert_born(task, tick, birth);
        let departed = worker.next_departed(&mut listed);
        drop(listed);
        drop(departed);
    }

    /// A task is over, on worker `here`: strikes it off and settles it.
    pub(crate) fn strike_off(&self, here: usize, over: Over) {
        let birth = over.task().birth();
        let worker = self.lists(birth);
        if birth.worker() == here || self.shelves.roster().is_asleep(birth.worker()) {
            let listed = worker.listed.lock().registry.remove(over.task());
            return over.settle(listed);
        }
        let key = over.task().key();
        over.settle(None);
        worker.departed.push(key);
    }

    /// Strikes off what ended on other workers.
    pub(super) fn strike_off_departed(&self, worker: usize) {
        let worker = &self.workers[worker];
        while !worker.departed.is_empty() {
            let departed = worker.next_departed(&mut worker.listed.lock());
            drop(departed);
        }
    }

    /// Who lists the task.
    fn lists(&self, birth: Birth) -> &Worker {
        &self.workers[birth.worker()]
    }

    /// Adds what the live tasks of all workers do, in no order.
    pub(crate) fn describe(&self, at: impl Fn(u64) -> Instant, infos: &mut Vec<TaskInfo>) {
        for worker in &self.workers {
            worker.listed.lock().registry.describe(&at, infos);
        }
    }

    /// Adds the live tasks of all workers, in no order.
    pub(crate) fn collect(&self, tasks: &mut Vec<TaskRef>) {
        for worker in &self.workers {
            worker.listed.lock().registry.collect(tasks);
        }
    }

    /// How many tasks are alive.
    pub(crate) fn live_tasks(&self) -> usize {
        let counts = self
            .workers
            .iter()
            .map(|worker| worker.listed.lock().registry.count_live());
        counts.sum()
    }

    /// Whether all workers but one sleep, and nothing that was put somewhere would wake them.
    pub(crate) fn is_asleep_but(&self, worker: usize) -> bool {
        let roster = self.shelves.roster();
        let mut others = (0..self.workers.len()).filter(|&other| other != worker);
        let rises = roster.rises();
        // Nobody rose between the first look and the last: so nobody told anything meanwhile.
        others.clone().all(|other| roster.is_asleep(other))
            && self.shared().all(|shared| shared.remote().park.is_read())
            && !self.shelves.has_surplus()
            && others.all(|other| roster.is_asleep(other))
            && roster.rises() == rises
    }

    /// The pool ends: other threads come too late from here on.
    pub(crate) fn close(&self) {
        for worker in &self.workers {
            worker.listed.lock().closed = true;
            worker.shared.mailbox().close();
        }
        self.shelves.roster().close();
    }

    /// Nobody reads the shelves any more: drops what stands there, and what is still listed is
    /// leaked.
    pub(crate) fn clear(&self) {
        for (index, worker) in self.workers.iter().enumerate() {
            self.shelves.clear(index).for_each(drop);
            self.strike_off_departed(index);
            let registry = mem::take(&mut worker.listed.lock().registry);
            if !registry.is_empty() {
                mem::forget(registry);
            }
        }
        self.shelves.clear_common().for_each(drop);
    }

    /// Tells whoever was called.
    pub(super) fn answer(&self, called: Called) {
        match called {
            Called::Nobody => (),
            Called::Worker(worker) => self.workers[worker].shared.remote().tell(),
            Called::Closed => self.shelves.clear_common().for_each(drop),
        }
    }

    /// Puts a task on the shelf of another worker.
    fn give(&self, worker: usize, task: Runnable) {
        let called = self.shelves.give(worker, task);
        let remote = self.workers[worker].shared.remote();
        match remote.park.tell() {
            Told::Seen => (),
            Told::Wake => remote.wake(),
            Told::Closed => self.shelves.clear(worker).for_each(drop),
        }
        self.answer(called);
    }
}

/// The workers turn; see [`Workers::open`].
pub(crate) struct Open<'a>(&'a Workers);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let others = self.0.shared().skip(1);
        self.0
            .gate
            .shut(|| others.for_each(|shared| shared.call_to_the_gate()));
    }
}

/// Where roaming tasks go when they are woken; each worker has its own share of it.
pub(crate) struct Berth {
    workers: Arc<Workers>,
}

impl Berth {
    /// The berth of the worker whose loop this is.
    pub(crate) fn new(workers: &Arc<Workers>, of: &Share<Shared>) -> Share<Berth> {
        of.beside(Berth {
            workers: workers.clone(),
        })
    }

    pub(crate) fn workers(&self) -> &Arc<Workers> {
        &self.workers
    }

    /// Spawns a task from a thread that is no worker's.
    pub(crate) fn spawn<F>(berth: &Share<Berth>, future: F, passport: Passport) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, registered, handle) = handle::spawn(future, berth.clone(), passport);
        berth.workers.admit(task, registered);
        handle
    }
}

impl Workers {
    /// Whether this loop is one of the workers'.
    pub(crate) fn are_of(&self, core: &Core) -> bool {
        let workers = core.seat().map(|seat| Arc::as_ptr(seat.workers()));
        workers == Some(&raw const *self)
    }

    /// Tells that a task is about to be put on a shelf, from where others may take it at once.
    fn tell_queued(&self, task: &Runnable) {
        let shared = self.first();
        if shared.is_observed() {
            let is_here = here(|core| self.are_of(core)) == Some(true);
            shared.tell_queued(task.task().passport().id, !is_here);
        }
    }

    /// Takes in a task from a thread that is no worker's.
    fn admit(&self, task: Runnable, registered: TaskRef) {
        let shared = self.first();
        let clock = &shared.remote().clock;
        let tick = clock.tick_at(clock.now());
        let birth = Birth::Roams(FIRST);
        let id = registered.passport().id;
        let worker = self.lists(birth);
        let mut listed = worker.listed.lock();
        if listed.closed {
            drop(listed);
            let told = registered.clone();
            if let Some(over) = task.shut() {
                over.settle(Some(registered));
            }
            return shared.tell_cancelled(&told);
        }
        listed.registry.insert_born(registered, tick, birth);
        let departed = worker.next_departed(&mut listed);
        drop(listed);
        drop(departed);
        shared.tell_spawned(task.task());
        shared.tell_queued(id, true);
        self.answer(self.shelves.put_common(task));
    }
}

impl Schedule for Berth {
    #[inline]
    fn schedule(&self, task: Runnable) {
        let workers = &self.workers;
        workers.tell_queued(&task);
        let mut task = Some(task);
        let called = here(|core| {
            let task = task.take_if(|_| workers.are_of(core))?;
            Some(core.put(task))
        });
        if let Some(task) = task {
            workers.give(task.task().station(), task);
        }
        workers.answer(called.flatten().unwrap_or(Called::Nobody));
    }

    fn unhandled(&self, task: &Passport, what: &str) {
        self.workers.first().report_unhandled(task, what);
    }
}
