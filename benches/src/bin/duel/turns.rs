//! The contestants in turn, each figure from a fresh child.
//!
//! - **A B C, A B C.** Every lane once a round, so that a machine that grows slower grows slower
//!   for all.
//! - **A failure is named** and its lane left out; the others go on.

use std::env;
use std::process::Command;

use benches::child::{self, Failure, LIMIT, MEASURE, MEASURE_GROWTH};
use benches::curves::Point;
use benches::growth::Growth;
use benches::progress::Progress;
use benches::report::Rounds;
use benches::row::{Row, Work};

use crate::order::{Duel, What};

/// A run: how often each lane's turn comes, how far it is, and whether all is well.
pub(crate) struct Turns {
    quick: bool,
    progress: Progress,
    well: bool,
}

/// The largest size of a quick run's curves.
const QUICK_SIZE: usize = 100_000;

type Lanes = &'static [(&'static str, Work)];

impl Turns {
    pub(crate) fn new(duel: &Duel) -> Turns {
        let mut turns = Turns {
            quick: duel.quick,
            progress: Progress::of(0),
            well: true,
        };
        let lanes: usize = match &duel.what {
            What::Rows(rows) => rows.iter().map(|row| row.lanes.len()).sum(),
            What::Growth(families) => families
                .iter()
                .map(|growth| growth.lanes.len() * turns.sizes(growth).count())
                .sum(),
        };
        turns.progress = Progress::of(lanes * turns.rounds());
        turns
    }

    /// True if no child failed.
    pub(crate) fn all_well(&self) -> bool {
        self.well
    }

    fn rounds(&self) -> usize {
        if self.quick { 3 } else { 7 }
    }

    /// The sizes that this run takes of a family.
    pub(crate) fn sizes(&self, growth: &Growth) -> impl Iterator<Item = usize> + use<> {
        let most = if self.quick { QUICK_SIZE } else { usize::MAX };
        growth
            .sizes
            .iter()
            .copied()
            .filter(move |size| *size <= most)
    }

    /// Every lane of a row, some rounds.
    pub(crate) fn row(&mut self, row: &'static Row) -> Rounds {
        let scale = if self.quick {
            (row.scale / 10).max(1)
        } else {
            row.scale
        };
        let lanes = self.take(row.name, row.lanes, |lane| {
            figure([MEASURE, row.name, lane, &scale.to_string()])
        });
        Rounds { row, lanes }
    }

    /// Every lane of a family at one size, some rounds.
    pub(crate) fn point(&mut self, growth: &'static Growth, size: usize) -> Point {
        let name = format!("{} {size}", growth.name);
        let lanes = self.take(&name, growth.lanes, |lane| {
            figure([MEASURE_GROWTH, growth.name, lane, &size.to_string()])
        });
        Point { size, lanes }
    }

    fn take(
        &mut self,
        name: &str,
        lanes: Lanes,
        figure: impl Fn(&str) -> Result<f64, Failure>,
    ) -> Vec<(&'static str, Vec<f64>)> {
        let mut left: Vec<_> = lanes.iter().map(|(lane, _)| (*lane, Vec::new())).collect();
        let mut started = 0;
        self.progress.begin(name);
        for _ in 0..self.rounds() {
            let children = left.len();
            started += children;
            left.retain_mut(|(lane, figures)| match figure(lane) {
                Ok(figure) => {
                    figures.push(figure);
                    true
                }
                Err(failure) => {
                    eprintln!("\nduel: {lane} in {name}: the child {failure}");
                    false
                }
            });
            self.progress.round(children);
        }
        self.progress.end(lanes.len() * self.rounds() - started);
        self.well &= left.len() == lanes.len();
        left
    }
}

fn figure(arguments: [&str; 4]) -> Result<f64, Failure> {
    let program = env::current_exe().map_err(Failure::System)?;
    child::figure(Command::new(program).args(arguments), LIMIT)
}
