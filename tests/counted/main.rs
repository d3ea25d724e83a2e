//! The counted gates: what one operation costs in atomics, clock reads, allocations and bytes.
//!
//!     cargo test --test counted -- --nocapture
//!     RUSTFLAGS="--cfg tourbillon_counting" CARGO_TARGET_DIR=target/counting \
//!         cargo test --test counted -- --nocapture
//!
//! The first counts allocations; the second puts `sync_counting.rs` behind the door and
//! counts the rest too. The bounds stand in one table, in `operations.rs`.
//!
//! - **Counts do not drift.** They are the same on every machine and in every build, so a bound is
//!   what was counted, and one atomic more is a failure.
//!
//! Leaves out: system calls, which `benches/tests/system_calls.rs` counts beside the floor's, and
//! polls, which `tests/contract/polls.rs` does.

mod allocations;
mod allocator;
#[cfg(tourbillon_counting)]
mod atomics;
mod operations;

/// Without the tally behind the door no atomic is counted; then this holds CI to counting them.
#[cfg(not(tourbillon_counting))]
#[test]
fn the_atomics_are_counted_by_a_command_of_their_own_in_ci() {
    let script = include_str!("../../.ci/run");
    let command = script.find("--cfg tourbillon_counting");
    let command = command.expect("the door is changed");
    assert!(script[command..].contains("cargo test --test counted"));
}
