//! The benchmark table: each row for each runtime in turn, each figure from a fresh process.
//!
//! The parent starts this same program again for every figure, with a hidden argument, and never
//! measures anything itself. Progress goes to stderr, the table or the JSON to stdout. A child that
//! fails or hangs is named, its lane is left out of the row, and the exit code is 1; a missed
//! target is a result, no failure.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Command, ExitCode};

use benches::child::{self, Failure, LIMIT, MEASURE};
use benches::machine;
use benches::report::{self, Rounds};
use benches::row::{self, Row};
use lexopt::ValueExt;

const HELP: &str = "\
duel: one benchmark table of tourbillon, its peers and the floor

    cargo run --release -p benches --bin duel -- [--quick] [--json] [ROW...]

ROW is a row's name, or what stands before its slash for a whole family; without one, all rows.

    --quick   three rounds instead of seven, a tenth of the work; memory and growth only by name
    --json    one object a line for each target of each row, and nothing else on stdout
    --list    the rows and what they measure
    --help    this page
";

/// What the command line asks for.
enum Order {
    Help,
    List,
    Duel {
        quick: bool,
        json: bool,
        rows: Vec<&'static Row>,
    },
    Measure {
        row: &'static Row,
        lane: String,
        scale: usize,
    },
}

fn main() -> ExitCode {
    let result = match order(lexopt::Parser::from_env()) {
        Ok(Order::Help) => print(HELP).map(|()| true),
        Ok(Order::List) => print(&list()).map(|()| true),
        Ok(Order::Duel { quick, json, rows }) => duel(quick, json, &rows),
        Ok(Order::Measure { row, lane, scale }) => measure(row, &lane, scale),
        Err(error) => {
            eprintln!("duel: {error}; --help says more, --list names the rows");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever closed our output, as `head` does, has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("duel: {error}");
            ExitCode::FAILURE
        }
    }
}

fn order(mut arguments: lexopt::Parser) -> Result<Order, lexopt::Error> {
    use lexopt::Arg::{Long, Short, Value};
    let (mut quick, mut json, mut rows) = (false, false, Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Order::Help),
            Long("list") => return Ok(Order::List),
            Long("quick") => quick = true,
            Long("json") => json = true,
            Long("measure") => return measure_order(arguments),
            Value(name) => rows.extend(find(name)?),
            _ => return Err(argument.unexpected()),
        }
    }
    if rows.is_empty() {
        rows = row::all().filter(|row| !quick || row.quick).collect();
    }
    Ok(Order::Duel { quick, json, rows })
}

fn find(name: OsString) -> Result<Vec<&'static Row>, lexopt::Error> {
    let name = name.string()?;
    let rows = Row::find(&name);
    if rows.is_empty() {
        Err(format!("no row is called {name:?}").into())
    } else {
        Ok(rows)
    }
}

fn measure_order(mut arguments: lexopt::Parser) -> Result<Order, lexopt::Error> {
    let row = find(arguments.value()?)?[0];
    let lane = arguments.value()?.string()?;
    let scale = arguments.value()?.parse()?;
    Ok(Order::Measure { row, lane, scale })
}

/// What a child does.
fn measure(row: &Row, lane: &str, scale: usize) -> io::Result<bool> {
    let Some(work) = row.lane(lane) else {
        eprintln!("duel: {} has no lane {lane:?}", row.name);
        return Ok(false);
    };
    print(&format!("{}\n", child::measure(row, work, scale)))?;
    Ok(true)
}

/// Runs the rows one after the other. True if no child failed.
fn duel(quick: bool, json: bool, rows: &[&'static Row]) -> io::Result<bool> {
    let heading = machine::heading();
    if json {
        eprint!("{heading}");
    } else {
        print(&format!("{heading}\n{}\n", report::header()))?;
    }
    let mut well = true;
    for row in rows {
        let (rounds, complete) = take_turns(row, quick);
        well &= complete;
        if json {
            for line in rounds.lines() {
                print(&format!("{}\n", line.json()))?;
            }
        } else {
            print(&format!("{}\n", report::table(&rounds)))?;
        }
    }
    Ok(well)
}

/// Every lane of a row once a round, in turn. The second is false if a lane failed and was left
/// out.
fn take_turns(row: &'static Row, quick: bool) -> (Rounds, bool) {
    let (rounds, scale) = if quick {
        (3, (row.scale / 10).max(1))
    } else {
        (7, row.scale)
    };
    let mut lanes: Vec<_> = row
        .lanes
        .iter()
        .map(|(name, _)| (*name, Vec::new()))
        .collect();
    eprint!("{} ", row.name);
    for _ in 0..rounds {
        lanes.retain_mut(|(lane, figures)| match figure(row, lane, scale) {
            Ok(figure) => {
                figures.push(figure);
                true
            }
            Err(failure) => {
                eprintln!("\nduel: {lane} in {}: the child {failure}", row.name);
                false
            }
        });
        eprint!(".");
    }
    eprintln!();
    let complete = lanes.len() == row.lanes.len();
    (Rounds { row, lanes }, complete)
}

fn figure(row: &Row, lane: &str, scale: usize) -> Result<f64, Failure> {
    let program = env::current_exe().map_err(Failure::System)?;
    let mut command = Command::new(program);
    command.args([MEASURE, row.name, lane, &scale.to_string()]);
    child::figure(&mut command, LIMIT)
}

fn list() -> String {
    let line = |row: &Row| format!("{:<20} {}\n", row.name, row.what);
    row::all().map(line).collect()
}

/// Unlike `print!`, says when nobody reads.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
