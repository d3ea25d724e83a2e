//! Sides and members that share a poll: nobody starves, and nobody who waits costs the others (D15).

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::ops::ControlFlow;

use tourbillon::internals::ReadySet;
use tourbillon::{
    Group, Local, Sendable, join, now, oneshot, race, sleep, spawn, task_group, test,
};
use tourbillon::{try_join, wait_for, yield_now};

use crate::support::{Count, secs};

/// Has something to do for far longer than it takes to see that others starve.
async fn busy() {
    for _ in 0..100_000 {
        let (sender, receiver) = oneshot::channel();
        sender.send(()).unwrap();
        receiver.await.unwrap();
    }
    panic!("nobody else had a turn");
}

/// Uses `count` operations of its poll's budget, and is polled again for more.
async fn steps(count: usize) {
    for _ in 0..count {
        let (sender, receiver) = oneshot::channel();
        sender.send(()).unwrap();
        receiver.await.unwrap();
    }
}

#[test]
fn a_side_that_is_always_busy_does_not_starve_the_other() {
    test(async {
        let (sender, receiver) = oneshot::channel();
        let sent = spawn(async move { sender.send(7).unwrap() });
        let raced = race(busy(), receiver).await;
        assert!(
            matches!(raced, tourbillon::Either::Right(Ok(7))),
            "{raced:?}"
        );
        sent.await.unwrap();
        let (sender, receiver) = oneshot::channel();
        sender.send("member").unwrap();
        let member = race(
            task_group(async |group: Group<'_, Sendable>| {
                let told = group.spawn(receiver);
                race(busy(), told).await
            }),
            pending::<()>(),
        )
        .await;
        assert!(matches!(member, tourbillon::Either::Left(_)));
        let (sender, receiver) = oneshot::channel();
        sender.send(()).unwrap();
        let done = Cell::new(false);
        let right = async {
            receiver.await.unwrap();
            done.set(true);
        };
        let left = async {
            while !done.get() {
                race(busy(), yield_now()).await;
            }
        };
        join(left, right).await;
    });
}

#[test]
fn a_busy_body_and_a_busy_member_share_the_polls() {
    test(async {
        let (body, member) = (Count::new(), Count::new());
        let work = |count: Count| async move {
            for _ in 0..10_000 {
                let (sender, receiver) = oneshot::channel();
                sender.send(()).unwrap();
                receiver.await.unwrap();
                count.add();
            }
        };
        let group = task_group(async |group: Group<'_, Sendable>| {
            group.spawn(work(member.clone()));
            work(body.clone()).await;
        });
        let watch = async {
            while body.get() + member.get() < 10_000 {
                yield_now().await;
            }
            (body.get(), member.get())
        };
        let ((), (body, member)) = join(group, watch).await;
        assert!(body.abs_diff(member) <= 256, "body {body}, member {member}");
    });
}

#[test]
fn many_who_wait_for_room_cost_polls_in_proportion() {
    const EACH: usize = 2_000;
    test(async {
        let polls = Count::new();
        task_group(async |group: Group<'_, Sendable>| {
            group.limit(1);
            let waiters = (0..EACH).map(|_| {
                polls.polls(async {
                    group.room().await;
                    group.spawn(yield_now());
                })
            });
            tourbillon::join_all(waiters).await;
        })
        .await;
        assert!(polls.get() <= 4 * EACH, "{} polls", polls.get());
    });
}

#[test]
fn room_in_a_group_that_is_over_costs_budget_so_nobody_spins() {
    test(async {
        let spins = task_group(async |group: Group<'_, Sendable>| {
            group.cancel();
            for _ in 0..100_000 {
                group.room().await;
                group.spawn(async {});
            }
            panic!("nobody else had a turn");
        });
        let clock = async {
            yield_now().await;
            tourbillon::advance(secs(1));
            pending::<()>().await;
        };
        assert!(wait_for(join(spins, clock), secs(1)).await.is_err());
    });
}

/// Is busy until `done`, after so many yields.
async fn busy_until(done: &Cell<bool>, yields: usize) {
    for _ in 0..yields {
        yield_now().await;
    }
    for _ in 0..2_000 {
        if done.get() {
            return;
        }
        steps(64).await;
    }
    panic!("somebody else had no turn");
}

#[test]
fn a_third_side_has_its_turn_behind_two_busy_ones_however_they_are_nested() {
    test(async {
        for yields in [0, 1] {
            let done = Cell::new(false);
            let third = async {
                steps(1).await;
                done.set(true);
            };
            let inner = join(busy_until(&done, 0), third);
            join(busy_until(&done, yields), inner).await;

            let done = Cell::new(false);
            let third = async {
                steps(1).await;
                done.set(true);
            };
            let inner = join(busy_until(&done, 0), third);
            race(busy_until(&done, yields), inner).await;

            let done = Cell::new(false);
            let third = async {
                steps(1).await;
                done.set(true);
                Ok::<(), ()>(())
            };
            let fine = async |yields| {
                busy_until(&done, yields).await;
                Ok::<(), ()>(())
            };
            let both = try_join(fine(yields), try_join(fine(0), third)).await;
            both.unwrap();
        }
    });
}

#[test]
fn a_body_has_its_turns_beside_busy_members_and_a_busy_side() {
    test(async {
        let done = Cell::new(false);
        let group = task_group(async |group: Group<'_, Local>| {
            group.spawn_local(busy_until(&done, 0));
            steps(130).await;
            done.set(true);
        });
        join(busy_until(&done, 0), group).await;
    });
}

#[test]
fn the_left_side_wins_a_tie_though_it_used_its_budget_to_the_last() {
    test(async {
        for before in 0..130 {
            let (sender, left) = async_channel::bounded::<()>(1);
            let right = left.clone();
            let ends = spawn(async move {
                sleep(secs(1)).await;
                drop(sender);
            });
            yield_now().await;
            steps(before).await;
            // A foreign channel asks for no budget, so nobody is refused any.
            let left = async {
                steps(1).await;
                left.recv().await.unwrap_err()
            };
            let won = race(left, async { right.recv().await.unwrap_err() }).await;
            assert!(matches!(won, tourbillon::Either::Left(_)), "after {before}");
            ends.await.unwrap();
        }
    });
}

#[test]
fn a_child_that_comes_while_a_pass_is_broken_off_is_polled_without_another_wake() {
    test(async {
        let mut set = ReadySet::new();
        // Four operations a child, its end included: the budget ends between two of them.
        set.insert_all((0..61).map(|_| steps(3)));
        let mut late = false;
        let all = poll_fn(|cx| {
            let passed = set.poll_pass(cx, |_, ()| ControlFlow::<()>::Continue(()));
            if !late {
                assert!(passed.is_pending() && set.len() == 29, "{}", set.len());
                set.insert_all([steps(3)]);
                late = true;
            }
            passed.map(drop)
        });
        let start = now();
        // A poll for the limit would find it too, but late.
        let all = wait_for(all, secs(1)).await;
        all.expect("the late one is polled");
        assert_eq!(now() - start, secs(0));
    });
}
