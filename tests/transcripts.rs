//! Every example says in its header what it prints; here each is run and held to it.
//!
//! - **None can be forgotten.** The lessons are found by listing `examples/*.rs`; one without
//!   expected lines, or missing from the lecture, is a failure.
//! - **Exact.** Lines are compared byte for byte; only a number after the word `measured` is free,
//!   and a time may only be `measured` by an act that blocks threads on purpose.
//! - **Free, but not lawless.** Lines that begin with `~` are one run's: where the header has some,
//!   each run has some. What holds of all of them has a test of its own (`transcripts/trace.rs`).
//! - **No time is lost.** On the virtual clock no act takes two seconds of real time.
//!
//! Leaves out: the tools in folders of `examples/`, which have tests of their own.

use std::fs;
use std::time::Duration;

use child::{Ended, examples, interrupt, interrupt_unread, run, run_for_nobody};

#[path = "transcripts/child.rs"]
mod child;
#[path = "support/example.rs"]
mod example;
#[path = "transcripts/trace.rs"]
mod trace;

/// What an act may take of real time when it jumps over its waits.
const VIRTUAL_LIMIT: Duration = Duration::from_secs(2);
/// How soon after Ctrl-C a lesson is gone.
const GONE: Duration = Duration::from_millis(100);

/// One file of `examples/`.
struct Lesson {
    name: String,
    source: String,
}

impl Lesson {
    fn header(&self) -> impl Iterator<Item = &str> {
        self.source
            .lines()
            .take_while(|line| line.starts_with("//!"))
    }

    /// The lines that the header promises.
    fn promised(&self) -> impl Iterator<Item = &str> {
        self.header().filter_map(|line| line.strip_prefix("//! > "))
    }

    /// The same as they are compared.
    fn expected(&self) -> Vec<String> {
        comparable(self.promised())
    }
}

/// One line of `lecture --list`.
struct Listed {
    name: String,
    blocks: bool,
    seconds: f64,
}

fn lessons() -> Vec<Lesson> {
    let files = fs::read_dir(examples()).expect("the examples are there");
    let paths = files.map(|file| file.expect("the folder can be read").path());
    let lessons = paths.filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let mut lessons: Vec<Lesson> = lessons
        .map(|path| Lesson {
            name: path
                .file_stem()
                .expect("a file has a name")
                .to_string_lossy()
                .into_owned(),
            source: fs::read_to_string(&path).expect("sources are text"),
        })
        .collect();
    lessons.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(
        lessons.len() > 20,
        "only {} lessons: is this the right place?",
        lessons.len()
    );
    lessons
}

/// What the lecture says it plays, in its order.
fn listed() -> Vec<Listed> {
    let list = run("lecture", &["--list"]);
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    let parse = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let time = columns[2].trim_start_matches('~');
        Listed {
            name: columns[0].to_owned(),
            blocks: columns[2].starts_with('~'),
            seconds: time.parse().expect("the third column is a time"),
        }
    };
    list.stdout.lines().map(parse).collect()
}

/// The line with every number after the word `measured` put out of sight.
fn masked(line: &str) -> String {
    let mut parts = line.split("measured ");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = if rest.len() < part.len() { "#" } else { "" };
        masked = masked + "measured " + number + rest;
    }
    masked
}

/// The lines with measured numbers masked, and one `~` for lines in a row that are one run's.
fn comparable<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut comparable: Vec<String> = Vec::new();
    for line in lines {
        let line = match line.starts_with('~') {
            true => "~".to_owned(),
            false => masked(line),
        };
        if line != "~" || comparable.last() != Some(&line) {
            comparable.push(line);
        }
    }
    comparable
}

/// What differs, in a form that shows where.
fn difference(expected: &[String], printed: &[String]) -> Option<String> {
    if expected == printed {
        return None;
    }
    let same = expected
        .iter()
        .zip(printed)
        .take_while(|(a, b)| a == b)
        .count();
    let (missing, got) = (expected.get(same), printed.get(same));
    Some(format!(
        "line {}: expected {missing:?}, printed {got:?}",
        same + 1
    ))
}

