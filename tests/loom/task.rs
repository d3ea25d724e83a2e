//! A task against other threads: wakes, cancels, joins, drops.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::AtomicUsize as Count;
use std::task::{Context, Poll, Waker};

use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::{Relaxed, SeqCst};
use loom::sync::{Arc, Mutex};
use loom::thread;
use tourbillon::Task;
use tourbillon::internals::{spawn, waker_of};

use crate::support::{Bell, Home, Track, either_first, explore, passport, saw, take};

/// A task that is ready once `payload` is `needed`, and its waker, after a first poll that left it idle.
fn idle_task(payload: &Arc<AtomicUsize>, needed: usize, polls: &Arc<AtomicUsize>) -> Idle {
    let home = Home::new();
    let (waker_out, waker_in) = tourbillon::oneshot::channel();
    let (payload, polls) = (payload.clone(), polls.clone());
    let (track, dropped) = Track::new();
    let mut waker_out = Some(waker_out);
    let future = async move {
        let track = track;
        poll_fn(|cx| {
            polls.fetch_add(1, SeqCst);
            if let Some(waker_out) = waker_out.take() {
                assert!(waker_out.send(cx.waker().clone()).is_ok());
            }
            // Relaxed: the wake itself must carry the payload.
            if payload.load(Relaxed) >= needed {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        drop(track);
        42
    };
    let (task, handle) = home.spawn(future);
    home.run(task);
    let mut waker_in = waker_in;
    let waker = waker_in.try_recv().expect("the first poll sent it");
    Idle {
        home,
        handle,
        waker,
        dropped,
    }
}

struct Idle {
    home: Home,
    handle: Task<i32>,
    waker: Waker,
    dropped: Arc<AtomicUsize>,
}

/// L1, L2: a wake that comes before, during or after a poll is answered by a poll that sees its payload.
#[test]
fn a_wake_against_a_poll_is_never_lost() {
    static MERGED: Count = Count::new(0);
    static ANSWERED: Count = Count::new(0);
    let outcomes = &[
        ("the poll answered both wakes", &MERGED),
        ("a poll of its own", &ANSWERED),
    ];
    explore("wake against poll", None, outcomes, || {
        let payload = Arc::new(AtomicUsize::new(0));
        let polls = Arc::new(AtomicUsize::new(0));
        let Idle {
            home,
            mut handle,
            waker,
            ..
        } = idle_task(&payload, 1, &polls);
        let other = waker.clone();
        let thread = thread::spawn({
            let payload = payload.clone();
            move || {
                payload.store(1, Relaxed);
                other.wake();
            }
        });
        waker.wake();
        home.run_all();
        thread.join().unwrap();
        home.run_all();
        assert_eq!(take(&mut handle).unwrap(), 42);
        match polls.load(SeqCst) {
            2 => saw(&MERGED),
            3 => saw(&ANSWERED),
            polls => panic!("{polls} polls for two wakes"),
        }
    });
}

/// L2: two threads wake, and the last poll sees what both wrote.
#[test]
fn two_wakes_at_once_are_one_or_two_polls_and_both_payloads_are_seen() {
    static ONE: Count = Count::new(0);
    static TWO: Count = Count::new(0);
    explore(
        "wake against wake",
        Some(3),
        &[("one poll", &ONE), ("two polls", &TWO)],
        || {
            let payload = Arc::new(AtomicUsize::new(0));
            let polls = Arc::new(AtomicUsize::new(0));
            let Idle {
                home,
                mut handle,
                waker,
                ..
            } = idle_task(&payload, 2, &polls);
            let threads = [waker.clone(), waker].map(|waker| {
                let payload = payload.clone();
                thread::spawn(move || {
                    payload.fetch_add(1, Relaxed);
                    waker.wake();
                })
            });
            home.run_all();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            home.run_all();
            assert_eq!(take(&mut handle).unwrap(), 42);
            match polls.load(SeqCst) {
                2 => saw(&ONE),
                3 => saw(&TWO),
                polls => panic!("{polls} polls for two wakes"),
            }
        },
    );
}

/// L2: of three wakes one changes nothing, and what was written before it is seen all the same.
#[test]
fn a_wake_that_finds_the_task_woken_is_answered_by_the_poll_that_it_rides_on() {
    static ONE: Count = Count::new(0);
    static MORE: Count = Count::new(0);
    let outcomes = &[("one poll", &ONE), ("more polls", &MORE)];
    explore("wake against woken", Some(3), outcomes, || {
        let payload = Arc::new(AtomicUsize::new(0));
        let polls = Arc::new(AtomicUsize::new(0));
        let Idle {
            home,
            mut handle,
            waker,
            ..
        } = idle_task(&payload, 2, &polls);
        waker.wake_by_ref();
        let threads = [waker.clone(), waker].map(|waker| {
            let payload = payload.clone();
            thread::spawn(move || {
                payload.fetch_add(1, Relaxed);
                waker.wake();
            })
        });
        home.run_all();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        home.run_all();
        assert_eq!(take(&mut handle).unwrap(), 42);
        match polls.load(SeqCst) {
            2 => saw(&ONE),
            _ => saw(&MORE),
        }
    });
}

/// L3, L5: a wake against the poll that ends the task; whoever is last frees it, once.
#[test]
fn a_wake_against_the_end_of_its_task_queues_nothing_afterwards() {
    static BEFORE: Count = Count::new(0);
    static AFTER: Count = Count::new(0);
    let outcomes = &[
        ("it came before the end", &BEFORE),
        ("it came after", &AFTER),
    ];
    explore("wake against complete", None, outcomes, || {
        let payload = Arc::new(AtomicUsize::new(1));
        let polls = Arc::new(AtomicUsize::new(0));
        let Idle {
            home,
            mut handle,
            waker,
            dropped,
        } = {
            let needed = Arc::new(AtomicUsize::new(0));
            let idle = idle_task(&needed, 1, &polls);
            needed.store(payload.load(Relaxed), Relaxed);
            idle
        };
        let early = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let (other, early, registered) = (waker.clone(), early.clone(), home.listed());
            move || {
                early.store(usize::from(!registered.is_finished()), SeqCst);
                other.wake();
            }
        });
        waker.wake();
        home.run_all();
        thread.join().unwrap();
        home.run_all();
        assert_eq!(polls.load(SeqCst), 2, "the poll that ended it was the last");
        assert_eq!(dropped.load(SeqCst), 1);
        assert_eq!(take(&mut handle).unwrap(), 42);
        saw(if early.load(SeqCst) == 1 {
            &BEFORE
        } else {
            &AFTER
        });
    });
}

/// L9: a handle polled with one waker and then another, against the end of its task.
#[test]
fn a_join_against_the_end_is_ready_or_its_latest_waker_is_woken() {
    static AT_ONCE: Count = Count::new(0);
    static AT_THE_SECOND: Count = Count::new(0);
    static WOKEN: Count = Count::new(0);
    let outcomes = &[
        ("ready at the first poll", &AT_ONCE),
        ("ready at the second", &AT_THE_SECOND),
        ("woken", &WOKEN),
    ];
    explore("join against complete", None, outcomes, || {
        let home = Home::new();
        let (task, mut handle) = home.spawn(async { 42 });
        let (first, second) = (Bell::new(), Bell::new());
        let thread = thread::spawn({
            let (first, second) = (first.clone(), second.clone());
            move || {
                for (bell, outcome) in [(first, &AT_ONCE), (second, &AT_THE_SECOND)] {
                    let waker = waker_of(bell);
                    if Pin::new(&mut handle)
                        .poll(&mut Context::from_waker(&waker))
                        .is_ready()
                    {
                        saw(outcome);
                        return None;
                    }
                }
                Some(handle)
            }
        });
        home.run(task);
        if let Some(mut handle) = thread.join().unwrap() {
            assert_eq!(second.rung(), 1, "the latest waker is woken, once");
            assert_eq!(take(&mut handle).unwrap(), 42);
            saw(&WOKEN);
        }
    });
}

/// L10: a handle that goes, by drop or by detach, against the end of its task.
fn a_handle_goes(name: &str, detach: bool, early: &'static Count, late: &'static Count) {
    explore(
        name,
        None,
        &[("before the end", early), ("after", late)],
        move || {
            let home = Home::new();
            let (track, drops) = Track::new();
            let (task, mut handle) = home.spawn(async { track });
            let bell = Bell::new();
            let waker = waker_of(bell.clone());
            assert!(
                Pin::new(&mut handle)
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            let finished = home.listed();
            let thread = thread::spawn(move || {
                let alive = !finished.is_finished();
                if detach {
                    handle.detach()
                } else {
                    drop(handle)
                }
                alive
            });
            home.run(task);
            let alive = thread.join().unwrap();
            assert_eq!(
                drops.load(SeqCst),
                1,
                "the output or the future is dropped once"
            );
            drop(waker);
            assert_eq!(Arc::strong_count(&bell), 1, "no waker is left in the cell");
            saw(if alive { early } else { late });
        },
    );
}

#[test]
fn a_handle_that_is_detached_against_the_end_drops_the_output_once() {
    static EARLY: Count = Count::new(0);
    static LATE: Count = Count::new(0);
    a_handle_goes("detach against complete", true, &EARLY, &LATE);
}

#[test]
fn a_handle_that_is_dropped_against_the_end_drops_output_or_future_once() {
    static EARLY: Count = Count::new(0);
    static LATE: Count = Count::new(0);
    a_handle_goes("drop against complete", false, &EARLY, &LATE);
}

/// L6: a cancel against the poll that ends the task.
#[test]
fn a_cancel_against_the_end_gives_the_value_or_the_cancel() {
    static VALUE: Count = Count::new(0);
    static CANCELLED: Count = Count::new(0);
    static REFUSED: Count = Count::new(0);
    let outcomes = &[
        ("the value", &VALUE),
        ("the cancel", &CANCELLED),
        ("the cancel was refused", &REFUSED),
    ];
    explore("cancel against complete", None, outcomes, || {
        let home = Home::new();
        let (track, drops) = Track::new();
        let future = async move {
            let _track = track;
            42
        };
        let (task, mut handle) = home.spawn(future);
        let canceller = handle.canceller();
        let marker = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let marker = marker.clone();
            move || {
                let accepted = canceller.cancel_because("a model");
                either_first(&marker);
                accepted
            }
        });
        either_first(&marker);
        home.run(task);
        let accepted = thread.join().unwrap();
        assert!(home.pop().is_none(), "nothing is queued after the end");
        assert_eq!(drops.load(SeqCst), 1);
        match take(&mut handle) {
            Ok(value) => {
                assert_eq!(value, 42);
                saw(if accepted { &VALUE } else { &REFUSED });
            }
            Err(error) => {
                assert!(
                    accepted && error.reason().and_then(|reason| reason.text()) == Some("a model")
                );
                saw(&CANCELLED);
            }
        }
    });
}

