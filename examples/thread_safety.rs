//! Two threads and one counter: how updates get lost, and two ways to lose none.
//!
//! The twin of "потокобезопасность" and the GIL in lecture 001. `counter += 1` on two threads does
//! not compile here, nor in two tasks (`docs/contract.md`, DB-4), so the race is written out, and a
//! barrier makes the worst order certain: both read before either writes. A lock, or one atomic
//! step, is what the GIL is for; Rust asks for it for each value that is shared, not for the whole
//! program. What a lock for the whole program costs: `cores.rs`.
//!
//!     cargo run --example thread_safety [-- --virtual]
//!
//! > both read, then both write: 10 of 20
//! > under a lock: 20 of 20
//! > in one atomic step: 20 of 20

use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Barrier, Mutex};
use std::thread;

#[path = "support/mod.rs"]
mod support;

const TIMES: u32 = 10;

/// Runs `step` so many times on each of two threads.
fn on_two_threads(step: impl Fn() + Sync) {
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..TIMES).for_each(|_| step()));
        }
    });
}

pub async fn act() {
    let all = 2 * TIMES;

    // Relaxed, here and below: no other memory is read on the strength of these counters.
    let (counter, both) = (AtomicU32::new(0), Barrier::new(2));
    on_two_threads(|| {
        let seen = counter.load(Relaxed);
        both.wait();
        counter.store(seen + 1, Relaxed);
    });
    let kept = counter.into_inner();
    println!("both read, then both write: {kept} of {all}");

    let counter = Mutex::new(0);
    on_two_threads(|| *counter.lock().expect("no holder panics") += 1);
    let kept = counter.into_inner().expect("no holder panics");
    println!("under a lock: {kept} of {all}");

    let counter = AtomicU32::new(0);
    on_two_threads(|| {
        counter.fetch_add(1, Relaxed);
    });
    println!("in one atomic step: {} of {all}", counter.into_inner());
}

fn main() -> ExitCode {
    support::play(act())
}
