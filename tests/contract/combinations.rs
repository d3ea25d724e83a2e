//! Every way to end of every kind of task: what a future does, what becomes of its handle, when it
//! is cancelled, how it was spawned. What must be seen is said by `combinations/model.rs`.
//!
//! Always: each combination has a runtime of its own and is named by its failure; afterwards the
//! loop lives on, nothing is left in it, and what the future captured or gave is gone.
//!
//! Leaves out: cancels and wakes that race (`tests/loom/`).

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, ready};

use tourbillon::{Group, Sendable, Sleep, Task, TaskError, oneshot, spawn_blocking};
use tourbillon::{sleep, spawn_local, task_group, tasks, wait_for};

use crate::support::{on_one_loop_outside, rest, spawn};
use crate::tools::{Count, Place, message, millis, secs};
use model::{Cancel, Combination, End, Fate, Nature, Seen, Way};

mod model;

/// The threads for blocking jobs: as many stuck jobs make the next one stand in line.
const THREADS: usize = 512;

#[test]
fn every_combination_of_nature_fate_cancel_and_way_is_what_the_model_says() {
    let (mut run, mut excluded, mut wrong) = (0, 0, Vec::new());
    for combination in model::all() {
        if combination.excluded().is_some() {
            excluded += 1;
            continue;
        }
        run += 1;
        let row = || on_one_loop_outside(|| check(combination));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(row)) {
            wrong.push(format!("{combination:?}: {}", message(&*panic)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // Of 192, what is ready has no wait in 12; a member cannot be detached in 16; one is both.
    assert_eq!((run, excluded, run + excluded), (165, 27, 192));
}

/// Runs one combination and compares it with the model.
fn check(combination: Combination) {
    let watch = Watch::default();
    let value = Arc::new(());
    let left = Arc::downgrade(&value);
    let probe = Probe {
        nature: combination.nature,
        wait: sleep(secs(1)),
        watch: watch.clone(),
        value,
    };
    let heard = tourbillon::test(async {
        let heard = wait_for(run(combination, probe), secs(3_600));
        let heard = heard.await.expect("it must not hang");
        let alive = spawn(async { sleep(secs(1)).await }).await;
        assert!(alive.is_ok(), "the loop lives on");
        heard
    });
    // The runtime is gone, and with it the threads of its jobs.
    let home = std::thread::current().id();
    let dropped = watch.place.get();
    let seen = Seen {
        polls: watch.polls.get(),
        drops: watch.drops.get(),
        at_home: dropped.is_some_and(|place| (place == home) != (combination.way == Way::Blocking)),
        ..heard
    };
    assert_eq!(seen, combination.expected());
    assert_eq!(left.strong_count(), 0, "somebody still has the value");
}

/// What is seen of a probe from outside.
#[derive(Clone, Default)]
struct Watch {
    polls: Count,
    drops: Count,
    place: Place,
}

/// The future, and the job, of every combination.
struct Probe {
    nature: Nature,
    wait: Sleep,
    watch: Watch,
    value: Arc<()>,
}

impl Probe {
    fn end(&self) -> Arc<()> {
        if self.nature == Nature::Panics {
            panic_in_silence();
        }
        self.value.clone()
    }

    /// The blocking job: it waits until somebody drops the sender of `go`.
    fn call(self, begun: oneshot::Sender<()>, go: mpsc::Receiver<()>) -> Arc<()> {
        self.watch.polls.add();
        begun.send(()).ok();
        if self.nature != Nature::Ready {
            go.recv().ok();
        }
        let value = self.end();
        // Not left to the end of the function, where a drop that panics would leak the value.
        drop(self);
        value
    }
}

impl Future for Probe {
    type Output = Arc<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Arc<()>> {
        self.watch.polls.add();
        if self.nature != Nature::Ready {
            ready!(Pin::new(&mut self.wait).poll(cx));
        }
        Poll::Ready(self.end())
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        drop(self.watch.place.on_drop());
        self.watch.drops.add();
        if self.nature == Nature::PanicsInDrop {
            panic_in_silence();
        }
    }
}

/// Unwinds without a word from the panic hook, which all tests share, and without a payload to
/// allocate: the pool leaks what the drop of a job that never began throws.
fn panic_in_silence() -> ! {
    resume_unwind(Box::new(()))
}

/// Runs a combination to its end; what the probe itself counts is added later.
async fn run(combination: Combination, probe: Probe) -> Seen {
    let drops = probe.watch.drops.clone();
    let heard = match combination.way {
        Way::Spawn => follow(combination, spawn(probe), rest(), &drops).await,
        Way::SpawnLocal => follow(combination, spawn_local(probe), rest(), &drops).await,
        Way::Member => follow_member(combination, probe, &drops).await,
        Way::Blocking => follow_job(combination, probe, &drops).await,
    };
    until_no_task_is_left().await;
    heard
}

async fn until_no_task_is_left() {
    while !tasks().is_empty() {
        sleep(millis(1)).await;
    }
}

/// Nobody awaited anything, nobody cancelled anything.
const UNHEARD: Seen = Seen {
    end: None,
    accepted: None,
    dropped_inside: None,
    through_the_group: false,
    polls: 0,
    drops: 0,
    at_home: false,
};

/// Treats a task's handle as the combination says. `begun`: it waits.
async fn follow(
    combination: Combination,
    task: Task<Arc<()>>,
    begun: impl Future,
    drops: &Count,
) -> Seen {
    let canceller = task.canceller();
    let handle = match combination.fate {
        Fate::Detached => {
            task.detach();
            None
        }
        Fate::Awaited | Fate::Dropped => Some(task),
    };
    match combination.cancel {
        Cancel::Never | Cancel::BeforeTheFirstPoll => (),
        Cancel::DuringTheWait => _ = begun.await,
        Cancel::AfterTheEnd => until_no_task_is_left().await,
    }
    let cancel = || match &handle {
        Some(task) => task.cancel(),
        None => canceller.cancel(),
    };
    let accepted = (combination.cancel != Cancel::Never).then(cancel);
    let awaited = handle.filter(|_| combination.fate == Fate::Awaited);
    let dropped_inside = combination.is_asked_to_end().then(|| drops.get() > 0);
    let end = match awaited {
        Some(task) => Some(end_of(task.await)),
        None => None,
    };
    Seen {
        end,
        accepted,
        dropped_inside,
        ..UNHEARD
    }
}

fn end_of<T>(result: Result<T, TaskError>) -> End {
    match result {
        Ok(_) => End::Value,
        Err(error) if error.is_cancelled() => End::Cancelled,
        Err(_) => End::Panicked,
    }
}

/// A job must stand in line not to begin at once; one that has begun cannot be stopped.
async fn follow_job(combination: Combination, probe: Probe, drops: &Count) -> Seen {
    let (begin, begun) = oneshot::channel();
    let (go, gone) = mpsc::channel();
    let stuck = combination.never_begins().then(fill_the_pool);
    let task = spawn_blocking(move || probe.call(begin, gone));
    let kept = if combination.is_asked_to_end() {
        Some(go)
    } else {
        let timer = async move {
            sleep(millis(1)).await;
            drop(go);
        };
        spawn(timer).detach();
        None
    };
    let heard = follow(combination, task, begun, drops).await;
    // A turn, in which the cancelled task goes: then nobody waits for the job.
    rest().await;
    drop((stuck, kept));
    // What is still in line when the runtime ends would not be dropped by its own thread.
    while drops.get() == 0 {
        sleep(millis(1)).await;
    }
    heard
}

/// As many jobs as there are threads; they end when this is dropped.
fn fill_the_pool() -> Vec<mpsc::Sender<()>> {
    let stuck = (0..THREADS).map(|_| {
        let (open, gate) = mpsc::channel();
        spawn_blocking(move || gate.recv().ok()).detach();
        open
    });
    stuck.collect()
}

/// A member has no cancel of its own: its group is dropped.
async fn follow_member(combination: Combination, probe: Probe, drops: &Count) -> Seen {
    let (end, ended) = oneshot::channel::<()>();
    let outside = Cell::new(None);
    let group = task_group(|group: Group<'_, Sendable>| {
        outside.set(Some(group));
        ended
    });
    let mut group = Box::pin(group);
    let member = outside.take().expect("the body has begun").spawn(probe);
    let view = Some(member).filter(|_| combination.fate == Fate::Awaited);
    let panicked = match combination.cancel {
        Cancel::BeforeTheFirstPoll => false,
        Cancel::DuringTheWait => turn(group.as_mut(), || true).await,
        Cancel::AfterTheEnd => turn(group.as_mut(), || drops.get() > 0).await,
        Cancel::Never => {
            end.send(()).expect("the body waits for it");
            turn(group.as_mut(), || false).await
        }
    };
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(group)));
    let dropped_inside = combination.is_asked_to_end().then(|| drops.get() > 0);
    let end = match view {
        Some(view) => Some(view.await.map_or(End::Closed, |_| End::Value)),
        None => None,
    };
    Seen {
        end,
        dropped_inside,
        through_the_group: panicked || dropped.is_err(),
        ..UNHEARD
    }
}

/// Polls a group until it is over or `enough` is true; says whether it panicked.
async fn turn<F: Future>(mut group: Pin<&mut F>, enough: impl Fn() -> bool) -> bool {
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| group.as_mut().poll(cx).is_ready())) {
            Err(_) => Poll::Ready(true),
            Ok(over) if over || enough() => Poll::Ready(false),
            Ok(_) => Poll::Pending,
        },
    )
    .await
}
