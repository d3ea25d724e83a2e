//! Threads: started and joined one by one they only take turns; started together they run at once.
//!
//! The twin of the four threads in lecture 002, whose loop joins each before it starts the next,
//! and of `print_square` and `print_cube` in lecture 004. Each thread blocks for a twentieth of a
//! second on purpose. Rust has no GIL, so two of them can also compute at once: `cores.rs`.
//!
//!     cargo run --example threads [-- --virtual]
//!
//! > I am thread 0
//! > I am thread 1
//! > I am thread 2
//! > I am thread 3
//! > one by one (this blocks the loop): measured 0.200 s
//! > I am thread 0
//! > I am thread 1
//! > I am thread 2
//! > I am thread 3
//! > together (this blocks the loop): measured 0.050 s
//! > Square: 100
//! > Cube: 1000
//! > Done!

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

#[path = "support/mod.rs"]
mod support;
use support::{scaled, seconds};

/// Returns its line instead of printing it: threads that run at once print in no promised order.
fn func(num: u32) -> String {
    thread::sleep(scaled(Duration::from_secs(1)));
    format!("I am thread {num}")
}

pub async fn act() {
    let start = Instant::now();
    for n in 0..4 {
        let p = thread::spawn(move || func(n));
        println!("{}", p.join().expect("func does not panic"));
    }
    println!(
        "one by one (this blocks the loop): measured {}",
        seconds(start.elapsed())
    );

    let start = Instant::now();
    let started = [0, 1, 2, 3].map(|n| thread::spawn(move || func(n)));
    for p in started {
        println!("{}", p.join().expect("func does not panic"));
    }
    println!(
        "together (this blocks the loop): measured {}",
        seconds(start.elapsed())
    );

    // Scoped threads may borrow what stands here: no copy, no lock, and the scope joins them.
    let num = 10;
    let (square, cube) = thread::scope(|scope| {
        let t1 = scope.spawn(|| num * num);
        let t2 = scope.spawn(|| num * num * num);
        (
            t1.join().expect("no overflow"),
            t2.join().expect("no overflow"),
        )
    });
    println!("Square: {square}");
    println!("Cube: {cube}");
    println!("Done!");
}

fn main() -> ExitCode {
    support::play(act())
}
