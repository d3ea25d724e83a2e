//! The state word of a task: what it is doing, who still cares, and how many pointers lead to it.
//!
//! Five facts about a task's life and two about its handle share one atomic word with the reference
//! count, so that each event is at most one read-modify-write and no two facts can ever disagree.
//!
//! - **claimed**: a `Runnable`, the right to poll once, exists: in some queue, or with the
//!   *runner*, the thread that polls the future, or drops it.
//! - **fresh**: that claim was made by the spawn or by a cancel, and no wake has come since: no
//!   poll is owed to anybody.
//! - **woken**: a wake has come since the claim was made.
//! - **cancelled**: a cancel was asked for; in a finished task: the cancel is what ended it.
//! - **finished**: the future is gone, the output is stored, taken or dropped. The runner that made
//!   it so is the *finisher*.
//! - **handle**: a `Task<T>` exists. The output is its; without it the finisher drops the output. A
//!   handle that has given its result goes without a step, and the fact stays.
//! - **joiner**: a join waker is in place and belongs to the finisher; while the fact is false that
//!   place belongs to the handle. A handle that is polled at home leaves its waker in home's own
//!   field and needs no fact: see the Law of the joiner in `cell.rs`.
//!
//! The states of a life:
//!
//! | state | facts | meaning |
//! |---|---|---|
//! | spawned | claimed, fresh | its first poll is to come, or under way |
//! | idle | | it waits for a wake |
//! | claimed | claimed | it was woken; its poll is to come, or under way |
//! | claimed woken | claimed, woken | and a wake has come since |
//! | doomed | claimed, fresh, cancelled | it will be dropped, unless a wake comes first |
//! | claimed cancelled | claimed, cancelled | it will be dropped after the poll it was woken for |
//! | claimed woken cancelled | claimed, woken, cancelled | it was woken again before it was cancelled |
//! | finished | finished | it ended by itself |
//! | ended by cancel | finished, cancelled | it was dropped |
//!
//! A queue and a runner are told apart by nothing: whether a poll has begun is known to the runner
//! alone, so a poll begins without a write, unless a wake has to be counted as seen.
//!
//! What the caller of an event must do: *schedule*, hand a new `Runnable` to the scheduler, from
//! whatever thread; *push*, the runner's own `Runnable` goes to the back of the queue; *release*,
//! give a reference back; *settle*, what a finisher owes: wake the joiner, or drop the output that
//! nobody will take. `start` is the runner's first step. After a poll without a value it is `pend`,
//! or `again` if the task woke itself in that poll, before anybody cancelled it. `shut` is *home*,
//! the loop's own thread, ending what is left.
//!
//! Every pair of state and event stands in a row; states that share one are divided by a slash.
//! `tests/it/state_table.rs` reads these tables and plays them.
//!
//! | before | event | after | caller must | why |
//! |---|---|---|---|---|
//! | spawned | wake | claimed woken | nothing | it has a place in the queue, or the poll that runs is not the last |
//! | idle | wake | claimed | schedule | |
//! | claimed | wake | claimed woken | nothing | before the poll, many wakes are one poll; in it, one more is owed |
//! | doomed | wake | claimed cancelled | nothing | a value that was handed over is seen before the drop |
//! | claimed cancelled | wake | same | nothing | else a task that wakes itself in each poll outlives every cancel |
//! | claimed woken / claimed woken cancelled / finished / ended by cancel | wake | same | nothing | |
//! | spawned | cancel | doomed | nothing | one that was never polled never is |
//! | idle | cancel | doomed | schedule | only home may drop the future |
//! | claimed | cancel | claimed cancelled | nothing | it keeps the poll that it was woken for |
//! | claimed woken | cancel | claimed woken cancelled | nothing | |
//! | doomed / claimed cancelled / claimed woken cancelled | cancel | same | nothing | |
//! | finished / ended by cancel | cancel | same | refuse | a finished task stays finished |
//! | spawned / claimed | start | same | poll | |
//! | claimed woken | start | claimed | poll | the poll answers all wakes that came before it |
//! | doomed | start | same | drop | no poll is owed |
//! | claimed cancelled | start | same | poll | the one poll it was woken for |
//! | claimed woken cancelled | start | claimed cancelled | poll | the one poll it was woken for |
//! | finished / ended by cancel | start | same | nothing | a shutdown came first |
//! | idle | start | impossible |  | the right to poll exists only while claimed |
//! | spawned / claimed | pend | idle | release | |
//! | claimed woken | pend | claimed | push | |
//! | doomed / claimed cancelled | pend | same | drop | the cancel came in this poll, or before |
//! | claimed woken cancelled | pend | claimed cancelled | push | it was woken before it was cancelled |
//! | idle / finished / ended by cancel | pend | impossible |  | nobody polls it |
//! | spawned / claimed | again | claimed | push | |
//! | doomed | again | claimed cancelled | push | it was woken before it was cancelled |
//! | claimed woken / claimed cancelled / claimed woken cancelled | again | same | push | the next `start` takes both wakes for one |
//! | idle / finished / ended by cancel | again | impossible |  | nobody polls it |
//! | spawned / claimed / claimed woken | finish | finished | settle | |
//! | doomed / claimed cancelled / claimed woken cancelled | finish | finished | settle | a poll that ends it wins over the cancel |
//! | idle / finished / ended by cancel | finish | impossible |  | only a runner finishes |
//! | doomed / claimed cancelled | end | ended by cancel | settle | |
//! | spawned / claimed / claimed woken / claimed woken cancelled | end | impossible |  | only a task that `start` or `pend` says to drop is ended |
//! | idle / finished / ended by cancel | end | impossible |  | only a runner ends |
//! | idle | shut | doomed | drop | |
//! | spawned / claimed / claimed woken | shut | doomed | drop | its `Runnable` is stale from here on |
//! | doomed / claimed cancelled / claimed woken cancelled | shut | doomed | drop | |
//! | finished / ended by cancel | shut | same | nothing | |
//!
//! The handle's own table; *over* is finished or ended by cancel. Dropping a handle is `detach` and
//! `cancel` in one step, with the rows of both.
//!
//! | before | event | after | caller must | why |
//! |---|---|---|---|---|
//! | handle | place | handle joiner | wait | |
//! | handle joiner / over handle joiner | place | impossible |  | a handle displaces its waker before it places another |
//! | over handle | place | over handle | take | the waker's place is still the handle's |
//! | handle / over handle | displace | impossible |  | there is no waker to displace |
//! | handle joiner | displace | handle | replace | |
//! | over handle joiner | displace | over handle joiner | take | the finisher owns the waker |
//! | handle | detach | no handle | release | the finisher will drop the output |
//! | handle joiner | detach | no handle | drop the waker | |
//! | over handle | detach | over | drop the output | |
//! | over handle joiner | detach | over joiner | drop the output | the finisher owns the waker |
//!
//! Orderings: every change of a fact is one AcqRel read-modify-write, whose partner is every other
//! of the word: what a thread wrote before its change is seen by whoever changes the word next. A
//! wake that changes nothing is written all the same, so that what was written before the wake is
//! seen by the poll that it rides on. A `start` that finds no wake and no cancel writes nothing:
//! the one who made the `Runnable` handed it over through a queue, and a wake that the start does
//! not see is seen by the `pend`, `finish` or next `start` that follows. There are no fences.
//!
//! Leaves out: the future, the output and the waker themselves; they are `cell.rs`'s.

