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
//!   reader try, as soon as it finds nothing else to do, at the latest by its second look.
//!
//! Price: bytes that were there against expectation are read up to two looks later, and the loop
//! asks the system once more before it sleeps.
//!
//! Leaves out: what makes a read doubtful (`readiness.rs`).

use mio::Token;

use crate::sync::Mutex;

/// See the file's promise.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Noted since the last look.
    new: Vec<Token>,
    /// Noted before it.
    old: Vec<Token>,
    asleep: bool,
}

impl Doubts {
    /// No doubts, of a loop that is awake.
    pub(crate) fn new() -> Doubts {
        Doubts::default()
    }

    /// Notes a doubt; `false`: the loop sleeps, and the reader must ask.
    #[must_use]
    pub(crate) fn note(&self, token: Token) -> bool {
        let mut inner = self.inner.lock();
        if !inner.asleep {
            inner.new.push(token);
        }
        !inner.asleep
    }

    /// The loop is about to sleep; `false`: there are doubts to settle first.
    #[must_use]
    pub(crate) fn fall_asleep(&self) -> bool {
        let mut inner = self.inner.lock();
        inner.asleep = inner.new.is_empty() && inner.old.is_empty();
        inner.asleep
    }

    /// The loop is awake.
    pub(crate) fn rise(&self) {
        self.inner.lock().asleep = false;
    }

    /// The loop has looked: appends what is to be settled to `due`. `all`: it found nothing to do,
    /// so that is everything; else what was noted before the look before this one.
    pub(crate) fn due(&self, all: bool, due: &mut Vec<Token>) {
        let inner = &mut *self.inner.lock();
        due.append(&mut inner.old);
        if all {
            due.append(&mut inner.new);
        } else {
            std::mem::swap(&mut inner.old, &mut inner.new);
        }
    }
}
