//! The tables in `runtime/pool/roster.rs` are read out of its doc comment and played against the code.

use std::collections::BTreeSet;

use tourbillon::internals::{Called, Risen, Roster, Sleep};

const SOURCE: &str = include_str!("../../runtime/pool/roster.rs");

/// As many workers as the played roster has.
const WORKERS: usize = 4;
/// The one that the rows are about: of several that sleep it is the one that is called.
const SUBJECT: usize = 0;
/// One that keeps watch where a row says so.
const KEEPER: usize = 2;
/// One that sleeps meanwhile: it is called if the subject is not, and nobody searches.
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

/// These fall asleep one after the other, and none of them keeps watch: another does for that moment.
fn put_to_sleep(roster: &Roster, workers: &[usize]) {
    for &worker in workers {
        let keeper = (0..WORKERS).find(|&other| other != worker && !roster.is_asleep(other));
        let keeper = keeper.inspect(|&keeper| {
            assert_eq!(roster.fall_asleep(keeper), Sleep::OnWatch);
        });
        assert_eq!(roster.fall_asleep(worker), Sleep::Sound);
        if let Some(keeper) = keeper {
            assert_eq!(roster.rise(keeper, Sleep::OnWatch), Risen::Busy);
        }
    }
}

/// The subject as a row finds it, and what others do meanwhile.
struct Stage {
    roster: Roster,
    /// How the subject sleeps, if it does.
    slept: Sleep,
    /// How often somebody had risen when the subject looked.
    rises: u64,
    /// So many others search.
    searching: usize,
    /// Another one keeps watch.
    is_watched: bool,
}

impl Stage {
    fn new(before: &str) -> Stage {
        let roster = Roster::new(WORKERS);
        put_to_sleep(&roster, &[SLEEPER]);
        let (mut slept, mut searching, mut is_watched) = (Sleep::Sound, 0, false);
        match before {
            "busy, less than half search"
            | "busy, while others are awake and nobody keeps watch" => (),
            "busy, half of all search" => {
                searching = WORKERS / 2;
                (0..searching).for_each(|_| assert!(roster.begin_search()));
            }
            "busy, the last that is awake" => put_to_sleep(&roster, &[1, KEEPER]),
            "busy, while watch is kept" => {
                assert_eq!(roster.fall_asleep(KEEPER), Sleep::OnWatch);
                is_watched = true;
            }
            "searching" => assert!(roster.begin_search()),
            "asleep" | "asleep, while others are awake" => put_to_sleep(&roster, &[SUBJECT]),
            "asleep, on watch" => slept = roster.fall_asleep(SUBJECT),
            "asleep, as all are" | "asleep, as all are, but one rose since it looked" => {
                put_to_sleep(&roster, &[1, KEEPER, SUBJECT]);
            }
            "searching, by a call" => {
                put_to_sleep(&roster, &[SUBJECT]);
                assert_eq!(roster.call(), Called::Worker(SUBJECT));
            }
            _ => panic!("the test knows no worker that is {before:?}"),
        }
        let rises = roster.rises();
        if before.ends_with("one rose since it looked") {
            assert_eq!(roster.rise(1, Sleep::Sound), Risen::Busy);
            assert_eq!(roster.fall_asleep(1), Sleep::Sound);
        }
        Stage {
            roster,
            slept,
            rises,
            searching,
            is_watched,
        }
    }

    /// Plays an event of the subject; gives what the code says.
    fn play(&self, event: &str) -> String {
        let roster = &self.roster;
        match event {
            "begin_search" => roster.begin_search().to_string(),
            "end_search" => {
                roster.end_search();
                String::new()
            }
            "fall_asleep" => format!("{:?}", roster.fall_asleep(SUBJECT)),
            "rise" => format!("{:?}", roster.rise(SUBJECT, self.slept)),
            "rise_of_all" => roster.rise_of_all(SUBJECT, self.rises).to_string(),
            "call" => said(roster.call(), SUBJECT),
            _ => panic!("the code has no event called {event:?}"),
        }
    }

    /// The others stop what they do meanwhile.
    fn leave_it_alone(&self) {
        (0..self.searching).for_each(|_| self.roster.end_search());
        if self.is_watched {
            assert_eq!(self.roster.rise(KEEPER, Sleep::OnWatch), Risen::Busy);
        }
    }

