//! Who searches, who sleeps and who is woken: one word about all workers of a pool.
//!
//! A worker is *busy*, *searching* for work on the others' shelves, or *asleep*; while others are
//! awake one of those that sleep keeps *watch*, that is, sleeps for a moment only and searches
//! then. The word holds a bit for each worker that is asleep, the number of those that search, and
//! whether watch is kept. One worker's life:
//!
//! | before | event | after | says | the caller |
//! |---|---|---|---|---|
//! | busy, less than half search | begin_search | searching | true | searches |
//! | busy, half of all search | begin_search | busy | false | rests without |
//! | searching | end_search | busy | | looks at all shelves once more; if there is surplus, calls, or searches again; not for the one item that it takes itself |
//! | busy, the last that is awake | fall_asleep | asleep | Sound | looks at all shelves once more before it sleeps |
//! | busy, while watch is kept | fall_asleep | asleep | Sound | the same |
//! | busy, while others are awake and nobody keeps watch | fall_asleep | asleep, on watch | OnWatch | the same |
//! | asleep | rise | busy | Busy | |
//! | asleep, on watch | rise | busy | Busy | calls, if there is surplus: it may have something else to do |
//! | asleep, as all are | rise_of_all | busy | true | moves a virtual clock |
//! | asleep, as all are, but one rose since it looked | rise_of_all | asleep | false | sleeps |
//! | asleep, while others are awake | rise_of_all | asleep | false | sleeps |
//! | asleep | call | searching | Worker | is another, who tells this worker's thread |
//! | searching, by a call | rise | searching | Searching | searches |
//!
//! Who is busy, or searches on its own account, does not rise. And what becomes of somebody's
//! surplus, a task that another worker could run:
//!
//! | asleep | searching | watch is kept | `call` says | since |
//! |---|---|---|---|---|
//! | nobody | any number | no | Nobody | all are awake, and search before they sleep |
//! | somebody | one or more | any | Nobody | the searcher finds it, or sees it when it looks once more |
//! | somebody | nobody | yes | Nobody | who keeps watch finds it in a moment |
//! | somebody | nobody | no | Worker | it is the sleeper with the lowest number, who searches from here on |
//! | any, in a pool that has ended | any number | any | Closed | what was put must be cleared away |
//!
//! `tests/it/roster_table.rs` reads both tables and plays them.
//!
//! Laws:
//!
//! - **No surplus is slept over.** Surplus is put on a shelf before `call`, and whoever ends a
//!   search, falls asleep or leaves the watch looks at the shelves after it has said so. Both are
//!   SeqCst, as crossbeam's push and emptiness are, so one of the two sees the other.
//! - **No herd.** One piece of surplus wakes one worker, and none while somebody searches or keeps
//!   watch: to wake a thread costs more than to poll ten tasks.
//! - **No spinning.** At most half of the workers search, each once over all shelves.
//! - **One moves the clock.** Of workers that all sleep one rises to move a virtual clock; whoever
//!   asks after it sees it awake until what was due then has been woken and polled. It leaves the
//!   clock alone if another has risen since it looked, also if that one sleeps again.
//!
//! Price: one word has room for [`MOST`] workers.
//!
//! The rules are Go's (`runtime/proc.go`, "Worker thread parking/unparking").
//!
//! Leaves out: how a thread sleeps and is told (`driver/park.rs`), and the shelves (`shelves.rs`).

use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::SeqCst;

/// As many workers as a pool can have.
pub(crate) const MOST: usize = 56;

const SLEEPERS: u64 = (1 << MOST) - 1;
const SEARCHER: u64 = 1 << MOST;
const WATCH: u64 = 1 << 62;
const CLOSED: u64 = 1 << 63;

/// See the file's promise.
#[derive(Debug)]
pub struct Roster {
    word: AtomicU64,
    /// How often a worker has risen.
    rises: AtomicU64,
    workers: u64,
}

/// Whom a worker that has put out surplus must wake.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// Nobody.
    Nobody,
    /// This worker's thread is to be told: it searches.
    Worker(usize),
    /// The pool has ended: what was put is the caller's to clear away.
    Closed,
}

/// How a worker may sleep.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleep {
    /// Until it is told something.
    Sound,
    /// For a moment.
    OnWatch,
}

/// How a worker is after it slept.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Risen {
    /// Woken by its own socket, timer or mail.
    Busy,
    /// Called: it must search.
    Searching,
}

// SeqCst on every change and on the load of `call`: its partners are the others of this word and
// the changes and loads of the shelves. See *No surplus is slept over*.
impl Roster {
    /// All workers are busy.
    ///
    /// # Panics
    ///
    /// If there are more than `MOST`.
    pub fn new(workers: usize) -> Roster {
        assert!(workers <= MOST, "a pool has at most {MOST} workers");
        Roster {
            word: AtomicU64::new(0),
            rises: AtomicU64::new(0),
            workers: workers as u64,
        }
    }

