//! Programs that sleep: one clock for all workers, and a virtual one jumps only when nobody has anything to
//! do.

use tourbillon::{Runtime, join_all, now, oneshot, sleep, spawn, spawn_local, wait_for, worker};

use crate::explore::explore;
use crate::support::{Outcome, millis, pool};

static SLEPT_ELSEWHERE: Outcome = Outcome::new("a task slept on another worker");

#[test]
fn sleepers_on_all_workers_wake_at_their_deadlines() {
    let name = "time::sleepers_on_all_workers_wake_at_their_deadlines";
    explore(name, 4_000, &[&SLEPT_ELSEWHERE], || {
        let whole = pool(3).block_on(async {
            let start = now();
            let tasks = [3, 1, 2, 3].map(|n| {
                spawn(async move {
                    SLEPT_ELSEWHERE.note(worker() != Some(0));
                    sleep(millis(n)).await;
                    assert_eq!(now() - start, millis(n));
                    spawn_local(sleep(millis(n))).await.unwrap();
                    assert_eq!(now() - start, millis(2 * n));
                })
            });
            for slept in join_all(tasks).await {
                slept.unwrap();
            }
            now() - start
        });
        assert_eq!(whole, millis(6));
    });
}

static LENT_ELSEWHERE: Outcome =
    Outcome::new("a limit was set on one worker and dropped on another");

#[test]
fn a_limit_that_is_not_needed_makes_no_jump() {
    let name = "time::a_limit_that_is_not_needed_makes_no_jump";
    explore(name, 4_000, &[&LENT_ELSEWHERE], || {
        pool(2).block_on(async {
            let start = now();
            let tasks = [(); 3].map(|()| {
                let (sender, receiver) = oneshot::channel();
                let waits = spawn(async move {
                    let before = worker();
                    let value = wait_for(receiver, millis(9)).await.unwrap();
                    LENT_ELSEWHERE.note(before != worker());
                    value.unwrap()
                });
                let sends = spawn(async move { sender.send(()).unwrap() });
                [waits, sends]
            });
            for ended in join_all(tasks.into_iter().flatten()).await {
                ended.unwrap();
            }
            assert_eq!(now(), start);
        });
    });
}

static HELD_LONG: Outcome = Outcome::new("the clock flowed while it was held");

#[test]
fn a_clock_that_a_thread_holds_flows_and_no_sleeper_wakes_early() {
    let name = "time::a_clock_that_a_thread_holds_flows_and_no_sleeper_wakes_early";
    explore(name, 3_000, &[&HELD_LONG], || {
        let runtime = pool(2);
        let hold = runtime.handle().hold_clock();
        let (sender, receiver) = oneshot::channel();
        let thread = shuttle::thread::spawn(move || {
            sender.send(()).unwrap();
            drop(hold);
        });
        runtime.block_on(async {
            let start = now();
            let sleeper = spawn(async move {
                sleep(millis(5)).await;
                assert!(now() - start >= millis(5));
            });
            receiver.await.unwrap();
            HELD_LONG.note(now() - start > millis(0));
            sleeper.await.unwrap();
        });
        thread.join().unwrap();
    });
}

#[test]
fn on_a_real_clock_every_sleeper_wakes_and_none_early() {
    let name = "time::on_a_real_clock_every_sleeper_wakes_and_none_early";
    explore(name, 3_000, &[], || {
        let runtime = Runtime::builder().workers(2).build().unwrap();
        runtime.block_on(async {
            let start = now();
            let tasks = [1, 4, 30].map(|n| {
                spawn(async move {
                    sleep(millis(n)).await;
                    assert!(now() - start >= millis(n));
                })
            });
            for slept in join_all(tasks).await {
                slept.unwrap();
            }
        });
    });
}
