//! What a user waits for before anything runs: a clean release build of the library, in seconds,
//! and how many crates that compiles.
//!
//! - **As a user has it.** An empty package with one dependency, cargo's own release profile; no
//!   dev-dependencies, no benches' options.
//! - **The same versions.** They come from this workspace's lock file, which names tokio's too
//!   (that is what the feature `tokio-full` is for); they are fetched before the clock starts, and
//!   the build is offline.
//! - **The library's figure.** There is no floor for it, and one peer: tokio with `full`, as most
//!   programs have it. A runtime pays here for what it is made of, macros above all (tokio's bring
//!   `syn`), and for features that the program at hand does not use.
//!
//! Leaves out: what a program's own generics cost to compile.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use super::Measured;
use crate::row::{OURS, Row, Unit, fixed, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "build",
        what: "a clean release build of the library, tokio's with `full`",
        per: "build",
        unit: Unit::Seconds,
        scale: 1,
        lanes: &[(OURS, seconds_ours), ("tokio", seconds_tokio)],
        targets: &[lane(0.60, "tokio")],
        quick: false,
    },
    Row {
        name: "build/crates",
        what: "crates that the library's build compiles, itself among them",
        per: "build",
        unit: Unit::Crates,
        scale: 1,
        lanes: &[(OURS, crates_ours), ("tokio", crates_tokio)],
        targets: &[fixed(9.0)],
        quick: false,
    },
];

/// The workspace, which is also the library's package.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

const TOKIO: &str = "tokio = { version = \"1\", features = [\"full\"] }";

fn ours() -> String {
    format!("tourbillon = {{ path = {ROOT:?} }}")
}

/// Seconds that `times` clean builds of this library take.
pub fn seconds_ours(times: usize) -> Measured {
    seconds(&ours(), times).expect("the library builds")
}

/// Seconds that `times` clean builds of tokio take.
pub fn seconds_tokio(times: usize) -> Measured {
    seconds(TOKIO, times).expect("tokio builds")
}

/// How many crates this library's build compiles, whatever the scale.
pub fn crates_ours(_: usize) -> Measured {
    crates(&ours()).expect("the library resolves")
}

/// How many crates tokio's build compiles, whatever the scale.
pub fn crates_tokio(_: usize) -> Measured {
    crates(TOKIO).expect("tokio resolves")
}

fn seconds(dependency: &str, times: usize) -> io::Result<Measured> {
    let mut seconds = 0.0;
    for _ in 0..times {
        let package = package(dependency)?;
        tree(package.path())?;
        let target = package.path().join("target");
        let started = Instant::now();
        let mut build = cargo("build", package.path());
        build.args(["--release", "--locked", "--offline", "--quiet"]);
        well(build.arg("--target-dir").arg(target))?;
        seconds += started.elapsed().as_secs_f64();
    }
    Ok(Measured::Amount {
        amount: seconds,
        items: times,
    })
}

fn crates(dependency: &str) -> io::Result<Measured> {
    let package = package(dependency)?;
    let tree = tree(package.path())?;
    Ok(Measured::Amount {
        amount: crates_below_root(&tree) as f64,
        items: 1,
    })
}

/// How many crates the tree names, each once, but for the package at its root.
fn crates_below_root(tree: &str) -> usize {
    let crates: BTreeSet<&str> = tree.lines().skip(1).map(without_remarks).collect();
    crates.len()
}

/// A crate's name and version, without where it lies, that it is a macro, or that it was named
/// before.
fn without_remarks(line: &str) -> &str {
    line.split_once(" (").map_or(line, |(package, _)| package)
}

/// An empty library that depends on nothing else, in a folder of its own that goes when it is
/// dropped.
fn package(dependency: &str) -> io::Result<TempDir> {
    let folder = TempDir::new()?;
    let manifest = format!(
        "[package]\nname = \"asks\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependency}\n\n[workspace]\n"
    );
    fs::write(folder.path().join("Cargo.toml"), manifest)?;
    fs::create_dir(folder.path().join("src"))?;
    fs::write(folder.path().join("src/lib.rs"), "")?;
    fs::copy(
        Path::new(ROOT).join("Cargo.lock"),
        folder.path().join("Cargo.lock"),
    )?;
    Ok(folder)
}

/// What the package compiles on this system, a crate a line. Leaves all of it fetched, and a lock
/// file that names nothing else.
fn tree(package: &Path) -> io::Result<String> {
    let mut tree = cargo("tree", package);
    let output = well(tree.args(["--edges", "normal,build", "--prefix", "none"]))?;
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

/// The cargo that started this program, or the one on the path.
fn cargo(order: &str, package: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command
        .arg(order)
        .current_dir(package)
        .stderr(Stdio::inherit());
    command
}

/// Runs it to a good end.
fn well(command: &mut Command) -> io::Result<Output> {
    let output = command.output()?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(io::Error::other(format!(
            "cargo ended with {}",
            output.status
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::crates_below_root;

    #[test]
    fn a_crate_counts_once_and_the_package_at_the_root_not_at_all() {
        let tree = "asks v0.0.0 (/tmp/asks)\n\
                    tokio v1.0.0\n\
                    libc v0.2.1\n\
                    tokio-macros v2.0.0 (proc-macro)\n\
                    syn v2.0.0\n\
                    mio v1.0.0\n\
                    libc v0.2.1 (*)\n";
        assert_eq!(crates_below_root(tree), 5);
    }

    #[test]
    fn two_versions_of_a_crate_are_two_crates() {
        assert_eq!(
            crates_below_root("asks v0.0.0\nmio v0.8.11\nmio v1.2.4\n"),
            2
        );
    }
}
