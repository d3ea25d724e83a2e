//! What other threads send to a loop.
//!
//! Laws:
//!
//! - **Push, then tell.** A letter is in the queue before its news is told, so whoever takes the
//!   news finds it.
//! - **The last one empties.** A letter pushed after the loop closed its box is cleared away by
//!   whoever pushed it: nothing is left in a box that nobody reads.
//! - **One is enough.** Of those who would post the same [`Single`] letter one does, and whoever
//!   takes it sees what all of them had written before.
//!
//! Leaves out: an order between letters of different threads other than that of their pushes.

use crate::driver::park::{Park, Told};
use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::AcqRel;
use crate::sync::{Arc, Queue};

/// See the file's promise.
#[derive(Debug)]
pub struct Mailbox<T> {
    letters: Queue<T>,
    park: Arc<Park>,
}

impl<T> Mailbox<T> {
    /// A mailbox of the loop that sleeps by `park`.
    pub fn new(park: Arc<Park>) -> Mailbox<T> {
        Mailbox {
            letters: Queue::new(),
            park,
        }
    }

    /// Posts a letter, on any thread, and says what else the poster must do.
    pub fn post(&self, letter: T) -> Told {
        self.letters.push(letter);
        self.park.tell()
    }

    /// Marks the news as read; the letters it was about can be popped from here on.
    pub fn take_news(&self) {
        self.park.take();
    }

    /// Not every letter was read: the news is told again, by the loop to itself.
    pub fn keep_news(&self) {
        let told = self.park.tell();
        debug_assert!(told != Told::Wake, "whoever reads its mail is awake");
    }

    /// The next letter.
    pub fn pop(&self) -> Option<T> {
        self.letters.pop()
    }

    /// Nobody will read the box any more, but for its owner once, right after this.
    pub fn close(&self) {
        self.park.close();
    }
}

/// A letter that needs to stand in the box only once, however many would post it.
#[derive(Debug)]
pub struct Single {
    on_its_way: AtomicBool,
}

impl Single {
    /// A letter that nobody has posted.
    pub fn new() -> Single {
        Single {
            on_its_way: AtomicBool::new(false),
        }
    }

    /// `true`: the caller posts the letter. `false`: it is on its way already.
    #[must_use]
    pub fn claim(&self) -> bool {
        // AcqRel: pairs with `take`, also when it changes nothing.
        !self.on_its_way.swap(true, AcqRel)
    }

    /// The letter has come: the next one to claim it posts it again.
    pub fn take(&self) {
        // AcqRel: pairs with `claim`: what was written before any claim that this letter stands for
        // is seen from here on.
        self.on_its_way.swap(false, AcqRel);
    }
}

impl Default for Single {
    fn default() -> Self {
        Single::new()
    }
}
