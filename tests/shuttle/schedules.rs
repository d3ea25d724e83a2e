//! Random schedules, each made of a number, its seed: the same seed makes the same schedule.
//!
//! A seed chooses one of three tempers, since no one of them finds everything:
//!
//! | temper | who goes on at a step |
//! |---|---|
//! | even | any thread that can, each as likely as the others |
//! | lazy | mostly the same thread again; how mostly, the seed says |
//! | ranked | the thread of the highest rank; at a few steps the one that goes on becomes the last (PCT) |
//!
//! Always: no temper starves a thread for ever, since a real system does not: after [`PATIENCE`] steps in a
//! row a thread lets the others go first.
//!
//! Leaves out: what a schedule is of (`explore.rs`).

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use tourbillon::internals::held;

/// As many steps a thread goes at once while another one could. More than any program here needs alone.
const PATIENCE: usize = 1_000;

/// A small generator of numbers that look random (Vigna's SplitMix64).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }
}

#[derive(Debug)]
enum Temper {
    Even,
    /// Another thread goes on at one step in so many.
    Lazy(usize),
    Ranked(Ranks),
}

#[derive(Debug)]
struct Ranks {
    /// Of each thread by its number; drawn when it is first seen.
    of: Vec<u64>,
    /// At these steps the one that goes on becomes the last.
    falls: Vec<usize>,
    /// Of the thread that fell last; every rank that is drawn is higher.
    lowest: u64,
}

/// One schedule for each of some seeds.
#[derive(Debug)]
pub(crate) struct Schedules {
    seeds: Range<u64>,
    /// The seed of the present schedule, for whoever tells of a failure.
    present: Arc<AtomicU64>,
    /// Steps in all, likewise.
    steps: Arc<AtomicU64>,
    dice: Dice,
    temper: Temper,
    step: usize,
    in_a_row: usize,
}

impl Schedules {
    pub(crate) fn new(
        seeds: Range<u64>,
        present: &Arc<AtomicU64>,
        steps: &Arc<AtomicU64>,
    ) -> Schedules {
        Schedules {
            seeds,
            present: present.clone(),
            steps: steps.clone(),
            dice: Dice::new(0),
            temper: Temper::Even,
            step: 0,
            in_a_row: 0,
        }
    }

    fn draw_temper(&mut self) -> Temper {
        match self.dice.below(3) {
            0 => Temper::Even,
            1 => Temper::Lazy(2 << self.dice.below(6)),
            _ => {
                // How long the schedule will be is not known: a length of each magnitude is tried.
                let length = 1 << (4 + self.dice.below(9));
                let falls = 1 + self.dice.below(4);
                Temper::Ranked(Ranks {
                    of: Vec::new(),
                    falls: (0..falls).map(|_| self.dice.below(length)).collect(),
                    lowest: 1 << 32,
                })
            }
        }
    }
}

impl Ranks {
    fn highest(&mut self, threads: &[usize], dice: &mut Dice) -> usize {
        let most = threads.iter().max().map_or(0, |thread| thread + 1);
        while self.of.len() < most {
            self.of.push((1 << 32) + (dice.roll() >> 16));
        }
        let highest = threads.iter().max_by_key(|thread| self.of[**thread]);
        *highest.expect("somebody can go on")
    }

    fn fall(&mut self, thread: usize) {
        self.lowest -= 1;
        if let Some(rank) = self.of.get_mut(thread) {
            *rank = self.lowest;
        }
    }
}

impl Scheduler for Schedules {
    fn new_execution(&mut self) -> Option<Schedule> {
        // Of the schedule before this one, whose threads have all ended.
        assert_eq!(held(), 0, "a loop or a one-shot was never freed");
        let seed = self.seeds.next()?;
        self.present.store(seed, Relaxed);
        self.dice = Dice::new(seed);
        self.temper = self.draw_temper();
        self.step = 0;
        self.in_a_row = 0;
        Some(Schedule::new(seed))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yields: bool,
    ) -> Option<TaskId> {
        let threads: Vec<usize> = runnable.iter().map(|task| task.id().into()).collect();
        let current = current.map(usize::from);
        let is_tired = yields || self.in_a_row >= PATIENCE;
        let others: Vec<usize> = threads
            .iter()
            .copied()
            .filter(|thread| !is_tired || Some(*thread) != current)
            .collect();
        let choice = if others.is_empty() { &threads } else { &others };
        let stays = current.filter(|current| choice.contains(current));
        let next = match (&mut self.temper, stays) {
            (Temper::Lazy(one_in), Some(current)) if self.dice.below(*one_in) > 0 => current,
            (Temper::Even | Temper::Lazy(_), _) => choice[self.dice.below(choice.len())],
            (Temper::Ranked(ranks), _) => {
                if let Some(current) = current {
                    if is_tired || ranks.falls.contains(&self.step) {
                        ranks.fall(current);
                    }
                }
                ranks.highest(choice, &mut self.dice)
            }
        };
        self.in_a_row = if Some(next) == current {
            self.in_a_row + 1
        } else {
            0
        };
        self.step += usize::from(threads.len() > 1);
        self.steps.fetch_add(1, Relaxed);
        Some(TaskId::from(next))
    }

    fn next_u64(&mut self) -> u64 {
        self.dice.roll()
    }
}
