//! What becomes of a task whose handle goes, and which reason it keeps (D3, D4). The rules of D8 are
//! the contract's CA rows.
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::pending;

use tourbillon::yield_now;
use tourbillon::{sleep, spawn, test};

use crate::support::{Count, Place, secs};

#[test]
fn a_handle_that_is_dropped_on_another_thread_cancels_and_the_future_is_dropped_at_home() {
    test(async {
        let place = Place::new();
        let guard = place.on_drop();
        let task = spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        yield_now().await;
        std::thread::spawn(move || drop(task)).join().unwrap();
        assert_eq!(place.get(), None);
        // The mail is read at the next turn's beginning, and goes behind the root.
        yield_now().await;
        yield_now().await;
        assert_eq!(place.get(), Some(std::thread::current().id()));
    });
}

#[test]
fn a_detached_task_can_still_be_cancelled_by_a_canceller_and_a_canceller_owns_nothing() {
    test(async {
        let drops = Count::new();
        let start = || {
            let guard = drops.on_drop();
            spawn(async move {
                let _guard = guard;
                sleep(secs(1)).await;
            })
        };
        let task = start();
        let canceller = task.canceller();
        task.detach();
        assert!(canceller.clone().cancel());
        yield_now().await;
        assert_eq!(
            drops.get(),
            1,
            "the future does not live as long as the canceller"
        );
        assert!(!canceller.cancel());
        let task = start();
        drop(task.canceller());
        task.await.unwrap();
    });
}
