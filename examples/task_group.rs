//! Two tasks in a group: the block ends when both have ended, and the shorter speaks first.
//!
//! The twin of `async with asyncio.TaskGroup()` in lecture 002: `print1` waits five seconds,
//! `print2` three. Nothing in a group can be forgotten: the last line of `act` cannot run before
//! both are over.
//!
//!     cargo run --example task_group [-- --virtual]
//!
//! > 2
//! > after 3.000 s
//! > 1
//! > after 5.000 s
//! > the group is over after 5.000 s

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tourbillon::{now, sleep, task_group};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

async fn print1(start: &Instant) {
    sleep(Duration::from_secs(5)).await;
    println!("1");
    println!("after {}", seconds(now() - *start));
}

async fn print2(start: &Instant) {
    sleep(Duration::from_secs(3)).await;
    println!("2");
    println!("after {}", seconds(now() - *start));
}

pub async fn act() {
    let start = now();
    // The members borrow `start`: a group ends before what it borrows does.
    task_group(async |group| {
        group.spawn(print1(&start));
        group.spawn(print2(&start));
    })
    .await;
    println!("the group is over after {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
