//! An error comes out of the `await`; a panic comes out of the task, and takes nobody with it.
//!
//! The twin of `risky_task` with `try` and `except` in lecture 001. What Python raises, Rust
//! returns: the signature says so, and `?` passes it on. A bug panics: then the task is over and
//! its `await` says why. (The panic hook, which would report it on stderr too, is kept quiet here.)
//!
//!     cargo run --example errors_caught [-- --virtual]
//!
//! > Ошибка поймана: Что-то пошло не так!
//! > in 1.000 s
//! > a panic, which the runtime catches:
//! > Ошибка поймана: Что-то пошло не так!
//! > in 2.000 s

use std::panic;
use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{now, sleep, spawn};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

/// Python's exception of the same name, as a value.
struct ValueError(&'static str);

async fn risky_task() -> Result<(), ValueError> {
    sleep(Duration::from_secs(1)).await;
    Err(ValueError("Что-то пошло не так!"))
}

async fn panicking_task() {
    sleep(Duration::from_secs(1)).await;
    panic!("Что-то пошло не так!");
}

pub async fn act() {
    let start = now();
    match risky_task().await {
        Ok(()) => println!("no error"),
        Err(ValueError(message)) => println!("Ошибка поймана: {message}"),
    }
    println!("in {}", seconds(now() - start));

    println!("a panic, which the runtime catches:");
    let report = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = spawn(panicking_task()).await;
    panic::set_hook(report);
    match result {
        Ok(()) => println!("no panic"),
        Err(error) if error.is_cancelled() => println!("nobody cancelled it"),
        Err(error) => {
            let message = error.into_panic();
            let message = message.downcast_ref::<&str>().unwrap_or(&"not a text");
            println!("Ошибка поймана: {message}");
        }
    }
    println!("in {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
