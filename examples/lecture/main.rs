//! All lessons in the order of the lectures, each in a runtime of its own.
//!
//! You will see, for each act, one line that says what to watch for, then what the act itself
//! prints, then its time beside the expected one; and a table of all times at the end.
//!
//!     cargo run --example lecture [-- [--virtual] [--act NAME].. [--list] [--help]]
//!
//! - **The first line comes at once**, before anything that can wait.
//! - **An act that only waits shows exact times**; one that blocks threads on purpose says so.
//!
//! Leaves out: the acts themselves; their list is `acts.rs`.

// Each lesson brings the helpers along as a module of its own.
#![allow(clippy::duplicate_mod)]

use std::env;
use std::time::Duration;

use acts::{ACTS, Act, Takes};
use support::{refuse, seconds};
use tourbillon::now;

mod acts;
mod lessons;
#[path = "../support/mod.rs"]
mod support;

const HELP: &str = "\
Plays the programs of five lectures on asyncio, in order, on this runtime.

  --virtual    jump over the waits; acts that block threads take their time
  --act NAME   play this act; several are played in the order given
  --list       print the acts, or those given: name, lecture, time, what to watch for
  --help       print this and leave";

/// What an act computes beside its waits, in seconds, on a machine of today and unoptimized.
const COMPUTES: f64 = 0.01;

/// What the arguments ask for.
enum Order {
    Help,
    List(Acts),
    Play(Acts, VirtualClock),
}

type Acts = Vec<&'static Act>;
type VirtualClock = bool;

fn main() {
    support::leave_with_the_reader();
    match order() {
        Ok(Order::Help) => println!("{HELP}"),
        Ok(Order::List(acts)) => list(&acts),
        Ok(Order::Play(acts, virtual_clock)) => play(&acts, virtual_clock),
        Err(problem) => refuse(2, &problem),
    }
}

/// Reads the arguments; an error is one line that says what to do.
fn order() -> Result<Order, String> {
    let mut arguments = env::args_os().skip(1);
    let (mut acts, mut only_list, mut virtual_clock) = (Acts::new(), false, false);
    while let Some(argument) = arguments.next() {
        match argument.to_string_lossy().as_ref() {
            "--virtual" => virtual_clock = true,
            "--act" => {
                let name = arguments.next().ok_or("--act wants a name: try --list")?;
                acts.push(named(&name.to_string_lossy())?);
            }
            "--list" => only_list = true,
            "--help" => return Ok(Order::Help),
            unknown => return Err(format!("unknown argument {unknown:?}: try --help")),
        }
    }
    if acts.is_empty() {
        acts.extend(ACTS);
    }
    Ok(if only_list {
        Order::List(acts)
    } else {
        Order::Play(acts, virtual_clock)
    })
}

fn named(name: &str) -> Result<&'static Act, String> {
    let act = ACTS.iter().find(|act| act.name == name);
    act.ok_or_else(|| format!("unknown act {name:?}: try --list"))
}

fn list(acts: &[&Act]) {
    for act in acts {
        let expected = act.expected.to_string();
        println!(
            "{:<17} {} {expected:>9}  {}",
            act.name, act.lecture, act.watch
        );
    }
}

/// Plays the acts in order; Ctrl-C leaves at any moment.
fn play(acts: &[&Act], virtual_clock: VirtualClock) {
    support::leave_on_ctrl_c();
    println!("{}", announcement(acts, virtual_clock));
    let times: Vec<Duration> = acts.iter().map(|act| perform(act, virtual_clock)).collect();
    summary(acts, &times);
}

/// How many acts, how long they will take, and how to be quicker.
fn announcement(acts: &[&Act], virtual_clock: VirtualClock) -> String {
    let seconds = |blocked: bool| {
        let some = acts.iter().filter(|act| act.expected.blocks() == blocked);
        some.fold(0.0, |sum, act| sum + act.expected.seconds())
    };
    let (waits, blocks) = (seconds(false), seconds(true));
    let yours = blocks + COMPUTES * acts.len() as f64;
    let count = match acts.len() {
        1 => "1 act".to_owned(),
        several => format!("{several} acts"),
    };
    if virtual_clock {
        format!("{count}: {waits:.1} s of virtual time, about {yours:.1} s of yours")
    } else if waits >= 1.0 {
        let all = waits + blocks;
        format!("{count}: about {all:.1} s; with `-- --virtual` about {yours:.1} s")
    } else {
        format!("{count}: about {:.1} s", waits + yours)
    }
}

/// Plays one act between its announcement and its time; returns the time.
fn perform(act: &Act, virtual_clock: VirtualClock) -> Duration {
    println!("\n== {} (lecture {}): {}", act.name, act.lecture, act.watch);
    let runtime = support::runtime(virtual_clock && !act.expected.blocks());
    let time = runtime.block_on(async {
        let start = now();
        (act.run)().await;
        now() - start
    });
    let (expected, ours) = (&act.expected, seconds(time));
    match expected {
        Takes::Printed(_, printed) => {
            println!("-- expected {expected} (the lecture's {printed}), ours {ours}");
        }
        _ => println!("-- expected {expected}, ours {ours}"),
    }
    time
}

fn summary(acts: &[&Act], times: &[Duration]) {
    println!("\n{:<17}  expected   measured", "act");
    for (act, time) in acts.iter().zip(times) {
        let (expected, measured) = (act.expected.to_string(), seconds(*time));
        let note = match act.expected {
            Takes::Waits(_) => String::new(),
            Takes::Printed(_, printed) => format!("  the lecture's {printed}"),
            Takes::Blocks(_) => "  blocks threads: the real clock".into(),
            Takes::Scaled(_) => {
                "  blocks threads: the real clock, a twentieth of the lecture's time".into()
            }
        };
        println!("{:<17} {expected:>9}  {measured:>9}{note}", act.name);
    }
}
