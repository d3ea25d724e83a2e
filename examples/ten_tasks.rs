//! Ten questions asked at once: the answers are collected as they come.
//!
//! The twin of "Пример выполнения десяти задач асинхронно" in lecture 002. The chat server is
//! played by a delay: task `i` waits `(3 * i) % 10 + 1` tenths of a second, so the last answer
//! comes after one second and all the waits together would be five and a half.
//!
//!     cargo run --example ten_tasks [-- --virtual]
//!
//! > gather: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
//! > response: [0, 7, 4, 1, 8, 5, 2, 9, 6, 3]
//! > ten answers in 1.000 s

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use tourbillon::{join_all, now, sleep, spawn_local};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

/// The lecture's global list. One thread, and no await while it is borrowed: no lock is needed.
type Response = Rc<RefCell<Vec<u64>>>;

async fn ask_chat(i: u64, response: Response) -> u64 {
    sleep(Duration::from_millis(100 * ((3 * i) % 10 + 1))).await;
    response.borrow_mut().push(i);
    i
}

pub async fn act() {
    let start = now();
    let response = Response::default();
    let mut tasks = Vec::new();
    for i in 0..10 {
        let task = spawn_local(ask_chat(i, response.clone()));
        tasks.push(task);
    }

    let results: Result<Vec<_>, _> = join_all(tasks).await.into_iter().collect();
    println!(
        "gather: {:?}",
        results.expect("no task is cancelled and none panics")
    );
    println!("response: {:?}", response.borrow());
    println!("ten answers in {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
