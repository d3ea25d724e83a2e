//! Every live task of one loop; in a pool, every one that a worker has spawned.
//!
//! Laws:
//!
//! - **One at a time.** A loop's is touched by its own thread only; a worker's stands under a lock,
//!   since others end its tasks too.
//! - **Live means listed.** A task stands here from its spawn (or, spawned on a loop that is alone
//!   from another thread, from the turn that reads the mail) until its future is gone. (One that
//!   ends on another worker than that which lists it is struck off by the latter, later, unless
//!   that one sleeps.)
//!
//! Leaves out: finished tasks, whose memory lives as long as their handle.

use std::fmt;
use std::panic::Location;
use std::time::Instant;

use super::birth::Birth;
use super::pointer::TaskRef;
use crate::observe::{Id, WaitsFor};

/// See the file's promise.
#[derive(Default)]
pub struct Registry {
    /// Eight bytes a task, which a slab's links would double.
    tasks: Vec<Option<TaskRef>>,
    /// The keys of empty places.
    free: Vec<u32>,
}

impl Registry {
    /// Lists a task, which waits for its first poll from `tick` on.
    pub fn insert(&mut self, task: TaskRef, tick: u64) {
        task.passport().record(WaitsFor::FirstPoll.pack(), tick);
        if let Some(key) = self.free.pop() {
            task.set_key(key);
            self.tasks[key as usize] = Some(task);
        } else {
            let key = u32::try_from(self.tasks.len()).expect("fewer than 2^32 tasks are alive");
            task.set_key(key);
            self.tasks.push(Some(task));
        }
    }

    /// As [`Registry::insert`], of a worker in a pool.
    pub fn insert_born(&mut self, task: TaskRef, tick: u64, birth: Birth) {
        task.is_born(birth);
        self.insert(task, tick);
    }

    /// Strikes a task off and hands the registry's reference back, to be dropped outside of any
    /// borrow.
    #[must_use]
    pub fn remove(&mut self, task: &TaskRef) -> Option<TaskRef> {
        self.remove_at(task.key())
    }

    /// As [`Registry::remove`], of the task with that key.
    #[must_use]
    pub fn remove_at(&mut self, key: u32) -> Option<TaskRef> {
        let listed = self.tasks.get_mut(key as usize)?.take();
        if listed.is_some() {
            self.free.push(key);
        }
        listed
    }

    /// A task that ended on another worker stands here a little longer.
    fn live(&self) -> impl Iterator<Item = &TaskRef> {
        let listed = self.tasks.iter().flatten();
        listed.filter(|task| !task.is_finished())
    }

    /// How many of the tasks are not over.
    pub fn count_live(&self) -> usize {
        self.live().count()
    }

    /// How many tasks are listed: in a loop that is alone, those that are alive.
    pub fn len(&self) -> usize {
        self.tasks.len() - self.free.len()
    }

    /// Whether no task is listed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds the live tasks, in no order.
    pub fn collect(&self, tasks: &mut Vec<TaskRef>) {
        tasks.extend(self.live().cloned());
    }

    /// Adds what the live tasks do, in no order; `at` says when a tick was.
    pub fn describe(&self, at: impl Fn(u64) -> Instant, infos: &mut Vec<TaskInfo>) {
        infos.extend(self.live().map(|task| TaskInfo::of(task, &at)));
    }
}

/// What is known of one live task. asyncio: an element of `all_tasks`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TaskInfo {
    /// Its number.
    pub id: Id,
    /// Its name, if it was given one.
    pub name: Option<String>,
    /// Where it was spawned.
    pub place: &'static Location<'static>,
    /// What it waits for; of a task that is being polled, what it waited for before.
    pub waits_for: WaitsFor,
    /// When the wait began, by the loop's clock at its last look.
    pub since: Instant,
}

impl TaskInfo {
    fn of(task: &TaskRef, at: impl Fn(u64) -> Instant) -> TaskInfo {
        let passport = task.passport();
        let (waits_for, since) = passport.wait();
        let since = at(since);
        let name = passport.name().map(str::to_owned);
        TaskInfo {
            id: passport.id,
            name,
            place: passport.place,
            waits_for,
            since,
        }
    }
}

impl fmt::Display for TaskInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.id)?;
        if let Some(name) = &self.name {
            write!(f, " {name:?}")?;
        }
        write!(
            f,
            " ({}:{}) waits for {}",
            self.place.file(),
            self.place.line(),
            self.waits_for
        )
    }
}
