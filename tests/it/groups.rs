//! Task groups: what members may borrow and bring, views, and room (D7, K26 to K31). Errors, ends and
//! panics are the contract's TG rows.

use std::cell::Cell;
use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use tourbillon::{Group, Sendable, join_all, now, oneshot, sleep, spawn};
use tourbillon::{task_group, test, try_task_group, wait_for, yield_now};

use crate::support::{Count, Log, secs};

#[test]
fn a_group_returns_when_its_body_and_all_its_members_are_over() {
    test(async {
        let start = now();
        let log = Log::new();
        let output = task_group(async |group| {
            for n in [5, 3] {
                let log = &log;
                group.spawn(async move {
                    sleep(secs(n)).await;
                    log.add(n.to_string());
                });
            }
            log.add("body");
            "output"
        });
        assert_eq!(output.await, "output");
        assert_eq!(log.take(), ["body", "3", "5"]);
        assert_eq!(now() - start, secs(5));
    });
}

#[test]
fn members_may_borrow_what_lives_outside_also_mutably() {
    test(async {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let words = String::from("the quick brown fox");
        task_group(async |group| {
            group.spawn(async {
                for word in words.split(' ') {
                    left.push(word);
                    yield_now().await;
                }
            });
            group.spawn(async { right.extend(words.split(' ').rev()) });
        })
        .await;
        right.reverse();
        assert_eq!((left.len(), &left), (4, &right));
    });
}

#[test]
fn members_of_a_local_group_need_not_be_send() {
    test(async {
        let sum = Rc::new(Cell::new(0));
        task_group(async |group| {
            for n in 1..=4 {
                let sum = sum.clone();
                group.spawn_local(async move {
                    yield_now().await;
                    sum.set(sum.get() + n);
                });
            }
        })
        .await;
        assert_eq!(sum.get(), 10);
    });
}

#[test]
fn a_group_of_send_members_is_send_and_may_be_spawned() {
    fn must_be_send<F: Future + Send>(future: F) -> F {
        future
    }
    test(async {
        let inside = spawn(async {
            let name = String::from("borrowed");
            let length = task_group(async |group| {
                let member = group.spawn(async { name.len() });
                member.await.unwrap()
            });
            length.await
        });
        assert_eq!(inside.await.unwrap(), 8);
        let whole = must_be_send(task_group(async |group| {
            let member = group.spawn(ready(6 * 7));
            member.await.unwrap()
        }));
        assert_eq!(spawn(whole).await.unwrap(), 42);
        let failing = must_be_send(try_task_group(async |group| {
            group.spawn(ready(Err::<(), _>("no")));
            group.room().await;
            Ok(())
        }));
        assert_eq!(
            spawn(failing).await.unwrap().unwrap_err().into_errors(),
            ["no"]
        );
    });
}

#[test]
fn a_member_is_a_view_and_dropping_it_changes_nothing() {
    test(async {
        let log = Log::new();
        let seen = task_group(async |group| {
            let own = log.clone();
            drop(group.spawn(async move {
                sleep(secs(2)).await;
                own.add("ran");
            }));
            let seen = group.spawn(async {
                sleep(secs(1)).await;
                "a value"
            });
            seen.await
        });
        assert_eq!(seen.await, Ok("a value"));
        assert_eq!(log.take(), ["ran"]);
    });
}

#[test]
fn no_member_is_polled_inside_spawn_and_siblings_start_in_order() {
    test(async {
        let log = Log::new();
        task_group(async |group| {
            for n in 0..4 {
                let log = &log;
                group.spawn(async move { log.add(n.to_string()) });
            }
            log.add("body");
        })
        .await;
        assert_eq!(log.take().join(" "), "body 0 1 2 3");
    });
}

/// Spawns two siblings of the next generation, if there is one.
fn family<'a>(
    group: Group<'a, Sendable>,
    count: Count,
    generations: usize,
) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    Box::pin(async move {
        count.add();
        if generations > 0 {
            yield_now().await;
            group.spawn(family(group.clone(), count.clone(), generations - 1));
            group.spawn(family(group.clone(), count, generations - 1));
        }
    })
}

