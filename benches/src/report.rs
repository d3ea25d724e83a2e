//! From rounds of figures to a line of the table.
//!
//! - **Medians** of the figures; a lane that was disturbed once does not move them.
//! - **Ratios round by round**, then their median: both halves of a ratio ran within seconds of
//!   each other.
//! - **A line for each target.** A row with two targets gives two lines and two objects.

use std::fmt::Write;
use std::io;

use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

use crate::row::{self, Against, FLOOR, OURS, Row, Target};

/// The figures of one row: for each lane that finished, one a round.
pub struct Rounds {
    pub row: &'static Row,
    pub lanes: Vec<(&'static str, Vec<f64>)>,
}

/// One object of `--json`, with its fields in the promised order.
#[derive(Serialize, Debug)]
pub struct Line {
    pub row: &'static str,
    #[serde(serialize_with = "rounded")]
    pub ours: f64,
    pub unit: String,
    pub peers: Peers,
    #[serde(serialize_with = "rounded_option")]
    pub floor: Option<f64>,
    pub target: f64,
    pub against: String,
    #[serde(serialize_with = "rounded")]
    pub ratio: f64,
    pub holds: bool,
    /// The lowest and the highest ratio of a round; only the table shows them.
    #[serde(skip)]
    pub range: (f64, f64),
}

/// The peers' medians, in the order of the table.
#[derive(Debug)]
pub struct Peers(pub Vec<(&'static str, f64)>);

impl Serialize for Peers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .iter()
                .map(|&(name, figure)| (name, hundredths(figure))),
        )
    }
}

impl Rounds {
    /// A line for each target whose two sides were both measured.
    pub fn lines(&self) -> Vec<Line> {
        let Some(ours) = self.figures(OURS) else {
            return Vec::new();
        };
        let line = |target: &Target| {
            let ratios = self.ratios(ours, target.against)?;
            let ratio = median(&ratios);
            Some(Line {
                row: self.row.name,
                ours: median(ours),
                unit: self.row.unit.to_string(),
                peers: Peers(self.peers()),
                floor: self.figures(FLOOR).map(median),
                target: target.at_most,
                against: target.against.to_string(),
                ratio,
                holds: ratio <= target.at_most,
                range: range(&ratios),
            })
        };
        self.row.targets.iter().filter_map(line).collect()
    }

    /// The median of a lane, if it finished.
    pub fn median(&self, lane: &str) -> Option<f64> {
        self.figures(lane).map(median)
    }

    /// The runtime with the lowest median beside ours.
    pub fn best_peer(&self) -> Option<(&'static str, f64)> {
        let peers = self.peers().into_iter().filter(|(name, _)| is_peer(name));
        peers.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn figures(&self, name: &str) -> Option<&[f64]> {
        self.lanes
            .iter()
            .find(|lane| lane.0 == name)
            .map(|lane| lane.1.as_slice())
    }

    fn peers(&self) -> Vec<(&'static str, f64)> {
        let peers = self
            .lanes
            .iter()
            .filter(|lane| lane.0 != OURS && lane.0 != FLOOR);
        peers
            .map(|(name, figures)| (*name, median(figures)))
            .collect()
    }

    fn ratios(&self, ours: &[f64], against: Against) -> Option<Vec<f64>> {
        let theirs = match against {
            Against::Fixed(figure) => return Some(ours.iter().map(|ours| ours / figure).collect()),
            Against::Lane(name) => self.figures(name)?,
            Against::Best => {
                let (best, _) = self.best_peer()?;
                self.figures(best)?
            }
        };
        Some(
            ours.iter()
                .zip(theirs)
                .map(|(ours, theirs)| ours / theirs)
                .collect(),
        )
    }
}

/// Another runtime: neither ours nor the floor, nor ours at another row's work.
pub fn is_peer(lane: &str) -> bool {
    lane != OURS && lane != FLOOR && row::all().all(|row| row.name != lane)
}

impl Line {
    /// The line as one JSON object.
    pub fn json(&self) -> String {
        json(self)
    }
}

/// As one line of JSON.
pub(crate) fn json(line: &impl Serialize) -> String {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Spaced);
    line.serialize(&mut serializer)
        .expect("names and numbers serialise");
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// JSON on one line with a space after each comma and colon, as people write it.
struct Spaced;

impl Formatter for Spaced {
    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}

/// The columns that hold a figure in a table of these rows: ours, every peer of any row, the floor.
pub fn columns(rows: &[&Row]) -> Vec<&'static str> {
    let mut columns = vec![OURS];
    for (name, _) in rows.iter().flat_map(|row| row.lanes) {
        if is_peer(name) && !columns.contains(name) {
            columns.push(name);
        }
    }
    columns.push(FLOOR);
    columns
}

