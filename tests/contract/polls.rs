//! What waiting costs, in polls: a wake is at most one poll of one child, however many siblings it
//! has, and what many children contend for costs each of them a fixed number of polls.
//!
//! Always: polls are counted and nothing is timed: a fast machine proves no more than a slow one.
//!
//! Leaves out: what a poll costs (`benches/`).

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use tourbillon::{Rest, Task, as_completed, first_completed, join_all, oneshot};
use tourbillon::{spawn_local, task_group, wait, wait_for, yield_now};

use crate::support::on_one_loop;
use crate::tools::{Count, secs};

/// Children polled in one pass over a set.
const PASS: usize = 61;

type Child = Pin<Box<dyn Future<Output = ()>>>;
/// What waits for many children.
type Parent = fn(Vec<Child>) -> Child;

const PARENTS: [(&str, Parent); 4] = [
    ("join_all", |children| {
        Box::pin(async { drop(join_all(children).await) })
    }),
    ("as_completed", |children| {
        Box::pin(async {
            let mut finished = as_completed(children);
            while finished.next().await.is_some() {}
        })
    }),
    ("wait", |children| {
        Box::pin(async {
            let mut rest = Rest::from(children);
            while !rest.is_empty() {
                (_, rest) = wait(rest, first_completed).await;
            }
        })
    }),
    ("task_group", |children| {
        Box::pin(task_group(async |group| {
            for child in children {
                drop(group.spawn_local(child));
            }
        }))
    }),
];

/// Woken by hand as often as one likes, and over only when it is opened.
#[derive(Clone, Default)]
struct Gate {
    waker: Rc<RefCell<Option<Waker>>>,
    open: Rc<Cell<bool>>,
}

