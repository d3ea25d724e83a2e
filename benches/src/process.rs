//! What the system allows this process, and what it tells about its time.

use std::io;
use std::time::{Duration, Instant};

use perf_event::events::Software;
use perf_event::{Builder, Sampler};

/// Lets this process have as many open sockets as it may give itself: the usual 1,024 are meant for
/// programs that still call `select`.
pub fn allow_many_sockets() {
    rlimit::increase_nofile_limit(u64::MAX).expect("a soft limit may rise to the hard one");
}

/// What a workload that is measured both ways is timed by.
pub enum Stopwatch {
    Wall(Instant),
    User(UserTime),
}

impl Stopwatch {
    /// Starts one that runs as the clock on the wall does.
    pub fn wall() -> Stopwatch {
        Stopwatch::Wall(Instant::now())
    }

    /// Starts one that runs while this thread is in user code.
    pub fn user() -> Stopwatch {
        Stopwatch::User(UserTime::start())
    }

    /// How long it ran.
    pub fn stop(self) -> Duration {
        match self {
            Stopwatch::Wall(started) => started.elapsed(),
            Stopwatch::User(time) => time.stop(),
        }
    }
}

/// How long this thread runs in user code, by samples.
///
/// - **Sampled, and often enough.** The kernel's own count of user time asks 250 times a second,
///   which finds a thread that is nearly always in system calls a handful of times. This one asks
///   each 50 µs of the thread's running time whether it is in user code; a figure of a thousand
///   samples is good to three per cent.
/// - **One thread's time.** What another thread does, a load generator or a helper of the runtime,
///   is not in it.
///
/// The kernel must let a process look at itself: `kernel.perf_event_paranoid` at most 2.
pub struct UserTime(Sampler);

/// Running time between two samples.
const PERIOD: Duration = Duration::from_micros(50);
/// What `kernel.perf_event_mlock_kb` grants everybody.
const RING: usize = 512 << 10;
/// A sample without content is a header of eight bytes.
const SAMPLES: u32 = RING as u32 / 8;

impl UserTime {
    /// Whether the kernel lets this process sample itself.
    pub fn is_allowed() -> bool {
        UserTime::sampler().is_ok()
    }

    fn sampler() -> io::Result<Sampler> {
        Builder::new(Software::CPU_CLOCK)
            .sample_period(PERIOD.as_nanos() as u64)
            .exclude_kernel(true)
            .exclude_hv(true)
            .build()
            .and_then(|counter| counter.sampled(RING))
    }

    /// Samples this thread from here on.
    fn start() -> UserTime {
        let sampler = UserTime::sampler();
        let mut sampler = sampler.expect("kernel.perf_event_paranoid is at most 2");
        sampler.enable().expect("a sampler starts");
        UserTime(sampler)
    }

    /// The time in user code since the start.
    fn stop(mut self) -> Duration {
        self.0.disable().expect("a sampler stops");
        let mut samples = 0;
        while self.0.next_record().is_some() {
            samples += 1;
        }
        assert!(samples < SAMPLES, "the ring was large enough for all");
        samples * PERIOD
    }
}
