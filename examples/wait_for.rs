//! A time-out ends the wait, and what was waited for with it; unless it was only lent.
//!
//! The twin of the `.wait_for()` example in lecture 002: a task of six seconds, a patience of
//! three. Given the task itself, `wait_for` cancels it, as asyncio does; given `&mut task`, it
//! leaves it running, which is asyncio's `shield`.
//!
//!     cargo run --example wait_for [-- --virtual]
//!
//! > The long task cancelled
//! > in 3.000 s
//! > patience is over in 3.000 s, the task goes on
//! > the task slept to its end in 6.000 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{TimedOut, now, sleep, spawn, wait_for};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

const TIMEOUT: Duration = Duration::from_secs(3);

pub async fn act() {
    let start = now();
    let long_task = spawn(sleep(Duration::from_secs(6)));
    match wait_for(long_task, TIMEOUT).await {
        Ok(_) => println!("the task slept to its end"),
        Err(TimedOut { .. }) => println!("The long task cancelled"),
    }
    println!("in {}", seconds(now() - start));

    let start = now();
    let mut long_task = spawn(sleep(Duration::from_secs(6)));
    if wait_for(&mut long_task, TIMEOUT).await.is_err() {
        println!(
            "patience is over in {}, the task goes on",
            seconds(now() - start)
        );
    }
    long_task.await.expect("nobody cancels it now");
    println!("the task slept to its end in {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
