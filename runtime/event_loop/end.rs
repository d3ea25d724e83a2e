//! The end of a loop.
//!
//! Laws:
//!
//! - **Closed first.** The mailbox is closed before anything is dropped, so that the end comes
//!   however many letters other threads post meanwhile.
//! - **Nothing is left.** What drops spawn while tasks are being dropped is dropped too; what is
//!   spawned after that meets a closed mailbox, which drops it.
//! - **It ends.** Drops that spawn more than [`SPAWNED`] tasks meanwhile are cut off: what they
//!   spawned last is leaked, and named.
//! - **Panics last.** A waker that panics keeps no task from being dropped; the first panic goes on
//!   at the end.
//!
//! Leaves out: the threads of workers and of blocking jobs, which `builder.rs` waits for.

use std::rc::Rc;

use super::{Core, Entered};
use crate::panics::{Panic, caught, first_of};
use crate::pool::Workers;
use crate::task::TaskInfo;
use crate::task::birth::Birth;
use crate::task::pointer::TaskRef;
use crate::task::waker::wake_all;

/// How many tasks may be spawned while those are dropped that were alive at the beginning. Far more
/// than honest drops spawn.
const SPAWNED: usize = 100_000;

impl Core {
    /// Ends the loop, and those of its pool: closes the mailbox, drops every live future at home,
    /// last spawned first, then closes the timers and the sockets, so that whoever still waits for
    /// them hears of it. Says what could not be dropped, and gives the first panic.
    pub(crate) fn shutdown(self: &Rc<Self>) -> (Vec<TaskInfo>, Option<Panic>) {
        let entered = self.enter();
        // From here on posters clear away what they post: this ends however many there are.
        match self.seat() {
            None => self.shared.mailbox().close(),
            Some(seat) => seat.workers().close(),
        }
        self.read_last_mail();
        let panic = self.drop_all();
        let left = self.tasks();
        if !left.is_empty() {
            // Dropping them would only spawn more.
            std::mem::forget(self.registry.take());
        }
        let workers = self.seat().map(|seat| seat.workers().clone());
        workers.as_deref().inspect(|workers| workers.end());
        let woken = caught(|| self.finish(entered));
        workers.as_deref().inspect(|workers| workers.clear());
        (left, first_of(panic, woken.err()))
    }

    fn read_last_mail(&self) {
        while let Some(letter) = self.shared.mailbox().pop() {
            self.accept(letter);
        }
    }

    /// The end of a loop whose tasks are over: drops its queue, and closes its timers and sockets.
    pub(crate) fn finish(&self, entered: Entered) {
        self.read_last_mail();
        drop(self.queue.take());
        self.seat().inspect(|seat| seat.clear());
        // Nobody reads the queue any more: what the wakers below spawn must go to the mailbox.
        drop(entered);
        let mut wakers = Vec::new();
        self.shared.remote().timers.close(&mut wakers);
        self.shared.remote().reactor.close(&mut wakers);
        wake_all(wakers);
    }

    /// Drops the live futures, and those that are spawned meanwhile, up to a limit. Gives the first
    /// panic.
    fn drop_all(&self) -> Option<Panic> {
        let mut panic = None;
        let mut may_be_dropped = self.live_tasks() + SPAWNED;
        while may_be_dropped > 0 && self.live_tasks() > 0 {
            let mut tasks = self.newest_first();
            tasks.truncate(may_be_dropped);
            may_be_dropped -= tasks.len();
            let ended = match self.seat() {
                None => self.end_tasks(tasks),
                Some(seat) => self.end_at_home(seat.workers(), seat.worker(), tasks),
            };
            panic = first_of(panic, ended);
        }
        panic
    }

    /// Has each of these tasks of a pool end where it must: at its home, or else here.
    fn end_at_home(&self, workers: &Workers, here: usize, tasks: Vec<TaskRef>) -> Option<Panic> {
        let home = |task: &TaskRef| match task.birth() {
            Birth::Stays(worker) => usize::from(worker),
            Birth::Roams(_) => here,
        };
        let mut panic = None;
        for same in tasks.chunk_by(|one, next| home(one) == home(next)) {
            let tasks = same.to_vec();
            let ended = match home(&same[0]) {
                worker if worker == here => self.end_tasks(tasks),
                worker => workers.order(worker, tasks),
            };
            panic = first_of(panic, ended);
        }
        panic
    }

    /// Drops the futures of these tasks. Gives the first panic.
    pub(crate) fn end_tasks(&self, tasks: Vec<TaskRef>) -> Option<Panic> {
        let mut panic = None;
        for task in tasks {
            let ended = caught(|| self.end_task(&task));
            panic = first_of(panic, ended.err());
        }
        panic
    }

    fn end_task(&self, task: &TaskRef) {
        if let Some(over) = task.shut() {
            self.strike_off(over);
        }
        self.shared.tell_cancelled(task);
    }
}
