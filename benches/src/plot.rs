//! The two pictures: all rows beside their best peer, and a small picture for each family of
//! curves.
//!
//! - **Logarithms.** Half and double are equally far from equal.
//! - **The same figures** as the table of the same run: a picture is drawn of medians, never
//!   measured for itself.
//!
//! Leaves out: what cannot be compared, that is rows without a peer.

use crate::curves::{Curves, Point};
use crate::report::{Rounds, columns, is_peer};
use crate::row::{Against, FLOOR, OURS, Row, Target, Unit};
use crate::svg::{Anchor, Svg, TARGET};

/// Where a row's names end and its line begins, and where that ends.
const LEFT: f64 = 170.0;
const RIGHT: f64 = 740.0;
/// From row to row.
const STEP: f64 = 17.0;
/// Where the rows begin, below legend and axis.
const TOP: f64 = 62.0;

/// A logarithmic axis from one place to another.
struct Axis {
    from: (f64, f64),
    to: (f64, f64),
}

impl Axis {
    /// An axis on which all `values` lie, from place `start` to place `end`.
    fn over(values: &[f64], start: f64, end: f64) -> Axis {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Axis {
            from: (least / 1.15, start),
            to: (most * 1.15, end),
        }
    }

    fn place(&self, value: f64) -> f64 {
        let part = (value / self.from.0).ln() / (self.to.0 / self.from.0).ln();
        self.from.1 + part * (self.to.1 - self.from.1)
    }

    /// Round values on the axis: 1, 2 and 5 times powers of ten; the powers alone if those are
    /// many.
    fn ticks(&self) -> Vec<f64> {
        let steps = |digits: &[i32]| -> Vec<f64> {
            let all = (-6..=9).flat_map(|power| {
                let one = |digit: &i32| f64::from(*digit) * 10_f64.powi(power);
                digits.iter().map(one).collect::<Vec<_>>()
            });
            all.filter(|value| (self.from.0..=self.to.0).contains(value))
                .collect()
        };
        let fine = steps(&[1, 2, 5]);
        if fine.len() > 12 { steps(&[1]) } else { fine }
    }
}

/// A value without digits that say nothing: 1000000 as 1M.
fn short(value: f64) -> String {
    match value {
        1e6.. => format!("{}M", value / 1e6),
        1e3.. => format!("{}k", value / 1e3),
        _ => format!("{}", (value * 1e6).round() / 1e6),
    }
}

