//! The same counting program on one loop and on two workers, each with its trace.
//!
//! One loop polls one task at a time, first spawned first, so its trace is the same in each run. Of
//! two workers each has a column: the one without work *steals* a task, and polls it again when the
//! timer, which is its own, has woken it. Nobody says whose line comes first, so lines with a `~`
//! are one run's. So in each run: a counter says one, is woken, says two; each worker polls one
//! before any is woken. A barrier at "one" sees to that: it blocks a worker, for the lesson's sake.
//!
//!     cargo run --example two_workers [-- --virtual]
//!
//! > one loop:
//! > poll 1
//! > 1 says one
//! > poll 2
//! > 2 says one
//! > wake 1
//! > wake 2
//! > poll 1
//! > 1 says two
//! > poll 2
//! > 2 says two
//! > two workers:
//! > ~ poll 1
//! > ~ 1 says one
//! > ~                         steal 2 from worker 0
//! > ~                         poll 2
//! > ~                         2 says one
//! > ~ wake 1
//! > ~ poll 1
//! > ~ 1 says two
//! > ~                         wake 2
//! > ~                         poll 2
//! > ~                         2 says two

use std::process::ExitCode;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use tourbillon::{Runtime, join_all, sleep, spawn, spawn_blocking};

#[path = "support/mod.rs"]
mod support;
#[path = "support/trace.rs"]
mod trace;
use trace::Trace;

/// The counter of `counting.rs`, which meets another one on the way.
async fn counter(number: u32, trace: Trace, meeting: Arc<Barrier>) {
    trace.line(format_args!("{number} says one"));
    meeting.wait();
    sleep(Duration::from_secs(1)).await;
    trace.line(format_args!("{number} says two"));
}

/// Counts on so many workers; as many counters meet. Their second is one of a virtual clock.
fn count(workers: usize, trace: Trace) {
    let builder = Runtime::builder().virtual_clock().workers(workers);
    let runtime = builder.observer(trace).build().expect("one more runtime");
    let meeting = Arc::new(Barrier::new(workers));
    let counters = [1, 2].map(|number| counter(number, trace, meeting.clone()));
    for counter in runtime.block_on(async { join_all(counters.map(spawn)).await }) {
        counter.expect("it only counts");
    }
}

pub async fn act() {
    // A runtime does not run inside another one: these two get a thread to themselves.
    let both = spawn_blocking(|| {
        println!("one loop:");
        count(1, Trace(""));
        println!("two workers:");
        count(2, Trace("~ "));
    });
    both.await.expect("nobody panics");
}

fn main() -> ExitCode {
    support::play(act())
}
