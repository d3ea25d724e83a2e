//! Results as soon as there are some: wait for the first, look, wait for the rest.
//!
//! The twin of `asyncio.wait(..., return_when=FIRST_COMPLETED)` in lecture 002, with delays of 1, 1
//! and 10 seconds. The listing loses its `pending` and hands in bare coroutines, which Python has
//! refused since 3.11; this is what it means. After each round it prints the list of all tasks.
//!
//!     cargo run --example first_completed [-- --virtual]
//!
//! > Число завершившихся задач: 2
//! > Число ожидающих задач: 1
//! > 200
//! > 200
//! > task "delay 10" waits for a timer
//! > after 1.000 s
//! > Число завершившихся задач: 1
//! > Число ожидающих задач: 0
//! > 200
//! > after 10.000 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{first_completed, now, sleep, task, tasks, wait};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

/// Stands for the lecture's request: the page answers after `delay` seconds with this status.
async fn fetch_status(delay: u64) -> u16 {
    sleep(Duration::from_secs(delay)).await;
    200
}

pub async fn act() {
    let start = now();
    let fetchers = [1, 1, 10].map(|delay| {
        let name = format!("delay {delay}");
        task::Builder::new().name(name).spawn(fetch_status(delay))
    });

    let (mut done, mut pending) = wait(fetchers, first_completed).await;
    loop {
        println!("Число завершившихся задач: {}", done.len());
        println!("Число ожидающих задач: {}", pending.len());
        for (_, done_task) in done {
            println!(
                "{}",
                done_task.expect("no task is cancelled and none panics")
            );
        }
        for task in tasks() {
            let name = task.name.as_deref().unwrap_or("without a name");
            println!("task {name:?} waits for {}", task.waits_for);
        }
        println!("after {}", seconds(now() - start));
        if pending.is_empty() {
            break;
        }
        (done, pending) = wait(pending, first_completed).await;
    }
}

fn main() -> ExitCode {
    support::play(act())
}
