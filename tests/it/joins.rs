//! `join`, `race`, `join_all` and their failing kin: polls, wakes, and who is dropped when (K32 to
//! K35). What `join_all` gives are the contract's JO rows.

use std::future::{Future, pending, poll_fn, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use tourbillon::{Either, join, join_all, now, oneshot, race, sleep, spawn, test};
use tourbillon::{try_join, wait_for, yield_now};

use crate::support::{Count, Log, secs};

#[test]
fn sets_inside_of_sets_poll_each_ready_child_once() {
    test(async {
        let polls = Count::new();
        let inner = |_| join_all((0..1_000).map(|_| polls.polls(ready(()))));
        let all = join_all((0..50).map(inner)).await;
        assert_eq!(all.iter().map(Vec::len).sum::<usize>(), 50_000);
        assert_eq!(polls.get(), 50_000);
    });
}

#[test]
fn one_wake_is_one_poll_of_one_child() {
    test(async {
        let children: Vec<_> = (0..100).map(|_| Count::new()).collect();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..100).map(|_| oneshot::channel()).unzip();
        let waits = receivers.into_iter().zip(&children);
        let all = join_all(waits.map(|(receiver, polls)| polls.polls(receiver)));
        let parents = Count::new();
        let all = spawn(parents.polls(all));
        yield_now().await;
        yield_now().await;
        let polls = || children.iter().map(Count::get).sum::<usize>();
        assert_eq!((polls(), parents.get()), (100, 2));
        for (n, sender) in senders.into_iter().enumerate() {
            sender.send(n).unwrap();
            yield_now().await;
            assert_eq!((polls(), parents.get()), (101 + n, 3 + n));
        }
        assert_eq!(all.await.unwrap().len(), 100);
    });
}

#[test]
fn ten_thousand_children_woken_one_by_one_from_the_back_are_polled_twice_each() {
    test(async {
        let polls = Count::new();
        let n = 10_000;
        let waits = (0..n).map(|i| polls.polls(async move { sleep(secs(n - i)).await }));
        join_all(waits.collect::<Vec<_>>()).await;
        assert_eq!(polls.get(), 2 * n as usize);
    });
}

#[test]
fn a_child_that_is_always_ready_to_run_does_not_starve_its_siblings() {
    test(async {
        let eager = Count::new();
        let own = eager.clone();
        let spinning: std::pin::Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
            while own.get() < 1_000 {
                own.add();
                yield_now().await;
            }
        });
        let seen = eager.clone();
        let sibling = Box::pin(async move {
            for _ in 0..3 {
                yield_now().await;
            }
            assert!(seen.get() <= 4, "{} rounds before its third", seen.get());
        });
        join_all([spinning, sibling]).await;
        assert_eq!(eager.get(), 1_000);
    });
}

#[test]
fn a_child_may_be_woken_from_any_thread() {
    test(async {
        let hold = tourbillon::Handle::current().hold_clock();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..100).map(|_| oneshot::channel()).unzip();
        let thread = std::thread::spawn(move || {
            for (n, sender) in senders.into_iter().enumerate() {
                sender.send(n).unwrap();
            }
        });
        let all = join_all(receivers).await;
        assert!(all.into_iter().map(Result::unwrap).eq(0..100));
        thread.join().unwrap();
        drop(hold);
    });
}

