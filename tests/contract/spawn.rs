//! SP rows: spawning, the order of turns, and what may be awaited how often.

use std::future::Future;

use futures_lite::future::block_on as elsewhere;
use tourbillon::task::Builder;
use tourbillon::{Handle, Runtime, Task, advance, block_on, interval, join_all, now, oneshot};
use tourbillon::{sleep, spawn_blocking, spawn_local, tasks, yield_now};

use crate::support::{
    holds, holds_in_order, holds_outside, on_one_loop, on_one_loop_outside, rest, spawn,
    spawn_in_order, test_on, workers,
};
use crate::tools::{Count, Log, Recorder, message, panic_of, secs};

#[test]
fn sp_01_spawn_polls_nothing_inside_the_call() {
    on_one_loop(async || {
        let polls = Count::new();
        let work = || polls.polls(async {});
        let spawned = [
            spawn(work()),
            spawn_local(work()),
            Builder::new().name("named").spawn(work()),
            Builder::new().spawn_local(work()),
            Handle::current().spawn(work()),
        ];
        assert_eq!(polls.get(), 0);
        assert!(spawned.iter().all(|task| !task.is_finished()));
        rest().await;
        assert_eq!(polls.get(), 5);
        for task in spawned {
            task.await.unwrap();
        }
    });
}

#[test]
fn sp_02_tasks_start_in_the_order_in_which_they_were_spawned() {
    holds_in_order(async || {
        let log = Log::new();
        let tasks: Vec<_> = (0..5)
            .map(|n| {
                let log = log.clone();
                let work = async move { log.add(n.to_string()) };
                if n % 2 == 0 {
                    spawn_in_order(work)
                } else {
                    spawn_local(work)
                }
            })
            .collect();
        rest().await;
        assert_eq!(log.take().join(" "), "0 1 2 3 4");
        join_all(tasks).await;
    });
}

/// What three tasks write that pause after each of their lines.
async fn three_tasks_that_pause<P>(pause: fn() -> P) -> String
where
    P: Future<Output = ()> + Send + 'static,
{
    let log = Log::new();
    let tasks = ["a", "b", "c"].map(|name| {
        let log = log.clone();
        spawn_in_order(async move {
            for n in 1..=3 {
                log.add(format!("{name}{n}"));
                pause().await;
            }
        })
    });
    join_all(tasks).await;
    log.take().join(" ")
}

#[test]
fn sp_03_a_round_of_the_queue_is_each_ready_task_exactly_once() {
    holds_in_order(async || {
        let start = now();
        let rounds = "a1 b1 c1 a2 b2 c2 a3 b3 c3";
        assert_eq!(three_tasks_that_pause(yield_now).await, rounds);
        let zero = || sleep(secs(0));
        assert_eq!(three_tasks_that_pause(zero).await, rounds);
        assert_eq!(now(), start);
    });
}

/// A turn of the loop, as its observer saw it.
struct Turn {
    /// How many entries stood in the queue when it began.
    ready: usize,
    /// How many polls were left until the next look.
    left: usize,
    polled: Vec<String>,
}

/// The turns, and how many polls there were before each look.
fn turns_and_looks(events: Vec<String>) -> (Vec<Turn>, Vec<usize>) {
    let (mut turns, mut looks, mut polls) = (Vec::<Turn>::new(), Vec::new(), 0);
    for event in events {
        if let Some((_, ready)) = event.split_once(" ready ") {
            turns.push(Turn {
                ready: ready.parse().unwrap(),
                left: 61 - polls,
                polled: Vec::new(),
            });
        } else if let Some(task) = event.strip_prefix("poll ") {
            turns.last_mut().unwrap().polled.push(task.to_owned());
            polls += 1;
        } else if event.starts_with("looked") {
            looks.push(polls);
            polls = 0;
        }
    }
    (turns, looks)
}

/// A runtime with a virtual clock, and who writes down what it says.
pub(crate) fn watched(workers: usize) -> (Runtime, Recorder) {
    let recorder = Recorder::new();
    let runtime = Runtime::builder().virtual_clock().workers(workers);
    let runtime = runtime.observer(recorder.clone()).build().unwrap();
    (runtime, recorder)
}

