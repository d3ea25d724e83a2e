//! How a group ends when several things happen at once: cancels, late members, panics, drops.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use tourbillon::{Group, Local, Runtime, Sendable, join, oneshot, race, sleep, spawn, task_group};
use tourbillon::{tasks, test, try_task_group, wait_for, yield_now};

use crate::support::{Count, Log, OnDrop, message, panic_of, secs};

#[test]
fn a_member_that_spawns_a_task_and_cancels_in_one_poll_is_waited_for() {
    test(async {
        for pause in [0, 1] {
            let drops = Count::new();
            for ends_at_once in [true, false] {
                let guard = drops.on_drop();
                let group = task_group(async |group: Group<'_, Sendable>| {
                    let clone = group.clone();
                    group.spawn(async move {
                        for _ in 0..pause {
                            sleep(secs(1)).await;
                        }
                        clone.spawn_task(async move {
                            let _guard = guard;
                            pending::<()>().await;
                        });
                        clone.cancel();
                        if !ends_at_once {
                            pending::<()>().await;
                        }
                    });
                });
                wait_for(group, secs(5)).await.expect("it does not hang");
                assert!(
                    tasks().is_empty(),
                    "the group returned before its task was over"
                );
            }
            assert_eq!(drops.get(), 2);
        }
    });
}

#[test]
fn a_panic_of_a_group_that_is_dropped_while_it_waits_goes_on_in_whoever_drops_it() {
    test(async {
        let parent = spawn(async {
            let group = task_group(async |group| {
                group.spawn_task(pending::<()>());
                group.spawn(async {
                    sleep(secs(1)).await;
                    panic!("a member");
                });
            });
            wait_for(group, secs(1)).await
        });
        let error = parent.await.unwrap_err();
        assert_eq!(message(&*error.into_panic()), "a member");
        yield_now().await;
    });
}

#[test]
fn a_group_dropped_half_way_drops_all_however_many_drops_panic() {
    test(async {
        let log = Log::new();
        let own = log.clone();
        let parent = spawn(task_group(async move |group| {
            for n in 0..3 {
                let guard = own.on_drop(&n.to_string());
                group.spawn(async move {
                    let _guard = guard;
                    let _bomb = OnDrop(move || panic!("drop {n}"));
                    pending::<()>().await;
                });
            }
            pending::<()>().await;
        }));
        yield_now().await;
        parent.cancel();
        let error = parent.await.unwrap_err();
        assert_eq!(message(&*error.into_panic()), "drop 0");
        assert_eq!(log.take(), ["0", "1", "2"]);
    });
}

#[test]
fn a_group_whose_body_cannot_be_made_drops_the_members_that_it_has() {
    let alive = Arc::new(());
    let own = alive.clone();
    let made = catch_unwind(AssertUnwindSafe(|| {
        let make = |group: Group<'static, Local>| -> std::future::Ready<()> {
            let clone = group.clone();
            group.spawn_local(async move {
                let _circle = (own, clone);
                pending::<()>().await;
            });
            panic!("no body");
        };
        drop(task_group(make));
    }));
    assert!(made.is_err());
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn a_body_is_polled_once_a_wake_though_it_spawns() {
    test(async {
        let polls = Rc::new(Cell::new(0));
        task_group(async |group: Group<'_, Local>| {
            let mut body = Box::pin(async {
                for _ in 0..10 {
                    sleep(secs(1)).await;
                    group.spawn_local(pending::<()>());
                }
            });
            poll_fn(|cx| {
                polls.set(polls.get() + 1);
                body.as_mut().poll(cx)
            })
            .await;
            group.cancel();
        })
        .await;
        assert_eq!(polls.get(), 11);
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

/// Has something to do for far longer than it takes to see that others starve.
async fn busy() {
    for _ in 0..100_000 {
        let (sender, receiver) = oneshot::channel();
        sender.send(()).unwrap();
        receiver.await.unwrap();
    }
    panic!("nobody else had a turn");
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
fn whoever_leaves_the_line_for_room_passes_his_turn_on() {
    test(async {
        task_group(async |group: Group<'_, Sendable>| {
            group.limit(1);
            group.spawn(sleep(secs(1)));
            let first = spawn_waiter(&group);
            let mut first = Box::pin(first);
            assert!(futures_lite::future::poll_once(&mut first).await.is_none());
            let second = async {
                group.room().await;
                tourbillon::now()
            };
            let leaves = async {
                sleep(secs(1)).await;
                drop(first);
            };
            let both = wait_for(join(second, leaves), secs(5));
            both.await
                .expect("the second is woken when the first leaves");
        })
        .await;
    });
}

async fn spawn_waiter(group: &Group<'_, Sendable>) {
    group.room().await;
}

#[test]
fn drops_inside_of_a_closing_group_that_run_a_loop_of_their_own_hand_nothing_down_to_it() {
    let log = Log::new();
    let heard = log.clone();
    let cleanup = OnDrop(move || {
        let recorder = crate::support::Recorder::new();
        let runtime = Runtime::builder()
            .observer(recorder.clone())
            .build()
            .unwrap();
        runtime.block_on(async {
            drop(spawn(pending::<()>()));
            yield_now().await;
        });
        for line in recorder.take() {
            if line.contains(" was ") {
                heard.add(line);
            }
        }
    });
    let failed = futures_lite::future::block_on(try_task_group(async |group| {
        group.spawn_local(async move {
            let _cleanup = cleanup;
            pending::<Result<(), &str>>().await
        });
        group.spawn_local(async { Err::<(), _>("an error") });
        Ok(())
    }));
    assert!(failed.is_err());
    assert_eq!(log.take(), ["1 was cancelled by the drop of its handle"]);
}

#[test]
fn errors_whose_drop_panics_do_not_hide_the_first_panic_or_leave_tasks_behind() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("an error's drop");
        }
    }
    let said = panic_of(|| {
        test(async {
            let ended = try_task_group(async |group| {
                group.spawn_task(pending::<Result<(), Bad>>());
                group.spawn(async { Err::<(), _>(Bad) });
                group.spawn::<(), _>(async { panic!("a member") });
                Ok(())
            });
            let ended: Result<(), _> = ended.await;
            std::mem::forget(ended);
        });
    });
    assert_eq!(said, "a member");
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
