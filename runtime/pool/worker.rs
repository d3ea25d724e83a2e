//! A worker's thread: it stands at the gate, or it turns.
//!
//! Laws:
//!
//! - **A panic costs no worker.** A waker of somebody's that panics in a look has been told of by
//!   the panic hook, and the worker turns on. (In a loop that is alone, and on the first worker, it
//!   goes through `block_on`.)
//! - **Home to the last.** What is the worker's own (local tasks, timers, sockets) is dropped here,
//!   before it says that it is gone.
//!
//! Leaves out: the first worker, which is the thread inside `block_on`.

use std::future::pending;
use std::panic::Location;
use std::pin::pin;
use std::rc::Rc;
use std::task::Waker;

use super::gate::Passed;
use super::seat::Seat;
use super::workers::Workers;
use crate::driver::Driver;
use crate::event_loop::{Core, Shared};
use crate::panics::{caught, contain, discard};
use crate::reason::Reason;
use crate::task::share::Share;

/// A worker's thread, from its start to its end.
pub(crate) fn work(driver: Driver, shared: Share<Shared>, seat: Seat) {
    let workers = seat.workers().clone();
    let core = Core::at(driver, shared, Some(seat));
    let entered = core.enter();
    while workers.pass_the_gate(&core) == Passed::Turn {
        core.turn_until_called();
    }
    contain(|| core.finish(entered));
    workers.gate().gone();
}

impl Core {
    fn turn_until_called(self: &Rc<Self>) {
        let seat = self.seat().expect("a worker has a seat");
        let mut nothing = pin!(pending::<()>());
        while !seat.is_called.replace(false) {
            let turned = caught(|| {
                let _ = self.turn(nothing.as_mut(), Waker::noop(), Location::caller());
            });
            // A waker of somebody's that panics is no reason to lose a worker. The panic hook has
            // told of it.
            turned.unwrap_or_else(discard);
        }
    }
}

impl Workers {
    fn pass_the_gate(&self, core: &Core) -> Passed {
        let seat = core.seat().expect("a worker has a seat");
        self.gate().pass(seat.worker(), |tasks| {
            let _mark = Reason::shutdown().mark_if_first();
            core.end_tasks(tasks)
        })
    }
}
