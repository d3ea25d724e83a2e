//! The end of a task: its future is gone, its output is stored, and its runner says so.
//!
//! Law:
//!
//! - **One step.** One change of the state word says that the task is over and gives back all that
//!   home holds of it: the runner's pointer, the registry's, and what was hoarded. What the runner
//!   needs of the cell after that keeps its own pointer alive; most tasks need nothing.
//!
//! Leaves out: how the future went (`pointer.rs`).

use std::mem::ManuallyDrop;
use std::task::Waker;

use super::pointer::TaskRef;
use super::waker;

/// A task whose future is gone and whose output is stored: its runner is the finisher.
#[must_use = "whoever waits for the task waits until it is settled"]
pub struct Over {
    pub(super) task: TaskRef,
    pub(super) by_cancel: bool,
}

impl Over {
    /// The task itself.
    pub fn task(&self) -> &TaskRef {
        &self.task
    }

    /// Says that the task is over: wakes whoever joins, or drops the output that nobody will take.
    /// Gives back all that home holds of the task: the finisher's pointer, the hoard, and the
    /// registry's, which is `listed`.
    pub fn settle(self, listed: Option<TaskRef>) {
        let task = ManuallyDrop::new(self.task);
        let header = task.header();
        // Before the task is over: afterwards the cell may be gone.
        let home_joiner = match task.is_at_home() && task.joins_at_home() {
            true => task.exchange_home_joiner(None),
            false => None,
        };
        let hoarded = header.hoard.close(header.home());
        let spare = hoarded + usize::from(listed.is_some());
        if let Some(listed) = listed {
            assert!(listed.0 == task.0, "both lead to the same task");
            listed.into_raw();
        }
        let settle = match self.by_cancel {
            false => header.state.finish(spare),
            true => header.state.end(spare),
        };
        let mut joiner = None;
        if !settle.done {
            let task = ManuallyDrop::into_inner(task);
            if settle.joiner {
                // Law of the joiner: the change that finished the task found *joiner* set.
                joiner = task.exchange_joiner(None);
            }
            if !settle.handle {
                task.drop_output();
            }
        }
        match joiner {
            None => home_joiner.into_iter().for_each(Waker::wake),
            Some(_) => waker::wake_all(joiner.into_iter().chain(home_joiner)),
        }
    }
}
