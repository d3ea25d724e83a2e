//! The end of a runtime against other threads, held by hand at the worst moment.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Context;

use tourbillon::{Event, Observer, Runtime, Task};

use crate::support::{Count, OnDrop, in_time};

async fn keep<G>(guard: G) {
    let _guard = guard;
    pending::<()>().await
}

/// Holds the loop at the moment when it first hears of a task.
struct Hold {
    begun: Mutex<mpsc::Sender<()>>,
    go: Mutex<mpsc::Receiver<()>>,
    held: AtomicBool,
}

impl Observer for Hold {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::Spawned { .. }) && !self.held.swap(true, SeqCst) {
            self.begun.lock().unwrap().send(()).unwrap();
            self.go.lock().unwrap().recv().unwrap();
        }
    }
}

/// The mailbox is closed and home reads its first letter; another poster clears the second away and is held in its
/// drop; the drop of the first, at home, polls the handle of the second.
#[test]
fn a_handle_polled_at_home_in_the_shutdown_is_woken_by_whoever_ends_its_task() {
    in_time(|| {
        let (begun, has_begun) = mpsc::channel();
        let (go, may_go) = mpsc::channel();
        let runtime = Runtime::builder().observer(Hold {
            begun: Mutex::new(begun),
            go: Mutex::new(may_go),
            held: AtomicBool::new(false),
        });
        let runtime = runtime.build().unwrap();
        let handle = runtime.handle();
        let wakes = Count::new();
        let waker = wakes.waker();
        let second: Arc<Mutex<Option<Task<()>>>> = Arc::default();
        let polling = second.clone();
        let (polled, was_polled) = mpsc::channel();
        let first = handle.spawn(keep(OnDrop(move || {
            let mut task = polling.lock().unwrap();
            let task = Pin::new(task.as_mut().unwrap());
            let pending = task.poll(&mut Context::from_waker(&waker)).is_pending();
            polled.send(pending).unwrap();
        })));
        first.detach();
        let (drops, has_dropped) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let held = Mutex::new((drops, released));
        let task = handle.spawn(keep(OnDrop(move || {
            let held = held.lock().unwrap();
            held.0.send(()).unwrap();
            held.1.recv().unwrap();
        })));
        *second.lock().unwrap() = Some(task);
        let other = std::thread::spawn(move || {
            has_begun.recv().unwrap();
            let poster = std::thread::spawn(move || handle.spawn(pending::<()>()).detach());
            has_dropped.recv().unwrap();
            go.send(()).unwrap();
            assert!(was_polled.recv().unwrap(), "the task is not over");
            release.send(()).unwrap();
            poster.join().unwrap();
        });
        drop(runtime);
        other.join().unwrap();
        assert!(second.lock().unwrap().as_ref().unwrap().is_finished());
        assert_eq!(wakes.get(), 1);
    });
}
