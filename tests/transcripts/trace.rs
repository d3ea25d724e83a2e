//! What holds of every trace of the counting program on two workers, whoever is first in it.
//!
//! - **Each counter in its order.** It is polled, says one, is woken, is polled, says two, each
//!   once; and what it says it says where it was polled.
//! - **A theft leads to a poll.** What a worker steals, and only from the other, it polls next; and
//!   something is stolen, since both counters are spawned on the first worker.
//! - **Both work.** Each worker has had a counter say one before any counter is woken.
//!
//! Leaves out: which line of one worker comes before which of the other.

use Step::{Poll, SaysOne, SaysTwo, Steal, Wake};

use crate::child::run;
use crate::lessons;

/// The lesson that prints the trace.
pub(crate) const LESSON: &str = "two_workers";

/// How often it is run.
const RUNS: usize = 50;
/// How wide the column of a worker is.
const COLUMN: usize = 24;

/// One line of a trace.
#[derive(Clone, Copy)]
struct Line {
    worker: usize,
    counter: usize,
    step: Step,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Poll,
    SaysOne,
    SaysTwo,
    Wake,
    Steal { from: usize },
}

/// What a line says, if it is one of a trace.
fn parse(line: &str) -> Option<Line> {
    let text = line.trim_start();
    let worker = (line.len() - text.len()) / COLUMN;
    let words: Vec<&str> = text.split(' ').collect();
    let (counter, step) = match words[..] {
        ["poll", counter] => (counter, Poll),
        ["wake", counter] => (counter, Wake),
        [counter, "says", "one"] => (counter, SaysOne),
        [counter, "says", "two"] => (counter, SaysTwo),
        ["steal", counter, "from", "worker", from] => {
            let from = from.parse().ok()?;
            (counter, Steal { from })
        }
        _ => return None,
    };
    let counter = counter.parse().ok()?;
    Some(Line {
        worker,
        counter,
        step,
    })
}

/// What is wrong with the trace among these lines, if anything.
fn wrong<'a>(lines: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let lines = lines.filter_map(|line| line.strip_prefix("~ "));
    let Some(trace) = lines.map(parse).collect::<Option<Vec<Line>>>() else {
        return Some("a line is none of a trace");
    };
    let of = |counter| trace.iter().filter(move |line| line.counter == counter);
    let [one, other] = [1, 2].map(|counter| of(counter).copied().collect::<Vec<_>>());
    if one.len() + other.len() != trace.len() {
        return Some("there is a third counter");
    }
    let wrong = wrong_with_counter(&one).or_else(|| wrong_with_counter(&other));
    if wrong.is_some() {
        return wrong;
    }
    if !trace.iter().any(is_theft) {
        return Some("nothing is stolen");
    }
    let until_wake = trace.iter().take_while(|line| line.step != Wake);
    let mut says_one = until_wake.filter(|line| line.step == SaysOne);
    match (says_one.next(), says_one.next()) {
        (Some(one), Some(other)) if one.worker != other.worker => None,
        _ => Some("not each worker counts before a wake"),
    }
}

fn is_theft(line: &Line) -> bool {
    matches!(line.step, Steal { .. })
}

/// What is wrong with the lines of one counter, if anything.
fn wrong_with_counter(lines: &[Line]) -> Option<&'static str> {
    let steps = lines.iter().filter(|line| !is_theft(line));
    let steps: Vec<Step> = steps.map(|line| line.step).collect();
    if steps != [Poll, SaysOne, Wake, Poll, SaysTwo] {
        return Some("a counter does not count in its order");
    }
    for (index, line) in lines.iter().enumerate() {
        let next = lines.get(index + 1);
        let same_worker = next.filter(|next| next.worker == line.worker);
        match line.step {
            Poll if same_worker.is_none() => {
                return Some("a counter speaks elsewhere");
            }
            Steal { from } if from + line.worker != 1 => return Some("stolen from nobody"),
            Steal { .. } if next.is_some_and(is_theft) => (),
            Steal { .. } if same_worker.is_none_or(|next| next.step != Poll) => {
                return Some("what is stolen is not polled next");
            }
            _ => (),
        }
    }
    None
}

#[test]
fn in_every_trace_both_workers_count_and_each_counter_in_its_order() {
    let lessons = lessons();
    let lesson = lessons.iter().find(|lesson| lesson.name == LESSON);
    let lesson = lesson.expect("it is one of the lessons");
    assert_eq!(wrong(lesson.promised()), None, "the header's own trace");
    for _ in 0..RUNS {
        let ended = run(LESSON, &["--virtual"]);
        let stdout = &ended.stdout;
        assert_eq!(wrong(stdout.lines()), None, "{stdout}{}", ended.stderr);
    }
}

/// A trace as it is printed, of a text in which `>` stands for the way to the second column.
fn printed(text: &str) -> String {
    text.replace('>', &" ".repeat(COLUMN))
}

#[test]
fn what_is_wrong_with_a_trace_is_found() {
    let good = "~ poll 1\n~ 1 says one\n~ >steal 2 from worker 0\n~ >poll 2\n~ >2 says one\n\
        ~ wake 1\n~ poll 1\n~ 1 says two\n~ >wake 2\n~ >poll 2\n~ >2 says two\n";
    assert_eq!(wrong(printed(good).lines()), None);

    let order = "a counter does not count in its order";
    let next = "what is stolen is not polled next";
    let alone = "not each worker counts before a wake";
    let theft = "~ >steal 2 from worker 0\n";
    let cases = [
        ("poll 2", "roll 2", "a line is none of a trace"),
        ("poll 2", "poll 3", "there is a third counter"),
        ("~ wake 1\n", "", order),
        ("~ wake 1\n~ poll 1\n", "~ poll 1\n~ wake 1\n", order),
        ("1 says two\n", "1 says two\n~ 1 says two\n", order),
        (">2 says one", "2 says one", "a counter speaks elsewhere"),
        ("worker 0", "worker 1", "stolen from nobody"),
        (">steal", "steal", "stolen from nobody"),
        (theft, "~ steal 2 from worker 1\n", next),
        ("~ >wake 2\n", &format!("{theft}~ >wake 2\n"), next),
        (theft, "", "nothing is stolen"),
        (
            "~ poll 1\n~ 1 says one\n",
            "~ >poll 1\n~ >1 says one\n",
            alone,
        ),
    ];
    for (part, instead, expected) in cases {
        let bad = good.replacen(part, instead, 1);
        assert_ne!(bad, good, "{part:?} is not in the trace");
        let found = wrong(printed(&bad).lines());
        assert_eq!(found, Some(expected), "{part:?} {instead:?}");
    }
    let one = "~ poll 1\n~ 1 says one\n";
    let late = good
        .replacen(one, "", 1)
        .replacen("~ wake 1\n", &format!("{one}~ wake 1\n"), 1);
    assert_eq!(wrong(printed(&late).lines()), None, "who is first is free");
}
