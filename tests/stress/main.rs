//! Stress: eight workers under a mix of everything that a runtime does, in random rounds, and a
//! watchdog that finds whatever stands still for a second.
//!
//! A *strand* is one kind of work that goes on in steps (`strands.rs`). In each round some of the
//! strands, or one alone, get leave for so many steps, and the next round begins when all of them
//! have used it up. So load and silence alternate, and a wake that is lost while one strand is alone
//! is made good by nobody: no timer of the test's comes to help.
//!
//! Always: each strand stamps its progress; one that works and stamps nothing for a second is
//! reported with the state of every thread, and the process is aborted (`watch.rs`). Then the
//! runtime is idle for five seconds and may use 10 ms of processor time. Then all ends, and what was
//! begun is compared with what was ended.
//!
//!     cargo test --test stress -- --nocapture
//!     TOURBILLON_STRESS_SECONDS=60 TOURBILLON_STRESS_SEED=1 cargo test --release --test stress
//!
//! Leaves out: orders and values, which the tests of behaviour check.

mod processor;
mod random;
mod strands;
mod tally;
mod watch;

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tourbillon::{Runtime, Task, sleep, spawn, spawn_local, yield_now};

use random::Random;
use strands::{Lead, Work};
use tally::Tally;
use watch::Watch;

const WORKERS: usize = 8;
/// Of the mix, unless said: as long as a test that always runs may take.
const SECONDS: u64 = 2;
const IDLE: Duration = Duration::from_secs(5);
/// Processor time that the idle process may use meanwhile.
const MOST_IDLE_WORK: Duration = Duration::from_millis(10);
/// Tasks that are alive when the runtime ends.
const LEFT: usize = 100;

/// A number that the environment may set.
fn setting(name: &str, or_else: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().expect("a whole number"),
        Err(_) => or_else,
    }
}

fn seed_of_this_moment() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("a clock after 1970").as_micros() as u64
}

/// Rounds of random strands until the time is over; says how many.
fn mix(runtime: &Runtime, work: &Work, random: &mut Random, until: Instant) -> u64 {
    let (leads, mut rounds) = (work.leads(), 0);
    while Instant::now() < until {
        rounds += 1;
        let alone = random.below(leads.len() as u64) as usize;
        // One strand alone, some, or all.
        let one_in = [0, 4, 1][random.below(3) as usize];
        let chosen = leads.iter().enumerate().filter(|(index, _)| match one_in {
            0 => *index == alone,
            one_in => random.below(one_in) == 0,
        });
        let chosen: Vec<&Lead> = chosen.map(|(_, lead)| lead).collect();
        for lead in &chosen {
            lead.begin(1 + random.below(2 * lead.steps()));
        }
        // Each end is a block_on of its own.
        for _ in &chosen {
            runtime.block_on(work.one_ended());
            if random.below(4) == 0 {
                runtime.block_on(yield_now());
            }
        }
    }
    rounds
}

/// The idle runtime, with all its tasks and sockets waiting.
fn idle(runtime: &Runtime) -> Duration {
    // What the last round left behind, a thread that goes to sleep, is no idle work.
    runtime.block_on(sleep(Duration::from_millis(100)));
    let before = processor::time_of_threads();
    runtime.block_on(sleep(IDLE));
    let used = processor::growth(&before, &processor::time_of_threads());
    println!(
        "stress: idle for {} s: {:.3} ms of processor time (less than {} ms)",
        IDLE.as_secs(),
        used.as_secs_f64() * 1e3,
        MOST_IDLE_WORK.as_millis()
    );
    used
}

/// Leaves tasks behind that wait for ever, so that the end has something to do.
fn leave_behind(runtime: &Runtime, tally: &Tally) -> Vec<Task<()>> {
    runtime.block_on(async {
        let mut left = Vec::new();
        for _ in 0..LEFT {
            let guard = tally.tasks.begin();
            let brings_locals = tally.tasks.begin();
            left.push(spawn(async move {
                let _guard = guard;
                spawn_local(async move {
                    let _guard = brings_locals;
                    pending::<()>().await;
                })
                .detach();
                pending::<()>().await;
            }));
        }
        // All are polled, on whichever worker.
        while runtime_tasks_that_were_polled() < 2 * LEFT {
            yield_now().await;
        }
        left
    })
}

fn runtime_tasks_that_were_polled() -> usize {
    let was_polled =
        |task: &tourbillon::TaskInfo| task.waits_for == tourbillon::internals::WaitsFor::Foreign;
    tourbillon::tasks()
        .iter()
        .filter(|task| was_polled(task))
        .count()
}

#[test]
fn eight_workers_under_a_mix_of_everything_let_nothing_stand_still_and_lose_nothing() {
    let seconds = setting("TOURBILLON_STRESS_SECONDS", SECONDS);
    let seed = setting("TOURBILLON_STRESS_SEED", seed_of_this_moment());
    println!("stress: {WORKERS} workers, {seconds} s, TOURBILLON_STRESS_SEED={seed}");
    let mut random = Random::new(seed);
    let tally = Arc::new(Tally::default());
    let runtime = Runtime::builder().workers(WORKERS).build().unwrap();
    let work = Work::new(&runtime, &tally, &mut random);
    let watch = Watch::over(
        work.leads()
            .iter()
            .map(|lead| lead.pulse().clone())
            .collect(),
    );
    let until = Instant::now() + Duration::from_secs(seconds);
    let rounds = mix(&runtime, &work, &mut random, until);
    println!("stress: {rounds} rounds, {} steps", watch.steps());
    watch.end();
    let used = idle(&runtime);
    assert!(used < MOST_IDLE_WORK, "the idle process used {used:?}");
    work.end(&runtime);
    let left = leave_behind(&runtime, &tally);
    let reports = runtime.shutdown(Duration::from_secs(5));
    assert!(reports.is_empty(), "{reports:?}");
    assert!(left.iter().all(Task::is_cancelled));
    tally.check();
    println!("stress: PASS");
}
