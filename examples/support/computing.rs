//! A computing job in two halves, and how many are at work on it at once.
//!
//! - **The same sum** whoever computes it: how many steps the Collatz rule takes ("halve an even
//!   number, make 3n + 1 of an odd one") from the numbers up to 100,000 down to 1.
//! - **Equal halves.** Each takes every second slice of a thousand numbers.
//! - **Counted, not guessed.** Where two halves can be at work at once, they meet at the beginning
//!   of their work; whoever was the only one there would wait for ever.
//!
//! Leaves out: what a half runs on, which is the lesson (`cores.rs`).

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

const SLICES: u32 = 100;
const NUMBERS: u32 = 1_000;
const WAIT: Duration = Duration::from_millis(20);

/// One run of the job.
pub(crate) struct Job {
    meeting: Barrier,
    // Relaxed, wherever these are used: nothing else is read on the strength of them.
    now: AtomicU32,
    most: AtomicU32,
}

impl Job {
    /// A job in which so many meet: 1 is nobody.
    pub(crate) fn with_meeting_of(meet: usize) -> Job {
        Job {
            meeting: Barrier::new(meet),
            now: AtomicU32::new(0),
            most: AtomicU32::new(0),
        }
    }

    /// How many were at work at once, at most.
    pub(crate) fn most(&self) -> u32 {
        self.most.load(Relaxed)
    }

    /// Works, and is counted meanwhile; meets the other half first, if asked.
    fn at_work<T>(&self, meets: bool, work: impl FnOnce() -> T) -> T {
        let now = self.now.fetch_add(1, Relaxed) + 1;
        self.most.fetch_max(now, Relaxed);
        if meets {
            self.meeting.wait();
        }
        let result = work();
        self.now.fetch_sub(1, Relaxed);
        result
    }

    /// Computes the half that begins with the slice `first`, 0 or 1; what `hold` returns is held
    /// during a slice.
    pub(crate) fn half<H>(&self, first: u32, hold: impl Fn() -> H) -> u32 {
        let slice = |slice| {
            let _held = hold();
            self.at_work(slice == first, || steps_of_slice(slice))
        };
        (first..SLICES).step_by(2).map(slice).sum()
    }

    /// A half that only waits, and takes no step: it lets go of what `hold` returns, and meets the
    /// other half.
    pub(crate) fn wait<H>(&self, hold: impl Fn() -> H) -> u32 {
        drop(hold());
        self.at_work(true, || thread::sleep(WAIT));
        0
    }
}

fn steps_of_slice(slice: u32) -> u32 {
    let numbers = slice * NUMBERS + 1..=(slice + 1) * NUMBERS;
    numbers.map(|number| steps(number.into())).sum()
}

fn steps(mut number: u64) -> u32 {
    let mut steps = 0;
    while number != 1 {
        number = match number % 2 {
            0 => number / 2,
            _ => 3 * number + 1,
        };
        steps += 1;
    }
    steps
}
