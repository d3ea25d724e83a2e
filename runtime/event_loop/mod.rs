//! **The loop.** One thread, one run queue, one mailbox, one driver; start reading at `Core::turn`.
//!
//! Laws:
//!
//! - **FIFO.** What entered the run queue first is polled first; the root future is an entry like
//!   any other. A task that is woken during its own poll enters when that poll ends; what other
//!   threads wake or spawn enters with the mail, when the next turn begins.
//! - **Not twice.** What becomes ready during a turn goes behind all that was ready before, and is
//!   not polled in the same turn. (Of a pool's roaming tasks, the one that is next is: it goes
//!   behind nothing. See `pool/seat.rs`.)
//! - **61.** At most 61 polls pass between two looks at the reactor and the clock; between two
//!   looks the loop itself makes no system call and reads no clock. (What it polls may: a sleep
//!   that is armed reads the clock, a socket is tried first; and a loop that times its polls reads
//!   it.)
//! - **Home.** Run queue, registry and driver are touched by the loop's own thread only; everything
//!   else comes by mail. (A worker's registry stands in `pool/workers.rs`, under a lock, and what
//!   roams comes by the shelves.)
//! - **Nothing borrowed.** No user code (a poll, a waker, a drop) runs while a cell of the loop is
//!   borrowed.
//!
//! Leaves out: other loops that take work away (`pool/`). What a loop does for its pool stands in
//! `pool/seat.rs`; here only the four places where a worker does otherwise than a loop alone: what
//! it spawns, what it lists, what stands in its queue for a shelf, and what it does when idle.

mod end;
pub(crate) mod mailbox;
mod root;
mod shared;
mod tasks;
pub(crate) mod watch;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::driver::clock::Clock;
use crate::driver::fellows::Fellows;
use crate::driver::{Driver, Idle};
use crate::observe::{Event, Observer};
use crate::pool::Seat;
use crate::reason::Reason;
use crate::sync::thread_local;
use crate::task::pointer::{Ran, Runnable};
use crate::task::registry::Registry;
use crate::task::share::{AtHome, Share};
use crate::task::waker;
use root::Root;
pub(crate) use shared::{Letter, Options, Shared, with_here};

/// Polls between two looks. Prime, so that it is in step with no batch of the user's; at some tens
/// of nanoseconds a poll it makes the looks' share of the time small.
const POLLS: u32 = 61;

/// Letters read in one turn. Fewer than a turn polls, so that a flood of them waits in the mailbox
/// and not in the queue, where it would stand in everybody's way.
const LETTERS: u32 = POLLS / 2;

thread_local! {
    /// The loop that turns on this thread.
    static HERE: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
}

/// The home side of a loop.
pub(crate) struct Core {
    shared: Share<Shared>,
    queue: RefCell<VecDeque<Entry>>,
    registry: RefCell<Registry>,
    driver: RefCell<Driver>,
    root: Cell<Root>,
    /// Polls since the last look.
    polls: Cell<u32>,
    /// What the clock showed at the last look, in ticks.
    tick: Cell<u64>,
    turns: Cell<u64>,
    /// The numbers of the next tasks: see `NUMBERS` in `tasks.rs`.
    numbers: RefCell<Range<u64>>,
    /// Whose wakers the last look has found; later kept for its memory alone.
    wakers: Cell<Vec<Waker>>,
    /// Its place in a pool; none: the loop is alone.
    seat: Option<Seat>,
}

/// What can stand in the run queue: one word, since most of it are tasks.
pub(crate) enum Entry {
    Task(Runnable),
    /// The future of `block_on`, or the shelf of a worker: see [`Core::is_shelf_first`].
    Fixed,
}

const _: () = assert!(size_of::<Entry>() == size_of::<usize>());

/// This thread is a loop's for as long as this lives.
pub(crate) struct Entered {
    outer: Option<Rc<Core>>,
    _at_home: AtHome,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let inner = HERE.try_with(|here| here.replace(self.outer.take()));
        drop(inner);
    }
}

