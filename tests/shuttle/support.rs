//! What the programs share: runtimes, a count of drops, a future that panics without a word.

use std::any::Any;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use shuttle::thread::ThreadId;
use tourbillon::{Runtime, Unhandled};

/// A runtime of so many workers, on a virtual clock.
pub(crate) fn pool(workers: usize) -> Runtime {
    let options = Runtime::builder().workers(workers).virtual_clock();
    let built = options.unhandled(Unhandled::Ignore).build();
    built.expect("the operating system gives a loop its descriptors")
}

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn this_thread() -> ThreadId {
    shuttle::thread::current().id()
}

/// How many of its guards have been dropped.
#[derive(Clone, Default)]
pub(crate) struct Drops(Arc<AtomicUsize>);

impl Drops {
    pub(crate) fn guard(&self) -> Guard {
        Guard(self.0.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

/// Counts its drop.
pub(crate) struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Panics past the panic hook, which would write a line for each schedule.
pub(crate) fn panic_quietly(word: &'static str) -> ! {
    resume_unwind(Box::new(word))
}

/// The word of a quiet panic.
pub(crate) fn word_of(panic: Box<dyn Any + Send>) -> &'static str {
    *panic.downcast().expect("a quiet panic")
}

/// What some schedule must bring about.
pub(crate) struct Outcome {
    pub what: &'static str,
    seen: AtomicUsize,
}

impl Outcome {
    pub(crate) const fn new(what: &'static str) -> Outcome {
        Outcome {
            what,
            seen: AtomicUsize::new(0),
        }
    }

    /// Notes that it came about, if it did.
    pub(crate) fn note(&self, came: bool) {
        self.seen.fetch_add(usize::from(came), Relaxed);
    }

    pub(crate) fn seen(&self) -> usize {
        self.seen.load(Relaxed)
    }
}