use super::duty::{Call, Join, Leave, Pend, Settle, Start};
use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

pub(super) const CLAIMED: usize = 1;
pub(super) const FRESH: usize = 1 << 1;
pub(super) const WOKEN: usize = 1 << 2;
pub(super) const CANCELLED: usize = 1 << 3;
pub(super) const FINISHED: usize = 1 << 4;
pub(super) const HANDLE: usize = 1 << 5;
pub(super) const JOINER: usize = 1 << 6;
pub(super) const REFERENCE: usize = 1 << 7;

/// The bits of a task's life: everything but the handle's and the count.
pub(super) const LIFE: usize = CLAIMED | FRESH | WOKEN | CANCELLED | FINISHED;

/// More references than could ever be alive; beyond it the count would reach the sign bit.
const TOO_MANY: usize = isize::MAX as usize;

/// The state word.
#[derive(Debug)]
pub struct State(pub(super) AtomicUsize);

impl State {
    /// A spawned task with three references, its `Runnable`'s, its registry's and its handle's, and
    /// so many for its home to hoard.
    pub fn new(hoarded: usize) -> State {
        let references = (3 + hoarded) * REFERENCE;
        State(AtomicUsize::new(CLAIMED | FRESH | HANDLE | references))
    }

    /// Replaces the word by what `next` makes of it and returns what `next` says of the change.
    #[inline]
    fn change<T>(&self, mut next: impl FnMut(usize) -> (usize, T)) -> T {
        // Relaxed: nothing is read on the strength of this load; the exchange below checks it.
        let mut word = self.0.load(Relaxed);
        loop {
            let (new, said) = next(word);
            // AcqRel and Acquire: see the module's *Orderings*.
            match self.0.compare_exchange_weak(word, new, AcqRel, Acquire) {
                Ok(_) => return said,
                Err(now) => word = now,
            }
        }
    }

