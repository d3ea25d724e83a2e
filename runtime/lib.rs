#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

#[cfg_attr(tourbillon_loom, path = "sync_loom.rs")]
#[cfg_attr(tourbillon_counting, path = "../tests/counted/sync_counting.rs")]
#[cfg_attr(tourbillon_shuttle, path = "../tests/shuttle/sync_shuttle.rs")]
mod sync;

mod blocking;
mod builder;
mod context;
mod driver;
mod event_loop;
mod group;
mod handle;
mod harness;
mod jobs;
mod join;
pub mod net;
mod observe;
pub mod oneshot;
mod panics;
mod pool;
mod reason;
mod set;
mod shield;
pub mod signal;
// Shuttle's bed sets no timer of the kernel's.
#[cfg_attr(tourbillon_shuttle, expect(dead_code))]
mod sys;
pub mod task;
mod threads;
mod time;

pub use builder::{Builder, Runtime, block_on};
pub use context::{advance, now, spawn, spawn_blocking, spawn_local, tasks, worker};
pub use driver::clock::ClockHold;
pub use group::{ErrorTree, Group, GroupError, Kind, Local, Member, Room, Sendable, TryGroup};
pub use group::{task_group, try_task_group};
pub use handle::Handle;
pub use harness::test;
pub use join::{AsCompleted, as_completed};
pub use join::{Either, Race, race};
pub use join::{Join, TryJoin, join, try_join};
pub use join::{JoinAll, TryJoinAll, join_all, try_join_all};
pub use join::{Rest, Until, Wait, all, first_completed, first_error, wait};
pub use observe::{Event, Observer, Outcome, Unhandled};
pub use shield::{Shield, shield};
#[doc(inline)]
pub use task::{Canceller, Task, TaskError, TaskInfo};
pub use time::{Interval, Missed, interval};
pub use time::{Sleep, YieldNow, sleep, sleep_until, yield_now};
pub use time::{TimedOut, WaitFor, wait_for, wait_until};

/// The contract's programs that compile, and those that must not.
#[cfg(doctest)]
#[doc = include_str!("../docs/contract.md")]
mod contract {}

/// What tests and loom models reach into. Not part of the promise: anything here may change at any
/// time.
#[doc(hidden)]
pub mod internals {
    pub use crate::blocking::{Pool, Refused};
    pub use crate::driver::park::{Park, Told};
    pub use crate::driver::reactor::{Direction, Io, Portion, Reactor, Readiness, Source};
    pub use crate::driver::wheel::{Key, Wheel};
    pub use crate::event_loop::mailbox::{Mailbox, Single};
    pub use crate::harness::{rest, spawn_for_any, test_on, workers};
    pub use crate::net::tcp_listener::accept_living;
    pub use crate::observe::{Id, WaitsFor};
    pub use crate::pool::gate::{Gate, Passed};
    pub use crate::pool::roster::{Called, Risen, Roster, Sleep};
    pub use crate::pool::shelves::{Searched, Shelves};
    pub use crate::set::ReadySet;
    #[cfg(tourbillon_shuttle)]
    pub use crate::sync::held;
    #[cfg(tourbillon_counting)]
    pub use crate::sync::{Counts, counts};
    pub use crate::task::birth::Birth;
    pub use crate::task::duty::{Call, Join, Leave, Pend, Settle, Start};
    pub use crate::task::handle::{spawn, spawn_at_home, spawn_local};
    pub use crate::task::over::Over;
    pub use crate::task::passport::Passport;
    pub use crate::task::pointer::{Ran, Runnable, Schedule, TaskRef};
    pub use crate::task::registry::Registry;
    pub use crate::task::share::{AtHome, Share};
    pub use crate::task::state::State;
    pub use crate::task::waker::{Wake, waker_of};

    /// The reactor of this thread's loop.
    pub fn reactor() -> crate::sync::Arc<Reactor> {
        crate::context::remote("internals::reactor").reactor.clone()
    }

    /// A task's number.
    pub fn number(number: u64) -> Id {
        Id(number)
    }
}
