//! Three ways to start two tasks, all alike; and a fourth that looks alike and is not.
//!
//! The twin of "Создание задач в asyncio" in lecture 002: a group, two awaits of tasks, and
//! `gather`. The fourth is the lecture's warning: "если бы делался await для .create_task, то код
//! был бы синхронным".
//!
//!     cargo run --example three_ways [-- --virtual]
//!
//! > 2
//! > 1
//! > a task group: 5.000 s
//! > 2
//! > 1
//! > two tasks, then two awaits: 5.000 s
//! > 2
//! > 1
//! > gather: 5.000 s
//! > 1
//! > 2
//! > each task awaited where it is made: 8.000 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{TaskError, join_all, now, sleep, spawn, task_group};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

async fn print1() {
    sleep(Duration::from_secs(5)).await;
    println!("1");
}

async fn print2() {
    sleep(Duration::from_secs(3)).await;
    println!("2");
}

async fn timed(way: &str, run: impl Future<Output = Result<(), TaskError>>) {
    let start = now();
    run.await.expect("no task is cancelled and none panics");
    println!("{way}: {}", seconds(now() - start));
}

pub async fn act() {
    let group = async {
        task_group(async |group| {
            group.spawn(print1());
            group.spawn(print2());
        })
        .await;
        Ok(())
    };
    timed("a task group", group).await;
    let awaits = async {
        let (task1, task2) = (spawn(print1()), spawn(print2()));
        task1.await?;
        task2.await
    };
    timed("two tasks, then two awaits", awaits).await;
    let gather = async {
        let results = join_all([spawn(print1()), spawn(print2())]).await;
        results.into_iter().collect()
    };
    timed("gather", gather).await;
    let each = async {
        spawn(print1()).await?;
        spawn(print2()).await
    };
    timed("each task awaited where it is made", each).await;
}

fn main() -> ExitCode {
    support::play(act())
}