    /// Somebody woke the task.
    #[inline]
    pub fn wake(&self) -> Call {
        self.change(|word| match word & LIFE {
            0 => (count_up(word | CLAIMED), Call::Schedule),
            life if life & FINISHED != 0 => (word, Call::Nothing),
            life if life & CANCELLED != 0 => (word & !FRESH, Call::Nothing),
            _ => (word & !FRESH | WOKEN, Call::Nothing),
        })
    }

    /// Somebody asked for a cancel.
    pub fn cancel(&self) -> Call {
        self.change(|word| match word & LIFE {
            0 => (count_up(word | CLAIMED | FRESH | CANCELLED), Call::Schedule),
            life if life & FINISHED != 0 => (word, Call::Refused),
            _ => (word | CANCELLED, Call::Nothing),
        })
    }

    /// The owner of a `Runnable` uses it.
    #[inline]
    pub fn start(&self) -> Start {
        // Acquire: pairs with a wake's and a cancel's Release; see the module's *Orderings*.
        if self.0.load(Acquire) & LIFE & !FRESH == CLAIMED {
            return Start::Poll;
        }
        self.start_slowly()
    }

    fn start_slowly(&self) -> Start {
        self.change(|word| {
            if word & FINISHED != 0 {
                return (word, Start::Stale);
            }
            assert!(word & CLAIMED != 0, "the right to poll exists once");
            if word & (CANCELLED | FRESH) == CANCELLED | FRESH {
                (word, Start::Drop)
            } else {
                (word & !WOKEN, Start::Poll)
            }
        })
    }

    /// The poll returned `Pending`.
    #[inline]
    pub fn pend(&self) -> Pend {
        self.change(|word| {
            assert!(word & CLAIMED != 0, "only a runner pends");
            if word & WOKEN != 0 {
                (word & !(WOKEN | FRESH), Pend::Again)
            } else if word & CANCELLED != 0 {
                (word, Pend::Drop)
            } else {
                let idle = (word & !(CLAIMED | FRESH)) - REFERENCE;
                (
                    idle,
                    Pend::Idle {
                        last: idle < REFERENCE,
                    },
                )
            }
        })
    }

    /// The poll returned `Pending` after the task had woken itself.
    #[inline]
    pub fn again(&self) {
        // Relaxed: nothing is read on the strength of this load. What it misses stays in the word.
        let word = self.0.load(Relaxed);
        assert!(word & CLAIMED != 0, "only a runner pends");
        if word & FRESH != 0 {
            self.change(|word| (word & !FRESH, ()));
        }
    }

    /// The poll ended the task, by a value or by a panic; its output is stored. Gives so many
    /// references back, and the finisher's own if nothing is left for it to do.
    #[inline]
    pub fn finish(&self, spare: usize) -> Settle {
        self.change(|word| {
            assert!(word & CLAIMED != 0, "only a runner finishes");
            settle(word, word & !LIFE | FINISHED, spare)
        })
    }

    /// The future was dropped by a cancel; the error is stored. References: as for `finish`.
    pub fn end(&self, spare: usize) -> Settle {
        self.change(|word| {
            assert!(
                word & (LIFE & !FRESH) == CLAIMED | CANCELLED,
                "only a runner ends a cancelled task"
            );
            settle(word, word & !LIFE | CANCELLED | FINISHED, spare)
        })
    }

