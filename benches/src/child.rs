//! One figure from one process.
//!
//! - **Fresh.** A child measures one row, or one point of a curve, for one lane, prints the figure
//!   and ends.
//! - **Warm.** It first does a tenth of the work, unmeasured: what is lazy in a runtime, a library
//!   or the heap is then no longer lazy. Memory is weighed cold, since freed memory would be
//!   weighed as nothing.
//! - **Bounded.** A child that fails, hangs or prints anything but a figure is a [`Failure`], never
//!   a figure.

use std::fmt;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::row::{Unit, Work};

/// The argument that makes `duel` a child that measures a row. Not in `--help`: it is how `duel`
/// talks to itself.
pub const MEASURE: &str = "--measure";

/// The same for a point of a curve.
pub const MEASURE_GROWTH: &str = "--measure-growth";

/// Longer than any row takes on a machine that is merely busy.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Why a child gave no figure.
#[derive(Debug)]
pub enum Failure {
    /// The system did not start it, or did not let us read from it.
    System(io::Error),
    /// It ended, but not well.
    Ended(ExitStatus),
    /// It was still running after so long, and was ended.
    TimedOut(Duration),
    /// It printed this, which is no positive finite number.
    NoFigure(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::System(error) => write!(f, "could not be run: {error}"),
            Failure::Ended(status) => write!(f, "ended with {status}"),
            Failure::TimedOut(limit) => write!(f, "gave no figure within {limit:?}"),
            Failure::NoFigure(output) => write!(f, "printed {output:?} instead of a figure"),
        }
    }
}

/// What a child does: warm up, measure, return the figure.
pub fn measure(unit: Unit, work: Work, scale: usize) -> f64 {
    if unit == Unit::Nanoseconds {
        work((scale / 10).max(1));
    }
    work(scale).figure()
}

/// Runs `command`, which is to print one figure and end within `limit`.
pub fn figure(command: &mut Command, limit: Duration) -> Result<f64, Failure> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(Failure::System)?;
    let output = read_within(&mut child, limit);
    if output.is_err() {
        // An error here means that it has just ended by itself.
        let _ = child.kill();
    }
    let status = child.wait().map_err(Failure::System)?;
    let output = output?;
    if !status.success() {
        return Err(Failure::Ended(status));
    }
    match output.trim().parse::<f64>() {
        Ok(figure) if figure.is_finite() && figure > 0.0 => Ok(figure),
        _ => Err(Failure::NoFigure(output.trim().to_owned())),
    }
}

/// What the child prints until it closes its output, read by a thread so that the wait can end
/// first.
fn read_within(child: &mut Child, limit: Duration) -> Result<String, Failure> {
    let mut stdout = child.stdout.take().expect("stdout is piped");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut output = String::new();
        let result = stdout.read_to_string(&mut output).map(|_| output);
        // An error here means that the wait has ended before.
        let _ = sender.send(result);
    });
    match receiver.recv_timeout(limit) {
        Ok(output) => output.map_err(Failure::System),
        Err(RecvTimeoutError::Timeout) => Err(Failure::TimedOut(limit)),
        Err(RecvTimeoutError::Disconnected) => unreachable!("the reader always sends"),
    }
}
