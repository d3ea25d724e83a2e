//! Doubts: sockets that are most likely empty, which nobody has asked the system.
//!
//! A read that fills its buffer says nothing of what is left. Where the read that followed such a
//! one found nothing the last time, the next reader does not spend a system call to hear it again:
//! it waits, and its socket is noted here. Most of the time an event comes before anybody asks.
//!
//! Laws:
//!
//! - **Not slept over.** A loop sleeps only when no doubt is noted, and nothing is noted while it
//!   sleeps: then the reader has to ask.
//! - **Settled soon.** A doubt that no event has settled is settled by the loop, which has the
//!   reader try, as soon as it finds nothing else to do, at the latest by its [`LOOKS`]th look.
//!
//! Price: bytes that were there against expectation are read that much later, once, and the loop
//! asks the system once more before it sleeps.
//!
//! Leaves out: what makes a read doubtful (`readiness.rs`).

use std::collections::VecDeque;

use mio::Token;

use crate::sync::Mutex;

/// How many looks a doubt may last. So many that a loop with a thousand busy sockets has come round
/// to most of them, so few that it is some thousand polls at most.
pub(super) const LOOKS: u64 = 32;

/// That there is nothing to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Whose.
    pub token: Token,
    /// The socket's tick at that time: an event since has settled it.
    pub tick: u64,
}

/// See the file's promise.
#[derive(Debug, Default)]
pub struct Doubts {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// With the look at which each is due, ascending.
    noted: VecDeque<(u64, Doubt)>,
    looks: u64,
    asleep: bool,
}

impl Doubts {
    /// No doubts, of a loop that is awake.
    pub fn new() -> Doubts {
        Doubts::default()
    }

    /// Notes a doubt; `false`: the loop sleeps, and the reader must ask.
    #[must_use]
    pub fn note(&self, doubt: Doubt) -> bool {
        let mut inner = self.inner.lock();
        if !inner.asleep {
            let due = inner.looks + LOOKS;
            inner.noted.push_back((due, doubt));
        }
        !inner.asleep
    }

    /// The loop is about to sleep; `false`: there are doubts to settle first.
    #[must_use]
    pub fn fall_asleep(&self) -> bool {
        let mut inner = self.inner.lock();
        inner.asleep = inner.noted.is_empty();
        inner.asleep
    }

    /// The loop is awake.
    pub fn rise(&self) {
        self.inner.lock().asleep = false;
    }

    /// The loop has looked: appends what is to be settled to `due`; `all`: it found nothing to do.
    pub fn due(&self, all: bool, due: &mut Vec<Doubt>) {
        let inner = &mut *self.inner.lock();
        inner.looks += 1;
        let looks = inner.looks;
        let is_due = |noted: &&(u64, Doubt)| all || noted.0 <= looks;
        let count = inner.noted.iter().take_while(is_due).count();
        due.extend(inner.noted.drain(..count).map(|(_, doubt)| doubt));
    }
}
