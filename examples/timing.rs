//! A stopwatch round any future: Python's `@timeit` decorator for coroutines.
//!
//! The twin of `timeit` in lecture 001, and of its exercise 2 and lecture 000's `@timer`. In Rust a
//! future is a value, so a plain function that takes one is enough: it times a call, a loop or a
//! whole group.
//!
//!     cargo run --example timing [-- --virtual]
//!
//! > 0
//! > Время выполнения long_func: 1.0000 секунд
//! > 0
//! > 1
//! > 2
//! > Время выполнения one_by_one: 3.0000 секунд
//! > 0
//! > 1
//! > 2
//! > Время выполнения together: 1.0000 секунд

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{join_all, now, sleep};

#[path = "support/mod.rs"]
mod support;

/// Awaits `future` and prints how long that took, by the runtime's clock.
async fn timeit<F: Future>(name: &str, future: F) -> F::Output {
    let start_time = now();
    let result = future.await;
    let time = (now() - start_time).as_secs_f64();
    println!("Время выполнения {name}: {time:.4} секунд");
    result
}

/// Stands for the lecture's slow page.
async fn long_func(i: u32) {
    println!("{i}");
    sleep(Duration::from_secs(1)).await;
}

async fn one_by_one() {
    for i in 0..3 {
        long_func(i).await;
    }
}

async fn together() {
    join_all((0..3).map(long_func)).await;
}

pub async fn act() {
    timeit("long_func", long_func(0)).await;
    timeit("one_by_one", one_by_one()).await;
    timeit("together", together()).await;
}

fn main() -> ExitCode {
    support::play(act())
}
