//! WO rows: what a runtime of several workers promises beside what each row promises anyway.
//!
//! Always: where a row needs a task on the other worker it waits until it is there, and says so if
//! it never comes (`elsewhere`).
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};

use futures_lite::FutureExt;
use tourbillon::internals::spawn_for_any;
use tourbillon::{Either, sleep, spawn_blocking, spawn_local, task, task_group, tasks, test};
use tourbillon::{Event, Handle, Observer, Runtime, Sendable, Task, TryGroup, now, oneshot, race};
use tourbillon::{advance, try_task_group, wait_for, worker, yield_now};

use crate::support::{on_two_workers, on_two_workers_outside, rest, spawn};
use crate::tools::{Count, Log, Place, in_time, message, secs};

/// Spawns a task that another worker than this one has begun, and will poll again unless it is
/// stolen: this worker does nothing else until then.
fn elsewhere<F>(future: F) -> Task<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let here = worker();
    let (begun, begins) = mpsc::channel();
    let task = spawn_for_any(async move {
        begun.send(worker()).unwrap();
        future.await
    });
    let there = begins.recv_timeout(secs(30));
    assert_ne!(there.expect("no other worker takes it"), here);
    task
}

fn two_workers() -> tourbillon::Builder {
    Runtime::builder().virtual_clock().workers(2)
}

#[test]
fn wo_01_the_future_of_block_on_runs_on_worker_0_and_what_it_spawns_on_any() {
    on_two_workers(async || {
        let (root, thread) = (worker(), std::thread::current().id());
        assert_eq!(root, Some(0));
        let seen = elsewhere(async { worker() }).await.unwrap();
        assert_eq!(seen, Some(1));
        for _ in 0..100 {
            spawn(yield_now()).await.unwrap();
            sleep(secs(1)).await;
            assert_eq!((worker(), std::thread::current().id()), (root, thread));
        }
    });
    on_two_workers_outside(|_| test(async { assert_eq!(worker(), Some(0)) }));
    assert_eq!(worker(), None);
}

#[test]
fn wo_02_a_local_task_is_polled_and_dropped_on_the_worker_that_spawned_it() {
    on_two_workers(async || {
        let (sent, place) = (Place::new(), Place::new());
        let (first, last) = (sent.on_drop(), place.on_drop());
        let (home, canceller) = elsewhere(async move {
            let home = std::thread::current().id();
            let local = Rc::new(Cell::new(0));
            let stays = spawn_local(async move {
                let _first = first;
                for _ in 0..100 {
                    assert_eq!(std::thread::current().id(), home);
                    local.set(local.get() + 1);
                    sleep(secs(1)).await;
                }
                local.get()
            });
            let left = spawn_local(async move {
                let _last = last;
                pending::<()>().await;
            });
            let canceller = left.canceller();
            left.detach();
            stays.detach();
            (home, canceller)
        })
        .await
        .unwrap();
        assert_ne!(home, std::thread::current().id());
        sleep(secs(200)).await;
        assert_eq!(sent.get(), Some(home), "it ended elsewhere");
        assert_eq!(place.get(), None);
        assert!(canceller.cancel());
        rest().await;
        assert_eq!(place.get(), Some(home), "dropped by who cancelled it");
    });
}

#[test]
fn wo_03_nothing_turns_outside_of_block_on_on_any_worker() {
    on_two_workers_outside(|_| {
        in_time(|| {
            let runtime = Runtime::builder().workers(2).build().unwrap();
            let polls = Count::new();
            let spin = polls.polls(async {
                loop {
                    yield_now().await;
                }
            });
            let spinner = runtime.block_on(async { elsewhere(spin) });
            let (stopped, waker) = (polls.get(), Count::new());
            let late = runtime.handle().spawn(waker.polls(async {}));
            for _ in 0..1_000 {
                std::thread::yield_now();
                assert_eq!((polls.get(), waker.get()), (stopped, 0));
            }
            runtime.block_on(late).unwrap();
            spinner.cancel();
            assert!(runtime.block_on(spinner).unwrap_err().is_cancelled());
        });
    });
}