/// L7: a cancel against a wake and a poll that stays pending: neither is lost.
#[test]
fn a_cancel_against_a_wake_is_never_lost() {
    static UNPOLLED: Count = Count::new(0);
    static POLLED: Count = Count::new(0);
    let outcomes = &[
        ("dropped without a poll", &UNPOLLED),
        ("after a poll", &POLLED),
    ];
    explore("cancel against wake", Some(3), outcomes, || {
        let never = Arc::new(AtomicUsize::new(0));
        let polls = Arc::new(AtomicUsize::new(0));
        let Idle {
            home,
            mut handle,
            waker,
            dropped,
        } = idle_task(&never, 1, &polls);
        let canceller = handle.canceller();
        let threads = [
            thread::spawn(move || _ = canceller.cancel()),
            thread::spawn(move || waker.wake()),
        ];
        home.run_all();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        home.run_all();
        assert!(take(&mut handle).unwrap_err().is_cancelled());
        assert_eq!(dropped.load(SeqCst), 1);
        match polls.load(SeqCst) {
            1 => saw(&UNPOLLED),
            2 => saw(&POLLED),
            polls => panic!("{polls} polls for one wake"),
        }
    });
}

/// A cancel from outside against a poll that stays pending.
#[test]
fn a_cancel_against_a_poll_ends_the_task() {
    static BEFORE: Count = Count::new(0);
    static AFTER: Count = Count::new(0);
    let outcomes = &[
        ("it was never polled", &BEFORE),
        ("it was polled once", &AFTER),
    ];
    explore("cancel against poll", None, outcomes, || {
        let home = Home::new();
        let polls = Arc::new(AtomicUsize::new(0));
        let counted = polls.clone();
        let future = poll_fn(move |_| {
            counted.fetch_add(1, SeqCst);
            Poll::<i32>::Pending
        });
        let (task, mut handle) = home.spawn(future);
        let canceller = handle.canceller();
        let marker = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let marker = marker.clone();
            move || {
                let accepted = canceller.cancel();
                either_first(&marker);
                accepted
            }
        });
        either_first(&marker);
        home.run(task);
        assert!(thread.join().unwrap(), "it was alive");
        home.run_all();
        assert!(take(&mut handle).unwrap_err().is_cancelled());
        saw(if polls.load(SeqCst) == 0 {
            &BEFORE
        } else {
            &AFTER
        });
    });
}

