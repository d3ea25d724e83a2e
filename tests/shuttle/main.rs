//! The whole pool on random schedules: what several workers do to each other, from a runtime's first task to
//! its end.
//!
//!     RUSTFLAGS="--cfg tourbillon_shuttle" CARGO_TARGET_DIR=target/shuttle cargo test --release --test shuttle
//!
//! Each test is a program on a runtime of two or three workers, with nothing of the operating system in it:
//! shuttle stands behind the `sync` door (`sync_shuttle.rs`), and a lock and a condvar where the loops sleep
//! (`bed_shuttle.rs`). A program names what a schedule can bring about, and fails if no schedule did.
//!
//! Each prints the seeds of its schedules; how one of them is run again, `explore.rs`.
//!
//! Leaves out: sockets, weak orderings and all orders there are (`tests/loom/main.rs` has those of two
//! threads).

#[cfg(tourbillon_shuttle)]
mod ending;
#[cfg(tourbillon_shuttle)]
mod explore;
#[cfg(tourbillon_shuttle)]
mod schedules;
#[cfg(tourbillon_shuttle)]
mod spawning;
#[cfg(tourbillon_shuttle)]
mod stealing;
#[cfg(tourbillon_shuttle)]
mod support;
#[cfg(tourbillon_shuttle)]
mod time;
#[cfg(tourbillon_shuttle)]
mod waking;

/// Without shuttle behind the door there is one schedule; then this holds CI to running many.
#[cfg(not(tourbillon_shuttle))]
#[test]
fn the_schedules_are_run_by_a_command_of_their_own_in_ci_and_readme() {
    for page in [
        include_str!("../../.ci/run"),
        include_str!("../../README.md"),
    ] {
        let command = page
            .find("--cfg tourbillon_shuttle")
            .expect("the door is changed");
        assert!(page[command..].contains("cargo test --release --test shuttle"));
    }
}