/// The loop that turns on this thread.
pub(crate) fn here() -> Option<Rc<Core>> {
    HERE.try_with(|here| here.borrow().clone()).ok().flatten()
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(seat) = &self.seat {
            seat.leave_for_good();
        }
        self.shared.leave_for_good();
        self.shared.remote().leave_for_good();
    }
}

impl Core {
    /// Makes a loop that is alone.
    ///
    /// # Errors
    ///
    /// What the operating system says when it refuses a descriptor.
    pub(crate) fn new(clock: Clock, options: Options) -> io::Result<Rc<Core>> {
        let driver = Driver::new(clock, options.settle)?;
        let remote = driver.remote();
        let shared = remote.beside(Shared::new(remote.clone(), options));
        Ok(Core::at(driver, shared, None))
    }

    /// A loop that stays on this thread.
    pub(crate) fn at(driver: Driver, shared: Share<Shared>, seat: Option<Seat>) -> Rc<Core> {
        Rc::new(Core {
            root: Cell::new(Root::Idle),
            shared,
            queue: RefCell::default(),
            registry: RefCell::default(),
            driver: RefCell::new(driver),
            polls: Cell::new(0),
            tick: Cell::new(0),
            turns: Cell::new(0),
            numbers: RefCell::default(),
            wakers: Cell::default(),
            seat,
        })
    }

    /// Its place in a pool.
    pub(crate) fn seat(&self) -> Option<&Seat> {
        self.seat.as_ref()
    }

    /// What the loops have in common that share its clock.
    pub(crate) fn fellows(&self) -> Fellows {
        self.driver.borrow().fellows().clone()
    }

    /// What other threads may touch.
    pub(crate) fn shared(&self) -> &Share<Shared> {
        &self.shared
    }

    /// Makes this thread the loop's.
    pub(crate) fn enter(self: &Rc<Self>) -> Entered {
        // A thread whose locals are gone can still drop a runtime; then nobody finds it by `here`.
        let outer = HERE.try_with(|here| here.replace(Some(self.clone())));
        Entered {
            outer: outer.ok().flatten(),
            _at_home: self.shared.enter(),
        }
    }

    /// Turns until `root` is ready.
    pub(crate) fn block_on<F: Future>(
        self: &Rc<Self>,
        root: F,
        place: &'static Location<'static>,
    ) -> F::Output {
        let _entered = self.enter();
        // A drop on another executor may have called this.
        let _mark = Reason::lift_mark();
        let waker = waker::waker_of(self.shared.clone());
        let mut root = pin!(root);
        if self.root.get() != Root::Queued {
            // Also when the poll of an earlier root panicked, which has no other end.
            self.end_root_poll();
        }
        waker.wake_by_ref();
        loop {
            if let Poll::Ready(output) = self.turn(root.as_mut(), &waker, place) {
                return output;
            }
        }
    }

    /// One turn. **This is the event loop.**
    pub(crate) fn turn<F: Future>(
        &self,
        mut root: Pin<&mut F>,
        root_waker: &Waker,
        place: &'static Location<'static>,
    ) -> Poll<F::Output> {
        // 1. Mail from other threads goes to the back of the queue.
        self.read_mail();
        // 2. Of what stands in the queue now, what is left of the 61 polls is polled, each entry
        //    once.
        let ready = self.queue.borrow().len();
        self.begin_turn(ready);
        let mut entries = 0..ready.min(self.polls_left());
        while entries.next().is_some() {
            match self.pop() {
                Some(Entry::Task(task)) => self.run(task),
                Some(Entry::Fixed) if self.is_shelf_first() => {
                    self.run_shelf();
                    entries.end = entries.end.min(entries.start + self.polls_left());
                }
                Some(Entry::Fixed) => {
                    let polled = self.poll_root(root.as_mut(), root_waker, place);
                    if polled.is_ready() {
                        return polled;
                    }
                }
                None => break,
            }
        }
        // 3. If nothing is ready, or 61 polls have passed since the last look, ask the reactor,
        //    sleeping only if nothing is ready; 4. then read the clock and fire what is due.
        let idle = self.is_idle();
        if idle || self.polls.get() >= POLLS {
            self.look(idle);
        }
        Poll::Pending
    }

