//! Who gives the memory: the system's allocator, or mimalloc for all contestants alike.
//!
//! The rows that count are taken with the system's; the other edition (`--features mimalloc`) shows
//! how much of a figure is the allocator's.

/// What the heading says.
#[cfg(not(feature = "mimalloc"))]
pub const NAME: &str = "the system's allocator";

/// What the heading says.
#[cfg(feature = "mimalloc")]
pub const NAME: &str = "mimalloc";

#[cfg(feature = "mimalloc")]
#[global_allocator]
static MIMALLOC: mimalloc::MiMalloc = mimalloc::MiMalloc;
