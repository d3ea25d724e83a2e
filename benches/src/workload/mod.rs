//! The work itself: generic over the contestant, each with its floor beside it.
//!
//! - **A scale in, a measurement out.** Every function here takes how much to do and returns what
//!   it cost; what it needs before and after (connecting, collecting) stays outside the clock.
//! - **The clock runs inside the runtime**, so that building and entering it is nobody's cost.
//! - **Nothing is optimised away**: results are summed or passed through `black_box`, and a floor's
//!   indirect calls stay indirect.

use std::time::Duration;

use crate::row::Work;

pub mod accept;
pub mod build;
pub mod echo;
pub mod fire;
pub mod group;
pub mod http;
pub mod late;
pub mod load;
pub mod memory;
pub mod oneshot;
pub mod pingpong;
pub mod pool;
pub mod sets;
pub mod spawn;
pub mod timer;
pub mod tree;
pub mod wake;
pub mod yields;

/// What a workload cost.
#[derive(Clone, Copy, Debug)]
pub enum Measured {
    /// So long for so many operations.
    Time {
        elapsed: Duration,
        operations: usize,
    },
    /// So much of what is not time, such as bytes of memory, for so many items.
    Amount { amount: f64, items: usize },
}

impl Measured {
    /// So long for so many operations.
    pub fn time(elapsed: Duration, operations: usize) -> Measured {
        Measured::Time {
            elapsed,
            operations,
        }
    }

    /// Nanoseconds an operation, or the amount an item.
    pub fn figure(self) -> f64 {
        match self {
            Measured::Time {
                elapsed,
                operations,
            } => elapsed.as_nanos() as f64 / operations as f64,
            Measured::Amount { amount, items } => amount / items as f64,
        }
    }

    /// How long it took; nothing for an amount.
    pub fn elapsed(self) -> Duration {
        match self {
            Measured::Time { elapsed, .. } => elapsed,
            Measured::Amount { .. } => Duration::ZERO,
        }
    }
}

/// Does the work of `items` operations again until `enough` are timed: little work is over before a
/// clock can tell how long it took.
fn repeated(enough: usize, items: usize, work: Work) -> Measured {
    let times = enough.div_ceil(items);
    let elapsed = (0..times).map(|_| work(items).elapsed()).sum();
    Measured::time(elapsed, times * items)
}
