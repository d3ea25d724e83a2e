//! The loom models: what two threads can do to each other, in every order there is.
//!
//!     RUSTFLAGS="--cfg tourbillon_loom" CARGO_TARGET_DIR=target/loom cargo test --release --test loom
//!
//! Each model runs the real types behind the `sync` door. It names the outcomes that a race can have, and
//! fails if it has not seen each of them; it prints how many executions there were, and one is a failure.
//!
//! Leaves out: what no second thread can touch (run queue, registry), what loom cannot see (mio, crossbeam's
//! queue, for which the door gives a locked one), and the wheel, which is plain data under a lock.

#[cfg(tourbillon_loom)]
mod blocking;
#[cfg(tourbillon_loom)]
mod group;
#[cfg(tourbillon_loom)]
mod mailbox;
#[cfg(tourbillon_loom)]
mod oneshot;
#[cfg(tourbillon_loom)]
mod orderings;
#[cfg(tourbillon_loom)]
mod pool;
#[cfg(tourbillon_loom)]
mod pool_clock;
#[cfg(tourbillon_loom)]
mod pool_gate;
#[cfg(tourbillon_loom)]
mod pool_support;
#[cfg(tourbillon_loom)]
mod pool_tasks;
#[cfg(tourbillon_loom)]
mod reasons;
#[cfg(tourbillon_loom)]
mod set;
#[cfg(tourbillon_loom)]
mod support;
#[cfg(tourbillon_loom)]
mod task;

/// Without loom behind the door there is nothing to explore; then this holds CI to exploring it.
#[cfg(not(tourbillon_loom))]
#[test]
fn the_models_are_run_by_a_command_of_their_own_in_ci_and_readme() {
    for page in [
        include_str!("../../.ci/run"),
        include_str!("../../README.md"),
    ] {
        let command = page
            .find("--cfg tourbillon_loom")
            .expect("the door is changed");
        assert!(page[command..].contains("cargo test --release --test loom"));
    }
}
