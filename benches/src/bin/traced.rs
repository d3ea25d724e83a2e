//! What `tests/system_calls.rs` traces beside the rows: wakes from other threads, into a loop that
//! is busy and into one that sleeps.
//!
//!     traced busy TIMES | traced parked TIMES
//!
//! Leaves out: figures. Whoever traces it counts.

use std::process::ExitCode;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tourbillon::oneshot::{self, Sender};
use tourbillon::{block_on, join_all, spawn, yield_now};

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

/// How many wakes come at once.
const THREADS: usize = 3;

/// Threads that answer whatever they are asked, until nobody can ask any more.
fn answering() -> Vec<(mpsc::Sender<Sender<()>>, JoinHandle<()>)> {
    let one = |_| {
        let (ask, asked) = mpsc::channel::<Sender<()>>();
        let answer = move || asked.iter().for_each(|sender| sender.send(()).unwrap());
        (ask, thread::spawn(answer))
    };
    (0..THREADS).map(one).collect()
}

/// Tasks are woken from other threads while the root yields all the time.
async fn busy(times: usize) {
    let threads = answering();
    for _ in 0..times {
        let mut tasks: Vec<_> = threads
            .iter()
            .map(|(ask, _)| {
                let (sender, receiver) = oneshot::channel();
                ask.send(sender).unwrap();
                spawn(async move { receiver.await.unwrap() })
            })
            .collect();
        while !tasks.is_empty() {
            tasks.retain(|task| !task.is_finished());
            yield_now().await;
        }
    }
    end(threads);
}

/// The root is woken from several threads at once while it has nothing else to do.
async fn parked(times: usize) {
    let threads = answering();
    for _ in 0..times {
        let waiting = threads.iter().map(|(ask, _)| {
            let (sender, receiver) = oneshot::channel();
            ask.send(sender).unwrap();
            receiver
        });
        for answer in join_all(waiting).await {
            answer.unwrap();
        }
    }
    end(threads);
}

fn end(threads: Vec<(mpsc::Sender<Sender<()>>, JoinHandle<()>)>) {
    for (ask, thread) in threads {
        drop(ask);
        thread.join().unwrap();
    }
}
