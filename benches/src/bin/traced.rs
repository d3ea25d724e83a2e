//! What `tests/system_calls.rs` traces beside the rows: wakes from other threads, into a loop that
//! is busy and into one that sleeps.
//!
//!     traced busy TIMES | traced parked TIMES
//!
//! Leaves out: figures. Whoever traces it counts.

use std::hint::spin_loop;
use std::process::ExitCode;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use tourbillon::oneshot::{self, Sender};
use tourbillon::{Task, block_on, spawn, yield_now};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["busy", times] => block_on(busy(number(times))),
        ["parked", times] => block_on(parked(number(times))),
        _ => {
            eprintln!("traced: one of `busy TIMES` and `parked TIMES`");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn number(text: &str) -> usize {
    text.parse().expect("TIMES is a number")
}

/// How many wakes come at once: no more than there are cores on a small machine, since they wait
/// for each other without sleeping.
const THREADS: usize = 2;

/// The way to ask a thread for an answer.
type Ask = mpsc::Sender<Sender<()>>;

/// Threads that answer whatever they are asked, all at the same moment, until nobody can ask any
/// more.
fn answering() -> Vec<(Ask, JoinHandle<()>)> {
    let ready = Arc::new(AtomicUsize::new(0));
    let one = |_| {
        let (ask, asked) = mpsc::channel::<Sender<()>>();
        let ready = ready.clone();
        let answer = move || {
            for (round, sender) in asked.iter().enumerate() {
                // Relaxed: it says nothing about other memory.
                ready.fetch_add(1, Relaxed);
                while ready.load(Relaxed) < (round + 1) * THREADS {
                    spin_loop();
                }
                sender.send(()).unwrap();
            }
        };
        (ask, thread::spawn(answer))
    };
    (0..THREADS).map(one).collect()
}

/// A task for each thread, waiting for its answer: each wake is a letter of its own to the loop.
fn waiting(threads: &[(Ask, JoinHandle<()>)]) -> Vec<Task<()>> {
    let one = |(ask, _): &(Ask, _)| {
        let (sender, receiver) = oneshot::channel();
        ask.send(sender).unwrap();
        spawn(async move { receiver.await.unwrap() })
    };
    threads.iter().map(one).collect()
}

/// Tasks are woken from other threads while the root yields all the time.
async fn busy(times: usize) {
    let threads = answering();
    for _ in 0..times {
        let mut tasks = waiting(&threads);
        while !tasks.is_empty() {
            tasks.retain(|task| !task.is_finished());
            yield_now().await;
        }
    }
    end(threads);
}

/// Tasks are woken from other threads while nothing else is to be done.
async fn parked(times: usize) {
    let threads = answering();
    for _ in 0..times {
        for task in waiting(&threads) {
            task.await.unwrap();
        }
    }
    end(threads);
}

fn end(threads: Vec<(Ask, JoinHandle<()>)>) {
    for (ask, thread) in threads {
        drop(ask);
        thread.join().unwrap();
    }
}