/// The line above the rows.
pub fn header(columns: &[&str]) -> String {
    let mut header = format!("{:<20} {:<13}", "row", "unit");
    for name in columns {
        write!(header, " {name:>10}").expect("a String takes all");
    }
    header + "   ratio (range)       target"
}

/// The rows' lines as text: the figures once, then a ratio for each target.
pub fn table(rounds: &Rounds, columns: &[&str]) -> String {
    let row = rounds.row;
    let mut text = format!(
        "{:<20} {:<13}",
        row.name,
        format!("{}/{}", row.unit, row.per)
    );
    for name in columns {
        match rounds.median(name) {
            Some(figure) => write!(text, " {figure:>10.1}"),
            None => write!(text, " {:>10}", "-"),
        }
        .expect("a String takes all");
    }
    let indent = text.len();
    for (number, line) in rounds.lines().iter().enumerate() {
        if number > 0 {
            write!(text, "\n{:indent$}", "").expect("a String takes all");
        }
        let range = format!("({:.2}-{:.2})", line.range.0, line.range.1);
        let verdict = if line.holds { "holds" } else { "MISSED" };
        let (ratio, target, against) = (line.ratio, line.target, &line.against);
        write!(
            text,
            "   {ratio:<5.2} {range:<14} <= {target:.2} {against:<12} {verdict}"
        )
        .expect("a String takes all");
    }
    text
}

/// The lines above the rows, as Markdown.
pub fn markdown_header(columns: &[&str]) -> String {
    let rule = "|--:".repeat(columns.len());
    let names = columns.join(" | ");
    format!("| row | unit | {names} | ratio | target | |\n|---|---{rule}|--:|---|---|")
}

/// A row's line as Markdown: ours stands out, and so does a target that is missed.
pub fn markdown(rounds: &Rounds, columns: &[&str]) -> String {
    let row = rounds.row;
    let mut text = format!("| `{}` | {}/{} |", row.name, row.unit, row.per);
    for name in columns {
        match rounds.median(name) {
            Some(figure) if *name == OURS => write!(text, " **{figure:.1}** |"),
            Some(figure) => write!(text, " {figure:.1} |"),
            None => write!(text, " – |"),
        }
        .expect("a String takes all");
    }
    let lines = rounds.lines();
    let each = |cell: fn(&Line) -> String| {
        let cells = lines.iter().map(cell);
        cells.collect::<Vec<_>>().join("<br>")
    };
    let ratios = each(|line| {
        let (lowest, highest) = line.range;
        format!("{:.2} ({lowest:.2}–{highest:.2})", line.ratio)
    });
    let targets = each(|line| match line.against.strip_prefix("fixed ") {
        Some(figure) => format!("≤ {figure} {}", line.unit),
        None => format!("≤ {:.2} {}", line.target, line.against),
    });
    let verdicts = each(|line| if line.holds { "holds" } else { "**missed**" }.to_owned());
    write!(text, " {ratios} | {targets} | {verdicts} |").expect("a String takes all");
    text
}

/// The middle figure, or the mean of the two in the middle.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        (sorted[middle - 1] + sorted[middle]) / 2.0
    }
}

fn range(figures: &[f64]) -> (f64, f64) {
    let fold = |start, pick: fn(f64, f64) -> f64| figures.iter().copied().fold(start, pick);
    (
        fold(f64::INFINITY, f64::min),
        fold(f64::NEG_INFINITY, f64::max),
    )
}

/// To two digits after the point: what lies behind them is noise.
pub(crate) fn hundredths(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}

fn rounded<S: Serializer>(figure: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(hundredths(*figure))
}

fn rounded_option<S: Serializer>(figure: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    figure.map(hundredths).serialize(serializer)
}