    /// Replaces the word by what `next` makes of it, unless that is nothing; returns what `next`
    /// says.
    fn change<T>(&self, mut next: impl FnMut(u64) -> (Option<u64>, T)) -> T {
        let mut word = self.word.load(SeqCst);
        loop {
            let (new, said) = next(word);
            let Some(new) = new else {
                return said;
            };
            match self.word.compare_exchange(word, new, SeqCst, SeqCst) {
                Ok(_) => return said,
                Err(now) => word = now,
            }
        }
    }

    /// A busy worker has nothing to do; `false`: enough others search.
    #[must_use]
    pub fn begin_search(&self) -> bool {
        self.change(|word| {
            let may = 2 * searchers(word) < self.workers;
            (may.then_some(word + SEARCHER), may)
        })
    }

    /// A searcher is done. It looks at all shelves once more after this.
    pub fn end_search(&self) {
        let before = self.word.fetch_sub(SEARCHER, SeqCst);
        debug_assert!(searchers(before) > 0, "only a searcher ends a search");
    }

    /// Somebody has put out surplus, or from outside of the pool a first task.
    pub fn call(&self) -> Called {
        self.change(|word| {
            let sleepers = word & SLEEPERS;
            if word & CLOSED != 0 {
                return (None, Called::Closed);
            }
            if searchers(word) > 0 || sleepers == 0 || word & WATCH != 0 {
                return (None, Called::Nobody);
            }
            let lowest = sleepers & sleepers.wrapping_neg();
            let called = Called::Worker(lowest.trailing_zeros() as usize);
            (Some(word & !lowest | SEARCHER), called)
        })
    }

    /// A worker that is busy is about to sleep. It looks at all shelves once more after this.
    pub fn fall_asleep(&self, worker: usize) -> Sleep {
        self.change(|word| {
            debug_assert!(word & 1 << worker == 0, "who is busy falls asleep");
            let word = word | 1 << worker;
            match word & WATCH != 0 || word & SLEEPERS == self.everyone() {
                true => (Some(word), Sleep::Sound),
                false => (Some(word | WATCH), Sleep::OnWatch),
            }
        })
    }

    /// A worker is awake again; if it was on watch, it looks at all shelves after this.
    pub fn rise(&self, worker: usize, slept: Sleep) -> Risen {
        let leaves = match slept {
            Sleep::Sound => 1 << worker,
            Sleep::OnWatch => 1 << worker | WATCH,
        };
        let before = self.word.fetch_and(!leaves, SeqCst);
        // After the word: whoever counts this rise sees that it is awake, or that it slept again.
        self.rises.fetch_add(1, SeqCst);
        match before & 1 << worker {
            0 => Risen::Searching,
            _ => Risen::Busy,
        }
    }

    /// Of workers that all sleep this one rises, if nobody has risen since there were so many
    /// `rises`; `false`: somebody else is awake, or was.
    ///
    /// One of those that ask at the same time is told `true`: the others see it awake.
    #[must_use]
    pub fn rise_of_all(&self, worker: usize, rises: u64) -> bool {
        let everyone = self.everyone();
        let alone = self.change(|word| {
            let may = word & SLEEPERS == everyone && self.rises() == rises;
            (may.then_some(word & !(1 << worker)), may)
        });
        if alone {
            self.rises.fetch_add(1, SeqCst);
        }
        alone
    }

    /// Whether nobody but the one that [`Roster::rise_of_all`] woke has risen since there were so
    /// many `rises`.
    ///
    /// Asked after it: the word of one that rose and fell asleep in between is as it was.
    pub fn is_only_riser(&self, rises: u64) -> bool {
        self.rises() == rises + 1
    }

    /// Whether a worker sleeps, and nobody has called it.
    pub fn is_asleep(&self, worker: usize) -> bool {
        self.word.load(SeqCst) & 1 << worker != 0
    }

    /// Whether all workers sleep, and nobody has called one.
    pub fn is_everyone_asleep(&self) -> bool {
        self.word.load(SeqCst) & SLEEPERS == self.everyone()
    }

    /// The word when all sleep.
    fn everyone(&self) -> u64 {
        (1 << self.workers) - 1
    }

    /// How often a worker has risen: as long as this stays the same and everyone sleeps, nothing
    /// has happened.
    pub fn rises(&self) -> u64 {
        self.rises.load(SeqCst)
    }

    /// The pool ends: nobody will read the common shelf any more, but for its owner once, right
    /// after this.
    pub fn close(&self) {
        self.word.fetch_or(CLOSED, SeqCst);
    }
}

fn searchers(word: u64) -> u64 {
    (word & !(CLOSED | WATCH)) >> MOST
}
