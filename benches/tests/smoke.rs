//! The table with tiny work: does every lane run, and does `duel` say what it promises to say?
//!
//! Lanes run in child processes, as in earnest: resident memory can only be weighed in a fresh one.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use benches::child::{self, Failure, MEASURE};
use benches::growth;
use benches::process::UserTime;
use benches::report::Rounds;
use benches::row::{self, FLOOR, OURS, Row, Unit};

fn duel(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duel"));
    command.args(arguments).output().expect("duel starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("duel writes UTF-8")
}

/// Enough that nothing divides by zero, that memory grows by more than a page, and that a thread is
/// once found in user code: such rows, which `--quick` leaves out, need a hundredth of the work.
fn tiny(row: &Row) -> usize {
    match row.unit {
        Unit::Nanoseconds if !row.quick => row.scale / 100,
        Unit::Nanoseconds => (row.scale / 1_000).max(2),
        Unit::Bytes => 20_000,
        Unit::Seconds | Unit::Percent | Unit::Crates => 1,
    }
}

/// The rows whose lanes sample themselves, which a kernel may forbid.
const SAMPLED: &[&str] = &["http/50/cpu", "accept/cpu"];

#[test]
fn every_lane_of_every_row_gives_a_positive_finite_figure() {
    for row in row::all() {
        if SAMPLED.contains(&row.name) && !UserTime::is_allowed() {
            eprintln!(
                "{}: skipped, kernel.perf_event_paranoid forbids it",
                row.name
            );
            continue;
        }
        for (lane, _) in row.lanes {
            let mut command = Command::new(env!("CARGO_BIN_EXE_duel"));
            command.args([MEASURE, row.name, lane, &tiny(row).to_string()]);
            let figure = child::figure(&mut command, child::LIMIT);
            assert!(
                figure.is_ok(),
                "{lane} in {}: the child {}",
                row.name,
                figure.unwrap_err()
            );
        }
    }
}

/// The rows and families of rows whose work a runtime cannot do; each workload's promise says why.
const CANNOT: &[(&str, &str)] = &[("wake/remote-busy", "monoio"), ("pool", "monoio")];

fn cannot(row: &Row, lane: &str) -> bool {
    let mut rows = CANNOT.iter().filter(|(_, unable)| *unable == lane);
    rows.any(|(name, _)| Row::find(name).iter().any(|found| found.name == row.name))
}

#[test]
fn every_row_measures_this_runtime_three_peers_and_the_floor() {
    for row in row::all() {
        let mut lanes = vec![OURS, "tokio"];
        if !row.is_of_the_library() {
            lanes.extend(["smol", "monoio", FLOOR]);
        }
        for lane in lanes {
            let can = !cannot(row, lane);
            assert_eq!(row.lane(lane).is_some(), can, "{lane} in {}", row.name);
        }
    }
}

#[test]
fn every_curve_starts_with_a_positive_finite_figure_and_its_sizes_ascend() {
    for growth in growth::all() {
        assert!(growth.sizes.is_sorted(), "{}", growth.name);
        for (lane, work) in growth.lanes {
            let figure = work(growth.sizes[0]).figure();
            assert!(
                figure.is_finite() && figure > 0.0,
                "{lane} in {}",
                growth.name
            );
        }
    }
}

#[test]
fn every_json_line_has_every_field_in_the_promised_order() {
    let output = duel(&["--quick", "--json", "spawn/await", "echo/1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!(
        lines.len(),
        3,
        "one target of spawn/await and two of echo/1: {lines:?}"
    );
    for line in lines {
        let object: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        assert_eq!(
            object.as_object().map(serde_json::Map::len),
            Some(9),
            "{line}"
        );
        let fields = [
            "row", "ours", "unit", "peers", "floor", "target", "against", "ratio", "holds",
        ];
        let places = fields.map(|field| line.find(&format!("\"{field}\":")).expect(field));
        assert!(
            places.is_sorted(),
            "the fields stand in the promised order: {line}"
        );
        for number in ["ours", "floor", "target", "ratio"] {
            assert!(
                object[number].as_f64().is_some_and(|number| number > 0.0),
                "{number}: {line}"
            );
        }
        for peer in ["tokio", "smol", "monoio"] {
            assert!(
                object["peers"][peer]
                    .as_f64()
                    .is_some_and(|figure| figure > 0.0),
                "{line}"
            );
        }
        assert_eq!(object["unit"], "ns");
        assert!(line.starts_with("{\"row\": \"") && line.contains(", \"peers\": {\"tokio\": "));
        assert!(object["holds"].is_boolean(), "{line}");
    }
}

#[test]
fn the_table_names_the_versions_the_machine_the_rows_and_the_verdict() {
    let output = duel(&["--quick", "spawn/await"]);
    let table = text(&output.stdout);
    for part in [
        "tokio 1.",
        "smol 2.",
        "Linux",
        "spawn/await",
        "ns/task",
        "<= 0.25 best",
    ] {
        assert!(table.contains(part), "{part} is missing in:\n{table}");
    }
}

#[test]
fn wrong_arguments_give_one_clear_line_and_exit_code_two() {
    let wrong: [&[&str]; 8] = [
        &["no-such-row"],
        &["--no-such-flag"],
        &["--measure"],
        &["--json=yes"],
        &["--json", "--markdown"],
        &["--plot"],
        &["--growth", "no-such-family"],
        &["--measure", "spawn/await", "no-such-lane", "1"],
    ];
    for arguments in wrong {
        let output = duel(arguments);
        let complaint = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {complaint}");
        assert_eq!(complaint.lines().count(), 1, "{arguments:?}: {complaint}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_list_names_every_row_and_the_help_every_flag() {
    let list = duel(&["--list"]);
    assert!(row::all().all(|row| text(&list.stdout).contains(row.name)));
    let help = duel(&["--help"]);
    assert!(
        [
            "--quick",
            "--growth",
            "--json",
            "--markdown",
            "--plot FILE",
            "--list",
            "mimalloc"
        ]
        .iter()
        .all(|flag| text(&help.stdout).contains(flag))
    );
}

#[test]
fn a_family_is_all_rows_before_whose_slash_it_stands() {
    let names = |name| {
        Row::find(name)
            .iter()
            .map(|row| row.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("spawn"),
        ["spawn/batch", "spawn/await", "spawn/chain"]
    );
    assert_eq!(names("yield/1"), ["yield/1"]);
    assert!(names("spa").is_empty());
}

#[test]
fn a_child_that_fails_is_named_and_makes_the_exit_code_one() {
    // Sixteen descriptors are too few for 64 connections, for every lane.
    let script = format!(
        "ulimit -n 16; exec {} --quick echo/64",
        env!("CARGO_BIN_EXE_duel")
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .output()
        .expect("there is a shell");
    assert_eq!(output.status.code(), Some(1));
    let complaint = text(&output.stderr);
    for (lane, _) in Row::find("echo/64")[0].lanes {
        let named = format!("duel: {lane} in echo/64: the child ended with exit status: 101");
        assert!(
            complaint.contains(&named),
            "{named:?} is missing in:\n{complaint}"
        );
    }
}

#[test]
fn a_child_that_hangs_is_ended_when_its_time_is_up() {
    // `cat` with an input that stays open waits for ever.
    let mut hanging = Command::new("cat");
    let result = child::figure(hanging.stdin(Stdio::piped()), Duration::from_millis(1));
    assert!(matches!(result, Err(Failure::TimedOut(_))), "{result:?}");
}

#[test]
fn a_child_that_prints_no_positive_number_gives_no_figure() {
    for output in ["", "fast", "NaN", "inf", "0", "-1"] {
        let result = child::figure(Command::new("echo").arg(output), child::LIMIT);
        assert!(
            matches!(&result, Err(Failure::NoFigure(text)) if text == output),
            "{result:?}"
        );
    }
}

#[test]
fn a_ratio_is_the_median_of_the_rounds_ratios_against_the_best_peer() {
    let row = Row::find("spawn/batch")[0];
    let lanes = vec![
        (OURS, vec![10.0, 40.0, 30.0]),
        ("tokio", vec![100.0, 200.0, 300.0]),
        ("smol", vec![20.0, 50.0, 100.0]),
        (FLOOR, vec![1.0, 2.0, 3.0]),
    ];
    let lines = Rounds { row, lanes }.lines();
    assert_eq!(lines.len(), 2, "spawn/batch has two targets");
    // Against smol, whose median is the lower one: 0.5, 0.8, 0.3.
    assert_eq!(
        (lines[0].against.as_str(), lines[0].ratio, lines[0].holds),
        ("best", 0.5, true)
    );
    assert_eq!(lines[0].range, (0.3, 0.8));
    assert_eq!((lines[0].ours, lines[0].floor), (30.0, Some(2.0)));
    // Against tokio: 0.1, 0.2, 0.1.
    assert_eq!(
        (lines[1].against.as_str(), lines[1].ratio, lines[1].holds),
        ("tokio", 0.1, true)
    );
}

#[test]
fn a_row_without_our_lane_has_no_line() {
    let row = Row::find("spawn/await")[0];
    let rounds = Rounds {
        row,
        lanes: vec![("tokio", vec![1.0]), (FLOOR, vec![1.0])],
    };
    assert!(rounds.lines().is_empty());
}
