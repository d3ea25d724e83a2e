//! `create_task` does not start a task: it puts it into the queue, and its turn comes at our next
//! await.
//!
//! Lecture 002 says of `asyncio.create_task(print2())`: "код корутины в задаче СРАЗУ же начинает
//! исполнятся и доходит до первого await". Neither asyncio (without its `eager_task_factory`) nor
//! this runtime does that. What does run at once is a coroutine that is awaited without a task.
//!
//!     cargo run --example starts_later [-- --virtual]
//!
//! > create_task: before
//! > create_task: after
//! > print2 begins
//! > main had its await
//! > 2
//! > plain await: before
//! > print2 begins
//! > 2
//! > plain await: after

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{sleep, spawn, yield_now};

#[path = "support/mod.rs"]
mod support;

async fn print2() {
    println!("print2 begins");
    sleep(Duration::from_secs(3)).await;
    println!("2");
}

pub async fn act() {
    println!("create_task: before");
    let task = spawn(print2());
    println!("create_task: after");
    // Goes to the back of the queue: everybody who is ready has a turn before us.
    yield_now().await;
    println!("main had its await");
    task.await.expect("print2 only waits and prints");

    println!("plain await: before");
    print2().await;
    println!("plain await: after");
}

fn main() -> ExitCode {
    support::play(act())
}
