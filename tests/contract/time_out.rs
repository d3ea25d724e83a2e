//! WF rows to WF-12: time limits, and what a limit owes its future. The others stand in
//! `time_out_nested.rs`.

use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::time::Duration;

use tourbillon::task::By;
use tourbillon::{Either, Runtime, TaskError, TimedOut, advance, join, now, oneshot, race, sleep};
use tourbillon::{shield, sleep_until, spawn_local, tasks, wait_for, wait_until, yield_now};

use crate::support::{holds, holds_in_order, holds_outside, rest, spawn, spawn_in_order, test_on};
use crate::tools::{Count, Log, OnDrop, Recorder, message, millis, secs};

#[test]
fn wf_01_a_limit_that_is_over_already_polls_the_future_once() {
    holds(async || {
        let past = now();
        advance(secs(1));
        let polls = Count::new();
        let start = now();
        let zero = wait_for(polls.polls(pending::<()>()), secs(0)).await;
        let late = wait_until(polls.polls(pending::<()>()), past).await;
        assert_eq!((zero, late), (Err(TimedOut), Err(TimedOut)));
        assert_eq!(polls.get(), 2);
        assert_eq!(wait_for(polls.polls(ready(7)), secs(0)).await, Ok(7));
        assert_eq!(wait_until(polls.polls(ready(7)), past).await, Ok(7));
        assert_eq!(polls.get(), 4);
        // A finished task gives its value; one that is ready to run, but did not, is cancelled.
        let finished = spawn(async { 7 });
        rest().await;
        assert_eq!(wait_for(finished, secs(0)).await.unwrap().unwrap(), 7);
        let fresh = spawn_local(polls.polls(ready(7)));
        assert!(wait_for(fresh, secs(0)).await.is_err());
        rest().await;
        assert_eq!((polls.get(), tasks().len()), (4, 0));
        assert_eq!(now(), start);
    });
}

type Waiting = Pin<Box<dyn Future<Output = Result<u32, TimedOut>>>>;

/// A future, a one-shot and a task of which each has a 7 after `due`, under a limit of 100 ms.
/// What is to bring the value sets its timer before the limit's is set.
fn under_a_limit(due: Duration) -> [Waiting; 3] {
    let limit = millis(100);
    let work = move || async move {
        sleep(due).await;
        7
    };
    let (sender, receiver) = oneshot::channel();
    let sending = spawn_in_order(async move { sender.send(work().await) });
    let task = spawn_in_order(work());
    [
        Box::pin(wait_for(work(), limit)),
        Box::pin(async move {
            let waited = wait_for(receiver, limit).await;
            let sent = sending.await.unwrap();
            assert_eq!(sent.is_err(), waited.is_err(), "the sender has it back");
            waited.map(|value| value.unwrap())
        }),
        Box::pin(async move { Ok(wait_for(task, limit).await?.unwrap()) }),
    ]
}

#[test]
fn wf_02_of_what_is_due_in_one_pass_the_value_wins_unless_it_comes_after_the_limit() {
    holds_in_order(async || {
        let table = [
            (97, [Ok(7), Ok(7), Ok(7)]),
            (100, [Ok(7), Ok(7), Ok(7)]),
            // A future sees its own clock. What somebody else is about to bring comes too late.
            (103, [Ok(7), Err(TimedOut), Err(TimedOut)]),
        ];
        for (due, expected) in table {
            let waits = under_a_limit(millis(due)).map(spawn_local);
            // The tasks that bring a value set their timers in the first round, as do the waits.
            rest().await;
            advance(millis(110));
            let names = ["a future", "a one-shot", "a task"];
            for ((name, wait), expected) in names.into_iter().zip(waits).zip(expected) {
                assert_eq!(wait.await.unwrap(), expected, "{name}, due after {due} ms");
            }
        }
        // At the same instant, the limit having been set first.
        let (sender, receiver) = oneshot::channel();
        let waiting = spawn_in_order(wait_for(receiver, secs(3)));
        let sending = spawn_in_order(async move {
            sleep(secs(3)).await;
            sender.send(7)
        });
        let (waited, sent) = join(waiting, sending).await;
        assert_eq!(waited.unwrap(), Err(TimedOut));
        assert_eq!(sent.unwrap(), Err(7));
        // A future's own timer may be the later one.
        let deadline = now() + secs(5);
        let late = async {
            sleep(secs(1)).await;
            sleep_until(deadline).await;
            "value"
        };
        assert_eq!(wait_until(late, deadline).await, Ok("value"));
    });
}

