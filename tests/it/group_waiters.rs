//! Who waits for room in a group from outside of it, and who comes when it is over.

use std::future::pending;

use futures_lite::future::poll_once;
use tourbillon::{Group, Sendable, Task, now, sleep, spawn, task_group, test, try_task_group};
use tourbillon::{wait_for, yield_now};

use crate::support::{Recorder, secs};

/// A task that waits for room in `group`, and says when it had it.
fn waits(group: &Group<'static, Sendable>) -> Task<std::time::Instant> {
    let group = group.clone();
    spawn(async move {
        group.room().await;
        now()
    })
}

#[test]
fn a_higher_limit_a_cancel_and_a_failure_let_go_of_whoever_waits_outside() {
    test(async {
        let start = now();
        let ended = task_group(async |group: Group<'static, Sendable>| {
            group.limit(1);
            group.spawn(sleep(secs(9)));
            let [first, second] = [waits(&group), waits(&group)];
            sleep(secs(1)).await;
            assert!(!first.is_finished() && !second.is_finished());
            group.limit(2);
            // Room is seen, not reserved: both have it.
            assert_eq!(first.await.unwrap() - start, secs(1));
            assert_eq!(second.await.unwrap() - start, secs(1));
            group.limit(1);
            let third = waits(&group);
            sleep(secs(1)).await;
            assert!(!third.is_finished());
            group.cancel();
            assert_eq!(third.await.unwrap() - start, secs(2));
        });
        ended.await;
        let mut outside = None;
        let failed: Result<(), _> =
            try_task_group(async |group: tourbillon::TryGroup<'static, Sendable, ()>| {
                group.limit(1);
                let clone = group.clone();
                outside = Some(spawn(async move { clone.room().await }));
                group.spawn(pending::<Result<(), ()>>());
                // The end of a member would let go of them too.
                sleep(secs(1)).await;
                Err(())
            })
            .await;
        assert!(failed.is_err());
        let outside = wait_for(outside.unwrap(), secs(1)).await;
        outside.expect("it is woken").unwrap();
    });
}

#[test]
fn a_group_that_is_over_takes_no_member_though_its_future_lives() {
    test(async {
        let mut clone = None;
        let mut group = Box::pin(task_group(async |group: Group<'static, Sendable>| {
            clone = Some(group);
        }));
        (&mut group).await;
        drop(group);
        assert!(clone.unwrap().try_spawn(pending::<()>()).is_err());
    });
}

#[test]
fn of_two_cancels_of_a_group_the_first_place_stays() {
    let recorder = Recorder::new();
    let runtime = tourbillon::Runtime::builder()
        .observer(recorder.clone())
        .build()
        .unwrap();
    let mut line = 0;
    runtime.block_on(task_group(async |group| {
        group.spawn_task(pending::<()>());
        yield_now().await;
        line = line!() + 1;
        group.cancel();
        group.cancel();
    }));
    let first = format!("1 was cancelled by its group (at {}:{line}:", file!());
    assert!(
        recorder
            .take()
            .iter()
            .any(|heard| heard.starts_with(&first))
    );
}

#[test]
fn one_who_was_called_and_leaves_calls_the_next() {
    test(async {
        task_group(async |group: Group<'_, Sendable>| {
            group.limit(1);
            group.spawn(sleep(secs(1)));
            let mut first = Box::pin(group.room());
            assert!(poll_once(&mut first).await.is_none());
            let second = async {
                group.room().await;
                now()
            };
            let leaves = async {
                sleep(secs(1)).await;
                drop(first);
            };
            let both = wait_for(tourbillon::join(second, leaves), secs(5));
            both.await
                .expect("the second is woken when the first leaves");
        })
        .await;
    });
}
