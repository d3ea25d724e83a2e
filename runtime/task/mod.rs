//! The life of one task.
//!
//! Read in this order: `state.rs` (what a task can be doing, as a table), `cell.rs` (where its
//! future lives), `share.rs` (why counting costs home nothing), `pointer.rs` (how it is run),
//! `over.rs` (how it ends), `waker.rs` (where wakers come from), `handle.rs` (`Task<T>`), and then
//! `poll.rs`, `registry.rs`, `birth.rs`, `passport.rs`, `home.rs`, `slot.rs`, `error.rs`,
//! `detached.rs` as they come up. `pinned.rs` and `places.rs` hold what children of a set need:
//! where their futures stand, and their wakers.
//!
//! A task knows of its scheduler only that it takes `Runnable`s, so the same cell serves a loop on
//! one thread, a pool of them, and a model checker.

pub(crate) mod birth;
mod builder;
pub(crate) mod cell;
mod detached;
pub(crate) mod duty;
pub(crate) mod error;
mod facts;
pub(crate) mod handle;
mod home;
pub(crate) mod over;
pub(crate) mod passport;
pub(crate) mod pinned;
pub(crate) mod places;
pub(crate) mod pointer;
pub(crate) mod poll;
pub(crate) mod registry;
pub(crate) mod share;
pub(crate) mod slot;
pub(crate) mod state;
pub(crate) mod turns;
pub(crate) mod waker;

pub use crate::observe::{Id, WaitsFor};
pub use crate::reason::{By, Reason};
pub use builder::Builder;
pub use error::TaskError;
pub use handle::{Canceller, Task};
pub use registry::TaskInfo;
