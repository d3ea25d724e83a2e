//! The bed of `driver/bed.rs` without an operating system: a lock and a condvar of the door.
//!
//! Laws: those of `driver/bed.rs`, and:
//!
//! - **A limit is a turn.** A sleep with a limit lasts until the schedule comes back to it; its
//!   limit has passed then.
//!
//! Leaves out: sockets. They can be registered, and none ever speaks.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use mio::{Poll, Registry, Token};

use super::reactor::Readiness;
use crate::sync::{Arc, Condvar, FreedByHand, Mutex};

/// See the file's promise.
pub(super) struct Bed {
    /// It is never asked.
    poll: Poll,
    rings: Arc<Rings>,
    alarm: Cell<Option<Duration>>,
}

/// As in `driver/bed.rs`.
pub(super) struct Bell(Arc<Rings>);

struct Rings {
    has_rung: Mutex<bool>,
    rung: Condvar,
    /// A loop that is never freed is seen by this.
    _freed: FreedByHand,
}

impl Bed {
    pub(super) fn new() -> io::Result<Bed> {
        let rings = Rings {
            has_rung: Mutex::new(false),
            rung: Condvar::new(),
            _freed: FreedByHand::new(),
        };
        Ok(Bed {
            poll: Poll::new()?,
            rings: Arc::new(rings),
            alarm: Cell::new(None),
        })
    }

    pub(super) fn registry(&self) -> io::Result<Registry> {
        self.poll.registry().try_clone()
    }

    pub(super) fn bell(&self) -> io::Result<Bell> {
        Ok(Bell(self.rings.clone()))
    }

    pub(super) fn set_alarm(&self, after: Duration) -> io::Result<()> {
        self.alarm.set(Some(after));
        Ok(())
    }

    pub(super) fn sleep(
        &mut self,
        limit: Option<Duration>,
        _spoke: impl FnMut(Token, Readiness),
    ) -> io::Result<()> {
        let limit = [limit, self.alarm.take()].into_iter().flatten().min();
        let mut has_rung = self.rings.has_rung.lock();
        if let Some(limit) = limit {
            has_rung = self.rings.rung.wait_timeout(has_rung, limit);
        } else {
            while !*has_rung {
                has_rung = self.rings.rung.wait(has_rung);
            }
        }
        *has_rung = false;
        Ok(())
    }
}

impl Bell {
    pub(super) fn ring(&self) {
        *self.0.has_rung.lock() = true;
        self.0.rung.notify_one();
    }
}
