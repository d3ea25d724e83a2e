//! CA rows: who is cancelled when, who is told, and what is dropped in which order.

use tourbillon::{Canceller, Task, oneshot, sleep, spawn, yield_now};

use crate::pair::{Python, Tourbillon, agrees, departs, finally, log};
use crate::tasks::{guarded, sleeper};
use crate::tools::secs;

/// Whether the task took the cancel.
fn took(cancelled: bool) -> &'static str {
    if cancelled { "takes" } else { "refuses" }
}

/// How a task ended.
async fn end_of<T: ToString>(task: Task<T>) -> String {
    match task.await {
        Ok(value) => value.to_string(),
        Err(error) => match error.reason().and_then(|reason| reason.text()) {
            Some(text) => text.to_owned(),
            None => "a cancel".to_owned(),
        },
    }
}

#[test]
fn ca_01_a_task_that_was_never_polled_never_is() {
    agrees(async || {
        let [a, b, c] = ["a", "b", "c"].map(|name| spawn(guarded(name, 0)));
        log(format!("b {} a cancel", took(b.cancel())));
        log(format!("b ends with {}", end_of(b).await));
        log(format!("a ends with {}", end_of(a).await));
        log(format!("c ends with {}", end_of(c).await));
    });
}

#[test]
fn ca_02_a_task_that_is_over_refuses_a_cancel_and_keeps_its_value() {
    agrees(async || {
        let finished = spawn(async {
            log("a ends");
            42
        });
        let mut cancelled = spawn(guarded("b", 1));
        yield_now().await;
        log(format!("b {} a cancel", took(cancelled.cancel())));
        assert!((&mut cancelled).await.is_err());
        log("main has the end of b");
        log(format!("b {} a cancel", took(cancelled.cancel())));
        log(format!("a {} a cancel", took(finished.cancel())));
        log(format!("a ends with {}", end_of(finished).await));
    });
}

#[test]
fn ca_03_a_cancel_has_not_happened_yet_when_it_was_asked_for() {
    agrees(async || {
        let over = |task: &Task<_>| {
            if task.is_finished() {
                "over"
            } else {
                "not over"
            }
        };
        let mut a = spawn(guarded("a", 1));
        let b = spawn(guarded("b", 2));
        yield_now().await;
        log(format!("a {} a cancel", took(a.cancel())));
        log(format!("a is {}", over(&a)));
        assert!((&mut a).await.unwrap_err().is_cancelled());
        log(format!("a is {}", over(&a)));
        log(format!("b is {}", over(&b)));
        log(format!("b ends with {}", end_of(b).await));
    });
}

#[test]
fn ca_03_what_is_cancelled_goes_in_the_order_of_the_cancels() {
    agrees(async || {
        let names = [("a", 1), ("b", 2), ("c", 3), ("d", 4)];
        let tasks = names.map(|(name, seconds)| spawn(guarded(name, seconds)));
        yield_now().await;
        for n in [2, 0, 3, 1] {
            tasks[n].cancel();
        }
        log("main has cancelled");
        yield_now().await;
        log("main was away");
    });
}

#[test]
fn ca_03_what_is_cancelled_cleans_up_from_the_inside_out() {
    agrees(async || {
        let tasks = [("a", 1), ("b", 2)].map(|(name, seconds)| {
            spawn(async move {
                let _outer = finally(format!("{name} closes the outer door"));
                let _inner = finally(format!("{name} closes the inner door"));
                guarded(name, seconds).await
            })
        });
        yield_now().await;
        for task in tasks {
            log(format!("the task {} a cancel", took(task.cancel())));
            log(format!("the task ends with {}", end_of(task).await));
        }
    });
}

#[test]
fn ca_07_of_two_reasons_the_first_stays() {
    agrees(async || {
        let tasks = [("a", 1), ("b", 2)].map(|(name, seconds)| spawn(guarded(name, seconds)));
        yield_now().await;
        for task in &tasks {
            task.cancel_because("the first reason");
            task.cancel_because("the second reason");
        }
        log("main has cancelled");
        for task in tasks {
            log(format!("main has {}", end_of(task).await));
        }
    });
}

/// asyncio keeps the last reason that comes before a task's first step, and the first afterwards.
#[test]
fn ca_07_of_two_reasons_the_first_stays_also_before_the_first_poll() {
    let python = Python(&[
        "0 a takes a cancel",
        "0 a takes a cancel",
        "0 b starts",
        "0 c starts",
        "0 main has the second reason",
        "1 b ends",
        "1 b is gone",
        "1 main has b",
        "3 c ends",
        "3 c is gone",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a takes a cancel",
        "0 a takes a cancel",
        "0 b starts",
        "0 c starts",
        "0 main has the first reason",
        "1 b ends",
        "1 b is gone",
        "1 main has b",
        "3 c ends",
        "3 c is gone",
    ]);
    departs(python, tourbillon, async || {
        let a = spawn(guarded("a", 2));
        let b = spawn(guarded("b", 1));
        let c = spawn(guarded("c", 3));
        for reason in ["the first reason", "the second reason"] {
            log(format!("a {} a cancel", took(a.cancel_because(reason))));
        }
        log(format!("main has {}", end_of(a).await));
        log(format!("main has {}", end_of(b).await));
        c.await.unwrap();
    });
}

