//! CA rows: what a cancel does to a task, and when. Whom else it reaches, and from where it may
//! come, is in `cancel_reach.rs`; CA-9, a cancel and a value in one turn, in `cancel_value.rs`.

use std::future::{pending, poll_fn};
use std::panic::AssertUnwindSafe;
use std::task::Poll;

use futures_lite::FutureExt;
use tourbillon::{Canceller, Task, TaskError, oneshot, sleep, spawn_local, tasks};
use tourbillon::{wait_for, yield_now};

use crate::support::{holds, holds_in_order, rest, spawn, spawn_in_order, workers};
use crate::tools::{Count, Log, OnDrop, message, secs};

#[test]
fn ca_01_a_task_that_is_cancelled_before_its_first_poll_never_has_one() {
    holds_in_order(async || {
        let (polls, drops) = (Count::new(), Count::new());
        let body = || {
            let guard = drops.on_drop();
            polls.polls(async move { drop(guard) })
        };
        let mut tasks = [spawn_in_order(body()), spawn_local(body())];
        assert!(tasks.iter().all(Task::cancel));
        assert_eq!(drops.get(), 0, "dropped inside cancel");
        for task in &mut tasks {
            assert!((&mut *task).await.unwrap_err().is_cancelled());
            assert!(task.is_finished() && task.is_cancelled());
        }
        assert_eq!((polls.get(), drops.get()), (0, 2));
    });
}

#[test]
fn ca_02_a_cancel_after_the_end_returns_false_and_changes_nothing() {
    holds(async || {
        let done = spawn(async { 7 });
        let failed = spawn(async { panic!("a panic") });
        let mut cancelled = spawn(pending::<()>());
        assert!(cancelled.cancel_because("in time"));
        rest().await;
        for canceller in [done.canceller(), failed.canceller(), cancelled.canceller()] {
            assert!(!canceller.cancel_because("too late"));
        }
        assert!(!done.cancel() && !failed.cancel() && !cancelled.cancel());
        assert!(done.is_finished() && !done.is_cancelled());
        assert!(failed.is_finished() && !failed.is_cancelled());
        assert!(cancelled.is_finished() && cancelled.is_cancelled());
        assert_eq!(done.await.unwrap(), 7);
        let failed: TaskError = failed.await.unwrap_err();
        assert_eq!(message(&*failed.into_panic()), "a panic");
        let error = (&mut cancelled).await.unwrap_err().to_string();
        assert!(error.contains(": in time (at "), "{error}");
        assert!(!cancelled.cancel(), "after its result was taken");
    });
}

/// A task that notes the drop of its future.
fn guarded(log: &Log, n: usize) -> Task<()> {
    let guard = log.on_drop(&format!("dropped {n}"));
    spawn_in_order(async move {
        let _guard = guard;
        pending::<()>().await;
    })
}

#[test]
fn ca_03_a_cancel_is_a_request_and_awaiting_the_task_waits_for_the_drop() {
    holds_in_order(async || {
        let log = Log::new();
        let tasks = [0, 1, 2].map(|n| guarded(&log, n));
        rest().await;
        assert!(tasks.iter().all(Task::cancel));
        assert!(
            tasks
                .iter()
                .all(|task| !task.is_finished() && !task.is_cancelled())
        );
        log.add("cancel returned");
        for (n, task) in tasks.into_iter().enumerate() {
            assert!(task.await.unwrap_err().is_cancelled());
            log.add(format!("awaited {n}"));
        }
        let lines = log.take();
        let at = |line: &str| lines.iter().position(|other| other == line).unwrap();
        assert_eq!(at("cancel returned"), 0);
        for n in 0..3 {
            assert!(at(&format!("dropped {n}")) < at(&format!("awaited {n}")));
        }
        assert!(at("dropped 0") < at("dropped 1") && at("dropped 1") < at("dropped 2"));
    });
}