#[test]
fn every_lesson_prints_what_its_header_says_and_jumps_over_its_waits() {
    let mut failures = Vec::new();
    for lesson in lessons() {
        let ended = run(&lesson.name, &["--virtual"]);
        let printed = comparable(ended.stdout.lines());
        let expected = lesson.expected();
        if expected.is_empty() {
            failures.push(format!("{}: no expected line in its header", lesson.name));
        } else if let Some(difference) = difference(&expected, &printed) {
            failures.push(format!("{}: {difference}\n{}", lesson.name, ended.stderr));
        }
        if ended.code != Some(0) || !ended.stderr.is_empty() {
            failures.push(format!(
                "{}: exit code {:?}, on stderr {:?}",
                lesson.name, ended.code, ended.stderr
            ));
        }
        if ended.took >= VIRTUAL_LIMIT {
            failures.push(format!("{}: took {:?}", lesson.name, ended.took));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_lesson_stands_in_the_lecture_once() {
    let mut names: Vec<String> = listed().into_iter().map(|listed| listed.name).collect();
    names.sort();
    let lessons: Vec<String> = lessons().into_iter().map(|lesson| lesson.name).collect();
    assert_eq!(
        names, lessons,
        "left: examples/lecture/acts.rs; right: examples/*.rs"
    );
}

#[test]
fn every_lesson_fits_a_page_and_says_how_to_run_it() {
    for lesson in lessons() {
        let (name, lines) = (&lesson.name, lesson.source.lines().count());
        assert!(
            lines <= 80,
            "{name} has {lines} lines; a lesson has 80 at most"
        );
        let command = format!("//!     cargo run --example {name} [-- --virtual]");
        assert!(
            lesson.header().any(|line| line == command),
            "{name} does not say {command:?}"
        );
    }
    let helpers = fs::read_dir(examples().join("support")).expect("it is there");
    for helper in helpers {
        let path = helper.expect("the folder can be read").path();
        let source = fs::read_to_string(&path).expect("sources are text");
        let path = path.display();
        assert!(
            source.lines().count() <= 100,
            "{path} has 100 lines at most"
        );
    }
}

#[test]
fn only_acts_that_block_threads_mask_their_times() {
    let listed = listed();
    for lesson in lessons() {
        let masks_time = |line: &String| line.contains("measured # s") || line.contains("# ms");
        let masks = lesson.expected().iter().any(masks_time);
        let blocks = listed
            .iter()
            .any(|listed| listed.name == lesson.name && listed.blocks);
        assert!(
            blocks || !masks,
            "{} only waits, so its times are exact",
            lesson.name
        );
    }
}

#[test]
fn only_the_lesson_whose_trace_is_checked_has_lines_that_are_one_runs() {
    let is_free = |lesson: &Lesson| lesson.promised().any(|line| line.starts_with('~'));
    let free: Vec<String> = lessons()
        .into_iter()
        .filter(is_free)
        .map(|lesson| lesson.name)
        .collect();
    assert_eq!(free, [trace::LESSON]);
}

#[test]
fn the_lecture_plays_every_act_as_its_header_says_and_its_table_agrees() {
    let (listed, lessons) = (listed(), lessons());
    let lecture = run("lecture", &["--virtual"]);
    assert_eq!(lecture.code, Some(0), "{}", lecture.stderr);
    let (acts, table) = lecture
        .stdout
        .split_once("\nact ")
        .expect("a table comes last");

    let mut played = Vec::new();
    for act in acts.split("\n== ").skip(1) {
        let (announced, transcript) = act.split_once('\n').expect("an act has lines");
        let name = announced.split(' ').next().expect("its name comes first");
        let mut transcript = comparable(transcript.trim_end().lines());
        let time = transcript.pop().expect("its time comes last");
        assert!(time.starts_with("-- "), "{name} ends with {time:?}");
        let lesson = lessons
            .iter()
            .find(|lesson| lesson.name == name)
            .expect("acts are lessons");
        assert_eq!(difference(&lesson.expected(), &transcript), None, "{name}");
        played.push(name);
    }
    let names: Vec<&str> = listed.iter().map(|listed| listed.name.as_str()).collect();
    assert_eq!(played, names, "left: played; right: --list");

    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|row| row.split_whitespace().collect())
        .collect();
    assert_eq!(rows.len(), listed.len(), "one row an act:\n{table}");
    for (row, act) in rows.iter().zip(&listed) {
        assert_eq!(row[0], act.name);
        assert!(
            act.blocks || row[1] == row[3],
            "expected {} s, measured {} s: {row:?}",
            row[1],
            row[3]
        );
    }
}

/// The acts that the lecture announced, in its order.
fn played(lecture: &Ended) -> Vec<&str> {
    let acts = lecture.stdout.split("\n== ").skip(1);
    acts.map(|act| act.split(' ').next().unwrap_or_default())
        .collect()
}

#[test]
fn one_act_can_be_played_alone() {
    let lecture = run("lecture", &["--act", "counting", "--virtual"]);
    assert_eq!(lecture.code, Some(0), "{}", lecture.stderr);
    assert_eq!(played(&lecture), ["counting"]);
    let time = "\n-- expected 1.000 s (the lecture's 1.00132 s), ours 1.000 s\n";
    assert!(lecture.stdout.contains(time), "{}", lecture.stdout);
}

#[test]
fn several_acts_are_played_and_listed_in_the_order_given() {
    let order = ["--act", "types", "--act", "by_hand", "--act", "types"];
    let lecture = run("lecture", &[&order[..], &["--virtual"]].concat());
    assert_eq!(lecture.code, Some(0), "{}", lecture.stderr);
    assert_eq!(played(&lecture), ["types", "by_hand", "types"]);

    let list = run("lecture", &[&order[..], &["--list"]].concat());
    let first = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let names: Vec<String> = list.stdout.lines().map(first).collect();
    assert_eq!(names, ["types", "by_hand", "types"]);
}

#[test]
fn the_first_line_says_how_long_it_will_take() {
    for (arguments, line) in [
        (
            &["--virtual"][..],
            "39 acts: 133.3 s of virtual time, about 1.4 s of yours",
        ),
        (
            &["--act", "threads", "--virtual"],
            "1 act: 0.0 s of virtual time, about 0.3 s of yours",
        ),
        (&["--act", "threads"], "1 act: about 0.3 s"),
        (
            &["--act", "counting"],
            "1 act: about 1.0 s; with `-- --virtual` about 0.0 s",
        ),
    ] {
        let lecture = run("lecture", arguments);
        assert_eq!(lecture.stdout.lines().next(), Some(line), "{arguments:?}");
    }
}

#[test]
fn a_reader_who_leaves_is_not_a_panic() {
    let programs: [(&str, &[&str]); 4] = [
        ("lecture", &["--virtual"]),
        ("lecture", &["--list"]),
        ("three_ways", &["--virtual"]),
        ("socket_blocking", &[]),
    ];
    for (name, arguments) in programs {
        let ended = run_for_nobody(name, arguments);
        let end = (ended.code, ended.stderr.as_str());
        assert_eq!(end, (Some(141), ""), "{name} {arguments:?}");
    }
}

#[test]
fn what_is_not_known_gets_one_line_on_stderr_and_exit_code_2() {
    let wrong: [(&str, &[&str]); 8] = [
        ("lecture", &["--act", "nobody"]),
        ("lecture", &["--act", "counting\n"]),
        ("lecture", &["--act"]),
        ("lecture", &["--nonsense"]),
        ("lecture", &["--list", "--nonsense"]),
        ("lecture", &["--virtual", "counting"]),
        ("counting", &["--nonsense"]),
        ("counting", &["--virtual", "\n"]),
    ];
    for (name, arguments) in wrong {
        let ended = run(name, arguments);
        assert_eq!(ended.code, Some(2), "{name} {arguments:?}");
        assert_eq!(ended.stdout, "", "{name} {arguments:?}");
        let lines = ended.stderr.lines().count();
        assert!(
            lines == 1 && ended.stderr.ends_with('\n'),
            "{name} {arguments:?}: {:?}",
            ended.stderr
        );
    }
}

#[test]
fn help_is_help_and_no_error() {
    for name in ["lecture", "counting"] {
        let ended = run(name, &["--help"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}");
        assert!(ended.stdout.contains("--virtual"), "{}", ended.stdout);
    }
}

/// Gone within the limit, with the code that shells give to Ctrl-C, between two lines.
///
/// A busy machine may keep a child from running, so the best of three attempts counts for the time;
/// all else must hold in each.
fn assert_interrupted(name: &str, attempt: impl Fn() -> Ended) -> Ended {
    let mut times = Vec::new();
    for _ in 0..3 {
        let ended = attempt();
        assert_eq!(ended.code, Some(130), "{name}: {}", ended.stderr);
        let whole = ended.stdout.is_empty() || ended.stdout.ends_with('\n');
        assert!(whole, "{name}: half a line: {:?}", ended.stdout);
        if ended.took < GONE {
            return ended;
        }
        times.push(ended.took);
    }
    panic!("{name} was gone only after {times:?}");
}

#[test]
fn ctrl_c_ends_a_lesson_whose_tasks_sleep() {
    let ended = assert_interrupted("counting", || interrupt("counting", &[], 3));
    assert_eq!(ended.stdout, "one\none\none\n");
}

#[test]
fn ctrl_c_ends_a_lesson_that_blocks_its_thread() {
    // From its second line on, the lesson blocks for 150 ms.
    assert_interrupted("blocking_sleep", || interrupt("blocking_sleep", &[], 2));
}

#[test]
fn ctrl_c_ends_a_lesson_whose_reader_has_stopped_reading() {
    assert_interrupted("counting, unread", || interrupt_unread("counting"));
}

#[test]
fn ctrl_c_ends_the_lecture_in_every_act() {
    let waiting = |act: &Listed| act.seconds >= 0.5;
    let acts: Vec<Listed> = listed().into_iter().filter(waiting).collect();
    assert!(
        acts.len() > 10,
        "only {} acts take half a second",
        acts.len()
    );
    for act in acts {
        // The third line announces the act.
        let arguments = ["--act", &act.name];
        assert_interrupted(&act.name, || interrupt("lecture", &arguments, 3));
    }
}

#[test]
fn ctrl_c_cuts_no_line_in_two_while_the_lecture_prints() {
    for lines in [1, 20, 60] {
        assert_interrupted("lecture", || interrupt("lecture", &["--virtual"], lines));
    }
}
