//! A task is cancelled where it waits, not in the middle of a line; and a cancel takes a moment.
//!
//! The twin of the `.cancel()` example in lecture 002: a task of six seconds is looked at each
//! second and cancelled at the fifth. Six lines come, not five: `cancel` asks, and the loop looks
//! again before the task has had its turn to go.
//!
//!     cargo run --example cancel [-- --virtual]
//!
//! > Задача не закончилась, следующая проверка через секунду.
//! > Задача не закончилась, следующая проверка через секунду.
//! > Задача не закончилась, следующая проверка через секунду.
//! > Задача не закончилась, следующая проверка через секунду.
//! > Задача не закончилась, следующая проверка через секунду.
//! > Задача не закончилась, следующая проверка через секунду.
//! > Наша задача была снята
//! > in 6.000 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{now, sleep, spawn};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

pub async fn act() {
    let start = now();
    let long_task = spawn(sleep(Duration::from_secs(6)));
    let mut seconds_elapsed = 0;

    while !long_task.is_finished() {
        println!("Задача не закончилась, следующая проверка через секунду.");
        sleep(Duration::from_secs(1)).await;
        seconds_elapsed += 1;
        if seconds_elapsed == 5 {
            long_task.cancel();
        }
    }

    // Python's CancelledError is an error of this await, and of no other.
    match long_task.await {
        Ok(()) => println!("the task slept to its end"),
        Err(error) if error.is_cancelled() => println!("Наша задача была снята"),
        Err(error) => println!("{error}"),
    }
    println!("in {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
