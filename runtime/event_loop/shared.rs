//! What other threads may touch of a loop: its mailbox, and the way in for wakes.
//!
//! Laws:
//!
//! - **Home is short.** A wake on the loop's own thread goes straight into its queue; any other
//!   goes by mail.
//! - **Closed means over.** A task that is posted to a loop which has ended ends as cancelled by
//!   shutdown, on the poster's thread.

use std::panic::Location;
use std::time::Duration;

use super::mailbox::Mailbox;
use super::{Entry, HERE, Observer};
use crate::driver::Remote;
use crate::driver::park::Told;
use crate::observe::{Event, Id, Unhandled};
use crate::sync::Arc;
use crate::sync::atomic::Ordering::{AcqRel, Relaxed};
use crate::sync::atomic::{AtomicU8, AtomicU64};
use crate::task::handle::{self, Task};
use crate::task::passport::Passport;
use crate::task::pointer::{Runnable, Schedule, TaskRef};
use crate::task::waker::Wake;

/// What a loop is made with.
pub(crate) struct Options {
    /// See `Builder::settle`.
    pub settle: Duration,
    /// See `Builder::slow_poll`.
    pub slow_poll: Option<Duration>,
    /// See `Builder::unhandled`.
    pub unhandled: Unhandled,
    /// See `Builder::observer`.
    pub observer: Option<Box<dyn Observer>>,
}

/// See the file's promise.
pub struct Shared {
    remote: Arc<Remote>,
    mailbox: Mailbox<Letter>,
    ids: AtomicU64,
    slow_poll: Option<Duration>,
    unhandled: Unhandled,
    observer: Option<Box<dyn Observer>>,
}

/// What other threads send.
pub(super) enum Letter {
    /// A task, and the reference that is the registry's.
    Spawned(Runnable, TaskRef),
    Woken(Runnable),
    Root,
}

impl Shared {
    pub(super) fn new(remote: Arc<Remote>, options: Options) -> Shared {
        let mailbox = Mailbox::new(remote.park.clone());
        Shared {
            remote,
            mailbox,
            ids: AtomicU64::new(1),
            slow_poll: options.slow_poll,
            unhandled: options.unhandled,
            observer: options.observer,
        }
    }

    pub fn remote(&self) -> &Arc<Remote> {
        &self.remote
    }

    pub(super) fn mailbox(&self) -> &Mailbox<Letter> {
        &self.mailbox
    }

    pub(super) fn observer(&self) -> Option<&dyn Observer> {
        self.observer.as_deref()
    }

    pub(super) fn slow_poll(&self) -> Option<Duration> {
        self.slow_poll
    }

    pub(crate) fn on_unhandled(&self) -> Unhandled {
        self.unhandled
    }

    /// Whether each poll has to be announced or timed.
    #[inline]
    pub(super) fn is_watched(&self) -> bool {
        self.observer.is_some() || self.slow_poll.is_some()
    }

    /// A passport for the next task of this loop.
    pub(crate) fn passport(
        &self,
        name: Option<Box<str>>,
        place: &'static Location<'static>,
    ) -> Passport {
        // Relaxed: the numbers are unique; nothing else is read on the strength of them.
        Passport::new(Id(self.ids.fetch_add(1, Relaxed)), name, place)
    }

    /// Spawns a task from another thread.
    pub fn spawn<F>(shared: &Arc<Self>, future: F, passport: Passport) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, registered, handle) = handle::spawn(future, shared.clone(), passport);
        shared.post(Letter::Spawned(task, registered));
        handle
    }

    fn post(&self, letter: Letter) {
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
                task.shut();
                self.tell_cancelled(&registered);
            }
        }
    }

    /// Queues an entry at home, or hands it back if this thread is not the loop's.
    fn queue_at_home(&self, entry: Entry) -> Option<Entry> {
        let mut entry = Some(entry);
        // A thread whose locals are gone is nobody's home.
        let _ = HERE.try_with(|here| {
            if let Some(core) = &*here.borrow() {
                if std::ptr::eq(Arc::as_ptr(&core.shared), self) {
                    core.queue.borrow_mut().extend(entry.take());
                }
            }
        });
        entry
    }

    fn queue(&self, entry: Entry) {
        let task = match &entry {
            Entry::Root => Id::ROOT,
            Entry::Task(task) => task.task().passport().id,
        };
        let away = self.queue_at_home(entry);
        if self.observer.is_some() {
            self.tell(&Event::Queued {
                task,
                remote: away.is_some(),
            });
        }
        match away {
            None => (),
            Some(Entry::Root) => self.post(Letter::Root),
            Some(Entry::Task(task)) => self.post(Letter::Woken(task)),
        }
    }
}

impl Schedule for Arc<Shared> {
    #[inline]
    fn schedule(&self, task: Runnable) {
        self.queue(Entry::Task(task));
    }

    fn unhandled(&self, task: &Passport, what: &str) {
        self.report_unhandled(task, what);
    }
}

/// The root's entry stands in a queue, or will when its poll ends.
const QUEUED: u8 = 1;
/// The root is being polled.
const RUNNING: u8 = 1 << 1;

/// What wakes the future of `block_on`.
pub(super) struct Root {
    state: AtomicU8,
    shared: Arc<Shared>,
}

impl Root {
    pub(super) fn new(shared: Arc<Shared>) -> Root {
        Root {
            state: AtomicU8::new(0),
            shared,
        }
    }

    /// The root's entry has left the queue, and its poll begins.
    pub(super) fn begin_poll(&self) {
        // AcqRel: pairs with `wake`: the poll that follows sees what was written before the wakes
        // it answers.
        self.state.swap(RUNNING, AcqRel);
    }

    /// The poll is over. `true`: the root was woken meanwhile, and its entry is the caller's to
    /// queue.
    #[must_use]
    pub(super) fn end_poll(&self) -> bool {
        // AcqRel: pairs with `wake`: a wake comes before this and is told here, or after it and
        // queues.
        self.state.fetch_and(!RUNNING, AcqRel) == RUNNING | QUEUED
    }
}

impl Wake for Root {
    fn wake(&self) {
        // AcqRel: pairs with both ends of a poll.
        if self.state.fetch_or(QUEUED, AcqRel) == 0 {
            self.shared.queue(Entry::Root);
        }
    }
}
