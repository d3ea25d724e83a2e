//! A coroutine that does not let go of the thread is reported, with its name and its place.
//!
//! The twin of `loop.slow_callback_duration = 0.250` with `debug=True` in lecture 002. The act
//! blocks a thread on purpose, so all is scaled to a twentieth: the limit is 12.5 ms, the guilty
//! task takes 20 ms, and the innocent one waits as long as it likes, because it awaits.
//!
//!     cargo run --example slow_poll [-- --virtual]
//!
//! > guilty: no await for 20ms (this blocks the thread)
//! > slow_poll.rs: task "guilty" held the thread (measured 20.1 ms); the limit is 12.5ms
//! > innocent: awaits for 20ms
//! > both are done

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use tourbillon::{Event, Observer, Runtime, sleep, spawn_blocking, task};

#[path = "support/mod.rs"]
mod support;

/// A twentieth of the lecture's 250 ms.
const LIMIT: Duration = Duration::from_micros(12_500);
const TIME: Duration = Duration::from_millis(20);

/// Hears every event of its runtime and prints the reports of slow polls, at once.
struct Debug;

impl Observer for Debug {
    fn event(&self, event: &Event<'_>) {
        // A busy machine can make any poll slow; the lesson is about one.
        if let Event::SlowPoll {
            name: Some(name @ "guilty"),
            place,
            took,
            ..
        } = event
        {
            let file = place.file().rsplit('/').next().unwrap_or_default();
            let took = format!("measured {:.1} ms", took.as_secs_f64() * 1e3);
            println!("{file}: task {name:?} held the thread ({took}); the limit is {LIMIT:?}");
        }
    }
}

async fn guilty() {
    println!("guilty: no await for {TIME:?} (this blocks the thread)");
    thread::sleep(TIME);
}

async fn innocent() {
    println!("innocent: awaits for {TIME:?}");
    sleep(TIME).await;
}

/// The lecture's `main`, in a runtime of its own with a limit of its own.
fn watched() {
    let builder = Runtime::builder().slow_poll(LIMIT).observer(Debug);
    let runtime = builder.build().expect("a second runtime is allowed");
    runtime.block_on(async {
        let guilty = task::Builder::new().name("guilty").spawn(guilty());
        let innocent = task::Builder::new().name("innocent").spawn(innocent());
        guilty.await.expect("it only blocks");
        innocent.await.expect("it only waits");
    });
    println!("both are done");
}

pub async fn act() {
    // A runtime does not run inside another one: this one gets a thread to itself.
    spawn_blocking(watched).await.expect("it does not panic");
}

fn main() -> ExitCode {
    support::play(act())
}
