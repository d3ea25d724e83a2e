//! The benchmark table: the same work done by this runtime, by its peers, and by no runtime at all.
//!
//! - **Same code.** A workload is one generic function; a contestant is an `impl` of
//!   [`contestant`]'s traits.
//! - **The floor.** Beside each workload stands the cheapest program that does its work without a
//!   runtime.
//! - **Fresh processes, in turn.** `duel` measures each figure in a child process of its own, since
//!   the heap's history moves a figure by a factor of two, and lets the contestants take turns,
//!   since the machine drifts.
//! - **Ratios count.** A figure in nanoseconds says as much about the machine as about the code; a
//!   ratio of two children that ran one after the other says something about the code.
//!
//! Read in this order: [`contestant`], then [`workload`] (the work itself, floors included),
//! [`row`] (the table of all rows with their targets), [`growth`] (the curves), [`child`] (one
//! figure from one process), [`report`] and [`curves`] (from figures to lines), [`plot`].
//!
//! Leaves out: more than two workers, and percentiles but for one of `timer/late` (Criterion draws
//! the others: `cargo bench -p benches`).

pub mod allocator;
pub mod child;
pub mod contestant;
pub mod curves;
pub mod growth;
pub mod machine;
pub mod plot;
pub mod process;
pub mod progress;
pub mod report;
pub mod row;
mod svg;
pub mod workload;
