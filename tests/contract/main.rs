//! The contract, row by row: each row of `docs/contract.md` has its test here, named by its ID.
//!
//! Always: time is virtual and no test sleeps; registry, wheel and slab are empty when a row ends; a
//! row that runs twice in one process leaves the same live allocations after both (`leaks.rs`).
//!
//! Leaves out: what the contract does not promise, which is tested in `tests/it/`.
mod allocations;
mod as_completed;
mod cancel;
mod cancel_reach;
mod cancel_value;
mod combinations;
mod debug;
mod group_room;
mod groups;
mod join;
mod leaks;
mod one_shot;
mod polls;
mod runner;
mod spawn;
mod support;
mod time_out;
mod time_out_nested;
mod timers;
mod told;
#[allow(dead_code, reason = "what only the other tests need")]
#[path = "../it/support.rs"]
mod tools;
mod wait;
mod workers;
