//! The loop seen from outside: what it tells its observer, how long its polls take, and what it
//! writes to the standard error stream.
//!
//! Laws:
//!
//! - **Free when absent.** Without an observer and without a `slow_poll` no event is built and no
//!   poll is timed.
//! - **Nothing lost in silence.** A failure that nobody is left to look at is told here: to the
//!   observer and on the error stream, since an observer may be there for something else. A slow
//!   poll is advice; the observer hears it instead of the error stream.
//!
//! Leaves out: the words of the events, and who may hear them (`observe.rs`).

use std::io::{self, Write};
use std::panic::Location;
use std::time::{Duration, Instant};

use super::{Core, Shared};
use crate::observe::{Event, Id, Outcome, Unhandled};
use crate::panics::contain;
use crate::sync;
use crate::task::passport::Passport;
use crate::task::pointer::{Ran, Runnable, TaskRef};

/// What a watched poll remembers from its beginning; the run uses up the task's `Runnable`.
struct Watch {
    task: TaskRef,
    started: Option<Instant>,
}

/// Telling the observer, and timing polls.
impl Core {
    #[inline]
    pub(crate) fn tell<'a>(&self, event: impl FnOnce() -> Event<'a>) {
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

    /// As `run_and`, with an observer told or the poll timed.
    #[cold]
    pub(super) fn run_watched(&self, task: Runnable, again: impl FnOnce(Runnable)) {
        let watch = self.begin_poll(task.task());
        match task.run(self.tick.get()) {
            Ran::Pending => self.end_poll(watch, Outcome::Pending),
            Ran::Again(task) => {
                self.end_poll(watch, Outcome::Again);
                again(task);
            }
            Ran::Over(task) => {
                self.strike_off(task);
                self.end_poll(watch, Outcome::Over);
            }
        }
    }

    fn begin_poll(&self, task: &TaskRef) -> Watch {
        self.tell(|| Event::PollStarted {
            task: task.passport().id,
        });
        Watch {
            task: task.clone(),
            started: self.shared.slow_poll().map(|_| sync::now()),
        }
    }

    fn end_poll(&self, watch: Watch, outcome: Outcome) {
        let took = watch.started.map(|started| sync::now() - started);
        let passport = watch.task.passport();
        if outcome == Outcome::Over {
            self.shared.tell_cancelled(&watch.task);
        }
        self.tell(|| Event::PollEnded {
            task: passport.id,
            outcome,
        });
        if let Some(took) = took {
            self.shared
                .report_slow(took, passport.id, passport.name(), passport.place);
        }
    }
}

/// Telling from any thread.
impl Shared {
    /// Tells the observer. One that panics has been told by the panic hook, and disturbs nothing.
    pub(crate) fn tell(&self, event: &Event<'_>) {
        if let Some(observer) = self.observer() {
            contain(|| observer.event(event));
        }
    }

    pub(crate) fn tell_spawned(&self, task: &TaskRef) {
        if self.observer().is_some() {
            let passport = task.passport();
            self.tell(&Event::Spawned {
                task: passport.id,
                name: passport.name(),
                place: passport.place,
            });
        }
    }

    /// Tells of a task that is over, if it was cancelled.
    pub(crate) fn tell_cancelled(&self, task: &TaskRef) {
        if self.observer().is_some() && task.is_cancelled() {
            let reason = task.reason();
            self.tell(&Event::Cancelled {
                task: task.passport().id,
                reason: reason.expect("whoever cancels gives a reason first"),
            });
        }
    }

    /// Reports a poll that took longer than it should.
    pub(super) fn report_slow(
        &self,
        took: Duration,
        task: Id,
        name: Option<&str>,
        place: &'static Location<'static>,
    ) {
        if self.slow_poll().is_none_or(|limit| took < limit) {
            return;
        }
        if self.observer().is_some() {
            return self.tell(&Event::SlowPoll {
                task,
                name,
                place,
                took,
            });
        }
        let name = name.map(|name| format!(" {name:?}")).unwrap_or_default();
        let took = took.as_secs_f64();
        report(format_args!(
            "slow poll: task {task}{name} ({place}) took {took:.3} seconds"
        ));
    }

    /// Reports a failure that nobody is left to look at.
    pub(crate) fn report_unhandled(&self, task: &Passport, what: &str) {
        self.tell(&Event::Unhandled {
            task: task.id,
            name: task.name(),
            place: task.place,
            what,
        });
        match self.on_unhandled() {
            Unhandled::Ignore => (),
            Unhandled::Report => report(format_args!("unhandled: {task} {what}")),
            Unhandled::Abort => {
                report(format_args!("unhandled: {task} {what}; aborting"));
                std::process::abort();
            }
        }
    }
}

/// Writes a line to the standard error stream. A line that nobody can read any more is no reason to
/// panic, as `eprintln` would.
pub(crate) fn report(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}
