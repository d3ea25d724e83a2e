//! The threads of a pool's workers, but for the first, which is the one inside `block_on`.
//!
//! Always: when a runtime is gone so are its threads, and what they held of it.
//!
//! Leaves out: what a worker does (`pool/worker.rs`).

use std::io;

use crate::handle::Handle;
use crate::panics::discard;
use crate::pool::start::Unstarted;
use crate::sync::thread::{self, JoinHandle};

/// See the file's promise.
#[derive(Default)]
pub(crate) struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    /// Starts a worker's thread, inside the runtime that `handle` leads to.
    ///
    /// # Errors
    ///
    /// What the operating system says when it refuses a thread.
    pub(crate) fn start(&mut self, handle: &Handle, worker: Unstarted) -> io::Result<()> {
        let handle = handle.clone();
        let name = format!("worker {}", worker.worker());
        let gate = worker.gate();
        gate.expect_one();
        let started = thread::spawn(&name, move || {
            let _stay = handle.enter();
            worker.work();
        });
        self.0.push(started.inspect_err(|_| gate.gone())?);
        Ok(())
    }

    /// Waits for the threads, which have been sent away.
    pub(crate) fn join(&mut self) {
        for thread in self.0.drain(..) {
            // The panic hook has told of it.
            thread.join().unwrap_or_else(discard);
        }
    }
}
