//! What becomes of a task whose handle goes, and which reason it keeps (D3, D4). The rules of D8 are
//! the contract's CA rows.
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::pending;

use tourbillon::yield_now;
use tourbillon::{sleep, spawn, test};

use crate::support::{Count, Log, Place, secs};

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
fn dropping_a_handle_cancels_its_task_whatever_it_does() {
    test(async {
        let (ran, drops) = (Count::new(), Count::new());
        let work = |turns: usize| {
            let (ran, guard) = (ran.clone(), drops.on_drop());
            async move {
                let _guard = guard;
                for _ in 0..turns {
                    yield_now().await;
                }
                sleep(secs(1)).await;
                ran.add();
            }
        };
        drop(spawn(work(0)));
        let (idle, woken) = (spawn(work(0)), spawn(work(100)));
        yield_now().await;
        drop((idle, woken));
        sleep(secs(2)).await;
        assert_eq!((ran.get(), drops.get()), (0, 3));
    });
}

#[test]
fn a_detached_task_runs_to_its_own_end() {
    test(async {
        let log = Log::new();
        let own = log.clone();
        spawn(async move {
            sleep(secs(1)).await;
            own.add("ran");
        })
        .detach();
        sleep(secs(2)).await;
        assert_eq!(log.take(), ["ran"]);
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
