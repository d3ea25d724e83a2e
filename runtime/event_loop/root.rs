//! The root future, the one that `block_on` was given: when it is polled, and what wakes it.
//!
//! Laws:
//!
//! - **An entry like any other.** It stands in the run queue at most once, enters behind what was
//!   ready before, and, woken during its own poll, when that poll ends.
//! - **Home knows.** Whether it stands in the queue or is being polled is home's own to know;
//!   another thread's wake is a letter, and many wakes are one letter.
//!
//! Leaves out: its memory. It is pinned on the stack of `block_on`.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::shared::{Letter, at_home};
use super::{Core, Entry, Shared};
use crate::observe::{Event, Id, Outcome};
use crate::sync;
use crate::task::poll;
use crate::task::waker::Wake;

/// What home knows of the root future.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    Idle,
    /// Its entry stands in the run queue.
    Queued,
    Polled,
    /// It is being polled, and was woken meanwhile.
    PolledAndWoken,
}

impl Core {
    pub(super) fn poll_root<F: Future>(
        &self,
        root: Pin<&mut F>,
        waker: &Waker,
        place: &'static Location<'static>,
    ) -> Poll<F::Output> {
        self.polls.set(self.polls.get() + 1);
        self.tell(|| Event::PollStarted { task: Id::ROOT });
        let started = self.shared.slow_poll().map(|_| sync::now());
        self.root.set(Root::Polled);
        let polling = poll::enter(std::ptr::null());
        let polled = root.poll(&mut Context::from_waker(waker));
        polling.leave();
        let woken = self.end_root_poll();
        let outcome = match (&polled, woken) {
            (Poll::Ready(_), _) => Outcome::Over,
            (Poll::Pending, true) => Outcome::Again,
            (Poll::Pending, false) => Outcome::Pending,
        };
        self.tell(|| Event::PollEnded {
            task: Id::ROOT,
            outcome,
        });
        if let Some(started) = started {
            self.shared
                .report_slow(sync::now() - started, Id::ROOT, None, place);
        }
        polled
    }

    /// The root's poll is over; says whether it was woken meanwhile and stands in the queue again.
    pub(super) fn end_root_poll(&self) -> bool {
        let woken = self.root.get() == Root::PolledAndWoken;
        self.root.set(Root::Idle);
        woken && self.wake_root()
    }

    /// Whether the root's entry stands in the run queue.
    pub(crate) fn is_root_queued(&self) -> bool {
        self.root.get() == Root::Queued
    }

    /// Somebody woke the root; says whether it entered the queue by that.
    pub(super) fn wake_root(&self) -> bool {
        match self.root.get() {
            Root::Idle => {
                self.root.set(Root::Queued);
                self.seat().inspect(|seat| seat.root_comes());
                self.push(Entry::Fixed);
                true
            }
            Root::Polled => {
                self.root.set(Root::PolledAndWoken);
                false
            }
            Root::Queued | Root::PolledAndWoken => false,
        }
    }
}

/// What the root's waker wakes.
impl Wake for Shared {
    fn wake(&self) {
        match at_home(self, Core::wake_root) {
            Some(true) => self.tell_queued(Id::ROOT, false),
            Some(false) => (),
            None if self.root_letter().claim() => {
                self.tell_queued(Id::ROOT, true);
                self.post(Letter::Root);
            }
            None => (),
        }
    }
}
