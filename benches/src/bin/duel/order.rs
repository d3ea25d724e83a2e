//! What the command line asks for.

use std::ffi::OsString;
use std::path::PathBuf;

use benches::child::{MEASURE, MEASURE_GROWTH};
use benches::growth::{self, Growth};
use benches::row::{self, Row, Unit, Work};
use lexopt::ValueExt;

pub(crate) const HELP: &str = "\
duel: one benchmark table of tourbillon, its peers and the floor

    cargo run --release -p benches --bin duel -- [OPTION...] [ROW...]
    cargo run --release -p benches --bin duel -- [OPTION...] --growth [FAMILY...]

ROW is a row's name, or what stands before its slash for several; without one, all rows. Each figure
comes from a fresh process; the contestants take turns, and a ratio is the median of the rounds' ratios.

    --growth      the curves instead of the rows: what an item costs when there are more of them
    --quick       three rounds instead of seven, a tenth of the work; memory and other long rows only by
                  name; of curves, no size above 100,000
    --json        on stdout one object a line and nothing else. For each target of each row:
                  row, ours, unit, peers, floor, target, against, ratio, holds
                  With --growth, for each size:
                  growth, per, size, unit, figures
    --markdown    the table as docs/benchmarks.md has it
    --plot FILE   also draws what was measured, as SVG
    --list        the rows, the families of curves, and what they measure
    --help        this page

Built with `--features mimalloc`, all contestants take their memory from mimalloc.
Progress goes to stderr. The exit code is 0 also when a target is missed, 1 when a child failed or the
output could not be written, 2 when the arguments are wrong.
";

/// What the command line asks for.
pub(crate) enum Order {
    Help,
    List,
    Duel(Duel),
    Measure(Measure),
}

/// A table.
pub(crate) struct Duel {
    pub(crate) quick: bool,
    pub(crate) form: Form,
    pub(crate) plot: Option<PathBuf>,
    pub(crate) what: What,
}

/// How the table is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
    Markdown,
}

pub(crate) enum What {
    Rows(Vec<&'static Row>),
    Growth(Vec<&'static Growth>),
}

/// One figure, which a child is asked for.
pub(crate) struct Measure {
    pub(crate) unit: Unit,
    pub(crate) work: Work,
    pub(crate) scale: usize,
}

/// Reads the command line.
///
/// # Errors
///
/// What is wrong with it, in words for whoever wrote it.
pub(crate) fn read(mut arguments: lexopt::Parser) -> Result<Order, lexopt::Error> {
    use lexopt::Arg::{Long, Short, Value};
    let (mut quick, mut growth, mut form) = (false, false, Form::Text);
    let (mut plot, mut names) = (None, Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Order::Help),
            Long("list") => return Ok(Order::List),
            Long("quick") => quick = true,
            Long("growth") => growth = true,
            Long("json") => form = only(form, Form::Json)?,
            Long("markdown") => form = only(form, Form::Markdown)?,
            Long("plot") => plot = Some(PathBuf::from(arguments.value()?)),
            Long(hidden) if [MEASURE, MEASURE_GROWTH].contains(&&*format!("--{hidden}")) => {
                let is_growth = format!("--{hidden}") == MEASURE_GROWTH;
                return measure(arguments, is_growth).map(Order::Measure);
            }
            Value(name) => names.push(name),
            _ => return Err(argument.unexpected()),
        }
    }
    let what = if growth {
        What::Growth(families(names)?)
    } else {
        What::Rows(rows(names, quick)?)
    };
    Ok(Order::Duel(Duel {
        quick,
        form,
        plot,
        what,
    }))
}

fn only(form: Form, asked: Form) -> Result<Form, lexopt::Error> {
    if form == Form::Text || form == asked {
        Ok(asked)
    } else {
        Err("--json and --markdown exclude each other".into())
    }
}

fn rows(names: Vec<OsString>, quick: bool) -> Result<Vec<&'static Row>, lexopt::Error> {
    if names.is_empty() {
        return Ok(row::all().filter(|row| !quick || row.quick).collect());
    }
    found(names, "row", Row::find)
}

fn families(names: Vec<OsString>) -> Result<Vec<&'static Growth>, lexopt::Error> {
    if names.is_empty() {
        return Ok(growth::all().collect());
    }
    found(names, "family of curves", Growth::find)
}

fn found<T>(
    names: Vec<OsString>,
    kind: &str,
    find: fn(&str) -> Vec<&'static T>,
) -> Result<Vec<&'static T>, lexopt::Error> {
    let mut all = Vec::new();
    for name in names {
        let name = name.string()?;
        let found = find(&name);
        if found.is_empty() {
            return Err(format!("no {kind} is called {name:?}").into());
        }
        all.extend(found);
    }
    Ok(all)
}

fn measure(mut arguments: lexopt::Parser, growth: bool) -> Result<Measure, lexopt::Error> {
    let name = vec![arguments.value()?];
    let lane = arguments.value()?.string()?;
    let scale = arguments.value()?.parse()?;
    let (unit, work) = if growth {
        let growth = families(name)?[0];
        (growth.unit, growth.lane(&lane))
    } else {
        let row = rows(name, false)?[0];
        (row.unit, row.lane(&lane))
    };
    let work = work.ok_or_else(|| format!("there is no lane {lane:?}"))?;
    Ok(Measure { unit, work, scale })
}
