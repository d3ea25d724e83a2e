//! TG rows: groups, their errors, and their end.

use std::cell::Cell;
use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::sync::Mutex;

use futures_lite::future::poll_once;
use tourbillon::{ErrorTree, Group, GroupError, Runtime, Sendable, TryGroup, now, sleep};
use tourbillon::{task_group, tasks, try_task_group, wait_for, yield_now};

use crate::support::{holds, holds_outside, on_one_loop, rest, spawn};
use crate::tools::{Count, Log, OnDrop, Recorder, message, secs};

/// Fails with `n` after so many seconds.
async fn fail(n: usize, after: u64) -> Result<(), usize> {
    sleep(secs(after)).await;
    Err(n)
}

/// What a group of groups ends with.
type Nested<E> = Result<(), GroupError<ErrorTree<E>>>;

#[test]
fn tg_01_the_first_error_ends_body_members_and_tasks_before_it_is_returned() {
    holds(async || {
        let (log, start) = (Log::new(), now());
        let [body, member, task] = ["body", "member", "task"].map(|name| log.on_drop(name));
        let failed: Result<(), _> = try_task_group(async |group| {
            let _body = body;
            group.spawn_task(async move {
                let _task = task;
                pending::<Result<(), usize>>().await
            });
            group.spawn(async move {
                let _member = member;
                pending::<Result<(), usize>>().await
            });
            group.spawn(fail(1, 2));
            pending().await
        })
        .await;
        assert_eq!(failed.unwrap_err().into_errors(), [1]);
        // Futures are dropped at once; the task when its turn comes, and the group waits for it.
        assert_eq!(log.take(), ["body", "member", "task"]);
        assert_eq!(now() - start, secs(2));
        assert!(tasks().is_empty());
    });
}

#[test]
fn tg_02_a_body_and_members_that_fail_in_one_poll_are_all_told() {
    holds(async || {
        let failed: Result<(), _> = try_task_group(async |group| {
            group.spawn(fail(1, 1));
            group.spawn(fail(2, 1));
            group.spawn(fail(3, 2));
            sleep(secs(1)).await;
            Err(7)
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), [1, 2, 7]);
    });
}

#[test]
fn tg_03_a_body_that_fails_at_once_drops_its_members_before_their_first_poll() {
    holds(async || {
        let (polls, drops) = (Count::new(), Count::new());
        let guard = drops.on_drop();
        let failed: Result<(), _> = try_task_group(async |group| {
            group.spawn(polls.polls(async move {
                let _guard = guard;
                Err::<(), _>("member")
            }));
            Err("body")
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), ["body"]);
        assert_eq!((polls.get(), drops.get()), (0, 1));
    });
}

#[test]
fn tg_04_errors_of_one_poll_are_all_told_and_one_a_turn_later_is_not() {
    holds(async || {
        let both: Result<(), _> = try_task_group(async |group| {
            group.spawn(fail(1, 1));
            group.spawn(fail(2, 1));
            Ok(())
        })
        .await;
        assert_eq!(both.unwrap_err().errors(), [1, 2]);
        let one: Result<(), _> = try_task_group(async |group| {
            for n in 1..=2 {
                group.spawn(async move {
                    for _ in 0..n {
                        yield_now().await;
                    }
                    Err::<(), _>(n)
                });
            }
            Ok(())
        })
        .await;
        assert_eq!(one.unwrap_err().errors(), [1]);
    });
}

#[test]
fn tg_05_errors_stand_in_the_order_of_completion_and_the_bodys_is_last() {
    holds(async || {
        // Armed in this order, for one deadline: so they fire in this order.
        let failed: Result<(), _> = try_task_group(async |group| {
            let gate = now() + secs(1);
            for (n, pause) in [(1, 2), (2, 1)] {
                group.spawn(async move {
                    for _ in 0..pause {
                        yield_now().await;
                    }
                    tourbillon::sleep_until(gate).await;
                    Err::<(), _>(n)
                });
            }
            tourbillon::sleep_until(gate).await;
            Err(0)
        })
        .await;
        let failed: GroupError<i32> = failed.unwrap_err();
        assert_eq!((failed.first(), failed.errors()), (&2, &[2, 1, 0][..]));
        assert_eq!(failed.to_string(), "2 (and 2 more)");
    });
}