#[test]
fn sp_04_what_becomes_ready_in_a_turn_runs_in_the_next_behind_all_that_was_ready() {
    on_one_loop_outside(|| {
        let (runtime, recorder) = watched(1);
        let log = Log::new();
        runtime.block_on(async {
            let (inner, outer) = (log.clone(), log.clone());
            let child = spawn(async move {
                inner.add("child");
                let own = inner.clone();
                let grandchild = spawn(async move { own.add("grandchild") });
                yield_now().await;
                inner.add("child again");
                grandchild.await.unwrap();
            });
            let sibling = spawn(async move { outer.add("sibling") });
            join_all([child, sibling]).await;
        });
        assert_eq!(
            log.take(),
            ["child", "sibling", "grandchild", "child again"]
        );
        // The root is 0, the child 1, its sibling 2, the grandchild 3.
        let (turns, _) = turns_and_looks(recorder.take());
        let polled: Vec<_> = turns.iter().map(|turn| turn.polled.join(" ")).collect();
        assert_eq!(polled, ["0", "1 2", "3 1 0"]);
        assert!(runtime.tasks().is_empty());
    });
}

/// How often a task that never stops yielding is polled while a deadline that has come waits to
/// be seen.
async fn polls_of_a_spinner_before_a_timer_fires() -> usize {
    let polls = Count::new();
    let spinner = spawn(polls.polls(async {
        loop {
            sleep(secs(0)).await;
        }
    }));
    let sleeper = spawn(sleep(secs(5)));
    yield_now().await;
    advance(secs(5));
    let before = polls.get();
    sleeper.await.unwrap();
    spinner.cancel();
    let polled = polls.get() - before;
    assert!(spinner.await.unwrap_err().is_cancelled());
    polled
}

#[test]
fn sp_05_a_turn_polls_what_stood_in_the_queue_and_every_61_polls_the_loop_looks() {
    on_one_loop_outside(|| {
        for tasks in [1, 2, 3, 40, 60, 61, 62, 150] {
            let (runtime, recorder) = watched(1);
            runtime.block_on(async {
                let spin = || async {
                    for _ in 0..200 {
                        yield_now().await;
                    }
                };
                join_all((0..tasks).map(|_| spawn(spin()))).await;
            });
            let (mut turns, looks) = turns_and_looks(recorder.take());
            // The root's last poll ends its turn early.
            turns.pop();
            for turn in turns {
                let mut once = turn.polled.clone();
                once.sort();
                once.dedup();
                assert_eq!(once.len(), turn.polled.len(), "twice in {:?}", turn.polled);
                let expected = turn.ready.min(turn.left);
                assert_eq!(turn.polled.len(), expected, "{tasks} tasks");
            }
            let most = looks.into_iter().max();
            assert_eq!(most, Some(61), "{tasks} tasks: polls between two looks");
        }
        assert!(test_on(1, polls_of_a_spinner_before_a_timer_fires()) <= 2);
    });
}

#[test]
fn sp_06_what_is_ready_is_taken_without_a_yield_but_at_most_128_times_a_poll() {
    on_one_loop_outside(|| {
        let (runtime, recorder) = watched(1);
        let taken = Count::new();
        runtime.block_on(async {
            let take_one = async |taken: &Count| {
                let (sender, receiver) = oneshot::channel();
                sender.send(()).unwrap();
                receiver.await.unwrap();
                taken.add();
            };
            let own = taken.clone();
            let hog = spawn_local(async move {
                while own.get() < 1_000 {
                    take_one(&own).await;
                }
            });
            let seen = taken.clone();
            let other = spawn(async move { seen.get() });
            take_one(&Count::new()).await;
            assert!(join_all(Vec::<Task<()>>::new()).await.is_empty());
            assert_eq!(taken.get(), 0, "the root gave its turn away");
            assert_eq!(other.await.unwrap(), 128);
            hog.await.unwrap();
        });
        // 1,000 are seven times 128 and a rest: the trace counts seven forced yields of task 1.
        let told = recorder.take();
        let count = |line: &str| told.iter().filter(|other| *other == line).count();
        assert_eq!((count("Again 1"), count("Over 1")), (7, 1));
    });
}

