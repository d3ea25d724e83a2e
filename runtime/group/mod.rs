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
//! - **A member is a view.** Dropping a [`Member`] changes nothing.
//! - **Closed gives back.** A group that is over takes no member: `try_spawn` returns the future.
//!
//! Price: members share their parent's poll, and the body is polled whenever the group is.
//!
//! Leaves out: members on other cores.

mod core;
mod fallible;
mod plain;

pub use self::core::{Kind, Local, Member, Room, Sendable};
pub use fallible::{GroupError, TryGroup, try_task_group};
pub use plain::{Group, task_group};
