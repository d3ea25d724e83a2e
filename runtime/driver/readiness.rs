//! Readiness: what the system said of a socket, and who waits for it to say more.
//!
//! A [`Side`] is one direction of one socket. It is plain data behind its source's lock; wakers are
//! moved in and out here, and never cloned, dropped or woken.
//!
//! - **The past erases nothing.** Every event advances the tick, whose 64 bits never come round.
//!   Readiness is cleared, and a waker stored, only by somebody who has seen the tick that still
//!   stands; so an event between a try and the sleep that follows it is never lost.
//! - **Short means empty, until the end is near.** A byte stream that moved fewer bytes than asked
//!   is cleared without a second call. After a hang-up or an urgent byte only `WouldBlock` clears,
//!   as no further event announces what is still in the socket.
//! - **Doubt is learned.** What follows a read that took all that was asked is tried, until such a
//!   try finds nothing; then it is doubted, until a doubt was wrong.
//! - **All are woken.** An event takes every waker, in the order of arrival. Whoever tries again in
//!   vain waits at its old place, so nobody is overtaken twice. Price: n tasks on one socket are n
//!   wakes an event, and joining or leaving the line moves those behind.
//!
//! Leaves out: waking only as many as there is work for, which no event tells.

use std::task::Waker;

/// One of the two ways that bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards us: reading, receiving, accepting.
    Read,
    /// Away from us: writing, sending, connecting.
    Write,
}

/// What one event of the system's says of a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Reading will not block: there are bytes, a connection, an end or an error.
    pub readable: bool,
    /// Writing will not block: there is room or an error.
    pub writable: bool,
    /// A short read no longer means empty: the peer hung up, or an urgent byte splits the stream.
    pub short_reads_lie: bool,
    /// A short write no longer means full: the way out is closed.
    pub short_writes_lie: bool,
}

impl From<&mio::event::Event> for Readiness {
    fn from(event: &mio::event::Event) -> Self {
        // A hang-up can come without "readable", and an error without either: whoever waits must
        // see both. A peer that only stopped sending does not make us writable, or a writer whose
        // buffer is full would spin.
        Readiness {
            readable: event.is_readable() || event.is_read_closed() || event.is_error(),
            writable: event.is_writable() || event.is_write_closed() || event.is_error(),
            short_reads_lie: event.is_read_closed() || event.is_priority(),
            short_writes_lie: event.is_write_closed(),
        }
    }
}

/// One direction of one socket.
#[derive(Debug)]
pub(super) struct Side {
    ready: bool,
    short_lies: bool,
    /// The last operation took all that was asked, and no event has come since.
    took_all: bool,
    /// What followed such an operation was nothing, the last time that it was tried.
    expects_nothing: bool,
    /// Somebody waits in doubt under the present tick, and the loop knows it.
    is_noted: bool,
    /// The loop has had a doubter try, and no event has come since.
    is_settled: bool,
    /// A doubt was wrong.
    was_wrong: bool,
    tick: u64,
    /// The task that uses the `poll_*` traits, whose contract keeps the latest waker only. A poll
    /// that is given up leaves it here until the next event: price, the virtual clock takes the
    /// socket for waited for until then.
    slot: Option<Waker>,
    /// The tasks inside an `async fn`, by ticket.
    line: Vec<Waiter>,
    /// The ticket of the next one who joins the line.
    next_ticket: u64,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    waker: Waker,
}

/// Where a waiter leaves its waker.
pub(super) enum Place<'a> {
    /// In the one slot of the `poll_*` traits.
    Slot,
    /// In the line, at the ticket that it got when it joined.
    Line(&'a mut Option<u64>),
}

