//! asyncio as the witness: small programs, each written twice, in Python and in Rust, whose lines
//! are compared.
//!
//! Always: a pair agrees line by line, virtual times included; or it departs on purpose, says why,
//! and both outputs are pinned. A test is named by its row of the contract, its Python twin in
//! `programs/` by the test. A run queue that is not first in, first out fails every pair.
//!
//! Each program stands alone, so that it can be read and run alone (`python3
//! tests/witness/programs/NAME.py`): the price is that they repeat each other's first lines.
//!
//! The interpreter is `$PYTHON`, else `python3`: any CPython from 3.11 on. Without one the pairs
//! are skipped, unless `TOURBILLON_WITNESS=required` is set.
//!
//! Leaves out: what asyncio has no word for, and what it leaves to chance (members of a set, equal
//! timers) where we do the same as it by chance.
mod as_completed;
mod cancel;
mod group;
mod join;
mod pair;
mod python;
mod spawn;
mod tasks;
mod time_out;
mod timers;
#[allow(dead_code, reason = "what only the other tests need")]
#[path = "../it/support.rs"]
mod tools;
mod wait;
mod whole;
