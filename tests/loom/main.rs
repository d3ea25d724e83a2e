//! The loom models: what two threads can do to each other, in every order there is.
//!
//!     RUSTFLAGS="--cfg tourbillon_loom" CARGO_TARGET_DIR=target/loom cargo test --release --test loom
//!
//! Each model runs the real types behind the `sync` door. It names the outcomes that a race can have, and
//! fails if it has not seen each of them; it prints how many executions there were, and one is a failure.
//!
//! Leaves out: what no second thread can touch (run queue, registry), what loom cannot see (mio, crossbeam's
//! queue, for which the door gives a locked one), and the wheel, which is plain data under a lock.
#![cfg(tourbillon_loom)]

mod blocking;
mod mailbox;
mod oneshot;
mod orderings;
mod set;
mod support;
mod task;
