//! The shelves of a pool on one thread: in what order is taken, what is surplus, and where a full shelf puts it.

use tourbillon::internals::{Called, Searched, Shelves};

/// What fits on a worker's shelf.
const ROOM: usize = 1_024;

/// All that a worker takes in a round of at most so many.
fn round(shelves: &Shelves<usize>, worker: usize, most: usize) -> Vec<usize> {
    let mut left = shelves.round(worker, most);
    let mut taken = Vec::new();
    let mut next = shelves.take_first(worker);
    while let Some(item) = next {
        taken.push(item);
        left = left.saturating_sub(1);
        next = (left > 0).then(|| shelves.take(worker)).flatten();
    }
    taken
}

/// Puts items on a worker's own shelf while all are awake.
fn put(shelves: &Shelves<usize>, worker: usize, items: impl IntoIterator<Item = usize>) {
    for item in items {
        assert_eq!(shelves.put(worker, item), Called::Nobody, "all are awake");
    }
}

#[test]
fn a_worker_takes_what_it_put_first_first_and_leaves_the_rest_for_the_next_round() {
    let shelves = Shelves::new(2);
    put(&shelves, 0, 1..=5);
    assert_eq!(round(&shelves, 0, 3), [1, 2, 3]);
    assert_eq!(round(&shelves, 0, 3), [4, 5]);
    assert_eq!(round(&shelves, 0, 3), [0; 0]);
    assert!(!shelves.has_some(0));
}

#[test]
fn what_is_put_in_a_round_is_taken_in_the_next() {
    let shelves = Shelves::new(1);
    put(&shelves, 0, [1, 2]);
    assert_eq!(shelves.round(0, 30), 2);
    assert_eq!(shelves.take_first(0), Some(1));
    put(&shelves, 0, [3]);
    assert_eq!(shelves.take(0), Some(2));
    assert_eq!(
        shelves.round(0, 30),
        1,
        "the round that was begun was of two"
    );
}

#[test]
fn however_full_its_own_shelf_is_a_worker_takes_one_from_the_common_one_in_each_round() {
    let shelves = Shelves::new(1);
    put(&shelves, 0, 1..=10);
    for item in [91, 92, 93] {
        assert_eq!(shelves.put_common(item), Called::Nobody);
    }
    assert_eq!(round(&shelves, 0, 4), [91, 1, 2, 3]);
    assert_eq!(round(&shelves, 0, 4), [92, 4, 5, 6]);
    assert_eq!(round(&shelves, 0, 1), [93], "also in a round of one");
    assert_eq!(round(&shelves, 0, 4), [7, 8, 9, 10]);
}

#[test]
fn the_only_item_that_an_awake_worker_put_on_its_shelf_is_no_surplus() {
    let shelves = Shelves::new(2);
    put(&shelves, 0, [1]);
    assert!(!shelves.has_surplus());
    assert_eq!(shelves.begin_search(1, |_, _| ()), Searched::Nothing);
    put(&shelves, 0, [2]);
    assert!(shelves.has_surplus(), "two are one too many");
}

#[test]
fn the_only_item_is_surplus_if_it_was_given_if_its_worker_sleeps_or_if_it_is_anybodys() {
    let given = Shelves::new(2);
    assert_eq!(given.give(0, 1), Called::Nobody);
    assert!(given.has_surplus());
    assert_eq!(given.round(0, 30), 1);
    assert!(!given.has_surplus(), "the worker is about to take it");

    let asleep = Shelves::new(2);
    put(&asleep, 0, [1]);
    assert!(!asleep.fall_asleep(0), "it has something to do");
    assert!(asleep.has_surplus());

    let common = Shelves::new(2);
    assert_eq!(common.put_common(1), Called::Nobody);
    assert!(common.has_surplus());
    assert!(common.has_some(0) && common.has_some(1));
}

