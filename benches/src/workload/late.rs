//! How late a sleep ends on an idle loop, and what watching the clock costs meanwhile.
//!
//! One task sleeps 100 microseconds, 1 millisecond and 5.3 milliseconds in turn. What decides is
//! the step in which a runtime waits: tokio and monoio count whole milliseconds and round up; smol
//! and tourbillon take a timerfd for the last stretch, two system calls a sleep more. The rest is
//! the system's: a thread that is woken runs some tens of microseconds later. The floor is the
//! sleep of a thread, which Linux may end 50 microseconds late to end several at once.

use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use super::Measured;
use crate::contestant::{Contestant, Monoio, Smol, Tokio, Tourbillon};
use crate::row::{FLOOR, OURS, Row, Unit, fixed};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "timer/late",
        what: "how late a sleep of 100 us, 1 ms or 5.3 ms ends: the median",
        per: "sleep",
        unit: Unit::Nanoseconds,
        scale: SLEEPS,
        lanes: &[
            (OURS, |sleeps| ours(sleeps).median()),
            ("tokio", |sleeps| idle::<Tokio>(sleeps).median()),
            ("smol", |sleeps| idle::<Smol>(sleeps).median()),
            ("monoio", |sleeps| idle::<Monoio>(sleeps).median()),
            (FLOOR, |sleeps| floor(sleeps).median()),
        ],
        targets: &[fixed(100_000.0)],
        quick: true,
    },
    Row {
        name: "timer/late/p99",
        what: "how late those sleeps end: one in a hundred is later than this",
        per: "sleep",
        unit: Unit::Nanoseconds,
        scale: SLEEPS,
        lanes: &[
            (OURS, |sleeps| ours(sleeps).percentile_99()),
            ("tokio", |sleeps| idle::<Tokio>(sleeps).percentile_99()),
            ("smol", |sleeps| idle::<Smol>(sleeps).percentile_99()),
            ("monoio", |sleeps| idle::<Monoio>(sleeps).percentile_99()),
            (FLOOR, |sleeps| floor(sleeps).percentile_99()),
        ],
        targets: &[fixed(300_000.0)],
        // A tenth of the sleeps has no hundredth.
        quick: false,
    },
    Row {
        name: "timer/late/cpu",
        what: "processor time of the process during those sleeps",
        per: "second",
        unit: Unit::Percent,
        scale: SLEEPS,
        lanes: &[
            (OURS, |sleeps| ours(sleeps).processor()),
            ("tokio", |sleeps| idle::<Tokio>(sleeps).processor()),
            ("smol", |sleeps| idle::<Smol>(sleeps).processor()),
            ("monoio", |sleeps| idle::<Monoio>(sleeps).processor()),
            (FLOOR, |sleeps| floor(sleeps).processor()),
        ],
        targets: &[fixed(5.0)],
        quick: true,
    },
];

/// A hundred of each duration: about two thirds of a second.
const SLEEPS: usize = 300;

const DURATIONS: [Duration; 3] = [
    Duration::from_micros(100),
    Duration::from_millis(1),
    Duration::from_micros(5_300),
];

/// What sleeping showed.
struct Slept {
    /// Nanoseconds from the deadline to the end of each sleep, ascending; early is negative.
    late: Vec<i64>,
    elapsed: Duration,
    processor: Duration,
}

/// Measures one sleep after the other.
struct Watch {
    late: Vec<i64>,
    started: Instant,
    processor: Duration,
}

impl Watch {
    fn start(sleeps: usize) -> Watch {
        Watch {
            late: Vec::with_capacity(sleeps),
            started: Instant::now(),
            processor: processor_time(),
        }
    }

    /// A sleep of `duration`, begun at `begun`, has just ended.
    fn ended(&mut self, begun: Instant, duration: Duration) {
        let took = begun.elapsed().as_nanos() as i64;
        self.late.push(took - duration.as_nanos() as i64);
    }

    fn stop(self) -> Slept {
        let mut late = self.late;
        late.sort_unstable();
        Slept {
            late,
            elapsed: self.started.elapsed(),
            processor: processor_time() - self.processor,
        }
    }
}

impl Slept {
    fn median(&self) -> Measured {
        self.at(self.late.len() / 2)
    }

    /// The lateness that ninety-nine of a hundred sleeps keep.
    fn percentile_99(&self) -> Measured {
        self.at((self.late.len() * 99).div_ceil(100) - 1)
    }

    fn at(&self, rank: usize) -> Measured {
        let sleeps = self.late.len();
        let late = Duration::from_nanos(self.late[rank].max(0) as u64);
        Measured::time(late * sleeps as u32, sleeps)
    }

    fn processor(&self) -> Measured {
        Measured::Amount {
            amount: self.processor.as_secs_f64() * 100.0 / self.elapsed.as_secs_f64(),
            items: 1,
        }
    }
}

/// This runtime promises that no sleep ends early.
fn ours(sleeps: usize) -> Slept {
    let slept = idle::<Tourbillon>(sleeps);
    assert!(slept.late[0] >= 0, "{} ns early", -slept.late[0]);
    slept
}

/// Sleeps of a loop that has nothing else to do.
fn idle<C: Contestant>(sleeps: usize) -> Slept {
    C::run(async move {
        let mut watch = Watch::start(sleeps);
        for duration in DURATIONS.into_iter().cycle().take(sleeps) {
            let begun = Instant::now();
            C::sleep(duration).await;
            watch.ended(begun, duration);
        }
        watch.stop()
    })
}

/// No runtime: the thread sleeps.
fn floor(sleeps: usize) -> Slept {
    let mut watch = Watch::start(sleeps);
    for duration in DURATIONS.into_iter().cycle().take(sleeps) {
        let begun = Instant::now();
        thread::sleep(duration);
        watch.ended(begun, duration);
    }
    watch.stop()
}

/// What all threads of this process have spent on a processor.
fn processor_time() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec as u64, spent.tv_nsec as u32)
}