/// L11: a join on one thread, a cancel on another, and the end at home.
#[test]
fn a_cancel_against_a_join_wakes_the_joiner() {
    static AT_ONCE: Count = Count::new(0);
    static WOKEN: Count = Count::new(0);
    let outcomes = &[("ready at the poll", &AT_ONCE), ("woken", &WOKEN)];
    explore("cancel against join", Some(3), outcomes, || {
        let home = Home::new();
        let future = poll_fn(|_| Poll::<i32>::Pending);
        let (task, mut handle) = home.spawn(future);
        let canceller = handle.canceller();
        let bell = Bell::new();
        let joiner = thread::spawn({
            let bell = bell.clone();
            move || {
                let waker = waker_of(bell);
                let polled = Pin::new(&mut handle).poll(&mut Context::from_waker(&waker));
                (handle, polled.is_ready())
            }
        });
        let cancel = thread::spawn(move || _ = canceller.cancel());
        home.run(task);
        cancel.join().unwrap();
        home.run_all();
        let (mut handle, ready) = joiner.join().unwrap();
        if ready {
            saw(&AT_ONCE);
        } else {
            assert_eq!(bell.rung(), 1);
            assert!(take(&mut handle).unwrap_err().is_cancelled());
            saw(&WOKEN);
        }
    });
}

