//! The watchdog: who works and has made no progress for a second.
//!
//! Laws:
//!
//! - **Its own clock.** A strand's age grows by what the watchdog itself lived through: a look that
//!   comes late, since the machine has no time for anybody, counts as one that came in time. So a
//!   stall that it reports is one in which it could run, and the strand could not.
//! - **It has run.** At its end it says how much of the time it watched, and fails if that is less
//!   than half.
//!
//! Leaves out: whose fault it is. It prints what each thread does, and aborts, so that a debugger
//! finds the rest.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two looks.
const TICK: Duration = Duration::from_millis(20);
const LIMIT: Duration = Duration::from_secs(1);

/// A strand's progress, as it stamps it.
#[derive(Default)]
pub(crate) struct Pulse {
    name: String,
    beats: AtomicU64,
    works: AtomicBool,
}

impl Pulse {
    pub(crate) fn new(name: String) -> Arc<Pulse> {
        Arc::new(Pulse {
            name,
            ..Pulse::default()
        })
    }

    /// Some progress.
    pub(crate) fn beat(&self) {
        // Relaxed, here and below: the watchdog needs only to see it some time.
        self.beats.fetch_add(1, Relaxed);
    }

    /// From here on there must be progress.
    pub(crate) fn begin_work(&self) {
        self.beat();
        self.works.store(true, Relaxed);
    }

    pub(crate) fn end_work(&self) {
        self.works.store(false, Relaxed);
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// What the watchdog knows of a strand.
struct Watched {
    pulse: Arc<Pulse>,
    beats: u64,
    age: Duration,
}

/// All that it knows.
struct Ages {
    strands: Vec<Watched>,
    /// How long it has watched.
    watched: Duration,
    looks: u64,
    /// The greatest age that it has seen, and whose.
    oldest: (Duration, String),
    latest_look: Duration,
}

impl Ages {
    fn new(pulses: Vec<Arc<Pulse>>) -> Ages {
        let strands = pulses.into_iter().map(|pulse| Watched {
            pulse,
            beats: 0,
            age: Duration::ZERO,
        });
        Ages {
            strands: strands.collect(),
            watched: Duration::ZERO,
            looks: 0,
            oldest: Default::default(),
            latest_look: Duration::ZERO,
        }
    }

    /// A look, `after` the one before it: who has stood still for longer than the limit.
    fn look(&mut self, after: Duration) -> Vec<String> {
        let lived = after.min(2 * TICK);
        self.watched += lived;
        self.looks += 1;
        self.latest_look = self.latest_look.max(after);
        let mut stalled = Vec::new();
        for strand in &mut self.strands {
            let beats = strand.pulse.beats.load(Relaxed);
            let stands = strand.pulse.works.load(Relaxed) && beats == strand.beats;
            strand.age = if stands {
                strand.age + lived
            } else {
                Duration::ZERO
            };
            strand.beats = beats;
            if strand.age > self.oldest.0 {
                self.oldest = (strand.age, strand.pulse.name.clone());
            }
            if strand.age > LIMIT {
                stalled.push(format!("{} at {beats} beats", strand.pulse.name));
            }
        }
        stalled
    }
}

/// What the threads do: name, state, and where in the kernel they wait, with how many are alike.
fn threads() -> String {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let threads = fs::read_dir("/proc/self/task");
    for thread in threads.into_iter().flatten().flatten() {
        let line = |file| fs::read_to_string(thread.path().join(file)).unwrap_or_default();
        let stat = line("stat");
        let state = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.chars().next());
        let (name, waits_in) = (line("comm"), line("wchan"));
        let state = state.unwrap_or('?');
        let does = format!("{} {state} {}", name.trim(), waits_in.trim());
        *alike.entry(does).or_default() += 1;
    }
    let lines = alike
        .iter()
        .map(|(does, count)| format!("    {count} × {does}\n"));
    lines.collect()
}

/// The watchdog's thread.
pub(crate) struct Watch {
    thread: JoinHandle<Ages>,
    end: mpsc::Sender<()>,
    began: Instant,
    pulses: Vec<Arc<Pulse>>,
}

impl Watch {
    /// Watches until its end.
    pub(crate) fn over(pulses: Vec<Arc<Pulse>>) -> Watch {
        let (end, ends) = mpsc::channel();
        let mut ages = Ages::new(pulses.clone());
        let body = move || {
            let mut before = Instant::now();
            while ends.recv_timeout(TICK) == Err(mpsc::RecvTimeoutError::Timeout) {
                let now = Instant::now();
                let stalled = ages.look(now - before);
                before = now;
                if !stalled.is_empty() {
                    eprintln!("stress: FAIL: no progress for {LIMIT:?}: {stalled:#?}");
                    eprintln!("stress: the threads:\n{}", threads());
                    std::process::abort();
                }
            }
            ages
        };
        let thread = std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(body);
        Watch {
            thread: thread.unwrap(),
            end,
            began: Instant::now(),
            pulses,
        }
    }

    /// The progress of all.
    pub(crate) fn steps(&self) -> u64 {
        let beats = self.pulses.iter().map(|pulse| pulse.beats.load(Relaxed));
        beats.sum()
    }

    /// Ends the watch and says what it saw.
    pub(crate) fn end(self) {
        self.end.send(()).expect("it watches until its end");
        let ages = self.thread.join().expect("it does not panic");
        let lived = self.began.elapsed();
        println!(
            "stress: the watchdog looked {} times and watched {:.1} of {:.1} s, its latest look \
             after {:?}; the longest that anybody stood still: {:?} ({})",
            ages.looks,
            ages.watched.as_secs_f64(),
            lived.as_secs_f64(),
            ages.latest_look,
            ages.oldest.0,
            ages.oldest.1,
        );
        assert!(
            ages.watched > lived / 2,
            "the watchdog did not get to watch"
        );
    }
}

#[test]
fn a_strand_that_works_and_stands_still_is_named_after_a_second_and_no_other() {
    let names = ["works", "stands", "rests"];
    let pulses = names.map(|name| Pulse::new(name.into()));
    let mut ages = Ages::new(pulses.to_vec());
    pulses[0].begin_work();
    pulses[1].begin_work();
    let looks = 1 + LIMIT.as_millis() / TICK.as_millis();
    for _ in 0..looks {
        pulses[0].beat();
        assert!(ages.look(TICK).is_empty());
    }
    pulses[0].beat();
    assert_eq!(ages.look(TICK), ["stands at 1 beats"]);
    pulses[1].end_work();
    assert!(ages.look(TICK).is_empty());
}

#[test]
fn a_look_that_comes_late_makes_nobody_old() {
    let pulse = Pulse::new("stands".into());
    let mut ages = Ages::new(vec![pulse.clone()]);
    pulse.begin_work();
    for _ in 0..3 {
        assert!(ages.look(2 * LIMIT).is_empty());
    }
    assert!(ages.watched < LIMIT);
}