impl Side {
    /// Nothing is known: ready until an operation says otherwise.
    pub(super) fn new() -> Self {
        Side {
            ready: true,
            short_lies: false,
            took_all: false,
            expects_nothing: false,
            is_noted: false,
            is_settled: false,
            was_wrong: false,
            tick: 0,
            slot: None,
            line: Vec::new(),
            next_ticket: 0,
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready
    }

    pub(super) fn tick(&self) -> u64 {
        self.tick
    }

    /// Takes in an event, and hands out everyone who waited for it.
    pub(super) fn arrive(&mut self, short_lies: bool, woken: &mut Vec<Waker>) {
        self.ready = true;
        self.short_lies |= short_lies;
        self.took_all = false;
        self.is_settled = false;
        self.wake_all(woken);
    }

    /// Whether the next operation is likely to find nothing.
    pub(super) fn is_in_doubt(&self) -> bool {
        let guess = self.took_all && self.expects_nothing;
        self.ready && guess && !self.short_lies && !self.was_wrong
    }

    /// Notes that somebody waits in doubt; `false`: that was noted before.
    pub(super) fn note_doubt(&mut self) -> bool {
        !std::mem::replace(&mut self.is_noted, true)
    }

    /// Has whoever waits in doubt since `tick` try; if an event has come, they do so already.
    pub(super) fn settle(&mut self, tick: u64, woken: &mut Vec<Waker>) {
        // Who waits although the side is ready waits in doubt.
        if self.tick == tick && self.ready && self.is_waited_for() {
            self.expects_nothing = false;
            self.is_settled = true;
            self.wake_all(woken);
        }
    }

    fn wake_all(&mut self, woken: &mut Vec<Waker>) {
        self.ready = true;
        self.is_noted = false;
        self.tick += 1;
        woken.extend(self.slot.take());
        woken.extend(self.line.drain(..).map(|waiter| waiter.waker));
    }

    /// Notes that an operation under `tick` met `WouldBlock`.
    pub(super) fn clear(&mut self, tick: u64) {
        if self.tick == tick {
            self.ready = false;
            self.expects_nothing |= self.took_all;
            self.took_all = false;
            self.is_settled = false;
        }
    }

    /// Notes that an operation under `tick` moved less than was asked.
    pub(super) fn came_short(&mut self, tick: u64) {
        self.found_something();
        if !self.short_lies && self.tick == tick {
            self.ready = false;
        }
    }

    /// Notes that an operation under `tick` moved all that was asked.
    pub(super) fn came_whole(&mut self, tick: u64) {
        self.found_something();
        self.took_all = self.tick == tick;
    }

    fn found_something(&mut self) {
        self.was_wrong |= self.is_settled;
        self.expects_nothing &= !self.took_all;
        self.took_all = false;
        self.is_settled = false;
    }

    /// Stores `waker` for somebody whose operation blocked, or was doubted, under `tick`, and gives
    /// back the waker that it replaces.
    ///
    /// # Errors
    ///
    /// Gives back `waker` when an event has come since: it is time to try again.
    pub(super) fn sleep(
        &mut self,
        place: &mut Place<'_>,
        tick: u64,
        waker: Waker,
    ) -> Result<Option<Waker>, Waker> {
        if self.tick != tick {
            return Err(waker);
        }
        match place {
            Place::Slot => Ok(self.slot.replace(waker)),
            Place::Line(ticket) => {
                let ticket = *ticket.get_or_insert_with(|| {
                    self.next_ticket += 1;
                    self.next_ticket
                });
                Ok(self.stand(ticket, waker))
            }
        }
    }

    fn stand(&mut self, ticket: u64, waker: Waker) -> Option<Waker> {
        match self
            .line
            .binary_search_by_key(&ticket, |waiter| waiter.ticket)
        {
            Ok(at) => Some(std::mem::replace(&mut self.line[at].waker, waker)),
            Err(at) => {
                self.line.insert(at, Waiter { ticket, waker });
                None
            }
        }
    }

    /// Takes the waker of `ticket` out of the line, if no event has.
    pub(super) fn leave(&mut self, ticket: u64) -> Option<Waker> {
        let at = self
            .line
            .binary_search_by_key(&ticket, |waiter| waiter.ticket)
            .ok()?;
        Some(self.line.remove(at).waker)
    }

    pub(super) fn is_waited_for(&self) -> bool {
        self.slot.is_some() || !self.line.is_empty()
    }
}
