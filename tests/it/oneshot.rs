//! The one-shot channel: who is woken, across tasks, threads and executors. What it promises are the
//! contract's FU rows.

use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use futures_lite::future::poll_once;
use tourbillon::oneshot::channel;
use tourbillon::{join, sleep, spawn, test, yield_now};

use crate::support::{Log, Place, secs};

#[test]
fn the_receiver_is_not_run_inside_send() {
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
    });
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
