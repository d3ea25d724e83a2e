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
//! Leaves out: the threads of blocking jobs, which `builder.rs` waits for.

use std::rc::Rc;

use super::Core;
use crate::panics::{Panic, caught, first_of};
use crate::task::TaskInfo;
use crate::task::pointer::TaskRef;
use crate::task::waker::wake_all;

/// How many tasks may be spawned while those are dropped that were alive at the beginning. Far more
/// than honest drops spawn.
const SPAWNED: usize = 100_000;

impl Core {
    /// Ends the loop: closes the mailbox, drops every live future at home, last spawned first, then
    /// closes the timers and the sockets, so that whoever still waits for them hears of it. Says
    /// what could not be dropped, and gives the first panic.
    pub(crate) fn shutdown(self: &Rc<Self>) -> (Vec<TaskInfo>, Option<Panic>) {
        let entered = self.enter();
        // From here on posters clear away what they post: this ends however many there are.
        self.shared.mailbox().close();
        while let Some(letter) = self.shared.mailbox().pop() {
            self.accept(letter);
        }
        let panic = self.drop_all();
        let left = self.tasks();
        if !left.is_empty() {
            // Dropping them would only spawn more.
            std::mem::forget(self.registry.take());
        }
        drop(self.queue.take());
        // Nobody reads the queue any more: what the wakers below spawn must go to the mailbox.
        drop(entered);
        let mut wakers = Vec::new();
        self.shared.remote().timers.close(&mut wakers);
        self.shared.remote().reactor.close(&mut wakers);
        let woken = caught(|| wake_all(wakers));
        (left, first_of(panic, woken.err()))
    }

    /// Drops the live futures, and those that are spawned meanwhile, up to a limit. Gives the first
    /// panic.
    fn drop_all(&self) -> Option<Panic> {
        let mut panic = None;
        let mut may_be_dropped = self.live_tasks() + SPAWNED;
        while may_be_dropped > 0 && self.live_tasks() > 0 {
            let mut tasks = self.registry.borrow().newest_first();
            tasks.truncate(may_be_dropped);
            may_be_dropped -= tasks.len();
            for task in tasks {
                let ended = caught(|| self.end_task(&task));
                panic = first_of(panic, ended.err());
            }
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
