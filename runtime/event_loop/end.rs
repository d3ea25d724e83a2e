//! The end of a loop.
//!
//! Laws:
//!
//! - **Closed first.** The mailbox is closed before anything is dropped, so that the end comes
//!   however many letters other threads post meanwhile.
//! - **Nothing is left.** What a drop or a waker spawns during the end is ended too: at home as
//!   long as the registry is emptied, afterwards as a letter to a closed mailbox.
//! - **It ends.** Drops that spawn without end are cut off after [`ROUNDS`] rounds; what they
//!   spawned last is leaked, and named.
//!
//! Leaves out: the threads of blocking jobs, which `builder.rs` waits for.

use super::Core;
use crate::task::TaskInfo;
use crate::task::waker::wake_all;
use std::rc::Rc;

/// How often the registry is emptied. Far more than the generations of any honest drop.
const ROUNDS: usize = 1_000;

impl Core {
    /// Ends the loop: closes the mailbox, drops every live future at home, last spawned first, then
    /// closes the timers and the sockets, so that whoever still waits for them hears of it. Says
    /// what could not be dropped.
    pub(crate) fn shutdown(self: &Rc<Self>) -> Vec<TaskInfo> {
        let entered = self.enter();
        // From here on posters clear away what they post: this ends however many there are.
        self.shared.mailbox().close();
        while let Some(letter) = self.shared.mailbox().pop() {
            self.accept(letter);
        }
        for _ in 0..ROUNDS {
            let tasks = self.registry.borrow().newest_first();
            if tasks.is_empty() {
                break;
            }
            for task in tasks {
                // Also one that is over: a waker that panicked kept it from being struck off.
                task.shut();
                self.shared.tell_cancelled(&task);
                self.strike_off(&task);
            }
        }
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
        wake_all(wakers);
        left
    }
}
