//! A computing job on one loop, on two workers, on threads, and on threads with a GIL of our own.
//!
//! With the GIL of lectures 001, 003 and 004 threads "не смогут реально работать параллельно". Rust
//! has none: two threads compute at once, and so do two workers; the tasks of one loop do not. Our
//! GIL is one big lock, held to compute a slice and let go to wait: a second thread computes no
//! faster, but waits at the same time. What is not measured is so in each run, since halves that can
//! be at work at once meet there (`support/computing.rs`). Measured by this, on two idle cores:
//!
//!     cargo run --example cores [-- --virtual]
//!
//! > one loop: 1 at work, 10753840 steps (measured 0.039 s)
//! > two workers: 2 at work, 10753840 steps (measured 0.023 s)
//! > threads: 2 at work, 10753840 steps (measured 0.019 s)
//! > threads, a GIL: 1 at work, 10753840 steps (measured 0.039 s)
//! > threads, a GIL, waiting: 2 at work, 0 steps (measured 0.020 s)
//! > cores of this machine: measured 2

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread::{available_parallelism, scope};
use std::time::Instant;

use tourbillon::{Runtime, spawn, spawn_blocking, try_join};

#[path = "support/computing.rs"]
mod computing;
#[path = "support/mod.rs"]
mod support;
use computing::Job;
use support::seconds;

/// Plays one run of the job, in which so many halves meet, and says how it went.
fn show(what: &str, meet: usize, run: impl FnOnce(Arc<Job>) -> u32) {
    let (start, job) = (Instant::now(), Arc::new(Job::with_meeting_of(meet)));
    let steps = run(job.clone());
    let (most, took) = (job.most(), seconds(start.elapsed()));
    println!("{what}: {most} at work, {steps} steps (measured {took})");
}

fn on_workers(workers: usize, job: Arc<Job>) -> u32 {
    let runtime = Runtime::builder().workers(workers).build();
    let other = job.clone();
    let steps = runtime.expect("one more").block_on(async {
        let one = spawn(async move { job.half(0, || ()) });
        let other = spawn(async move { other.half(1, || ()) });
        try_join(one, other).await
    });
    steps.map(|(one, other)| one + other).expect("they end")
}

fn on_threads(half: impl Fn(u32) -> u32 + Sync) -> u32 {
    scope(|scope| {
        let other = scope.spawn(|| half(1));
        half(0) + other.join().expect("it ends")
    })
}

fn play() {
    show("one loop", 1, |job| on_workers(1, job));
    show("two workers", 2, |job| on_workers(2, job));
    show("threads", 2, |job| on_threads(|n| job.half(n, || ())));

    let gil = Mutex::new(());
    let hold = || gil.lock().expect("no holder panics");
    show("threads, a GIL", 1, |job| on_threads(|n| job.half(n, hold)));
    show("threads, a GIL, waiting", 2, |job| {
        on_threads(|_| job.wait(hold))
    });
    let cores = available_parallelism().map_or(1, |cores| cores.get());
    println!("cores of this machine: measured {cores}");
}

pub async fn act() {
    // A runtime does not run inside another one: those get a thread to themselves.
    spawn_blocking(play).await.expect("it does not panic");
}

fn main() -> ExitCode {
    support::play(act())
}
