//! Groups whose members can fail: what goes beyond the contract's TG rows.

use std::future::{pending, poll_fn};
use std::task::Poll;

use tourbillon::{GroupError, now, sleep, test, try_task_group, wait_for};

use crate::support::{Count, secs};

/// Fails with `n` after so many seconds.
async fn fail(n: usize, after: u64) -> Result<(), usize> {
    sleep(secs(after)).await;
    Err(n)
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
