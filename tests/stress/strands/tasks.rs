//! Strands of tasks: spawned, yielding, cancelled, in groups, local, and long in their polls.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use async_channel::{Receiver, Sender};
use tourbillon::{Task, sleep, spawn, spawn_local, task_group, yield_now};

use super::Strand;
use crate::tally::Begun;

/// Tasks that are spawned in bursts and joined in order.
pub(super) async fn spawns(mut strand: Strand) {
    while strand.step().await {
        let burst = strand.below(200);
        let tasks = (0..burst).map(|number| {
            let begun = strand.tally.tasks.begin();
            let yields = strand.random.below(4);
            spawn(async move {
                let _begun = begun;
                for _ in 0..yields {
                    yield_now().await;
                }
                number
            })
        });
        let tasks: Vec<Task<u64>> = tasks.collect();
        for (number, task) in (0..).zip(tasks) {
            assert_eq!(task.await.unwrap(), number);
            strand.beat();
        }
        strand.done();
    }
}

/// A task that only yields.
pub(super) async fn yields(mut strand: Strand) {
    while strand.step().await {
        yield_now().await;
        strand.done();
    }
}

/// Tasks that would never end, cancelled at any moment of their lives.
pub(super) async fn cancels(mut strand: Strand) {
    while strand.step().await {
        let begun = strand.tally.tasks.begin();
        let kind = strand.below(3);
        let task = spawn(async move {
            let _begun = begun;
            match kind {
                0 => pending().await,
                1 => sleep(Duration::from_secs(3_600)).await,
                _ => loop {
                    yield_now().await;
                },
            }
        });
        for _ in 0..strand.below(4) {
            yield_now().await;
        }
        assert!(task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
        strand.tally.cancels.add(1, 1);
        strand.done();
    }
}

/// Groups whose members are futures and tasks; some are cancelled.
pub(super) async fn groups(mut strand: Strand) {
    while strand.step().await {
        let members = strand.below(20);
        let is_cancelled = strand.below(4) == 0;
        let tally = strand.tally.clone();
        let pulse = strand.pulse.clone();
        task_group(async move |group| {
            for number in 0..members {
                let begun = tally.members.begin();
                let pulse = pulse.clone();
                let member = async move {
                    let _begun = begun;
                    yield_now().await;
                    pulse.beat();
                };
                match number % 2 {
                    0 => drop(group.spawn(member)),
                    _ => drop(group.spawn_task(member)),
                }
            }
            yield_now().await;
            if is_cancelled {
                group.cancel();
            }
        })
        .await;
        strand.done();
    }
}

/// Ends where it began, or the process is aborted.
struct AtHome {
    home: ThreadId,
    _begun: Begun,
}

impl Drop for AtHome {
    fn drop(&mut self) {
        if std::thread::current().id() != self.home {
            eprintln!("stress: FAIL: a local task was dropped away from home");
            std::process::abort();
        }
    }
}

/// A local task that answers from the thread that spawned it, whoever asks.
fn answers(begun: Begun) -> (Task<()>, Sender<u64>, Receiver<u64>) {
    let (ask, asked) = async_channel::bounded(1);
    let (answer, answered) = async_channel::bounded(1);
    let home = std::thread::current().id();
    let guard = AtHome {
        home,
        _begun: begun,
    };
    let task = spawn_local(async move {
        let _guard = guard;
        let answers = Rc::new(Cell::new(0));
        while let Ok(number) = asked.recv().await {
            assert_eq!(std::thread::current().id(), home);
            answers.set(answers.get() + 1);
            answer.send(number + 1).await.unwrap();
        }
    });
    (task, ask, answered)
}

/// Local tasks that are asked from wherever this task happens to run, and end in all ways.
pub(super) async fn locals(mut strand: Strand) {
    let mut local = None;
    while strand.step().await {
        let new = || answers(strand.tally.locals.begin());
        let (task, ask, answered) = local.take().unwrap_or_else(new);
        let number = strand.below(1_000);
        ask.send(number).await.unwrap();
        assert_eq!(answered.recv().await.unwrap(), number + 1);
        match strand.below(50) {
            0 => drop(task),
            1 => {
                task.cancel();
                assert!(task.await.is_err());
            }
            2 => {
                drop(ask);
                task.await.unwrap();
            }
            _ => local = Some((task, ask, answered)),
        }
        strand.done();
    }
}

/// Polls that take milliseconds.
pub(super) async fn long_polls(mut strand: Strand) {
    while strand.step().await {
        let began = Instant::now();
        let length = Duration::from_micros(strand.below(4_000));
        while began.elapsed() < length {
            std::hint::spin_loop();
        }
        yield_now().await;
        strand.done();
    }
}