/// Another thread clones a pointer, drops both, and says how many had finished before.
fn clone_and_drop_elsewhere<P: Clone + Send + 'static>(
    pointer: P,
    order: &Arc<AtomicUsize>,
) -> thread::JoinHandle<usize> {
    let order = order.clone();
    thread::spawn(move || {
        let copy = pointer.clone();
        drop(pointer);
        drop(copy);
        order.fetch_add(1, SeqCst)
    })
}

/// L4: clones and drops of a task's wakers on two threads, and the handle: freed once, by the last.
#[test]
fn the_last_pointer_frees_the_task_whoever_holds_it() {
    static HERE: Count = Count::new(0);
    static THERE: Count = Count::new(0);
    let outcomes = &[
        ("the handle went last", &HERE),
        ("the waker went last", &THERE),
    ];
    explore("clone and drop against drop", None, outcomes, || {
        let payload = Arc::new(AtomicUsize::new(1));
        let polls = Arc::new(AtomicUsize::new(0));
        let never = Arc::new(AtomicUsize::new(0));
        let Idle {
            home,
            mut handle,
            waker,
            ..
        } = idle_task(&never, 1, &polls);
        never.store(payload.load(Relaxed), Relaxed);
        waker.wake_by_ref();
        home.run_all();
        drop(home);
        assert_eq!(take(&mut handle).unwrap(), 42);
        let order = Arc::new(AtomicUsize::new(0));
        let thread = clone_and_drop_elsewhere(waker, &order);
        drop(handle);
        let here = order.fetch_add(1, SeqCst);
        thread.join().unwrap();
        saw(if here == 0 { &THERE } else { &HERE });
    });
}

/// Pointers cloned at home for nothing go to another thread, and others come back, while the task ends: the
/// count never runs out too early, and in the end the task is freed.
#[test]
fn a_pointer_that_changes_threads_is_counted_whoever_hoards() {
    static EARLY: Count = Count::new(0);
    static LATE: Count = Count::new(0);
    let outcomes = &[
        ("all came back before the end", &EARLY),
        ("one was dropped after it", &LATE),
    ];
    explore("hoard against drop", None, outcomes, || {
        let home = Home::new();
        let (task, handle) = home.spawn(async {});
        // The first takes what lies in the hoard, the second counts itself, the third is kept there.
        let [sent, returned, third] = [home.listed(), home.listed(), home.listed()];
        drop(third);
        let dropped = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let (dropped, copy) = (dropped.clone(), returned.clone());
            move || {
                drop(sent.clone());
                drop(sent);
                dropped.store(1, SeqCst);
                copy
            }
        });
        home.run(task);
        saw(match dropped.load(SeqCst) {
            1 => &EARLY,
            _ => &LATE,
        });
        drop(returned);
        handle.detach();
        drop(thread.join().unwrap());
    });
}

