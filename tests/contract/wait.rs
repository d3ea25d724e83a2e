//! WA rows: `wait`, until enough of many are done.

use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::time::Duration;

use futures_lite::future::poll_once;
use tourbillon::{
    all, as_completed, first_completed, first_error, now, oneshot, sleep, spawn_local,
};
use tourbillon::{tasks, wait, wait_for, wait_until};

use crate::support::{holds, rest, spawn};
use crate::tools::secs;

/// Waits `seconds`, and gives them.
async fn after(seconds: u64) -> u64 {
    sleep(secs(seconds)).await;
    seconds
}

#[test]
fn wa_01_the_first_brings_all_that_are_done_by_the_end_of_the_poll_in_the_order_of_completion() {
    holds(async || {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| oneshot::channel()).unzip();
        let mut waiting = wait(receivers, first_completed);
        assert!(poll_once(&mut waiting).await.is_none());
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        for n in [3, 0, 2] {
            senders[n].take().unwrap().send(n).unwrap();
        }
        let (done, rest) = poll_once(waiting).await.expect("three are done");
        assert_eq!(done, [(3, Ok(3)), (0, Ok(0)), (2, Ok(2))]);
        assert_eq!(rest.len(), 1);
        // Deadlines: those that come in one turn.
        let start = now();
        let (done, rest) = wait([10, 1, 1].map(after), first_completed).await;
        assert_eq!((done, rest.len()), (vec![(1, 1), (2, 1)], 1));
        assert_eq!(now() - start, secs(1));
        // One that is done already costs no turn.
        let endless: Pin<Box<dyn Future<Output = ()>>> = Box::pin(pending());
        let waiting = wait([endless, Box::pin(ready(()))], first_completed);
        let (done, rest) = poll_once(waiting).await.expect("at once");
        assert_eq!((done, rest.len()), (vec![(1, ())], 1));
    });
}

#[test]
fn wa_02_the_first_error_brings_what_came_before_it_and_a_cancelled_task_is_none() {
    holds(async || {
        let child = |n: u64| async move {
            sleep(secs(n)).await;
            if n == 2 { Err(n) } else { Ok(n) }
        };
        let (done, rest) = wait([3, 1, 2, 4].map(child), first_error).await;
        assert_eq!((done, rest.len()), (vec![(1, Ok(1)), (2, Err(2))], 2));
        let (done, rest) = wait(rest, first_error).await;
        assert_eq!(done, [(0, Ok(3)), (3, Ok(4))]);
        assert!(rest.is_empty());
        let tasks = [1, 2, 3, 9].map(|n| {
            spawn(async move {
                sleep(secs(n)).await;
                assert_ne!(n, 3, "a panic");
            })
        });
        tasks[0].cancel();
        let (done, rest) = wait(tasks, first_error).await;
        let [(0, cancelled), (1, Ok(())), (2, panicked)] = &done[..] else {
            panic!("{done:?}");
        };
        assert!(cancelled.as_ref().unwrap_err().is_cancelled());
        assert!(panicked.as_ref().unwrap_err().is_panic());
        assert_eq!(rest.len(), 1);
        drop(rest);
        // A task's own error is an output: it is an error only for whoever looks inside.
        let tasks = [spawn(child(2)), spawn(child(3))];
        let own = |ended: &Result<Result<u64, u64>, _>| matches!(ended, Ok(Err(_)));
        let (done, rest) = wait(tasks, own).await;
        assert_eq!((done.len(), done[0].0, rest.len()), (1, 0, 1));
    });
}

#[test]
fn wa_03_a_limit_leaves_what_the_wait_borrowed_and_drops_what_it_owned() {
    holds(async || {
        let mut borrowed = [1, 9].map(|n| spawn(after(n)));
        let late = wait_for(wait(&mut borrowed, all), secs(3)).await;
        assert!(late.map(drop).is_err());
        let [first, second] = borrowed;
        assert!(first.is_finished() && !second.is_finished());
        assert_eq!(second.await.unwrap(), 9, "it did not run on");
        let late = wait_for(wait([spawn(after(9))], all), secs(1)).await;
        assert!(late.map(drop).is_err());
        rest().await;
        assert!(tasks().is_empty());
        // A limit of zero asks once.
        let mut done = [spawn_local(ready(1)), spawn_local(ready(2))];
        assert!(
            wait_for(wait(&mut done, all), Duration::ZERO)
                .await
                .is_err()
        );
        rest().await;
        let (done, rest) = wait_for(wait(done, all), Duration::ZERO).await.unwrap();
        assert_eq!((done.len(), rest.len()), (2, 0));
        // Those that came in time and those that did not: one by one, until a deadline.
        let (mut running, mut done) = ([2, 1, 9].map(|n| spawn(after(n))), Vec::new());
        let (mut coming, deadline) = (as_completed(&mut running), now() + secs(3));
        while let Ok(Some((index, value))) = wait_until(coming.next(), deadline).await {
            done.push((index, value.unwrap()));
        }
        assert_eq!((done, coming.len()), (vec![(1, 1), (0, 2)], 1));
        assert_eq!(coming.next().await.unwrap().1.unwrap(), 9);
    });
}

#[test]
fn wa_04_waiting_for_nothing_is_over_at_once_and_any_future_may_be_waited_for() {
    holds(async || {
        let waiting = wait(Vec::<std::future::Ready<()>>::new(), first_completed);
        let (done, rest) = poll_once(waiting).await.expect("at once");
        assert!(done.is_empty() && rest.is_empty());
        let waiting = wait(rest, all);
        let (done, rest) = poll_once(waiting).await.expect("at once");
        assert!(done.is_empty() && rest.is_empty());
        // Neither tasks nor spawned: they run inside the wait.
        let (done, _) = wait([after(1), after(2)], all).await;
        assert_eq!(done, [(0, 1), (1, 2)]);
        assert!(tasks().is_empty());
    });
}

#[test]
fn wa_05_the_done_stand_in_the_order_of_completion_and_the_rest_keeps_its_indices() {
    holds(async || {
        let (done, rest) = wait([2, 3, 1].map(after), all).await;
        assert_eq!(done, [(2, 1), (0, 2), (1, 3)]);
        assert!(rest.is_empty());
        let (start, mut order) = (now(), Vec::new());
        let (mut done, mut rest) = wait([4, 9, 2, 7].map(after), first_completed).await;
        while let [(index, seconds)] = done[..] {
            assert_eq!(
                now() - start,
                secs(seconds),
                "its time went on while nobody waited"
            );
            order.push(index);
            (done, rest) = wait(rest, first_completed).await;
        }
        assert_eq!(order, [2, 0, 3, 1]);
        assert!(done.is_empty() && rest.is_empty());
    });
}