#[test]
fn tg_06_a_member_whose_task_is_cancelled_by_hand_does_not_end_the_group() {
    holds(async || {
        let task = spawn(pending::<()>());
        let canceller = task.canceller();
        let ran: Result<bool, GroupError<()>> = try_task_group(async |group| {
            let member = group.spawn(async { Ok(task.await.is_err()) });
            canceller.cancel();
            Ok(member.await.unwrap())
        })
        .await;
        assert_eq!(ran, Ok(true));
    });
}

#[test]
fn tg_07_the_errors_of_nested_groups_are_a_tree_that_can_be_flattened() {
    holds(async || {
        let nested: Result<(), GroupError<GroupError<usize>>> = try_task_group(async |outer| {
            outer.spawn(try_task_group(async |inner| {
                inner.spawn(fail(1, 1));
                pending::<Result<(), _>>().await
            }));
            pending().await
        })
        .await;
        let nested = nested.unwrap_err();
        assert_eq!(nested.first().errors(), [1]);
        assert_eq!(nested.flatten().into_errors(), [1]);
    });
}

#[test]
fn tg_08_an_outer_error_drops_an_inner_group_in_silence() {
    holds(async || {
        let log = Log::new();
        let guard = log.on_drop("inner");
        let outer: Nested<usize> = try_task_group(async |outer| {
            outer.spawn(async {
                let inner: Nested<usize> = try_task_group(async |inner| {
                    inner.spawn(async move {
                        let _guard = guard;
                        pending::<Result<(), ErrorTree<usize>>>().await
                    });
                    pending().await
                })
                .await;
                Ok(inner?)
            });
            outer.spawn(async { Ok(fail(1, 1).await?) });
            Ok(())
        })
        .await;
        assert_eq!(outer.unwrap_err().errors(), [ErrorTree::Leaf(1)]);
        assert_eq!(log.take(), ["inner"]);
    });
}

#[test]
fn tg_09_an_outer_and_an_inner_error_of_one_turn_are_both_told_each_in_its_place() {
    holds(async || {
        let both: Nested<usize> = try_task_group(async |outer| {
            outer.spawn(async { Ok(fail(1, 1).await?) });
            outer.spawn(async {
                let inner: Nested<usize> = try_task_group(async |inner| {
                    inner.spawn(async { Ok::<(), _>(fail(2, 1).await?) });
                    Ok(())
                })
                .await;
                Ok(inner?)
            });
            Ok(())
        })
        .await;
        let both = both.unwrap_err();
        let [ErrorTree::Leaf(1), ErrorTree::Group(inner)] = both.errors() else {
            panic!("{both:?}");
        };
        assert_eq!(inner.errors(), [ErrorTree::Leaf(2)]);
        assert_eq!(both.flatten().into_errors(), [1, 2]);
    });
}

#[test]
fn tg_10_a_group_that_closes_or_is_over_gives_the_future_back() {
    holds(async || {
        let (given_back, polls) = (Count::new(), Count::new());
        let kept = Mutex::new(None);
        let failed: Result<(), _> = try_task_group(async |group| {
            *kept.lock().unwrap() = Some(group.clone());
            let (clone, own, late) = (group.clone(), given_back.clone(), polls.clone());
            let brings = OnDrop(move || {
                let member = late.polls(ready(Ok::<(), usize>(())));
                if clone.try_spawn(member).is_err() {
                    own.add();
                }
            });
            group.spawn(async move {
                let _brings = brings;
                pending::<Result<(), usize>>().await
            });
            group.spawn(fail(1, 1));
            pending().await
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), [1]);
        assert_eq!((given_back.get(), polls.get()), (1, 0));
        let group: TryGroup<'_, Sendable, usize> = kept.into_inner().unwrap().unwrap();
        let future = group.try_spawn(async { Ok(7) }).expect_err("it is over");
        assert_eq!(future.await, Ok(7));
        let (polls, drops) = (Count::new(), Count::new());
        let refused = || {
            let guard = drops.on_drop();
            polls.polls(async move {
                let _guard = guard;
                Ok(7)
            })
        };
        assert!(group.spawn(refused()).await.is_err());
        assert!(group.spawn_task(refused()).await.is_err());
        assert_eq!((polls.get(), drops.get()), (0, 2));
        assert_eq!(poll_once(group.room()).await, Some(()));
    });
}

