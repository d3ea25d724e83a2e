//! The end of a runtime: what is dropped, in which order, and what the drops may do (D4; K12).
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::{Future, pending};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use futures_lite::future::block_on as elsewhere;
use tourbillon::{Handle, Runtime, Sleep, Task, block_on, oneshot, sleep, spawn, spawn_local};
use tourbillon::{test, yield_now};

use crate::support::{Count, Log, OnDrop, Place, in_time, millis, panic_of, secs};

/// Keeps `guard` for ever.
async fn keep<G>(guard: G) {
    let _guard = guard;
    pending::<()>().await;
}

#[test]
fn all_futures_are_dropped_on_the_loops_own_thread() {
    let places = [Place::new(), Place::new()];
    let runtime = Runtime::new().unwrap();
    let (idle, posted) = (places[0].on_drop(), places[1].on_drop());
    runtime.block_on(async { spawn_local(keep(idle)).detach() });
    let handle = runtime.handle();
    std::thread::spawn(move || handle.spawn(keep(posted)).detach())
        .join()
        .unwrap();
    drop(runtime);
    let here = Some(std::thread::current().id());
    assert_eq!(places.map(|place| place.get()), [here, here]);
}

#[test]
fn a_task_spawned_by_the_drop_of_another_at_the_end_is_dropped_too() {
    let (log, kept) = (Log::new(), Arc::new(Mutex::new(Vec::<Task<()>>::new())));
    let (own, tasks) = (log.clone(), kept.clone());
    let spawns = OnDrop(move || {
        own.add("first");
        let mut tasks = tasks.lock().unwrap();
        tasks.push(spawn(keep(own.on_drop("by spawn"))));
        tasks.push(Handle::current().spawn(keep(own.on_drop("by handle"))));
    });
    block_on(async { spawn(keep(spawns)).detach() });
    assert_eq!(log.take(), ["first", "by handle", "by spawn"]);
    let tasks = std::mem::take(&mut *kept.lock().unwrap());
    assert_eq!(tasks.len(), 2);
    for task in tasks {
        assert!(elsewhere(task).unwrap_err().is_cancelled());
    }
}

#[test]
fn every_handle_that_is_left_resolves_whoever_waits_for_it() {
    in_time(|| {
        let (sender, receiver) = oneshot::channel::<Task<()>>();
        let thread = std::thread::spawn(move || elsewhere(elsewhere(receiver).unwrap()));
        block_on(async move {
            assert!(sender.send(spawn(pending())).is_ok());
            yield_now().await;
        });
        assert!(thread.join().unwrap().unwrap_err().is_cancelled());
    });
}

#[test]
fn tasks_that_own_wake_and_cancel_each_other_in_their_drops_all_end() {
    let drops = Count::new();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let owned = spawn(keep(drops.on_drop()));
        let other = spawn(keep(drops.on_drop()));
        let canceller = other.canceller();
        other.detach();
        let counted = drops.on_drop();
        // Spawned last, so dropped first: its drop owns one of the others and cancels the second.
        spawn(async move {
            let _all = (owned, counted);
            let _cancels = OnDrop(move || {
                let _ = canceller.cancel();
            });
            pending::<()>().await;
        })
        .detach();
        let (sender, receiver) = oneshot::channel::<()>();
        let (first, second) = (drops.on_drop(), drops.on_drop());
        spawn(async move {
            let _first = first;
            let _ = receiver.await;
        })
        .detach();
        let mut sender = Some(sender);
        spawn(async move {
            let _second = second;
            let _sends = OnDrop(move || sender.take().unwrap().send(()).unwrap_or(()));
            pending::<()>().await;
        })
        .detach();
        yield_now().await;
    });
    drop(runtime);
    assert_eq!(drops.get(), 5);
}

