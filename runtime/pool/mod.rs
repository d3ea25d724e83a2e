//! Several loops on several threads that take work from each other.
//!
//! Each worker is a whole loop: run queue, mailbox, timers, sockets. What its thread alone may poll
//! (local tasks, the future of `block_on`) stands in its run queue, as in a loop that is alone.
//! What any worker may poll, the *roaming* tasks, stands on *shelves*: one for each worker, and one
//! for all. Together they have one place in a worker's run queue, where some of what stands on its
//! own and on the common one is polled each turn.
//!
//! - `start.rs`: how a pool is made
//! - `roster.rs`: who searches, who sleeps and who is woken
//! - `shelves.rs`: where roaming tasks stand that are ready
//! - `workers.rs`: all that any thread may touch; `seat.rs`: a worker's own side, a part of its
//!   loop
//! - `worker.rs`: a worker's thread; `gate.rs`: where the workers stand while nobody is inside
//!   `block_on`
//!
//! Laws:
//!
//! - **Where it is woken.** A roaming task that a worker wakes goes to that worker's shelf, or is
//!   next there (`seat.rs`): what it was woken for is in that one's caches, and its thread need
//!   not be told. One that another thread wakes goes to the shelf of the worker that ran it last.
//! - **Home stays home.** A local task, a socket and a timer stay with the loop that made them;
//!   whoever wakes, uses or drops one from elsewhere goes by mail, or by a lock.
//! - **A loop alone pays next to nothing.** What is done for a pool hangs on a loop's *seat*, which
//!   one that is alone does not have, and is asked for only where tasks are spawned, listed and
//!   end, where the future of `block_on` has its turn, where news is read, and at a look.
//!
//! Price: a roaming task counts its pointers with locked steps, also where it stays, and is never
//! at home (`task/share.rs`).
//!
//! This pool has nothing to do with the pools of threads for calls that block (`blocking.rs`),
//! whose threads turn no loop.
//!
//! Leaves out: an order between tasks on different workers, and the workers' threads
//! (`threads.rs`).

pub(crate) mod gate;
pub(crate) mod roster;
pub(crate) mod seat;
pub(crate) mod shelves;
pub(crate) mod start;
pub(crate) mod worker;
pub(crate) mod workers;

pub(crate) use seat::Seat;
pub(crate) use workers::{Berth, Workers};