#[test]
fn wo_04_the_end_drops_all_tasks_last_spawned_first_and_local_ones_at_home() {
    on_two_workers_outside(|_| {
        in_time(|| {
            let (log, places) = (Log::new(), [Place::new(), Place::new()]);
            let runtime = two_workers().build().unwrap();
            let keep = |name: &str| {
                let guard = log.on_drop(name);
                async move {
                    let _guard = guard;
                    pending::<()>().await;
                }
            };
            let local = |name: &str, place: &Place| {
                let (kept, guard) = (keep(name), place.on_drop());
                async move {
                    let _guard = guard;
                    kept.await;
                }
            };
            let there = runtime.block_on(async {
                spawn(keep("a")).detach();
                spawn_local(local("b", &places[0])).detach();
                let second = local("c", &places[1]);
                let spawned = elsewhere(async move {
                    spawn_local(second).detach();
                    std::thread::current().id()
                });
                let there = spawned.await.unwrap();
                spawn(keep("d")).detach();
                elsewhere(keep("e")).detach();
                spawn_local(keep("f, never polled")).detach();
                there
            });
            drop(runtime);
            assert_eq!(log.take(), ["f, never polled", "e", "d", "c", "b", "a"]);
            let homes = places.map(|place| place.get().unwrap());
            assert_eq!(homes, [std::thread::current().id(), there]);
        });
    });
}

#[test]
fn wo_05_a_panic_stays_with_its_task_and_costs_no_worker() {
    on_two_workers(async || {
        for _ in 0..3 {
            let panics: Task<()> = elsewhere(async { panic!("over there") });
            let died = panics.await.unwrap_err().into_panic();
            assert_eq!(message(&*died), "over there");
        }
        assert_eq!(elsewhere(async { worker() }).await.unwrap(), Some(1));
        // One of a member whose group runs there goes on in the task that has the group.
        let group = elsewhere(task_group(
            async |group: tourbillon::Group<'_, Sendable>| {
                group.spawn_task(async {
                    yield_now().await;
                    panic!("a member");
                });
                pending::<()>().await;
            },
        ));
        assert_eq!(message(&*group.await.unwrap_err().into_panic()), "a member");
    });
}

#[test]
fn wo_06_the_list_of_tasks_is_of_all_workers_wherever_it_is_asked_for() {
    on_two_workers(async || {
        let named = |name: &str| task::Builder::new().name(name);
        let names = || {
            let names = tasks().into_iter().filter_map(|task| task.name);
            names.collect::<Vec<_>>()
        };
        let first = named("local here").spawn_local(pending::<()>());
        let (end, ends) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        let there = elsewhere(async move {
            let local = task::Builder::new().name("local there");
            let local = local.spawn_local(pending::<()>()).canceller_and_go();
            tell.send(()).unwrap();
            ends.await.unwrap();
            let names = tasks().into_iter().filter_map(|task| task.name);
            let names = names.collect::<Vec<_>>();
            local.cancel();
            names
        });
        told.await.unwrap();
        let last = named("roams").spawn(pending::<()>());
        let all = ["local here", "local there", "roams"];
        assert_eq!(names(), all);
        end.send(()).unwrap();
        assert_eq!(there.await.unwrap(), all);
        drop((first, last));
        rest().await;
        assert!(names().is_empty());
    });
}

/// Lets a task go, and keeps the right to cancel it.
trait CancellerAndGo {
    fn canceller_and_go(self) -> tourbillon::Canceller;
}

impl<T> CancellerAndGo for Task<T> {
    fn canceller_and_go(self) -> tourbillon::Canceller {
        let canceller = self.canceller();
        self.detach();
        canceller
    }
}

