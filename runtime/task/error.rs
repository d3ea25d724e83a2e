//! How a task can end without a value: [`TaskError`], one word wide.
//!
//! Always: an error names its task; a cancel has a reason; a panic keeps its payload.
//!
//! Leaves out: errors of the user's own, which are the task's output.

use std::any::Any;
use std::fmt;

use crate::observe::Id;
use crate::panics::{Panic, in_words};
use crate::reason::Reason;

/// The task ended without a value: it was cancelled, or it panicked.
///
/// ```
/// # tourbillon::block_on(async {
/// let task = tourbillon::spawn(std::future::pending::<()>());
/// task.cancel_because("nobody needs it");
/// let error = task.await.unwrap_err();
/// assert!(error.is_cancelled());
/// assert!(error.to_string().contains("was cancelled: nobody needs it"));
/// # });
/// ```
pub struct TaskError(Box<Inner>);

struct Inner {
    task: Id,
    cause: Cause,
}

enum Cause {
    Cancelled(Reason),
    Panicked(Panic),
}

impl TaskError {
    pub(super) fn cancelled(task: Id, reason: Reason) -> TaskError {
        TaskError(Box::new(Inner {
            task,
            cause: Cause::Cancelled(reason),
        }))
    }

    pub(super) fn panicked(task: Id, payload: Panic) -> TaskError {
        TaskError(Box::new(Inner {
            task,
            cause: Cause::Panicked(payload),
        }))
    }

    /// The task that ended.
    pub fn task(&self) -> Id {
        self.0.task
    }

    /// Whether the task was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.cause, Cause::Cancelled(_))
    }

    /// Whether the task panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.0.cause, Cause::Panicked(_))
    }

    /// Why the task was cancelled, if it was.
    pub fn reason(&self) -> Option<Reason> {
        match self.0.cause {
            Cause::Cancelled(reason) => Some(reason),
            Cause::Panicked(_) => None,
        }
    }

    /// The payload of the task's panic, to be carried on with [`std::panic::resume_unwind`].
    ///
    /// # Errors
    ///
    /// The error itself, if the task was cancelled.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, TaskError> {
        let Inner { task, cause } = *self.0;
        match cause {
            Cause::Panicked(payload) => Ok(payload),
            Cause::Cancelled(reason) => Err(TaskError::cancelled(task, reason)),
        }
    }

    /// The payload of the task's panic.
    ///
    /// # Panics
    ///
    /// If the task was cancelled: ask [`TaskError::is_panic`] first.
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            Err(error) => panic!("{error}; there is no panic to take: ask is_panic() first"),
        }
    }

    /// How the task ended, without its number.
    pub(super) fn end(&self) -> String {
        match &self.0.cause {
            Cause::Cancelled(reason) => format!("was {reason}"),
            Cause::Panicked(payload) => in_words(payload),
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {} {}", self.0.task, self.end())
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskError({self})")
    }
}

impl std::error::Error for TaskError {}
