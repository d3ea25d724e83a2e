//! What `duel` makes of its figures beside the table: Markdown, curves, pictures, and how far it is.
//!
//! Leaves out: whether a picture is beautiful.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use benches::child::{self, MEASURE_GROWTH};
use benches::curves::{Curves, Point};
use benches::growth::{self, Growth};
use benches::plot;
use benches::progress::left;
use benches::report::{self, Rounds};
use benches::row::{FLOOR, OURS, Row, Unit};
use benches::workload::Measured;

fn duel(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duel"));
    command.args(arguments).output().expect("duel starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("duel writes UTF-8")
}

fn nothing(items: usize) -> Measured {
    Measured::time(Duration::ZERO, items)
}

static HERDS: Growth = Growth {
    name: "herds",
    what: "count sheep",
    per: "sheep",
    unit: Unit::Nanoseconds,
    sizes: &[10, 1_000],
    lanes: &[(OURS, nothing), ("tokio", nothing), (FLOOR, nothing)],
};

/// Ours is flat, tokio's rises, and the floor fails at the larger size.
fn herds() -> Curves {
    let small = Point {
        size: 10,
        lanes: vec![
            (OURS, vec![4.0, 3.0, 2.0]),
            ("tokio", vec![5.0]),
            (FLOOR, vec![1.0]),
        ],
    };
    let large = Point {
        size: 1_000,
        lanes: vec![(OURS, vec![3.0]), ("tokio", vec![50.004])],
    };
    Curves {
        growth: &HERDS,
        points: vec![small, large],
    }
}

fn rounds() -> Rounds {
    Rounds {
        row: Row::find("spawn/batch")[0],
        lanes: vec![
            (OURS, vec![10.0, 40.0, 30.0]),
            ("tokio", vec![100.0, 200.0, 300.0]),
            ("smol", vec![20.0, 50.0, 100.0]),
            (FLOOR, vec![1.0, 2.0, 3.0]),
        ],
    }
}

#[test]
fn every_lane_of_every_curve_gives_a_positive_finite_figure_at_its_smallest_size() {
    let list = duel(&["--list"]);
    for growth in growth::all() {
        assert!(text(&list.stdout).contains(&format!("--growth {}", growth.name)));
        assert!(growth.sizes.is_sorted(), "{}", growth.name);
        for (lane, _) in growth.lanes {
            let mut command = Command::new(env!("CARGO_BIN_EXE_duel"));
            command.args([
                MEASURE_GROWTH,
                growth.name,
                lane,
                &growth.sizes[0].to_string(),
            ]);
            let figure = child::figure(&mut command, child::LIMIT);
            assert!(
                figure.is_ok(),
                "{lane} in {}: {}",
                growth.name,
                figure.unwrap_err()
            );
        }
    }
}

#[test]
fn a_row_in_markdown_has_a_cell_for_each_column_and_both_targets_in_one_line() {
    let columns = [OURS, "tokio", "smol", "monoio", FLOOR];
    let header = report::markdown_header(&columns);
    let line = report::markdown(&rounds(), &columns);
    let cells = |line: &str| line.matches('|').count();
    assert!(
        header.lines().all(|rule| cells(rule) == cells(&line)),
        "{header}\n{line}"
    );
    assert!(line.starts_with("| `spawn/batch` | ns/task | **30.0** | 200.0 | 50.0 | – | 2.0 |"));
    assert!(
        line.contains("0.50 (0.30–0.80)<br>0.10 (0.10–0.20)"),
        "{line}"
    );
    assert!(
        line.ends_with("≤ 0.65 best<br>≤ 0.15 tokio | holds<br>holds |"),
        "{line}"
    );
}

#[test]
fn a_point_of_a_curve_is_a_json_object_with_the_promised_fields() {
    let mut herds = herds();
    assert_eq!(
        herds.last_json().as_deref(),
        Some(
            "{\"growth\": \"herds\", \"per\": \"sheep\", \"size\": 1000, \"unit\": \"ns\", \
             \"figures\": {\"tourbillon\": 3.0, \"tokio\": 50.0}}"
        )
    );
    herds.points.clear();
    assert_eq!(herds.last_json(), None);
}

#[test]
fn a_curve_in_text_and_in_markdown_has_a_dash_where_a_lane_failed() {
    let herds = herds();
    let header = Curves::header(&HERDS);
    let names: Vec<_> = header.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(names, ["sheep", OURS, "tokio", FLOOR]);
    let line = herds.last_line();
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["1000", "3.0", "50.0", "-"]
    );
    let markdown = herds.markdown();
    assert!(markdown.contains("| 10 | 3.0 | 5.0 | 1.0 |\n| 1000 | 3.0 | 50.0 | – |\n"));
}

