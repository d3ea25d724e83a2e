//! A runtime from outside: where one may call what, what lives from one `block_on` to the next, and
//! handles (D4; K14).
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::{pending, ready};
use std::sync::mpsc;
use std::thread::ThreadId;

use futures_lite::future::block_on as elsewhere;
use tourbillon::task::{Builder, WaitsFor};
use tourbillon::{Handle, Runtime, Task, block_on, join_all, oneshot};
use tourbillon::{sleep, spawn, tasks, test, yield_now};

use crate::support::{Count, alone, in_time, millis, secs, wait_until_asleep};

#[test]
fn tasks_stay_from_one_block_on_to_the_next_and_do_not_move_between() {
    let runtime = Runtime::builder().virtual_clock().build().unwrap();
    let polls = Count::new();
    let task = runtime.block_on(async {
        spawn(polls.polls(async {
            sleep(secs(1)).await;
            sleep(secs(1)).await;
            "still here"
        }))
    });
    assert_eq!((polls.get(), runtime.tasks().len()), (0, 1));
    runtime.block_on(sleep(millis(1_500)));
    assert_eq!((polls.get(), task.is_finished()), (2, false));
    assert_eq!(runtime.block_on(task).unwrap(), "still here");
    assert!(runtime.tasks().is_empty());
    assert!(
        Handle::try_current().is_none(),
        "this thread is still in the runtime"
    );
}

#[test]
fn two_runtimes_of_one_thread_keep_their_tasks_apart() {
    let (a, b) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let (sender, receiver) = oneshot::channel();
    let of_a = a.block_on(async { spawn(receiver) });
    let of_b = b.block_on(async { spawn(async { sender.send(7) }) });
    a.block_on(yield_now());
    assert!(!of_a.is_finished());
    b.block_on(of_b).unwrap().unwrap();
    assert_eq!(a.block_on(of_a).unwrap(), Ok(7));
}

#[test]
fn a_spawn_and_a_wake_from_another_thread_wake_a_loop_that_sleeps() {
    in_time(|| {
        let (sender, receiver) = oneshot::channel::<Task<ThreadId>>();
        let (handles, handle) = mpsc::channel();
        let asleep = std::thread::Builder::new().name("sleeping-loop".into());
        let asleep = asleep.spawn(move || {
            block_on(async move {
                handles.send(Handle::current()).unwrap();
                receiver.await.unwrap().await.unwrap()
            })
        });
        let handle: Handle = handle.recv().unwrap();
        wait_until_asleep("sleeping-loop");
        let (seen, sees) = mpsc::channel();
        let task = handle.spawn(async move {
            seen.send(()).unwrap();
            std::thread::current().id()
        });
        sees.recv().unwrap();
        wait_until_asleep("sleeping-loop");
        assert!(sender.send(task).is_ok());
        let thread = asleep.unwrap();
        let id = thread.thread().id();
        assert_eq!(thread.join().unwrap(), id);
    });
}

#[test]
fn a_handle_used_between_two_block_ons_posts_for_the_next() {
    let runtime = Runtime::new().unwrap();
    let task = runtime.handle().spawn(async { 7 });
    assert!(!task.is_finished());
    assert_eq!(runtime.block_on(task).unwrap(), 7);
    let never_read = runtime.handle().spawn(async { 7 });
    drop(runtime);
    let error = elsewhere(never_read).unwrap_err();
    assert!(
        error.to_string().contains("cancelled by shutdown"),
        "{error}"
    );
}

#[test]
fn a_thousand_tasks_from_eight_threads_all_run_once() {
    in_time(|| {
        let count = Count::new();
        block_on(async {
            let handle = Handle::current();
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    let (handle, count) = (handle.clone(), count.clone());
                    std::thread::spawn(move || {
                        let spawn_one = |_| {
                            let count = count.clone();
                            handle.spawn(async move { count.add() })
                        };
                        (0..1_000).map(spawn_one).collect::<Vec<Task<()>>>()
                    })
                })
                .collect();
            let posted = threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap());
            let results = join_all(posted.collect::<Vec<_>>()).await;
            assert!(results.iter().all(Result::is_ok));
        });
        assert_eq!(count.get(), 8_000);
    });
}

#[test]
fn the_live_tasks_say_their_names_places_and_waits() {
    test(async {
        let (sender, receiver) = oneshot::channel::<()>();
        let never = || pending::<()>();
        let sleeper = Builder::new().name("sleeper").spawn(sleep(secs(9)));
        let awaited = spawn(never());
        let target = awaited.id();
        let all = [
            sleeper,
            Builder::new()
                .name("receiver")
                .spawn(async { receiver.await.unwrap() }),
            Builder::new()
                .name("joiner")
                .spawn(async { drop(awaited.await) }),
            Builder::new()
                .name("parent")
                .spawn(async { drop(join_all([sleep(secs(9))]).await) }),
            Builder::new().name("foreign").spawn(never()),
            Builder::new().name("spinner").spawn(async {
                loop {
                    yield_now().await;
                }
            }),
        ];
        yield_now().await;
        let fresh = Builder::new().name("fresh").spawn_local(never());
        let infos = tasks();
        let wait_of = |name: &str| {
            let found = infos.iter().find(|info| info.name.as_deref() == Some(name));
            found.unwrap().waits_for
        };
        assert_eq!(wait_of("sleeper"), WaitsFor::Timer);
        assert_eq!(wait_of("receiver"), WaitsFor::OneShot);
        assert_eq!(wait_of("joiner"), WaitsFor::Task(target));
        assert_eq!(wait_of("parent"), WaitsFor::Children);
        assert_eq!(wait_of("foreign"), WaitsFor::Foreign);
        assert_eq!(wait_of("spinner"), WaitsFor::Queue);
        assert_eq!(wait_of("fresh"), WaitsFor::FirstPoll);
        assert!(
            infos.is_sorted_by_key(|info| info.id),
            "not in the order of spawning"
        );
        assert!(
            infos
                .iter()
                .all(|info| info.place.file().ends_with("runtime.rs"))
        );
        assert!(infos[0].to_string().contains("\"sleeper\""), "{}", infos[0]);
        drop((all, fresh, sender));
    });
}

#[test]
fn runtimes_that_come_and_go_leave_no_descriptor_and_no_thread() {
    if !alone("runtime::runtimes_that_come_and_go_leave_no_descriptor_and_no_thread") {
        return;
    }
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = descriptors();
    for n in 0..10_000 {
        let runtime = Runtime::new().unwrap();
        let left = runtime.block_on(async {
            spawn(sleep(secs(9))).detach();
            yield_now().await;
            spawn(ready(n))
        });
        drop(runtime);
        assert!(elsewhere(left).is_err());
    }
    assert_eq!(descriptors(), before);
    let (sender, receiver) = mpsc::channel::<()>();
    drop(sender);
    assert!(receiver.recv().is_err());
    assert!(std::fs::read_dir("/proc/self/task").unwrap().count() <= 3);
    println!("10,000 runtimes: {before} descriptors before and after");
}
