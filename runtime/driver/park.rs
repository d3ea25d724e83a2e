//! The word by which a thread that has nothing to do sleeps without missing a wake.
//!
//! One atomic word says whether there is news, whether the thread sleeps, and whether it is gone.
//! Since it is one word, news and sleep cannot pass each other, and no fence is needed.
//!
//! | before | event | after | caller must |
//! |---|---|---|---|
//! | awake | tell | news | nothing |
//! | news | tell | news | nothing |
//! | asleep | tell | asleep, news | wake the thread |
//! | asleep, news | tell | asleep, news | nothing |
//! | closed | tell | closed, news | empty the mailbox |
//! | closed, news | tell | closed, news | empty the mailbox |
//! | news | take | awake | read the news |
//! | awake | fall asleep | asleep | sleep |
//! | news | fall asleep | news | read the news |
//! | asleep | rise | awake | nothing |
//! | asleep, news | rise | news | read the news |
//! | awake | close | closed | empty the mailbox once more |
//! | news | close | closed, news | empty the mailbox once more |
//!
//! Laws:
//!
//! - **P1, no news is lost.** What was pushed before `tell` is seen by the `take` that finds the
//!   news, or by the teller itself if the thread is gone.
//! - **P2, one call a sleep.** However many tell, the sleeping thread is woken by one of them; a
//!   thread that is awake is never woken by a system call.
//!
//! Leaves out: how a thread sleeps. In the runtime that is the reactor's poll; in a model it is a
//! condvar.

use crate::sync::atomic::AtomicU8;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

const NEWS: u8 = 1;
const ASLEEP: u8 = 1 << 1;
const CLOSED: u8 = 1 << 2;

/// See the file's promise.
#[derive(Debug)]
pub struct Park(AtomicU8);

/// What a teller must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing: the thread will see the news by itself.
    Seen,
    /// Wake the thread.
    Wake,
    /// The thread is gone: whatever was pushed is the teller's to clear away.
    Closed,
}

// Orderings: every change is AcqRel. `tell`'s Release half hands what was pushed before it to the
// Acquire half of `take`, `fall_asleep` (when it fails) and `close`; `close`'s Release half hands
// the end of the reading to the Acquire half of a later `tell`.
impl Park {
    /// A thread that is awake and has read all news.
    pub fn new() -> Park {
        Park(AtomicU8::new(0))
    }

    /// There is news. Called after the push.
    pub fn tell(&self) -> Told {
        let before = self.0.fetch_or(NEWS, AcqRel);
        if before & CLOSED != 0 {
            Told::Closed
        } else if before == ASLEEP {
            Told::Wake
        } else {
            Told::Seen
        }
    }

    /// Whether there may be news; one load.
    #[inline]
    pub fn has_news(&self) -> bool {
        // Relaxed: a hint; `take` and `fall_asleep` do the synchronizing.
        self.0.load(Relaxed) & NEWS != 0
    }

    /// Whether all news has been read; if so, what the reader did before it read is seen.
    pub fn is_read(&self) -> bool {
        // Acquire: pairs with `take`.
        self.0.load(Acquire) & NEWS == 0
    }

    /// Whether nobody of these was told anything that it has not read, and it is `still` so that
    /// all of them sleep.
    ///
    /// In this order: who has read its news before it was asked has risen before, which `still`
    /// sees.
    pub fn are_quiet<'a>(
        mut parks: impl Iterator<Item = &'a Park>,
        still: impl FnOnce() -> bool,
    ) -> bool {
        parks.all(Park::is_read) && still()
    }

    /// Marks the news as read; what was pushed before it was told can be read after this.
    pub fn take(&self) {
        self.0.fetch_and(!NEWS, AcqRel);
    }

    /// The thread is about to sleep; `false`: there is news, so it must not.
    #[must_use]
    pub fn fall_asleep(&self) -> bool {
        // Acquire on failure: pairs with `tell`, as `take` does.
        self.0.compare_exchange(0, ASLEEP, AcqRel, Acquire).is_ok()
    }

    /// The thread is awake again.
    pub fn rise(&self) {
        self.0.fetch_and(!ASLEEP, AcqRel);
    }

    /// The thread is gone for good. It empties the mailbox once more after this.
    pub fn close(&self) {
        self.0.fetch_or(CLOSED, AcqRel);
    }
}

impl Default for Park {
    fn default() -> Self {
        Park::new()
    }
}
