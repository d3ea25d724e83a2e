//! When all workers sleep: what the jump of a virtual clock hangs on.
//!
//! Real are the roster, the shelves, the parks and [`Park::are_quiet`]; the clock and the wheels are a number
//! and lists under locks, as the real ones are. The steps are those of `Core::rest`, `Driver::look` and
//! `Driver::sleep_or_jump`, without sockets.

use std::cell::Cell;
use std::sync::atomic::AtomicUsize as Count;
use std::sync::atomic::Ordering::Relaxed;

use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::SeqCst;
use loom::sync::{Arc, Mutex};
use loom::thread;
use tourbillon::internals::{Park, Risen, Sleep, Told};

use crate::pool_support::Pool;
use crate::support::{explore, saw};

/// Workers that share a virtual clock. An item of theirs is the time at which it was given.
struct Timed {
    pool: Arc<Pool<u64>>,
    clock: Mutex<u64>,
    wheels: Vec<Mutex<Vec<u64>>>,
    /// Deadlines that have not come.
    left: AtomicUsize,
    /// What was given and not taken. std's: it is no part of the race.
    given: Count,
    outcomes: Outcomes,
    beds: bool,
}

/// What a worker that asked may see.
#[derive(Clone, Copy)]
struct Outcomes {
    /// Which worker moved the clock.
    jumped: [&'static Count; 2],
    /// Not all were quiet any more.
    stayed: &'static Count,
    /// It had risen to jump, and saw that another had as well.
    declined: &'static Count,
}

impl Timed {
    /// Workers with these deadlines; without `beds` they do not sleep where they could.
    fn new(deadlines: [&[u64]; 2], outcomes: Outcomes, beds: bool) -> Arc<Timed> {
        Arc::new(Timed {
            pool: Pool::new(2),
            clock: Mutex::new(0),
            left: AtomicUsize::new(deadlines.iter().map(|wheel| wheel.len()).sum()),
            given: Count::new(0),
            wheels: deadlines.map(|wheel| Mutex::new(wheel.to_vec())).into(),
            outcomes,
            beds,
        })
    }

    fn now(&self) -> u64 {
        *self.clock.lock().unwrap()
    }

    fn deadline(&self, worker: usize) -> Option<u64> {
        self.wheels[worker].lock().unwrap().first().copied()
    }

    fn next_deadline(&self) -> Option<u64> {
        (0..2).filter_map(|worker| self.deadline(worker)).min()
    }

    /// Gives the other worker something to poll before the time moves.
    fn give_other(&self, worker: usize) {
        self.given.fetch_add(1, Relaxed);
        self.pool.give(1 - worker, self.now());
    }

    /// Turns until the last deadline has come.
    fn turn(&self, worker: usize) {
        loop {
            self.pool.read_mail(worker);
            if self.left.load(SeqCst) == 0 {
                return;
            }
            if let Some(given) = self.pool.take(worker) {
                self.given.fetch_sub(1, Relaxed);
                assert_eq!(self.now(), given, "the clock jumped over a ready task");
                continue;
            }
            let (risen, due) = self.rest(worker);
            if risen == Risen::Searching {
                let searched = self.pool.shelves.search(worker, |_, _| ());
                let _ = self.pool.has_found(searched);
            }
            for deadline in due {
                assert_eq!(self.now(), deadline, "the clock jumped over what was due");
                if self.left.fetch_sub(1, SeqCst) == 1 {
                    self.pool.end();
                }
            }
        }
    }

    /// Falls asleep, sleeps or jumps, rises, and fires what is due.
    fn rest(&self, worker: usize) -> (Risen, Vec<u64>) {
        let (sleep, may_sleep) = self.pool.shelves.fall_asleep(worker);
        if !may_sleep {
            thread::yield_now();
            return (self.pool.rise(worker, sleep), Vec::new());
        }
        self.rest_asleep(worker, sleep)
    }

