//! The operations whose cost is counted, with the bounds: **one table**.
//!
//! - **In the steady state.** Each operation is done some thousand times and then measured over as
//!   many: what is lazy is no longer lazy, queues and tables have their size, and the looks at the
//!   reactor and the clock, one in 61 polls, are in every figure with their share.
//! - **The runtime's share.** The operations' own code counts nothing: it uses std's atomics and
//!   keeps its memory.
//!
//! Leaves out: two threads at once; what they cost hangs on how they meet.

use std::future::{Future, poll_fn, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tourbillon::oneshot::{self, Sender};
use tourbillon::{block_on, join_all, sleep, spawn, task_group, wait_for, yield_now};

/// Reads a count that only grows.
pub(crate) type Read = fn() -> u64;

/// One line of the table.
pub(crate) struct Operation {
    /// What one of it is.
    pub(crate) name: &'static str,
    /// At most so many read-modify-writes.
    #[cfg_attr(
        not(tourbillon_counting),
        expect(dead_code, reason = "needs the tally")
    )]
    pub(crate) atomics: f64,
    /// At most so many allocations.
    pub(crate) allocations: f64,
    /// Says by how much the count grows for one of it.
    pub(crate) cost: fn(Read) -> f64,
}

/// The bounds. Each is what was counted last, to two digits: tighten it whenever the test says so.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "spawn and await, in the root",
        atomics: 1.13,
        allocations: 1.0,
        cost: |read| steadily(read, spawn_and_await),
    },
    Operation {
        name: "spawn in a batch, then await",
        atomics: 1.14,
        allocations: 1.0,
        cost: |read| steadily(read, spawn_in_a_batch),
    },
    Operation {
        name: "yield of a task",
        atomics: 0.03,
        allocations: 0.0,
        cost: |read| steadily(read, yield_of_a_task),
    },
    Operation {
        name: "yield of the root",
        atomics: 0.03,
        allocations: 0.0,
        cost: |read| steadily(read, yields),
    },
    Operation {
        name: "wake by a stored waker, and the poll",
        atomics: 2.03,
        allocations: 0.0,
        cost: |read| steadily(read, wake_by_a_stored_waker),
    },
    Operation {
        name: "one-shot in one task",
        atomics: 1.0,
        allocations: 1.0,
        cost: |read| steadily(read, one_shot_alone),
    },
    Operation {
        name: "one-shot across tasks, two wakes included",
        atomics: 7.07,
        allocations: 1.0,
        cost: |read| steadily(read, one_shot_across_tasks),
    },
    Operation {
        name: "arm a timer",
        atomics: 2.06,
        allocations: 0.0,
        cost: |read| steadily(read, async |read| timers(read).await.0),
    },
    Operation {
        name: "cancel a timer",
        atomics: 2.02,
        allocations: 0.0,
        cost: |read| steadily(read, async |read| timers(read).await.1),
    },
    Operation {
        name: "wait_for a ready future",
        atomics: 0.0,
        allocations: 0.0,
        cost: |read| steadily(read, wait_for_ready),
    },
    Operation {
        name: "join_all, a child that is ready",
        atomics: 0.13,
        allocations: 0.04,
        cost: |read| steadily(read, async |read| children(read, || ready(())).await),
    },
    Operation {
        name: "join_all, a child that yields once",
        atomics: 4.20,
        allocations: 0.05,
        cost: |read| steadily(read, async |read| children(read, yield_now).await),
    },
    Operation {
        name: "group, a member that is ready",
        atomics: 4.49,
        allocations: 2.05,
        cost: |read| steadily(read, members),
    },
];

/// How often an operation is done: a hundred times between two looks, a hundred times over.
const TIMES: u64 = 6_100;

/// How many children a set has, and how many tasks a batch.
const CHILDREN: u64 = 1_000;

/// How many sleeps one poll arms: fewer than its budget, which ends at 128.
const SLEEPS: u64 = 100;

/// The second of two measurements in one runtime.
fn steadily(read: Read, cost: impl AsyncFn(Read) -> f64) -> f64 {
    block_on(async {
        cost(read).await;
        cost(read).await
    })
}

fn each(before: u64, after: u64, times: u64) -> f64 {
    (after - before) as f64 / times as f64
}

async fn spawn_and_await(read: Read) -> f64 {
    let before = read();
    for number in 0..TIMES {
        let returned = spawn(async move { number }).await;
        assert_eq!(returned.unwrap(), number);
    }
    each(before, read(), TIMES)
}

async fn spawn_in_a_batch(read: Read) -> f64 {
    let mut tasks = Vec::with_capacity(CHILDREN as usize);
    let before = read();
    for number in 0..CHILDREN {
        tasks.push(spawn(async move { number }));
    }
    for (number, task) in tasks.drain(..).enumerate() {
        assert_eq!(task.await.unwrap(), number as u64);
    }
    each(before, read(), CHILDREN)
}

async fn yields(read: Read) -> f64 {
    let before = read();
    for _ in 0..TIMES {
        yield_now().await;
    }
    each(before, read(), TIMES)
}

