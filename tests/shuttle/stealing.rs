//! Programs with polls that block their worker until another worker has run something: each needs the work
//! to be taken, so that one worker that is not woken is a deadlock.
//!
//! Under test (`runtime/pool/shelves.rs`, `seat.rs`): no task on a shelf waits behind a long poll while another
//! worker is idle, for longer than that one's watch. What is next beside the shelf waits for the poll.

use shuttle::sync::mpsc::channel;
use tourbillon::{join_all, oneshot, spawn, yield_now};

use crate::explore::explore;
use crate::support::{Outcome, pool};

#[test]
fn what_a_worker_spawned_before_a_long_poll_is_run_by_others_but_for_one() {
    let name = "stealing::what_a_worker_spawned_before_a_long_poll_is_run_by_others_but_for_one";
    explore(name, 4_000, &[], || {
        pool(3).block_on(async {
            let (sender, receiver) = channel();
            let tasks = (0..4).map(|n| {
                let sender = sender.clone();
                spawn(async move { sender.send(n).unwrap() })
            });
            let tasks: Vec<_> = tasks.collect();
            // Nothing but the first worker's own poll keeps it from its shelf.
            for _ in 0..3 {
                receiver.recv().unwrap();
            }
            for ended in join_all(tasks).await {
                ended.unwrap();
            }
        });
    });
}

#[test]
fn a_long_poll_of_any_worker_holds_up_one_task_at_most() {
    let name = "stealing::a_long_poll_of_any_worker_holds_up_one_task_at_most";
    explore(name, 4_000, &[], || {
        pool(2).block_on(async {
            let long = spawn(async {
                let (sender, receiver) = channel();
                let tasks = [(); 2].map(|()| {
                    let sender = sender.clone();
                    // The second one finds nobody who hears it.
                    spawn(async move { sender.send(()).is_ok() })
                });
                receiver.recv().unwrap();
                tasks
            });
            // Whichever worker is not in the long poll falls asleep meanwhile.
            for ended in join_all(long.await.unwrap()).await {
                ended.unwrap();
            }
        });
    });
}

#[test]
fn what_a_thread_spawns_waits_behind_no_long_poll() {
    let name = "stealing::what_a_thread_spawns_waits_behind_no_long_poll";
    explore(name, 4_000, &[], || {
        let runtime = pool(2);
        let handle = runtime.handle();
        let (sender, receiver) = channel();
        let thread =
            shuttle::thread::spawn(move || handle.spawn(async move { sender.send(()).unwrap() }));
        runtime.block_on(async {
            receiver.recv().unwrap();
        });
        let task = thread.join().unwrap();
        runtime.block_on(task).unwrap();
    });
}

static WOKEN_BEHIND: Outcome = Outcome::new("a task was woken whose worker was in a long poll");

#[test]
fn a_task_that_a_thread_wakes_waits_behind_no_long_poll() {
    let name = "stealing::a_task_that_a_thread_wakes_waits_behind_no_long_poll";
    explore(name, 6_000, &[&WOKEN_BEHIND], || {
        let (wake, woken) = oneshot::channel();
        let (sender, receiver) = channel();
        pool(2).block_on(async move {
            let (begun, begins) = oneshot::channel();
            let task = spawn(async move {
                let place = tourbillon::worker();
                begun.send(place).unwrap();
                woken.await.unwrap();
                sender.send(()).unwrap();
            });
            let place = begins.await.unwrap();
            yield_now().await;
            let thread = shuttle::thread::spawn(move || wake.send(()).unwrap());
            let long = spawn(async move {
                WOKEN_BEHIND.note(tourbillon::worker() == place);
                receiver.recv().unwrap();
            });
            long.await.unwrap();
            task.await.unwrap();
            thread.join().unwrap();
        });
    });
}
