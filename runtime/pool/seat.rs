//! A worker's place in its pool: what its loop does beside what a loop that is alone does.
//!
//! Laws:
//!
//! - **One place in the queue.** As long as the worker has something to take from the shelves, they
//!   stand in its run queue, once; each time their turn comes, at most [`ROUND`] tasks are polled.
//! - **Search, look once more, sleep.** A worker with nothing to do searches the others' shelves
//!   before it sleeps, and looks at them once more when the roster says that it sleeps.
//! - **Awake before it wakes.** The roster knows that a worker is awake before that worker has
//!   anybody to wake in hand, so that what it puts on its shelf is its own to run, and no virtual
//!   clock jumps over what it is about to do.
//! - **Gifts do not wait.** A worker that rises by itself, with something to do before its shelf's
//!   turn, has another called for what it was given in its sleep.
//!
//! Leaves out: the turn itself (`event_loop/mod.rs`).

use std::cell::Cell;
use std::future::Future;

use super::roster::Risen;
use super::shelves::Searched;
use super::workers::{Berth, Workers};
use crate::driver::Idle;
use crate::event_loop::{Core, Entry};
use crate::observe::Event;
use crate::sync::Arc;
use crate::task::handle::{self, Task};
use crate::task::passport::Passport;
use crate::task::pointer::{Birth, Runnable, TaskRef};
use crate::task::share::Share;

/// As many tasks are polled in one turn of the shelf: half of what a turn polls, so that the other
/// half is the run queue's.
const ROUND: usize = 30;

/// See the file's promise.
pub(crate) struct Seat {
    berth: Share<Berth>,
    worker: u8,
    /// The shelf stands in the run queue.
    is_queued: Cell<bool>,
    /// The worker has been called to the gate.
    pub(super) is_called: Cell<bool>,
}

impl Seat {
    pub(crate) fn new(berth: Share<Berth>, worker: u8) -> Seat {
        Seat {
            berth,
            worker,
            is_queued: Cell::new(false),
            is_called: Cell::new(false),
        }
    }

    pub(crate) fn workers(&self) -> &Arc<Workers> {
        self.berth.workers()
    }

    pub(crate) fn worker(&self) -> usize {
        self.worker.into()
    }

    /// Lists a local task of this worker's.
    pub(crate) fn list(&self, task: TaskRef, tick: u64) {
        self.workers().list(task, tick, Birth::Stays(self.worker));
    }

    /// The worker's thread will be entered no more.
    pub(crate) fn leave_for_good(&self) {
        self.berth.leave_for_good();
    }
}

/// What a worker does in its turn.
impl Core {
    /// Spawns a task that any worker may poll and drop.
    pub(crate) fn spawn_roaming<F>(
        &self,
        seat: &Seat,
        future: F,
        passport: Passport,
    ) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, registered, handle) = handle::spawn(future, seat.berth.clone(), passport);
        self.shared().tell_spawned(&registered);
        let birth = Birth::Roams(seat.worker);
        seat.workers().list(registered, self.tick(), birth);
        self.put(task);
        handle
    }

    /// Puts a task on this worker's shelf.
    pub(super) fn put(&self, task: Runnable) {
        let seat = self.seat().expect("who has a shelf has a seat");
        let called = seat.workers().shelves.put(seat.worker(), task);
        self.queue_entry(seat);
        seat.workers().answer(called);
    }

    fn queue_entry(&self, seat: &Seat) {
        if !seat.is_queued.replace(true) {
            self.push(Entry::Shelf);
        }
    }

    /// Makes sure that the shelves stand in the run queue if there is something to take.
    pub(crate) fn queue_shelf(&self) {
        if let Some(seat) = self.seat() {
            if seat.workers().shelves.has_some(seat.worker()) {
                self.queue_entry(seat);
            }
        }
    }

    /// The shelf's turn has come.
    pub(crate) fn run_shelf(&self) {
        let seat = self.seat().expect("who has a shelf has a seat");
        let (shelves, worker) = (&seat.workers().shelves, seat.worker());
        seat.is_queued.set(false);
        let mut left = shelves.round(worker, ROUND);
        let mut next = shelves.take_first(worker);
        while let Some(task) = next {
            task.task().comes_to(seat.worker);
            self.run_and(task, |task| self.put(task));
            left = left.saturating_sub(1);
            next = (left > 0).then(|| shelves.take(worker)).flatten();
        }
        self.queue_shelf();
    }

    /// Steps 3 and 4 of the turn: see *Search, look once more, sleep*.
    pub(crate) fn look_in_pool(&self, seat: &Seat, idle: bool) {
        // Who is called to the gate must not sleep on the way.
        if !idle || seat.is_called.get() {
            self.ask(Idle::No, &|| ());
            return self.queue_shelf();
        }
        let (shelves, worker) = (&seat.workers().shelves, seat.worker());
        let searched = shelves.begin_search(worker, |from, task| self.tell_stolen(from, task));
        if self.has_found(seat, searched) {
            return;
        }
        if self.rest(seat) == Risen::Searching {
            let searched = shelves.search(worker, |from, task| self.tell_stolen(from, task));
            self.has_found(seat, searched);
        } else if self.has_entries() {
            seat.workers().answer(shelves.pass_on(worker));
        }
        self.queue_shelf();
    }

    /// Falls asleep, sleeps unless there is something to do after all, and rises.
    fn rest(&self, seat: &Seat) -> Risen {
        let (shelves, worker) = (&seat.workers().shelves, seat.worker());
        let roster = shelves.roster();
        if !shelves.fall_asleep(worker) {
            return roster.rise(worker);
        }
        let rises = roster.rises();
        let still = || roster.is_everyone_asleep() && roster.rises() == rises;
        let idle = match still() {
            true => Idle::All(&still),
            false => Idle::Alone,
        };
        let risen = Cell::new(None);
        self.ask(idle, &|| {
            if risen.get().is_none() {
                risen.set(Some(roster.rise(worker)));
            }
        });
        risen.get().expect("a look says when it is awake")
    }

    fn has_found(&self, seat: &Seat, searched: Searched) -> bool {
        let Searched::Found(called) = searched else {
            return false;
        };
        self.queue_entry(seat);
        seat.workers().answer(called);
        true
    }

    fn tell_stolen(&self, from: usize, task: &Runnable) {
        self.tell(|| Event::Stolen {
            task: task.task().passport().id,
            from,
        });
    }

    /// The gate is shut, or was.
    pub(crate) fn go_to_the_gate(&self) {
        if let Some(seat) = self.seat() {
            seat.is_called.set(true);
        }
    }
}