    /// The rest of it, of a worker that sleeps in the roster.
    fn rest_asleep(&self, worker: usize, sleep: Sleep) -> (Risen, Vec<u64>) {
        let roster = self.pool.roster();
        let rises = roster.rises();
        let rose = Cell::new(false);
        let may_jump = || {
            if rose.get() {
                return roster.is_only_riser(rises);
            }
            rose.set(roster.rise_of_all(worker, rises));
            rose.get()
        };
        match sleep {
            Sleep::Sound if roster.is_everyone_asleep() => self.sleep_or_jump(worker, may_jump),
            _ => self.sleep(worker, sleep),
        }
        let risen = match rose.get() {
            true => Risen::Busy,
            false => self.pool.rise(worker, sleep),
        };
        let now = self.now();
        let mut wheel = self.wheels[worker].lock().unwrap();
        let later = wheel.iter().position(|&deadline| deadline > now);
        let due = later.unwrap_or(wheel.len());
        (risen, wheel.drain(..due).collect())
    }

    fn sleep(&self, worker: usize, sleep: Sleep) {
        let thread = &self.pool.threads[worker];
        match self.beds {
            true => thread.sleep(sleep),
            false => {
                let _ = thread.park.fall_asleep();
                thread.park.rise();
            }
        }
    }

