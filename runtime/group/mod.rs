//! Task groups: children that cannot outlive the block that made them.
//!
//! [`task_group`] runs a body and the members that it spawns, and returns when all of them are
//! over. [`try_task_group`] does the same for members that can fail: the first error drops the
//! others.
//!
//! Laws:
//!
//! - **Nothing outlives the group.** Members are polled inside the parent, by a
//!   [`ReadySet`](crate::set::ReadySet), so they may borrow whatever lives outside the call, also
//!   mutably; and dropping the group's future drops them, at once, unpolled.
//! - **Waited for.** A member made by `spawn_task` is a task: a group that ends early cancels it
//!   and waits for it; one that is dropped halfway can only cancel it.
//! - **A member is a view.** Dropping a [`Member`] changes nothing.
//! - **Closed gives back.** A group that is over takes no member: `try_spawn` returns the future.
//!
//! Price: members share their parent's poll, and the body is polled whenever the group is.
//!
//! Leaves out: members that are polled on other cores; work for those is a member made by
//! `spawn_task`, which is a task of its own.

mod error;
mod fallible;
mod gate;
mod member;
mod members;
mod plain;
mod run;

pub use error::{ErrorTree, GroupError};
pub use fallible::{TryGroup, try_task_group};
pub use gate::{Kind, Local, Room, Sendable};
pub use member::Member;
pub use plain::{Group, task_group};
