//! AC rows: `as_completed`, results as they come.

use std::future::ready;

use futures_lite::StreamExt;
use futures_lite::future::poll_once;
use tourbillon::{as_completed, now, oneshot, sleep, tasks, wait_for};

use crate::support::{holds, rest, spawn};
use crate::tools::{Log, secs};

/// Waits `seconds`, and gives them.
async fn after(seconds: u64) -> u64 {
    sleep(secs(seconds)).await;
    seconds
}

/// That one future cannot be given twice is shown in `docs/contract.md`, JO-2.
#[test]
fn ac_01_of_nothing_nothing_comes_at_once() {
    holds(async || {
        let mut none = as_completed(Vec::<std::future::Ready<()>>::new());
        assert!(none.is_empty());
        assert_eq!(poll_once(none.next()).await, Some(None));
    });
}

#[test]
fn ac_02_those_that_were_done_before_come_in_input_order() {
    holds(async || {
        let (senders, done): (Vec<_>, Vec<_>) = (0..200)
            .map(|n| {
                let (sender, receiver) = oneshot::channel::<()>();
                let task = spawn(async move {
                    receiver.await.unwrap();
                    n
                });
                (sender, task)
            })
            .unzip();
        rest().await;
        for sender in senders.into_iter().rev() {
            sender.send(()).unwrap();
        }
        while done.iter().any(|task| !task.is_finished()) {
            rest().await;
        }
        let coming = as_completed(done).map(|(index, value)| (index, value.unwrap()));
        let order: Vec<_> = coming.collect().await;
        assert!(order.into_iter().eq((0..200).map(|n| (n, n))));
        // Plain futures that never wait are no different.
        let ready: Vec<_> = as_completed((0..200).map(ready)).collect().await;
        assert!(ready.into_iter().eq((0..200).map(|n| (n, n))));
    });
}

#[test]
fn ac_03_those_that_finish_in_one_turn_come_in_the_order_of_completion() {
    holds(async || {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| oneshot::channel()).unzip();
        let mut coming = as_completed(receivers);
        assert_eq!(poll_once(coming.next()).await, None);
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        for n in [2, 0, 3, 1] {
            senders[n].take().unwrap().send(n).unwrap();
        }
        for n in [2, 0, 3, 1] {
            assert_eq!(poll_once(coming.next()).await, Some(Some((n, Ok(n)))));
        }
        assert_eq!(coming.next().await, None);
    });
}

#[test]
fn ac_04_an_error_is_an_item_and_those_after_it_come() {
    holds(async || {
        let tasks = [1, 2, 3].map(|n| {
            spawn(async move {
                sleep(secs(n)).await;
                assert_ne!(n, 2, "a child");
                n
            })
        });
        let mut coming = as_completed(tasks);
        assert_eq!(coming.next().await.unwrap().1.unwrap(), 1);
        let (index, failed) = coming.next().await.unwrap();
        assert!(index == 1 && failed.unwrap_err().is_panic());
        assert_eq!(coming.next().await.unwrap().1.unwrap(), 3);
        assert!(coming.next().await.is_none());
    });
}

#[test]
fn ac_05_a_limit_on_one_item_loses_none_and_one_on_all_drops_the_rest() {
    holds(async || {
        let mut coming = as_completed([5, 1].map(after));
        assert_eq!(wait_for(coming.next(), secs(3)).await, Ok(Some((1, 1))));
        assert!(wait_for(coming.next(), secs(3)).await.is_err());
        assert_eq!(coming.len(), 1);
        assert_eq!(coming.next().await, Some((0, 5)));
        // On all of them: what came before is kept, the rest is dropped.
        let (log, mut taken) = (Log::new(), Vec::new());
        let children = [1, 2, 8, 9].map(|n| {
            let guard = log.on_drop(&n.to_string());
            spawn(async move {
                let _guard = guard;
                after(n).await
            })
        });
        let all = async {
            let mut coming = as_completed(children);
            while let Some((index, _)) = coming.next().await {
                taken.push(index);
            }
        };
        assert!(wait_for(all, secs(3)).await.is_err());
        rest().await;
        let mut dropped = log.take();
        // Each task goes in its own turn, on whatever worker.
        dropped.sort();
        assert_eq!((taken, dropped.join(" ")), (vec![0, 1], "1 2 8 9".into()));
        assert!(tasks().is_empty());
    });
}

#[test]
fn ac_06_whoever_leaves_early_drops_the_rest() {
    holds(async || {
        let (log, start) = (Log::new(), now());
        let child = |n: u64| {
            let guard = log.on_drop(&n.to_string());
            async move {
                let _guard = guard;
                sleep(secs(n)).await;
            }
        };
        let mut coming = as_completed([2, 1, 3].map(child));
        assert_eq!(coming.next().await, Some((1, ())));
        drop(coming);
        assert_eq!(log.take().join(" "), "1 2 3");
        let mut coming = as_completed([1, 8, 9].map(|n| spawn(child(n))));
        assert_eq!(coming.next().await.unwrap().0, 0);
        drop(coming);
        rest().await;
        assert!(tasks().is_empty(), "a task that was left lives");
        let mut dropped = log.take();
        dropped.sort();
        assert_eq!(dropped.join(" "), "1 8 9");
        assert_eq!(now() - start, secs(2));
    });
}

#[test]
fn ac_07_each_comes_once_with_its_index_which_leads_to_its_task() {
    holds(async || {
        let start = now();
        let mut tasks = [3, 1, 2].map(|n| spawn(after(n)));
        let ids = tasks.each_ref().map(|task| task.id());
        let mut order = Vec::new();
        let mut coming = as_completed(&mut tasks);
        for (left, index, seconds) in [(3, 1, 1), (2, 2, 2), (1, 0, 3)] {
            assert_eq!(coming.len(), left);
            let (at, value) = coming.next().await.unwrap();
            assert_eq!((at, value.unwrap()), (index, seconds));
            assert_eq!(now() - start, secs(seconds));
            order.push(at);
        }
        assert!(coming.next().await.is_none() && coming.next().await.is_none());
        drop(coming);
        let order: Vec<_> = order.into_iter().map(|at| tasks[at].id()).collect();
        assert_eq!(order, [ids[1], ids[2], ids[0]]);
    });
}
