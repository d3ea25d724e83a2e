//! Errors as results among results; or the first error at once, and the rest dropped.
//!
//! The twin of `gather(*tasks, return_exceptions=True)` in lecture 001. A Rust error is a value, so
//! `join_all` collects it like any other. Without the flag asyncio's `gather` raises after one
//! second and `task2` runs on unseen; here `try_join_all` drops it, so it never prints that it is
//! done.
//!
//!     cargo run --example errors_collected [-- --virtual]
//!
//! > Ошибка поймана: Ошибка в task1
//! > task2 завершена
//! > all of them in 2.000 s
//! > Ошибка поймана: Ошибка в task1
//! > the first error in 1.000 s

use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{join_all, now, sleep, try_join_all};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

type Outcome = Result<&'static str, &'static str>;

async fn task1() -> Outcome {
    sleep(Duration::from_secs(1)).await;
    Err("Ошибка в task1")
}

async fn task2() -> Outcome {
    sleep(Duration::from_secs(2)).await;
    Ok("task2 завершена")
}

/// Two coroutines are of two types; a list wants one, so each goes into a box.
fn tasks() -> [Pin<Box<dyn Future<Output = Outcome>>>; 2] {
    [Box::pin(task1()), Box::pin(task2())]
}

pub async fn act() {
    let start = now();
    for result in join_all(tasks()).await {
        match result {
            Ok(result) => println!("{result}"),
            Err(error) => println!("Ошибка поймана: {error}"),
        }
    }
    println!("all of them in {}", seconds(now() - start));

    let start = now();
    match try_join_all(tasks()).await {
        Ok(results) => println!("{results:?}"),
        Err(error) => println!("Ошибка поймана: {error}"),
    }
    println!("the first error in {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