    /// Home shuts down, outside of any poll.
    pub fn shut(&self) -> Start {
        self.change(|word| {
            if word & FINISHED != 0 {
                return (word, Start::Stale);
            }
            let doomed = CLAIMED | FRESH | CANCELLED;
            (word & !LIFE | doomed, Start::Drop)
        })
    }

    /// The handle has put a waker into its field and offers it to the finisher.
    pub fn place(&self) -> Join {
        self.change(|word| {
            assert!(
                word & JOINER == 0,
                "a handle displaces its waker before it places another"
            );
            if word & FINISHED != 0 {
                (word, Join::Take)
            } else {
                (word | JOINER, Join::Made)
            }
        })
    }

    /// The handle wants its waker's field back.
    pub fn displace(&self) -> Join {
        self.change(|word| {
            assert!(word & JOINER != 0, "there is no waker to displace");
            if word & FINISHED != 0 {
                (word, Join::Take)
            } else {
                (word & !JOINER, Join::Made)
            }
        })
    }

    /// The handle goes; `cancel`: and asks for a cancel in the same step.
    pub fn leave(&self, cancel: bool) -> Leave {
        self.change(|word| {
            if word & FINISHED != 0 {
                return (word & !HANDLE, Leave::AN_OUTPUT);
            }
            let left = word & !(HANDLE | JOINER);
            let waker = word & JOINER != 0;
            let schedule = cancel && word & LIFE == 0;
            let new = match (cancel, schedule) {
                (false, _) => left,
                (true, false) => left | CANCELLED,
                (true, true) => count_up(left | CLAIMED | FRESH | CANCELLED),
            };
            (
                new,
                Leave {
                    output: false,
                    waker,
                    schedule,
                },
            )
        })
    }

    /// One more pointer leads here.
    #[inline]
    pub fn reference(&self) {
        // Relaxed: a new pointer is made from an old one, which keeps the task alive meanwhile.
        let word = self.0.fetch_add(REFERENCE, Relaxed);
        if word > TOO_MANY {
            too_many_references();
        }
    }

    /// A pointer goes; says whether it was the last one.
    #[inline]
    pub fn release(&self) -> bool {
        // Acquire: pairs with the Release half below, as that one's Acquire half does. If this is
        // the only pointer nobody else can change the word any more.
        if self.0.load(Acquire) < 2 * REFERENCE {
            return true;
        }
        // AcqRel: what the other threads did through their pointers (their Release half) happened
        // before the last one frees the task (its Acquire half).
        let word = self.0.fetch_sub(REFERENCE, AcqRel);
        debug_assert!(word >= REFERENCE, "a pointer is given back once");
        word < 2 * REFERENCE
    }

    /// Whether a cancel was asked for.
    #[inline]
    pub fn has_cancel(&self) -> bool {
        // Relaxed: only the runner asks, for whom its own cancels come before its own wakes.
        self.0.load(Relaxed) & CANCELLED != 0
    }

    /// Whether the future is gone and the output is stored.
    #[inline]
    pub fn is_finished(&self) -> bool {
        // Acquire: pairs with `finish` and `end`, so that the output is seen.
        self.0.load(Acquire) & FINISHED != 0
    }

    /// Whether the task is over because it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        // Relaxed: a question about the past; nothing is read on the strength of the answer.
        self.0.load(Relaxed) & (FINISHED | CANCELLED) == FINISHED | CANCELLED
    }

    /// Whether a join waker is in place.
    pub fn has_joiner(&self) -> bool {
        // Relaxed: only the handle sets and clears the bit, and only the handle asks.
        self.0.load(Relaxed) & JOINER != 0
    }
}

fn settle(before: usize, over: usize, spare: usize) -> (usize, Settle) {
    let (handle, joiner) = (before & HANDLE != 0, before & JOINER != 0);
    let done = handle && !joiner;
    let given = (spare + usize::from(done)) * REFERENCE;
    (
        over - given,
        Settle {
            handle,
            joiner,
            done,
        },
    )
}

#[inline]
fn count_up(word: usize) -> usize {
    if word > TOO_MANY {
        too_many_references();
    }
    word + REFERENCE
}

/// A count that overflows would free a task that is in use: there is no way back from here.
#[cold]
fn too_many_references() -> ! {
    std::process::abort()
}
