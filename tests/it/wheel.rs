//! The timer wheel at every border where an off-by-one could hide, and (`wheel/model.rs`) against a
//! sorted map.

mod model;

use tourbillon::internals::Wheel;

/// Bits of one digit of the wheel, and the tick at which its levels end.
const DIGIT: u32 = 6;
const HORIZON: u64 = 1 << 36;
const NO_LIMIT: usize = usize::MAX;

/// Moves time to `now` and returns everything that fires.
fn fire<T>(wheel: &mut Wheel<T>, now: u64) -> Vec<T> {
    let mut fired = Vec::new();
    wheel.advance(now, NO_LIMIT, &mut fired);
    fired
}

/// Every power of 64 that a tick can be, with its neighbours, and the far end.
fn borders() -> Vec<u64> {
    let powers = (0..11).map(|digit| 1u64 << (DIGIT * digit));
    let mut ticks: Vec<u64> = powers
        .flat_map(|power| [power - 1, power, power + 1])
        .collect();
    ticks.extend([u64::MAX - 1, u64::MAX]);
    ticks
}

#[test]
fn a_deadline_at_a_border_fires_on_its_tick_and_not_one_before() {
    for start in borders() {
        for deadline in borders().into_iter().filter(|deadline| *deadline > start) {
            let mut wheel = Wheel::new();
            assert_eq!(fire(&mut wheel, start), [""; 0]);
            let _key = wheel.insert(deadline, "due");
            assert_eq!(wheel.next_deadline(), Some(deadline));
            assert_eq!(
                fire(&mut wheel, deadline - 1),
                [""; 0],
                "early: {start} to {deadline}"
            );
            assert_eq!(wheel.next_deadline(), Some(deadline));
            assert_eq!(
                fire(&mut wheel, deadline),
                ["due"],
                "late: {start} to {deadline}"
            );
            assert_eq!(wheel.next_deadline(), None);
        }
    }
}

#[test]
fn a_deadline_at_a_border_fires_when_time_jumps_over_it() {
    for deadline in borders() {
        let mut wheel = Wheel::new();
        let _key = wheel.insert(deadline, deadline);
        let _last = wheel.insert(u64::MAX, u64::MAX);
        assert_eq!(fire(&mut wheel, u64::MAX), [deadline, u64::MAX]);
    }
}

#[test]
fn all_borders_together_fire_in_order() {
    let mut wheel = Wheel::new();
    let backwards: Vec<_> = borders()
        .into_iter()
        .rev()
        .map(|tick| wheel.insert(tick, tick))
        .collect();
    let mut ascending = borders();
    ascending.sort();
    assert_eq!(fire(&mut wheel, u64::MAX), ascending);
    assert_eq!(wheel.len(), backwards.len());
}

#[test]
fn equal_deadlines_fire_in_the_order_they_were_set_across_every_cascade() {
    // Every 2,500 timers time goes half the way that is left, so each batch is set on another
    // level: 40 halvings lead from the far slot to level 0.
    let deadline = 3 * HORIZON + 5;
    let mut wheel = Wheel::new();
    let mut keys = Vec::new();
    for halving in 0..40 {
        let now = deadline - (deadline >> halving).max(1);
        assert_eq!(fire(&mut wheel, now), [0; 0], "early at {now}");
        keys.extend((0..2_500).map(|step| wheel.insert(deadline, 2_500 * halving + step)));
    }
    assert_eq!(keys.len(), 100_000);
    let fired = fire(&mut wheel, deadline);
    assert!(fired.into_iter().eq(0..100_000), "the order was lost");
}

#[test]
fn the_limit_cuts_a_tick_short_and_the_next_call_goes_on() {
    let mut wheel = Wheel::new();
    let _keys: Vec<_> = (0..10).map(|id| wheel.insert(100 + id / 5, id)).collect();
    let mut fired = vec![99];
    wheel.advance(1_000, 3, &mut fired);
    assert_eq!(fired, [99, 0, 1, 2]);
    // Time stands at tick 100: what is set for the past comes behind what is left of this tick.
    assert_eq!(wheel.next_deadline(), Some(100));
    let _late = wheel.insert(7, 77);
    fired.clear();
    wheel.advance(1_000, 3, &mut fired);
    assert_eq!(fired, [3, 4, 77]);
    assert_eq!(wheel.next_deadline(), Some(101));
    assert_eq!(fire(&mut wheel, 1_000), [5, 6, 7, 8, 9]);
}

#[test]
fn a_limit_of_zero_fires_nothing_and_loses_nothing() {
    let mut wheel = Wheel::new();
    let _key = wheel.insert(5, "five");
    let mut fired = Vec::new();
    wheel.advance(10, 0, &mut fired);
    assert!(fired.is_empty());
    assert_eq!(fire(&mut wheel, 10), ["five"]);
}

#[test]
fn a_past_deadline_is_due_at_once_and_behind_its_tick() {
    let mut wheel = Wheel::new();
    assert_eq!(fire(&mut wheel, 1_000), [""; 0]);
    let _keys = [
        wheel.insert(1_000, "present"),
        wheel.insert(3, "past"),
        wheel.insert(0, "further past"),
        wheel.insert(1_001, "future"),
    ];
    assert_eq!(wheel.next_deadline(), Some(1_000));
    assert_eq!(fire(&mut wheel, 1_000), ["present", "past", "further past"]);
    assert_eq!(fire(&mut wheel, 1_001), ["future"]);
}

