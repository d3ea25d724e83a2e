//! Why a task was cancelled: who asked for it, in what words, and where.
//!
//! Laws:
//!
//! - **The first one stays.** Of several reasons that a task is given it keeps the first.
//! - **A reason is handed down.** While a future is dropped for a reason, the handles inside of it
//!   go for the same: what a time-out cancels says so, however deep it stands. The reason is left
//!   in a thread-local for as long as the drop takes.
//!
//! Leaves out: what a task does about it, which is nothing: cancel is a drop.

use std::cell::Cell;
use std::fmt;
use std::panic::Location;

use crate::sync::thread_local;

/// Why a task was cancelled.
///
/// ```
/// use tourbillon::task::By;
///
/// # tourbillon::block_on(async {
/// let task = tourbillon::spawn(std::future::pending::<()>());
/// task.cancel_because("nobody needs it");
/// let reason = task.await.unwrap_err().reason().unwrap();
/// assert_eq!((reason.by(), reason.text()), (By::Handle, Some("nobody needs it")));
/// assert!(reason.place().is_some());
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    by: By,
    text: Option<&'static str>,
    place: Option<&'static Location<'static>>,
}

/// Who cancelled a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum By {
    /// A call of `cancel` or `cancel_because`.
    Handle,
    /// The drop of its handle.
    Drop,
    /// A time limit that came first.
    TimeOut,
    /// A group that ended early or was dropped.
    Group,
    /// The end of the runtime.
    Shutdown,
}

thread_local! {
    /// Why this thread is dropping something, if it is.
    static MARK: Cell<Option<Reason>> = const { Cell::new(None) };
}

impl Reason {
    /// Who it was.
    pub fn by(&self) -> By {
        self.by
    }

    /// The text given to `cancel_because`.
    pub fn text(&self) -> Option<&'static str> {
        self.text
    }

    /// Where `cancel` was called, or where the time limit or the group was made. Drops and the end
    /// of a runtime have no place.
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.place
    }

    /// Somebody called `cancel` at `place`.
    pub(crate) fn call(text: Option<&'static str>, place: &'static Location<'static>) -> Reason {
        Reason {
            text,
            ..Reason::at(By::Handle, place)
        }
    }

    /// The reason of a call, a time limit or a group (`by`) that stands at `place`.
    pub(crate) fn at(by: By, place: &'static Location<'static>) -> Reason {
        Reason {
            by,
            text: None,
            place: Some(place),
        }
    }

    /// The runtime ended.
    pub(crate) fn shutdown() -> Reason {
        Reason::placeless(By::Shutdown)
    }

    /// A handle is dropped: for the reason that is being handed down on this thread, if there is
    /// one.
    pub(crate) fn dropped() -> Reason {
        // A thread whose locals are gone hands nothing down.
        let mark = MARK.try_with(Cell::get).ok().flatten();
        mark.unwrap_or(Reason::placeless(By::Drop))
    }

    fn placeless(by: By) -> Reason {
        Reason {
            by,
            text: None,
            place: None,
        }
    }

    /// Hands this reason down to what is dropped while the mark lives.
    pub(crate) fn mark(self) -> Mark {
        let outer = MARK.try_with(|mark| mark.replace(Some(self)));
        Mark {
            outer: outer.ok().flatten(),
        }
    }

    /// Hands nothing down while the return value lives: what runs meanwhile is no part of a drop.
    pub(crate) fn lift_mark() -> Mark {
        let outer = MARK.try_with(|mark| mark.replace(None));
        Mark {
            outer: outer.ok().flatten(),
        }
    }

    /// As [`Reason::mark`], unless there is a mark already: that one was first.
    pub(crate) fn mark_if_first(self) -> Mark {
        let first = MARK.try_with(Cell::get).ok().flatten();
        first.unwrap_or(self).mark()
    }
}

/// A reason that is being handed down on this thread; gives the outer one back its place when it
/// ends.
#[derive(Debug)]
pub(crate) struct Mark {
    outer: Option<Reason>,
}

impl Drop for Mark {
    fn drop(&mut self) {
        // As in `dropped`.
        let _ = MARK.try_with(|mark| mark.set(self.outer));
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.by {
            By::Handle => "cancelled",
            By::Drop => "cancelled by the drop of its handle",
            By::TimeOut => "cancelled by a time-out",
            By::Group => "cancelled by its group",
            By::Shutdown => "cancelled by shutdown",
        })?;
        if let Some(text) = self.text {
            write!(f, ": {text}")?;
        }
        match self.place {
            Some(place) => write!(f, " (at {place})"),
            None => Ok(()),
        }
    }
}
