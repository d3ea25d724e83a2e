//! The shelves and the roster: surplus against sleep, steal against take.
//!
//! A worker that is in a long poll is one that does nothing more: if what it left for others is slept over,
//! everybody waits for ever, which loom finds.

use std::sync::atomic::AtomicUsize as Count;

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::SeqCst;
use loom::thread;
use tourbillon::internals::{Risen, Searched, Sleep};

use crate::pool_support::{Pool, Way};
use crate::support::{Bed, explore, saw};

/// No surplus is slept over: one worker puts an item and stays in a poll, another falls asleep meanwhile.
#[test]
fn surplus_against_falling_asleep_is_taken() {
    static FOUND: Count = Count::new(0);
    static STAYED: Count = Count::new(0);
    static WATCHED: Count = Count::new(0);
    let outcomes = &[
        ("the other found it at its first search", &FOUND),
        ("it looked once more and stayed", &STAYED),
        ("it kept watch and found it", &WATCHED),
    ];
    explore("surplus against sleep", Some(4), outcomes, || {
        let pool = Pool::new(2);
        let other = thread::spawn({
            let pool = pool.clone();
            move || pool.turn_until_one(1)
        });
        pool.put(0, 1);
        let (item, ways) = other.join().unwrap();
        assert_eq!(item, Some(1));
        assert_eq!(pool.calls(), 0, "nobody else sleeps while one is on watch");
        assert!(!ways.contains(&Way::Slept), "one is awake: watch is kept");
        saw(match ways[..] {
            [] | [Way::Found] => &FOUND,
            [.., Way::Watched] | [.., Way::Watched, Way::Found] => &WATCHED,
            _ => &STAYED,
        });
    });
}

/// The same with a third worker, which searches and falls asleep as well: one of both takes it.
#[test]
fn surplus_against_two_that_fall_asleep_is_taken_by_one() {
    static FIRST: Count = Count::new(0);
    static SECOND: Count = Count::new(0);
    static NOBODY: Count = Count::new(0);
    static ONE: Count = Count::new(0);
    let outcomes = &[
        ("the one took it", &FIRST),
        ("the other took it", &SECOND),
        ("nobody was called", &NOBODY),
        ("one was called", &ONE),
    ];
    explore("surplus against two sleepers", Some(2), outcomes, || {
        let pool = Pool::new(3);
        let others = [(1, &FIRST), (2, &SECOND)].map(|(worker, outcome)| {
            let pool = pool.clone();
            thread::spawn(move || {
                let (item, _) = pool.turn_until_one(worker);
                if item.is_some() {
                    saw(outcome);
                    pool.end();
                }
                item
            })
        });
        pool.put(0, 1);
        let items = others.map(|other| other.join().unwrap());
        let taken: Vec<_> = items.iter().flatten().collect();
        assert_eq!(taken, [&1], "by one of both");
        match pool.calls() {
            0 => saw(&NOBODY),
            1 => saw(&ONE),
            calls => panic!("one piece of surplus called {calls}"),
        }
    });
}

/// The last worker down: what comes from outside while it falls asleep, and the other one sleeps or watches.
#[test]
fn surplus_from_outside_against_the_last_worker_down_is_taken() {
    static STAYED: Count = Count::new(0);
    static WATCHED: Count = Count::new(0);
    static CALLED: Count = Count::new(0);
    static FOUND: Count = Count::new(0);
    let outcomes = &[
        ("it was found at a first search", &FOUND),
        ("one looked once more and stayed", &STAYED),
        ("one kept watch and found it", &WATCHED),
        ("one was called", &CALLED),
    ];
    explore("surplus against the last down", Some(3), outcomes, || {
        let pool = Pool::new(2);
        let others = [0, 1].map(|worker| {
            let pool = pool.clone();
            thread::spawn(move || {
                let (item, ways) = pool.turn_until_one(worker);
                if item.is_some() {
                    pool.end();
                }
                item.map(|_| ways)
            })
        });
        pool.put_common(1);
        let ways = others.map(|other| other.join().unwrap());
        let taken: Vec<_> = ways.iter().flatten().collect();
        let [ways] = taken[..] else {
            panic!("taken {} times", taken.len())
        };
        let ways = match &ways[..] {
            [before @ .., Way::Found] => before,
            all => all,
        };
        saw(match ways.last() {
            None | Some(Way::Found) => &FOUND,
            Some(Way::Stayed) => &STAYED,
            Some(Way::Watched) => &WATCHED,
            Some(Way::Slept) => &CALLED,
        });
    });
}