/// A poll that ends a task wins over a cancel; asyncio throws the value away.
#[test]
fn ca_08_a_task_that_cancels_itself_and_returns_keeps_its_value() {
    let python = Python(&[
        "0 a takes a cancel",
        "0 a returns",
        "0 b takes a cancel",
        "0 b waits",
        "0 a ends with a cancel",
        "0 b ends with a cancel",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a takes a cancel",
        "0 a returns",
        "0 b takes a cancel",
        "0 b waits",
        "0 a ends with 42",
        "0 b ends with a cancel",
    ]);
    departs(python, tourbillon, async || {
        let (for_a, of_a) = oneshot::channel::<Canceller>();
        let (for_b, of_b) = oneshot::channel::<Canceller>();
        let a = spawn(async {
            log(format!("a {} a cancel", took(of_a.await.unwrap().cancel())));
            log("a returns");
            42
        });
        let b = spawn(async {
            log(format!("b {} a cancel", took(of_b.await.unwrap().cancel())));
            log("b waits");
            sleep(secs(1)).await;
            43
        });
        for_a.send(a.canceller()).unwrap();
        for_b.send(b.canceller()).unwrap();
        log(format!("a ends with {}", end_of(a).await));
        log(format!("b ends with {}", end_of(b).await));
    });
}

/// Who was woken gets the poll that it was woken for; in asyncio the value is lost.
#[test]
fn ca_09_a_value_that_was_handed_over_survives_a_cancel() {
    let python = Python(&[
        "0 a waits",
        "0 b waits",
        "0 main sends to both and cancels a",
        "0 b has 43",
        "0 a ends with a cancel",
        "0 b ends with 43",
    ]);
    let tourbillon = Tourbillon(&[
        "0 a waits",
        "0 b waits",
        "0 main sends to both and cancels a",
        "0 a has 42",
        "0 b has 43",
        "0 a ends with 42",
        "0 b ends with 43",
    ]);
    departs(python, tourbillon, async || {
        let waiter = async |name: &'static str, receiver: oneshot::Receiver<i32>| {
            log(format!("{name} waits"));
            let value = receiver.await.unwrap();
            log(format!("{name} has {value}"));
            value
        };
        let (to_a, from_main) = oneshot::channel();
        let a = spawn(waiter("a", from_main));
        let (to_b, from_main) = oneshot::channel();
        let b = spawn(waiter("b", from_main));
        yield_now().await;
        log("main sends to both and cancels a");
        to_a.send(42).unwrap();
        to_b.send(43).unwrap();
        a.cancel();
        log(format!("a ends with {}", end_of(a).await));
        log(format!("b ends with {}", end_of(b).await));
    });
}

/// Here the parent is dropped, and with it the handle of its child. asyncio hands the cancel down
/// to the child, and the parent goes when the child is gone.
#[test]
fn ca_10_the_cancel_of_a_parent_reaches_the_child_after_the_parent() {
    let python = Python(&[
        "0 parent starts",
        "0 other starts",
        "0 child starts",
        "1 other ends",
        "1 main cancels the parent",
        "1 child is gone",
        "1 parent is gone",
        "1 main has a cancel",
    ]);
    let tourbillon = Tourbillon(&[
        "0 parent starts",
        "0 other starts",
        "0 child starts",
        "1 other ends",
        "1 main cancels the parent",
        "1 parent is gone",
        "1 child is gone",
        "1 main has a cancel",
    ]);
    departs(python, tourbillon, async || {
        let parent = spawn(async {
            let _finally = finally("parent is gone");
            log("parent starts");
            spawn(guarded("child", 2)).await.unwrap()
        });
        let other = spawn(sleeper("other", 1));
        other.await.unwrap();
        log("main cancels the parent");
        parent.cancel();
        log(format!("main has {}", end_of(parent).await));
    });
}

#[test]
fn ca_12_who_awaits_a_task_that_somebody_cancelled_is_told_and_goes_on() {
    agrees(async || {
        let child = spawn(guarded("child", 2));
        let canceller = child.canceller();
        let parent = spawn(async {
            log("parent waits");
            log(format!("parent has {}", end_of(child).await));
            sleep(secs(3)).await;
            log("parent ends");
        });
        sleep(secs(1)).await;
        log("main cancels the child");
        canceller.cancel();
        parent.await.unwrap();
        log("main has the end of the parent");
    });
}
