//! Runs a program on many schedules, and says how to have a failure again.
//!
//! | variable | what it says | unless said |
//! |---|---|---|
//! | `TOURBILLON_SEED` | the one schedule to run | new ones each time |
//! | `TOURBILLON_SCHEDULES` | how many to run of each program | as many as each program asks for |
//!
//! A schedule fails if a check of the program does, if all threads that are left wait for each other, if
//! something is left that is freed by hand, or if there is no end to it.
//!
//! Leaves out: making the schedule shorter. The one that failed is as long as it is.

use std::env;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use crate::schedules::Schedules;
use crate::support::Outcome;

/// No program here needs a tenth of it.
const STEPS: usize = 200_000;

/// Enough for a poll of a task that panics, many times over.
const STACK: usize = 256 * 1024;

/// A number that a variable says.
fn said(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is to be a number, not {text}")))
}

/// Runs `program` on so many schedules. `name` is the test's.
pub(crate) fn explore(
    name: &str,
    schedules: u64,
    outcomes: &[&Outcome],
    program: impl Fn() + Send + Sync + 'static,
) {
    let one = said("TOURBILLON_SEED");
    let first = one.unwrap_or_else(|| RandomState::new().hash_one(name) >> 24);
    let many = said("TOURBILLON_SCHEDULES").unwrap_or(schedules);
    let seeds = first..first + if one.is_some() { 1 } else { many };
    let (present, steps) = (Arc::default(), Arc::default());
    let runner = Runner::new(Schedules::new(seeds.clone(), &present, &steps), config());
    let since = Instant::now();
    let ran = catch_unwind(AssertUnwindSafe(|| runner.run(program)));
    let ran = ran.unwrap_or_else(|panic| {
        let seed: &AtomicU64 = &present;
        println!(
            "{name}: seed {0} failed; again: TOURBILLON_SEED={0} and this test's command with \
             `-- --exact {name}`",
            seed.load(Relaxed)
        );
        resume_unwind(panic)
    });
    assert_eq!(
        ran as u64,
        seeds.end - seeds.start,
        "every seed has its schedule"
    );
    let seen: Vec<_> = outcomes.iter().map(|of| (of.what, of.seen())).collect();
    println!(
        "{name}: seeds {} to {}: {ran} schedules of {} steps, {:.1} s, {seen:?}",
        seeds.start,
        seeds.end - 1,
        steps.load(Relaxed) / seeds.end.abs_diff(seeds.start),
        since.elapsed().as_secs_f32()
    );
    // One schedule cannot bring about everything.
    for (what, count) in seen {
        assert!(
            one.is_some() || count > 0,
            "{name}: no schedule brought about: {what}"
        );
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = STACK;
    config.max_steps = MaxSteps::FailAfter(STEPS);
    // The seed is the schedule.
    config.failure_persistence = FailurePersistence::None;
    // Shuttle warns of weak orderings, which the loom models see.
    config.silence_warnings = true;
    config
}
