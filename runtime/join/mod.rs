//! Waiting for several futures at once: all of them, each as it comes, or the first.
//!
//! | | children | a result | an error | returns | on drop |
//! |---|---|---|---|---|---|
//! | [`join()`] | two | kept | kept | both | both dropped |
//! | [`try_join()`] | two | kept | ends it, the other is dropped | both, or the error | both dropped |
//! | [`race()`] | two | ends it, the other is dropped | as any result | the first | both dropped |
//! | [`join_all()`] | many | at its index | at its index | all, in input order | all dropped |
//! | [`try_join_all()`] | many | at its index | ends it, the rest is dropped | all, or the first error | all dropped |
//! | [`as_completed()`] | many | handed over | handed over | one at a time, in order of completion | the rest is dropped |
//! | [`wait()`] | many | handed over | handed over | those done, and the rest | all dropped |
//!
//! Children are plain futures, also [`Task`](crate::Task)s, whose drop cancels them. They run
//! inside their parent's poll: where asyncio gives each child a place in the queue, here the parent
//! has one place and polls those of its children that were woken.
//!
//! Leaves out: children that are added while others run; that is a group.

mod all;
mod as_completed;
mod pair;
mod race;
mod wait;

pub use all::{JoinAll, TryJoinAll, join_all, try_join_all};
pub use as_completed::{AsCompleted, as_completed};
pub use pair::{Join, TryJoin, join, try_join};
pub use race::{Either, Race, race};
pub use wait::{Rest, Until, Wait, all, first_completed, first_error, wait};
