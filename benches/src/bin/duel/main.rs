//! The benchmark table: each row for each runtime in turn, each figure from a fresh process.
//!
//! The parent starts this same program again for every figure, with a hidden argument, and never
//! measures anything itself. Progress goes to stderr, the table or the JSON to stdout. A child that
//! fails or hangs is named, its lane is left out of the row, and the exit code is 1; a missed
//! target is a result, no failure.

mod order;
mod turns;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use benches::child;
use benches::curves::Curves;
use benches::growth::{self, Growth};
use benches::machine;
use benches::plot;
use benches::report::{self, Rounds};
use benches::row::{self, Row};

use order::{Duel, Form, HELP, Order, What};
use turns::Turns;

fn main() -> ExitCode {
    let order = match order::read(lexopt::Parser::from_env()) {
        Ok(order) => order,
        Err(error) => {
            eprintln!("duel: {error}; --help says more, --list names the rows");
            return ExitCode::from(2);
        }
    };
    let result = match order {
        Order::Help => print(HELP).map(|()| true),
        Order::List => print(&list()).map(|()| true),
        Order::Duel(duel) => run(&duel),
        Order::Measure(measure) => {
            let figure = child::measure(measure.unit, measure.work, measure.scale);
            print(&format!("{figure}\n")).map(|()| true)
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

/// Measures, writes, draws. True if no child failed.
fn run(duel: &Duel) -> io::Result<bool> {
    // Before the first figure: a run of minutes must not end with a file that cannot be written.
    let plot = duel.plot.as_deref().map(open).transpose()?;
    let mut heading = machine::heading();
    if duel.quick {
        heading.push_str("quick: three rounds, a tenth of the work\n");
    }
    match duel.form {
        Form::Json => eprint!("{heading}"),
        Form::Text => print(&format!("{heading}\n"))?,
        Form::Markdown => print(&format!("```text\n{heading}```\n\n"))?,
    }
    let mut turns = Turns::new(duel);
    let picture = match &duel.what {
        What::Rows(rows) => plot::rows(&run_rows(duel.form, rows, &mut turns)?),
        What::Growth(families) => plot::growth(&run_growth(duel.form, families, &mut turns)?),
    };
    if let Some(mut file) = plot {
        file.set_len(0)?;
        file.write_all(picture.as_bytes())?;
    }
    Ok(turns.all_well())
}

/// Opens a file to write, and keeps what is in it until there is something better.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let opened = options.create(true).truncate(false).write(true).open(path);
    opened.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn run_rows(form: Form, rows: &[&'static Row], turns: &mut Turns) -> io::Result<Vec<Rounds>> {
    let columns = report::columns(rows);
    match form {
        Form::Json => (),
        Form::Text => print(&format!("{}\n", report::header(&columns)))?,
        Form::Markdown => print(&format!("{}\n", report::markdown_header(&columns)))?,
    }
    let mut measured = Vec::new();
    for row in rows {
        let rounds = turns.row(row);
        match form {
            Form::Json => {
                for line in rounds.lines() {
                    print(&format!("{}\n", line.json()))?;
                }
            }
            Form::Text => print(&format!("{}\n", report::table(&rounds, &columns)))?,
            Form::Markdown => print(&format!("{}\n", report::markdown(&rounds, &columns)))?,
        }
        measured.push(rounds);
    }
    Ok(measured)
}

fn run_growth(
    form: Form,
    families: &[&'static Growth],
    turns: &mut Turns,
) -> io::Result<Vec<Curves>> {
    let mut measured = Vec::new();
    for growth in families {
        let mut curves = Curves {
            growth,
            points: Vec::new(),
        };
        if form == Form::Text {
            print(&format!("{}\n", Curves::header(growth)))?;
        }
        for size in turns.sizes(growth) {
            curves.points.push(turns.point(growth, size));
            match form {
                Form::Json => print(&format!("{}\n", curves.last_json().unwrap_or_default()))?,
                Form::Text => print(&format!("{}\n", curves.last_line()))?,
                Form::Markdown => (),
            }
        }
        match form {
            Form::Json => (),
            Form::Text => print("\n")?,
            Form::Markdown => print(&format!("{}\n", curves.markdown()))?,
        }
        measured.push(curves);
    }
    Ok(measured)
}

fn list() -> String {
    let line = |name: &str, what: &str| format!("{name:<24} {what}\n");
    let rows = row::all().map(|row| line(row.name, row.what));
    let curves =
        growth::all().map(|growth| line(&format!("--growth {}", growth.name), growth.what));
    rows.chain(curves).collect()
}

/// Unlike `print!`, says when nobody reads.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
