//! The end of a loop.
//!
//! Laws:
//!
//! - **Closed first.** The mailbox is closed before anything is dropped, so that the end comes
//!   however many letters other threads post meanwhile.
//! - **Nothing is left.** What a drop or a waker spawns during the end is ended too: at home as
//!   long as the registry is emptied, afterwards as a letter to a closed mailbox.
//!
//! Leaves out: the threads of blocking jobs, which `builder.rs` waits for.

use super::Core;
use crate::task::waker::wake_all;
use std::rc::Rc;

impl Core {
    /// Ends the loop: closes the mailbox, drops every live future at home, last spawned first, then
    /// closes the timers and the sockets, so that whoever still waits for them hears of it.
    pub(crate) fn shutdown(self: &Rc<Self>) {
        let entered = self.enter();
        // From here on posters clear away what they post: this ends however many there are.
        self.shared.mailbox().close();
        while let Some(letter) = self.shared.mailbox().pop() {
            self.accept(letter);
        }
        loop {
            let tasks = self.registry.borrow().newest_first();
            if tasks.is_empty() {
                break;
            }
            for task in tasks {
                // Also one that is over: a waker that panicked kept it from being struck off.
                task.shut();
                self.strike_off(&task);
            }
        }
        drop(self.queue.take());
        // Nobody reads the queue any more: what the wakers below spawn must go to the mailbox.
        drop(entered);
        let mut wakers = Vec::new();
        self.shared.remote().timers.close(&mut wakers);
        self.shared.remote().reactor.close(&mut wakers);
        wake_all(wakers);
    }
}
