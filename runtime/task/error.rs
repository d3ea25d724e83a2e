//! How a task can end without a value: [`TaskError`], one word wide.
//!
//! Always: an error names its task; a cancel has a reason; a panic keeps its payload.
//!
//! Leaves out: errors of the user's own, which are the task's output.

use std::any::Any;
use std::fmt;
use std::panic::Location;

use crate::observe::Id;

/// Why a task was cancelled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reason {
    by: By,
    text: Option<&'static str>,
    place: Option<&'static Location<'static>>,
}

#[derive(Clone, Copy, Debug)]
enum By {
    Call,
    Shutdown,
}

impl Reason {
    /// Somebody called `cancel` at `place`.
    pub(crate) fn call(text: Option<&'static str>, place: &'static Location<'static>) -> Reason {
        Reason {
            by: By::Call,
            text,
            place: Some(place),
        }
    }

    /// The runtime ended.
    pub(crate) fn shutdown() -> Reason {
        Reason {
            by: By::Shutdown,
            text: None,
            place: None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.by {
            By::Call => f.write_str("cancelled")?,
            By::Shutdown => f.write_str("cancelled by shutdown")?,
        }
        if let Some(text) = self.text {
            write!(f, ": {text}")?;
        }
        match self.place {
            Some(place) => write!(f, " (at {place})"),
            None => Ok(()),
        }
    }
}

/// The task ended without a value: it was cancelled, or it panicked.
///
/// ```
/// # tourbillon::block_on(async {
/// let task = tourbillon::spawn(std::future::pending::<()>());
/// task.cancel_because("nobody needs it");
/// let error = task.await.unwrap_err();
/// assert!(error.is_cancelled());
/// assert_eq!(error.reason(), Some("nobody needs it"));
/// # });
/// ```
pub struct TaskError(Box<Inner>);

struct Inner {
    task: Id,
    cause: Cause,
}

enum Cause {
    Cancelled(Reason),
    Panicked(Box<dyn Any + Send>),
}

impl TaskError {
    pub(super) fn cancelled(task: Id, reason: Reason) -> TaskError {
        TaskError(Box::new(Inner {
            task,
            cause: Cause::Cancelled(reason),
        }))
    }

    pub(super) fn panicked(task: Id, payload: Box<dyn Any + Send>) -> TaskError {
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

    /// The text given to `cancel_because`, if that is what cancelled the task.
    pub fn reason(&self) -> Option<&'static str> {
        match &self.0.cause {
            Cause::Cancelled(reason) => reason.text,
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

    fn message(&self) -> Option<&str> {
        let Cause::Panicked(payload) = &self.0.cause else {
            return None;
        };
        let text = payload.downcast_ref::<&'static str>().copied();
        text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {} ", self.0.task)?;
        match (&self.0.cause, self.message()) {
            (Cause::Cancelled(reason), _) => write!(f, "was {reason}"),
            (Cause::Panicked(_), Some(message)) => write!(f, "panicked: {message}"),
            (Cause::Panicked(_), None) => f.write_str("panicked"),
        }
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskError({self})")
    }
}

impl std::error::Error for TaskError {}
