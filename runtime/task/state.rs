//! The state word of a task: what it is doing, who still cares, and how many pointers lead to it.
//!
//! Five facts about a task's life and two about its handle share one atomic word with the reference
//! count, so that each event is one read-modify-write and no two facts can ever disagree.
//!
//! - **queued**: a `Runnable`, the right to poll once, exists in some queue.
//! - **running**: a thread, the *runner*, polls the future, or drops it.
//! - **woken**: a wake has come since the last poll began, so one poll is owed.
//! - **cancelled**: a cancel was asked for; in a finished task: the cancel is what ended it.
//! - **finished**: the future is gone, the output is stored, taken or dropped. The runner that made
//!   it so is the *finisher*.
//! - **handle**: a `Task<T>` exists. The output is its; without it the finisher drops the output. A
//!   handle that has given its result goes without a step, and the fact stays.
//! - **joiner**: a join waker is in place and belongs to the finisher; while the fact is false the
//!   waker's field belongs to the handle.
//!
//! The states of a life:
//!
//! | state | facts | meaning |
//! |---|---|---|
//! | spawned | queued | it was never polled |
//! | idle | | it waits for a wake |
//! | woken | queued, woken | it waits for its poll |
//! | running | running | it is being polled, or dropped |
//! | running woken | running, woken | it will be polled again |
//! | doomed | queued, cancelled | it will be dropped, unless a wake comes first |
//! | woken cancelled | queued, woken, cancelled | it will be polled once more, then dropped |
//! | running cancelled | running, cancelled | it will be dropped when this poll ends without a value |
//! | running woken cancelled | running, woken, cancelled | it will be polled once more, then dropped |
//! | finished | finished | it ended by itself |
//! | ended by cancel | finished, cancelled | it was dropped |
//!
//! What the caller of an event must do: *schedule*, hand a new `Runnable` to the scheduler, from
//! whatever thread; *push*, the runner's own `Runnable` goes to the back of the queue; *release*,
//! give a reference back; *settle*, what a finisher owes: wake the joiner, or drop the output that
//! nobody will take. `shut` is *home*, the loop's own thread, ending what is left.
//!
//! Every pair of state and event stands in a row; states that share one are divided by a slash.
//! `tests/it/state_table.rs` reads these tables and plays them.
//!
//! | before | event | after | caller must | why |
//! |---|---|---|---|---|
//! | spawned | wake | woken | nothing | it stands in a queue already |
//! | idle | wake | woken | schedule | |
//! | woken | wake | woken | nothing | many wakes are one poll |
//! | running | wake | running woken | nothing | the runner sees it when the poll ends |
//! | running woken | wake | running woken | nothing | |
//! | doomed | wake | woken cancelled | nothing | a value that was handed over is seen before the drop |
//! | woken cancelled | wake | woken cancelled | nothing | |
//! | running cancelled | wake | running cancelled | nothing | else a task that wakes itself in each poll outlives every cancel |
//! | running woken cancelled | wake | running woken cancelled | nothing | |
//! | finished | wake | finished | nothing | |
//! | ended by cancel | wake | ended by cancel | nothing | |
//! | spawned | cancel | doomed | nothing | it is never polled, and dropped when its place in the queue comes up |
//! | idle | cancel | doomed | schedule | only home may drop the future |
//! | woken | cancel | woken cancelled | nothing | it keeps the poll that it was woken for |
//! | running | cancel | running cancelled | nothing | |
//! | running woken | cancel | running woken cancelled | nothing | |
//! | doomed | cancel | doomed | nothing | |
//! | woken cancelled | cancel | woken cancelled | nothing | |
//! | running cancelled | cancel | running cancelled | nothing | |
//! | running woken cancelled | cancel | running woken cancelled | nothing | |
//! | finished | cancel | finished | refuse | a finished task stays finished |
//! | ended by cancel | cancel | ended by cancel | refuse | |
//! | spawned | start | running | poll | |
//! | idle | start | impossible |  | the right to poll exists only while queued |
//! | woken | start | running | poll | |
//! | running / running woken / running cancelled / running woken cancelled | start | impossible |  | the runner holds the right to poll |
//! | doomed | start | running cancelled | drop | no poll is owed |
//! | woken cancelled | start | running cancelled | poll | the one poll it was woken for |
//! | finished | start | finished | nothing | a shutdown came first |
//! | ended by cancel | start | ended by cancel | nothing | a shutdown came first |
//! | spawned / idle / woken / doomed / woken cancelled / finished / ended by cancel | pend | impossible |  | nobody polls it |
//! | running | pend | idle | release | |
//! | running woken | pend | woken | push | |
//! | running cancelled | pend | running cancelled | drop | |
//! | running woken cancelled | pend | woken cancelled | push | it was woken before it was cancelled |
//! | spawned / idle / woken / doomed / woken cancelled | finish | impossible |  | only a runner finishes |
//! | running | finish | finished | settle | |
//! | running woken | finish | finished | settle | |
//! | running cancelled | finish | finished | settle | a poll that ends it wins over the cancel |
//! | running woken cancelled | finish | finished | settle | a poll that ends it wins over the cancel |
//! | finished / ended by cancel | finish | impossible |  | it is over once |
//! | spawned / idle / woken / doomed / woken cancelled | end | impossible |  | only a runner ends |
//! | running / running woken | end | impossible |  | only a cancelled task is ended |
//! | running cancelled | end | ended by cancel | settle | |
//! | running woken cancelled | end | impossible |  | `pend` sends it back to the queue |
//! | finished / ended by cancel | end | impossible |  | it is over once |
//! | spawned | shut | running cancelled | drop | |
//! | idle | shut | running cancelled | drop | |
//! | woken | shut | running cancelled | drop | its `Runnable` is stale from here on |
//! | running / running woken / running cancelled / running woken cancelled | shut | impossible |  | home shuts tasks outside of polls |
//! | doomed | shut | running cancelled | drop | |
//! | woken cancelled | shut | running cancelled | drop | |
//! | finished | shut | finished | nothing | |
//! | ended by cancel | shut | ended by cancel | nothing | |
//!
//! The handle's own table; *over* is finished or ended by cancel. Dropping a handle is `detach` and
//! `cancel` in one step, with the rows of both.
//!
//! | before | event | after | caller must | why |
//! |---|---|---|---|---|
//! | handle | place | handle joiner | wait | |
//! | handle joiner / over handle joiner | place | impossible |  | a handle displaces its waker before it places another |
//! | over handle | place | over handle | take | the waker's field is still the handle's |
//! | handle / over handle | displace | impossible |  | there is no waker to displace |
//! | handle joiner | displace | handle | replace | |
//! | over handle joiner | displace | over handle joiner | take | the finisher owns the waker |
//! | handle | detach | no handle | release | the finisher will drop the output |
//! | handle joiner | detach | no handle | drop the waker | |
//! | over handle | detach | over | drop the output | |
//! | over handle joiner | detach | over joiner | drop the output | the finisher owns the waker |
//!
//! Orderings: every change is one AcqRel read-modify-write, whose partner is every other change of
//! the same word: what a thread wrote before its change is seen by whoever changes the word next. A
//! wake that changes nothing is written all the same, so that what was written before the wake is
//! seen by the poll that it rides on. There are no fences.
//!
//! Leaves out: the future, the output and the waker themselves; they are `cell.rs`'s.

