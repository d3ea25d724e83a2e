//! Doubts: sockets that are most likely empty, which nobody has asked the system.
//!
//! A read that fills its buffer says nothing of what is left. Where the read that followed such a
//! one found nothing the last time, the next reader does not spend a system call to hear it again:
//! it waits, and its socket is noted here. Most of the time an event comes before anybody asks.
//!
//! Laws:
//!
//! - **Home's own.** Only a poll at home doubts, since home looks again before it sleeps. A reader
//!   on another thread, in another loop or in none asks.
//! - **Not slept over.** A loop sleeps, or lets a virtual clock jump, only when no doubt is noted.
//! - **Settled soon.** A doubt that no event has settled is settled by the loop, which has the
//!   reader try, as soon as it finds nothing else to do, at the latest by its [`LOOKS`]th look.
//!
//! Price: bytes that were there against expectation are read that much later, once a socket, since
//! a reader that doubted wrongly never doubts again; and the loop asks the system once more before
//! it sleeps.
//!
//! Leaves out: what makes a read doubtful (`readiness.rs`).

use std::collections::VecDeque;
use std::ptr::null_mut;

use mio::Token;

use crate::sync::Mutex;
use crate::sync::atomic::AtomicPtr;
use crate::sync::atomic::Ordering::Relaxed;
use crate::task::share;

/// How many looks a doubt may last. So many that a loop with a thousand busy sockets has come round
/// to most of them, so few that it is some thousand polls at most.
const LOOKS: u64 = 32;

/// That there is nothing to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    /// Whose.
    pub(super) token: Token,
    /// The socket's tick at that time: an event since has settled it.
    pub(super) tick: u64,
}

/// See the file's promise.
#[derive(Debug)]
pub(super) struct Doubts {
    /// The name of the loop's home; null until it has one.
    home: AtomicPtr<()>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// With the look at which each is due, ascending.
    noted: VecDeque<(u64, Doubt)>,
    looks: u64,
}

impl Doubts {
    pub(super) fn new() -> Doubts {
        Doubts {
            home: AtomicPtr::new(null_mut()),
            inner: Mutex::default(),
        }
    }

    // Relaxed, here and below: a name to compare with; nothing is reached by it.
    pub(super) fn belong_to(&self, home: *const ()) {
        self.home.store(home.cast_mut(), Relaxed);
    }

    /// Whether this thread may doubt at this moment.
    pub(super) fn is_home(&self) -> bool {
        share::is_home(self.home.load(Relaxed))
    }

    /// Notes a doubt of home's.
    pub(super) fn note(&self, doubt: Doubt) {
        let mut inner = self.inner.lock();
        let due = inner.looks + LOOKS;
        inner.noted.push_back((due, doubt));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inner.lock().noted.is_empty()
    }

    /// The loop has looked: appends what is to be settled to `due`; `all`: it found nothing to do.
    pub(super) fn due(&self, all: bool, due: &mut Vec<Doubt>) {
        let inner = &mut *self.inner.lock();
        inner.looks += 1;
        let looks = inner.looks;
        let is_due = |noted: &&(u64, Doubt)| all || noted.0 <= looks;
        let count = inner.noted.iter().take_while(is_due).count();
        due.extend(inner.noted.drain(..count).map(|(_, doubt)| doubt));
    }
}