/// A task, and the worker that polled it.
type Polled = (String, Option<usize>);

/// Writes down on which worker what was polled.
#[derive(Clone, Default)]
struct Where(Arc<Mutex<BTreeSet<Polled>>>);

impl Observer for Where {
    fn event(&self, event: &Event<'_>) {
        if let Event::PollStarted { task } = event {
            self.0.lock().unwrap().insert((task.to_string(), worker()));
        }
    }
}

#[test]
fn wo_07_an_observer_that_asks_hears_which_worker_an_event_comes_from() {
    on_two_workers_outside(|_| {
        in_time(|| {
            let polled = Where::default();
            let runtime = two_workers().observer(polled.clone()).build().unwrap();
            let (task, seen) = runtime.block_on(async {
                let task = elsewhere(async { worker() });
                (task.id().to_string(), task.await.unwrap())
            });
            assert_eq!(seen, Some(1));
            let polled = polled.0.lock().unwrap();
            assert!(polled.contains(&("0".into(), Some(0))), "{polled:?}");
            assert!(polled.contains(&(task, Some(1))), "{polled:?}");
            assert!(polled.iter().all(|(_, worker)| worker.is_some()));
        });
    });
}

#[test]
fn wo_08_a_task_from_another_thread_begins_on_the_first_worker_that_has_time() {
    on_two_workers(async || {
        let (handle, (tell, told)) = (Handle::current(), mpsc::channel());
        let thread = std::thread::spawn(move || {
            handle.spawn(async move {
                tell.send(worker()).unwrap();
                7
            })
        });
        // This worker is busy until then.
        assert_eq!(told.recv_timeout(secs(30)), Ok(Some(1)));
        assert_eq!(thread.join().unwrap().await.unwrap(), 7);
    });
}

#[test]
fn wo_09_a_value_from_another_worker_is_received_or_comes_back_and_its_wake_is_not_lost() {
    on_two_workers(async || {
        for round in 0..100 {
            let (sender, receiver) = oneshot::channel();
            let sends = elsewhere(async move { sender.send(round) });
            assert_eq!(receiver.await, Ok(round));
            assert_eq!(sends.await.unwrap(), Ok(()));
            // It races with the receiver's end.
            let (sender, receiver) = oneshot::channel();
            let receives = elsewhere(receiver);
            receives.cancel();
            let sent = sender.send(round);
            match receives.await {
                Ok(value) => assert_eq!((value, sent), (Ok(round), Ok(()))),
                Err(error) => assert!(error.is_cancelled()),
            }
            // What was handed over before the cancel has an owner.
            let (sender, receiver) = oneshot::channel();
            let receives = elsewhere(receiver);
            rest().await;
            sender.send(round).unwrap();
            receives.cancel();
            assert_eq!(receives.await.unwrap(), Ok(round));
        }
    });
}

#[test]
fn wo_10_race_and_wait_for_hear_of_a_task_on_another_worker_and_end_it() {
    on_two_workers(async || {
        let start = now();
        let after = |seconds: u64| async move {
            sleep(secs(seconds)).await;
            seconds
        };
        for _ in 0..30 {
            let first = race(elsewhere(after(1)), elsewhere(after(2))).await;
            assert!(matches!(first, Either::Left(Ok(1))), "{first:?}");
            let drops = Count::new();
            let guard = drops.on_drop();
            let late = elsewhere(async move {
                let _guard = guard;
                after(9).await
            });
            assert!(wait_for(late, secs(2)).await.is_err());
            rest().await;
            assert_eq!(drops.get(), 1);
            let limited = elsewhere(wait_for(pending::<()>(), secs(3)));
            assert!(limited.await.unwrap().is_err());
            let value = wait_for(elsewhere(after(2)), secs(3)).await;
            assert_eq!(value.unwrap().unwrap(), 2);
        }
        assert_eq!(now() - start, secs(30 * 8));
        assert_eq!(tasks().len(), 0);
    });
}