#[test]
fn a_lock_that_is_held_while_a_handle_is_dropped_is_not_needed_by_the_runtime() {
    let shared = Arc::new(Mutex::new(Vec::<Task<()>>::new()));
    let own = shared.clone();
    block_on(async {
        let locks = || {
            let shared = own.clone();
            spawn(keep(OnDrop(move || {
                assert!(shared.lock().unwrap().len() <= 2)
            })))
        };
        let tasks = [locks(), locks()];
        yield_now().await;
        let mut kept = own.lock().unwrap();
        kept.extend(tasks);
        // Drops two handles, whose futures' drops take the lock.
        kept.clear();
    });
    assert!(shared.lock().unwrap().is_empty());
}

/// Spawns when it is woken, and keeps the handle.
#[derive(Default)]
struct SpawnsOnWake(Mutex<Option<Task<()>>>);

impl Wake for SpawnsOnWake {
    fn wake(self: Arc<Self>) {
        let task = Handle::current().spawn(async {});
        *self.0.lock().unwrap() = Some(task);
    }
}

#[test]
fn a_task_spawned_by_a_waker_that_the_end_wakes_is_cancelled_and_not_stranded() {
    let spawns = Arc::new(SpawnsOnWake::default());
    let waker = Waker::from(spawns.clone());
    let runtime = Runtime::new().unwrap();
    let mut timer: Sleep = sleep(secs(3_600));
    runtime.block_on(async {
        let polled = std::pin::Pin::new(&mut timer).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    });
    drop(runtime);
    let task = spawns
        .0
        .lock()
        .unwrap()
        .take()
        .expect("the end wakes who waits for a timer");
    assert!(task.is_finished(), "nobody will ever resolve it");
    assert!(elsewhere(task).unwrap_err().is_cancelled());
}

#[test]
fn a_runtime_may_end_inside_a_task_of_another() {
    let drops = Count::new();
    let inner = Runtime::new().unwrap();
    inner.block_on(async { spawn(keep(drops.on_drop())).detach() });
    test(async {
        let task = spawn_local(async move { drop(inner) });
        task.await.unwrap();
        // This thread is still in the outer one.
        assert_eq!(spawn(async { 7 }).await.unwrap(), 7);
        sleep(secs(1)).await;
    });
    assert_eq!(drops.get(), 1);
}

#[test]
fn while_threads_keep_spawning_a_runtime_can_end_and_every_task_ends_with_it() {
    in_time(|| {
        for _ in 0..50 {
            let runtime = Runtime::new().unwrap();
            let drops = Count::new();
            let threads: Vec<_> = (0..2)
                .map(|_| {
                    let (handle, drops) = (runtime.handle(), drops.clone());
                    std::thread::spawn(move || {
                        let spawn_one = |_| handle.spawn(keep(drops.on_drop()));
                        (0..200).map(spawn_one).collect::<Vec<_>>()
                    })
                })
                .collect();
            runtime.block_on(yield_now());
            drop(runtime);
            for thread in threads {
                for task in thread.join().unwrap() {
                    assert!(elsewhere(task).unwrap_err().is_cancelled());
                }
            }
            assert_eq!(drops.get(), 400);
        }
    });
}

#[test]
fn an_idle_task_that_a_thread_wakes_while_the_runtime_ends_is_dropped_once() {
    for _ in 0..200 {
        let runtime = Runtime::new().unwrap();
        let (drops, (sender, receiver)) = (Count::new(), oneshot::channel());
        let guard = drops.on_drop();
        runtime.block_on(async {
            spawn(async move {
                let _guard = guard;
                let _ = receiver.await;
            })
            .detach();
            yield_now().await;
        });
        let thread = std::thread::spawn(move || sender.send(()).is_ok());
        drop(runtime);
        thread.join().unwrap();
        assert_eq!(drops.get(), 1);
    }
}

#[test]
fn ending_twice_is_ending_once() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle();
    assert!(runtime.shutdown(millis(1)).is_empty());
    let late = handle.spawn(async {});
    assert!(late.is_finished() && late.is_cancelled());
    assert!(!late.cancel());
}

