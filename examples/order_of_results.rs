//! `gather` returns results in the order of the arguments, `as_completed` in the order of their
//! ends.
//!
//! The twin of two notes in lecture 002: "результаты гарантированно возвращаются в том же порядке,
//! в котором они и передавались", and `asyncio.as_completed()`. Three coroutines wait three, one
//! and two seconds; here even the order in which they end is promised.
//!
//!     cargo run --example order_of_results [-- --virtual]
//!
//! > second ends after 1.000 s
//! > third ends after 2.000 s
//! > first ends after 3.000 s
//! > gather: ["first", "second", "third"]
//! > as_completed: number 1 is "second" after 1.000 s
//! > as_completed: number 2 is "third" after 2.000 s
//! > as_completed: number 0 is "first" after 3.000 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{as_completed, join_all, now, sleep};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

const DELAYS: [(&str, u64); 3] = [("first", 3), ("second", 1), ("third", 2)];

async fn wait(name: &'static str, delay: u64) -> &'static str {
    sleep(Duration::from_secs(delay)).await;
    name
}

pub async fn act() {
    let start = now();
    let results = join_all(DELAYS.map(|(name, delay)| async move {
        let name = wait(name, delay).await;
        println!("{name} ends after {}", seconds(now() - start));
        name
    }));
    println!("gather: {:?}", results.await);

    let start = now();
    let mut results = as_completed(DELAYS.map(|(name, delay)| wait(name, delay)));
    while let Some((number, name)) = results.next().await {
        let after = seconds(now() - start);
        println!("as_completed: number {number} is {name:?} after {after}");
    }
}

fn main() -> ExitCode {
    support::play(act())
}
