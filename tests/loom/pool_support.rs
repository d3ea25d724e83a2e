//! Workers of a pool in a model: the real roster, shelves and parks, and beds in place of mio's poll.
//!
//! A watch is a sleep that may end by itself at any time. Each method does what the one of the same name in
//! `runtime/pool/` does; a model whose worker stays in one poll for good leaves it out of the rest.

use std::sync::atomic::AtomicUsize as Count;
use std::sync::atomic::Ordering::Relaxed;

use loom::sync::Arc;
use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering::SeqCst;
use loom::thread;
use tourbillon::internals::{Called, Park, Risen, Roster, Searched, Shelves, Sleep, Told};

use crate::support::Bed;

/// See the file's promise.
pub(crate) struct Pool<T> {
    pub(crate) shelves: Shelves<T>,
    pub(crate) threads: Vec<Thread>,
    /// Nothing more will come: whoever sleeps goes home.
    is_over: AtomicBool,
    /// How often somebody was called. std's: it is no part of the race.
    calls: Count,
    /// How often somebody came when the pool had ended.
    late: Count,
}

/// Where a worker sleeps.
#[derive(Default)]
pub(crate) struct Thread {
    pub(crate) park: Park,
    pub(crate) bed: Bed,
    /// How often it kept watch. std's: only this thread counts it.
    watches: Count,
}

impl Thread {
    /// Sleeps until it is told something, or, on watch, until its time is over.
    pub(crate) fn sleep(&self, sleep: Sleep) {
        if self.park.fall_asleep() {
            match sleep {
                Sleep::Sound => self.bed.sleep(),
                Sleep::OnWatch => self.keep_watch(),
            }
        }
        self.park.rise();
    }

    fn keep_watch(&self) {
        self.bed.doze();
        // The first watch may end at any time; each later one when the others have got on, since
        // watches without an end are no execution.
        if self.watches.fetch_add(1, Relaxed) > 0 {
            thread::yield_now();
        }
    }
}

/// How a worker came to look at the shelves again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It found something, or it may have.
    Found,
    /// It said that it sleeps, and saw when it looked once more that it must not.
    Stayed,
    /// It kept watch, and its time was over.
    Watched,
    /// It slept until it was told something.
    Slept,
}

impl<T> Pool<T> {
    pub(crate) fn new(workers: usize) -> Arc<Pool<T>> {
        Arc::new(Pool {
            shelves: Shelves::new(workers),
            threads: (0..workers).map(|_| Thread::default()).collect(),
            is_over: AtomicBool::new(false),
            calls: Count::new(0),
            late: Count::new(0),
        })
    }

    pub(crate) fn roster(&self) -> &Roster {
        self.shelves.roster()
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Relaxed)
    }

    /// Whether somebody put something when the pool had ended.
    pub(crate) fn came_late(&self) -> bool {
        self.late.load(Relaxed) > 0
    }

    pub(crate) fn tell(&self, worker: usize) {
        let Thread { park, bed, .. } = &self.threads[worker];
        if park.tell() == Told::Wake {
            bed.wake();
        }
    }

    pub(crate) fn answer(&self, called: Called) {
        match called {
            Called::Nobody => (),
            Called::Worker(worker) => {
                self.calls.fetch_add(1, Relaxed);
                self.tell(worker);
            }
            Called::Closed => {
                self.late.fetch_add(1, Relaxed);
                self.shelves.clear_common().for_each(drop);
            }
        }
    }

    pub(crate) fn put(&self, worker: usize, item: T) {
        self.answer(self.shelves.put(worker, item));
    }

    pub(crate) fn put_common(&self, item: T) {
        self.answer(self.shelves.put_common(item));
    }

    pub(crate) fn give(&self, worker: usize, item: T) {
        let called = self.shelves.give(worker, item);
        let Thread { park, bed, .. } = &self.threads[worker];
        match park.tell() {
            Told::Seen => (),
            Told::Wake => bed.wake(),
            Told::Closed => self.shelves.clear(worker).for_each(drop),
        }
        self.answer(called);
    }

    /// The worker searches, and sleeps if there is nothing.
    pub(crate) fn look_in_pool(&self, worker: usize) -> Way {
        if self.has_found(self.shelves.begin_search(worker, |_, _| ())) {
            return Way::Found;
        }
        let (risen, way) = self.rest(worker);
        if risen == Risen::Searching {
            let _ = self.has_found(self.shelves.search(worker, |_, _| ()));
        }
        way
    }

    pub(crate) fn has_found(&self, searched: Searched) -> bool {
        let Searched::Found(called) = searched else {
            return false;
        };
        self.answer(called);
        true
    }

    /// Says that the worker sleeps, sleeps if it may, and says that it is awake.
    fn rest(&self, worker: usize) -> (Risen, Way) {
        let (sleep, may_sleep) = self.shelves.fall_asleep(worker);
        let way = match (may_sleep, sleep) {
            (false, _) => Way::Stayed,
            (true, Sleep::OnWatch) => Way::Watched,
            (true, Sleep::Sound) => Way::Slept,
        };
        match may_sleep {
            true => self.threads[worker].sleep(sleep),
            // What it saw is another's to take, who has to get on.
            false => thread::yield_now(),
        }
        (self.rise(worker, sleep), way)
    }

    /// The worker is awake; it tells whom it must wake in its place.
    pub(crate) fn rise(&self, worker: usize, slept: Sleep) -> Risen {
        let (risen, called) = self.shelves.rise(worker, slept);
        self.answer(called);
        risen
    }

    /// These workers fall asleep, and those of them keep no watch.
    pub(crate) fn put_to_sleep(&self, workers: &[usize]) {
        let all: Vec<_> = workers
            .iter()
            .map(|&worker| self.roster().fall_asleep(worker))
            .collect();
        if let Some(keeper) = all.iter().position(|&sleep| sleep == Sleep::OnWatch) {
            let keeper = workers[keeper];
            assert_eq!(self.roster().rise(keeper, Sleep::OnWatch), Risen::Busy);
            assert_eq!(
                self.roster().fall_asleep(keeper),
                Sleep::Sound,
                "all others sleep"
            );
        }
    }

    /// The first item of a worker's round.
    pub(crate) fn take(&self, worker: usize) -> Option<T> {
        let mut round = self.shelves.round(worker);
        let first = self.shelves.take_first(&mut round);
        first.or_else(|| self.shelves.take(worker, &mut round))
    }

    /// Turns until there is an item for the worker, or the pool is over; says by which ways it came.
    pub(crate) fn turn_until_one(&self, worker: usize) -> (Option<T>, Vec<Way>) {
        let mut ways = Vec::new();
        loop {
            self.read_mail(worker);
            if let Some(item) = self.take(worker) {
                return (Some(item), ways);
            }
            if self.is_over.load(SeqCst) {
                return (None, ways);
            }
            ways.push(self.look_in_pool(worker));
        }
    }

    pub(crate) fn read_mail(&self, worker: usize) {
        let park = &self.threads[worker].park;
        if park.has_news() {
            park.take();
        }
    }

    /// Sends all workers home.
    pub(crate) fn end(&self) {
        self.is_over.store(true, SeqCst);
        (0..self.threads.len()).for_each(|worker| self.tell(worker));
    }
}