impl Gate {
    fn wait(&self) -> impl Future<Output = ()> + use<> {
        let gate = self.clone();
        poll_fn(move |cx| {
            gate.waker.replace(Some(cx.waker().clone()));
            match gate.open.get() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
    }

    fn wake(&self) {
        let waker = self.waker.borrow().clone();
        waker.expect("it was polled").wake();
    }
}

/// Makes a hang a failure at once: when nothing is ready any more, the clock jumps to the limit.
async fn ends<F: Future>(future: F) -> F::Output {
    let ended = wait_for(future, secs(3_600)).await;
    ended.expect("a wake was lost: it hangs")
}

#[test]
fn ready_children_are_polled_once_each_and_their_parent_once_for_61_of_them_at_most() {
    for (parent, run) in PARENTS {
        for count in [0, 1, 61, 62, 1_000] {
            on_one_loop(async || {
                let (polls, passes) = (Count::new(), Count::new());
                let children = (0..count).map(|_| Box::pin(polls.polls(async {})) as Child);
                ends(passes.polls(run(children.collect()))).await;
                assert_eq!(polls.get(), count, "{parent} of {count}");
                let (passes, most) = (passes.get(), count.div_ceil(PASS).max(1));
                assert!(passes <= most, "{parent} of {count}: {passes} passes");
            });
        }
    }
}

#[test]
fn one_poll_of_a_parent_polls_61_of_its_children_at_most() {
    for (parent, run) in PARENTS {
        on_one_loop(async || {
            let (polls, gate) = (Count::new(), Gate::default());
            let children = (0..200).map(|_| Box::pin(polls.polls(gate.wait())) as Child);
            let task = spawn_local(run(children.collect()));
            for most in [61, 122, 183, 200, 200] {
                // The root and the task take turns.
                yield_now().await;
                assert_eq!(polls.get(), most, "{parent}");
            }
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
        });
    }
}

#[test]
fn many_wakes_of_a_task_before_its_poll_are_one_poll() {
    on_one_loop(async || many_wakes_are_one_poll(|waiting| spawn_local(waiting)).await);
}

#[test]
fn many_wakes_of_a_child_before_its_poll_are_one_poll() {
    for (_, run) in PARENTS {
        on_one_loop(async || {
            many_wakes_are_one_poll(|waiting| spawn_local(run(vec![waiting]))).await
        });
    }
}

/// `start` makes a task of a future, or of a parent that has it as its only child.
async fn many_wakes_are_one_poll(start: impl FnOnce(Child) -> Task<()>) {
    let (gate, polls) = (Gate::default(), Count::new());
    let task = start(Box::pin(polls.polls(gate.wait())));
    yield_now().await;
    assert_eq!(polls.get(), 1);
    for _ in 0..1_000 {
        gate.wake();
        assert_eq!(polls.get(), 1, "a wake polls nothing");
    }
    for _ in 0..10 {
        yield_now().await;
        assert_eq!(polls.get(), 2, "a thousand wakes are one poll");
    }
    gate.open.set(true);
    gate.wake();
    ends(task).await.unwrap();
    assert_eq!(polls.get(), 3, "one wake is one poll");
}

#[test]
fn one_wake_among_ten_thousand_children_is_one_poll() {
    const CHILDREN: usize = 10_000;
    for (parent, run) in PARENTS {
        on_one_loop(async || {
            let (polls, passes) = (Count::new(), Count::new());
            let gates: Vec<_> = (0..CHILDREN).map(|_| Gate::default()).collect();
            let children = gates
                .iter()
                .map(|gate| Box::pin(polls.polls(gate.wait())) as Child);
            let task = spawn_local(passes.polls(run(children.collect())));
            while polls.get() < CHILDREN {
                yield_now().await;
            }
            yield_now().await;
            let before = passes.get();
            for woken in [0, 7_777, CHILDREN - 1] {
                let polled = polls.get();
                gates[woken].wake();
                yield_now().await;
                yield_now().await;
                assert_eq!(polls.get() - polled, 1, "{parent}: child {woken}");
            }
            assert_eq!(polls.get(), CHILDREN + 3, "{parent}");
            assert_eq!(passes.get() - before, 3, "{parent}: polls of itself");
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
        });
    }
}

/// Each child asks for the one permit, holds it for a turn and hands it on: four polls a child, one
/// to ask, one to be given it, one to hand it on; and one in vain, because a receiver of
/// async-channel that finds a value before it looks at its own notice passes the notice on.
#[test]
fn children_that_contend_for_one_permit_are_polled_four_times_each_at_most() {
    for (parent, run) in PARENTS {
        for count in [1_000, 10_000] {
            on_one_loop(async || {
                let (polls, passes) = (Count::new(), Count::new());
                let (give, take) = async_channel::bounded(1);
                give.try_send(()).unwrap();
                let child = |_| {
                    let (give, take) = (give.clone(), take.clone());
                    Box::pin(polls.polls(async move {
                        take.recv().await.unwrap();
                        yield_now().await;
                        give.try_send(()).unwrap();
                    })) as Child
                };
                ends(passes.polls(run((0..count).map(child).collect()))).await;
                let (polls, passes) = (polls.get(), passes.get());
                assert!(polls <= 4 * count, "{parent} of {count}: {polls} polls");
                assert!(passes <= 4 * count, "{parent} of {count}: {passes} passes");
            });
        }
    }
}

/// The last child has its value at once and each hands it to the one before it: two polls a child,
/// but for the last, which never waits.
#[test]
fn children_that_wait_for_one_another_in_a_chain_are_polled_twice_each() {
    for (parent, run) in PARENTS {
        for count in [1_000, 10_000] {
            on_one_loop(async || {
                let polls = Count::new();
                let (mut give, take) = oneshot::channel();
                let mut children = vec![waits(&polls, take, None)];
                for _ in 1..count {
                    let (next, take) = oneshot::channel();
                    children.push(waits(&polls, take, Some(give)));
                    give = next;
                }
                give.send(()).unwrap();
                ends(run(children)).await;
                assert_eq!(polls.get(), 2 * count - 1, "{parent} of {count}");
            });
        }
    }
}

/// A child that waits for its own value and then gives one to the child before it.
fn waits(polls: &Count, take: oneshot::Receiver<()>, give: Option<oneshot::Sender<()>>) -> Child {
    Box::pin(polls.polls(async move {
        take.await.unwrap();
        if let Some(give) = give {
            give.send(()).unwrap();
        }
    }))
}