#[test]
fn time_does_not_go_back() {
    let mut wheel = Wheel::new();
    assert_eq!(fire(&mut wheel, 1_000), [""; 0]);
    let _key = wheel.insert(1_001, "timer");
    assert_eq!(fire(&mut wheel, 0), [""; 0]);
    let _late = wheel.insert(10, "late");
    assert_eq!(wheel.next_deadline(), Some(1_000));
    assert_eq!(fire(&mut wheel, 1_001), ["late", "timer"]);
}

#[test]
fn reset_moves_a_pending_timer_behind_its_equals_and_leaves_a_fired_one() {
    let mut wheel = Wheel::new();
    let moved = wheel.insert(10, "moved");
    let _other = wheel.insert(500, "other");
    assert!(wheel.reset(&moved, 500));
    assert_eq!(
        fire(&mut wheel, 10),
        [""; 0],
        "a reset timer fired at its old time"
    );
    assert_eq!(fire(&mut wheel, 500), ["other", "moved"]);
    assert_eq!(wheel.payload(&moved), None);
    assert!(!wheel.reset(&moved, 600));
    assert_eq!(wheel.payload(&moved), None);
    let again = wheel.insert(600, "again");
    assert!(wheel.reset(&again, 550));
    assert_eq!(wheel.next_deadline(), Some(550));
    assert_eq!(fire(&mut wheel, 550), ["again"]);
    assert_eq!(wheel.next_deadline(), None);
    assert_eq!(wheel.len(), 3);
}

#[test]
fn replace_keeps_the_place_and_never_swallows_a_payload() {
    let mut wheel = Wheel::new();
    let first = wheel.insert(10, "first");
    let _second = wheel.insert(10, "second");
    assert_eq!(wheel.replace(&first, "still first"), Ok("first"));
    assert_eq!(fire(&mut wheel, 10), ["still first", "second"]);
    assert_eq!(wheel.replace(&first, "too late"), Err("too late"));
    assert_eq!(fire(&mut wheel, 20), [""; 0]);
}

#[test]
fn remove_takes_the_first_the_middle_and_the_last_of_a_slot() {
    for gone in 0..3 {
        let mut wheel = Wheel::new();
        let mut keys: Vec<_> = (0..3).map(|id| wheel.insert(100, id)).collect();
        assert_eq!(wheel.remove(keys.remove(gone)), Some(gone));
        let _fourth = wheel.insert(100, 3);
        let expected: Vec<_> = (0..4).filter(|id| *id != gone).collect();
        assert_eq!(fire(&mut wheel, 100), expected);
    }
}

#[test]
fn a_fired_entry_keeps_its_place_until_its_owner_removes_it() {
    let mut wheel = Wheel::new();
    let fired = wheel.insert(1, "fired");
    assert_eq!(fire(&mut wheel, 1), ["fired"]);
    let stranger = wheel.insert(2, "stranger");
    assert_eq!(wheel.remove(fired), None);
    assert_eq!(wheel.payload(&stranger), Some(&"stranger"));
    assert_eq!(wheel.len(), 1);
}

#[test]
fn after_a_removal_one_vain_advance_makes_the_next_deadline_exact() {
    for level in 1..11 {
        let slot = 1u64 << (DIGIT * level);
        let mut wheel = Wheel::new();
        let early = wheel.insert(slot + 1, "early");
        let _late = wheel.insert(slot + slot / 2, "late");
        wheel.remove(early);
        assert_eq!(wheel.next_deadline(), Some(slot + 1));
        assert_eq!(fire(&mut wheel, slot + 1), [""; 0]);
        assert_eq!(wheel.next_deadline(), Some(slot + slot / 2));
    }
}

#[test]
fn far_timers_are_filed_when_the_horizon_reaches_them_and_keep_their_order() {
    let mut wheel = Wheel::new();
    let deadline = HORIZON + 70;
    let _far = wheel.insert(deadline, "set from afar");
    let _never = wheel.insert(u64::MAX, "the end");
    // Inside the horizon of the deadline, but before it: the far slot must already be empty of it.
    assert_eq!(fire(&mut wheel, HORIZON + 1), [""; 0]);
    let _near = wheel.insert(deadline, "set from near");
    assert_eq!(
        fire(&mut wheel, deadline),
        ["set from afar", "set from near"]
    );
    assert_eq!(wheel.next_deadline(), Some(u64::MAX));
}

#[test]
fn at_the_end_of_time_timers_still_fire() {
    let mut wheel = Wheel::new();
    let _end = wheel.insert(u64::MAX, "end");
    assert_eq!(fire(&mut wheel, u64::MAX - 1), [""; 0]);
    assert_eq!(fire(&mut wheel, u64::MAX), ["end"]);
    let _after = wheel.insert(u64::MAX, "after the end");
    assert_eq!(fire(&mut wheel, u64::MAX), ["after the end"]);
}

#[test]
fn a_million_timers_can_be_cancelled_and_nothing_is_left() {
    let mut wheel = Wheel::new();
    let keys: Vec<_> = (0..1_000_000u64)
        .map(|id| wheel.insert(id * 977, id))
        .collect();
    assert_eq!(wheel.len(), 1_000_000);
    for (id, key) in keys.into_iter().enumerate() {
        assert_eq!(wheel.remove(key), Some(id as u64));
    }
    assert!(wheel.is_empty());
    assert_eq!(wheel.next_deadline(), None);
    let _next = wheel.insert(5, 5);
    assert_eq!(fire(&mut wheel, 5), [5]);
}
