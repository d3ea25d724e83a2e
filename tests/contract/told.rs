//! CA-7, CA-12, CA-15 and FU-7: what a cancel, a shield and a failure that nobody looked at tell.

use std::future::pending;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use tourbillon::task::{self, By, Reason};
use tourbillon::{Builder, Event, Observer, Runtime, Task, TaskError, Unhandled, now, shield};
use tourbillon::{sleep, try_task_group, wait_for, yield_now};

use crate::support::{holds, holds_outside, rest, spawn, workers};
use crate::tools::{Log, in_time, secs};

/// Says why a task was cancelled.
async fn why<T>(task: Task<T>) -> Reason {
    let ended = task.await.map(drop);
    ended.unwrap_err().reason().expect("it was cancelled")
}

#[test]
fn ca_07_of_several_cancels_the_first_reason_stays_in_whatever_state_and_from_wherever() {
    holds(async || {
        for polls in [0, 1] {
            let task = spawn(sleep(secs(5)));
            for _ in 0..polls {
                yield_now().await;
            }
            let line = line!() + 1;
            assert!(task.cancel_because("first"));
            let again = task.cancel_because("second") && task.cancel();
            assert!(again || workers() > 1, "it is not over");
            let reason = why(task).await;
            assert_eq!((reason.by(), reason.text()), (By::Handle, Some("first")));
            let place: &Location<'_> = reason.place().unwrap();
            assert_eq!((place.file(), place.line()), (file!(), line));
        }
        // Without a text the first is still the first.
        let task = spawn(pending::<()>());
        task.cancel();
        task.cancel_because("late");
        assert_eq!(why(task).await.text(), None);
        // Another thread's.
        let task = spawn(pending::<()>());
        let canceller = task.canceller();
        let thread = std::thread::spawn(move || canceller.cancel_because("a thread"));
        assert!(thread.join().unwrap());
        task.cancel_because("the owner");
        assert_eq!(why(task).await.text(), Some("a thread"));
    });
}

/// Writes down why tasks were cancelled, and which failures nobody looked at.
#[derive(Clone, Default)]
struct Listens {
    reasons: Arc<Mutex<Vec<Reason>>>,
    unhandled: Log,
}

impl Observer for Listens {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Cancelled { reason, .. } => self.reasons.lock().unwrap().push(*reason),
            Event::Unhandled {
                name, place, what, ..
            } => {
                assert_eq!(place.file(), file!());
                let name = name.unwrap_or("-");
                self.unhandled.add(format!("{name} {what}"));
            }
            _ => (),
        }
    }
}

/// A runtime with an observer that hears what would else be written to the standard error stream.
fn heard(workers: usize) -> (Runtime, Listens) {
    let listens = Listens::default();
    let builder: Builder = Runtime::builder().virtual_clock().workers(workers);
    let builder = builder.observer(listens.clone());
    let runtime = builder.unhandled(Unhandled::Ignore).build();
    (runtime.unwrap(), listens)
}

#[test]
fn ca_12_whoever_awaits_a_cancelled_task_is_told_by_whom_why_and_where_and_is_not_cancelled() {
    holds(async || {
        let child = spawn(pending::<()>());
        let canceller = child.canceller();
        let parent = spawn(async {
            let told = child.await.unwrap_err();
            // A task that was cancelled itself would not get past an await.
            yield_now().await;
            told
        });
        rest().await;
        let line = line!() + 1;
        assert!(canceller.cancel_because("enough"));
        let told = parent.await.expect("the parent was not cancelled");
        assert!(told.is_cancelled() && !told.is_panic());
        let reason = told.reason().unwrap();
        assert_eq!((reason.by(), reason.text()), (By::Handle, Some("enough")));
        let place = reason.place().unwrap();
        assert_eq!((place.file(), place.line()), (file!(), line));
    });
    holds_outside(|workers| in_time(move || each_way_to_be_cancelled_has_its_name(workers)));
}

