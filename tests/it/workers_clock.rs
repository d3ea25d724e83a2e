//! Several workers under one virtual clock: it jumps when all are idle and no sooner, to the next
//! deadline of all of them.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::Context;
use std::time::{Duration, Instant};

use tourbillon::{Event, Handle, Observer, Runtime, Task, advance, join_all, now, sleep, spawn};
use tourbillon::{spawn_blocking, worker};

use crate::support::{Count, alone, in_time, millis, secs, wait_until_asleep};
use crate::workers::{HoldParked, elsewhere, spawn_outside};

fn pool(workers: usize) -> Runtime {
    let runtime = Runtime::builder().workers(workers).virtual_clock();
    runtime.build().unwrap()
}

/// Tells, each time, that a worker is about to sleep.
struct TellAsleep {
    of: usize,
    tell: Mutex<mpsc::Sender<()>>,
}

impl Observer for TellAsleep {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::Parked { .. }) && worker() == Some(self.of) {
            let _ = self.tell.lock().unwrap().send(());
        }
    }
}

/// A pool, and the word that this worker of it is about to sleep.
fn pool_that_tells_of(of: usize) -> (Runtime, mpsc::Receiver<()>) {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let runtime = Runtime::builder().workers(2).virtual_clock();
    let runtime = runtime.observer(TellAsleep { of, tell });
    (runtime.build().unwrap(), told)
}

#[test]
fn each_sleep_on_each_worker_ends_exactly_at_its_deadline() {
    in_time(|| {
        for round in 0..20 {
            pool(8).block_on(async {
                let start = now();
                let sleeps = |first: u64| async move {
                    for nap in 0..50 {
                        let length = millis(1 + (first * 7 + nap * 13 + round) % 17);
                        let before = now();
                        sleep(length).await;
                        assert_eq!(now() - before, length);
                    }
                    now() - start
                };
                let tasks: Vec<Task<Duration>> =
                    (0..16).map(|n| spawn_outside(sleeps(n))).collect();
                for task in join_all(tasks).await {
                    assert!(task.unwrap() >= millis(50));
                }
            });
        }
    });
}

#[test]
fn the_clock_does_not_jump_while_another_worker_is_in_a_long_poll() {
    in_time(|| {
        let (runtime, root_sleeps) = pool_that_tells_of(0);
        runtime.block_on(async {
            let start = now();
            // From here until it sleeps the root is in one poll.
            while root_sleeps.try_recv().is_ok() {}
            let (begun, begins) = mpsc::channel();
            let busy = spawn_outside(async move {
                begun.send(()).unwrap();
                root_sleeps.recv().unwrap();
                // Time for a jump that should not be.
                for _ in 0..1_000 {
                    std::thread::yield_now();
                    assert_eq!(now(), start);
                }
            });
            begins.recv().unwrap();
            sleep(secs(3_600)).await;
            assert_eq!(now() - start, secs(3_600));
            busy.await.unwrap();
        });
    });
}

#[test]
fn an_advance_wakes_the_sleeps_of_all_workers() {
    // Alone, so that no other test has a thread of this name.
    if !alone("workers_clock::an_advance_wakes_the_sleeps_of_all_workers") {
        return;
    }
    in_time(|| {
        pool(2).block_on(async {
            // Without it the clock would jump by itself.
            let _hold = Handle::current().hold_clock();
            let (say, said) = mpsc::channel();
            let task = spawn_outside(async move {
                let mut nap = sleep(secs(3_600));
                poll_fn(|cx| {
                    let polled = Pin::new(&mut nap).poll(cx);
                    say.send(worker()).unwrap();
                    polled
                })
                .await;
            });
            assert_eq!(said.recv().unwrap(), Some(1));
            wait_until_asleep("worker 1");
            advance(secs(3_600));
            task.await.unwrap();
        });
    });
}

#[test]
fn while_the_clock_is_held_the_sleeps_of_all_workers_take_real_time() {
    in_time(|| {
        pool(2).block_on(async {
            let hold = Handle::current().hold_clock();
            let began = Instant::now();
            let there = spawn_outside(sleep(millis(20)));
            sleep(millis(10)).await;
            there.await.unwrap();
            assert!(began.elapsed() >= millis(20));
            drop(hold);
            let start = now();
            spawn_outside(sleep(secs(3_600))).await.unwrap();
            // It stopped between two ticks.
            assert!(now() - start < secs(3_600) + millis(1));
            assert!(now() - start >= secs(3_600));
        });
    });
}

#[test]
fn while_a_blocking_job_runs_the_clock_flows_for_all_workers() {
    in_time(|| {
        pool(2).block_on(async {
            let (end, ends) = mpsc::channel::<()>();
            let job = spawn_blocking(move || ends.recv());
            let began = Instant::now();
            spawn_outside(sleep(millis(20))).await.unwrap();
            assert!(began.elapsed() >= millis(20));
            end.send(()).unwrap();
            assert_eq!(job.await.unwrap(), Ok(()));
        });
    });
}

