//! Where and when the figures were taken: without it they mean nothing.

use std::fs;
use std::thread;
use std::time::SystemTime;

use crate::allocator;

/// The lock file that this program was built from, so that a version printed is the version
/// measured.
const LOCK: &str = include_str!("../../Cargo.lock");

/// The crates whose versions the table names.
const NAMED: &[&str] = &[
    "tourbillon",
    "tokio",
    "smol",
    "async-executor",
    "async-io",
    "monoio",
    "futures-util",
    "mio",
];

/// The lines above the table.
pub fn heading() -> String {
    let versions: Vec<String> = NAMED.iter().filter_map(|name| version(name)).collect();
    let date = humantime::format_rfc3339_seconds(SystemTime::now());
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let (processor, kernel) = (processor(), kernel());
    let mut heading = format!(
        "{}\n{cores} x {processor}, Linux {kernel}, {}, {date}\n",
        versions.join(", "),
        allocator::NAME,
    );
    if cfg!(debug_assertions) {
        heading.push_str("BUILT WITHOUT OPTIMISATION: these figures mean nothing; add --release\n");
    }
    heading
}

/// The crate's name and its version in the lock file; the newest, which is ours, if a peer takes an
/// older one.
fn version(name: &str) -> Option<String> {
    let (_, after) = LOCK.rsplit_once(&format!("name = \"{name}\"\nversion = \""))?;
    let (version, _) = after.split_once('"')?;
    Some(format!("{name} {version}"))
}

fn processor() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"));
    let model = line
        .and_then(|line| line.split_once(':'))
        .map(|(_, model)| model.trim());
    model.unwrap_or("unknown processor").to_owned()
}

fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.trim().to_owned()
}
