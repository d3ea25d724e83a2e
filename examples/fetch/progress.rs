//! How much has come: a line on stderr for whoever waits for a long body.
//!
//! - **For people.** It is shown on a terminal only, and not when the body itself goes to one.
//! - **It leaves no trace.** The line is taken away when the body is over, whole or not.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use tourbillon::now;

use crate::http::body::Framing;

/// Shorter bodies are here before anyone has read a line.
const LONG: u64 = 1 << 20;

/// Time between two lines: fast enough to look alive, and ten system calls a second.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Progress {
    enabled: bool,
    came: u64,
    /// How much there will be, if the head says so.
    length: Option<u64>,
    shown: Option<Instant>,
}

impl Progress {
    /// `seen` says that the body goes to the terminal itself.
    pub(crate) fn new(framing: Framing, seen: bool) -> Progress {
        let length = match framing {
            Framing::Length(length) => Some(length),
            Framing::Chunked | Framing::UntilClose => None,
        };
        Progress {
            enabled: io::stderr().is_terminal() && !seen,
            came: 0,
            length,
            shown: None,
        }
    }

    pub(crate) fn add(&mut self, count: usize) {
        self.came += count as u64;
        let due = self.shown.is_none_or(|shown| now() - shown >= PAUSE);
        if !self.enabled || self.came < LONG || !due {
            return;
        }
        let of = self
            .length
            .map_or(String::new(), |length| format!(" of {}", mib(length)));
        let _ = write!(io::stderr(), "\r{}{of}", mib(self.came));
        self.shown = Some(now());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r{:40}\r", "");
        }
    }
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
