//! Where a loop's thread sleeps: mio's poll, with a timer of the kernel's and a way to be woken.
//!
//! Laws:
//!
//! - **One of four seams.** Nothing else of the runtime waits for the operating system on a loop's
//!   thread, so that a bed that knows no system can be put here as a file:
//!   `tests/shuttle/bed_shuttle.rs`.
//! - **A ring is kept.** A bell that rings before the sleep ends that sleep at once.
//!
//! Leaves out: when to sleep and for how long (`mod.rs`), and who must ring (`park.rs`).

use std::io;
use std::os::fd::AsRawFd;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token};

use super::reactor::Readiness;
use super::{TIMER, WAKER};
use crate::sys;

/// Events read by one sleep; what does not fit comes with the next.
const EVENTS: usize = 1_024;

/// See the file's promise.
pub(super) struct Bed {
    poll: Poll,
    events: Events,
    timer: sys::Timer,
}

/// Wakes who sleeps in the bed, from any thread.
pub(super) struct Bell(mio::Waker);

impl Bed {
    /// # Errors
    ///
    /// What the operating system says when it refuses a descriptor.
    pub(super) fn new() -> io::Result<Bed> {
        let poll = Poll::new()?;
        let timer = sys::Timer::new()?;
        let descriptor = timer.as_raw_fd();
        let mut source = SourceFd(&descriptor);
        poll.registry()
            .register(&mut source, TIMER, Interest::READABLE)?;
        let events = Events::with_capacity(EVENTS);
        Ok(Bed {
            poll,
            events,
            timer,
        })
    }

    /// Where sockets are registered that are to end the sleep.
    pub(super) fn registry(&self) -> io::Result<Registry> {
        self.poll.registry().try_clone()
    }

    /// The bed's one bell.
    pub(super) fn bell(&self) -> io::Result<Bell> {
        mio::Waker::new(self.poll.registry(), WAKER).map(Bell)
    }

    /// Ends a sleep `after` this moment, to the nanosecond, which a limit is not.
    pub(super) fn set_alarm(&self, after: Duration) -> io::Result<()> {
        self.timer.set(after)
    }

    /// Sleeps until a socket speaks, a bell or the alarm rings, or the `limit` has passed, which is
    /// counted in whole milliseconds, rounded up; tells which sockets spoke. A signal ends the
    /// sleep too.
    #[inline]
    pub(super) fn sleep(
        &mut self,
        limit: Option<Duration>,
        mut spoke: impl FnMut(Token, Readiness),
    ) -> io::Result<()> {
        match self.poll.poll(&mut self.events, limit) {
            // The loop looks again by itself.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        for event in &self.events {
            if event.token() != WAKER && event.token() != TIMER {
                spoke(event.token(), Readiness::from(event));
            }
        }
        Ok(())
    }
}

impl Bell {
    #[inline]
    pub(super) fn ring(&self) {
        self.0.wake().expect("an eventfd takes a wake");
    }
}