    /// How the subject is, when no other searches or keeps watch.
    fn state(&self) -> &'static str {
        let is_asleep = self.roster.is_asleep(SUBJECT);
        match (is_asleep, self.roster.call()) {
            (true, Called::Worker(SUBJECT)) => "asleep",
            (true, Called::Nobody) => "asleep, on watch",
            (false, Called::Nobody) => "searching",
            (false, Called::Worker(1 | SLEEPER)) => "busy",
            (_, called) => panic!("it is asleep: {is_asleep}, and called is {called:?}"),
        }
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

#[test]
fn every_row_of_a_workers_life_is_what_the_roster_does() {
    let rows = rows(0);
    let mut pairs = BTreeSet::new();
    for row in &rows {
        let [before, event, after, says, ..] = &row[..] else {
            panic!("a short row: {row:?}")
        };
        let what = format!("{before} + {event}");
        let stage = Stage::new(before);
        assert_eq!(&stage.play(event), says, "{what}: what it says");
        stage.leave_it_alone();
        assert_eq!(stage.state(), after, "{what}: the state after it");
        pairs.insert((before, event));
    }
    assert_eq!(pairs.len(), rows.len(), "a pair stands in the table twice");
    assert_eq!(rows.len(), 13, "every event of every state that has it");
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

/// Whether a cell means that watch is kept, or is not.
fn is_meant(cell: &str, is_watched: bool) -> bool {
    match cell {
        "any" => true,
        "yes" => is_watched,
        "no" => !is_watched,
        _ => panic!("the test knows no watch that is kept: {cell:?}"),
    }
}

/// Who sleeps, how many search, whether watch is kept, and whether the pool has ended.
type Case = (&'static [usize], usize, bool, bool);

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let sleepers: [&[usize]; 5] = [&[], &[1], &[3], &[1, 3], &[0, 1, 2, 3]];
    for asleep in sleepers {
        for searching in 0..=2 {
            for ended in [false, true] {
                cases.push((asleep, searching, false, ended));
                if !asleep.is_empty() {
                    cases.push((asleep, searching, true, ended));
                }
            }
        }
    }
    cases
}

/// A roster as a case says.
fn roster((asleep, searching, is_watched, ended): Case) -> Roster {
    let roster = Roster::new(WORKERS);
    match is_watched {
        true => {
            let slept: Vec<_> = asleep.iter().map(|&who| roster.fall_asleep(who)).collect();
            let on_watch = slept.iter().filter(|&&sleep| sleep == Sleep::OnWatch);
            assert_eq!(on_watch.count(), 1, "one of all keeps watch");
        }
        false => put_to_sleep(&roster, asleep),
    }
    // That those search who sleep changes nothing: they are a number.
    (0..searching).for_each(|_| assert!(roster.begin_search()));
    if ended {
        roster.close();
    }
    roster
}

#[test]
fn every_call_says_what_one_row_of_the_calls_table_says() {
    let rows = rows(1);
    let mut played = BTreeSet::new();
    for case in cases() {
        let (asleep, searching, is_watched, ended) = case;
        let fitting = rows.iter().enumerate().filter(|(_, row)| {
            row[0].ends_with("ended") == ended
                && means(&row[0], asleep.len())
                && means(&row[1], searching)
                && is_meant(&row[2], is_watched)
        });
        let fitting: Vec<_> = fitting.collect();
        let what = format!(
            "{asleep:?} asleep, {searching} searching, watched: {is_watched}, ended: {ended}"
        );
        let [(number, row)] = fitting[..] else {
            panic!("{what}: {fitting:?}")
        };
        let roster = roster(case);
        let called = roster.call();
        let lowest = asleep.first().copied().unwrap_or(WORKERS);
        assert_eq!(said(called, lowest), row[3], "{what}");
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
    assert_eq!(roster.fall_asleep(1), Sleep::OnWatch);
    assert!(!roster.is_everyone_asleep());
    assert_eq!(roster.fall_asleep(0), Sleep::Sound);
    assert!(roster.is_everyone_asleep(), "who keeps watch sleeps");
    let before = roster.rises();
    assert_eq!(roster.rise(1, Sleep::OnWatch), Risen::Busy);
    assert_eq!(roster.rises(), before + 1);
    assert!(!roster.is_everyone_asleep());
    assert_eq!(roster.fall_asleep(1), Sleep::Sound, "nobody is awake");
    assert!(roster.is_everyone_asleep());
    assert_eq!(roster.call(), Called::Worker(0));
    assert!(!roster.is_everyone_asleep(), "who is called does not sleep");
    assert_eq!(roster.rise(0, Sleep::Sound), Risen::Searching);
    assert_eq!(roster.rises(), before + 2);
    roster.end_search();
    assert_eq!(roster.fall_asleep(0), Sleep::Sound);
    assert!(roster.is_everyone_asleep());
}