#[test]
fn a_sleep_that_was_armed_on_one_worker_and_dropped_on_another_wakes_nobody() {
    in_time(|| {
        pool(2).block_on(async {
            let wakes = Count::new();
            let arm = |length| {
                let waker = wakes.waker();
                elsewhere(move || {
                    let mut nap = sleep(length);
                    let polled = Pin::new(&mut nap).poll(&mut Context::from_waker(&waker));
                    assert!(polled.is_pending());
                    nap
                })
            };
            let (dropped, kept) = (arm(secs(1)), arm(secs(2)));
            drop(dropped);
            sleep(secs(3)).await;
            // On the other worker the clock may be read a moment later.
            spawn_outside(async {}).await.unwrap();
            while wakes.get() == 0 {
                sleep(secs(1)).await;
            }
            assert_eq!(wakes.get(), 1);
            drop(kept);
        });
    });
}

#[test]
fn a_deadline_that_a_thread_moves_while_all_workers_sleep_is_jumped_to() {
    const NAME: &str =
        "workers_clock::a_deadline_that_a_thread_moves_while_all_workers_sleep_is_jumped_to";
    // Alone, so that no other test has threads of these names.
    if !alone(NAME) {
        return;
    }
    let first = std::thread::Builder::new().name("first worker".into());
    let test = first.spawn(|| {
        pool(2).block_on(async {
            let nap = Arc::new(Mutex::new(sleep(Duration::MAX)));
            let (own, (say, said)) = (nap.clone(), mpsc::channel());
            let start = now();
            let task = spawn_outside(poll_fn(move |cx| {
                let polled = Pin::new(&mut *own.lock().unwrap()).poll(cx);
                say.send(worker()).unwrap();
                polled
            }));
            assert_eq!(said.recv().unwrap(), Some(1));
            // Worker 1, whose sleep it is, sleeps before this one does.
            wait_until_asleep("worker 1");
            let thread = std::thread::spawn(move || {
                wait_until_asleep("first worker");
                nap.lock().unwrap().reset(start + secs(3_600));
            });
            task.await.unwrap();
            assert_eq!(now() - start, secs(3_600));
            thread.join().unwrap();
        });
    });
    in_time(|| test.unwrap().join().unwrap());
}

#[test]
fn a_deadline_that_a_thread_moves_is_jumped_to_although_its_worker_slept_before_the_others() {
    const NAME: &str = "workers_clock::\
        a_deadline_that_a_thread_moves_is_jumped_to_although_its_worker_slept_before_the_others";
    // Alone, so that no other test has threads of these names.
    if !alone(NAME) {
        return;
    }
    let first = std::thread::Builder::new().name("first worker".into());
    let test = first.spawn(|| {
        let observer = HoldParked::default();
        let runtime = Runtime::builder().workers(3).virtual_clock();
        let runtime = runtime.observer(observer.clone()).build().unwrap();
        runtime.block_on(async {
            let nap = Arc::new(Mutex::new(sleep(Duration::MAX)));
            let (own, (say, said)) = (nap.clone(), mpsc::channel());
            let (go, may_go) = mpsc::channel();
            let mut held = Some((say, may_go));
            let start = now();
            let task = spawn_outside(poll_fn(move |cx| {
                let polled = Pin::new(&mut *own.lock().unwrap()).poll(cx);
                if let Some((say, may_go)) = held.take() {
                    say.send(worker().unwrap()).unwrap();
                    may_go.recv().unwrap();
                }
                polled
            }));
            let owner: usize = said.recv().unwrap();
            // The third keeps watch from here to the end: the owner sleeps until it is told.
            let (hold, is_held, let_go) = observer.hold();
            elsewhere(hold);
            is_held.recv().unwrap();
            go.send(()).unwrap();
            wait_until_asleep(&format!("worker {owner}"));
            let thread = std::thread::spawn(move || {
                wait_until_asleep("first worker");
                nap.lock().unwrap().reset(start + secs(3_600));
            });
            task.await.unwrap();
            assert_eq!(now() - start, secs(3_600));
            let_go.send(()).unwrap();
            thread.join().unwrap();
        });
    });
    in_time(|| test.unwrap().join().unwrap());
}

#[test]
fn tasks_of_several_workers_that_talk_over_sockets_are_done_before_the_clock_jumps() {
    in_time(|| {
        pool(2).block_on(async {
            let (client, server) = crate::net::connection().await;
            let start = now();
            let echo = spawn_outside(async move {
                let mut heard = [0; 4];
                for _ in 0..20 {
                    server.read_exact(&mut heard).await.unwrap();
                    server.write_all(&heard).await.unwrap();
                }
            });
            let limit = spawn(sleep(secs(3_600)));
            for _ in 0..20 {
                let mut heard = [0; 4];
                client.write_all(b"mail").await.unwrap();
                client.read_exact(&mut heard).await.unwrap();
                assert_eq!(now(), start);
            }
            echo.await.unwrap();
            limit.await.unwrap();
            assert_eq!(now() - start, secs(3_600));
        });
    });
}
