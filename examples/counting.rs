//! Three counters wait the same second: one thread, one second, not three.
//!
//! The twin of `counter` in lecture 003, whose run took 1.00132 s. While a counter waits, the loop
//! runs the next; when all wait, the thread sleeps in the kernel until the second is over. The same
//! on two threads, each poll and each wake seen: `two_workers.rs`.
//!
//!     cargo run --example counting [-- --virtual]
//!
//! > one
//! > one
//! > one
//! > two
//! > two
//! > two
//! > Время выполнения программы: 1.00000
//! > in 1.000 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{join_all, now, sleep};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

async fn counter() {
    println!("one");
    sleep(Duration::from_secs(1)).await;
    println!("two");
}

pub async fn act() {
    let time_1 = now();
    join_all([counter(), counter(), counter()]).await;
    let time_2 = now();
    let time_final = time_2 - time_1;
    println!(
        "Время выполнения программы: {:.5}",
        time_final.as_secs_f64()
    );
    println!("in {}", seconds(time_final));
}

fn main() -> ExitCode {
    support::play(act())
}
