//! Groups whose members can fail: the first error drops the others, and all errors are told (TG-1
//! to TG-9).

use std::future::{pending, poll_fn, ready};
use std::task::Poll;

use tourbillon::{GroupError, now, sleep, spawn, test, try_task_group, wait_for, yield_now};

use crate::support::{Count, Log, secs};

/// Fails with `n` after so many seconds.
async fn fail(n: usize, after: u64) -> Result<(), usize> {
    sleep(secs(after)).await;
    Err(n)
}

#[test]
fn the_first_error_drops_body_and_siblings_before_it_is_returned() {
    test(async {
        let (log, start) = (Log::new(), now());
        let (body, member) = (log.on_drop("body"), log.on_drop("member"));
        let failed: Result<(), _> = try_task_group(async |group| {
            let _body = body;
            group.spawn(async move {
                let _member = member;
                pending::<Result<(), usize>>().await
            });
            group.spawn(fail(1, 2));
            pending().await
        })
        .await;
        assert_eq!(failed.unwrap_err().into_errors(), [1]);
        assert_eq!(log.take(), ["body", "member"]);
        assert_eq!(now() - start, secs(2));
    });
}

#[test]
fn members_that_succeed_hand_their_values_to_their_views() {
    test(async {
        let sum = try_task_group(async |group| {
            let members = [1, 2, 3].map(|n| {
                group.spawn(async move {
                    sleep(secs(n)).await;
                    Ok::<_, ()>(n)
                })
            });
            let mut sum = 0;
            for member in members {
                sum += member.await.unwrap();
            }
            Ok(sum)
        });
        assert_eq!(sum.await, Ok(6));
    });
}

#[test]
fn errors_of_one_turn_are_all_told_in_the_order_of_completion_the_bodys_last() {
    test(async {
        let both: Result<(), _> = try_task_group(async |group| {
            group.spawn(fail(0, 2));
            group.spawn(fail(1, 1));
            group.spawn(fail(2, 1));
            Ok(())
        })
        .await;
        let both: GroupError<usize> = both.unwrap_err();
        assert_eq!((both.first(), both.errors()), (&1, &[1, 2][..]));
        assert_eq!(both.to_string(), "1 (and 1 more)");
        // The second fails a turn later: by then it is dropped.
        let one: Result<(), _> = try_task_group(async |group| {
            group.spawn(async {
                yield_now().await;
                Err::<(), _>(1)
            });
            group.spawn(async {
                yield_now().await;
                yield_now().await;
                Err::<(), _>(2)
            });
            Ok(())
        })
        .await;
        assert_eq!(one.unwrap_err().errors(), [1]);
    });
}

#[test]
fn a_body_that_fails_drops_its_members_before_their_first_poll() {
    test(async {
        let polls = Count::new();
        let failed: Result<(), _> = try_task_group(async |group| {
            group.spawn(polls.polls(ready(Err::<(), _>("member"))));
            Err("body")
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), ["body"]);
        assert_eq!(polls.get(), 0);
    });
}

#[test]
fn a_member_that_fails_after_the_body_returned_is_told_and_the_bodys_value_is_gone() {
    test(async {
        let drops = Count::new();
        let guard = drops.on_drop();
        let failed = try_task_group(async |group| {
            group.spawn(fail(1, 1));
            Ok(guard)
        })
        .await;
        assert!(matches!(failed, Err(error) if error.errors() == [1]));
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn groups_nest_and_the_errors_keep_their_tree() {
    test(async {
        let nested: Result<(), GroupError<GroupError<usize>>> = try_task_group(async |outer| {
            outer.spawn(try_task_group(async |inner| {
                inner.spawn(fail(1, 1));
                pending::<Result<(), _>>().await
            }));
            pending().await
        })
        .await;
        let errors = nested.unwrap_err().into_errors();
        let errors: Vec<Vec<usize>> = errors.into_iter().map(GroupError::into_errors).collect();
        assert_eq!(errors, [[1]]);
    });
}

#[test]
fn an_outer_error_drops_an_inner_group_in_silence() {
    test(async {
        let log = Log::new();
        let guard = log.on_drop("inner");
        let outer: Result<(), _> = try_task_group(async |outer| {
            outer.spawn(async {
                let inner: Result<(), GroupError<usize>> = try_task_group(async |inner| {
                    inner.spawn(async move {
                        let _guard = guard;
                        pending::<Result<(), usize>>().await
                    });
                    pending().await
                })
                .await;
                inner.map_err(|_| 99)
            });
            outer.spawn(fail(1, 1));
            Ok(())
        })
        .await;
        assert_eq!(outer.unwrap_err().errors(), [1]);
        assert_eq!(log.take(), ["inner"]);
    });
}

#[test]
fn one_member_that_is_a_cancelled_task_does_not_end_the_group() {
    test(async {
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
fn while_a_failed_group_is_dropped_it_takes_no_new_members() {
    test(async {
        let (given_back, polls) = (Count::new(), Count::new());
        let failed: Result<(), _> = try_task_group(async |group| {
            let (clone, own, late) = (group.clone(), given_back.clone(), polls.clone());
            let brings = crate::support::OnDrop(move || {
                if clone
                    .try_spawn(late.polls(ready(Ok::<(), usize>(()))))
                    .is_err()
                {
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
    });
}

#[test]
fn a_handled_failure_of_a_group_leaves_the_limit_around_it_working() {
    test(async {
        let start = now();
        let limited = wait_for(
            async {
                let failed: Result<(), _> = try_task_group(async |group| {
                    group.spawn(fail(1, 1));
                    Ok(())
                })
                .await;
                assert!(failed.is_err());
                pending::<()>().await;
            },
            secs(3),
        );
        assert!(limited.await.is_err());
        assert_eq!(now() - start, secs(3));
    });
}

#[test]
fn a_thousand_groups_in_which_one_of_many_fails_leave_nobody_alive() {
    test(async {
        let drops = Count::new();
        for round in 0..1_000_u64 {
            let failed: Result<(), _> = try_task_group(async |group| {
                for n in 0..20_u64 {
                    let guard = drops.on_drop();
                    let pause = (n * 31 + round * 17) % 23;
                    group.spawn_local(async move {
                        let _guard = guard;
                        sleep(secs(pause)).await;
                        if n == round % 20 { Err(n) } else { Ok(()) }
                    });
                }
                Ok(())
            })
            .await;
            assert!(failed.unwrap_err().errors().contains(&(round % 20)));
            assert_eq!(drops.get() as u64, 20 * (round + 1));
        }
    });
}

#[test]
fn a_late_wake_of_a_member_does_not_reach_the_one_that_took_its_place() {
    test(async {
        let polls = Count::new();
        let ran: Result<(), GroupError<()>> = try_task_group(async |group| {
            // Its wake stands in the inbox when it is over already.
            let wakes = poll_fn(|cx| {
                cx.waker().wake_by_ref();
                Poll::Ready(Ok(()))
            });
            group.spawn(wakes).await.unwrap();
            group.spawn(polls.polls(async {
                sleep(secs(1)).await;
                Ok(())
            }));
            Ok(())
        })
        .await;
        assert_eq!((ran, polls.get()), (Ok(()), 2));
    });
}
