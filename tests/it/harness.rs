//! What `tourbillon::test` finds left behind.

use std::cell::RefCell;
use std::future::pending;

use futures_lite::future::poll_once;
use tourbillon::net::UdpSocket;
use tourbillon::task::Builder;
use tourbillon::{Sleep, Task, block_on, sleep, spawn, test, yield_now};

use crate::support::{Count, panic_of, secs};

#[test]
fn a_task_that_is_left_is_named_with_its_place_and_what_it_waits_for() {
    let said = panic_of(|| {
        test(async {
            Builder::new()
                .name("forgotten")
                .spawn(sleep(secs(9)))
                .detach();
            yield_now().await;
        })
    });
    assert!(
        said.contains("left behind by the test at tests/it/harness.rs:"),
        "{said}"
    );
    assert!(said.contains("\"forgotten\""), "{said}");
    assert!(said.contains("waits for a timer"), "{said}");
}

#[test]
fn a_timer_and_a_socket_that_are_left_are_counted() {
    let left: RefCell<Option<(Sleep, UdpSocket)>> = RefCell::new(None);
    let said = panic_of(|| {
        test(async {
            let mut timer = sleep(secs(9));
            let _ = poll_once(&mut timer).await;
            let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap())
                .await
                .unwrap();
            *left.borrow_mut() = Some((timer, socket));
        })
    });
    assert!(said.contains("1 timers; 1 sockets"), "{said}");
}

#[test]
fn a_task_that_was_cancelled_is_given_the_turn_to_go_with_all_that_it_owns() {
    fn owns(depth: usize, drops: Count) -> Task<()> {
        let guard = drops.on_drop();
        spawn(async move {
            let _guard = guard;
            if depth > 0 {
                let _owned = owns(depth - 1, drops);
                pending::<()>().await;
            } else {
                sleep(secs(9)).await;
            }
        })
    }
    let drops = Count::new();
    test(async {
        let task = owns(5, drops.clone());
        for _ in 0..10 {
            yield_now().await;
        }
        drop(task);
    });
    assert_eq!(drops.get(), 6);
}

#[test]
fn the_output_and_the_panic_of_the_test_come_through() {
    assert_eq!(test(async { 7 }), 7);
    assert_eq!(
        panic_of(|| test(async { panic!("the test's own") })),
        "the test's own"
    );
    let nested = panic_of(|| block_on(async { test(async {}) }));
    assert!(nested.contains("block_on was called inside"), "{nested}");
}