/// The places of `path`s and `polyline`s in a picture that have this colour.
fn coloured<'a>(picture: &'a str, element: &str, colour: &str) -> Vec<&'a str> {
    let lines = picture.lines();
    let lines = lines.filter(|line| line.starts_with(element) && line.contains(colour));
    lines.collect()
}

const OUR_COLOUR: &str = "#e2711d";

#[test]
fn the_picture_of_the_rows_has_a_mark_for_each_lane_and_the_faster_further_left() {
    let picture = plot::rows(&[rounds()]);
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert!(picture.contains(">spawn/batch</text>"));
    // One mark in the legend and one in the row; in our colour stand the two targets besides.
    assert_eq!(coloured(&picture, "<path", OUR_COLOUR).len(), 5);
    assert_eq!(coloured(&picture, "<path", "#3d7dd8").len(), 2);
    let place = |colour| {
        let mark = coloured(&picture, "<path d=\"M", colour).pop().unwrap();
        let place = mark["<path d=\"M".len()..].split(' ').next().unwrap();
        place.parse::<f64>().unwrap()
    };
    // 30, 50 and 200 ns.
    assert!(place(OUR_COLOUR) < place("#2a9d6f") && place("#2a9d6f") < place("#3d7dd8"));
}

#[test]
fn a_row_without_a_peer_is_not_drawn_and_no_figure_becomes_no_number() {
    let mut alone = rounds();
    alone.lanes.truncate(1);
    let picture = plot::rows(&[alone]);
    assert!(!picture.contains("spawn/batch"));
    let mut failed = herds();
    failed
        .points
        .iter_mut()
        .for_each(|point| point.lanes.clear());
    for picture in [
        picture,
        plot::rows(&[]),
        plot::growth(&[failed]),
        plot::growth(&[]),
    ] {
        assert!(
            !picture.contains("NaN") && !picture.contains("inf"),
            "{picture}"
        );
    }
}

#[test]
fn the_picture_of_a_curve_has_a_line_for_each_lane_and_a_flat_one_is_level() {
    let picture = plot::growth(&[herds()]);
    assert_eq!(picture.matches("<polyline").count(), 3);
    assert!(picture.contains(">herds: nanoseconds each</text>"));
    let ours = coloured(&picture, "<polyline", OUR_COLOUR)[0];
    let points = ours.split('"').nth(1).unwrap().split(' ');
    let heights: Vec<_> = points
        .map(|point| point.split_once(',').unwrap().1)
        .collect();
    assert_eq!((heights.len(), heights[0]), (2, heights[1]), "{ours}");
}

/// A file that is gone when the test ends.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // An error here means that it was never made.
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_run_draws_what_it_measured() {
    let name = format!("tourbillon-{}-plot.svg", std::process::id());
    let file = Temporary(std::env::temp_dir().join(name));
    // What was there before is longer than nothing and is gone after.
    fs::write(&file.0, "old ".repeat(100_000)).unwrap();
    let path = file.0.to_str().expect("a path of ours is UTF-8");
    let output = duel(&["--quick", "--markdown", "--plot", path, "spawn/await"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("\n| `spawn/await` | ns/task | **"));
    let picture = fs::read_to_string(&file.0).unwrap();
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert!(picture.contains("spawn/await") && !picture.contains("old"));
}

#[test]
fn a_picture_that_cannot_be_written_ends_the_run_before_it_begins() {
    let output = duel(&["--plot", "/no-such-folder/plot.svg", "spawn"]);
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(
        complaint.starts_with("duel: /no-such-folder/plot.svg: "),
        "{complaint}"
    );
    assert_eq!((complaint.lines().count(), output.stdout.len()), (1, 0));
}

#[test]
fn what_is_left_is_what_was_spent_times_the_children_left() {
    let second = Duration::from_secs(1);
    assert_eq!(left(second, 1, 4), Some(3 * second));
    assert_eq!(left(4 * second, 4, 5), Some(second));
    // At the end nothing is left, and at the beginning nothing is known.
    assert_eq!(left(second, 4, 4), None);
    assert_eq!(left(second, 0, 4), None);
}