#[test]
fn ca_04_no_body_can_refuse_its_cancel() {
    holds(async || {
        let swallowed = Count::new();
        let (limits, panics) = (swallowed.clone(), swallowed.clone());
        let bodies: [Task<()>; 3] = [
            spawn(async move {
                loop {
                    let _ = wait_for(pending::<()>(), secs(9)).await;
                    limits.add();
                }
            }),
            spawn(async move {
                loop {
                    let _ = AssertUnwindSafe(pending::<()>()).catch_unwind().await;
                    panics.add();
                }
            }),
            spawn(async {
                loop {
                    yield_now().await;
                }
            }),
        ];
        yield_now().await;
        assert!(bodies.iter().all(Task::cancel));
        for body in bodies {
            assert!(body.await.unwrap_err().is_cancelled());
        }
        assert_eq!(swallowed.get(), 0, "a body was told of its cancel");
    });
}

#[test]
fn ca_05_a_drop_that_panics_is_how_the_task_ended_and_the_loop_lives() {
    holds(async || {
        for polls in [0, 1] {
            let bomb = OnDrop(|| panic!("dropped"));
            let mut task = spawn(async move {
                let _bomb = bomb;
                pending::<()>().await;
            });
            for _ in 0..polls {
                rest().await;
            }
            assert!(task.cancel());
            let error = (&mut task).await.unwrap_err();
            assert!(error.is_panic() && !error.is_cancelled());
            assert!(task.is_finished() && !task.is_cancelled());
            assert_eq!(message(&*error.into_panic()), "dropped");
            assert!(tasks().is_empty());
            assert_eq!(spawn(async { 7 }).await.unwrap(), 7);
        }
    });
}

#[test]
fn ca_06_a_second_cancel_also_while_the_future_is_dropped_changes_nothing() {
    holds(async || {
        let log = Log::new();
        let (sender, receiver) = oneshot::channel::<Canceller>();
        let (first, last) = (log.on_drop("the first local"), log.clone());
        let task = spawn(async move {
            let itself = receiver.await.unwrap();
            let _first = first;
            let _last = OnDrop(move || {
                let alive = itself.cancel_because("second");
                last.add(format!("cancelled again: {alive}"));
            });
            pending::<()>().await;
        });
        assert!(sender.send(task.canceller()).is_ok());
        rest().await;
        assert!(task.cancel_because("first"));
        assert!(
            task.cancel_because("between") || workers() > 1,
            "it is not over"
        );
        let error = task.await.unwrap_err();
        assert!(error.is_cancelled());
        assert!(error.to_string().contains(": first (at "), "{error}");
        assert_eq!(log.take(), ["cancelled again: true", "the first local"]);
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
fn ca_08_a_task_that_cancels_itself_ends_by_its_value_if_that_poll_has_one() {
    holds(async || {
        let mut at_once = with_itself(async |itself| {
            assert!(itself.cancel());
            "value"
        });
        assert_eq!((&mut at_once).await.unwrap(), "value");
        assert!(at_once.is_finished() && !at_once.is_cancelled());
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
        // Woken before it cancels itself, it is owed one more poll.
        let woken = with_itself(async |itself| {
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
        assert_eq!(woken.await.unwrap(), "value");
    });
}

#[test]
fn ca_16_after_a_cancel_a_task_has_the_one_poll_that_it_was_woken_for_and_no_other() {
    holds_in_order(async || {
        let polls = Count::new();
        let busy = spawn_in_order(polls.polls(async {
            loop {
                yield_now().await;
            }
        }));
        let idle = spawn_in_order(polls.polls(sleep(secs(1))));
        yield_now().await;
        yield_now().await;
        assert_eq!(polls.get(), 3);
        assert!(busy.cancel() && idle.cancel());
        assert!(busy.await.unwrap_err().is_cancelled());
        assert!(idle.await.unwrap_err().is_cancelled());
        assert_eq!(polls.get(), 4, "the busy one's");
        sleep(secs(2)).await;
        assert_eq!(polls.get(), 4);
    });
}