/// No surplus is slept over: one worker puts an item and stays in a poll, while who kept watch leaves it and has
/// something else to do. The third one takes it.
#[test]
fn surplus_against_the_end_of_a_watch_is_not_slept_over() {
    static PUTTER: Count = Count::new(0);
    static LEAVER: Count = Count::new(0);
    let outcomes = &[
        ("who put it called another", &PUTTER),
        ("who left the watch called another", &LEAVER),
    ];
    explore("surplus against the end of a watch", None, outcomes, || {
        let pool = Pool::new(3);
        assert_eq!(pool.shelves.fall_asleep(1), (Sleep::OnWatch, true));
        assert_eq!(pool.shelves.fall_asleep(2), (Sleep::Sound, true));
        let putter = thread::spawn({
            let pool = pool.clone();
            move || pool.put(0, 1)
        });
        assert_eq!(pool.rise(1, Sleep::OnWatch), Risen::Busy);
        let called = pool.calls() == 1;
        putter.join().unwrap();
        assert!(!pool.roster().is_asleep(2), "slept over");
        assert_eq!(pool.calls(), 1, "one piece of surplus calls one worker");
        saw(if called { &LEAVER } else { &PUTTER });
    });
}

/// No surplus is slept over: an item from outside, while all sleep sound, wakes one of them, who takes it. It
/// calls the other one as well, since it looks at the shelves before it takes the item.
#[test]
fn surplus_from_outside_wakes_one_of_those_that_sleep_sound() {
    static TAKEN: Count = Count::new(0);
    let outcomes = &[("who was called took it", &TAKEN)];
    explore("one piece for two sleepers", Some(3), outcomes, || {
        let pool = Pool::new(2);
        pool.put_to_sleep(&[0, 1]);
        let other = thread::spawn({
            let pool = pool.clone();
            move || {
                pool.threads[0].sleep(Sleep::Sound);
                assert_eq!(pool.rise(0, Sleep::Sound), Risen::Searching);
                assert_eq!(pool.calls(), 1, "one piece of surplus calls one worker");
                let searched = pool.shelves.search(0, |_, _| ());
                assert!(pool.has_found(searched));
                pool.take(0)
            }
        });
        pool.put_common(1);
        assert_eq!(other.join().unwrap(), Some(1));
        assert_eq!(pool.calls(), 2);
        saw(&TAKEN);
    });
}

/// No herd, and no one is left: two items from outside for two that fall asleep, each of whom stays in the
/// poll of its first until the other has one too.
#[test]
fn two_pieces_of_surplus_find_two_workers() {
    static CALLS: [Count; 3] = [const { Count::new(0) }; 3];
    let outcomes = &[
        ("nobody was called", &CALLS[0]),
        ("one was called", &CALLS[1]),
        ("both were called", &CALLS[2]),
    ];
    explore("two pieces for two sleepers", Some(2), outcomes, || {
        let pool = Pool::new(2);
        let both = Arc::new((AtomicUsize::new(0), Bed::default()));
        let others = [0, 1].map(|worker| {
            let (pool, both) = (pool.clone(), both.clone());
            thread::spawn(move || {
                let (item, _) = pool.turn_until_one(worker);
                let (taken, last) = &*both;
                if taken.fetch_add(1, SeqCst) == 0 {
                    last.sleep();
                } else {
                    last.wake();
                }
                item.expect("nothing ends the pool")
            })
        });
        pool.put_common(1);
        pool.put_common(2);
        let items = others.map(|other| other.join().unwrap());
        assert_eq!(items[0] + items[1], 3, "each once");
        assert!(pool.calls() <= 2, "each piece of surplus calls one worker");
        saw(&CALLS[pool.calls()]);
    });
}