#[test]
fn a_member_may_bring_siblings_through_a_clone_while_the_body_is_over_already() {
    test(async {
        let count = Count::new();
        let own = count.clone();
        task_group(async move |group: Group<'_, Sendable>| {
            group.spawn(family(group.clone(), own, 7));
        })
        .await;
        assert_eq!(count.get(), 255);
    });
}

#[test]
fn a_clone_may_spawn_from_another_thread() {
    test(async {
        let hold = tourbillon::Handle::current().hold_clock();
        let count = Count::new();
        let (sender, over) = oneshot::channel();
        let own = count.clone();
        task_group(async move |group: Group<'static, Sendable>| {
            let clone = group.clone();
            std::thread::spawn(move || {
                for _ in 0..1_000 {
                    let count = own.clone();
                    clone.spawn(async move { count.add() });
                }
                sender.send(()).unwrap();
            });
            over.await.unwrap();
        })
        .await;
        assert_eq!(count.get(), 1_000);
        drop(hold);
    });
}

#[test]
fn never_more_members_run_than_there_is_room_for_and_the_room_is_used() {
    test(async {
        let (running, most) = (Cell::new(0), Cell::new(0));
        let start = now();
        task_group(async |group| {
            group.limit(3);
            for _ in 0..30 {
                group.room().await;
                group.spawn_local(async {
                    running.set(running.get() + 1);
                    most.set(most.get().max(running.get()));
                    sleep(secs(1)).await;
                    running.set(running.get() - 1);
                });
            }
        })
        .await;
        assert_eq!(most.get(), 3);
        assert_eq!(now() - start, secs(10));
    });
}

#[test]
fn a_higher_limit_makes_room_at_once() {
    test(async {
        let start = now();
        let waited = task_group(async |group: Group<'_, Sendable>| {
            group.limit(1);
            group.spawn(sleep(secs(9)));
            let clone = group.clone();
            group.spawn(async move {
                sleep(secs(1)).await;
                clone.limit(3);
            });
            group.room().await;
            now() - start
        });
        assert_eq!(waited.await, secs(1));
    });
}

/// How many wakers there are, the one that is given out first included.
struct Rung;

impl std::task::Wake for Rung {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn waiting_for_room_through_many_polls_takes_no_more_memory_than_through_one() {
    let rung = Arc::new(Rung);
    let waker = std::task::Waker::from(rung.clone());
    let mut context = std::task::Context::from_waker(&waker);
    let mut full = Box::pin(task_group(async |group| {
        group.limit(1);
        group.spawn(async {
            loop {
                yield_now().await;
            }
        });
        group.room().await;
    }));
    let mut wakers = || {
        assert!(full.as_mut().poll(&mut context).is_pending());
        Arc::strong_count(&rung)
    };
    wakers();
    let few = wakers();
    let many = (0..1_000).map(|_| wakers()).max().unwrap();
    assert!(
        many <= few,
        "{many} wakers after a thousand polls, {few} after two"
    );
}

#[test]
fn a_group_in_a_task_that_is_cancelled_is_dropped_with_it() {
    test(async {
        let drops = Count::new();
        let guard = drops.on_drop();
        let task = spawn(task_group(async move |group| {
            group.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            pending::<()>().await;
        }));
        yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn members_finish_in_the_order_of_their_deadlines_however_many_they_are() {
    test(async {
        let order = Mutex::new(Vec::new());
        task_group(async |group| {
            for n in (0..1_000_u64).rev() {
                let order = &order;
                group.spawn(async move {
                    sleep(secs(n)).await;
                    order.lock().unwrap().push(n);
                });
            }
        })
        .await;
        assert!(order.into_inner().unwrap().into_iter().eq(0..1_000));
    });
}

#[test]
fn a_dropped_members_view_says_that_nothing_will_come() {
    test(async {
        let views = Mutex::new(Vec::new());
        let half = task_group(async |group| {
            views.lock().unwrap().push(group.spawn(pending::<()>()));
            pending::<()>().await;
        });
        assert!(wait_for(half, secs(1)).await.is_err());
        let views = join_all(views.into_inner().unwrap()).await;
        assert!(views.iter().all(Result::is_err));
    });
}
