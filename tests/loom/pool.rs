//! The shelves and the roster: surplus against sleep, steal against take.
//!
//! A worker that is in a long poll is one that does nothing more: if what it left for others is slept over,
//! everybody waits for ever, which loom finds.

use std::sync::atomic::AtomicUsize as Count;

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::SeqCst;
use loom::thread;
use tourbillon::internals::Searched;

use crate::pool_support::{Pool, Way};
use crate::support::{Bed, explore, saw};

/// No surplus is slept over: one worker puts two items and stays in a poll, another falls asleep meanwhile.
#[test]
fn surplus_against_falling_asleep_is_taken() {
    static FOUND: Count = Count::new(0);
    static STAYED: Count = Count::new(0);
    static CALLED: Count = Count::new(0);
    let outcomes = &[
        ("the other found it at its first search", &FOUND),
        ("it looked once more and stayed", &STAYED),
        ("it was called", &CALLED),
    ];
    explore("surplus against sleep", Some(4), outcomes, || {
        let pool = Pool::new(2);
        let other = thread::spawn({
            let pool = pool.clone();
            move || pool.turn_until_one(1)
        });
        pool.put(0, 1);
        pool.put(0, 2);
        let (item, ways) = other.join().unwrap();
        assert_eq!(item, Some(1), "what stood there first");
        assert!(pool.calls() <= 1, "one piece of surplus calls one worker");
        saw(match ways[..] {
            [Way::Found] => &FOUND,
            [.., Way::Stayed] | [.., Way::Stayed, Way::Found] => &STAYED,
            _ => &CALLED,
        });
    });
}

/// The same with a third worker, which searches and falls asleep as well: one of both takes it.
#[test]
fn surplus_against_two_that_fall_asleep_calls_one_and_is_taken() {
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
        pool.put(0, 2);
        let items = others.map(|other| other.join().unwrap());
        // Two that count the surplus at once may take one each, the owner's last one too.
        let taken = items.iter().flatten().sum::<i32>();
        assert!([1, 3].contains(&taken), "each once");
        match pool.calls() {
            0 => saw(&NOBODY),
            1 => saw(&ONE),
            calls => panic!("one piece of surplus called {calls}"),
        }
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
        let _ = pool.shelves.round(0, 3);
        let taken: Vec<_> = std::iter::from_fn(|| pool.shelves.take(0)).collect();
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
        let _ = pool.shelves.round(0, 1);
        let taken = pool.shelves.take_first(0);
        match (taken, thief.join().unwrap()) {
            (Some(1), None) => saw(&OWNER),
            (None, Some(1)) => saw(&THIEF),
            both => panic!("{both:?}"),
        }
    });
}

/// Surplus: what was given to a worker after it began its round is the others' to take.
#[test]
fn a_gift_against_a_round_is_taken_in_it_or_is_surplus_after_it() {
    static TAKEN: Count = Count::new(0);
    static LEFT: Count = Count::new(0);
    let outcomes = &[("the worker took it", &TAKEN), ("it is left", &LEFT)];
    explore("gift against round", None, outcomes, || {
        let pool = Pool::new(2);
        // So that there is something to clear in a round.
        pool.give(0, 1);
        let giver = thread::spawn({
            let pool = pool.clone();
            move || pool.give(0, 2)
        });
        let _ = pool.shelves.round(0, 2);
        assert_eq!(pool.shelves.take_first(0), Some(1));
        match pool.shelves.take(0) {
            Some(_) => saw(&TAKEN),
            None => {
                // From here on the worker is in a poll.
                giver.join().unwrap();
                assert!(pool.shelves.has_surplus());
                saw(&LEFT);
            }
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
        assert!(pool.shelves.fall_asleep(1));
        assert!(pool.shelves.fall_asleep(0));
        let giver = thread::spawn({
            let pool = pool.clone();
            move || pool.give(0, 1)
        });
        // What follows is `Core::look_in_pool` of a worker that has something else to do first.
        let _ = pool.roster().rise(0);
        pool.answer(pool.shelves.pass_on(0));
        let seen = pool.calls() == 1;
        giver.join().unwrap();
        assert!(!pool.roster().is_asleep(1), "slept over");
        assert_eq!(pool.calls(), 1, "one gift calls one worker");
        saw(if seen { &SEEN } else { &CALLED });
    });
}
