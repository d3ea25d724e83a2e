//! The witness as a whole: no test without its program, no program without its test, no silence
//! about a Python that is absent or that fails.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::{Command, Output};

use crate::python::{PROGRAMS, REQUIRED, WITNESS, said, says_it_departs};
use crate::tools::panic_of;

const FAMILIES: [&str; 8] = ["sp", "tm", "ca", "jo", "ac", "wa", "wf", "tg"];

/// The pairs, as the test harness knows them.
fn tests() -> BTreeSet<String> {
    let listed = this_test(&["--list", "--format=terse"], &[]);
    let listed = String::from_utf8(listed.stdout).expect("names are text");
    let names = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    let names = names.filter_map(|path| path.rsplit("::").next());
    let is_pair = |name: &&str| FAMILIES.iter().any(|family| row_of(name, family).is_some());
    names.filter(is_pair).map(str::to_owned).collect()
}

/// The programs, as the folder holds them.
fn programs() -> BTreeSet<String> {
    let entries = fs::read_dir(PROGRAMS).expect("the programs are there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    let names = names.map(|name| name.into_string().expect("names are text"));
    let names = names.filter(|name| name != "virtual_clock.py");
    let stems = names.map(|name| name.trim_end_matches(".py").to_owned());
    stems.collect()
}

/// The number of the row, if the name is one of this family: `sp_04_…`.
fn row_of<'a>(name: &'a str, family: &str) -> Option<&'a str> {
    let row = name.strip_prefix(family)?.strip_prefix('_')?.get(..2)?;
    row.bytes().all(|byte| byte.is_ascii_digit()).then_some(row)
}

fn this_test(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env::current_exe().expect("this test has a path"))
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .expect("this test can be started again")
}

#[test]
fn every_pair_has_both_its_test_and_its_program() {
    let (tests, programs) = (tests(), programs());
    let alone: Vec<_> = tests.symmetric_difference(&programs).collect();
    assert!(alone.is_empty(), "without a twin: {alone:#?}");
}

#[test]
fn there_are_42_pairs_and_four_of_each_family() {
    let tests = tests();
    assert!(tests.len() >= 42, "only {} pairs", tests.len());
    for family in FAMILIES {
        let pairs = tests.iter().filter(|test| row_of(test, family).is_some());
        let pairs = pairs.count();
        assert!(pairs >= 4, "only {pairs} pairs of {family}");
    }
}

#[test]
fn at_most_a_third_of_the_pairs_departs() {
    let programs = programs();
    let departing = programs.iter().filter(|program| says_it_departs(program));
    let (departing, pairs) = (departing.count(), programs.len());
    assert!(departing * 3 <= pairs, "{departing} of {pairs}");
}

#[test]
fn without_python_a_pair_is_skipped_aloud_unless_python_is_required() {
    const PAIR: &str = "sp_01_spawn_runs_nothing_of_its_task";
    let absent = ("PYTHON", "/there/is/no/python");
    let run = |witness| this_test(&[PAIR, "--nocapture"], &[absent, (WITNESS, witness)]);
    let skipped = run("");
    let said = String::from_utf8_lossy(&skipped.stdout);
    assert!(
        skipped.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert!(said.contains("skipped: no CPython 3.11 or newer"), "{said}");
    assert!(!run(REQUIRED).status.success());
}

#[test]
fn a_program_that_raises_fails_its_test_with_the_traceback() {
    let Some(_) = said(&["-c", "pass"]) else {
        return;
    };
    let raised = panic_of(|| said(&["-c", "print('well so far')\nraise ValueError('no')"]));
    assert!(raised.contains("ValueError: no"), "{raised}");
}

#[test]
fn a_program_that_waits_for_ever_fails_its_test() {
    let Some(_) = said(&["-c", "pass"]) else {
        return;
    };
    let program = "import asyncio, virtual_clock
async def main(): await asyncio.get_running_loop().create_future()
virtual_clock.run(main)";
    let raised = panic_of(|| said(&["-c", program]));
    assert!(raised.contains("deadlock"), "{raised}");
}

#[test]
fn a_program_that_never_ends_fails_its_test() {
    let Some(_) = said(&["-c", "pass"]) else {
        return;
    };
    let program = "import asyncio, virtual_clock
virtual_clock.LIMIT_IN_REAL_SECONDS = 0.01
async def main():
    while True: await asyncio.sleep(0)
virtual_clock.run(main)";
    let raised = panic_of(|| said(&["-c", program]));
    assert!(raised.contains("Timeout"), "{raised}");
}
