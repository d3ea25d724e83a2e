//! What the loop does at an await: it takes the next task, and sleeps only when there is none.
//!
//! The twin of lecture 000's sentence on I/O: "программа может «отпустить» управление, позволяя
//! другим задачам выполняться в это время". An observer prints the polls; a dash marks the tasks.
//!
//!     cargo run --example lets_go [-- --virtual]
//!
//! > task 0 is polled
//! > task 0 lets go
//! > task 1 is polled
//! > - a request is sent, the answer takes a second
//! > task 1 lets go
//! > task 2 is polled
//! > - another task computes meanwhile
//! > task 2 is over
//! > nobody is ready: the thread sleeps for 1.000 s (virtual clock: a jump)
//! > task 1 is polled
//! > - the answer is here
//! > task 1 is over
//! > task 0 is polled
//! > task 0 is over

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use tourbillon::{Event, Observer, Outcome, Runtime, sleep, spawn};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

/// Prints who is polled, who lets go, and when the thread sleeps. The future of `block_on` is task 0.
struct Narrator;

impl Observer for Narrator {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::PollStarted { task } => println!("task {task} is polled"),
            Event::PollEnded { task, outcome } if *outcome == Outcome::Over => {
                println!("task {task} is over");
            }
            Event::PollEnded { task, .. } => println!("task {task} lets go"),
            Event::Parked { limit: Some(limit) } => {
                let limit = seconds(*limit);
                println!("nobody is ready: the thread sleeps for {limit} (virtual clock: a jump)");
            }
            _ => {}
        }
    }
}

async fn request() {
    println!("- a request is sent, the answer takes a second");
    sleep(Duration::from_secs(1)).await;
    println!("- the answer is here");
}

async fn compute() {
    println!("- another task computes meanwhile");
}

fn watched() {
    let builder = Runtime::builder().virtual_clock().observer(Narrator);
    let runtime = builder.build().expect("a second runtime is allowed");
    runtime.block_on(async {
        let (request, compute) = (spawn(request()), spawn(compute()));
        request.await.expect("it only waits");
        compute.await.expect("it only prints");
    });
}

pub async fn act() {
    // A runtime does not run inside another one: this one gets a thread to itself.
    thread::spawn(watched).join().expect("it does not panic");
}

fn main() -> ExitCode {
    support::play(act())
}
