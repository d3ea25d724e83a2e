//! What other threads may touch of a loop: its mailbox, and the way in for wakes.
//!
//! Laws:
//!
//! - **Home is short.** A wake on the loop's own thread goes straight into its queue; any other
//!   goes by mail.
//! - **Closed means over.** A task that is posted to a loop which has ended ends as cancelled by
//!   shutdown, on the poster's thread.
//!
//! Leaves out: roaming tasks, which come by the shelves of their pool (`pool/workers.rs`).

use std::ops::Range;
use std::panic::Location;
use std::time::Duration;

use super::mailbox::{Mailbox, Single};
use super::{Core, Entry, HERE, Observer};
use crate::driver::Remote;
use crate::driver::park::Told;
use crate::observe::{Event, Id, Unhandled};
use crate::sync::Arc;
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::Relaxed;
use crate::task::handle::{self, Task};
use crate::task::passport::Passport;
use crate::task::pointer::{Runnable, Schedule, TaskRef};
use crate::task::share::Share;

/// What a loop is made with; the loops of a pool have the same.
#[derive(Clone)]
pub(crate) struct Options {
    /// See `Builder::settle`.
    pub settle: Duration,
    /// See `Builder::slow_poll`.
    pub slow_poll: Option<Duration>,
    /// See `Builder::unhandled`.
    pub unhandled: Unhandled,
    /// See `Builder::observer`.
    pub observer: Option<Arc<Box<dyn Observer>>>,
    /// The first number that nobody has reserved for a task.
    pub numbers: Arc<AtomicU64>,
}

/// See the file's promise.
pub(crate) struct Shared {
    remote: Share<Remote>,
    mailbox: Mailbox<Letter>,
    root_letter: Single,
    options: Options,
    is_watched: bool,
}

/// What other threads send.
pub(crate) enum Letter {
    /// A task, and the reference that is the registry's.
    Spawned(Runnable, TaskRef),
    Woken(Runnable),
    Root,
    /// A worker is to come to the gate of its pool.
    ToTheGate,
}

impl Shared {
    pub(crate) fn new(remote: Share<Remote>, options: Options) -> Shared {
        let mailbox = Mailbox::new(remote.park.clone());
        Shared {
            remote,
            mailbox,
            root_letter: Single::new(),
            is_watched: options.observer.is_some() || options.slow_poll.is_some(),
            options,
        }
    }

    pub(crate) fn remote(&self) -> &Share<Remote> {
        &self.remote
    }

    pub(crate) fn mailbox(&self) -> &Mailbox<Letter> {
        &self.mailbox
    }

    pub(super) fn root_letter(&self) -> &Single {
        &self.root_letter
    }

    pub(super) fn observer(&self) -> Option<&dyn Observer> {
        self.options.observer.as_ref().map(|observer| &***observer)
    }

    pub(super) fn slow_poll(&self) -> Option<Duration> {
        self.options.slow_poll
    }

    pub(crate) fn on_unhandled(&self) -> Unhandled {
        self.options.unhandled
    }

    /// Whether each poll has to be announced or timed.
    #[inline]
    pub(super) fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// A passport for the next task of this loop, on any thread.
    pub(crate) fn passport(
        &self,
        name: Option<Box<str>>,
        place: &'static Location<'static>,
    ) -> Passport {
        let number = at_home(self, Core::next_number);
        let number = number.unwrap_or_else(|| Id(self.reserve_numbers(1).start));
        Passport::new(number, name, place)
    }

    pub(super) fn first_free_number(&self) -> u64 {
        // Relaxed: what another thread reserved is seen by whoever knows that it did.
        self.options.numbers.load(Relaxed)
    }

    pub(super) fn reserve_numbers(&self, count: u64) -> Range<u64> {
        // Relaxed: the numbers are unique; nothing else is read on the strength of them.
        let first = self.options.numbers.fetch_add(count, Relaxed);
        first..first + count
    }

    /// Spawns a task from another thread.
    pub(crate) fn spawn<F>(shared: &Share<Self>, future: F, passport: Passport) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, registered, handle) = handle::spawn(future, shared.clone(), passport);
        shared.post(Letter::Spawned(task, registered));
        handle
    }

    /// Brings the worker whose loop this is to the gate of its pool.
    pub(crate) fn call_to_the_gate(&self) {
        self.post(Letter::ToTheGate);
    }

    pub(super) fn post(&self, letter: Letter) {
        match self.mailbox.post(letter) {
            Told::Seen => (),
            Told::Wake => self.remote.wake(),
            Told::Closed => self.empty_mailbox(),
        }
    }

    /// Ends what stands in a closed mailbox. (A task that was woken there has been ended by the
    /// shutdown.)
    pub(super) fn empty_mailbox(&self) {
        while let Some(letter) = self.mailbox.pop() {
            if let Letter::Spawned(task, registered) = letter {
                let told = registered.clone();
                if let Some(over) = task.shut() {
                    over.settle(Some(registered));
                }
                self.tell_cancelled(&told);
            }
        }
    }

    pub(crate) fn is_observed(&self) -> bool {
        self.observer().is_some()
    }

    pub(crate) fn tell_queued(&self, task: Id, remote: bool) {
        if self.observer().is_some() {
            self.tell(&Event::Queued { task, remote });
        }
    }
}

/// Does something with the loop if this thread is its home.
#[inline]
pub(crate) fn at_home<T>(shared: &Shared, what: impl FnOnce(&Core) -> T) -> Option<T> {
    // A thread whose locals are gone is nobody's home.
    let here = HERE.try_with(|here| {
        let here = here.borrow();
        let core = here.as_ref();
        let home = core.filter(|core| std::ptr::eq(&raw const *core.shared, shared));
        home.map(|core| what(core))
    });
    here.ok().flatten()
}

/// Does something with the loop of this thread, if it is one's home.
#[inline]
pub(crate) fn with_here<T>(what: impl FnOnce(&Core) -> T) -> Option<T> {
    // A thread whose locals are gone is nobody's home.
    let here = HERE.try_with(|here| here.borrow().as_deref().map(what));
    here.ok().flatten()
}

impl Schedule for Shared {
    #[inline]
    fn schedule(&self, task: Runnable) {
        let id = task.task().passport().id;
        let mut task = Some(task);
        at_home(self, |core| {
            if let Some(task) = task.take() {
                core.push(Entry::Task(task));
            }
        });
        self.tell_queued(id, task.is_some());
        if let Some(task) = task {
            self.post(Letter::Woken(task));
        }
    }

    fn unhandled(&self, task: &Passport, what: &str) {
        self.report_unhandled(task, what);
    }
}
