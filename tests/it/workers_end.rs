//! The end of a runtime of several workers: all is dropped, in reverse order of spawning, at home
//! where it has one.

use std::future::pending;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{ThreadId, current};
use std::time::Duration;

use futures_lite::future::block_on as wait_outside;
use tourbillon::{
    Event, Handle, Observer, Runtime, Task, block_on, spawn, spawn_blocking, spawn_local,
};

use crate::support::{Count, OnDrop, in_time, secs};
use crate::workers::{elsewhere, pool, spawn_outside};

async fn keep<G>(guard: G) {
    let _guard = guard;
    pending::<()>().await;
}

/// What was dropped, and on which thread.
type Dropped = Arc<Mutex<Vec<(&'static str, ThreadId)>>>;

fn tells(dropped: &Dropped, what: &'static str) -> OnDrop<impl FnMut() + use<>> {
    let dropped = dropped.clone();
    OnDrop(move || dropped.lock().unwrap().push((what, current().id())))
}

#[test]
fn the_last_spawned_is_dropped_first_over_all_workers_and_locals_at_home() {
    in_time(|| {
        let dropped = Dropped::default();
        let runtime = pool(2);
        let home = runtime.block_on(async {
            let guard = |what| tells(&dropped, what);
            spawn(keep(guard("1 here"))).detach();
            let there = guard("2 local there");
            let home = elsewhere(move || {
                spawn_local(keep(there)).detach();
                current().id()
            });
            spawn_local(keep(guard("3 local here"))).detach();
            let there = guard("4 there");
            elsewhere(move || spawn(keep(there)).detach());
            let there = guard("5 local there");
            elsewhere(move || spawn_local(keep(there)).detach());
            spawn_outside(keep(guard("6 from outside"))).detach();
            spawn_local(keep(guard("7 local here"))).detach();
            home
        });
        drop(runtime);
        let here = current().id();
        assert_eq!(
            *dropped.lock().unwrap(),
            [
                ("7 local here", here),
                ("6 from outside", here),
                ("5 local there", home),
                ("4 there", here),
                ("3 local here", here),
                ("2 local there", home),
                ("1 here", here),
            ]
        );
    });
}

#[test]
fn what_drops_spawn_at_the_end_is_dropped_too_on_whatever_worker() {
    in_time(|| {
        let drops = Count::new();
        let runtime = pool(2);
        let spawns = || {
            let drops = drops.clone();
            OnDrop(move || {
                spawn(keep(drops.on_drop())).detach();
                spawn_local(keep(drops.on_drop())).detach();
                Handle::current().spawn(keep(drops.on_drop())).detach();
                let (handle, guard) = (Handle::current(), drops.on_drop());
                let thread = std::thread::spawn(move || handle.spawn(keep(guard)));
                thread.join().unwrap().detach();
            })
        };
        runtime.block_on(async {
            spawn(keep(spawns())).detach();
            let there = [spawns(), spawns()];
            elsewhere(move || {
                let [local, roams] = there;
                spawn_local(keep(local)).detach();
                spawn(keep(roams)).detach();
            });
        });
        drop(runtime);
        assert_eq!(drops.get(), 3 * 4);
    });
}

#[test]
fn what_is_spawned_after_the_end_is_cancelled_by_shutdown() {
    in_time(|| {
        let drops = Count::new();
        let runtime = pool(2);
        let handle = runtime.handle();
        runtime.block_on(async {});
        drop(runtime);
        let task = handle.spawn(keep(drops.on_drop()));
        assert_eq!(drops.get(), 1);
        let reason = wait_outside(task).unwrap_err().reason().unwrap();
        assert_eq!(reason.to_string(), "cancelled by shutdown");
    });
}

#[test]
fn threads_that_spawn_during_the_end_lose_no_task() {
    in_time(|| {
        for _ in 0..50 {
            let drops = Count::new();
            let runtime = pool(4);
            let (handle, own) = (runtime.handle(), drops.clone());
            let (begun, begins) = mpsc::channel();
            let thread = std::thread::spawn(move || {
                let mut tasks = Vec::new();
                for number in 0..200 {
                    tasks.push(handle.spawn(keep(own.on_drop())));
                    if number == 20 {
                        begun.send(()).unwrap();
                    }
                }
                tasks
            });
            runtime.block_on(async {});
            begins.recv().unwrap();
            drop(runtime);
            for task in thread.join().unwrap() {
                assert!(wait_outside(task).unwrap_err().is_cancelled());
            }
            assert_eq!(drops.get(), 200);
        }
    });
}

#[test]
fn a_runtime_that_never_ran_ends_and_cancels_what_it_was_given() {
    in_time(|| {
        drop(pool(8));
        let runtime = pool(8);
        let drops = Count::new();
        let task = runtime.handle().spawn(keep(drops.on_drop()));
        drop(runtime);
        assert_eq!(drops.get(), 1);
        assert!(wait_outside(task).unwrap_err().is_cancelled());
    });
}

#[test]
fn shutdown_names_the_job_that_is_stuck_when_its_grace_is_over() {
    in_time(|| {
        let runtime = pool(2);
        let (release, stuck) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        runtime.block_on(async {
            elsewhere(move || {
                let job = move || begun.send(()).map(|()| stuck.recv());
                let job = tourbillon::task::Builder::new()
                    .name("stuck")
                    .spawn_blocking(job);
                job.detach();
            });
            begins.recv().unwrap();
        });
        let left = runtime.shutdown(Duration::from_millis(1));
        let names: Vec<_> = left.iter().map(|task| task.name.as_deref()).collect();
        assert_eq!(names, [Some("stuck")]);
        drop(release);
    });
}

#[test]
fn shutdown_waits_for_jobs_within_its_grace() {
    in_time(|| {
        let runtime = pool(2);
        let ended = Count::new();
        let guard = ended.on_drop();
        runtime.block_on(async {
            let (begun, begins) = mpsc::channel();
            elsewhere(move || {
                let job = move || {
                    begun.send(()).unwrap();
                    std::thread::yield_now();
                    drop(guard);
                };
                spawn_blocking(job).detach();
            });
            begins.recv().unwrap();
        });
        assert!(runtime.shutdown(secs(50)).is_empty());
        assert_eq!(ended.get(), 1);
    });
}

#[test]
fn a_drop_on_another_worker_that_panics_at_the_end_keeps_no_task_from_being_dropped() {
    in_time(|| {
        let drops = Count::new();
        let runtime = pool(2);
        runtime.block_on(async {
            let guards = [drops.on_drop(), drops.on_drop()];
            elsewhere(move || {
                let [first, last] = guards;
                spawn_local(keep(first)).detach();
                let panics = OnDrop(|| std::panic::resume_unwind(Box::new("in a drop")));
                spawn_local(keep(panics)).detach();
                spawn_local(keep(last)).detach();
            });
        });
        // The panic is its task's, and nobody asks that task.
        assert!(runtime.shutdown(secs(5)).is_empty());
        assert_eq!(drops.get(), 2);
    });
}

#[test]
fn a_handle_of_an_ended_pool_may_be_used_inside_of_another_runtime() {
    in_time(|| {
        let runtime: Runtime = pool(2);
        let handle = runtime.handle();
        drop(runtime);
        block_on(async {
            let task: Task<()> = handle.spawn(pending());
            assert!(task.await.unwrap_err().is_cancelled());
        });
    });
}

/// Hears nothing; what it holds tells whether it is still there.
struct Holds(Arc<()>);

impl Observer for Holds {
    fn event(&self, _: &Event<'_>) {
        assert!(Arc::strong_count(&self.0) > 0);
    }
}

#[test]
fn when_the_end_is_over_no_thread_of_a_worker_holds_anything_of_the_runtime() {
    in_time(|| {
        for _ in 0..200 {
            let held = Arc::new(());
            let observer = Holds(held.clone());
            let runtime = Runtime::builder().workers(4).observer(observer);
            let runtime = runtime.build().unwrap();
            runtime.block_on(async {});
            drop(runtime);
            assert_eq!(Arc::strong_count(&held), 1);
        }
    });
}