    fn sleep_or_jump(&self, worker: usize, may_jump: impl Fn() -> bool) {
        if self.next_deadline().is_none() {
            return self.sleep(worker, Sleep::Sound);
        }
        // Read before the others are asked: if one has fired an earlier one, it has risen.
        let next = self.next_deadline();
        let parks = self.pool.threads.iter().map(|thread| &thread.park);
        if !Park::are_quiet(parks, &may_jump) {
            saw(self.outcomes.stayed);
            return self.sleep(worker, Sleep::Sound);
        }
        let Some(next) = next else {
            return;
        };
        // Who reads the clock from here on reads it after the jump.
        let mut clock = self.clock.lock().unwrap();
        if !may_jump() {
            return saw(self.outcomes.declined);
        }
        let given = self.given.load(Relaxed);
        assert_eq!(
            given, 0,
            "somebody has news while everyone is said to sleep"
        );
        let earliest = self.next_deadline();
        assert!(
            earliest.is_none_or(|earliest| next <= earliest),
            "the clock jumps to {next}, over what is due at {earliest:?}"
        );
        *clock = next.max(*clock);
        drop(clock);
        saw(self.outcomes.jumped[worker]);
        let other = 1 - worker;
        if self.deadline(other).is_some_and(|at| at <= next) {
            self.pool.tell(other);
        }
    }
}

/// Two workers turn, each with these deadlines; those that are `givers` begin with a gift to the other.
fn explore_jumps(
    name: &str,
    deadlines: [&'static [u64]; 2],
    givers: &'static [usize],
    outcomes: Outcomes,
) {
    let Outcomes { jumped, stayed, .. } = outcomes;
    let outcomes_by_name = &[
        ("the first jumped", jumped[0]),
        ("the second jumped", jumped[1]),
        ("not all were quiet", stayed),
    ];
    explore(name, Some(2), outcomes_by_name, move || {
        let timed = Timed::new(deadlines, outcomes, true);
        let turn = |worker: usize| {
            let timed = timed.clone();
            move || {
                if givers.contains(&worker) {
                    timed.give_other(worker);
                }
                timed.turn(worker);
            }
        };
        let other = thread::spawn(turn(1));
        turn(0)();
        other.join().unwrap();
        let last = deadlines.concat().into_iter().max();
        assert_eq!(Some(timed.now()), last, "it never jumps too far");
    });
}

/// Jump last: a worker posts a letter to one that sleeps and rests once, while that one rises. (A gift that is
/// not taken would keep the giver awake; a letter on no shelf does not.)
#[test]
fn a_letter_against_a_jump_is_read_before_it() {
    static JUMPED: [Count; 2] = [const { Count::new(0) }; 2];
    static STAYED: Count = Count::new(0);
    static DECLINED: Count = Count::new(0);
    static READ: Count = Count::new(0);
    let outcomes = Outcomes {
        jumped: JUMPED.each_ref(),
        stayed: &STAYED,
        declined: &DECLINED,
    };
    let named = &[
        ("the poster asked, and not all were quiet", &STAYED),
        ("the letter was read", &READ),
    ];
    explore("letter against jump", Some(4), named, move || {
        let timed = Timed::new([&[], &[5]], outcomes, false);
        let letters = Arc::new(Mutex::new(0));
        assert_eq!(timed.pool.shelves.fall_asleep(0), (Sleep::OnWatch, true));
        let poster = thread::spawn({
            let (timed, letters) = (timed.clone(), letters.clone());
            move || {
                *letters.lock().unwrap() += 1;
                timed.pool.tell(0);
                timed.rest(1)
            }
        });
        let _ = timed.pool.rise(0, Sleep::OnWatch);
        timed.pool.read_mail(0);
        let read = *letters.lock().unwrap();
        assert_eq!(timed.now(), 0, "the clock jumped over a ready task");
        if read > 0 {
            saw(&READ);
        }
        let (_, due) = poster.join().unwrap();
        assert_eq!(due, [], "the other has not said that it sleeps again");
    });
}

/// One moves the clock: of two that sleep one is told something from outside, rises, arms a deadline that is
/// earlier than the other's and sleeps again, while the other asks whether it may jump. The roster's word is as it
/// was, and nothing else is.
#[test]
fn a_deadline_that_is_armed_in_between_is_not_jumped_over() {
    static JUMPED: [Count; 2] = [const { Count::new(0) }; 2];
    static STAYED: Count = Count::new(0);
    static DECLINED: Count = Count::new(0);
    let outcomes = Outcomes {
        jumped: JUMPED.each_ref(),
        stayed: &STAYED,
        declined: &DECLINED,
    };
    let named = &[
        ("the other jumped", &JUMPED[1]),
        ("not all were quiet", &STAYED),
        ("it had risen to jump, and left it", &DECLINED),
    ];
    explore("rise and rest against jump", Some(4), named, move || {
        let timed = Timed::new([&[], &[5]], outcomes, false);
        timed.pool.put_to_sleep(&[0, 1]);
        assert!(timed.pool.threads[0].park.fall_asleep());
        let other = thread::spawn({
            let timed = timed.clone();
            move || timed.rest_asleep(1, Sleep::Sound)
        });
        // Somebody outside tells it.
        assert_eq!(timed.pool.threads[0].park.tell(), Told::Wake);
        timed.pool.threads[0].park.rise();
        let _ = timed.pool.rise(0, Sleep::Sound);
        timed.pool.read_mail(0);
        let armed = timed.now() + 3;
        timed.wheels[0].lock().unwrap().push(armed);
        let _ = timed.pool.shelves.fall_asleep(0);
        let _ = other.join().unwrap();
        assert!([0, 3, 5].contains(&timed.now()));
    });
}

/// Jump last: two workers fall asleep, each with a deadline; none is jumped over by one who asks while the
/// other jumps. Each rests once, so that all orders can be tried.
#[test]
fn a_jump_against_a_jump_passes_no_deadline() {
    static JUMPED: [Count; 2] = [const { Count::new(0) }; 2];
    static STAYED: Count = Count::new(0);
    static DECLINED: Count = Count::new(0);
    let outcomes = Outcomes {
        jumped: JUMPED.each_ref(),
        stayed: &STAYED,
        declined: &DECLINED,
    };
    let named = &[
        ("the first jumped", &JUMPED[0]),
        ("the second jumped", &JUMPED[1]),
        ("not all were quiet", &STAYED),
    ];
    explore("jump against jump", Some(4), named, move || {
        let timed = Timed::new([&[5], &[9]], outcomes, false);
        let other = thread::spawn({
            let timed = timed.clone();
            move || timed.rest(1)
        });
        let _ = timed.rest(0);
        let (_, due) = other.join().unwrap();
        assert_eq!(due, [], "the first has not said that it sleeps again");
        assert!(timed.now() <= 5);
    });
}

/// Jump last: two workers give each other something and fall asleep.
#[test]
fn gifts_to_each_other_against_falling_asleep_are_polled_before_the_clock_jumps() {
    static JUMPED: [Count; 2] = [const { Count::new(0) }; 2];
    static STAYED: Count = Count::new(0);
    static DECLINED: Count = Count::new(0);
    let outcomes = Outcomes {
        jumped: JUMPED.each_ref(),
        stayed: &STAYED,
        declined: &DECLINED,
    };
    explore_jumps("gifts against jump", [&[5], &[9]], &[0, 1], outcomes);
}
