//! What a runtime tells its observer (D12).
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::poll_fn;
use std::task::Poll;

use tourbillon::task::Builder;
use tourbillon::yield_now;
use tourbillon::{Event, Observer, Runtime, join_all, now, oneshot, sleep, spawn, tasks};

use crate::support::{Count, Recorder, secs};

#[test]
fn a_tiny_program_makes_exactly_these_events() {
    let recorder = Recorder::new();
    let runtime = Runtime::builder()
        .virtual_clock()
        .observer(recorder.clone());
    let runtime = runtime.build().unwrap();
    runtime.block_on(async {
        let task = Builder::new().name("tiny").spawn(async {
            yield_now().await;
            sleep(secs(3)).await;
        });
        task.await.unwrap();
    });
    let expected = [
        "queued 0",
        "turn 1 ready 1",
        "poll 0",
        "spawned 1 tiny",
        "Pending 0",
        "turn 2 ready 1",
        "poll 1",
        "Again 1",
        "turn 3 ready 1",
        "poll 1",
        "Pending 1",
        "parked Some(3s)",
        "unparked",
        "looked 1",
        "queued 1",
        "turn 4 ready 1",
        "poll 1",
        "queued 0",
        "Over 1",
        "turn 5 ready 1",
        "poll 0",
        "Over 0",
    ];
    assert_eq!(recorder.take(), expected);
}

#[test]
fn a_wake_from_another_thread_is_told_as_remote() {
    let recorder = Recorder::new();
    let runtime = Runtime::builder()
        .observer(recorder.clone())
        .build()
        .unwrap();
    let (sender, receiver) = oneshot::channel();
    let task = runtime.block_on(async {
        let task = spawn(receiver);
        yield_now().await;
        task
    });
    recorder.take();
    std::thread::spawn(move || sender.send(7).unwrap())
        .join()
        .unwrap();
    assert_eq!(recorder.take(), ["queued 1 remotely"]);
    assert_eq!(runtime.block_on(task).unwrap(), Ok(7));
}

#[test]
fn many_wakes_of_the_root_from_another_thread_are_one_letter() {
    let recorder = Recorder::new();
    let runtime = Runtime::builder()
        .observer(recorder.clone())
        .build()
        .unwrap();
    let mut first = true;
    runtime.block_on(poll_fn(|cx| {
        if !std::mem::take(&mut first) {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let wakes = move || (0..3).for_each(|_| waker.wake_by_ref());
        std::thread::spawn(wakes).join().unwrap();
        Poll::Pending
    }));
    let told = recorder.take();
    let letters = told.iter().filter(|line| *line == "queued 0 remotely");
    assert_eq!(letters.count(), 1, "{told:?}");
    let polls = told.iter().filter(|line| *line == "poll 0");
    assert_eq!(polls.count(), 2, "{told:?}");
}

#[test]
fn a_root_that_yields_goes_to_the_back_like_any_task() {
    let recorder = Recorder::new();
    let runtime = Runtime::builder()
        .observer(recorder.clone())
        .build()
        .unwrap();
    runtime.block_on(yield_now());
    let told = recorder.take();
    assert!(told.contains(&"Again 0".to_owned()), "{told:?}");
}

#[test]
fn a_cancelled_task_is_told_as_over_and_a_woken_one_is_polled_first() {
    let recorder = Recorder::new();
    let runtime = Runtime::builder()
        .observer(recorder.clone())
        .build()
        .unwrap();
    runtime.block_on(async {
        let (fresh, woken) = (spawn(async {}), spawn(yield_now()));
        fresh.cancel();
        yield_now().await;
        woken.cancel();
        woken.await.unwrap();
        fresh.await.unwrap_err();
    });
    let told = recorder.take();
    let of = |task: &str| {
        let ends = format!(" {task}");
        let own = told.iter().filter(|line| line.ends_with(&ends));
        let own = own.filter(|line| !line.starts_with("turn"));
        own.cloned().collect::<Vec<_>>()
    };
    assert_eq!(of("1"), ["poll 1", "Over 1"]);
    assert_eq!(of("2"), ["poll 2", "Again 2", "poll 2", "Over 2"]);
}

/// Asks the runtime at every event.
struct Asks(Count);

impl Observer for Asks {
    fn event(&self, _event: &Event<'_>) {
        if tourbillon::Handle::try_current().is_some() {
            let seen = tasks().len();
            assert!(seen <= 20 && now() <= now());
            self.0.add();
        }
    }
}

#[test]
fn an_observer_may_ask_the_runtime_whatever_happens_in_it() {
    let asked = Count::new();
    let builder = Runtime::builder()
        .virtual_clock()
        .observer(Asks(asked.clone()));
    let runtime = builder.build().unwrap();
    runtime.block_on(async {
        let work = (0..10).map(|n| {
            spawn(async move {
                yield_now().await;
                sleep(secs(n)).await;
            })
        });
        join_all(work).await;
        spawn(sleep(secs(1))).cancel();
        spawn(std::future::pending::<()>()).detach();
    });
    drop(runtime);
    assert!(asked.get() > 100, "it was asked {} times", asked.get());
}
