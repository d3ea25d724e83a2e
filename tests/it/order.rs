//! Who runs before whom (D5, D6).

use std::future::poll_fn;
use std::task::Poll;

use tourbillon::{
    Handle, Runtime, Task, advance, join, join_all, now, oneshot, sleep, sleep_until,
};
use tourbillon::{spawn, test, yield_now};

use crate::support::{Count, Log, Recorder, secs};

/// A task that writes its name, with a number, before each of its yields and after the last.
fn counter(log: &Log, name: &'static str, yields: usize) -> Task<()> {
    spawn(count(log.clone(), name, yields))
}

async fn count(log: Log, name: &'static str, yields: usize) {
    for n in 1..=yields {
        log.add(format!("{name}{n}"));
        yield_now().await;
    }
    log.add(format!("{name}{}", yields + 1));
}

#[test]
fn tasks_start_in_the_order_in_which_they_were_spawned_and_never_inside_spawn() {
    test(async {
        let log = Log::new();
        let tasks: Vec<_> = (0..5)
            .map(|n| {
                let (task, spawned) = (log.clone(), log.clone());
                let handle = spawn(async move { task.add(format!("ran {n}")) });
                spawned.add(format!("spawned {n}"));
                handle
            })
            .collect();
        join_all(tasks).await;
        let spawned = (0..5).map(|n| format!("spawned {n}"));
        let ran = (0..5).map(|n| format!("ran {n}"));
        assert_eq!(log.take(), spawned.chain(ran).collect::<Vec<_>>());
    });
}

#[test]
fn tasks_that_yield_take_turns() {
    test(async {
        let log = Log::new();
        join_all([
            counter(&log, "a", 2),
            counter(&log, "b", 2),
            counter(&log, "c", 2),
        ])
        .await;
        assert_eq!(log.take().join(" "), "a1 b1 c1 a2 b2 c2 a3 b3 c3");
    });
}

#[test]
fn a_sleep_of_zero_is_a_yield() {
    test(async {
        let log = Log::new();
        let sleeper = |name: &'static str| {
            let log = log.clone();
            spawn(async move {
                for n in 1..=3 {
                    log.add(format!("{name}{n}"));
                    sleep(secs(0)).await;
                }
            })
        };
        let start = now();
        join_all([sleeper("a"), sleeper("b")]).await;
        assert_eq!(log.take().join(" "), "a1 b1 a2 b2 a3 b3");
        assert_eq!(now(), start);
    });
}

#[test]
fn what_is_spawned_in_a_turn_runs_behind_all_that_was_ready_before() {
    test(async {
        let log = Log::new();
        let (inner, outer) = (log.clone(), log.clone());
        let child = spawn(async move {
            inner.add("child");
            let grandchild = counter(&inner, "grandchild", 0);
            yield_now().await;
            inner.add("child again");
            grandchild.await.unwrap();
        });
        let sibling = spawn(async move { outer.add("sibling") });
        join_all([child, sibling]).await;
        assert_eq!(
            log.take(),
            ["child", "sibling", "grandchild1", "child again"]
        );
    });
}

#[test]
fn the_root_stands_in_the_queue_like_any_task() {
    test(async {
        let log = Log::new();
        let a = counter(&log, "a", 1);
        log.add("root1");
        yield_now().await;
        log.add("root2");
        let b = counter(&log, "b", 1);
        yield_now().await;
        log.add("root3");
        join_all([a, b]).await;
        assert_eq!(log.take().join(" "), "root1 a1 root2 a2 b1 root3 b2");
    });
}

/// Wakes itself first and spawns then, within one poll.
async fn wake_then_spawn(log: Log) {
    let mut spawned = None;
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        if polls == 2 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        spawned = Some(counter(&log, "spawned", 0));
        Poll::Pending
    })
    .await;
    log.add("woken");
    spawned.expect("the first poll spawned it").await.unwrap();
}

#[test]
fn whoever_is_woken_during_its_own_poll_takes_its_place_when_the_poll_ends() {
    let log = Log::new();
    test(async { spawn(wake_then_spawn(log.clone())).await.unwrap() });
    assert_eq!(log.take(), ["spawned1", "woken"], "a task");
    test(wake_then_spawn(log.clone()));
    assert_eq!(log.take(), ["spawned1", "woken"], "the root");
}

#[test]
fn mail_goes_behind_what_stands_in_the_queue_already() {
    test(async {
        let log = Log::new();
        let handle = Handle::current();
        let a = counter(&log, "a", 1);
        let mail = log.clone();
        let posted = std::thread::spawn(move || handle.spawn(count(mail, "mail", 0)));
        let posted = posted.join().unwrap();
        let b = counter(&log, "b", 1);
        join_all([a, b, posted]).await;
        assert_eq!(log.take().join(" "), "a1 b1 mail1 a2 b2");
    });
}

/// The polls of each turn, and the polls between two looks, of `tasks` tasks that yield `yields`
/// times.
fn turns_and_looks(tasks: usize, yields: usize) -> (Vec<Vec<String>>, Vec<usize>) {
    let recorder = Recorder::new();
    let runtime = Runtime::builder()
        .observer(recorder.clone())
        .build()
        .unwrap();
    runtime.block_on(async {
        join_all((0..tasks).map(|_| counter(&Log::new(), "", yields))).await;
    });
    let (mut turns, mut looks) = (Vec::new(), vec![0]);
    for event in recorder.take() {
        if event.starts_with("turn") {
            turns.push(Vec::new());
        } else if let Some(task) = event.strip_prefix("poll ") {
            turns.last_mut().unwrap().push(task.to_owned());
            *looks.last_mut().unwrap() += 1;
        } else if event.starts_with("looked") {
            looks.push(0);
        }
    }
    (turns, looks)
}

