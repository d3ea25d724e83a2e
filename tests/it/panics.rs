//! Panics: a task's own, its future's drop's, its output's drop's; and the words of `TaskError`
//! (K3 to K6).
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::pending;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use tourbillon::{Runtime, Task, TaskError, block_on, join_all, sleep, spawn, test};
use tourbillon::{tasks, yield_now};

use crate::support::{Count, OnDrop, in_time, message, panic_of, secs};

/// Panics when it is dropped.
fn bomb() -> OnDrop<impl FnMut()> {
    OnDrop(|| panic!("dropped"))
}

#[test]
fn a_panic_ends_its_task_with_its_payload_and_nobody_else() {
    test(async {
        let sleeper = spawn(sleep(secs(1)));
        let text = spawn(async { panic!("number {}", 7) });
        let payload = spawn(async { std::panic::panic_any(7_u32) });
        let neighbour = spawn(async { "well" });
        let error: TaskError = text.await.unwrap_err();
        assert!(error.is_panic() && !error.is_cancelled());
        assert_eq!(message(&*error.into_panic()), "number 7");
        let error: TaskError = payload.await.unwrap_err();
        assert_eq!(*error.into_panic().downcast::<u32>().unwrap(), 7);
        assert_eq!(neighbour.await.unwrap(), "well");
        sleeper.await.unwrap();
    });
}

/// Ends as it is told; its drop panics.
struct Ends(Poll<&'static str>, #[expect(dead_code)] OnDrop<fn()>);

impl Future for Ends {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<&'static str> {
        assert!(self.0.is_ready(), "polled");
        self.0
    }
}

#[test]
fn a_drop_that_panics_after_the_end_of_its_future_is_how_the_task_ended_unless_the_poll_panicked() {
    let bomb = || OnDrop((|| panic!("dropped")) as fn());
    test(async {
        for (end, first) in [
            (Poll::Ready("a value"), "dropped"),
            (Poll::Pending, "polled"),
        ] {
            let error = spawn(Ends(end, bomb())).await.unwrap_err();
            assert_eq!(message(&*error.into_panic()), first, "{end:?}");
        }
        assert!(tasks().is_empty());
    });
}

#[test]
fn an_output_whose_drop_panics_hurts_nobody() {
    test(async {
        let start = || spawn(async { bomb() });
        // The handle goes before the task ends, and after it.
        start().detach();
        let done = start();
        yield_now().await;
        assert!(done.is_finished());
        drop(done);
        // The value is somebody's: then the panic is too.
        let value = start().await.map_err(|_| ()).unwrap();
        assert_eq!(panic_of(|| drop(value)), "dropped");
        assert_eq!(spawn(async { 7 }).await.unwrap(), 7);
    });
}

#[test]
fn at_shutdown_panics_of_drops_hurt_nobody() {
    let drops = Count::new();
    let (first, last) = (drops.on_drop(), drops.on_drop());
    block_on(async move {
        let keep = |guard| async move {
            let _guard = guard;
            pending::<()>().await;
        };
        spawn(keep(first)).detach();
        spawn(async {
            let _bomb = bomb();
            pending::<()>().await;
        })
        .detach();
        spawn(async { bomb() }).detach();
        spawn(keep(last)).detach();
        yield_now().await;
    });
    assert_eq!(drops.get(), 2);
}

#[test]
fn a_runtime_that_ends_by_a_panic_drops_its_tasks_all_the_same() {
    let drops = Count::new();
    let guard = drops.on_drop();
    let died = panic_of(|| {
        block_on(async {
            spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            })
            .detach();
            yield_now().await;
            panic!("the root");
        })
    });
    assert_eq!((died.as_str(), drops.get()), ("the root", 1));
}

