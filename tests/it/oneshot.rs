//! The one-shot channel, which is asyncio's `Future` (FU rows).

use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use futures_lite::future::poll_once;
use tourbillon::oneshot::{Closed, TryRecvError, channel};
use tourbillon::{join, sleep, spawn, test, wait_for, yield_now};

use crate::support::{Count, Log, Place, panic_of, secs};

#[test]
fn nothing_was_sent_then_something_then_nothing_will_be() {
    let (sender, mut receiver) = channel();
    assert!(!receiver.is_ready());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    sender.send(42).unwrap();
    assert!(receiver.is_ready());
    assert_eq!(receiver.try_recv(), Ok(42));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(futures_lite::future::block_on(receiver), Err(Closed));
}

#[test]
fn a_sender_that_goes_without_sending_is_an_error_and_not_a_hang() {
    test(async {
        let (sender, receiver) = channel::<()>();
        let waiting = spawn(receiver);
        yield_now().await;
        drop(sender);
        assert_eq!(waiting.await.unwrap(), Err(Closed));
        let (sender, mut receiver) = channel::<()>();
        drop(sender);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(receiver.await, Err(Closed));
    });
}

#[test]
fn a_value_nobody_waits_for_comes_back_to_the_sender() {
    test(async {
        let (sender, receiver) = channel();
        assert!(!sender.is_closed());
        drop(receiver);
        assert!(sender.is_closed());
        assert_eq!(sender.send("a value"), Err("a value"));
        let (sender, receiver) = channel();
        assert!(wait_for(receiver, secs(1)).await.is_err());
        assert_eq!(sender.send("a value"), Err("a value"));
    });
}

#[test]
fn a_value_that_was_sent_goes_with_its_receiver_and_is_dropped_once() {
    let drops = Count::new();
    let (sender, receiver) = channel();
    assert!(sender.send(drops.on_drop()).is_ok());
    assert_eq!(drops.get(), 0);
    drop(receiver);
    assert_eq!(drops.get(), 1);
}

#[test]
fn the_receiver_is_not_run_inside_send_and_a_value_that_is_there_costs_no_turn() {
    test(async {
        let log = Log::new();
        let (sender, receiver) = channel();
        let own = log.clone();
        let waiting = spawn(async move {
            receiver.await.unwrap();
            own.add("received");
        });
        yield_now().await;
        sender.send(()).unwrap();
        log.add("sent");
        waiting.await.unwrap();
        assert_eq!(log.take(), ["sent", "received"]);
        let (sender, receiver) = channel();
        sender.send(()).unwrap();
        assert_eq!(poll_once(receiver).await, Some(Ok(())));
    });
}

#[test]
fn of_the_tasks_that_polled_it_the_latest_is_woken() {
    let (sender, receiver) = channel();
    let mut receiver = Box::pin(receiver);
    let wakes = [Count::new(), Count::new(), Count::new()];
    for count in &wakes {
        let waker = count.waker();
        for _ in 0..2 {
            let polled = receiver.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
    }
    sender.send(()).unwrap();
    assert_eq!(wakes.map(|count| count.get()), [0, 0, 1]);
}

#[test]
fn a_receiver_may_go_to_another_task_while_it_waits() {
    test(async {
        let (sender, mut receiver) = channel();
        assert_eq!(poll_once(&mut receiver).await, None);
        let moved = spawn(receiver);
        let sending = spawn(async move {
            sleep(secs(1)).await;
            sender.send(7)
        });
        let (received, sent) = join(moved, sending).await;
        assert_eq!((received.unwrap(), sent.unwrap()), (Ok(7), Ok(())));
    });
}

#[test]
fn awaiting_it_again_after_its_result_panics() {
    let (sender, mut receiver) = channel();
    sender.send(()).unwrap();
    futures_lite::future::block_on(&mut receiver).unwrap();
    let died = panic_of(|| futures_lite::future::block_on(receiver));
    assert!(
        died.contains("polled again after it gave its result"),
        "{died}"
    );
}

#[test]
fn a_value_crosses_threads_and_works_on_any_executor() {
    let place = Place::new();
    let (sender, receiver) = channel();
    let guard = place.on_drop();
    let thread = std::thread::spawn(move || drop(futures_lite::future::block_on(receiver)));
    assert!(sender.send(guard).is_ok());
    let id = thread.thread().id();
    thread.join().unwrap();
    assert_eq!(place.get(), Some(id));
}

#[test]
fn values_that_race_with_receivers_that_leave_are_dropped_once_wherever_they_end() {
    let drops = Count::new();
    for round in 0..2_000 {
        let (sender, mut receiver) = channel();
        let guard = drops.on_drop();
        let both_have_it = std::thread::scope(|scope| {
            let gives = scope.spawn(move || sender.send(guard).err());
            let takes = scope.spawn(move || (round % 2 == 0).then(|| receiver.try_recv().ok()));
            gives.join().unwrap().is_some() && takes.join().unwrap().flatten().is_some()
        });
        assert!(!both_have_it);
        assert_eq!(drops.get(), round + 1);
    }
}

/// A waker that sends another value whenever it is cloned, woken or dropped.
struct Meddler(Mutex<Vec<tourbillon::oneshot::Sender<u32>>>);

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let sender = self.0.lock().unwrap().pop();
        if let Some(sender) = sender {
            let _ = sender.send(7);
        }
    }
}

#[test]
fn a_waker_that_sends_to_another_channel_reaches_it() {
    let (first, second) = (channel(), channel());
    let meddler = Arc::new(Meddler(Mutex::new(vec![second.0])));
    let waker = Waker::from(meddler);
    let mut context = Context::from_waker(&waker);
    let (mut a, mut b) = (Box::pin(first.1), Box::pin(second.1));
    assert!(a.as_mut().poll(&mut context).is_pending());
    assert!(b.as_mut().poll(&mut context).is_pending());
    first.0.send(1).unwrap();
    assert!(a.as_mut().poll(&mut context).is_ready());
    assert!(b.as_mut().poll(&mut context).is_ready());
}
