//! The state tables in `runtime/task/state.rs` are read out of its doc comment and played against the code.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tourbillon::internals::{Call, Join, Leave, Pend, Start, State};

const SOURCE: &str = include_str!("../../runtime/task/state.rs");

struct Row {
    before: String,
    event: String,
    after: String,
    duty: String,
}

/// The rows of the `number`th table.
fn table(number: usize) -> Vec<Row> {
    let mut tables = Vec::new();
    let mut inside = false;
    for line in SOURCE.lines().take_while(|line| line.starts_with("//!")) {
        let is_row = line.starts_with("//! |");
        if is_row && !inside {
            tables.push(Vec::new());
        }
        inside = is_row;
        if is_row {
            let cells: Vec<_> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
            tables.last_mut().expect("a table was begun").push(cells);
        }
    }
    let rows = tables.swap_remove(number).into_iter().skip(2);
    rows.flat_map(|cells| {
        let [_, before, event, after, duty, ..] = &cells[..] else {
            panic!("a short row: {cells:?}")
        };
        let [event, after, duty] = [event, after, duty].map(String::clone);
        let states: Vec<_> = before.split(" / ").map(str::to_owned).collect();
        states.into_iter().map(move |before| {
            let [event, after, duty] = [&event, &after, &duty].map(String::clone);
            Row {
                before,
                event,
                after,
                duty,
            }
        })
    })
    .collect()
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
        "finish" => settled(state.finish()),
        "end" => settled(state.end()),
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

fn check(row: &Row, play: fn(&State, &str) -> &'static str, name: fn(&State) -> String) {
    let Row {
        before,
        event,
        after,
        duty,
    } = row;
    let state = State::named(before);
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
        &name(&state),
        after,
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
    let rows = table(0);
    rows.iter()
        .for_each(|row| check(row, play_life, State::life));
    assert_eq!(rows.len(), 11 * 7, "every state meets every event");
}

#[test]
fn every_row_of_the_handle_table_is_what_the_code_does() {
    let rows = table(1);
    rows.iter()
        .for_each(|row| check(row, play_handle, State::handle));
    assert_eq!(rows.len(), 4 * 3, "every state meets every event");
}

#[test]
fn every_pair_of_state_and_event_stands_in_a_table_once() {
    for number in [0, 1] {
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

/// Dropping a handle is a detach and a cancel in one step, so it has the rows of both.
#[test]
fn dropping_a_handle_is_a_detach_and_a_cancel_in_one_step() {
    for row in table(0).iter().filter(|row| row.event == "cancel") {
        let state = State::named(&format!("{} handle", words(&row.before)));
        let leave = state.leave(true);
        assert_eq!(
            state.life(),
            row.after,
            "{}: the life after a drop",
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

/// The states whose names are not made of the names of their facts, in such names.
fn words(state: &str) -> String {
    match state {
        "spawned" => "fresh".into(),
        "doomed" => "fresh cancelled".into(),
        "ended by cancel" => "finished cancelled".into(),
        state => state.into(),
    }
}