#[test]
fn wo_11_a_groups_tasks_on_other_workers_are_awaited_and_end_with_it() {
    on_two_workers(async || {
        for _ in 0..30 {
            let (drops, start) = (Count::new(), now());
            let failed: Result<(), _> =
                try_task_group(async |group: TryGroup<'_, Sendable, usize>| {
                    for n in 0..20 {
                        let guard = drops.on_drop();
                        group.spawn_task(async move {
                            let _guard = guard;
                            yield_now().await;
                            sleep(secs(n + 1)).await;
                            if n == 9 { Err(9) } else { Ok(()) }
                        });
                    }
                    Ok(())
                })
                .await;
            assert_eq!(failed.unwrap_err().errors(), [9]);
            assert_eq!((drops.get(), now() - start), (20, secs(10)));
            assert!(tasks().is_empty());
        }
    });
}

#[test]
fn wo_12_a_channel_between_workers_loses_and_doubles_nothing() {
    on_two_workers(async || {
        let (give, take) = async_channel::bounded(3);
        let (back, done) = async_channel::bounded(2);
        let hands_on = (0..4).map(|_| {
            let (take, back) = (take.clone(), back.clone());
            spawn(async move {
                while let Ok(n) = take.recv().await {
                    back.send(n).await.unwrap();
                }
            })
        });
        let hands_on: Vec<_> = hands_on.collect();
        drop((take, back));
        let gives = elsewhere(async move {
            for n in 0..500 {
                give.send(n).await.unwrap();
            }
        });
        let mut came = BTreeSet::new();
        while let Ok(n) = done.recv().await {
            assert!(came.insert(n), "{n} came twice");
        }
        assert!(came.into_iter().eq(0..500));
        gives.await.unwrap();
        for task in hands_on {
            task.await.unwrap();
        }
    });
}

#[test]
fn wo_13_the_virtual_clock_jumps_when_all_workers_are_idle_and_to_each_deadline_in_turn() {
    on_two_workers(async || {
        let start = now();
        // While one of them is busy, no time passes for the other.
        let (end, ended) = mpsc::channel::<()>();
        let (begun, begins) = oneshot::channel();
        let busy = elsewhere(async move {
            begun.send(()).unwrap();
            yield_now().await;
            ended.recv().unwrap();
            now()
        });
        begins.await.unwrap();
        let sleeper = spawn_local(sleep(secs(1)));
        for _ in 0..1_000 {
            yield_now().await;
        }
        assert!(!sleeper.is_finished());
        end.send(()).unwrap();
        assert_eq!(busy.await.unwrap(), start);
        sleeper.await.unwrap();
        let start = now();
        let sleepers = (0..4).map(|n| {
            spawn(async move {
                for round in 0..200 {
                    let deadline = start + secs(4 * round + n + 1);
                    tourbillon::sleep_until(deadline).await;
                    assert_eq!(now(), deadline);
                }
            })
        });
        for sleeper in sleepers.collect::<Vec<_>>() {
            sleeper.await.unwrap();
        }
        // By hand, for all of them.
        let far = elsewhere(sleep(secs(100)));
        rest().await;
        advance(secs(100));
        let moved = now();
        far.await.unwrap();
        assert_eq!(now(), moved);
    });
}

#[test]
fn wo_14_whoever_awaits_a_cancelled_task_waits_until_its_future_is_gone_elsewhere() {
    on_two_workers(async || {
        for _ in 0..100 {
            let drops = Count::new();
            let guard = drops.on_drop();
            let task = elsewhere(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            assert!(task.cancel());
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(drops.get(), 1);
        }
        // A job's value comes to whatever worker waits for it.
        let waits = elsewhere(async { spawn_blocking(|| 7).await });
        let waits = AssertUnwindSafe(waits).catch_unwind().await;
        assert_eq!(waits.unwrap().unwrap().unwrap(), 7);
    });
}