#[test]
fn whoever_puts_surplus_is_told_whom_to_wake_and_a_gift_to_a_sleeper_is_its_own_call() {
    let shelves = Shelves::new(3);
    assert!(shelves.fall_asleep(2));
    assert_eq!(shelves.put(0, 1), Called::Nobody, "no surplus");
    assert_eq!(shelves.give(2, 2), Called::Nobody, "it is told of its gift");
    assert_eq!(shelves.put(0, 3), Called::Worker(2));
    assert_eq!(shelves.put(0, 4), Called::Nobody, "one searches");

    let awake = Shelves::new(3);
    assert!(awake.fall_asleep(1));
    assert_eq!(
        awake.give(0, 1),
        Called::Worker(1),
        "it may be in a long poll"
    );

    let common = Shelves::new(3);
    assert!(common.fall_asleep(1));
    assert_eq!(common.put_common(1), Called::Worker(1));
    common.roster().close();
    assert_eq!(common.put_common(2), Called::Closed);
    assert_eq!(common.clear_common().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn who_rises_with_something_else_to_do_passes_on_what_it_was_given_and_nothing_else() {
    let shelves = Shelves::new(2);
    assert!(shelves.fall_asleep(0) && shelves.fall_asleep(1));
    assert_eq!(shelves.give(0, 1), Called::Nobody);
    let _ = shelves.roster().rise(0);
    assert_eq!(shelves.pass_on(0), Called::Worker(1));

    let own = Shelves::new(2);
    assert!(own.fall_asleep(1));
    assert_eq!(own.put(0, 1), Called::Nobody);
    assert_eq!(own.pass_on(0), Called::Nobody);
}

#[test]
fn a_thief_takes_the_older_half_of_the_first_shelf_with_surplus_and_tells_of_each() {
    let shelves = Shelves::new(3);
    put(&shelves, 0, 1..=5);
    put(&shelves, 2, 6..=7);
    let mut stolen = Vec::new();
    let searched = shelves.begin_search(1, |from, &item| stolen.push((from, item)));
    assert_eq!(searched, Searched::Found(Called::Nobody));
    assert_eq!(stolen, [(2, 6)], "the next number's first");
    assert_eq!(round(&shelves, 1, 30), [6]);
    let searched = shelves.begin_search(1, |from, &item| stolen.push((from, item)));
    assert_eq!(searched, Searched::Found(Called::Nobody));
    assert_eq!(stolen[1..], [(0, 1), (0, 2), (0, 3)]);
    assert_eq!(round(&shelves, 1, 30), [1, 2, 3]);
    assert_eq!(round(&shelves, 0, 30), [4, 5]);
}

#[test]
fn a_searcher_that_leaves_surplus_says_whom_to_wake_for_it() {
    let shelves = Shelves::new(3);
    put(&shelves, 0, 1..=6);
    shelves.roster().fall_asleep(2);
    let searched = shelves.begin_search(1, |_, _| ());
    assert_eq!(searched, Searched::Found(Called::Worker(2)));
}

#[test]
fn nobody_searches_while_half_of_all_do() {
    let shelves = Shelves::new(2);
    put(&shelves, 0, 1..=6);
    assert!(shelves.roster().begin_search());
    let searched = shelves.begin_search(1, |_, _| panic!("it stole"));
    assert_eq!(searched, Searched::Nothing);
}

#[test]
fn what_a_full_shelf_has_no_room_for_goes_to_the_common_one_whoever_puts_it() {
    let shelves = Shelves::new(2);
    put(&shelves, 0, 0..ROOM);
    assert!(!shelves.has_some(1), "all of it has room");
    put(&shelves, 0, [ROOM]);
    assert_eq!(shelves.give(0, ROOM + 1), Called::Nobody);
    assert_eq!(round(&shelves, 1, 30), [ROOM]);
    assert_eq!(round(&shelves, 1, 30), [ROOM + 1]);
    let all = (0..ROOM).collect::<Vec<_>>();
    assert_eq!(round(&shelves, 0, ROOM), all, "in its order");
}

#[test]
fn a_thief_takes_no_more_than_half_of_a_full_shelf_and_clearing_hands_out_the_rest() {
    let shelves = Shelves::new(2);
    put(&shelves, 0, 0..ROOM);
    let mut stolen = 0;
    let _ = shelves.begin_search(1, |_, _| stolen += 1);
    assert_eq!(stolen, ROOM / 2);
    assert_eq!(shelves.clear(0).count(), ROOM / 2);
    assert_eq!(shelves.clear(1).count(), ROOM / 2);
    assert!(!shelves.has_surplus());
}
