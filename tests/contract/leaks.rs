//! No row leaks: a child process runs each row twice and counts live allocations after both.
//!
//! Leaves out: what one run allocates for good, as lazy locals do.

use std::process::Command;
use std::time::Duration;

use tourbillon::{join, join_all, oneshot, sleep, yield_now};

use crate::support::{TWICE, holds, rest, spawn};
use crate::tools::in_time;

#[test]
fn no_row_leaves_an_allocation_behind() {
    if std::env::var_os(TWICE).is_some() {
        return;
    }
    in_time(|| {
        let child = Command::new(std::env::current_exe().expect("this test has a path"))
            .args(["--test-threads=1"])
            .env(TWICE, "1")
            .output()
            .expect("this test can be started again");
        let said = String::from_utf8_lossy(&child.stdout);
        let complained = String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success(), "{said}{complained}");
    });
}

/// A round of tasks that end in every way there is.
async fn every_ending() {
    const EACH: usize = 1_000;
    let start = || spawn(async { sleep(Duration::from_secs(5)).await });
    let mut finished = Vec::new();
    for n in 0..EACH {
        finished.push(spawn(async move { vec![n; 8] }));
        spawn(yield_now()).detach();
        drop(start());
    }
    let idle: Vec<_> = (0..EACH).map(|_| start()).collect();
    while finished.iter().any(|task| !task.is_finished()) {
        rest().await;
    }
    let (owned, cancelled): (Vec<_>, Vec<_>) =
        idle.into_iter().enumerate().partition(|(n, _)| n % 2 == 0);
    for (_, task) in &cancelled {
        task.cancel_because("a reason takes memory too");
    }
    drop(owned);
    for (_, task) in cancelled {
        task.await.unwrap_err();
    }
    // The first half of the values is taken, the other goes with its handles.
    for task in finished.drain(..EACH / 2) {
        task.await.unwrap();
    }
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..EACH).map(|_| oneshot::channel()).unzip();
    let joined = join(join_all(receivers), async {
        rest().await;
        senders
            .into_iter()
            .for_each(|sender| sender.send(()).unwrap());
    });
    joined.await;
}

#[test]
fn tasks_that_end_in_every_way_leave_no_memory_behind() {
    holds(every_ending);
}
