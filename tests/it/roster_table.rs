//! The tables in `runtime/pool/roster.rs` are read out of its doc comment and played against the code.

use std::collections::BTreeSet;

use tourbillon::internals::{Called, Risen, Roster};

const SOURCE: &str = include_str!("../../runtime/pool/roster.rs");

/// As many workers as the played roster has.
const WORKERS: usize = 4;
/// The one that the rows are about.
const SUBJECT: usize = 1;
/// One that sleeps meanwhile, whose number is higher: it is called if the subject is not, and nobody searches.
const SLEEPER: usize = 3;

/// The cells of the `number`th table's rows, without the heading.
fn rows(number: usize) -> Vec<Vec<String>> {
    let doc = SOURCE.lines().take_while(|line| line.starts_with("//!"));
    let lines: Vec<_> = doc
        .map(|line| line.starts_with("//! |").then_some(line))
        .collect();
    let mut tables = lines
        .split(Option::is_none)
        .filter(|table| !table.is_empty());
    let table = tables.nth(number).expect("the table is there");
    let cells = |line: &str| {
        let cells = line.split('|').skip(1).map(|cell| cell.trim().to_owned());
        cells.collect()
    };
    table
        .iter()
        .flatten()
        .skip(2)
        .map(|line| cells(line))
        .collect()
}

/// A roster in which the subject is as the cell says, and how many others search.
fn roster(before: &str) -> (Roster, usize) {
    let roster = Roster::new(WORKERS);
    roster.fall_asleep(SLEEPER);
    let mut others = 0;
    match before {
        "busy, less than half search" | "busy" => (),
        "busy, half of all search" => {
            others = WORKERS / 2;
            (0..others).for_each(|_| assert!(roster.begin_search()));
        }
        "searching" => assert!(roster.begin_search()),
        "asleep" => roster.fall_asleep(SUBJECT),
        "searching, by a call" => {
            roster.fall_asleep(SUBJECT);
            assert_eq!(roster.call(), Called::Worker(SUBJECT));
        }
        _ => panic!("the test knows no worker that is {before:?}"),
    }
    (roster, others)
}

/// Plays an event of the subject; gives what the code says.
fn play(roster: &Roster, event: &str) -> String {
    match event {
        "begin_search" => roster.begin_search().to_string(),
        "end_search" => {
            roster.end_search();
            String::new()
        }
        "fall_asleep" => {
            roster.fall_asleep(SUBJECT);
            String::new()
        }
        "rise" => match roster.rise(SUBJECT) {
            Risen::Busy => "Busy".to_owned(),
            Risen::Searching => "Searching".to_owned(),
        },
        "call" => said(roster.call(), SUBJECT),
        _ => panic!("the code has no event called {event:?}"),
    }
}

/// What a call says, if it names whom it must.
fn said(called: Called, lowest: usize) -> String {
    match called {
        Called::Nobody => "Nobody".to_owned(),
        Called::Closed => "Closed".to_owned(),
        Called::Worker(worker) => {
            assert_eq!(worker, lowest, "the sleeper with the lowest number");
            "Worker".to_owned()
        }
    }
}

/// How the subject is, when no other searches.
fn state(roster: &Roster) -> &'static str {
    if roster.is_asleep(SUBJECT) {
        return "asleep";
    }
    match roster.call() {
        Called::Nobody => "searching",
        called => {
            assert_eq!(called, Called::Worker(SLEEPER));
            "busy"
        }
    }
}

#[test]
fn every_row_of_a_workers_life_is_what_the_roster_does() {
    let rows = rows(0);
    let mut pairs = BTreeSet::new();
    for row in &rows {
        let [before, event, after, says, ..] = &row[..] else {
            panic!("a short row: {row:?}")
        };
        let (roster, others) = roster(before);
        assert_eq!(
            &play(&roster, event),
            says,
            "{before} + {event}: what it says"
        );
        (0..others).for_each(|_| roster.end_search());
        assert_eq!(
            state(&roster),
            after,
            "{before} + {event}: the state after it"
        );
        pairs.insert((before, event));
    }
    assert_eq!(pairs.len(), rows.len(), "a pair stands in the table twice");
    assert_eq!(rows.len(), 7, "every event of every state that has it");
}

/// Whether a cell of the second table means so many; the word for none is "nobody".
fn means(cell: &str, count: usize) -> bool {
    match cell {
        "nobody" => count == 0,
        "somebody" | "one or more" => count > 0,
        "any number" | "any, in a pool that has ended" => true,
        _ => panic!("the test knows no number called {cell:?}"),
    }
}

#[test]
fn every_call_says_what_one_row_of_the_calls_table_says() {
    let rows = rows(1);
    let mut played = BTreeSet::new();
    let sleepers: [&[usize]; 5] = [&[], &[1], &[3], &[1, 3], &[0, 1, 2, 3]];
    let cases = sleepers.into_iter().flat_map(|asleep| {
        let counts = (0..=2).flat_map(|searching| [(searching, false), (searching, true)]);
        counts.map(move |(searching, ended)| (asleep, searching, ended))
    });
    for (asleep, searching, ended) in cases {
        let roster = Roster::new(WORKERS);
        (0..searching).for_each(|_| assert!(roster.begin_search()));
        asleep.iter().for_each(|&worker| roster.fall_asleep(worker));
        if ended {
            roster.close();
        }
        let fitting = rows.iter().enumerate().filter(|(_, row)| {
            row[0].ends_with("ended") == ended
                && means(&row[0], asleep.len())
                && means(&row[1], searching)
        });
        let fitting: Vec<_> = fitting.collect();
        let [(number, row)] = fitting[..] else {
            panic!("{asleep:?} asleep, {searching} searching: {fitting:?}")
        };
        let called = roster.call();
        let what = format!("{asleep:?} asleep, {searching} searching, ended: {ended}");
        let lowest = asleep.first().copied().unwrap_or(WORKERS);
        assert_eq!(said(called, lowest), row[2], "{what}");
        if let Called::Worker(worker) = called {
            assert!(
                !roster.is_asleep(worker),
                "{what}: it searches from here on"
            );
            assert_eq!(roster.call(), Called::Nobody, "{what}: no herd");
        }
        played.insert(number);
    }
    assert_eq!(played.len(), rows.len(), "a row was never played");
}

#[test]
fn everyone_sleeps_when_nobody_is_busy_or_called() {
    let roster = Roster::new(2);
    assert!(!roster.is_everyone_asleep());
    roster.fall_asleep(1);
    assert!(!roster.is_everyone_asleep());
    roster.fall_asleep(0);
    assert!(roster.is_everyone_asleep());
    assert_eq!(roster.call(), Called::Worker(0));
    assert!(!roster.is_everyone_asleep(), "who is called does not sleep");
    let before = roster.rises();
    assert_eq!(roster.rise(0), Risen::Searching);
    assert_eq!(roster.rises(), before + 1);
    roster.end_search();
    roster.fall_asleep(0);
    assert!(roster.is_everyone_asleep());
}