#[test]
fn wf_03_a_result_that_comes_3_ms_before_the_limit_is_the_result() {
    holds(async || {
        let start = now();
        let early = async {
            sleep(millis(997)).await;
            7
        };
        assert_eq!(wait_for(early, secs(1)).await, Ok(7));
        assert_eq!(now() - start, millis(997));
        for far in [Duration::MAX, millis(1 << 32)] {
            assert_eq!(wait_for(sleep(millis(3)), far).await, Ok(()));
        }
        assert_eq!(now() - start, millis(1_003));
    });
}

#[test]
fn wf_04_a_future_whose_time_is_up_cannot_answer_any_more() {
    holds(async || {
        let (sender, mut answer) = oneshot::channel();
        let (mut sender, polls) = (Some(sender), Count::new());
        let answers = OnDrop(move || sender.take().unwrap().send(42).unwrap());
        let stubborn = polls.polls(async move {
            let _answers = answers;
            pending::<u32>().await
        });
        assert_eq!(wait_for(stubborn, secs(1)).await, Err(TimedOut));
        assert_eq!(answer.try_recv(), Ok(42), "its drop ran");
        let polled = polls.get();
        sleep(secs(1)).await;
        assert_eq!(polls.get(), polled);
    });
}

/// Waits for ever; its drop is counted, and panics.
async fn explosive(drops: Count) {
    let _bomb = OnDrop(move || {
        drops.add();
        panic!("dropped");
    });
    pending::<()>().await;
}

#[test]
fn wf_05_a_panic_in_the_drop_of_a_future_whose_time_is_up_replaces_the_time_out() {
    holds(async || {
        let drops = Count::new();
        let limited = spawn(wait_for(explosive(drops.clone()), secs(1)));
        let died = limited.await.unwrap_err().into_panic();
        assert_eq!((message(&*died), drops.get()), ("dropped".into(), 1));
        // A task's is its own: it is dropped later, and by the loop.
        let task = spawn_local(explosive(drops.clone()));
        assert!(matches!(wait_for(task, secs(1)).await, Err(TimedOut)));
        assert_eq!(drops.get(), 1);
        rest().await;
        assert_eq!((drops.get(), tasks().len()), (2, 0));
    });
}

#[test]
fn wf_06_a_time_out_is_told_after_the_drop_and_waits_for_no_cleanup() {
    holds(async || {
        let log = Log::new();
        let own = log.clone();
        let cleans_up = OnDrop(move || {
            own.add("dropped");
            let own = own.clone();
            let cleanup = async move {
                sleep(millis(50)).await;
                own.add("cleaned up");
            };
            spawn(cleanup).detach();
        });
        let work = async move {
            let _cleans_up = cleans_up;
            pending::<()>().await;
        };
        let start = now();
        let mut late = std::pin::pin!(wait_for(work, millis(5)));
        assert_eq!(poll_fn(|cx| late.as_mut().poll(cx)).await, Err(TimedOut));
        // `late` itself is still there.
        assert_eq!(log.take(), ["dropped"]);
        assert_eq!(now() - start, millis(5));
        sleep(millis(50)).await;
        rest().await;
        assert_eq!(log.take(), ["cleaned up"]);
    });
}

/// A task whose limit comes in the turn in which it is cancelled; after that it ends, or has
/// `more` to do. And the line at which it was cancelled.
async fn cancelled_at_its_limit(
    cancel: &str,
    more: bool,
) -> (Result<Result<(), TimedOut>, TaskError>, u32) {
    let task = spawn_in_order(async move {
        let limited = wait_for(pending::<()>(), secs(3)).await;
        if more {
            rest().await;
        }
        limited
    });
    if cancel == "before" {
        rest().await;
        let line = line!() + 1;
        task.cancel_because("outside");
        advance(secs(3));
        return (task.await, line);
    }
    // This timer is set before the limit's is, and fires before it in the same look.
    let canceller = task.canceller();
    let cancels = async move {
        sleep(secs(3)).await;
        let line = line!() + 1;
        canceller.cancel_because("outside");
        line
    };
    let (line, limited) = join(cancels, task).await;
    (limited, line)
}

#[test]
fn wf_07_a_cancel_in_the_turn_of_the_time_out_ends_what_the_time_out_does_not() {
    holds_in_order(async || {
        for cancel in ["before", "with"] {
            let (cancelled, line) = cancelled_at_its_limit(cancel, true).await;
            let cancelled = cancelled.unwrap_err();
            assert!(cancelled.is_cancelled(), "{cancel}");
            let reason = cancelled.reason().expect("a cancel has a reason");
            assert_eq!(reason.by(), By::Handle, "{cancel}");
            assert_eq!(reason.text(), Some("outside"), "{cancel}");
            let place = reason.place().expect("cancel was called somewhere");
            assert_eq!((place.file(), place.line()), (file!(), line), "{cancel}");
            // The poll that it was woken for was its last: what it returned stands.
            let (ended, _) = cancelled_at_its_limit(cancel, false).await;
            assert_eq!(ended.unwrap(), Err(TimedOut), "{cancel}");
        }
    });
}

