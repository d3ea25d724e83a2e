//! An observer that prints what happens to the tasks of a runtime, a column for each worker.
//!
//! - **Where it happens.** A line stands in the column of the worker whose thread it happens on.
//! - **In order on a worker.** The lines of two columns stand in the order in which their threads
//!   got to print them.
//!
//! Leaves out: `main`, which has the number 0; the turns, the looks and the sleep of the loops.

use std::fmt;

use tourbillon::{Event, Observer, worker};

/// Prints each line with this mark before it.
#[derive(Clone, Copy)]
pub(crate) struct Trace(pub(crate) &'static str);

impl Trace {
    const COLUMN: usize = 24;

    pub(crate) fn line(self, line: impl fmt::Display) {
        let indent = worker().unwrap_or_default() * Trace::COLUMN;
        println!("{}{:indent$}{line}", self.0, "");
    }

    fn tell(self, what: &str, task: &dyn fmt::Display, more: impl fmt::Display) {
        let task = task.to_string();
        if task != "0" {
            self.line(format_args!("{what} {task}{more}"));
        }
    }
}

impl Observer for Trace {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::PollStarted { task } => self.tell("poll", task, ""),
            Event::Queued { task, .. } => self.tell("wake", task, ""),
            Event::Stolen { task, from } => {
                self.tell("steal", task, format_args!(" from worker {from}"));
            }
            _ => (),
        }
    }
}
