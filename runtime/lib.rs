//! placeholder
#[cfg_attr(tourbillon_loom, path = "sync_loom.rs")]
mod sync;
