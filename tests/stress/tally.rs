//! What was begun and what was ended: at the end of a run each pair must agree.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Something that is begun and ended, counted.
#[derive(Clone, Default)]
pub(crate) struct Pair(Arc<Counts>);

#[derive(Default)]
struct Counts {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// Counts an end when it is dropped.
pub(crate) struct Begun(Arc<Counts>);

impl Drop for Begun {
    fn drop(&mut self) {
        // Relaxed, here and below: counts, which are read when all threads have been heard of.
        self.0.ended.fetch_add(1, Relaxed);
    }
}

impl Pair {
    /// One more is begun; the drop of what is returned ends it.
    pub(crate) fn begin(&self) -> Begun {
        self.add(1, 0);
        Begun(self.0.clone())
    }

    pub(crate) fn add(&self, begun: u64, ended: u64) {
        self.0.begun.fetch_add(begun, Relaxed);
        self.0.ended.fetch_add(ended, Relaxed);
    }

    fn check(&self, what: &str) {
        let counts = (self.0.begun.load(Relaxed), self.0.ended.load(Relaxed));
        println!("stress: {what}: {} begun, {} ended", counts.0, counts.1);
        assert_eq!(counts.0, counts.1, "{what}: begun and ended");
        assert!(
            counts.0 > 0,
            "no {what} at all: the strand has lost its work"
        );
    }
}

/// See the file's promise.
#[derive(Default)]
pub(crate) struct Tally {
    /// Futures of tasks.
    pub(crate) tasks: Pair,
    /// Futures of local tasks; they end where they began.
    pub(crate) locals: Pair,
    /// Jobs of `spawn_blocking`, whether they ran or not.
    pub(crate) jobs: Pair,
    /// Sleeps, begun and over.
    pub(crate) sleeps: Pair,
    /// Cancels that were asked for, and tasks that said that they were cancelled.
    pub(crate) cancels: Pair,
    /// Members of groups.
    pub(crate) members: Pair,
    /// Waits with a limit, and those that ended either way.
    pub(crate) limits: Pair,
    /// Bytes that were sent, and that came back.
    pub(crate) bytes: Pair,
}

impl Tally {
    /// Compares what was begun with what was ended.
    pub(crate) fn check(&self) {
        self.tasks.check("futures of tasks");
        self.locals.check("futures of local tasks");
        self.jobs.check("blocking jobs");
        self.sleeps.check("sleeps");
        self.cancels.check("cancels");
        self.members.check("members of groups");
        self.limits.check("waits with a limit");
        self.bytes.check("echoed bytes");
    }
}
