//! A future without a coroutine: an empty place for one value, filled by somebody else.
//!
//! The twin of `my_future = Future()` in lecture 002: done, `set_result`, done, `result`. In Rust
//! the two ends are two values, and `send` consumes its end: setting a result twice does not
//! compile. Then the use of it all: one task waits, another one answers.
//!
//!     cargo run --example one_shot [-- --virtual]
//!
//! > my_future готов? false
//! > my_future готов? true
//! > Какой результат хранится в my_future? 42
//! > the waiter got 42 after 1.000 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{now, oneshot, sleep, spawn};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

pub async fn act() {
    let (sender, mut my_future) = oneshot::channel();
    println!("my_future готов? {}", my_future.is_ready());
    sender.send(42).expect("the receiver is alive");
    println!("my_future готов? {}", my_future.is_ready());
    let result = my_future.try_recv().expect("the value is there");
    println!("Какой результат хранится в my_future? {result}");

    let start = now();
    let (sender, my_future) = oneshot::channel();
    let answers = spawn(async move {
        sleep(Duration::from_secs(1)).await;
        sender.send(42).expect("the receiver is alive");
    });
    let result = my_future.await.expect("the sender sends before it goes");
    println!("the waiter got {result} after {}", seconds(now() - start));
    answers.await.expect("the answering task does not panic");
}

fn main() -> ExitCode {
    support::play(act())
}