/// A member that brings a sibling, `left` times.
fn family<'a>(
    group: Group<'a, Sendable>,
    log: &'a Log,
    left: usize,
) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    Box::pin(async move {
        log.add(left.to_string());
        yield_now().await;
        if left > 0 {
            group.spawn(family(group.clone(), log, left - 1));
        }
    })
}

#[test]
fn tg_11_members_may_bring_siblings_until_the_last_of_them_is_over() {
    holds(async || {
        let log = Log::new();
        task_group(async |group| {
            group.spawn(family(group.clone(), &log, 3));
            log.add("body is over");
        })
        .await;
        assert_eq!(log.take(), ["body is over", "3", "2", "1", "0"]);
    });
}

#[test]
fn tg_13_a_group_that_is_dropped_from_outside_tells_no_error_and_hands_the_reason_down() {
    holds_outside(|workers| {
        let recorder = Recorder::new();
        let runtime = Runtime::builder()
            .virtual_clock()
            .workers(workers)
            .observer(recorder.clone())
            .build()
            .unwrap();
        runtime.block_on(async {
            let held = spawn(pending::<()>());
            let outer = spawn(async move {
                let group: Result<(), GroupError<()>> = try_task_group(async |group| {
                    group.spawn(async move { held.await.map_err(drop) });
                    group.spawn_task(pending::<Result<(), ()>>());
                    pending().await
                })
                .await;
                group
            });
            rest().await;
            outer.cancel_because("from outside");
            assert!(outer.await.unwrap_err().is_cancelled());
            rest().await;
        });
        let heard = recorder.take().into_iter();
        let cancels: Vec<_> = heard.filter(|line| line.contains(" was ")).collect();
        assert_eq!(cancels.len(), 3, "the outer task, and the two of the group");
        let all = cancels
            .iter()
            .all(|line| line.contains("was cancelled: from outside"));
        assert!(all, "{cancels:?}");
    });
}

#[test]
fn tg_14_a_body_whose_member_failed_is_dropped_where_it_waits() {
    holds(async || {
        let log = Log::new();
        let guard = log.on_drop("dropped");
        let failed: Result<(), _> = try_task_group(async |group| {
            let _guard = guard;
            group.spawn(fail(1, 1));
            sleep(secs(2)).await;
            log.add("woken");
            Ok(())
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), [1]);
        sleep(secs(3)).await;
        assert_eq!(log.take(), ["dropped"]);
    });
}