#[test]
fn nothing_is_polled_twice_in_a_turn_and_no_turn_polls_more_than_61() {
    for tasks in [1, 2, 60, 61, 150] {
        let (turns, _) = turns_and_looks(tasks, 10);
        for polled in turns {
            let mut once = polled.clone();
            once.sort();
            once.dedup();
            assert_eq!(
                once.len(),
                polled.len(),
                "{tasks} tasks: twice in {polled:?}"
            );
            assert!(
                polled.len() <= 61,
                "{tasks} tasks: {} polls in a turn",
                polled.len()
            );
        }
    }
}

#[test]
fn at_most_61_polls_pass_between_two_looks_and_a_busy_loop_takes_them_all() {
    for tasks in [1, 3, 40, 60, 61, 62, 150] {
        let (_, looks) = turns_and_looks(tasks, 200);
        let most = looks.iter().max().unwrap();
        assert_eq!(*most, 61, "{tasks} tasks: {most} polls between two looks");
    }
}

#[test]
fn equal_deadlines_fire_in_the_order_in_which_they_were_set_whenever_that_was() {
    test(async {
        let log = Log::new();
        let deadline = now() + secs(100_000);
        let mut tasks = Vec::new();
        for (n, pause) in [0, 1, 90_000, 9_000, 998, 1, 0].into_iter().enumerate() {
            sleep(secs(pause)).await;
            let log = log.clone();
            tasks.push(spawn(async move {
                sleep_until(deadline).await;
                log.add(n.to_string());
            }));
            yield_now().await;
        }
        join_all(tasks).await;
        assert_eq!(log.take().join(" "), "0 1 2 3 4 5 6");
        assert_eq!(now(), deadline.max(now()));
    });
}

#[test]
fn ten_thousand_equal_deadlines_fire_in_the_order_in_which_they_were_set() {
    test(async {
        let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let tasks = (0..10_000).map(|n| {
            let order = order.clone();
            spawn(async move {
                sleep(secs(3)).await;
                order.lock().unwrap().push(n);
            })
        });
        join_all(tasks).await;
        assert!(order.lock().unwrap().iter().copied().eq(0..10_000));
    });
}

#[test]
fn two_tasks_that_wake_each_other_do_not_keep_a_third_from_its_turns() {
    test(async {
        let (ping, pong) = (async_channel::unbounded(), async_channel::unbounded());
        let (polls, turns) = (Count::new(), Count::new());
        let player = |receiver: async_channel::Receiver<()>, sender: async_channel::Sender<()>| {
            spawn(polls.polls(async move {
                while receiver.recv().await.is_ok() && sender.send(()).await.is_ok() {}
            }))
        };
        let players = [
            player(ping.1.clone(), pong.0.clone()),
            player(pong.1, ping.0.clone()),
        ];
        ping.0.send(()).await.unwrap();
        let own = turns.clone();
        let bystander = spawn(async move {
            for _ in 0..1_000 {
                own.add();
                yield_now().await;
            }
        });
        bystander.await.unwrap();
        // Of the two only one is awake at a time, so the third has every second turn.
        assert!(
            polls.get() <= turns.get() + 4,
            "{} to {}",
            polls.get(),
            turns.get()
        );
        drop(players);
        yield_now().await;
    });
}

#[test]
fn a_task_that_never_stops_yielding_does_not_keep_timers_from_firing() {
    test(async {
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
        assert!(
            polls.get() - before <= 2,
            "it took {} rounds",
            polls.get() - before
        );
        spinner.cancel();
        assert!(spinner.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn children_of_a_set_run_inside_their_parents_turn() {
    test(async {
        let log = Log::new();
        let set = join_all([count(log.clone(), "a", 1), count(log.clone(), "b", 1)]);
        let parent = spawn(set);
        let other = counter(&log, "other", 1);
        join(parent, other).await.0.unwrap();
        assert_eq!(log.take().join(" "), "a1 b1 other1 a2 b2 other2");
    });
}

#[test]
fn children_of_a_set_are_polled_in_the_order_of_their_wakes() {
    test(async {
        let log = Log::new();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| oneshot::channel()).unzip();
        let children = receivers.into_iter().map(|receiver| {
            let log = log.clone();
            async move { log.add(receiver.await.unwrap()) }
        });
        let parent = spawn(join_all(children.collect::<Vec<_>>()));
        yield_now().await;
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        for n in [2, 0, 3, 1] {
            let sender = senders[n].take().unwrap();
            sender.send(n.to_string()).unwrap();
        }
        parent.await.unwrap();
        assert_eq!(log.take().join(" "), "2 0 3 1");
    });
}

#[test]
fn awaiting_what_is_there_already_does_not_give_the_turn_away() {
    test(async {
        let log = Log::new();
        let other = counter(&log, "other", 0);
        let (sender, receiver) = oneshot::channel();
        sender.send(()).unwrap();
        receiver.await.unwrap();
        assert!(join_all(Vec::<Task<()>>::new()).await.is_empty());
        log.add("root");
        other.await.unwrap();
        assert_eq!(log.take(), ["root", "other1"]);
    });
}
