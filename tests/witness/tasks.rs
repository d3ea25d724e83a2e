//! What the tasks of several families do. Their Python twins stand in each program that uses them.
//!
//! Leaves out: what only one family's tasks do.

use std::fmt::Display;

use tourbillon::{sleep, yield_now};

use crate::pair::{finally, log};
use crate::tools::secs;

/// Counts its turns, each of which it gives away at once.
pub(crate) async fn counter(name: &'static str, yields: usize) {
    for n in 1..=yields {
        log(format!("{name} {n}"));
        yield_now().await;
    }
    log(format!("{name} ends"));
}

/// Sleeps, and gives its name.
pub(crate) async fn sleeper<N: Display>(name: N, seconds: u64) -> N {
    log(format!("{name} starts"));
    sleep(secs(seconds)).await;
    log(format!("{name} ends"));
    name
}

/// As [`sleeper`], and says when it is gone, whether it ended or was cancelled.
pub(crate) async fn guarded<N: Display>(name: N, seconds: u64) -> N {
    let _finally = finally(format!("{name} is gone"));
    sleeper(name, seconds).await
}

/// Sleeps, and fails with its name.
pub(crate) async fn failing(
    name: &'static str,
    seconds: u64,
) -> Result<&'static str, &'static str> {
    sleeper(name, seconds).await;
    Err(name)
}
