//! Cancelling: each rule of D8, and what a handle owns (D3, D4; CA rows, K15 to K18).
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use tourbillon::{Canceller, Runtime, Task, join_all, oneshot, sleep, spawn, spawn_local, test};
use tourbillon::{wait_for, yield_now};

use crate::support::{Count, Log, Place, secs};

#[test]
fn a_task_that_was_never_polled_never_is_and_is_dropped_when_its_turn_comes() {
    test(async {
        let (polls, drops) = (Count::new(), Count::new());
        let guard = drops.on_drop();
        let mut task = spawn(polls.polls(async move { drop(guard) }));
        assert!(task.cancel());
        assert_eq!(drops.get(), 0, "dropped inside cancel");
        assert!(!task.is_finished() && !task.is_cancelled());
        assert!((&mut task).await.unwrap_err().is_cancelled());
        assert_eq!((polls.get(), drops.get()), (0, 1));
        assert!(task.is_finished() && task.is_cancelled());
    });
}

#[test]
fn an_idle_task_is_dropped_unpolled_when_its_turn_comes() {
    test(async {
        let (polls, drops) = (Count::new(), Count::new());
        let guard = drops.on_drop();
        let task = spawn(polls.polls(async move {
            let _guard = guard;
            sleep(secs(10)).await;
        }));
        yield_now().await;
        assert!(task.cancel());
        assert_eq!(drops.get(), 0, "dropped inside cancel");
        yield_now().await;
        assert_eq!((polls.get(), drops.get()), (1, 1));
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_value_that_was_handed_over_survives_a_cancel_on_either_side_of_it() {
    test(async {
        for cancel_first in [false, true] {
            let (sender, receiver) = oneshot::channel();
            let task = spawn(receiver);
            yield_now().await;
            if cancel_first {
                task.cancel();
            }
            sender.send(7).unwrap();
            task.cancel();
            assert_eq!(task.await.unwrap(), Ok(7), "cancel first: {cancel_first}");
        }
    });
}

#[test]
fn a_woken_task_gets_the_one_poll_it_was_woken_for_and_no_other() {
    test(async {
        let polls = Count::new();
        let task = spawn(polls.polls(async {
            loop {
                yield_now().await;
            }
        }));
        yield_now().await;
        yield_now().await;
        let before = polls.get();
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(polls.get(), before + 1);
    });
}

/// A task that does `work` with its own canceller in its first poll.
fn with_itself<W, F>(work: W) -> Task<&'static str>
where
    W: FnOnce(Canceller) -> F + Send + 'static,
    F: Future<Output = &'static str> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel::<Canceller>();
    let task = spawn(async move { work(receiver.await.unwrap()).await });
    assert!(sender.send(task.canceller()).is_ok());
    task
}

#[test]
fn a_task_that_cancels_itself_ends_by_its_value_if_that_poll_has_one() {
    test(async {
        let at_once = with_itself(async |itself| {
            assert!(itself.cancel());
            "value"
        });
        assert_eq!(at_once.await.unwrap(), "value");
        let waits = with_itself(async |itself| {
            itself.cancel();
            sleep(secs(1)).await;
            "too late"
        });
        assert!(waits.await.unwrap_err().is_cancelled());
        let yields = with_itself(async |itself| {
            itself.cancel();
            yield_now().await;
            "too late"
        });
        assert!(yields.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_task_that_was_woken_before_it_cancels_itself_has_one_more_poll() {
    test(async {
        let task = with_itself(async |itself| {
            let mut polls = 0;
            poll_fn(|cx| {
                polls += 1;
                cx.waker().wake_by_ref();
                itself.cancel();
                if polls == 2 {
                    Poll::Ready("value")
                } else {
                    Poll::Pending
                }
            })
            .await
        });
        assert_eq!(task.await.unwrap(), "value");
    });
}

#[test]
fn a_second_cancel_changes_nothing_and_one_after_the_end_says_so() {
    test(async {
        let mut task = spawn(pending::<()>());
        assert!(task.cancel_because("first"));
        assert!(task.cancel_because("second"));
        let error = (&mut task).await.unwrap_err();
        assert_eq!(error.reason().unwrap().text(), Some("first"));
        assert!(!task.cancel());

        let done = spawn(async { 7 });
        yield_now().await;
        assert!(!done.cancel());
        assert!(done.is_finished() && !done.is_cancelled());
        assert_eq!(done.await.unwrap(), 7);

        let failed = spawn(async { panic!("a panic") });
        yield_now().await;
        assert!(!failed.cancel());
        let error: tourbillon::TaskError = failed.await.unwrap_err();
        assert!(error.is_panic());
    });
}

#[test]
fn the_first_reason_wins_whoever_gives_it_and_whatever_comes_later() {
    test(async {
        let task = spawn(sleep(secs(5)));
        let canceller = task.canceller();
        std::thread::spawn(move || canceller.cancel_because("a thread"))
            .join()
            .unwrap();
        yield_now().await;
        task.cancel_because("the owner");
        assert_eq!(
            task.await.unwrap_err().reason().unwrap().text(),
            Some("a thread")
        );
        // Without a text the first cancel is still the first.
        let task = spawn(sleep(secs(5)));
        task.cancel();
        task.cancel_because("late");
        assert_eq!(task.await.unwrap_err().reason().unwrap().text(), None);
    });
}

#[test]
fn a_local_task_that_is_cancelled_from_another_thread_is_dropped_at_home() {
    test(async {
        let place = Place::new();
        let guard = place.on_drop();
        let here = Rc::new("this thread's");
        let task = spawn_local(async move {
            let _guard = guard;
            pending::<()>().await;
            drop(here);
        });
        yield_now().await;
        let canceller = task.canceller();
        std::thread::spawn(move || assert!(canceller.cancel()))
            .join()
            .unwrap();
        assert_eq!(place.get(), None, "dropped by the thread that cancelled");
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(place.get(), Some(std::thread::current().id()));
    });
}

#[test]
fn a_handle_that_is_dropped_on_another_thread_cancels_and_the_future_is_dropped_at_home() {
    test(async {
        let place = Place::new();
        let guard = place.on_drop();
        let task = spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        yield_now().await;
        std::thread::spawn(move || drop(task)).join().unwrap();
        assert_eq!(place.get(), None);
        // The mail is read at the next turn's beginning, and goes behind the root.
        yield_now().await;
        yield_now().await;
        assert_eq!(place.get(), Some(std::thread::current().id()));
    });
}

#[test]
fn dropping_a_handle_cancels_its_task_whatever_it_does() {
    test(async {
        let (ran, drops) = (Count::new(), Count::new());
        let work = |turns: usize| {
            let (ran, guard) = (ran.clone(), drops.on_drop());
            async move {
                let _guard = guard;
                for _ in 0..turns {
                    yield_now().await;
                }
                sleep(secs(1)).await;
                ran.add();
            }
        };
        drop(spawn(work(0)));
        let (idle, woken) = (spawn(work(0)), spawn(work(100)));
        yield_now().await;
        drop((idle, woken));
        sleep(secs(2)).await;
        assert_eq!((ran.get(), drops.get()), (0, 3));
    });
}

#[test]
fn a_detached_task_runs_to_its_own_end() {
    test(async {
        let log = Log::new();
        let own = log.clone();
        spawn(async move {
            sleep(secs(1)).await;
            own.add("ran");
        })
        .detach();
        sleep(secs(2)).await;
        assert_eq!(log.take(), ["ran"]);
    });
}

#[test]
fn a_detached_task_can_still_be_cancelled_by_a_canceller_and_a_canceller_owns_nothing() {
    test(async {
        let drops = Count::new();
        let start = || {
            let guard = drops.on_drop();
            spawn(async move {
                let _guard = guard;
                sleep(secs(1)).await;
            })
        };
        let task = start();
        let canceller = task.canceller();
        task.detach();
        assert!(canceller.clone().cancel());
        yield_now().await;
        assert_eq!(
            drops.get(),
            1,
            "the future does not live as long as the canceller"
        );
        assert!(!canceller.cancel());
        let task = start();
        drop(task.canceller());
        task.await.unwrap();
    });
}

#[test]
fn cancelling_goes_by_ownership_and_no_further() {
    test(async {
        let inner = || spawn(sleep(secs(5)));
        // Owned: it goes with its owner.
        let owned = inner();
        let id = owned.id();
        let owner = spawn(owned);
        yield_now().await;
        owner.cancel();
        assert!(owner.await.unwrap_err().is_cancelled());
        yield_now().await;
        assert!(tourbillon::tasks().iter().all(|task| task.id != id));
        // Borrowed: it stays.
        let mut borrowed = inner();
        assert!(wait_for(&mut borrowed, secs(1)).await.is_err());
        borrowed.await.unwrap();
    });
}

#[test]
fn that_a_child_was_cancelled_is_a_value_and_not_the_parents_cancel() {
    test(async {
        let children = [spawn(sleep(secs(1))), spawn(sleep(secs(1)))];
        children[0].cancel();
        let results = join_all(children).await;
        assert!(results[0].as_ref().unwrap_err().is_cancelled());
        assert!(results[1].is_ok());
    });
}

#[test]
fn awaiting_a_cancelled_task_waits_until_its_future_is_gone() {
    test(async {
        let log = Log::new();
        let tasks: Vec<_> = (0..3)
            .map(|n| {
                let guard = log.on_drop(&format!("dropped {n}"));
                spawn(async move {
                    let _guard = guard;
                    pending::<()>().await;
                })
            })
            .collect();
        yield_now().await;
        assert!(tasks.iter().all(Task::cancel));
        for (n, task) in tasks.into_iter().enumerate() {
            task.await.unwrap_err();
            log.add(format!("awaited {n}"));
        }
        let lines = log.take();
        let at = |line: String| lines.iter().position(|other| *other == line).unwrap();
        assert!((0..3).all(|n| at(format!("dropped {n}")) < at(format!("awaited {n}"))));
        assert!(
            at("dropped 0".into()) < at("dropped 1".into()),
            "in the order of the cancels"
        );
    });
}

#[test]
fn a_task_cancelled_by_many_threads_while_it_is_woken_by_others_ends_once() {
    for _ in 0..50 {
        let runtime = Runtime::new().unwrap();
        let drops = Count::new();
        let guard = drops.on_drop();
        let wakers = Arc::new(Mutex::new(None));
        let stored = wakers.clone();
        let task = runtime.handle().spawn(async move {
            let _guard = guard;
            poll_fn(|cx| {
                *stored.lock().unwrap() = Some(cx.waker().clone());
                Poll::<()>::Pending
            })
            .await;
        });
        runtime.block_on(yield_now());
        let waker = wakers.lock().unwrap().take().unwrap();
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let (waker, canceller) = (waker.clone(), task.canceller());
                std::thread::spawn(move || {
                    for _ in 0..100 {
                        waker.wake_by_ref();
                    }
                    if n % 2 == 0 {
                        canceller.cancel();
                    }
                })
            })
            .collect();
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        assert_eq!(drops.get(), 1);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    }
}
