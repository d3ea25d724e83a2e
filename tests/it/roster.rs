//! Who of several workers may move a virtual clock.
//!
//! Leaves out: who is woken for what (`tests/loom/`).

use tourbillon::internals::{Risen, Roster};

#[test]
fn of_workers_that_all_sleep_one_rises_to_move_the_clock_and_the_others_see_it_awake() {
    let roster = Roster::new(2);
    let slept = roster.fall_asleep(0);
    let rises = roster.rises();
    assert!(!roster.rise_of_all(0, rises), "the other one is awake");
    let _ = roster.fall_asleep(1);
    assert!(roster.rise_of_all(1, rises));
    assert!(!roster.is_asleep(1) && roster.is_asleep(0));
    assert!(!roster.rise_of_all(0, rises), "two move it");
    // What the first one found due has been polled by then: the second must look afresh.
    let _ = roster.fall_asleep(1);
    assert!(!roster.rise_of_all(0, rises), "it goes by what it knew");
    assert_eq!(roster.rise(0, slept), Risen::Busy);
    let _ = roster.fall_asleep(0);
    assert!(roster.rise_of_all(0, roster.rises()));
}