async fn yield_of_a_task(read: Read) -> f64 {
    spawn(yields(read)).await.unwrap()
}

/// Where a task sits that is woken again and again by the waker it left at its first poll.
#[derive(Default)]
struct Seat(Mutex<Option<Waker>>);

impl Seat {
    fn sit(&self, cx: &Context<'_>) {
        self.0
            .lock()
            .unwrap()
            .get_or_insert_with(|| cx.waker().clone());
    }

    fn wake(&self) {
        if let Some(waker) = &*self.0.lock().unwrap() {
            waker.wake_by_ref();
        }
    }
}

/// Sits down, and wakes whoever sits opposite in each poll but the last.
fn play(own: Arc<Seat>, other: Arc<Seat>, mut left: u64) -> impl Future<Output = ()> + Send {
    poll_fn(move |cx| {
        own.sit(cx);
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        other.wake();
        Poll::Pending
    })
}

async fn wake_by_a_stored_waker(read: Read) -> f64 {
    let (near, far) = (Arc::new(Seat::default()), Arc::new(Seat::default()));
    let opposite = spawn(play(far.clone(), near.clone(), u64::MAX));
    yield_now().await;
    let measured = spawn(async move {
        play(near.clone(), far.clone(), 1).await;
        let before = read();
        play(near, far, TIMES).await;
        each(before, read(), 2 * TIMES)
    });
    let cost = measured.await.unwrap();
    opposite.cancel();
    assert!(opposite.await.unwrap_err().is_cancelled());
    cost
}

async fn one_shot_alone(read: Read) -> f64 {
    let before = read();
    for number in 0..TIMES {
        let (sender, receiver) = oneshot::channel();
        sender.send(number).unwrap();
        assert_eq!(receiver.await, Ok(number));
    }
    each(before, read(), TIMES)
}

async fn one_shot_across_tasks(read: Read) -> f64 {
    let seat = Arc::new(Seat::default());
    let request = Arc::new(Mutex::new(None::<Sender<u64>>));
    let answering = spawn({
        let (seat, request) = (seat.clone(), request.clone());
        poll_fn(move |cx| {
            seat.sit(cx);
            if let Some(sender) = request.lock().unwrap().take() {
                sender.send(1).unwrap();
            }
            Poll::<()>::Pending
        })
    });
    let asking = spawn(async move {
        let before = read();
        for _ in 0..TIMES {
            let (sender, receiver) = oneshot::channel();
            *request.lock().unwrap() = Some(sender);
            seat.wake();
            assert_eq!(receiver.await, Ok(1));
        }
        each(before, read(), TIMES)
    });
    let cost = asking.await.unwrap();
    answering.cancel();
    assert!(answering.await.unwrap_err().is_cancelled());
    cost
}

/// What it costs to arm a timer, and to cancel it.
async fn timers(read: Read) -> (f64, f64) {
    let minute = || sleep(Duration::from_secs(60));
    let mut sleeps: Vec<_> = (0..SLEEPS).map(|_| minute()).collect();
    let before = read();
    poll_fn(|cx| {
        for sleep in &mut sleeps {
            assert!(Pin::new(sleep).poll(cx).is_pending());
        }
        Poll::Ready(())
    })
    .await;
    let armed = read();
    sleeps.clear();
    let arm = each(before, armed, SLEEPS);
    (arm, each(armed, read(), SLEEPS))
}

async fn wait_for_ready(read: Read) -> f64 {
    let before = read();
    for number in 0..TIMES {
        let waited = wait_for(ready(number), Duration::from_secs(60)).await;
        assert_eq!(waited, Ok(number));
    }
    each(before, read(), TIMES)
}

async fn children<F: Future<Output = ()>>(read: Read, child: fn() -> F) -> f64 {
    let before = read();
    let outputs = join_all((0..CHILDREN).map(|_| child())).await;
    let cost = each(before, read(), CHILDREN);
    assert_eq!(outputs.len() as u64, CHILDREN);
    cost
}

async fn members(read: Read) -> f64 {
    let before = read();
    task_group(async |group| {
        for _ in 0..CHILDREN {
            drop(group.spawn(async {}));
        }
    })
    .await;
    each(before, read(), CHILDREN)
}

/// Prints what each operation costs beside its bound, and fails if one costs more.
pub(crate) fn judge(what: &str, measure: impl Fn(&Operation) -> (f64, f64)) {
    let mut dearer = Vec::new();
    for operation in OPERATIONS {
        let (cost, bound) = measure(operation);
        let verdict = match cost {
            _ if cost > bound + HALF => "TOO DEAR",
            _ if cost < bound - HALF => "cheaper: tighten the bound",
            _ => "holds",
        };
        let line = format!(
            "{:<42} {cost:>6.2} {what}, at most {bound:.2}: {verdict}",
            operation.name
        );
        println!("{line}");
        if cost > bound + HALF {
            dearer.push(line);
        }
    }
    assert!(dearer.is_empty(), "\n{}", dearer.join("\n"));
}

/// Half of the last digit that a bound is written with.
const HALF: f64 = 0.005;
