//! Where the binary of an example stands, for the tests that run one as a program.
//!
//! - **Never stale.** It is built first, as this test was: `cargo test --test NAME` alone would leave
//!   an old one there. Where nothing has changed that costs a fraction of a second, once a process.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The binary of the example `name`, one of those that `wanted` tells `cargo build` to build.
///
/// A process that asks again wants the same ones.
pub(crate) fn binary(name: &str, wanted: &[&str]) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| build(wanted)).join(name)
}

fn build(wanted: &[&str]) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a file");
    let folder = test.ancestors().nth(2);
    let folder = folder.expect("<target>/<profile>/deps/<test>");
    let profile = match folder.file_name().and_then(OsStr::to_str) {
        Some("debug") => "dev",
        Some(name) => name,
        None => panic!("{} is not a profile's folder", folder.display()),
    };
    let target = folder.parent().expect("<target>/<profile>");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--profile", profile])
        .args(wanted)
        .arg("--target-dir")
        .arg(target)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .status()
        .expect("cargo starts");
    assert!(built.success(), "{wanted:?} does not compile");
    folder.join("examples")
}