/// A row as multiples of its best peer.
struct Multiples {
    row: &'static Row,
    lanes: Vec<(&'static str, f64)>,
    targets: Vec<f64>,
}

impl Multiples {
    fn of(rounds: &Rounds) -> Option<Multiples> {
        let (_, best) = rounds.best_peer()?;
        let lanes = rounds.lanes.iter().map(|(name, _)| *name);
        let lanes = lanes.filter(|name| *name == OURS || *name == FLOOR || is_peer(name));
        let multiple = |name| Some((name, rounds.median(name)? / best));
        let target = |target: &Target| {
            let against = match target.against {
                Against::Best => best,
                Against::Lane(name) => rounds.median(name)?,
                Against::Fixed(figure) => figure,
            };
            Some(target.at_most * against / best)
        };
        Some(Multiples {
            row: rounds.row,
            lanes: lanes.filter_map(multiple).collect(),
            targets: rounds.row.targets.iter().filter_map(target).collect(),
        })
    }
}

/// Each row's lanes as multiples of its best peer: left of the line is faster, or less.
pub fn rows(measured: &[Rounds]) -> String {
    let drawn: Vec<_> = measured.iter().filter_map(Multiples::of).collect();
    let bottom = TOP + STEP * drawn.len() as f64;
    let mut svg = Svg::new(RIGHT + 20.0, bottom + 14.0);
    let mut lanes = columns(&drawn.iter().map(|row| row.row).collect::<Vec<_>>());
    lanes.push(TARGET);
    svg.legend((LEFT, 18.0), &lanes);
    let note = "multiples of the best peer: left of 1 is faster, or less";
    svg.text((LEFT, 36.0), Anchor::Start, note);
    let multiples = drawn.iter().flat_map(|row| &row.lanes).map(|lane| lane.1);
    let targets = drawn.iter().flat_map(|row| &row.targets).copied();
    let values: Vec<f64> = multiples.chain(targets).chain([0.5, 2.0]).collect();
    let axis = Axis::over(&values, LEFT, RIGHT);
    for tick in axis.ticks() {
        let x = axis.place(tick);
        let strength = if tick == 1.0 { 0.9 } else { 0.25 };
        svg.line((x, TOP - 6.0), (x, bottom), strength);
        svg.text((x, TOP - 10.0), Anchor::Middle, &short(tick));
    }
    for (number, row) in drawn.iter().enumerate() {
        let y = TOP + STEP * (number as f64 + 0.5);
        svg.text((LEFT - 10.0, y + 4.0), Anchor::End, row.row.name);
        svg.line((LEFT, y), (RIGHT, y), 0.15);
        for target in &row.targets {
            svg.mark(TARGET, (axis.place(*target), y));
        }
        // Ours last, so that it lies above the others.
        for (lane, multiple) in row.lanes.iter().rev() {
            svg.mark(lane, (axis.place(*multiple), y));
        }
    }
    svg.finish()
}

/// Small pictures: how many in a line, how wide and how high each, the space round the curves.
const ACROSS: usize = 3;
const WIDTH: f64 = 250.0;
const HEIGHT: f64 = 210.0;
const MARGIN: f64 = 42.0;

/// What an item costs when there are more of them, a picture for each family.
pub fn growth(families: &[Curves]) -> String {
    let lines = families.len().div_ceil(ACROSS);
    let mut svg = Svg::new(WIDTH * ACROSS as f64 + 10.0, HEIGHT * lines as f64 + 30.0);
    let mut lanes: Vec<&str> = Vec::new();
    for (lane, _) in families.iter().flat_map(|family| family.growth.lanes) {
        if !lanes.contains(lane) {
            lanes.push(lane);
        }
    }
    svg.legend((MARGIN, 18.0), &lanes);
    for (number, family) in families.iter().enumerate() {
        let (column, line) = (number % ACROSS, number / ACROSS);
        draw_family(
            &mut svg,
            family,
            (WIDTH * column as f64, HEIGHT * line as f64 + 30.0),
        );
    }
    svg.finish()
}

fn draw_family(svg: &mut Svg, family: &Curves, (x, y): (f64, f64)) {
    let (left, right) = (x + MARGIN, x + WIDTH - 8.0);
    let (top, bottom) = (y + 20.0, y + HEIGHT - MARGIN);
    let growth = family.growth;
    let unit = match growth.unit {
        Unit::Nanoseconds => "nanoseconds".to_owned(),
        unit => unit.to_string(),
    };
    svg.text(
        (left, y + 12.0),
        Anchor::Start,
        &format!("{}: {unit} each", growth.name),
    );
    let measured = family.points.iter().filter(|point| !point.lanes.is_empty());
    let measured: Vec<&Point> = measured.collect();
    if measured.is_empty() {
        return;
    }
    let sizes: Vec<f64> = measured.iter().map(|point| point.size as f64).collect();
    let figures = measured.iter().flat_map(|point| point.medians());
    let figures: Vec<f64> = figures.map(|(_, figure)| figure).collect();
    let across = Axis::over(&sizes, left, right);
    let up = Axis::over(&figures, bottom, top);
    for tick in up.ticks() {
        svg.line((left, up.place(tick)), (right, up.place(tick)), 0.25);
        svg.text(
            (left - 5.0, up.place(tick) + 4.0),
            Anchor::End,
            &short(tick),
        );
    }
    for point in &measured {
        let place = across.place(point.size as f64);
        svg.line((place, bottom), (place, bottom + 4.0), 0.9);
        svg.text(
            (place, bottom + 16.0),
            Anchor::Middle,
            &short(point.size as f64),
        );
    }
    svg.line((left, bottom), (right, bottom), 0.9);
    svg.text(
        ((left + right) / 2.0, bottom + 31.0),
        Anchor::Middle,
        growth.per,
    );
    for (lane, _) in growth.lanes.iter().rev() {
        let at = |(size, figure): (usize, f64)| (across.place(size as f64), up.place(figure));
        let figure = |point: &&Point| {
            let found = point.medians().find(|(name, _)| name == lane);
            found.map(|(_, figure)| (point.size, figure))
        };
        let points: Vec<_> = measured.iter().filter_map(figure).map(at).collect();
        svg.curve(lane, &points);
    }
}
