//! The poll that runs on this thread: whose it is, its budget, and what its leaf said it waits for.
//!
//! Laws:
//!
//! - **Budget.** One poll of a task may complete [`BUDGET`] operations of ours; the next one wakes
//!   its task and returns `Pending`. So no loop over ready things starves the others.
//! - **Last word.** The record of a wait is what the last leaf said during the poll; a poll that no
//!   leaf of ours spoke in waits for a foreign waker.
//! - **A word to oneself.** A task that wakes itself in its own poll leaves a note here, which the
//!   runner reads when the poll ends: nobody else has to know, so nothing atomic is written.
//! - **Not for ever.** A poll that was refused [`BUDGET`] times and still asks, such as a foreign
//!   executor that blocks inside of it, gets a new budget: to block the loop is bad, to spin for
//!   ever is worse.
//!
//! On a thread that polls no task of ours the budget has no limit, so leaves work on any executor.
//!
//! Leaves out: foreign futures, whose operations nobody counts.

use std::cell::Cell;
use std::ptr::null;
use std::task::{Context, Poll};

use crate::observe::WaitsFor;
use crate::sync::thread_local;

/// Operations of ours that one poll may complete. Small enough that 61 such polls stay far below a
/// millisecond, large enough that no honest poll meets it.
pub(crate) const BUDGET: u32 = 128;

/// On threads that poll no task of ours.
const NO_LIMIT: u32 = u32::MAX;

struct Current {
    /// Where the task lives that is polled; null: none, or one that leaves no notes.
    task: Cell<*const ()>,
    /// It woke itself.
    again: Cell<bool>,
    budget: Cell<u32>,
    /// How often the present poll was refused since its budget was used up.
    refused: Cell<u32>,
    /// What the last leaf waits for, packed.
    wait: Cell<u64>,
}

thread_local! {
    static CURRENT: Current = const {
        Current {
            task: Cell::new(null()),
            again: Cell::new(false),
            budget: Cell::new(NO_LIMIT),
            refused: Cell::new(0),
            wait: Cell::new(0),
        }
    };
}

/// A poll in progress; gives the one that it interrupts its place back when it ends.
#[derive(Debug)]
pub(crate) struct Polling {
    outer: Option<Outer>,
}

/// A poll that is interrupted by one inside of it, on another executor.
#[derive(Debug)]
struct Outer {
    task: *const (),
    again: bool,
    budget: u32,
    refused: u32,
    wait: u64,
}

/// Begins a poll of the task that lives at `task`; null: of a future that leaves no notes.
#[inline]
pub(crate) fn enter(task: *const ()) -> Polling {
    CURRENT.with(|current| {
        let inside = current.budget.get() != NO_LIMIT;
        let outer = inside.then(|| current.interrupt());
        current.task.set(task);
        current.again.set(false);
        current.budget.set(BUDGET);
        current.refused.set(0);
        current.wait.set(WaitsFor::Foreign.pack());
        Polling { outer }
    })
}

impl Current {
    #[cold]
    fn interrupt(&self) -> Outer {
        Outer {
            task: self.task.get(),
            again: self.again.get(),
            budget: self.budget.get(),
            refused: self.refused.get(),
            wait: self.wait.get(),
        }
    }

    #[cold]
    fn resume(&self, outer: &Outer) {
        self.task.set(outer.task);
        self.again.set(outer.again);
        self.budget.set(outer.budget);
        self.refused.set(outer.refused);
        self.wait.set(outer.wait);
    }
}

impl Polling {
    /// Ends the poll; says what its last leaf waits for, packed, and whether the task woke itself.
    #[inline]
    pub(crate) fn leave(self) -> (u64, bool) {
        CURRENT.with(|current| (current.wait.get(), current.again.get()))
    }
}

impl Drop for Polling {
    /// Also when the poll panics: the thread is as it was before.
    #[inline]
    fn drop(&mut self) {
        CURRENT.with(|current| match &self.outer {
            Some(outer) => current.resume(outer),
            None => {
                current.task.set(null());
                current.refused.set(0);
                current.budget.set(NO_LIMIT);
            }
        });
    }
}

/// Whether the task that lives at `task` is being polled on this thread, and none inside of it.
#[inline]
pub(super) fn is_of(task: *const ()) -> bool {
    CURRENT.with(|current| current.task.get() == task)
}

/// The task that is being polled wakes itself.
#[inline]
pub(super) fn again() {
    CURRENT.with(|current| current.again.set(true));
}

/// Asked by a leaf before it completes an operation: `Pending`, with its task woken, when the
/// poll's budget is used up.
#[inline]
pub(crate) fn proceed(cx: &mut Context<'_>) -> Poll<()> {
    if CURRENT.with(|current| current.budget.get()) > 0 {
        return Poll::Ready(());
    }
    refuse(cx)
}

#[cold]
fn refuse(cx: &mut Context<'_>) -> Poll<()> {
    let refused = CURRENT.with(|current| current.refused.get() + 1);
    if refused > BUDGET {
        CURRENT.with(|current| {
            current.refused.set(0);
            current.budget.set(BUDGET);
        });
        return Poll::Ready(());
    }
    CURRENT.with(|current| current.refused.set(refused));
    waits_for(WaitsFor::Queue);
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// Whether this poll has used up its budget.
#[inline]
pub(crate) fn is_spent() -> bool {
    CURRENT.with(|current| current.budget.get() == 0)
}

/// How often this poll was refused.
#[inline]
pub(crate) fn refused() -> u32 {
    CURRENT.with(|current| current.refused.get())
}

/// Told by a leaf when it has completed an operation.
#[inline]
pub(crate) fn spend() {
    CURRENT.with(|current| {
        let budget = current.budget.get();
        if budget != NO_LIMIT {
            current.budget.set(budget.saturating_sub(1));
        }
    });
}

/// Told by a leaf when it returns `Pending`.
#[inline]
pub(crate) fn waits_for(wait: WaitsFor) {
    CURRENT.with(|current| current.wait.set(wait.pack()));
}
