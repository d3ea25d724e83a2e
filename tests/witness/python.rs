//! The interpreter: which one, and what a program of ours says in it.
//!
//! Always: a program that fails, fails the test with what it wrote to stderr.
//!
//! Leaves out: the hang of a program, which `virtual_clock.py` ends.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the programs stand.
pub(crate) const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/witness/programs");

/// Set to [`REQUIRED`], a machine without Python fails the tests.
pub(crate) const WITNESS: &str = "TOURBILLON_WITNESS";
pub(crate) const REQUIRED: &str = "required";

const ABSENT: &str = "no CPython 3.11 or newer";

/// Prints the interpreter behind whatever wrapper was called, if it will do.
const QUESTION: &str = "import sys
if sys.implementation.name == 'cpython' and sys.version_info >= (3, 11):
    print(sys.executable)";

/// What the program of this name prints; `None`: there is no interpreter, and none is required.
pub(crate) fn lines_of(program: &str) -> Option<Vec<String>> {
    said(&[&format!("{program}.py")])
}

/// Whether the promise of the program of this name is that of a departure.
pub(crate) fn says_it_departs(program: &str) -> bool {
    let source = fs::read_to_string(format!("{PROGRAMS}/{program}.py"));
    source.is_ok_and(|source| source.starts_with("\"\"\"A departure: "))
}

/// What the interpreter prints when it is started with these arguments among the programs.
pub(crate) fn said(arguments: &[&str]) -> Option<Vec<String>> {
    let Some(python) = interpreter() else {
        let required = env::var(WITNESS).is_ok_and(|witness| witness == REQUIRED);
        assert!(!required, "{ABSENT}");
        println!("skipped: {ABSENT}");
        return None;
    };
    let ran = Command::new(python)
        // Whatever PYTHON… says does not count, and no bytecode is left among the sources.
        .args(["-E", "-B"])
        .args(arguments)
        .current_dir(PROGRAMS)
        .output()
        .expect("the interpreter was started before");
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.success(),
        "{arguments:?}, {}:\n{complained}",
        ran.status
    );
    let printed = String::from_utf8_lossy(&ran.stdout);
    Some(printed.lines().map(str::to_owned).collect())
}

/// The interpreter, looked for once.
fn interpreter() -> Option<&'static Path> {
    static INTERPRETER: OnceLock<Option<PathBuf>> = OnceLock::new();
    INTERPRETER.get_or_init(find).as_deref()
}

fn find() -> Option<PathBuf> {
    let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let answered = Command::new(python).args(["-c", QUESTION]).output().ok()?;
    let path = String::from_utf8(answered.stdout).ok()?;
    let path = path.trim_end();
    (!path.is_empty()).then(|| path.into())
}
