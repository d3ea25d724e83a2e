//! A worker's place in its pool: what its loop does beside what a loop that is alone does.
//!
//! Laws:
//!
//! - **What is next is nobody else's.** A task that this thread wakes, or that a roaming task
//!   spawns, when nothing else stands in the run queue or on the worker's own shelf would be polled
//!   next anyway, but for one of the common shelf: it is kept beside the shelf, at no cost, and
//!   polled in the same round if that has a poll left. When the worker puts another one on its
//!   shelf it goes there first: with two there is one to spare. What the future of `block_on` or a
//!   local task spawns is for all, since these cannot move themselves.
//! - **One place in the queue.** As long as the worker has something to take from the shelves, they
//!   stand in its run queue, once; each time their turn comes, at most [`ROUND`] tasks are polled.
//! - **Search, look once more, sleep.** A worker with nothing to do searches the others' shelves
//!   before it sleeps, unless enough others do, and looks at them once more when the roster says
//!   that it sleeps.
//! - **Up before it wakes.** The roster knows that a worker is awake before that worker has anybody
//!   to wake in hand, so that no virtual clock jumps over what it is about to do; and it searches,
//!   if it was called, before it wakes them, since a waker may panic and a search must end.
//! - **What waits is offered.** A worker that does something else before its shelf's turn calls
//!   another for what it was given in its sleep.
//!
//! Price: a task that is next waits behind the poll that made it so, however long that is and
//! however idle the others are, unless that poll makes another one ready.
//!
//! Leaves out: the turn itself (`event_loop/mod.rs`).

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use super::roster::{Called, Risen, Sleep};
use super::shelves::{Round, Searched};
use super::workers::{Berth, Workers};
use crate::driver::Idle;
use crate::event_loop::{Core, Entry};
use crate::observe::Event;
use crate::sync::Arc;
use crate::task::birth::Birth;
use crate::task::handle::{self, Task};
use crate::task::passport::Passport;
use crate::task::pointer::{Runnable, TaskRef};
use crate::task::share::Share;

/// As many tasks are polled in one turn of the shelf: half of what a turn polls, so that the other
/// half is the run queue's.
const ROUND: usize = 30;

/// How long a worker that was called sleeps at its first watch after that: some fifty times what it
/// costs to wake a thread.
const SHORTEST_WATCH: Duration = Duration::from_micros(256);
/// And how long after some watches. What it finds by then it takes from a worker that is doing well
/// without: the tasks of busy sockets are dearer on two processors than on one.
const LONGEST_WATCH: Duration = Duration::from_micros(1_024);

/// See the file's promise.
pub(crate) struct Seat {
    berth: Share<Berth>,
    worker: u8,
    /// What is polled before anything on the shelf.
    next: Cell<Option<Runnable>>,
    /// How long it keeps watch the next time.
    watch: Cell<Duration>,
    /// The shelf stands in the run queue.
    is_queued: Cell<bool>,
    /// When the shelf was put there, the future of `block_on` stood there already.
    is_behind_root: Cell<bool>,
    /// What is polled is a roaming task.
    is_roaming: Cell<bool>,
    /// The worker has been called to the gate.
    pub(super) is_called: Cell<bool>,
}

impl Seat {
    pub(crate) fn new(berth: Share<Berth>, worker: u8) -> Seat {
        Seat {
            berth,
            worker,
            next: Cell::new(None),
            watch: Cell::new(SHORTEST_WATCH),
            is_queued: Cell::new(false),
            is_behind_root: Cell::new(false),
            is_roaming: Cell::new(false),
            is_called: Cell::new(false),
        }
    }

    pub(crate) fn workers(&self) -> &Arc<Workers> {
        self.berth.workers()
    }

    /// The way into the pool for threads that are no worker's.
    pub(crate) fn berth(&self) -> &Share<Berth> {
        &self.berth
    }

    pub(crate) fn worker(&self) -> usize {
        self.worker.into()
    }

