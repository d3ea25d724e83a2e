//! The table of all rows: what is done, by whom, at which scale, and what we mean to reach.
//!
//! - **A row is never removed or softened** without an issue; a row that we lose stays, with the
//!   loss.
//! - **A target is a ratio**: ours divided by something measured in the same rounds, or by a fixed
//!   figure.

use std::fmt;

use crate::workload::{
    Measured, accept, build, echo, fire, group, http, late, memory, oneshot, pingpong, pool, sets,
    spawn, timer, tree, wake, yields,
};

/// A workload bound to whoever does it: scale in, cost out.
pub type Work = fn(usize) -> Measured;

/// One line of the table.
pub struct Row {
    /// How the row is called on the command line.
    pub name: &'static str,
    /// What is done, in one sentence.
    pub what: &'static str,
    /// What a figure is a figure of: so many nanoseconds, or bytes, for one of these.
    pub per: &'static str,
    /// The figures' unit.
    pub unit: Unit,
    /// How much is done in a full run; a quick run does a tenth.
    pub scale: usize,
    /// Who does it, in turn: this runtime, the peers, the floor. A lane that is called like a row
    /// is this runtime at that row's work, measured in the same rounds for a target to compare
    /// with.
    pub lanes: &'static [(&'static str, Work)],
    /// What we mean to reach.
    pub targets: &'static [Target],
    /// Whether `--quick` runs it without being asked by name: not memory and not growth.
    pub quick: bool,
}

/// What a figure counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    Nanoseconds,
    Seconds,
    Bytes,
    Percent,
    Crates,
}

/// Ours is to be at most so many times something else.
#[derive(Clone, Copy)]
pub struct Target {
    pub at_most: f64,
    pub against: Against,
}

/// What ours is divided by.
#[derive(Clone, Copy, PartialEq)]
pub enum Against {
    /// The peer of this row with the lowest median.
    Best,
    /// The lane of that name: a peer, the floor, or this runtime at another row's work.
    Lane(&'static str),
    /// A fixed figure in the row's own unit.
    Fixed(f64),
}

/// The lane that every target is about.
pub const OURS: &str = "tourbillon";
/// The lane without a runtime.
pub const FLOOR: &str = "floor";

impl Row {
    /// Finds rows by their full name, or all rows of a family by what stands before the slash.
    pub fn find(name: &str) -> Vec<&'static Row> {
        let exact: Vec<&Row> = all().filter(|row| row.name == name).collect();
        if !exact.is_empty() {
            return exact;
        }
        let family = format!("{name}/");
        all().filter(|row| row.name.starts_with(&family)).collect()
    }

    /// Whether the figure is the library's own, before anything runs. Such a row has no floor, and
    /// one peer: tokio, with which a user weighs us.
    pub fn is_of_the_library(&self) -> bool {
        matches!(self.unit, Unit::Seconds | Unit::Crates)
    }

    /// Who does the work in the lane of that name.
    pub fn lane(&self, name: &str) -> Option<Work> {
        self.lanes
            .iter()
            .find(|lane| lane.0 == name)
            .map(|lane| lane.1)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Nanoseconds => "ns",
            Unit::Seconds => "s",
            Unit::Bytes => "B",
            Unit::Percent => "%",
            Unit::Crates => "crates",
        })
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Against::Best => f.write_str("best"),
            Against::Lane(name) => f.write_str(name),
            Against::Fixed(figure) => write!(f, "fixed {figure}"),
        }
    }
}

/// At most so many times the best peer.
pub const fn best(at_most: f64) -> Target {
    Target {
        at_most,
        against: Against::Best,
    }
}

/// At most so many times the lane of that name.
pub const fn lane(at_most: f64, name: &'static str) -> Target {
    Target {
        at_most,
        against: Against::Lane(name),
    }
}

/// At most so much, in the row's own unit.
pub const fn fixed(at_most: f64) -> Target {
    Target {
        at_most: 1.0,
        against: Against::Fixed(at_most),
    }
}

/// Every row, in the order of the table.
pub fn all() -> impl Iterator<Item = &'static Row> {
    let families = [
        spawn::ROWS,
        yields::ROWS,
        pingpong::ROWS,
        oneshot::ROWS,
        wake::ROWS,
        timer::ROWS,
        fire::ROWS,
        late::ROWS,
        sets::ROWS,
        group::ROWS,
        echo::ROWS,
        http::ROWS,
        accept::ROWS,
        tree::ROWS,
        pool::ROWS,
        memory::ROWS,
        build::ROWS,
    ];
    families.into_iter().flatten()
}