    /// How many polls are left before the next look.
    pub(crate) fn polls_left(&self) -> usize {
        POLLS.saturating_sub(self.polls.get()) as usize
    }

    pub(crate) fn queue_length(&self) -> usize {
        self.queue.borrow().len()
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.queue.borrow().is_empty() && !self.shared.remote().park.has_news()
    }

    /// Reads some letters; see [`LETTERS`].
    fn read_mail(&self) {
        if !self.shared.remote().park.has_news() {
            return;
        }
        self.shared.mailbox().take_news();
        self.queue_shelf();
        for _ in 0..LETTERS {
            match self.shared.mailbox().pop() {
                Some(letter) => self.accept(letter),
                None => return,
            }
        }
        self.shared.mailbox().keep_news();
    }

    fn accept(&self, letter: Letter) {
        match letter {
            Letter::Spawned(task, registered) => {
                registered.come_home();
                self.admit(task, registered);
            }
            Letter::Woken(task) => self.push(Entry::Task(task)),
            Letter::Root => {
                self.shared.root_letter().take();
                self.wake_root();
            }
            Letter::ToTheGate => self.go_to_the_gate(),
        }
    }

    pub(crate) fn push(&self, entry: Entry) {
        self.queue.borrow_mut().push_back(entry);
    }

    fn pop(&self) -> Option<Entry> {
        self.queue.borrow_mut().pop_front()
    }

    /// Polls a task, or drops it if it was cancelled.
    fn run(&self, task: Runnable) {
        self.run_and(task, |task| self.push(Entry::Task(task)));
    }

    /// As [`Core::run`]; `again` puts it where it is polled again.
    #[inline]
    pub(crate) fn run_and(&self, task: Runnable, again: impl FnOnce(Runnable)) {
        self.polls.set(self.polls.get() + 1);
        if self.shared.is_watched() {
            return self.run_watched(task, again);
        }
        match task.run(self.tick.get()) {
            Ran::Pending => (),
            Ran::Again(task) => again(task),
            Ran::Over(task) => self.strike_off(task),
        }
    }

    /// Steps 3 and 4 of the turn.
    fn look(&self, idle: bool) {
        match &self.seat {
            Some(seat) => self.look_in_pool(seat, idle),
            None if idle => self.ask(Idle::All(&|| true), || ()),
            None => self.ask(Idle::No, || ()),
        }
        self.wake_found();
        self.queue_shelf();
    }

    /// Asks the reactor and the clock, and takes whose wakers they name; calls `awake`, once or
    /// more, when the loop's thread does not sleep any more and has taken nothing yet.
    pub(crate) fn ask(&self, idle: Idle<'_>, mut awake: impl FnMut()) {
        if !matches!(idle, Idle::No) && self.shared.observer().is_some() {
            let clock = &self.shared.remote().clock;
            self.tell(|| {
                let next = self.shared.remote().timers.next_deadline();
                let next = next.and_then(|tick| clock.instant_of(tick));
                Event::Parked {
                    limit: next.map(|at| at.saturating_duration_since(clock.now())),
                }
            });
        }
        // An observer that was told may have woken somebody.
        let idle = if self.is_idle() { idle } else { Idle::No };
        let mut wakers = self.wakers.take();
        let looked = {
            let mut driver = self.driver.borrow_mut();
            driver.look(idle, &mut awake, &mut wakers)
        };
        let tick = looked.expect("the operating system lets a loop poll");
        if !matches!(idle, Idle::No) {
            self.tell(|| Event::Unparked);
        }
        self.tell(|| Event::Looked {
            found: wakers.len(),
        });
        self.polls.set(0);
        self.tick.set(tick);
        self.wakers.set(wakers);
    }

    /// Wakes whom the last look has found.
    fn wake_found(&self) {
        let mut wakers = self.wakers.take();
        waker::wake_all(wakers.drain(..));
        self.wakers.set(wakers);
    }

    /// The next turn looks at the reactor and the clock, however much is ready.
    pub(crate) fn look_soon(&self) {
        self.polls.set(POLLS);
    }

    /// The clock at the last look, in ticks.
    pub(crate) fn tick(&self) -> u64 {
        self.tick.get()
    }
}
