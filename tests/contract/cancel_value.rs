//! CA-9: a value and a cancel in the same turn. Whatever the value comes by, it is not lost.

use std::sync::{Arc, Mutex, mpsc};

use tourbillon::task_group;
use tourbillon::{Canceller, Event, Observer, Runtime, Task, oneshot, spawn_blocking, yield_now};

use crate::support::{holds_in_order, on_one_loop_outside, spawn_in_order};
use crate::tools::in_time;

#[test]
fn ca_09_a_value_already_handed_over_survives_a_cancel() {
    holds_in_order(async || {
        for cancel_first in [true, false] {
            by_one_shot(cancel_first).await;
            by_task(cancel_first).await;
            by_member(cancel_first).await;
            by_channel(cancel_first).await;
        }
    });
    on_one_loop_outside(|| in_time(by_blocking_job));
}

/// The task was cancelled, and has its value all the same.
async fn has_it(mut task: Task<u32>) {
    assert!(
        !task.is_finished(),
        "the value and the cancel are not in one turn"
    );
    assert_eq!((&mut task).await.unwrap(), 7);
    assert!(!task.is_cancelled());
}

async fn by_one_shot(cancel_first: bool) {
    let (sender, receiver) = oneshot::channel();
    let task = spawn_in_order(async { receiver.await.unwrap() });
    yield_now().await;
    assert!(!cancel_first || task.cancel());
    sender.send(7).unwrap();
    assert!(cancel_first || task.cancel());
    has_it(task).await;
}

async fn by_task(cancel_first: bool) {
    let (sender, receiver) = oneshot::channel();
    let inner = spawn_in_order(receiver);
    let task = spawn_in_order(async { inner.await.unwrap().unwrap() });
    yield_now().await;
    sender.send(7).unwrap();
    if !cancel_first {
        // The inner task has its turn, and ends.
        yield_now().await;
    }
    assert!(task.cancel());
    has_it(task).await;
}

async fn by_member(cancel_first: bool) {
    task_group(async |group| {
        let (sender, receiver) = oneshot::channel();
        let member = group.spawn(async { receiver.await.unwrap() });
        let task = spawn_in_order(async { member.await.unwrap() });
        let (tell, told) = oneshot::channel();
        let canceller = task.canceller();
        group.spawn(async move {
            told.await.unwrap();
            assert!(canceller.cancel());
        });
        yield_now().await;
        // Both members run in this poll of the group, in the order in which they are woken.
        if cancel_first {
            tell.send(()).unwrap();
            sender.send(7).unwrap();
        } else {
            sender.send(7).unwrap();
            tell.send(()).unwrap();
        }
        has_it(task).await;
    })
    .await;
}

/// A channel of somebody else's, which knows only wakers.
async fn by_channel(cancel_first: bool) {
    let (sender, receiver) = async_channel::bounded(1);
    let task = spawn_in_order(async move { receiver.recv().await.unwrap() });
    yield_now().await;
    assert!(!cancel_first || task.cancel());
    sender.try_send(7).unwrap();
    assert!(cancel_first || task.cancel());
    has_it(task).await;
}

/// Cancels a task as soon as another thread has woken it, before its loop hears of it.
#[derive(Clone, Default)]
struct CancelsTheWoken {
    armed: Arc<Mutex<Option<Canceller>>>,
    alive: Arc<Mutex<Option<bool>>>,
}

impl Observer for CancelsTheWoken {
    fn event(&self, event: &Event<'_>) {
        if let Event::Queued { remote: true, .. } = event {
            let canceller = self.armed.lock().unwrap().take();
            *self.alive.lock().unwrap() = canceller.map(|canceller| canceller.cancel());
        }
    }
}

fn by_blocking_job() {
    let observer = CancelsTheWoken::default();
    let runtime = Runtime::builder().observer(observer.clone());
    let runtime = runtime.build().unwrap();
    runtime.block_on(async {
        let (end, ended) = mpsc::channel();
        let task = spawn_blocking(move || ended.recv().unwrap());
        yield_now().await;
        *observer.armed.lock().unwrap() = Some(task.canceller());
        end.send(7).unwrap();
        has_it(task).await;
        assert_eq!(*observer.alive.lock().unwrap(), Some(true));
    });
}
