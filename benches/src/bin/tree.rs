//! asyncio's own yardstick: the tree of tasks in Python, in the peers, here, and without a runtime.
//!
//! Every figure comes from a fresh process and the contestants take turns, as in `duel`, whose row
//! `tree` the Rust contestants do. A Python loop that is not there is named and left out, which is
//! no failure; a child that fails is one, with exit code 1.

use std::env;
use std::process::{Command, ExitCode};

use benches::child::{self, Failure, LIMIT, MEASURE};
use benches::machine;
use benches::report::median;
use benches::row::{OURS, Row};
use benches::workload::tree::TASKS;
use lexopt::ValueExt;

const HELP: &str = "\
tree: a tree of tasks in asyncio, uvloop, tokio, smol, monoio, tourbillon, and as a plain queue

    cargo run --release -p benches --bin tree [-- --quick]

    --quick   one round with a tree each instead of five with more
    --help    this page
";

/// The twins in Python.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tree.py");

/// The Python loops, and what prints their version or fails.
const PYTHON: [(&str, &str); 2] = [
    (
        "asyncio",
        "import sys; print('of CPython', sys.version.split()[0])",
    ),
    ("uvloop", "import uvloop; print(uvloop.__version__)"),
];

enum Order {
    Help,
    Compare { quick: bool },
    Measure { lane: String, trees: usize },
}

/// How many rounds, and trees in a round: a Python tree takes as long as thirty others.
struct Size {
    rounds: usize,
    python: usize,
    rust: usize,
}

struct Lane {
    name: &'static str,
    remark: String,
    python: bool,
    figures: Vec<f64>,
}

fn main() -> ExitCode {
    let order = match order(lexopt::Parser::from_env()) {
        Ok(order) => order,
        Err(error) => {
            eprintln!("tree: {error}; --help says more");
            return ExitCode::from(2);
        }
    };
    match order {
        Order::Help => print!("{HELP}"),
        Order::Measure { lane, trees } => println!("{}", measure(&lane, trees)),
        Order::Compare { quick } => {
            if let Err((lane, failure)) = compare(quick) {
                eprintln!("tree: {lane}: the child {failure}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn order(mut arguments: lexopt::Parser) -> Result<Order, lexopt::Error> {
    use lexopt::Arg::{Long, Short};
    let mut quick = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Order::Help),
            Long("quick") => quick = true,
            Long("measure") => {
                let lane = arguments.value()?.string()?;
                let trees = arguments.value()?.parse()?;
                return Ok(Order::Measure { lane, trees });
            }
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Order::Compare { quick })
}

fn row() -> &'static Row {
    Row::find("tree")[0]
}

/// What a child does.
fn measure(lane: &str, trees: usize) -> f64 {
    let work = row().lane(lane).expect("the parent names a lane");
    child::measure(row().unit, work, trees)
}

fn compare(quick: bool) -> Result<(), (&'static str, Failure)> {
    let size = if quick {
        Size {
            rounds: 1,
            python: 1,
            rust: 1,
        }
    } else {
        Size {
            rounds: 5,
            python: 3,
            rust: 50,
        }
    };
    let mut lanes = lanes();
    for _ in 0..size.rounds {
        for lane in &mut lanes {
            let figure = figure(lane, &size).map_err(|failure| (lane.name, failure))?;
            lane.figures.push(figure);
        }
    }
    print!("{}\n{}", machine::heading(), table(&lanes));
    Ok(())
}

/// The Python loops that are there, then the lanes of the row.
fn lanes() -> Vec<Lane> {
    let lane = |name, remark, python| Lane {
        name,
        remark,
        python,
        figures: Vec::new(),
    };
    let mut lanes = Vec::new();
    for (name, version) in PYTHON {
        match python_says(version) {
            Ok(version) => lanes.push(lane(name, version, true)),
            Err(reason) => eprintln!("tree: {name} is left out: {reason}"),
        }
    }
    lanes.extend(
        row()
            .lanes
            .iter()
            .map(|(name, _)| lane(name, String::new(), false)),
    );
    lanes
}

/// What python3 prints, or why it does not.
fn python_says(program: &str) -> Result<String, String> {
    let output = Command::new("python3").args(["-c", program]).output();
    let output = output.map_err(|error| format!("python3: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(complaint
            .lines()
            .last()
            .unwrap_or("python3 failed")
            .to_owned())
    }
}

fn figure(lane: &Lane, size: &Size) -> Result<f64, Failure> {
    let mut command;
    if lane.python {
        command = Command::new("python3");
        command.args([PROGRAM, lane.name, &size.python.to_string()]);
    } else {
        command = Command::new(env::current_exe().map_err(Failure::System)?);
        command.args([MEASURE, lane.name, &size.rust.to_string()]);
    }
    child::figure(&mut command, LIMIT)
}

/// A line a lane: its medians, and how many times ours that is.
fn table(lanes: &[Lane]) -> String {
    let ours = lanes.iter().find(|lane| lane.name == OURS);
    let ours = median(&ours.expect("the row has our lane").figures);
    let line = |lane: &Lane| {
        let figure = median(&lane.figures);
        format!(
            "{:<32} {:>8.1} ns/task {:>8.2} ms/tree {:>7.2} x {OURS}\n",
            format!("{} {}", lane.name, lane.remark),
            figure,
            figure * TASKS as f64 / 1e6,
            figure / ours,
        )
    };
    lanes.iter().map(line).collect()
}