#[test]
fn wf_08_whoever_drops_the_wait_drops_the_future_and_its_timer() {
    holds(async || {
        let log = Log::new();
        let inner = |name: &str| {
            let guard = log.on_drop(name);
            async move {
                let _guard = guard;
                pending::<()>().await;
            }
        };
        let task = spawn(wait_for(inner("in a task"), secs(10)));
        rest().await;
        task.cancel_because("outside");
        let reason = task.await.unwrap_err().reason().unwrap();
        assert_eq!((reason.by(), reason.text()), (By::Handle, Some("outside")));
        assert_eq!(log.take(), ["in a task"]);
        let start = now();
        let first = race(wait_for(inner("in a race"), secs(10)), ready(7)).await;
        assert_eq!(first, Either::Right(7));
        assert_eq!(log.take(), ["in a race"]);
        assert_eq!(now(), start);
    });
}

#[test]
fn wf_09_a_task_given_by_value_is_cancelled_and_a_borrowed_or_shielded_one_runs_on() {
    holds(async || {
        let log = Log::new();
        let work = |name: &'static str| {
            let log = log.clone();
            async move {
                sleep(secs(5)).await;
                log.add(name);
                7
            }
        };
        assert!(wait_for(spawn(work("given")), secs(3)).await.is_err());
        let mut borrowed = spawn(work("borrowed"));
        assert!(wait_for(&mut borrowed, secs(3)).await.is_err());
        assert!(!borrowed.is_finished());
        assert_eq!(borrowed.await.unwrap(), 7);
        assert!(wait_for(shield(work("shielded")), secs(3)).await.is_err());
        assert_eq!(tasks().len(), 1, "it runs on");
        sleep(secs(5)).await;
        rest().await;
        assert_eq!(log.take(), ["borrowed", "shielded"]);
        assert!(tasks().is_empty());
    });
}

#[test]
fn wf_10_that_a_third_cancelled_the_task_is_its_result_and_not_a_time_out() {
    holds(async || {
        let start = now();
        for borrow in [false, true] {
            let mut task = spawn(pending::<()>());
            let canceller = task.canceller();
            let third = spawn(async move { canceller.cancel() });
            let waited = if borrow {
                wait_for(&mut task, secs(3)).await
            } else {
                wait_for(task, secs(3)).await
            };
            assert!(waited.expect("no limit fired").unwrap_err().is_cancelled());
            assert!(third.await.unwrap());
        }
        assert_eq!(now(), start);
    });
}

#[test]
fn wf_11_a_time_out_of_the_futures_own_is_its_result() {
    holds(async || {
        let own = wait_for(pending::<()>(), secs(1));
        assert_eq!(wait_for(own, secs(3)).await, Ok(Err(TimedOut)));
        let told = async { Err::<(), TimedOut>(TimedOut) };
        assert_eq!(wait_for(told, secs(3)).await, Ok(Err(TimedOut)));
    });
}

#[test]
fn wf_12_a_limit_is_seen_where_the_future_waits_and_an_eager_one_has_to() {
    holds_outside(|workers| {
        let recorder = Recorder::new();
        let runtime = Runtime::builder().virtual_clock().workers(workers);
        let runtime = runtime.slow_poll(Duration::ZERO);
        let runtime = runtime.observer(recorder.clone()).build().unwrap();
        runtime.block_on(async {
            let busy = async {
                yield_now().await;
                recorder.take();
                advance(secs(10));
                "done"
            };
            assert_eq!(wait_for(busy, secs(3)).await, Ok("done"));
        });
        assert!(recorder.take().contains(&"slow 0 -".to_owned()));

        let rounds = Count::new();
        test_on(workers, async {
            let eager = async {
                loop {
                    let (sender, receiver) = oneshot::channel();
                    sender.send(()).unwrap();
                    receiver.await.unwrap();
                    rounds.add();
                    if rounds.get() == 1_000 {
                        advance(secs(3));
                    }
                }
            };
            let limited: Result<(), TimedOut> = wait_for(eager, secs(3)).await;
            assert_eq!(limited, Err(TimedOut));
        });
        // What is left of the budget of that poll, and of one in which the future is asked first.
        assert!(rounds.get() <= 1_000 + 2 * 128, "{} rounds", rounds.get());
    });
}