#[test]
fn sp_07_awaiting_a_finished_task_again_panics_with_its_name_and_place() {
    holds(async || {
        let line = line!() + 1;
        let mut named = Builder::new().name("answer").spawn(async { 42 });
        assert_eq!((&mut named).await.unwrap(), 42);
        let again = spawn(async move { named.await.map(drop) });
        let died = message(&*again.await.unwrap_err().into_panic());
        assert!(died.contains("\"answer\""), "{died}");
        assert!(died.contains(&format!("spawn.rs:{line}:")), "{died}");
        assert!(died.contains("awaited again"), "{died}");

        let mut cancelled = spawn(sleep(secs(9)));
        cancelled.cancel();
        let id = cancelled.id();
        assert!((&mut cancelled).await.unwrap_err().is_cancelled());
        assert!(cancelled.is_finished() && cancelled.is_cancelled());
        let again = spawn(cancelled);
        let died = message(&*again.await.unwrap_err().into_panic());
        assert!(died.starts_with(&format!("task {id} (")), "{died}");
        assert!(died.contains("awaited again"), "{died}");
    });
}

#[test]
fn sp_08_outside_of_a_runtime_each_call_panics_with_its_name_and_the_way_in() {
    holds_outside(|workers| {
        let refused = [
            ("spawn", panic_of(|| spawn(async {}))),
            ("spawn_local", panic_of(|| spawn_local(async {}))),
            ("spawn_blocking", panic_of(|| spawn_blocking(|| ()))),
            ("tasks", panic_of(tasks)),
            ("advance", panic_of(|| advance(secs(1)))),
            ("Handle::current", panic_of(Handle::current)),
            (
                "task::Builder::spawn",
                panic_of(|| Builder::new().spawn(async {})),
            ),
            ("a sleep's poll", panic_of(|| elsewhere(sleep(secs(1))))),
            (
                "a sleep's poll",
                panic_of(|| elsewhere(interval(secs(1)).tick())),
            ),
        ];
        for (name, said) in refused {
            assert!(said.starts_with(name), "{name}: {said}");
            assert!(said.contains("outside of a tourbillon runtime"), "{said}");
            assert!(said.contains("tourbillon::block_on(async"), "{said}");
            assert!(said.contains("a Handle"), "{said}");
        }
        assert!(Handle::try_current().is_none());
        // A handle is the other way in.
        let runtime = Runtime::builder().workers(workers).build().unwrap();
        let task = runtime.handle().spawn(async { 7 });
        assert_eq!(runtime.block_on(task).unwrap(), 7);
        // Making a sleep or an interval needs no runtime; only its poll does.
        let (mut sleep, mut interval) = (sleep(secs(1)), interval(secs(1)));
        test_on(workers, async move {
            (&mut sleep).await;
            interval.tick().await;
        });
    });
}

#[test]
fn sp_09_a_loop_inside_of_a_loop_is_refused_with_the_way_out() {
    holds_outside(|workers| {
        let says_the_fix = |refused: String| {
            assert!(refused.contains("await the future instead"), "{refused}");
            assert!(refused.contains("spawn_blocking"), "{refused}");
        };
        says_the_fix(test_on(workers, async { panic_of(|| block_on(async {})) }));
        says_the_fix(test_on(workers, async {
            spawn(async { panic_of(|| block_on(async {})) })
                .await
                .unwrap()
        }));
        let other = Runtime::builder().workers(workers).build().unwrap();
        says_the_fix(test_on(workers, async {
            panic_of(|| other.block_on(async {}))
        }));
        assert_eq!(other.block_on(async { 7 }), 7);
    });
}

#[test]
fn sp_10_dropping_a_handle_cancels_its_task_and_a_detached_one_runs_to_its_end() {
    holds(async || {
        let (ran, drops) = (Count::new(), Count::new());
        let work = |turns: usize| {
            let (ran, guard) = (ran.clone(), drops.on_drop());
            async move {
                let _guard = guard;
                for _ in 0..turns {
                    yield_now().await;
                }
                sleep(secs(1)).await;
                ran.add();
            }
        };
        // Not yet polled, idle, and in the queue.
        drop(spawn(work(0)));
        let (idle, woken) = (spawn(work(0)), spawn(work(100)));
        rest().await;
        let before = drops.get();
        drop((idle, woken));
        let now = drops.get();
        assert!(
            now == before || workers() > 1,
            "dropped inside the drop of a handle"
        );
        sleep(secs(2)).await;
        assert_eq!((ran.get(), drops.get()), (0, 3));
        assert!(tasks().is_empty());

        spawn(work(3)).detach();
        assert_eq!(tasks().len(), 1, "the runtime owns it");
        sleep(secs(2)).await;
        assert_eq!((ran.get(), drops.get()), (1, 4));
    });
}
