//! As much of SVG as the plots need: lines, texts, and a mark for each lane.
//!
//! - **On any ground.** Nothing is filled but the marks, and every colour is of middle brightness,
//!   so a picture is legible on white and on black.
//!
//! Leaves out: everything else.

use std::fmt::Write;

use crate::row::{FLOOR, OURS};

/// Texts, axes.
const INK: &str = "#808080";

/// The mark that is no lane's: ours is to be left of it.
pub(crate) const TARGET: &str = "target";

/// A picture that is being drawn, from the upper left corner.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64) -> Svg {
        Svg {
            width,
            height,
            body: String::new(),
        }
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.body, "{element}").expect("a String takes all");
    }

    /// A line of an axis or a grid; `strength` is how much of the ink is seen, from 0 to 1.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), strength: f64) {
        self.add(format_args!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{INK}\" \
             stroke-opacity=\"{strength}\"/>",
            from.0, from.1, to.0, to.1
        ));
    }

    pub(crate) fn text(&mut self, at: (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        self.add(format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{text}</text>",
            at.0, at.1
        ));
    }

    /// A lane's curve, with its mark at each point.
    pub(crate) fn curve(&mut self, lane: &str, points: &[(f64, f64)]) {
        let places: Vec<_> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let width = if lane == OURS { 2.5 } else { 1.2 };
        self.add(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"/>",
            places.join(" "),
            colour(lane)
        ));
        points.iter().for_each(|at| self.mark(lane, *at));
    }

    /// A lane's mark: told from the others by its shape as well as by its colour.
    pub(crate) fn mark(&mut self, lane: &str, (x, y): (f64, f64)) {
        let colour = colour(lane);
        let path = match lane {
            OURS => format!(
                "M{:.1} {y:.1}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0",
                x - 4.5
            ),
            FLOOR => format!("M{x:.1} {:.1}v12", y - 6.0),
            "tokio" => format!("M{:.1} {:.1}h7v7h-7z", x - 3.5, y - 3.5),
            "smol" => format!("M{x:.1} {:.1}l4.5 4.5l-4.5 4.5l-4.5 -4.5z", y - 4.5),
            "monoio" => format!("M{x:.1} {:.1}l4.5 8h-9z", y - 5.0),
            TARGET => format!("M{:.1} {:.1}h3v12h-3", x - 3.0, y - 6.0),
            _ => format!("M{:.1} {:.1}l7 7m0 -7l-7 7", x - 3.5, y - 3.5),
        };
        let fill = if lane == OURS { colour } else { "none" };
        self.add(format_args!(
            "<path d=\"{path}\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
        ));
    }

    /// The lanes' marks and names in one line.
    pub(crate) fn legend(&mut self, (mut x, y): (f64, f64), lanes: &[&str]) {
        for lane in lanes {
            self.mark(lane, (x, y - 4.0));
            self.text((x + 9.0, y), Anchor::Start, lane);
            x += 27.0 + 6.6 * lane.len() as f64;
        }
    }

    /// The file.
    pub(crate) fn finish(self) -> String {
        let Svg {
            width,
            height,
            body,
        } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\" \
             fill=\"{INK}\">\n{body}</svg>\n"
        )
    }
}

fn colour(lane: &str) -> &'static str {
    match lane {
        OURS | TARGET => "#e2711d",
        FLOOR => INK,
        "tokio" => "#3d7dd8",
        "smol" => "#2a9d6f",
        "monoio" => "#a05fc0",
        _ => "#b3902a",
    }
}