use super::duty::{Call, Join, Leave, Pend, Settle, Start};
use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

pub(super) const QUEUED: usize = 1;
pub(super) const RUNNING: usize = 1 << 1;
pub(super) const WOKEN: usize = 1 << 2;
pub(super) const CANCELLED: usize = 1 << 3;
pub(super) const FINISHED: usize = 1 << 4;
pub(super) const HANDLE: usize = 1 << 5;
pub(super) const JOINER: usize = 1 << 6;
pub(super) const REFERENCE: usize = 1 << 7;

/// The bits of a task's life: everything but the handle's and the count.
pub(super) const LIFE: usize = QUEUED | RUNNING | WOKEN | CANCELLED | FINISHED;

/// More references than could ever be alive; beyond it the count would reach the sign bit.
const TOO_MANY: usize = isize::MAX as usize;

/// The state word.
#[derive(Debug)]
pub struct State(pub(super) AtomicUsize);

impl State {
    /// A spawned task with three references: its `Runnable`'s, its registry's, its handle's.
    pub fn new() -> State {
        State(AtomicUsize::new(QUEUED | HANDLE | (3 * REFERENCE)))
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
            0 => (count_up(word | QUEUED | WOKEN), Call::Schedule),
            life if life & FINISHED != 0 => (word, Call::Nothing),
            life if life & (RUNNING | CANCELLED) == RUNNING | CANCELLED => (word, Call::Nothing),
            _ => (word | WOKEN, Call::Nothing),
        })
    }

    /// Somebody asked for a cancel.
    pub fn cancel(&self) -> Call {
        self.change(|word| match word & LIFE {
            0 => (count_up(word | QUEUED | CANCELLED), Call::Schedule),
            life if life & FINISHED != 0 => (word, Call::Refused),
            _ => (word | CANCELLED, Call::Nothing),
        })
    }

    /// The owner of a `Runnable` uses it.
    #[inline]
    pub fn start(&self) -> Start {
        self.change(|word| {
            let life = word & LIFE;
            if life & FINISHED != 0 {
                return (word, Start::Stale);
            }
            assert!(
                life & (QUEUED | RUNNING) == QUEUED,
                "the right to poll exists once"
            );
            let running = word & !(QUEUED | WOKEN) | RUNNING;
            if life & (CANCELLED | WOKEN) == CANCELLED {
                (running, Start::Drop)
            } else {
                (running, Start::Poll)
            }
        })
    }

    /// The poll returned `Pending`.
    #[inline]
    pub fn pend(&self) -> Pend {
        self.change(|word| {
            assert!(word & (RUNNING | QUEUED) == RUNNING, "only a runner pends");
            if word & WOKEN != 0 {
                (word & !RUNNING | QUEUED, Pend::Again)
            } else if word & CANCELLED != 0 {
                (word, Pend::Drop)
            } else {
                let idle = (word & !RUNNING) - REFERENCE;
                (
                    idle,
                    Pend::Idle {
                        last: idle < REFERENCE,
                    },
                )
            }
        })
    }

    /// The poll ended the task, by a value or by a panic; its output is stored.
    #[inline]
    pub fn finish(&self) -> Settle {
        self.change(|word| {
            assert!(word & RUNNING != 0, "only a runner finishes");
            (
                word & !(RUNNING | WOKEN | CANCELLED) | FINISHED,
                settle(word),
            )
        })
    }

    /// The future was dropped by a cancel; the error is stored.
    pub fn end(&self) -> Settle {
        self.change(|word| {
            assert!(
                word & LIFE == RUNNING | CANCELLED,
                "only a runner ends a cancelled task"
            );
            (word & !RUNNING | FINISHED, settle(word))
        })
    }

    /// Home shuts down, outside of any poll.
    pub fn shut(&self) -> Start {
        self.change(|word| {
            assert!(word & RUNNING == 0, "home shuts tasks outside of polls");
            if word & FINISHED != 0 {
                return (word, Start::Stale);
            }
            (word & !(QUEUED | WOKEN) | RUNNING | CANCELLED, Start::Drop)
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
                return (
                    word & !HANDLE,
                    Leave {
                        output: true,
                        waker: false,
                        schedule: false,
                    },
                );
            }
            let left = word & !(HANDLE | JOINER);
            let waker = word & JOINER != 0;
            let schedule = cancel && word & LIFE == 0;
            let new = match (cancel, schedule) {
                (false, _) => left,
                (true, false) => left | CANCELLED,
                (true, true) => count_up(left | CANCELLED | QUEUED),
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
        // AcqRel: what the other threads did through their pointers (their Release half) happened
        // before the last one frees the task (its Acquire half).
        let word = self.0.fetch_sub(REFERENCE, AcqRel);
        debug_assert!(word >= REFERENCE, "a pointer is given back once");
        word < 2 * REFERENCE
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

impl Default for State {
    fn default() -> Self {
        State::new()
    }
}

fn settle(word: usize) -> Settle {
    Settle {
        handle: word & HANDLE != 0,
        joiner: word & JOINER != 0,
    }
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
