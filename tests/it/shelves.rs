//! The shelves of a pool on one thread: in what order is taken, what is surplus, and where a full shelf puts it.

use std::iter::from_fn;

use tourbillon::internals::{Called, Risen, Searched, Shelves, Sleep};

/// What fits on a worker's shelf.
const ROOM: usize = 1_024;

/// All that a worker takes in a round of at most so many.
fn round(shelves: &Shelves<usize>, worker: usize, most: usize) -> Vec<usize> {
    let mut round = shelves.round(worker);
    let next = || {
        let first = shelves.take_first(&mut round);
        first.or_else(|| shelves.take(worker, &mut round))
    };
    from_fn(next).take(most).collect()
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
    let mut begun = shelves.round(0);
    assert_eq!(shelves.take(0, &mut begun), Some(1));
    put(&shelves, 0, [3]);
    assert_eq!(shelves.take(0, &mut begun), Some(2));
    assert_eq!(shelves.take(0, &mut begun), None, "it was begun with two");
    assert_eq!(round(&shelves, 0, 30), [3]);
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

/// These two, the only workers, sleep sound.
fn both_asleep() -> Shelves<usize> {
    let shelves = Shelves::new(2);
    assert_eq!(shelves.fall_asleep(1), (Sleep::OnWatch, true));
    assert_eq!(shelves.fall_asleep(0), (Sleep::Sound, true));
    assert_eq!(
        shelves.rise(1, Sleep::OnWatch),
        (Risen::Busy, Called::Nobody)
    );
    assert_eq!(shelves.fall_asleep(1), (Sleep::Sound, true));
    shelves
}

#[test]
fn all_that_stands_on_a_shelf_is_surplus_whoever_put_it_there() {
    let put_by_its_worker = Shelves::new(2);
    put(&put_by_its_worker, 0, [1]);
    assert!(put_by_its_worker.has_surplus());
    assert!(put_by_its_worker.has_some(0) && !put_by_its_worker.has_some(1));
    assert!(!put_by_its_worker.is_empty(0) && put_by_its_worker.is_empty(1));

    let given = Shelves::new(2);
    assert_eq!(given.give(0, 1), Called::Nobody);
    assert!(given.has_surplus() && !given.is_empty(0));

    let common = Shelves::new(2);
    assert_eq!(common.put_common(1), Called::Nobody);
    assert!(common.has_surplus());
    assert!(common.has_some(0) && common.has_some(1));
    assert!(common.is_empty(0), "it stands on nobody's own");
    assert_eq!(round(&common, 1, 30), [1]);
    assert!(!common.has_surplus());
}

#[test]
fn who_falls_asleep_while_anything_stands_anywhere_may_not_sleep() {
    for stands in [
        |shelves: &Shelves<usize>| put(shelves, 0, [1]),
        |shelves: &Shelves<usize>| put(shelves, 1, [1]),
        |shelves: &Shelves<usize>| assert_eq!(shelves.put_common(1), Called::Nobody),
    ] {
        let shelves = Shelves::new(2);
        stands(&shelves);
        assert_eq!(shelves.fall_asleep(0), (Sleep::OnWatch, false));
    }
}

#[test]
fn whoever_puts_is_told_whom_to_wake_and_a_gift_to_a_sleeper_is_its_own_call() {
    let shelves = both_asleep();
    assert_eq!(shelves.give(1, 1), Called::Nobody, "it is told of its gift");
    assert_eq!(
        shelves.give(1, 2),
        Called::Worker(0),
        "it takes one, and the second waits"
    );
    assert_eq!(shelves.put_common(3), Called::Nobody, "one searches");
    assert_eq!(
        shelves.give(0, 4),
        Called::Nobody,
        "one searches: that it is itself is the same"
    );

    let awake = both_asleep();
    let _ = awake.rise(0, Sleep::Sound);
    assert_eq!(
        awake.give(0, 1),
        Called::Worker(1),
        "it may be in a long poll"
    );

    let own = both_asleep();
    let _ = own.rise(0, Sleep::Sound);
    assert_eq!(own.put(0, 1), Called::Worker(1));

    let ended = both_asleep();
    ended.roster().close();
    assert_eq!(ended.put_common(2), Called::Closed);
    assert_eq!(ended.clear_common().collect::<Vec<_>>(), [2]);
}

#[test]
fn nobody_is_called_while_watch_is_kept_and_who_leaves_it_calls_for_what_stands_there() {
    let shelves = Shelves::new(3);
    assert_eq!(shelves.fall_asleep(2), (Sleep::OnWatch, true));
    assert_eq!(shelves.fall_asleep(1), (Sleep::Sound, true));
    assert_eq!(shelves.put(0, 1), Called::Nobody);
    assert_eq!(shelves.put_common(2), Called::Nobody);
    assert_eq!(
        shelves.rise(2, Sleep::OnWatch),
        (Risen::Busy, Called::Worker(1))
    );
    assert_eq!(
        shelves.rise(1, Sleep::Sound),
        (Risen::Searching, Called::Nobody),
        "who is called was called for it"
    );
}

#[test]
fn who_leaves_the_watch_calls_nobody_when_there_is_nothing() {
    let shelves = Shelves::<usize>::new(3);
    assert_eq!(shelves.fall_asleep(2), (Sleep::OnWatch, true));
    assert_eq!(shelves.fall_asleep(1), (Sleep::Sound, true));
    assert_eq!(
        shelves.rise(2, Sleep::OnWatch),
        (Risen::Busy, Called::Nobody)
    );
    assert!(shelves.roster().is_asleep(1));
}

#[test]
fn a_thief_takes_the_older_half_of_the_next_shelf_that_has_some_and_tells_of_each() {
    let shelves = Shelves::new(3);
    put(&shelves, 0, 1..=5);
    put(&shelves, 2, [6]);
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
    assert_eq!(shelves.fall_asleep(1), (Sleep::OnWatch, false));
    assert_eq!(shelves.fall_asleep(2), (Sleep::Sound, false));
    assert_eq!(shelves.roster().rise(1, Sleep::OnWatch), Risen::Busy);
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
    assert_eq!(round(&shelves, 1, 30), [ROOM, ROOM + 1]);
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

/// The common shelf has one place in thirty of a round, so without an exchange the items there would have some
/// thirtieth of the turns of the others, for ever.
#[test]
fn no_item_that_is_always_ready_again_stays_behind_because_it_does_not_fit_on_the_shelf() {
    const ITEMS: usize = 2 * ROOM;
    let shelves = Shelves::new(1);
    put(&shelves, 0, 0..ITEMS);
    let mut turns = vec![0_usize; ITEMS];
    for _ in 0..20_000 {
        let mut round = shelves.round(0);
        for _ in 0..30 {
            let first = shelves.take_first(&mut round);
            let item = first.or_else(|| shelves.take(0, &mut round)).unwrap();
            turns[item] += 1;
            assert_eq!(shelves.put_back(0, item), Called::Nobody);
        }
    }
    let (least, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
    assert!(*most < 10 * least, "{least} to {most}");
}
