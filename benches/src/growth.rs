//! The table of growth: the same work at ten, a thousand, a million; the cost an item should not
//! rise.
//!
//! - **An item costs what it costs.** A line that rises is a cost that grows with the others, which
//!   no ratio to a peer would show.
//!
//! Leaves out: targets. What must be flat is a row of its own.

use crate::row::{Unit, Work};
use crate::workload::{echo, fire, group, sets, spawn, timer};

/// One curve for each lane: how many items in, the cost of one item out.
pub struct Growth {
    /// How the curves are called on the command line.
    pub name: &'static str,
    /// What is done, in one sentence.
    pub what: &'static str,
    /// What is counted on the horizontal axis.
    pub per: &'static str,
    /// The vertical axis.
    pub unit: Unit,
    /// How many items, ascending.
    pub sizes: &'static [usize],
    /// Who does it, in turn.
    pub lanes: &'static [(&'static str, Work)],
}

/// Every family of curves.
pub fn all() -> impl Iterator<Item = &'static Growth> {
    let families = [
        spawn::GROWTH,
        timer::GROWTH,
        fire::GROWTH,
        sets::GROWTH,
        group::GROWTH,
        echo::GROWTH,
    ];
    families.into_iter().flatten()
}

impl Growth {
    /// Finds curves by their full name, which comes first, and all others of a family by what
    /// stands before the slash.
    pub fn find(name: &str) -> Vec<&'static Growth> {
        let family = format!("{name}/");
        let exact = all().filter(|growth| growth.name == name);
        let others = all().filter(|growth| growth.name.starts_with(&family));
        exact.chain(others).collect()
    }

    /// Who does the work in the lane of that name.
    pub fn lane(&self, name: &str) -> Option<Work> {
        let lane = self.lanes.iter().find(|lane| lane.0 == name);
        lane.map(|lane| lane.1)
    }
}