#[test]
fn a_root_that_panics_leaves_a_runtime_that_goes_on() {
    in_time(|| {
        let runtime = Runtime::new().unwrap();
        let task = runtime.block_on(async { spawn(sleep(crate::support::millis(1))) });
        for _ in 0..3 {
            let died = panic_of(|| {
                runtime.block_on(async {
                    // A wake that comes during a poll that panics.
                    let _ = futures_lite::future::poll_once(yield_now()).await;
                    panic!("the root")
                })
            });
            assert_eq!(died, "the root");
        }
        runtime.block_on(task).unwrap();
    });
}

#[test]
fn a_poll_that_panics_leaves_no_budget_behind_for_other_executors() {
    let died = panic_of(|| {
        block_on(async {
            for _ in 0..128 {
                ready_value().await;
            }
            panic!("with an empty budget");
        })
    });
    assert_eq!(died, "with an empty budget");
    let mut context = Context::from_waker(std::task::Waker::noop());
    let mut value = Box::pin(ready_value());
    assert!(value.as_mut().poll(&mut context).is_ready());
}

async fn ready_value() {
    let (sender, receiver) = tourbillon::oneshot::channel();
    sender.send(()).unwrap();
    receiver.await.unwrap();
}

/// Spawns a task that is never over; says where.
fn endless() -> (Task<()>, &'static Location<'static>) {
    (spawn(pending()), Location::caller())
}

#[test]
fn an_error_says_which_task_why_and_where_it_was_cancelled() {
    test(async {
        let (task, _) = endless();
        let id = task.id();
        let line = line!() + 1;
        task.cancel_because("nobody needs it");
        let error = task.await.unwrap_err();
        let file = file!();
        let why = "was cancelled: nobody needs it";
        assert_eq!(
            error.to_string(),
            format!("task {id} {why} (at {file}:{line}:14)")
        );
        assert_eq!(format!("{error:?}"), format!("TaskError({error})"));
        assert_eq!(error.task(), id);

        let (task, _) = endless();
        task.cancel();
        let error = task.await.unwrap_err().to_string();
        assert!(error.contains(" was cancelled (at "), "{error}");

        let panicked = spawn(async { panic!("a text") });
        let error: TaskError = panicked.await.unwrap_err();
        assert!(error.to_string().ends_with(" panicked: a text"), "{error}");
        let panicked = spawn(async { std::panic::panic_any(7) });
        let error: TaskError = panicked.await.unwrap_err();
        assert!(error.to_string().ends_with(" panicked"), "{error}");
    });
}

#[test]
fn an_error_of_a_cancel_has_no_panic_to_take() {
    test(async {
        let (task, _) = endless();
        task.cancel();
        let error = task.await.unwrap_err();
        let error = error.try_into_panic().expect_err("it was cancelled");
        assert!(error.is_cancelled());
        let refused = panic_of(|| error.into_panic());
        assert!(refused.contains("is_panic()"), "{refused}");
    });
}

#[test]
fn a_task_that_is_cut_off_by_the_end_of_its_runtime_says_so() {
    let runtime = Runtime::new().unwrap();
    let (waiting, (reasoned, _)) = runtime.block_on(async { (endless().0, endless()) });
    reasoned.cancel_because("before the end");
    drop(runtime);
    let error = futures_lite::future::block_on(waiting).unwrap_err();
    assert!(error.is_cancelled());
    assert!(
        error.to_string().ends_with(" was cancelled by shutdown"),
        "{error}"
    );
    let error = futures_lite::future::block_on(reasoned).unwrap_err();
    assert_eq!(error.reason().unwrap().text(), Some("before the end"));
}

#[test]
fn a_panicking_child_of_a_join_takes_only_the_parents_task_with_it() {
    test(async {
        let drops = Count::new();
        let guard = drops.on_drop();
        let child = |guard: Option<OnDrop<_>>| async move {
            match guard {
                Some(_guard) => pending::<()>().await,
                None => panic!("a child"),
            }
        };
        let parent = spawn(join_all([child(Some(guard)), child(None)]));
        let error = parent.await.map(drop).unwrap_err();
        assert_eq!(message(&*error.into_panic()), "a child");
        assert_eq!(drops.get(), 1);
    });
}
