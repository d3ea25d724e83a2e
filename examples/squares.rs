//! Two functions that wait three seconds each: one after the other they take six, together three.
//!
//! The twin of `fun1` and `fun2` in lecture 001: first called in turn, then under `asyncio.gather`.
//! The order of the lines changes too: together, both begin before either ends.
//!
//!     cargo run --example squares [-- --virtual]
//!
//! > 16
//! > fun1 завершена
//! > 2.0
//! > fun2 завершена
//! > one after the other in 6.000 s
//! > 16
//! > 2.0
//! > fun1 завершена
//! > fun2 завершена
//! > together in 3.000 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{join, now, sleep};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

async fn fun1(x: i32) {
    println!("{}", x.pow(2));
    sleep(Duration::from_secs(3)).await;
    println!("fun1 завершена");
}

async fn fun2(x: i32) {
    println!("{:?}", f64::from(x).sqrt());
    sleep(Duration::from_secs(3)).await;
    println!("fun2 завершена");
}

pub async fn act() {
    let start = now();
    fun1(4).await;
    fun2(4).await;
    println!("one after the other in {}", seconds(now() - start));

    let start = now();
    // asyncio.gather: nothing of either ran until this line polls them, in this order.
    join(fun1(4), fun2(4)).await;
    println!("together in {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
