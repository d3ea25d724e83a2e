//! The loop seen from outside: what it tells its observer, and how long its polls take.
//!
//! Always: without an observer and without a `slow_poll` nothing here is built, read or called.

use std::time::Instant;

use super::Core;
use crate::observe::{Event, Outcome};
use crate::task::pointer::{Ran, TaskRef};

/// What a watched poll remembers from its beginning.
pub(super) struct Watch {
    task: TaskRef,
    started: Option<Instant>,
}

/// Telling the observer, and timing polls.
impl Core {
    #[inline]
    pub(super) fn tell<'a>(&self, event: impl FnOnce() -> Event<'a>) {
        if self.shared.observer().is_some() {
            self.shared.tell(&event());
        }
    }

    pub(super) fn begin_turn(&self, ready: usize) {
        self.turns.set(self.turns.get() + 1);
        self.tell(|| Event::Turn {
            number: self.turns.get(),
            ready,
        });
    }

    pub(super) fn tell_spawned(&self, task: &TaskRef) {
        let passport = task.passport();
        self.tell(|| Event::Spawned {
            task: passport.id,
            name: passport.name.as_deref(),
            place: passport.place,
        });
    }

    #[cold]
    pub(super) fn begin_poll(&self, task: &TaskRef) -> Watch {
        self.tell(|| Event::PollStarted {
            task: task.passport().id,
        });
        Watch {
            task: task.clone(),
            started: self.shared.slow_poll().map(|_| Instant::now()),
        }
    }

    #[cold]
    pub(super) fn end_poll(&self, watch: Watch, ran: &Ran) {
        let took = watch.started.map(|started| started.elapsed());
        let passport = watch.task.passport();
        let outcome = match ran {
            Ran::Pending => Outcome::Pending,
            Ran::Again(_) => Outcome::Again,
            Ran::Over(_) => Outcome::Over,
        };
        self.tell(|| Event::PollEnded {
            task: passport.id,
            outcome,
        });
        if let Some(took) = took {
            self.shared
                .report_slow(took, passport.id, passport.name.as_deref(), passport.place);
        }
    }
}