#[test]
fn a_childs_waker_that_outlives_its_child_or_its_set_wakes_nobody() {
    test(async {
        let wakers: Arc<Mutex<Vec<Waker>>> = Arc::default();
        let leave = |polls: usize| {
            let (wakers, mut left) = (wakers.clone(), polls);
            poll_fn(move |cx: &mut Context<'_>| {
                wakers.lock().unwrap().push(cx.waker().clone());
                left -= 1;
                if left == 0 {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
        };
        let parents = Count::new();
        let parent = spawn(parents.polls(join_all([leave(1), leave(2)])));
        yield_now().await;
        let old = std::mem::take(&mut *wakers.lock().unwrap());
        old[0].wake_by_ref();
        yield_now().await;
        assert_eq!(parents.get(), 1, "the first child is over");
        old[1].wake_by_ref();
        parent.await.unwrap();
        old.iter().for_each(Waker::wake_by_ref);
        yield_now().await;
        assert_eq!(parents.get(), 2);
    });
}

#[test]
fn children_are_dropped_in_the_order_of_the_inputs() {
    test(async {
        let log = Log::new();
        let guarded = |n: usize| {
            let guard = log.on_drop(&n.to_string());
            async move {
                let _guard = guard;
                pending::<()>().await;
            }
        };
        let waiting = join_all((0..5).map(guarded));
        assert!(wait_for(waiting, secs(1)).await.is_err());
        assert_eq!(log.take().join(" "), "0 1 2 3 4");
        drop(join_all((0..3).map(guarded)));
        assert_eq!(log.take().join(" "), "0 1 2", "never polled");
    });
}

#[test]
fn a_pair_polls_left_first_and_gives_both() {
    test(async {
        let log = Log::new();
        let side = |name: &'static str, after: u64| {
            let log = log.clone();
            async move {
                log.add(name);
                sleep(secs(after)).await;
                name
            }
        };
        let start = now();
        assert_eq!(
            join(side("left", 2), side("right", 1)).await,
            ("left", "right")
        );
        assert_eq!(log.take(), ["left", "right"]);
        assert_eq!(now() - start, secs(2));
    });
}

#[test]
fn a_finished_side_of_a_pair_is_dropped_at_once_and_not_polled_again() {
    test(async {
        let (polls, drops) = (Count::new(), Count::new());
        let guard = drops.on_drop();
        let short = polls.polls(async move {
            let _guard = guard;
            sleep(secs(1)).await;
        });
        let seen = drops.clone();
        let long = async move {
            sleep(secs(2)).await;
            seen.get()
        };
        assert_eq!(join(short, long).await.1, 1);
        assert_eq!(polls.get(), 2);
    });
}

#[test]
fn the_first_error_of_a_pair_drops_the_other_side_before_it_is_returned() {
    test(async {
        let log = Log::new();
        let side = |n: u64, fails: bool| {
            let guard = log.on_drop(&n.to_string());
            async move {
                let _guard = guard;
                sleep(secs(n)).await;
                if fails { Err(n) } else { Ok(n) }
            }
        };
        for (left, right, first) in [
            (side(2, false), side(1, true), 1),
            (side(1, true), side(2, false), 1),
            (side(1, false), side(2, true), 2),
        ] {
            // It lives on, so that only it can have dropped its sides.
            let mut pair = Box::pin(try_join(left, right));
            assert_eq!((&mut pair).await, Err(first));
            assert_eq!(log.take().len(), 2);
        }
        assert_eq!(try_join(side(1, true), side(1, true)).await, Err(1));
        assert_eq!(try_join(side(1, false), side(2, false)).await, Ok((1, 2)));
        let left: Result<((), ()), &str> = try_join(ready(Err("left")), ready(Err("right"))).await;
        assert_eq!(left, Err("left"));
    });
}

#[test]
fn a_race_is_won_by_the_first_and_on_a_tie_by_the_left() {
    test(async {
        assert_eq!(
            race(sleep(secs(2)), sleep(secs(1))).await,
            Either::Right(())
        );
        assert_eq!(race(sleep(secs(1)), sleep(secs(2))).await, Either::Left(()));
        assert_eq!(race(sleep(secs(1)), sleep(secs(1))).await, Either::Left(()));
        for _ in 0..1_000 {
            assert_eq!(race(ready(1), ready(2)).await, Either::Left(1));
        }
    });
}

#[test]
fn the_loser_of_a_race_is_dropped_before_the_winner_is_told() {
    test(async {
        let log = Log::new();
        let guarded = |name: &str, after: u64| {
            let guard = log.on_drop(name);
            async move {
                let _guard = guard;
                sleep(secs(after)).await;
            }
        };
        let mut over = Box::pin(race(guarded("left", 1), guarded("right", 2)));
        poll_fn(|cx| over.as_mut().poll(cx)).await;
        assert_eq!(log.take(), ["left", "right"]);
        // Of tasks the loser is cancelled.
        let tasks_raced = race(spawn(guarded("a", 1)), spawn(guarded("b", 2))).await;
        assert!(matches!(tasks_raced, Either::Left(Ok(()))));
        yield_now().await;
        assert_eq!(log.take(), ["a", "b"]);
    });
}
