//! What one poll may do before the others have their turn (D15). The contract's SP-6 counts
//! one-shots; here are sleeps and sets.

use std::future::{Future, ready};

use tourbillon::{as_completed, block_on, first_completed, join_all, sleep_until};
use tourbillon::{spawn_local, task_group, try_join_all, wait, yield_now};

use crate::support::Count;

/// How many rounds of `work`, which never waits, a task makes before another that is ready has its
/// turn.
fn rounds_in_one_poll<W: Future<Output = ()>>(mut work: impl FnMut() -> W + 'static) -> usize {
    let rounds = Count::new();
    let own = rounds.clone();
    block_on(async move {
        let hog = spawn_local(async move {
            while own.get() < 2_000 {
                work().await;
                own.add();
            }
        });
        yield_now().await;
        drop(hog);
        rounds.get()
    })
}

#[test]
fn a_loop_over_deadlines_that_have_passed_lets_the_others_run() {
    let past = tourbillon::now();
    assert_eq!(rounds_in_one_poll(move || sleep_until(past)), 128);
}

#[test]
fn a_loop_over_sets_of_ready_children_lets_the_others_run() {
    let joined = rounds_in_one_poll(|| async {
        join_all([ready(1), ready(2)]).await;
    });
    assert_eq!(joined, 64, "join_all of two");
    let tried = rounds_in_one_poll(|| async {
        try_join_all([async { Ok::<_, ()>(()) }]).await.unwrap();
    });
    assert_eq!(tried, 128, "try_join_all");
    let completed = rounds_in_one_poll(|| async {
        as_completed([ready(1)]).next().await.unwrap();
    });
    assert_eq!(completed, 128, "as_completed");
    let waited = rounds_in_one_poll(|| async {
        wait([ready(1)], first_completed).await;
    });
    assert_eq!(waited, 128, "wait");
    let grouped = rounds_in_one_poll(|| {
        task_group(async |group| {
            group.spawn(async {});
        })
    });
    assert_eq!(grouped, 128, "a group");
}
