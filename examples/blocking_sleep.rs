//! The same three counters with a sleep that blocks: nobody else runs, and the waits add up.
//!
//! The twin of lecture 003's remark on `time.sleep(1)` and `asyncio.sleep(1)`. Look at the order of
//! the lines: a blocked counter keeps the thread, so each says "two" before the next says "one".
//! The act blocks its thread on purpose, so a second is scaled to a twentieth.
//!
//!     cargo run --example blocking_sleep [-- --virtual]
//!
//! > time.sleep, a twentieth of a second (this blocks the thread)
//! > one
//! > two
//! > one
//! > two
//! > one
//! > two
//! > measured 0.150 s
//! > asyncio.sleep, a twentieth of a second
//! > one
//! > one
//! > one
//! > two
//! > two
//! > two
//! > measured 0.050 s

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use tourbillon::{join_all, now, sleep};

#[path = "support/mod.rs"]
mod support;
use support::{scaled, seconds};

const SECOND: Duration = Duration::from_secs(1);

async fn blocking_counter() {
    println!("one");
    thread::sleep(scaled(SECOND));
    println!("two");
}

async fn counter() {
    println!("one");
    sleep(scaled(SECOND)).await;
    println!("two");
}

pub async fn act() {
    println!("time.sleep, a twentieth of a second (this blocks the thread)");
    // The wall clock: the virtual one knows nothing of a thread that sleeps behind its back.
    let start = Instant::now();
    join_all([blocking_counter(), blocking_counter(), blocking_counter()]).await;
    println!("measured {}", seconds(start.elapsed()));

    println!("asyncio.sleep, a twentieth of a second");
    let start = now();
    join_all([counter(), counter(), counter()]).await;
    println!("measured {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