/// Panics when it is woken.
struct Bomb;

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        panic!("a waker");
    }
}

#[test]
fn a_waker_that_panics_does_not_keep_its_runtime_from_ending() {
    in_time(|| {
        let runtime = Runtime::new().unwrap();
        let waker = Waker::from(Arc::new(Bomb));
        let died = panic_of(|| {
            runtime.block_on(async {
                let mut task = spawn(async {});
                let polled = std::pin::Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
                yield_now().await;
                yield_now().await;
            })
        });
        assert_eq!(died, "a waker");
        drop(runtime);
    });
}

#[test]
fn a_task_that_holds_its_own_handle_ends_with_its_runtime() {
    let drops = Count::new();
    block_on(async {
        let (sender, receiver) = oneshot::channel::<Task<()>>();
        let guard = drops.on_drop();
        let task = spawn(async move {
            let _guard = guard;
            // Waits for itself.
            let _ = receiver.await.unwrap().await;
        });
        assert!(sender.send(task).is_ok());
        yield_now().await;
        yield_now().await;
    });
    assert_eq!(drops.get(), 1);
}

#[test]
fn drops_that_spawn_two_each_do_not_keep_the_end_from_coming() {
    struct Two(Count);
    impl Drop for Two {
        fn drop(&mut self) {
            self.0.add();
            if self.0.get() > 1_000_000 {
                return;
            }
            for _ in 0..2 {
                let next = Two(self.0.clone());
                spawn(async move {
                    let _next = next;
                    pending::<()>().await;
                })
                .detach();
            }
        }
    }
    let drops = Count::new();
    let runtime = Runtime::new().unwrap();
    let first = Two(drops.clone());
    runtime.block_on(async {
        spawn(async move {
            let _first = first;
            pending::<()>().await;
        })
        .detach();
    });
    let left = runtime.shutdown(millis(1));
    assert!(!left.is_empty());
    assert_eq!(
        drops.get(),
        100_001,
        "the one that was alive, and those that may be spawned"
    );
}

/// A joiner whose waker panics.
struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a joiner");
    }
}

#[test]
fn a_joiner_whose_waker_panics_keeps_no_task_from_being_dropped_at_the_end() {
    let drops = Count::new();
    let runtime = Runtime::new().unwrap();
    let mut tasks: Vec<_> = runtime.block_on(async {
        let start = |_| {
            let guard = drops.on_drop();
            spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            })
        };
        (0..3).map(start).collect()
    });
    let bad = Waker::from(Arc::new(Bad));
    let mut context = Context::from_waker(&bad);
    assert!(
        std::pin::Pin::new(&mut tasks[2])
            .poll(&mut context)
            .is_pending()
    );
    assert_eq!(panic_of(|| drop(runtime)), "a joiner");
    assert_eq!(drops.get(), 3);
    assert!(tasks.iter().all(tourbillon::Task::is_cancelled));
}

#[test]
fn an_end_that_panics_waits_for_the_grace_once() {
    in_time(|| {
        let runtime = Runtime::builder().grace(secs(3_600)).build().unwrap();
        let (go, goes) = std::sync::mpsc::channel::<()>();
        let [mut task] = runtime.block_on(async {
            let (begun, begins) = oneshot::channel();
            tourbillon::spawn_blocking(move || begun.send(()).map(|()| goes.recv())).detach();
            begins.await.unwrap();
            [spawn(pending::<()>())]
        });
        let bad = Waker::from(Arc::new(Bad));
        let mut context = Context::from_waker(&bad);
        assert!(
            std::pin::Pin::new(&mut task)
                .poll(&mut context)
                .is_pending()
        );
        // A second end, with the builder's grace, would wait an hour for the job.
        assert_eq!(panic_of(|| runtime.shutdown(secs(0))), "a joiner");
        drop(go);
    });
}
