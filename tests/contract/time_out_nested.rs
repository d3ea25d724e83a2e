//! WF rows from WF-13 on: limits inside of limits, limits that move, whose task the future runs
//! in, and limits around groups.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures_lite::future::poll_once;
use tourbillon::task::Builder;
use tourbillon::{Either, Group, Sendable, Sleep, TimedOut, TryGroup, advance, now, race, sleep};
use tourbillon::{task_group, tasks, try_task_group, wait_for, yield_now};

use crate::support::{holds, rest, spawn};
use crate::tools::{Count, Log, OnDrop, message, secs};

#[test]
fn wf_13_of_two_limits_one_fires_the_earlier_or_at_the_same_moment_the_inner() {
    holds(async || {
        let nested = |inner, outer| wait_for(wait_for(pending::<()>(), secs(inner)), secs(outer));
        let start = now();
        assert_eq!(nested(1, 2).await, Ok(Err(TimedOut)));
        assert_eq!(nested(2, 1).await, Err(TimedOut));
        assert_eq!(nested(1, 1).await, Ok(Err(TimedOut)));
        assert_eq!(now() - start, secs(3));
        // Both are over when they are looked at next.
        for (inner, outer) in [(1, 2), (2, 1), (1, 1)] {
            let task = spawn(nested(inner, outer));
            rest().await;
            advance(secs(2));
            let both = task.await.unwrap();
            assert_eq!(both, Ok(Err(TimedOut)), "{inner} s in {outer} s");
        }
    });
}

/// Polls a sleep that others may move.
async fn shared(sleep: &Mutex<Sleep>) {
    poll_fn(|cx| Pin::new(&mut *sleep.lock().unwrap()).poll(cx)).await;
}

/// Work of 10 s under a limit of 3 s that somebody moves after a second, to `to`: whether the work
/// was done, and after how many seconds.
async fn under_a_limit_moved_to(to: u64) -> (bool, u64) {
    let start = now();
    let limit = Arc::new(Mutex::new(sleep(secs(3))));
    let own = limit.clone();
    let mover = spawn(async move {
        sleep(secs(1)).await;
        own.lock().unwrap().reset(start + secs(to));
    });
    let first = race(sleep(secs(10)), shared(&limit)).await;
    mover.await.unwrap();
    (matches!(first, Either::Left(())), (now() - start).as_secs())
}

#[test]
fn wf_14_a_limit_can_be_moved_while_it_is_waited_for_and_after_it_fired() {
    holds(async || {
        let table = [
            ("earlier", 2, (false, 2)),
            ("later", 20, (true, 10)),
            ("later, not late enough", 9, (false, 9)),
            ("to the work's own end", 10, (true, 10)),
            ("to now", 1, (false, 1)),
            ("to the past", 0, (false, 1)),
        ];
        for (name, to, expected) in table {
            assert_eq!(under_a_limit_moved_to(to).await, expected, "{name}");
        }
        let start = now();
        let (mut work, mut limit) = (sleep(secs(10)), sleep(secs(3)));
        assert_eq!(race(&mut work, &mut limit).await, Either::Right(()));
        limit.reset(start + secs(5));
        assert_eq!(race(&mut work, &mut limit).await, Either::Right(()));
        assert_eq!(now() - start, secs(5));
        limit.reset(start + secs(20));
        assert_eq!(race(&mut work, &mut limit).await, Either::Left(()));
        assert_eq!(now() - start, secs(10));
        // One that fired while nobody looked is moved as well.
        let mut limit = sleep(secs(3));
        assert_eq!(poll_once(&mut limit).await, None);
        advance(secs(4));
        rest().await;
        limit.reset(now() + secs(1));
        limit.await;
        assert_eq!(now() - start, secs(15));
    });
}

#[test]
fn wf_15_the_future_runs_in_the_callers_task_and_may_borrow_from_it() {
    holds(async || {
        let caller = Builder::new().name("caller").spawn_local(async {
            // A borrow of it can leave neither this task nor this thread.
            let local = Cell::new(0);
            let thread = std::thread::current().id();
            let inner = async {
                local.set(1);
                yield_now().await;
                local.set(2);
                let names = tasks().into_iter().map(|task| task.name);
                (names.collect::<Vec<_>>(), std::thread::current().id())
            };
            let alone = vec![Some("caller".to_owned())];
            assert_eq!(wait_for(inner, secs(1)).await, Ok((alone, thread)));
            assert_eq!(local.get(), 2);
        });
        caller.await.unwrap();
    });
}

/// A group of one who fails after `fails` seconds and one who never ends.
async fn failing_after(fails: u64) -> Result<Result<(), Vec<&'static str>>, TimedOut> {
    let group = try_task_group(async |group: TryGroup<'_, Sendable, &'static str>| {
        group.spawn(async move {
            sleep(secs(fails)).await;
            Err::<(), _>("a member")
        });
        group.spawn(pending::<Result<(), _>>());
        Ok(())
    });
    let limited = wait_for(group, secs(3)).await?;
    Ok(limited.map_err(|errors| errors.into_errors()))
}

#[test]
fn wf_16_a_limit_around_a_group_drops_its_body_and_members_at_once() {
    holds(async || {
        let log = Log::new();
        let never = |name: &str| {
            let guard = log.on_drop(name);
            async move {
                let _guard = guard;
                pending::<()>().await;
            }
        };
        let start = now();
        let group = task_group(async |group: Group<'_, Sendable>| {
            group.spawn(never("a"));
            group.spawn(never("b"));
            never("body").await;
        });
        assert_eq!(wait_for(group, secs(3)).await, Err(TimedOut));
        let mut dropped = log.take();
        dropped.sort();
        assert_eq!(dropped, ["a", "b", "body"]);
        assert_eq!(now() - start, secs(3));

        assert_eq!(failing_after(2).await, Ok(Err(vec!["a member"])));
        assert_eq!(failing_after(3).await, Ok(Err(vec!["a member"])));
        assert_eq!(failing_after(4).await, Err(TimedOut));

        // A group that still waits for a task of its own when the limit comes tells no error.
        let group = try_task_group(async |group| {
            group.spawn_task(pending::<Result<(), &str>>());
            group.spawn(async {
                sleep(secs(3)).await;
                Err::<(), _>("hidden")
            });
            Ok(())
        });
        assert_eq!(wait_for(group, secs(3)).await, Err(TimedOut));
        rest().await;

        // As in WF-5: a drop that panics replaces the time-out, and spares nobody else.
        let drops = Count::new();
        let guards = [drops.on_drop(), drops.on_drop()];
        let group = task_group(async move |group: Group<'_, Sendable>| {
            let [first, last] = guards;
            let keep = |guard| async move {
                let _guard = guard;
                pending::<()>().await;
            };
            group.spawn(keep(first));
            group.spawn(async {
                let _bomb = OnDrop(|| panic!("dropped"));
                pending::<()>().await;
            });
            group.spawn(keep(last));
        });
        let died = spawn(wait_for(group, secs(3))).await.unwrap_err();
        assert_eq!(message(&*died.into_panic()), "dropped");
        assert_eq!(drops.get(), 2);
    });
}
