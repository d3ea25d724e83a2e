//! All lessons in the order of the lectures, each in a runtime of its own.
//!
//! You will see, for each act, one line that says what to watch for, then what the act itself
//! prints, then its time beside the lecture's; and a table of all times at the end.
//!
//!     cargo run --example lecture [-- [--virtual] [--act NAME] [--list] [--help]]
//!
//! - **The first line comes at once**, before anything that can wait.
//! - **An act that only waits shows exact times**; one that blocks threads on purpose says so.
//!
//! Leaves out: the acts themselves; their list is `acts.rs`.

// Each lesson brings the helpers along as a module of its own.
#![allow(clippy::duplicate_mod)]

use std::env;
use std::process::ExitCode;
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
  --act NAME   play one act
  --list       print the acts: name, lecture, time, what to watch for
  --help       print this and leave";

/// What the arguments ask for.
enum Order {
    Help,
    List,
    Play(&'static [Act], VirtualClock),
}

type VirtualClock = bool;

fn main() -> ExitCode {
    match order() {
        Ok(Order::Help) => println!("{HELP}"),
        Ok(Order::List) => list(),
        Ok(Order::Play(acts, virtual_clock)) => return play(acts, virtual_clock),
        Err(problem) => return refuse(2, &problem),
    }
    ExitCode::SUCCESS
}

/// Reads the arguments; an error is one line that says what to do.
fn order() -> Result<Order, String> {
    let mut arguments = env::args_os().skip(1);
    let (mut acts, mut virtual_clock) = (ACTS, false);
    while let Some(argument) = arguments.next() {
        match argument.to_string_lossy().as_ref() {
            "--virtual" => virtual_clock = true,
            "--act" => {
                let name = arguments.next().ok_or("--act wants a name: try --list")?;
                acts = only(&name.to_string_lossy())?;
            }
            "--list" => return Ok(Order::List),
            "--help" => return Ok(Order::Help),
            unknown => return Err(format!("unknown argument {unknown:?}: try --help")),
        }
    }
    Ok(Order::Play(acts, virtual_clock))
}

/// The one act of this name.
fn only(name: &str) -> Result<&'static [Act], String> {
    let position = ACTS.iter().position(|act| act.name == name);
    let position = position.ok_or_else(|| format!("unknown act {name:?}: try --list"))?;
    Ok(&ACTS[position..=position])
}

fn list() {
    for act in ACTS {
        let expected = act.expected.to_string();
        println!(
            "{:<17} {} {expected:>9}  {}",
            act.name, act.lecture, act.watch
        );
    }
}

/// Plays the acts in order; Ctrl-C leaves at any moment.
fn play(acts: &[Act], virtual_clock: VirtualClock) -> ExitCode {
    let waits: f64 = acts.iter().map(|act| act.expected.seconds()).sum();
    let clock = if virtual_clock {
        "a virtual"
    } else {
        "the real"
    };
    support::leave_on_ctrl_c();
    println!("{} acts, {waits:.0} s in all by {clock} clock", acts.len());

    let mut times = Vec::new();
    for act in acts {
        match perform(act, virtual_clock) {
            Ok(time) => times.push(time),
            Err(error) => {
                return refuse(1, &format!("this system gives us no runtime: {error}"));
            }
        }
    }
    summary(acts, &times);
    ExitCode::SUCCESS
}

/// Plays one act between its announcement and its time; returns the time.
fn perform(act: &Act, virtual_clock: VirtualClock) -> std::io::Result<Duration> {
    println!("\n== {} (lecture {}): {}", act.name, act.lecture, act.watch);
    let blocks = matches!(act.expected, Takes::Blocks(_));
    let runtime = support::runtime(virtual_clock && !blocks)?;
    let time = runtime.block_on(async {
        let start = now();
        (act.run)().await;
        now() - start
    });
    match act.expected {
        Takes::Printed(_, printed) => println!("-- lecture {printed}, ours {}", seconds(time)),
        _ => println!("-- expected {}, ours {}", act.expected, seconds(time)),
    }
    Ok(time)
}

fn summary(acts: &[Act], times: &[Duration]) {
    println!("\n{:<17}  expected   measured", "act");
    for (act, time) in acts.iter().zip(times) {
        let (expected, measured) = (act.expected.to_string(), seconds(*time));
        let note = match act.expected {
            Takes::Waits(_) => String::new(),
            Takes::Printed(_, printed) => format!("  lecture: {printed}"),
            Takes::Blocks(_) => {
                "  blocks threads: by the real clock, a twentieth of the time".into()
            }
        };
        println!("{:<17} {expected:>9}  {measured:>9}{note}", act.name);
    }
}