/// In one place: the owner takes what it put while another searches.
#[test]
fn a_steal_against_takes_gives_each_item_out_once() {
    static OWNER: Count = Count::new(0);
    static ONE: Count = Count::new(0);
    static TWO: Count = Count::new(0);
    let outcomes = &[
        ("the owner took all", &OWNER),
        ("the thief took one", &ONE),
        ("the thief took two", &TWO),
    ];
    explore("steal against take", Some(4), outcomes, || {
        let pool = Pool::new(2);
        (1..=3).for_each(|item| pool.put(0, item));
        let thief = thread::spawn({
            let pool = pool.clone();
            move || {
                let mut heard = 0;
                let searched = pool.shelves.begin_search(1, |from, _| {
                    assert_eq!(from, 0);
                    heard += 1;
                });
                let items: Vec<_> = pool.shelves.clear(1).collect();
                assert_eq!(items.len(), heard, "each item that is taken is told");
                assert_eq!(searched == Searched::Nothing, items.is_empty());
                items
            }
        });
        let taken: Vec<_> = std::iter::from_fn(|| pool.take(0)).collect();
        let stolen = thief.join().unwrap();
        assert!(
            taken.is_sorted() && stolen.is_sorted(),
            "first in, first out"
        );
        let mut all = [taken, stolen.clone()].concat();
        all.sort();
        assert_eq!(all, [1, 2, 3], "each once");
        saw([&OWNER, &ONE, &TWO][stolen.len()]);
    });
}

/// In one place: one item that was given to a worker is taken by it or by another.
#[test]
fn a_steal_against_the_take_of_a_gift_gives_it_out_once() {
    static OWNER: Count = Count::new(0);
    static THIEF: Count = Count::new(0);
    let outcomes = &[("the owner took it", &OWNER), ("the thief took it", &THIEF)];
    explore("steal against gift", None, outcomes, || {
        let pool = Pool::new(2);
        pool.give(0, 1);
        let thief = thread::spawn({
            let pool = pool.clone();
            move || {
                let _ = pool.shelves.begin_search(1, |_, _| ());
                pool.shelves.clear(1).next()
            }
        });
        let taken = pool.take(0);
        match (taken, thief.join().unwrap()) {
            (Some(1), None) => saw(&OWNER),
            (None, Some(1)) => saw(&THIEF),
            both => panic!("{both:?}"),
        }
    });
}

/// No surplus is slept over: what was given to a sleeper that rises by itself and stays in a poll.
#[test]
fn a_gift_against_a_worker_that_rises_by_itself_is_not_slept_over() {
    static CALLED: Count = Count::new(0);
    static SEEN: Count = Count::new(0);
    let outcomes = &[
        ("the giver called another", &CALLED),
        ("the riser called another", &SEEN),
    ];
    explore("gift against rise", None, outcomes, || {
        let pool = Pool::new(2);
        pool.put_to_sleep(&[1, 0]);
        let giver = thread::spawn({
            let pool = pool.clone();
            move || pool.give(0, 1)
        });
        assert_eq!(pool.rise(0, Sleep::Sound), Risen::Busy);
        // What follows is `Core::queue_shelf` of a worker that has something else to do first.
        if pool.shelves.has_some(0) {
            pool.answer(pool.roster().call());
        }
        let seen = pool.calls() == 1;
        giver.join().unwrap();
        assert!(!pool.roster().is_asleep(1), "slept over");
        assert_eq!(pool.calls(), 1, "one gift calls one worker");
        saw(if seen { &SEEN } else { &CALLED });
    });
}