#[test]
fn tg_15_an_empty_group_is_over_at_its_first_poll() {
    holds(async || {
        let empty = task_group(async |_group: Group<'_, Sendable>| 7);
        assert_eq!(poll_once(empty).await, Some(7));
        let empty = try_task_group(async |_: TryGroup<'_, Sendable, ()>| Ok(7));
        assert_eq!(poll_once(empty).await, Some(Ok(7)));
    });
}

#[test]
fn tg_16_a_member_may_end_all_members_itself_included_and_the_body_runs_on() {
    holds(async || {
        let log = Log::new();
        let output = task_group(async |group| {
            let sibling = log.on_drop("sibling");
            group.spawn(async move {
                let _guard = sibling;
                pending::<()>().await;
            });
            let (clone, own) = (group.clone(), log.on_drop("itself"));
            group.spawn(async move {
                let _guard = own;
                sleep(secs(1)).await;
                clone.cancel();
                pending::<()>().await;
            });
            sleep(secs(2)).await;
            assert!(group.spawn(ready(())).await.is_err(), "it takes no more");
            log.add("body");
            "output"
        });
        assert_eq!(output.await, "output");
        assert_eq!(log.take(), ["sibling", "itself", "body"]);
    });
}

#[test]
fn tg_17_no_member_is_polled_inside_the_call_that_spawns_it() {
    on_one_loop(async || {
        let polls = Count::new();
        let failed: Result<(), _> = try_task_group(async |group| {
            group.spawn(polls.polls(ready(Err::<(), _>("member"))));
            group.spawn_task(polls.polls(ready(Err::<(), _>("task"))));
            assert_eq!(polls.get(), 0);
            Ok(())
        })
        .await;
        // The task has its first place in the queue behind this one.
        assert_eq!(failed.unwrap_err().errors(), ["member"]);
        assert_eq!(polls.get(), 1);
    });
}

#[test]
fn tg_18_a_group_that_is_left_early_is_no_error_and_waits_for_its_tasks() {
    holds(async || {
        let (log, start) = (Log::new(), now());
        let (member, task) = (log.on_drop("member"), log.on_drop("task"));
        let found: Result<_, GroupError<()>> = try_task_group(async |group| {
            group.spawn(async move {
                let _guard = member;
                pending::<Result<(), ()>>().await
            });
            group.spawn_task(async move {
                let _guard = task;
                pending::<Result<(), ()>>().await
            });
            sleep(secs(1)).await;
            group.cancel();
            group.cancel();
            Ok("found")
        })
        .await;
        assert_eq!(found, Ok("found"));
        assert_eq!(log.take(), ["member", "task"]);
        assert_eq!(now() - start, secs(1));
    });
}

#[test]
fn tg_19_a_panic_goes_on_in_the_parent_when_the_siblings_are_gone() {
    holds(async || {
        for as_task in [false, true] {
            let log = Log::new();
            let (member, task) = (log.on_drop("member"), log.on_drop("task"));
            let own = log.clone();
            let parent = spawn(async move {
                let group = task_group(async move |group| {
                    group.spawn(async move {
                        let _guard = member;
                        pending::<()>().await;
                    });
                    group.spawn_task(async move {
                        let _guard = task;
                        pending::<()>().await;
                    });
                    let panics = async {
                        yield_now().await;
                        panic!("a member")
                    };
                    if as_task {
                        group.spawn_task(panics);
                    } else {
                        group.spawn(panics);
                    }
                    pending::<()>().await;
                });
                let _last = own.on_drop("parent");
                group.await;
            });
            let error = parent.await.unwrap_err();
            assert_eq!(message(&*error.into_panic()), "a member");
            assert_eq!(log.take(), ["member", "task", "parent"], "{as_task}");
            assert!(tasks().is_empty());
        }
        // Of several the first goes on, and it hides an error.
        let parent = spawn(async {
            let ended: Result<(), GroupError<()>> = try_task_group(async |group| {
                group.spawn(async {
                    sleep(secs(1)).await;
                    Err::<(), _>(())
                });
                for n in 1..=2 {
                    group.spawn_task(async move {
                        let _bomb = OnDrop(move || panic!("drop {n}"));
                        pending::<Result<(), ()>>().await
                    });
                }
                pending().await
            })
            .await;
            ended
        });
        let error = parent.await.unwrap_err();
        assert!(error.is_panic(), "{error}");
    });
}

#[test]
fn tg_20_a_group_dropped_half_way_drops_all_at_once_and_cancels_its_tasks() {
    holds(async || {
        let (log, polls, outside) = (Log::new(), Count::new(), Cell::new(0));
        let task = log.on_drop("task");
        let half = task_group(async |group: Group<'_, Sendable>| {
            let _body = log.on_drop("body");
            group.spawn_task(async move {
                let _guard = task;
                pending::<()>().await;
            });
            for n in 0..3 {
                let member = log.on_drop(&n.to_string());
                group.spawn(polls.polls(async move {
                    let _member = member;
                    pending::<()>().await;
                }));
            }
            pending::<()>().await;
        });
        // What members may borrow can be used again as soon as the group is gone.
        let half = async {
            outside.set(1);
            half.await;
        };
        assert!(wait_for(half, secs(1)).await.is_err());
        outside.set(2);
        assert_eq!(log.take(), ["body", "0", "1", "2"]);
        assert_eq!(polls.get(), 3);
        rest().await;
        assert_eq!(log.take(), ["task"]);
    });
}