/// A task that is spawned from another thread is at home from the turn that admits it.
#[test]
fn a_task_spawned_elsewhere_is_freed_once_whether_home_admits_it_before_its_handle_goes_or_after() {
    static BEFORE: Count = Count::new(0);
    static AFTER: Count = Count::new(0);
    let outcomes = &[
        ("the handle went before", &BEFORE),
        ("the handle went after", &AFTER),
    ];
    explore("admit against drop", None, outcomes, || {
        let home = Home::new();
        let (share, sent) = (home.share(), Arc::new(Mutex::new(None)));
        let gone = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let (sent, gone) = (sent.clone(), gone.clone());
            move || {
                let (task, listed, handle) = spawn(async {}, share, passport());
                *sent.lock().unwrap() = Some((task, listed));
                handle.detach();
                gone.store(1, SeqCst);
            }
        });
        let early = sent.lock().unwrap().take();
        let was_early = early.is_some();
        if let Some((task, listed)) = early {
            let copy = listed.clone();
            home.admit(listed);
            drop(copy);
            saw(if gone.load(SeqCst) == 1 {
                &BEFORE
            } else {
                &AFTER
            });
            home.run(task);
        }
        thread.join().unwrap();
        if !was_early {
            let (task, listed) = sent.lock().unwrap().take().expect("it was sent");
            home.admit(listed);
            home.run(task);
        }
    });
}

/// Shares of a home, cloned and dropped there and elsewhere, while the home ends: freed once, by the last.
#[test]
fn the_last_share_frees_what_a_home_shares_whoever_holds_it() {
    static HOME: Count = Count::new(0);
    static OTHER: Count = Count::new(0);
    let outcomes = &[("home was the last", &HOME), ("the other was", &OTHER)];
    explore("share against share", None, outcomes, || {
        let home = Home::new();
        let share = home.share();
        drop(home.share());
        let order = Arc::new(AtomicUsize::new(0));
        let thread = clone_and_drop_elsewhere(share, &order);
        drop(home);
        let here = order.fetch_add(1, SeqCst);
        thread.join().unwrap();
        saw(if here == 0 { &OTHER } else { &HOME });
    });
}

/// A handle that is polled at home, and then on another thread, against the end of its task: it is ready there, or
/// its latest waker is woken.
#[test]
fn a_join_that_leaves_home_against_the_end_is_ready_or_woken() {
    static READY: Count = Count::new(0);
    static WOKEN: Count = Count::new(0);
    let outcomes = &[("ready elsewhere", &READY), ("woken there", &WOKEN)];
    explore("join elsewhere against complete", None, outcomes, || {
        let home = Home::new();
        let (task, mut handle) = home.spawn(async { 42 });
        let [first, second] = [Bell::new(), Bell::new()];
        let waker = waker_of(first.clone());
        let cx = &mut Context::from_waker(&waker);
        assert!(Pin::new(&mut handle).poll(cx).is_pending());
        let thread = thread::spawn({
            let second = second.clone();
            move || {
                let waker = waker_of(second);
                let cx = &mut Context::from_waker(&waker);
                let polled = Pin::new(&mut handle).poll(cx);
                (handle, polled.is_ready())
            }
        });
        home.run(task);
        let (mut handle, ready) = thread.join().unwrap();
        assert_eq!(first.rung(), 1, "home's own waker is woken as well");
        if ready {
            saw(&READY);
        } else {
            assert_eq!(second.rung(), 1, "the latest waker is woken, once");
            assert_eq!(take(&mut handle).unwrap(), 42);
            saw(&WOKEN);
        }
        drop(handle);
        drop(waker);
        assert_eq!(Arc::strong_count(&first), 1, "no waker is left in the cell");
    });
}
