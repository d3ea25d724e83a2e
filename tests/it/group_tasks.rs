//! Members that are tasks of their own, panics in groups, groups in groups, and groups that are
//! forgotten (D7).

use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::task::Poll;

use futures_lite::future::poll_once;
use tourbillon::{ErrorTree, Group, GroupError, Sendable, block_on, now, oneshot, sleep, spawn};
use tourbillon::{task_group, tasks, test, try_task_group, wait_for, yield_now};

use crate::support::{Count, Log, OnDrop, message, millis, panic_of, secs};

#[test]
fn a_task_of_a_group_has_its_own_place_in_the_queue_and_its_value_goes_to_the_view() {
    test(async {
        let log = Log::new();
        let (own, other) = (log.clone(), log.clone());
        let before = spawn(async move { other.add("spawned before") });
        let value = task_group(async |group| {
            let member = group.spawn_task(async move {
                own.add("task");
                7
            });
            log.add("body");
            member.await
        });
        assert_eq!(value.await, Ok(7));
        assert_eq!(log.take(), ["body", "spawned before", "task"]);
        before.await.unwrap();
    });
}

#[test]
fn a_group_is_not_over_before_its_tasks_are_whose_views_were_dropped() {
    test(async {
        let start = now();
        task_group(async |group| {
            group.spawn_task(sleep(secs(3)));
            group.spawn(sleep(secs(1)));
        })
        .await;
        assert_eq!(now() - start, secs(3));
    });
}

#[test]
fn an_error_that_a_task_ends_with_while_it_is_cancelled_is_told_before_the_bodys() {
    test(async {
        let failed: Result<(), _> = try_task_group(async |group| {
            let (sender, receiver) = oneshot::channel::<()>();
            group.spawn_task(async {
                receiver.await.unwrap();
                Err::<(), _>("late")
            });
            yield_now().await;
            // It is woken before it is cancelled, and uses the poll that is owed to it.
            sender.send(()).unwrap();
            Err("body")
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), ["late", "body"]);
    });
}

#[test]
fn a_task_whose_drop_panics_while_its_group_closes_is_the_parents_panic() {
    let said = panic_of(|| {
        test(async {
            let failed: Result<(), &str> = try_task_group(async |group| {
                group.spawn_task(async {
                    let _bomb = OnDrop(|| panic!("in the drop"));
                    pending::<Result<(), &str>>().await
                });
                yield_now().await;
                Err("the error")
            })
            .await
            .map_err(|error| *error.first());
            unreachable!("{failed:?}");
        });
    });
    assert_eq!(said, "in the drop");
}

#[test]
fn of_several_panics_the_first_goes_on_and_nobody_is_left() {
    let log = Log::new();
    let said = panic_of(|| {
        block_on(task_group(async |group| {
            for n in 0..3 {
                let guard = log.on_drop(&n.to_string());
                group.spawn(async move {
                    let _guard = guard;
                    yield_now().await;
                    let _bomb = OnDrop(move || panic!("drop {n}"));
                    pending::<()>().await;
                });
            }
            group.spawn(async {
                sleep(millis(1)).await;
                panic!("a member");
            });
            pending::<()>().await;
        }))
    });
    assert_eq!(said, "a member");
    assert_eq!(log.take(), ["0", "1", "2"]);
}

#[test]
fn a_panic_of_the_body_is_the_parents() {
    let drops = Count::new();
    let guard = drops.on_drop();
    let said = panic_of(|| {
        test(task_group(async |group: Group<'_, Sendable>| {
            group.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            yield_now().await;
            panic!("the body");
        }))
    });
    assert_eq!((&*said, drops.get()), ("the body", 1));
}

#[test]
fn a_panic_in_one_group_leaves_the_next_working() {
    test(async {
        let parent = spawn(task_group(async |group| {
            group.spawn(async { panic!("a member") });
            group.spawn(sleep(secs(1)));
        }));
        let error = parent.await.unwrap_err();
        assert_eq!(message(&*error.into_panic()), "a member");
        task_group(async |group| drop(group.spawn(sleep(secs(1))))).await;
        assert!(tasks().is_empty());
    });
}

type Nested = Result<(), GroupError<ErrorTree<usize>>>;

/// Groups in groups, `depth` deep; the innermost fails, or waits for ever.
fn nest(depth: usize, fails: bool) -> Pin<Box<dyn Future<Output = Nested> + Send>> {
    Box::pin(try_task_group(async move |group| {
        group.spawn(async move {
            if depth > 1 {
                return Ok(nest(depth - 1, fails).await?);
            }
            sleep(secs(1)).await;
            if fails {
                Err(1.into())
            } else {
                pending().await
            }
        });
        Ok(())
    }))
}

#[test]
fn groups_may_be_nested_a_hundred_deep_and_fail_or_be_dropped_there() {
    test(async {
        let mut error = nest(100, true).await.unwrap_err();
        assert_eq!(error.clone().flatten().into_errors(), [1]);
        let mut depth = 1;
        while let ErrorTree::Group(inner) = error.first() {
            error = inner.clone();
            depth += 1;
        }
        assert_eq!(depth, 100);
        assert!(wait_for(nest(100, false), secs(2)).await.is_err());
    });
}

#[test]
fn a_forgotten_group_does_nothing_more_and_wakes_nobody() {
    test(async {
        let (polls, drops) = (Count::new(), Count::new());
        let (sender, receiver) = oneshot::channel::<()>();
        let guard = drops.on_drop();
        let mut group = Box::pin(task_group(async |group| {
            group.spawn(polls.polls(async move {
                let _guard = guard;
                receiver.await.unwrap();
            }));
            group.spawn_task(ready(7));
            pending::<()>().await;
        }));
        assert_eq!(poll_once(&mut group).await, None);
        std::mem::forget(group);
        sender.send(()).unwrap();
        sleep(secs(1)).await;
        assert_eq!((polls.get(), drops.get()), (1, 0));
        assert!(tasks().is_empty(), "its task came to its own end");
    });
}

#[test]
fn a_cancel_from_another_thread_ends_the_members_of_a_group_that_sleeps() {
    block_on(async {
        let drops = Count::new();
        let guard = drops.on_drop();
        task_group(async |group| {
            group.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            yield_now().await;
            std::thread::scope(|threads| {
                threads.spawn(|| group.cancel()).join().unwrap();
            });
        })
        .await;
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn a_member_that_cancels_its_group_and_is_ready_in_the_same_poll_hands_its_value_over() {
    test(async {
        let value = task_group(async |group: Group<'_, Sendable>| {
            let clone = group.clone();
            let member = group.spawn(poll_fn(move |_| {
                clone.cancel();
                Poll::Ready(7)
            }));
            member.await
        });
        assert_eq!(value.await, Ok(7));
    });
}
