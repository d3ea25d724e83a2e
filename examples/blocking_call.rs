//! One blocking call in a task stops every task; on a thread of its own it stops nobody.
//!
//! The twin of `await requests.get(...)` in lecture 001: "не все модули в python поддерживают
//! асинхронные функции". `main` and a neighbour are two tasks of one loop. This act blocks that
//! loop on purpose; its calls take a twentieth of a second each.
//!
//!     cargo run --example blocking_call [-- --virtual]
//!
//! > five blocking calls in main itself:
//! > 0
//! > 1
//! > 2
//! > 3
//! > 4
//! > the neighbour waited for its turn (measured 0.250 s)
//! > main waited for its calls (measured 0.250 s)
//! > the same five through spawn_blocking:
//! > 0
//! > 1
//! > 2
//! > 3
//! > 4
//! > the neighbour waited for its turn (measured 0.000 s)
//! > main waited for its calls (measured 0.050 s)

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use tourbillon::{Task, join_all, spawn, spawn_blocking};

#[path = "support/mod.rs"]
mod support;
use support::{scaled, seconds};

/// Stands for `requests.get`: a library that has never heard of event loops.
fn requests_get() {
    thread::sleep(scaled(Duration::from_secs(1)));
}

/// A task that is ready at once and says how long it was kept from its first poll.
fn neighbour() -> Task<()> {
    let ready = Instant::now();
    spawn(async move {
        let waited = seconds(ready.elapsed());
        println!("the neighbour waited for its turn (measured {waited})");
    })
}

pub async fn act() {
    println!("five blocking calls in main itself:");
    let (start, other) = (Instant::now(), neighbour());
    for i in 0..5 {
        println!("{i}");
        requests_get();
    }
    other.await.expect("the neighbour only prints");
    let took = seconds(start.elapsed());
    println!("main waited for its calls (measured {took})");

    println!("the same five through spawn_blocking:");
    let (start, other) = (Instant::now(), neighbour());
    let calls = (0..5).map(|i| {
        println!("{i}");
        spawn_blocking(requests_get)
    });
    join_all(calls).await;
    other.await.expect("the neighbour only prints");
    let took = seconds(start.elapsed());
    println!("main waited for its calls (measured {took})");
}

fn main() -> ExitCode {
    support::play(act())
}
