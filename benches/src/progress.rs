//! How far a run is, for whoever waits: a dot a round, and at the end of each row what it took and
//! what is left.
//!
//! - **To stderr only.** What is measured goes to stdout.
//!
//! Leaves out: a promise. What is left is what children took so far, times the children left.

use std::time::{Duration, Instant};

/// A run of so many children.
pub struct Progress {
    began: Instant,
    children: usize,
    done: usize,
    part: Option<Instant>,
}

impl Progress {
    /// Nothing is done yet.
    pub fn of(children: usize) -> Progress {
        Progress {
            began: Instant::now(),
            children,
            done: 0,
            part: None,
        }
    }

    /// A row or a point begins.
    pub fn begin(&mut self, name: &str) {
        eprint!("{name:<24} ");
        self.part = Some(Instant::now());
    }

    /// So many children of it have given their figures.
    pub fn round(&mut self, children: usize) {
        self.done += children;
        eprint!(".");
    }

    /// It is over, and `children` of it were never started.
    pub fn end(&mut self, children: usize) {
        self.children -= children;
        let took = self.part.take().unwrap_or(self.began).elapsed();
        eprint!(" {:.1} s", took.as_secs_f64());
        match left(self.began.elapsed(), self.done, self.children) {
            Some(left) => eprintln!(", about {} left", roughly(left)),
            None => eprintln!("; {} in all", roughly(self.began.elapsed())),
        }
    }
}

/// What the rest will take if it goes on like this; none if nothing is left, or nothing is known.
pub fn left(spent: Duration, done: usize, children: usize) -> Option<Duration> {
    let rest = children.checked_sub(done).filter(|rest| *rest > 0)?;
    (done > 0).then(|| spent.mul_f64(rest as f64 / done as f64))
}

fn roughly(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}
