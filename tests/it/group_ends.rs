//! How a group ends when several things happen at once: cancels, late members, panics, drops.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use tourbillon::{Group, Local, Runtime, Sendable, sleep, spawn, task_group};
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
fn the_first_panic_of_a_group_that_closes_stays_and_all_its_tasks_are_waited_for() {
    test(async {
        let log = Log::new();
        let own = log.clone();
        let parent = spawn(async move {
            task_group(async |group| {
                for n in 0..3 {
                    let guard = own.on_drop(&n.to_string());
                    group.spawn_task(async move {
                        let _guard = guard;
                        let _bomb = OnDrop(move || panic!("task {n}"));
                        pending::<()>().await;
                    });
                }
                sleep(secs(1)).await;
                panic!("the body");
            })
            .await
        });
        let error = wait_for(parent, secs(5)).await.expect("it does not hang");
        assert_eq!(message(&*error.unwrap_err().into_panic()), "the body");
        assert_eq!(log.take().len(), 3);
    });
}

#[test]
fn what_the_drops_of_a_closing_group_spawn_is_given_back() {
    test(async {
        let given_back = Count::new();
        let failed: Result<(), _> = try_task_group(async |group| {
            let (clone, own) = (group.clone(), given_back.clone());
            let _body = OnDrop(move || {
                if clone.try_spawn(pending::<Result<(), ()>>()).is_err() {
                    own.add();
                }
            });
            group.spawn(async {
                yield_now().await;
                Err::<(), _>(())
            });
            pending().await
        })
        .await;
        assert_eq!(
            (failed.unwrap_err().errors().len(), given_back.get()),
            (1, 1)
        );
    });
}

#[test]
fn a_waker_that_panics_hurts_neither_the_member_that_made_room_nor_who_waits_behind() {
    struct Bad;
    impl std::task::Wake for Bad {
        fn wake(self: Arc<Self>) {
            panic!("a waiter");
        }
    }
    test(async {
        let output = task_group(async |group: Group<'_, Sendable>| {
            group.limit(1);
            group.spawn(sleep(secs(1)));
            let bad = std::task::Waker::from(Arc::new(Bad));
            let mut first = Box::pin(group.room());
            let polled = first
                .as_mut()
                .poll(&mut std::task::Context::from_waker(&bad));
            assert!(polled.is_pending());
            let second = group.room();
            wait_for(second, secs(5)).await.expect("it is woken");
            "well"
        });
        assert_eq!(output.await, "well");
    });
}

#[test]
#[should_panic(expected = "a future is not polled after it was ready")]
fn a_group_that_failed_is_not_polled_again() {
    test(async {
        let mut group = Box::pin(try_task_group(async |group| {
            group.spawn(async { Err::<(), _>(()) });
            Ok(())
        }));
        assert!((&mut group).await.is_err());
        let _ = (&mut group).await;
    });
}