fn each_way_to_be_cancelled_has_its_name(workers: usize) {
    let (runtime, listens) = heard(workers);
    let left = runtime.handle().spawn(pending::<()>());
    runtime.block_on(async {
        let endless = || spawn(pending::<()>());
        drop(endless());
        rest().await;
        assert!(wait_for(endless(), secs(1)).await.is_err());
        rest().await;
        let owned = endless();
        let failed: Result<(), _> = try_task_group(async |group| {
            group.spawn(async { owned.await.map_err(|_| "cancelled") });
            rest().await;
            Err("the body")
        })
        .await;
        assert!(failed.is_err());
        rest().await;
    });
    drop(runtime);
    let reasons = std::mem::take(&mut *listens.reasons.lock().unwrap());
    let by: Vec<_> = reasons.iter().map(Reason::by).collect();
    assert_eq!(by, [By::Drop, By::TimeOut, By::Group, By::Shutdown]);
    let placed: Vec<_> = reasons
        .iter()
        .map(|reason| reason.place().is_some())
        .collect();
    assert_eq!(placed, [false, true, true, false]);
    let reason = futures_lite::future::block_on(why(left));
    assert_eq!(reason.by(), By::Shutdown);
}

async fn fails_later() {
    sleep(secs(2)).await;
    panic!("behind the shield");
}

#[test]
fn ca_15_a_shield_ends_with_its_waiter_and_what_it_shields_runs_on() {
    holds(async || {
        let (log, start) = (Log::new(), now());
        let own = log.clone();
        let waiter = spawn(async {
            let inner = async move {
                sleep(secs(4)).await;
                own.add("inner");
            };
            shield(inner).await
        });
        sleep(secs(1)).await;
        assert!(waiter.cancel());
        assert!(waiter.await.unwrap_err().is_cancelled());
        assert_eq!((now() - start, log.take().len()), (secs(1), 0));
        sleep(secs(3)).await;
        rest().await;
        assert_eq!(log.take(), ["inner"]);
        // Whoever waits long enough has its value; a time-out is the waiter's only.
        assert_eq!(shield(async { 7 }).await.unwrap(), 7);
        let own = log.clone();
        let inner = async move {
            sleep(secs(4)).await;
            own.add("inner");
        };
        assert!(wait_for(shield(inner), secs(1)).await.is_err());
        sleep(secs(4)).await;
        assert_eq!(log.take(), ["inner"]);
    });
    holds_outside(|workers| {
        in_time(move || {
            let (runtime, listens) = heard(workers);
            runtime.block_on(async {
                let waited = wait_for(shield(fails_later()), secs(1)).await;
                assert!(waited.is_err());
                sleep(secs(2)).await;
            });
            let told = listens.unhandled.take();
            assert_eq!(told, ["- panicked: behind the shield"], "lost");
        });
    });
}

#[test]
fn fu_07_a_failure_that_nobody_looked_at_is_reported_once_with_name_and_place() {
    holds_outside(|workers| {
        in_time(move || {
            let (runtime, listens) = heard(workers);
            let named = |name: &str| task::Builder::new().name(name);
            let panics = async || panic!("a panic");
            let told = || listens.unhandled.take();
            runtime.block_on(async {
                let awaited = named("awaited").spawn(panics()).await;
                let awaited: TaskError = awaited.unwrap_err();
                assert!(awaited.is_panic());
                let cancelled = named("cancelled").spawn(pending::<Result<(), &str>>());
                let canceller = cancelled.canceller();
                cancelled.detach_reporting();
                canceller.cancel();
                named("well")
                    .spawn(async { Ok::<_, &str>(7) })
                    .detach_reporting();
                named("unasked")
                    .spawn(async { Err::<(), _>("an error") })
                    .detach();
                sleep(secs(1)).await;
                assert_eq!(told(), [""; 0]);
                let dropped: Task<()> = named("dropped").spawn(panics());
                sleep(secs(1)).await;
                assert_eq!(told(), [""; 0], "its handle can still be awaited");
                drop(dropped);
                assert_eq!(told(), ["dropped panicked: a panic"]);
                let detached: Task<()> = named("detached").spawn(panics());
                detached.detach();
                named("fails")
                    .spawn(async { Err::<(), _>("an error") })
                    .detach_reporting();
                sleep(secs(1)).await;
                let both = ["detached panicked: a panic", "fails failed: an error"];
                let mut told = told();
                told.sort();
                assert_eq!(told, both);
            });
            drop(runtime);
            assert_eq!(told(), [""; 0], "told twice");
        });
    });
}
