//! Who runs before whom, where the contract's SP rows end (D5, D6).

use std::future::poll_fn;
use std::task::Poll;

use tourbillon::{Handle, Task, join, join_all, oneshot};
use tourbillon::{spawn, test, yield_now};

use crate::support::{Count, Log};

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

/// Home reserves numbers in advance, and gives them up when another thread has taken some.
#[test]
fn tasks_are_numbered_in_the_order_of_their_spawning_whichever_thread_spawns() {
    test(async {
        let handle = Handle::current();
        let first = spawn(std::future::pending::<()>());
        let second = std::thread::spawn(move || handle.spawn(std::future::pending::<()>()));
        let second = second.join().unwrap();
        let third = spawn(std::future::pending::<()>());
        assert!(first.id() < second.id() && second.id() < third.id());
    });
}
