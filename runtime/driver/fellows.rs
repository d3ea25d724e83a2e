//! The loops that share a clock: one alone, or the workers of a pool.
//!
//! Always: a virtual clock jumps to the next deadline of all of them, and whose deadline it was is
//! told. A real clock needs nobody.
//!
//! Leaves out: who decides that all of them are idle (`pool/`).

use super::Remote;
use super::park::Park;
use crate::sync::Arc;
use crate::task::share::Share;

/// See the file's promise.
#[derive(Clone)]
pub(crate) struct Fellows(Arc<Vec<Share<Remote>>>);

impl Fellows {
    pub(crate) fn new(loops: Vec<Share<Remote>>) -> Fellows {
        Fellows(Arc::new(loops))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Share<Remote>> {
        self.0.iter()
    }

    /// The earliest deadline's tick, or one before it.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.iter()
            .filter_map(|remote| remote.timers.next_deadline())
            .min()
    }

    /// Whether a task waits for a socket of one of them.
    pub(super) fn wait_for_sockets(&self) -> bool {
        self.iter().any(|remote| remote.reactor.is_waited_for())
    }

    /// Whether none of them was told anything that it has not read, and it is `still` so that all
    /// of them sleep.
    pub(super) fn are_quiet(&self, still: impl FnOnce() -> bool) -> bool {
        Park::are_quiet(self.iter().map(|remote| &*remote.park), still)
    }

    /// Tells those whose next deadline has come at `tick`, but for the one that knows.
    pub(super) fn tell_due(&self, tick: u64, but: &Share<Remote>) {
        for remote in self.others(but) {
            if remote.timers.next_deadline().is_some_and(|at| at <= tick) {
                remote.tell();
            }
        }
    }

    fn others<'a>(&'a self, but: &'a Share<Remote>) -> impl Iterator<Item = &'a Share<Remote>> {
        self.iter().filter(|remote| !remote.is_same(but))
    }

    /// Tells all but one that the clock was moved.
    pub(crate) fn tell_others(&self, but: &Share<Remote>) {
        self.others(but).for_each(|remote| remote.tell());
    }

    /// Tells all: the clock goes another way.
    pub(crate) fn tell(&self) {
        self.iter().for_each(|remote| remote.tell());
    }
}
