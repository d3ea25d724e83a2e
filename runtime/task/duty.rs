//! What a change of the state word asks of whoever made it.
//!
//! Always: every answer must be used.
//!
//! Leaves out: which change asks what (`state.rs`).

/// What a wake or a cancel asks of its caller.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Nothing: whoever runs the task will see, or it is over.
    Nothing,
    /// Hand the task to its scheduler; the new reference is the `Runnable`'s.
    Schedule,
    /// The task is finished.
    Refused,
}

/// What the owner of a `Runnable` does with it.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Poll the future.
    Poll,
    /// Drop the future and end the task as cancelled.
    Drop,
    /// Nothing: the task is over.
    Stale,
}

/// What follows a poll that returned `Pending`.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pend {
    /// The task sleeps; the runner's reference is given back. `last`: it was the last one.
    Idle {
        /// Nobody can wake the task any more: free it.
        last: bool,
    },
    /// It was woken meanwhile: the runner's reference is a `Runnable` again and goes to the back.
    Again,
    /// It was cancelled: drop the future.
    Drop,
}

/// What the finisher of a task finds.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settle {
    /// There is a handle, and the output is its.
    pub handle: bool,
    /// A join waker is in place, and it is the finisher's to wake.
    pub joiner: bool,
    /// Neither a waker nor an output is the finisher's, and its reference is given back.
    pub done: bool,
}

/// What the handle may do with its waker's place.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// The task is over: take the output.
    Take,
    /// The step was made: the waker is placed, or the place is the handle's again.
    Made,
}

/// What a handle that goes leaves to be done.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave {
    /// The task is over: its output is the leaver's to drop.
    pub output: bool,
    /// The waker's place is the leaver's, and not empty.
    pub waker: bool,
    /// The task must be scheduled so that home can drop it; a new reference is the `Runnable`'s.
    pub schedule: bool,
}

impl Leave {
    /// The task was over when the handle left.
    pub(super) const AN_OUTPUT: Leave = Leave {
        output: true,
        waker: false,
        schedule: false,
    };
}
