//! The gate of a pool, apart from any race: its orders, and its end. The races are in `tests/loom/pool_gate.rs`.

use std::sync::Arc;
use std::thread;

use tourbillon::internals::{Gate, Passed};

use crate::support::in_time;

#[test]
fn a_gate_without_workers_keeps_nobody_waiting() {
    in_time(|| {
        let gate = Gate::<(), ()>::new();
        let mut hurried = false;
        gate.open();
        gate.shut(|| hurried = true);
        assert!(hurried, "also if there is nobody to hurry");
        gate.end();
    });
}

#[test]
fn a_worker_that_did_not_start_is_not_waited_for() {
    in_time(|| {
        let gate = Gate::<(), ()>::new();
        gate.expect_one();
        gate.gone();
        gate.shut(|| ());
        gate.end();
    });
}

#[test]
fn a_gate_that_is_open_lets_a_worker_through_and_one_that_has_ended_sends_it_away() {
    in_time(|| {
        let gate = Gate::<(), ()>::new();
        gate.expect_one();
        gate.open();
        assert_eq!(gate.pass(0, |()| ()), Passed::Turn);
        assert_eq!(gate.pass(0, |()| ()), Passed::Turn, "a call that came late");
        gate.gone();
        gate.end();
        assert_eq!(gate.pass(0, |()| ()), Passed::End);
    });
}

#[test]
fn an_order_is_carried_out_on_the_thread_of_the_worker_that_it_is_for() {
    in_time(|| {
        let gate = Arc::new(Gate::new());
        let threads = [0, 1, 2].map(|worker| {
            gate.expect_one();
            let gate = gate.clone();
            thread::spawn(move || {
                let obey = |order| (order, thread::current().id());
                assert_eq!(gate.pass(worker, obey), Passed::End);
                gate.gone();
            })
        });
        gate.shut(|| ());
        for (worker, order) in [(2, 'a'), (0, 'b'), (2, 'c'), (1, 'd')] {
            let id = threads[worker].thread().id();
            assert_eq!(gate.order(worker, order), (order, id));
        }
        gate.end();
        threads
            .into_iter()
            .for_each(|thread| thread.join().expect("it left"));
    });
}
