//! How a pool is made.
//!
//! Always: what the operating system refuses is an error before any worker turns.
//!
//! Leaves out: the threads, which `builder.rs` starts, since what they are to know of their runtime
//! is made above this floor.

use std::io;
use std::rc::Rc;

use super::seat::Seat;
use super::worker::work;
use super::workers::{Berth, Workers, WorkersGate};
use crate::driver::Driver;
use crate::driver::clock::Clock;
use crate::driver::fellows::Fellows;
use crate::event_loop::{Core, Options, Shared};
use crate::sync::Arc;
use crate::task::share::Share;

/// A worker's loop that has no thread yet.
pub(crate) struct Unstarted {
    driver: Driver,
    shared: Share<Shared>,
    seat: Seat,
}

impl Unstarted {
    /// The worker's number.
    pub(crate) fn worker(&self) -> usize {
        self.seat.worker()
    }

    /// Where the worker will stand until it is let through.
    pub(crate) fn gate(&self) -> Arc<WorkersGate> {
        self.seat.workers().gate().clone()
    }

    /// What the worker's thread does.
    pub(crate) fn work(self) {
        work(self.driver, self.shared, self.seat);
    }
}

/// Makes the loops of a pool; the first one is this thread's.
///
/// # Errors
///
/// What the operating system says when it refuses a descriptor.
pub(crate) fn start(
    clock: &Clock,
    options: &Options,
    workers: usize,
) -> io::Result<(Rc<Core>, Vec<Unstarted>)> {
    let drivers = (0..workers).map(|_| Driver::new(clock.clone(), options.settle));
    let drivers: Vec<Driver> = drivers.collect::<io::Result<_>>()?;
    let remotes: Vec<_> = drivers
        .iter()
        .map(|driver| driver.remote().clone())
        .collect();
    let loops = remotes
        .iter()
        .map(|remote| remote.beside(Shared::new(remote.clone(), options.clone())));
    let loops: Vec<Share<Shared>> = loops.collect();
    let workers = Arc::new(Workers::new(loops.clone()));
    let fellows = Fellows::new(remotes);
    let numbered = drivers.into_iter().zip(loops).zip(0..);
    let mut unstarted = numbered.map(|((mut driver, shared), worker)| {
        driver.share_clock(fellows.clone());
        let seat = Seat::new(Berth::new(&workers, &shared), worker);
        Unstarted {
            driver,
            shared,
            seat,
        }
    });
    let first = unstarted.next().expect("a pool has workers");
    let first = Core::at(first.driver, first.shared, Some(first.seat));
    Ok((first, unstarted.collect()))
}
