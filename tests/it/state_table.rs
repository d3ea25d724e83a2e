//! The state tables in `runtime/task/state.rs` are read out of its doc comment and played against the code.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use tourbillon::internals::{Call, Join, Leave, Pend, Start, State};

const SOURCE: &str = include_str!("../../runtime/task/state.rs");

struct Row {
    before: String,
    event: String,
    after: String,
    duty: String,
}

/// The cells of the `number`th table's rows, without the heading.
fn cells(number: usize) -> Vec<Vec<String>> {
    let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
    let mut inside = false;
    for line in SOURCE.lines().take_while(|line| line.starts_with("//!")) {
        let is_row = line.starts_with("//! |");
        if is_row && !inside {
            tables.push(Vec::new());
        }
        inside = is_row;
        if is_row {
            let cells = line
                .split('|')
                .skip(1)
                .map(|cell| cell.trim().to_owned())
                .collect();
            tables.last_mut().expect("a table was begun").push(cells);
        }
    }
    tables.swap_remove(number).into_iter().skip(2).collect()
}

/// The facts of each state of a life, by the first table.
fn states() -> BTreeMap<String, String> {
    let rows = cells(0)
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()));
    rows.collect()
}

/// The facts of a state of the handle's table, whose names list them.
fn handle_facts(state: &str) -> String {
    let words = state.split(' ').filter(|_| state != "no handle");
    let facts = words.map(|word| if word == "over" { "finished" } else { word });
    facts.collect::<Vec<_>>().join(", ")
}

/// The rows of the life's table (1) or of the handle's (2), a row a state.
fn table(number: usize) -> Vec<Row> {
    let rows = cells(number).into_iter().flat_map(|row| {
        let [before, event, after, duty, ..] = &row[..] else {
            panic!("a short row: {row:?}")
        };
        let states: Vec<_> = before.split(" / ").map(str::to_owned).collect();
        let [event, after, duty] = [event, after, duty].map(String::clone);
        states.into_iter().map(move |before| {
            let [event, after, duty] = [&event, &after, &duty].map(String::clone);
            let after = if after == "same" {
                before.clone()
            } else {
                after
            };
            Row {
                before,
                event,
                after,
                duty,
            }
        })
    });
    rows.collect()
}

/// Plays an event of a task's life; says what the caller must do.
fn play_life(state: &State, event: &str) -> &'static str {
    let call = |call| match call {
        Call::Nothing => "nothing",
        Call::Schedule => "schedule",
        Call::Refused => "refuse",
    };
    let start = |start| match start {
        Start::Poll => "poll",
        Start::Drop => "drop",
        Start::Stale => "nothing",
    };
    match event {
        "wake" => call(state.wake()),
        "cancel" => call(state.cancel()),
        "start" => start(state.start()),
        "shut" => start(state.shut()),
        "pend" => match state.pend() {
            Pend::Idle { .. } => "release",
            Pend::Again => "push",
            Pend::Drop => "drop",
        },
        "again" => {
            state.again();
            "push"
        }
        "finish" => settled(state.finish(0)),
        "end" => settled(state.end(0)),
        _ => panic!("the code has no event called {event:?}"),
    }
}

fn settled(settle: tourbillon::internals::Settle) -> &'static str {
    assert!(
        !settle.handle && !settle.joiner,
        "a state of the first table has no handle"
    );
    "settle"
}

/// Plays an event of the handle; says what the caller must do.
fn play_handle(state: &State, event: &str) -> &'static str {
    match event {
        "place" => match state.place() {
            Join::Made => "wait",
            Join::Take => "take",
        },
        "displace" => match state.displace() {
            Join::Made => "replace",
            Join::Take => "take",
        },
        "detach" => match state.leave(false) {
            Leave {
                output: true,
                waker: false,
                schedule: false,
            } => "drop the output",
            Leave {
                output: false,
                waker: true,
                schedule: false,
            } => "drop the waker",
            Leave {
                output: false,
                waker: false,
                schedule: false,
            } => "release",
            leave => panic!("a detach never asks for {leave:?}"),
        },
        _ => panic!("the code has no event called {event:?}"),
    }
}

fn check(row: &Row, play: fn(&State, &str) -> &'static str, facts: impl Fn(&str) -> String) {
    let Row {
        before,
        event,
        after,
        duty,
    } = row;
    let state = State::with(&facts(before));
    if after == "impossible" {
        let played = catch_unwind(AssertUnwindSafe(|| play(&state, event)));
        assert!(
            played.is_err(),
            "{before} + {event}: the table says impossible, the code does it"
        );
        return;
    }
    let did = play(&state, event);
    assert_eq!(
        state.facts(),
        facts(after),
        "{before} + {event}: the state after it"
    );
    assert_eq!(did, duty, "{before} + {event}: what the caller must do");
    let references = match did {
        "schedule" => 3,
        "release" if event == "pend" => 1,
        _ => 2,
    };
    assert_eq!(
        state.references(),
        references,
        "{before} + {event}: the references after it"
    );
}

#[test]
fn every_row_of_the_life_table_is_what_the_code_does() {
    let states = states();
    let rows = table(1);
    rows.iter()
        .for_each(|row| check(row, play_life, |state| states[state].clone()));
    assert_eq!(
        rows.len(),
        states.len() * 8,
        "every state meets every event"
    );
}

#[test]
fn every_row_of_the_handle_table_is_what_the_code_does() {
    let rows = table(2);
    rows.iter()
        .for_each(|row| check(row, play_handle, handle_facts));
    assert_eq!(rows.len(), 4 * 3, "every state meets every event");
}

#[test]
fn every_pair_of_state_and_event_stands_in_a_table_once() {
    for number in [1, 2] {
        let rows = table(number);
        let states: BTreeSet<_> = rows.iter().map(|row| row.before.clone()).collect();
        let events: BTreeSet<_> = rows.iter().map(|row| row.event.clone()).collect();
        let pairs: BTreeSet<_> = rows.iter().map(|row| (&row.before, &row.event)).collect();
        assert_eq!(pairs.len(), rows.len(), "a pair stands in the table twice");
        assert_eq!(
            pairs.len(),
            states.len() * events.len(),
            "a pair is missing"
        );
    }
}

#[test]
fn a_new_task_is_spawned_and_has_a_handle() {
    let state = State::new(0);
    assert_eq!(state.facts(), format!("{}, handle", states()["spawned"]));
    assert_eq!(
        state.references(),
        3,
        "the Runnable's, the registry's and the handle's"
    );
}

/// Dropping a handle has the rows of both.
#[test]
fn dropping_a_handle_is_a_detach_and_a_cancel_in_one_step() {
    let states = states();
    for row in table(1).iter().filter(|row| row.event == "cancel") {
        let facts = &states[&row.before];
        let comma = if facts.is_empty() { "" } else { ", " };
        let state = State::with(&format!("{facts}{comma}handle"));
        let leave = state.leave(true);
        assert_eq!(
            state.facts(),
            states[&row.after],
            "{}: the state after a drop",
            row.before
        );
        assert_eq!(
            leave.schedule,
            row.duty == "schedule",
            "{}: whether it is queued",
            row.before
        );
        assert_eq!(
            leave.output,
            row.duty == "refuse",
            "{}: whose the output is",
            row.before
        );
    }
}