    /// Keeps a task that is next, if the worker has nothing else to take; `Err`: it has.
    fn keep(&self, task: Runnable) -> Result<(), Runnable> {
        if self.is_next_kept() || !self.workers().shelves.is_empty(self.worker()) {
            return Err(task);
        }
        self.next.set(Some(task));
        Ok(())
    }

    /// What the worker polls now: what is next stands behind the first of the common shelf, so that
    /// tasks that wake each other starve nobody.
    fn take(&self, round: &mut Round) -> Option<Runnable> {
        let shelves = &self.workers().shelves;
        let first = shelves.take_first(round).or_else(|| self.next.take());
        first.or_else(|| shelves.take(self.worker(), round))
    }

    /// The future of `block_on` enters the run queue, behind the shelf if that is there.
    pub(crate) fn root_comes(&self) {
        self.is_behind_root.set(false);
    }

    fn is_next_kept(&self) -> bool {
        let next = self.next.take();
        let is_kept = next.is_some();
        self.next.set(next);
        is_kept
    }

    /// The worker ends: nothing is next any more.
    pub(crate) fn clear(&self) {
        drop(self.next.take());
    }

    /// Lists a local task of this worker's.
    pub(crate) fn list(&self, task: TaskRef, tick: u64) {
        self.workers().list(task, tick, Birth::Stays(self.worker));
    }

    /// How long the worker keeps watch now: the longer, the more watches it has kept since somebody
    /// called it.
    fn watch(&self) -> Duration {
        let watch = self.watch.get();
        self.watch.set((watch * 2).min(LONGEST_WATCH));
        watch
    }

    /// The worker's thread will be entered no more.
    pub(crate) fn leave_for_good(&self) {
        self.berth.leave_for_good();
    }
}

/// The shelf's turn. It also ends by the panic of a waker, and what is next then must not be
/// forgotten: nobody else would find it.
struct ShelfTurn<'a>(&'a Core, &'a Seat);

