//! A task that was let go and whose error is not lost: [`Task::detach_reporting`].
//!
//! Law:
//!
//! - **Somebody looks.** A [`Reporter`] takes the place of the handle, and of the one who joins:
//!   the finisher wakes it, and it takes the output.
//!
//! Price: one allocation; and the reporter keeps the task's memory alive until the task is over.
//!
//! Leaves out: errors that cannot be shown.

use std::fmt::Display;
use std::marker::PhantomData;
use std::task::Context;

use super::duty::Join;
use super::error::TaskError;
use super::handle::Task;
use super::pointer::TaskRef;
use super::waker::{Wake, waker_of};
use crate::panics::{Panic, caught, discard, in_words};
use crate::sync::Arc;

impl<T: 'static, E: Display + 'static> Task<Result<T, E>> {
    /// As [`Task::detach`], for a task that can fail: its error is reported as its panic is, with
    /// the task's name and where it was spawned. A cancel is not reported.
    ///
    /// ```
    /// # tourbillon::block_on(async {
    /// let answer = tourbillon::spawn(async { "42".parse::<u32>() });
    /// answer.detach_reporting();
    /// # });
    /// ```
    pub fn detach_reporting(mut self) {
        let reporter = Arc::new(Reporter::<T, E> {
            task: self.pointer(),
            output: PhantomData,
        });
        let waker = waker_of(reporter.clone());
        self.hand_over();
        if self.leave_waker(&mut Context::from_waker(&waker)) == Join::Take {
            reporter.wake();
        }
    }
}

/// The handle of a task that nobody holds.
struct Reporter<T, E> {
    task: TaskRef,
    /// It is taken on the finisher's thread, where it was made, or on the thread of the handle,
    /// which may own it: a `Task<T>` is `Send` only if `T` is.
    output: PhantomData<fn() -> Result<T, E>>,
}

impl<T: 'static, E: Display + 'static> Wake for Reporter<T, E> {
    /// The task is over.
    fn wake(&self) {
        let handle = Task::<Result<T, E>>::of(self.task.clone());
        // Nothing is there if the task was awaited before it was let go.
        let Some(output) = handle.output() else {
            return;
        };
        // `Display` is the user's code, and so is the output's drop.
        let shown = caught(|| failure(&output));
        let dropped = caught(|| drop(output));
        let what = shown.unwrap_or_else(|panic| Some(words_of(panic)));
        for what in what.into_iter().chain(dropped.err().map(words_of)) {
            self.task.unhandled(&what);
        }
    }
}

/// What is to be told of an output that nobody else looks at.
fn failure<T, E: Display>(output: &Result<Result<T, E>, TaskError>) -> Option<String> {
    match output {
        Ok(Err(error)) => Some(format!("failed: {error}")),
        Err(error) if error.is_panic() => Some(error.end()),
        Ok(Ok(_)) | Err(_) => None,
    }
}

fn words_of(panic: Panic) -> String {
    let what = in_words(&panic);
    discard(panic);
    what
}
