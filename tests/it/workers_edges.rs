//! Several workers where something goes wrong or lasts long: nothing is forgotten, nobody is woken
//! for nothing, and nothing piles up.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Wake, Waker};

use tourbillon::{Event, Observer, Runtime, oneshot, spawn, spawn_local, worker};

use crate::scale::memory;
use crate::support::{Count, alone, in_time, wait_until_asleep};
use crate::workers::{elsewhere, pool, spawn_outside};

/// A waker whose wake panics, when the first worker is about to sleep.
struct Panics(Mutex<mpsc::Receiver<()>>);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.lock().unwrap().recv().unwrap();
        std::panic::resume_unwind(Box::new("this waker panics"));
    }
}

/// Tells, each time, that the first worker is about to sleep.
struct TellAsleep(Mutex<mpsc::Sender<()>>);

impl Observer for TellAsleep {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::Parked { .. }) && worker() == Some(0) {
            let _ = self.0.lock().unwrap().send(());
        }
    }
}

#[test]
fn what_is_next_is_polled_though_a_waker_panicked_in_the_shelfs_turn_before_it() {
    in_time(|| {
        let (asleep, sleeps) = mpsc::channel();
        let runtime = Runtime::builder().workers(2);
        let runtime = runtime.observer(TellAsleep(Mutex::new(asleep)));
        runtime.build().unwrap().block_on(async {
            let (wake, woken) = oneshot::channel();
            let (say, said) = mpsc::channel();
            let next = spawn(async move {
                say.send(()).unwrap();
                woken.await.unwrap()
            });
            said.recv().unwrap();
            // It has run on the other worker, whose next poll this is: so it waits.
            let (go, goes) = mpsc::channel();
            let (begin, begun) = mpsc::channel();
            elsewhere(move || {
                let wakes = async move {
                    begin.send(()).unwrap();
                    goes.recv().unwrap();
                    wake.send("woken").unwrap();
                };
                spawn_local(wakes).detach();
            });
            begun.recv().unwrap();
            // It stands on the common shelf, which comes before what is next.
            let mut first = spawn_outside(async {});
            let waker = Waker::from(Arc::new(Panics(Mutex::new(sleeps))));
            let polled = Pin::new(&mut first).poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            go.send(()).unwrap();
            while !first.is_finished() {
                std::thread::yield_now();
            }
            // From here on this worker sleeps, so that the other need not keep watch.
            assert_eq!(next.await.unwrap(), "woken");
        });
    });
}

/// Tells that the loop is about to sleep, and counts how often it has slept.
struct Sleeps {
    parked: Mutex<mpsc::Sender<()>>,
    unparked: Count,
}

impl Observer for Sleeps {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Parked { .. } => self.parked.lock().unwrap().send(()).unwrap(),
            Event::Unparked => self.unparked.add(),
            _ => (),
        }
    }
}

#[test]
fn a_hold_on_a_real_clock_wakes_no_loop() {
    in_time(|| {
        let (parked, parks) = mpsc::channel();
        let unparked = Count::new();
        let sleeps = Sleeps {
            parked: Mutex::new(parked),
            unparked: unparked.clone(),
        };
        let (say, said) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        let sleeper = move || {
            let runtime = Runtime::builder().observer(sleeps).build().unwrap();
            say.send(runtime.handle()).unwrap();
            runtime.block_on(ended).unwrap();
        };
        let sleeper = std::thread::Builder::new()
            .name("held".to_owned())
            .spawn(sleeper)
            .unwrap();
        let handle = said.recv().unwrap();
        parks.recv().unwrap();
        wait_until_asleep("held");
        drop(handle.hold_clock());
        // One that was woken sleeps again after it has counted that.
        wait_until_asleep("held");
        assert_eq!(unparked.get(), 0);
        end.send(()).unwrap();
        sleeper.join().unwrap();
    });
}

/// A future so large that a thousand of them are seen.
async fn large() {
    let space = [1_u8; 64 << 10];
    tourbillon::yield_now().await;
    black_box(&space);
}

#[test]
fn what_outside_threads_spawn_does_not_pile_up_behind_a_long_poll_of_the_first_worker() {
    let name = "workers_edges::\
                what_outside_threads_spawn_does_not_pile_up_behind_a_long_poll_of_the_first_worker";
    if !alone(name) {
        return;
    }
    in_time(|| {
        let grown = pool(2).block_on(async {
            let before = memory("VmRSS");
            // All in one poll. The batches end on the other worker, one after another.
            for _ in 0..20 {
                let batch: Vec<_> = (0..50).map(|_| spawn_outside(large())).collect();
                while !batch.iter().all(|task| task.is_finished()) {
                    std::thread::yield_now();
                }
            }
            memory("VmRSS") - before
        });
        // A thousand tasks of 64 KiB; no more than two batches of them are listed.
        assert!(grown < 32 << 20, "{grown} bytes");
    });
}
