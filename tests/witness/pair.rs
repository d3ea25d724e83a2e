//! One program in two languages: how both are run and compared.
//!
//! Leaves out: the interpreter, which is `python.rs`'s.

use std::any::type_name;
use std::cell::Cell;
use std::fmt::Display;
use std::time::Instant;

use tourbillon::now;

use crate::python;
use crate::tools::{Log, OnDrop, in_time};

/// What a pair must at least say to be a witness.
const FEWEST_LINES: usize = 6;

thread_local! {
    /// What the program on this thread has written, and when it began.
    static LOG: Log = Log::new();
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Writes a line, after the virtual time in seconds. In Python: `virtual_clock.log`.
pub(crate) fn log(line: impl Display) {
    let began = BEGAN.get().expect("a program writes while it runs");
    let seconds = (now() - began).as_secs_f64();
    LOG.with(|log| log.add(format!("{seconds} {line}")));
}

/// A guard that writes `line` when it is dropped. In Python: `finally`.
pub(crate) fn finally(line: impl Display) -> OnDrop<impl FnMut()> {
    OnDrop(move || log(&line))
}

/// Runs `program` and the Python program of the same name as the test, and compares their lines.
pub(crate) fn agrees<P: AsyncFnOnce() + Send + 'static>(program: P) {
    in_time(|| {
        let ours = lines_of(program);
        let test = test_of::<P>();
        assert!(!python::says_it_departs(test), "its twin says it departs");
        if let Some(theirs) = python::lines_of(test) {
            compare("Python's", &theirs, &ours);
        }
    });
}

/// What asyncio says where we depart from it.
pub(crate) struct Python(pub(crate) &'static [&'static str]);

/// What we say.
pub(crate) struct Tourbillon(pub(crate) &'static [&'static str]);

/// As [`agrees`], for a pair whose outputs differ on purpose: each is compared with its own lines.
pub(crate) fn departs<P: AsyncFnOnce() + Send + 'static>(
    Python(theirs): Python,
    Tourbillon(ours): Tourbillon,
    program: P,
) {
    assert_ne!(theirs, ours, "this is no departure");
    in_time(move || {
        compare("expected of us", ours, &lines_of(program));
        let test = test_of::<P>();
        assert!(python::says_it_departs(test), "its twin does not say so");
        if let Some(lines) = python::lines_of(test) {
            compare("expected of Python", theirs, &lines);
        }
    });
}

fn lines_of(program: impl AsyncFnOnce()) -> Vec<String> {
    tourbillon::test(async {
        BEGAN.set(Some(now()));
        program().await;
    });
    LOG.with(Log::take)
}

/// The name of the test whose closure `P` is, so that no name is written twice.
fn test_of<P>() -> &'static str {
    let path = type_name::<P>();
    let mut inside_out = path.rsplit("::");
    inside_out
        .find(|name| !name.contains("closure"))
        .unwrap_or(path)
}

/// Fails with both columns and a mark at the first line that differs.
fn compare<E: AsRef<str>>(title: &str, expected: &[E], lines: &[String]) {
    let expected: Vec<_> = expected.iter().map(E::as_ref).collect();
    assert!(
        expected.len() >= FEWEST_LINES,
        "{title} are too few: {expected:?}"
    );
    let end = "(end)";
    let mut table = format!("\n  {title:<46} found\n");
    let mut same = true;
    for n in 0..expected.len().max(lines.len()) {
        let left = expected.get(n).unwrap_or(&end);
        let right = lines.get(n).map_or(end, String::as_str);
        let mark = if same && *left != right { '>' } else { ' ' };
        same &= *left == right;
        table += &format!("{mark} {left:<46} {right}\n");
    }
    assert!(same, "{table}");
}
