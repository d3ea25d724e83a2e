//! From figures to the points of a curve.
//!
//! - **Medians.** A point is the median of its rounds.
//! - **A line for each size.** A family with four sizes gives four lines and four objects.

use std::fmt::Write;

use serde::{Serialize, Serializer};

use crate::growth::Growth;
use crate::report::{self, median};

/// What was measured of a family: at each size, for each lane that finished, a figure a round.
pub struct Curves {
    pub growth: &'static Growth,
    pub points: Vec<Point>,
}

/// So many items.
pub struct Point {
    pub size: usize,
    pub lanes: Vec<(&'static str, Vec<f64>)>,
}

/// One object of `--json`, with its fields in the promised order.
#[derive(Serialize)]
struct Line<'a> {
    growth: &'static str,
    per: &'static str,
    size: usize,
    unit: String,
    figures: Figures<'a>,
}

/// The lanes' medians, in the order of the table.
struct Figures<'a>(&'a Point);

impl Serialize for Figures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let medians = self.0.medians();
        serializer.collect_map(medians.map(|(name, figure)| (name, report::hundredths(figure))))
    }
}

impl Point {
    /// What an item costs each lane.
    pub fn medians(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let lanes = self.lanes.iter();
        lanes.map(|(name, figures)| (*name, median(figures)))
    }
}

impl Curves {
    /// The line above the points.
    pub fn header(growth: &Growth) -> String {
        let mut header = format!("{}: {}, {} each\n", growth.name, growth.what, growth.unit);
        write!(header, "{:>10}", growth.per).expect("a String takes all");
        for (name, _) in growth.lanes {
            write!(header, " {name:>10}").expect("a String takes all");
        }
        header
    }

    /// The last point as a line of the table.
    pub fn last_line(&self) -> String {
        let Some(point) = self.points.last() else {
            return String::new();
        };
        let mut line = format!("{:>10}", point.size);
        for (name, _) in self.growth.lanes {
            match point.medians().find(|(lane, _)| lane == name) {
                Some((_, figure)) => write!(line, " {figure:>10.1}"),
                None => write!(line, " {:>10}", "-"),
            }
            .expect("a String takes all");
        }
        line
    }

    /// The last point as one JSON object.
    pub fn last_json(&self) -> Option<String> {
        let point = self.points.last()?;
        Some(report::json(&Line {
            growth: self.growth.name,
            per: self.growth.per,
            size: point.size,
            unit: self.growth.unit.to_string(),
            figures: Figures(point),
        }))
    }

    /// All points as a table of Markdown.
    pub fn markdown(&self) -> String {
        let growth = self.growth;
        let mut text = format!(
            "**`{}`**: {}; {} each.\n\n",
            growth.name, growth.what, growth.unit
        );
        let names = growth.lanes.iter().map(|(name, _)| *name);
        writeln!(
            text,
            "| {} | {} |",
            growth.per,
            names.collect::<Vec<_>>().join(" | ")
        )
        .expect("a String takes all");
        text.push_str(&"|--:".repeat(growth.lanes.len() + 1));
        text.push_str("|\n");
        for point in &self.points {
            write!(text, "| {} |", point.size).expect("a String takes all");
            for (name, _) in growth.lanes {
                match point.medians().find(|(lane, _)| lane == name) {
                    Some((_, figure)) => write!(text, " {figure:.1} |"),
                    None => write!(text, " – |"),
                }
                .expect("a String takes all");
            }
            text.push('\n');
        }
        text
    }
}