impl Drop for ShelfTurn<'_> {
    fn drop(&mut self) {
        self.1.is_roaming.set(false);
        self.0.queue_shelf();
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
        let called = match seat.is_roaming.get() {
            true => self.put(task),
            false => self.put_on_shelf(seat, task),
        };
        seat.workers().answer(called);
        handle
    }

    /// A task is ready: it is next, or stands on this worker's shelf.
    pub(super) fn put(&self, task: Runnable) -> Called {
        let seat = self.seat().expect("who has a shelf has a seat");
        match self.keep(seat, task) {
            Ok(()) => Called::Nobody,
            Err(task) => self.put_on_shelf(seat, task),
        }
    }

    /// A task that this worker has just polled is ready again.
    fn put_again(&self, task: Runnable) -> Called {
        let seat = self.seat().expect("who has a shelf has a seat");
        match self.keep(seat, task) {
            Ok(()) => Called::Nobody,
            Err(task) => {
                self.give_up_next(seat);
                seat.workers().shelves.put_back(seat.worker(), task)
            }
        }
    }

    /// Keeps a task that is next; `Err`: something else comes first.
    fn keep(&self, seat: &Seat, task: Runnable) -> Result<(), Runnable> {
        if self.queue_length() > usize::from(seat.is_queued.get()) {
            return Err(task);
        }
        seat.keep(task)?;
        self.queue_entry(seat);
        Ok(())
    }

    fn put_on_shelf(&self, seat: &Seat, task: Runnable) -> Called {
        self.give_up_next(seat);
        seat.workers().shelves.put(seat.worker(), task)
    }

    /// The shelf gets another task, so what was next goes there first: there is one to spare.
    fn give_up_next(&self, seat: &Seat) {
        self.queue_entry(seat);
        if let Some(next) = seat.next.take() {
            let called = seat.workers().shelves.put(seat.worker(), next);
            seat.workers().answer(called);
        }
    }

    fn queue_entry(&self, seat: &Seat) {
        if !seat.is_queued.replace(true) {
            seat.is_behind_root.set(self.is_root_queued());
            self.push(Entry::Fixed);
        }
    }

    /// Of the shelf and the future of `block_on`, which have the same entries: whether the shelf
    /// stands first in the run queue.
    pub(crate) fn is_shelf_first(&self) -> bool {
        let Some(seat) = self.seat() else {
            return false;
        };
        seat.is_queued.get() && !(seat.is_behind_root.get() && self.is_root_queued())
    }

    /// Makes sure that the shelves stand in the run queue if there is something to take; calls
    /// another if something else stands before them.
    pub(crate) fn queue_shelf(&self) {
        let Some(seat) = self.seat() else {
            return;
        };
        let has_some = seat.workers().shelves.has_some(seat.worker());
        if seat.is_queued.get() || !(has_some || seat.is_next_kept()) {
            return;
        }
        let is_behind = self.queue_length() > 0;
        self.queue_entry(seat);
        if has_some && is_behind {
            seat.workers()
                .answer(seat.workers().shelves.roster().call());
        }
    }

    /// The shelf's turn has come.
    pub(crate) fn run_shelf(&self) {
        let seat = self.seat().expect("who has a shelf has a seat");
        let (shelves, worker) = (&seat.workers().shelves, seat.worker());
        seat.is_queued.set(false);
        let _turn = ShelfTurn(self, seat);
        let mut round = shelves.round(worker);
        for _ in 0..ROUND.min(self.polls_left()) {
            let Some(task) = seat.take(&mut round) else {
                break;
            };
            task.task().comes_to(seat.worker);
            seat.is_roaming.set(true);
            self.run_and(task, |task| seat.workers().answer(self.put_again(task)));
            seat.is_roaming.set(false);
        }
    }

    /// Steps 3 and 4 of the turn: see *Search, look once more, sleep*.
    pub(crate) fn look_in_pool(&self, seat: &Seat, idle: bool) {
        let (shelves, worker) = (&seat.workers().shelves, seat.worker());
        seat.workers().strike_off_departed(worker);
        // Who is called to the gate must not sleep on the way.
        if !idle || seat.is_called.get() {
            return self.ask(Idle::No, || ());
        }
        let searched = shelves.begin_search(worker, |from, task| self.tell_stolen(from, task));
        if !self.has_found(seat, searched) {
            self.rest(seat);
        }
    }

    /// Falls asleep, sleeps unless there is something to do after all, and gets up.
    fn rest(&self, seat: &Seat) {
        let (shelves, worker) = (&seat.workers().shelves, seat.worker());
        let (sleep, may_sleep) = shelves.fall_asleep(worker);
        if !may_sleep {
            return self.get_up(seat, shelves.rise(worker, sleep));
        }
        let roster = shelves.roster();
        let rises = roster.rises();
        let risen = Cell::new(None);
        let may_jump = || {
            if risen.get().is_some() {
                return roster.is_only_riser(rises);
            }
            let rose = roster.rise_of_all(worker, rises);
            risen.set(rose.then_some((Risen::Busy, Called::Nobody)));
            rose
        };
        let idle = match sleep {
            Sleep::OnWatch => Idle::Alone(Some(seat.watch())),
            Sleep::Sound if roster.is_everyone_asleep() => Idle::All(&may_jump),
            Sleep::Sound => Idle::Alone(None),
        };
        self.ask(idle, || {
            risen.set(risen.get().or_else(|| Some(shelves.rise(worker, sleep))));
        });
        self.get_up(seat, risen.get().expect("a look says when it is awake"));
    }

    /// Is awake; one that was called searches.
    fn get_up(&self, seat: &Seat, (risen, called): (Risen, Called)) {
        seat.workers().answer(called);
        if risen == Risen::Searching {
            seat.watch.set(SHORTEST_WATCH);
            let (shelves, worker) = (&seat.workers().shelves, seat.worker());
            let searched = shelves.search(worker, |from, task| self.tell_stolen(from, task));
            self.has_found(seat, searched);
        }
    }

    /// Whether a search has found something, which is queued.
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
