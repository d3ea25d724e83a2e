//! Why a task was cancelled: who, with what text, where; and how a reason is handed down (D8).

use std::future::{Future, pending};

use tourbillon::task::{Builder, By};
use tourbillon::{Runtime, Task, join_all, race, sleep, spawn, task_group, wait_for, yield_now};

use crate::support::{Recorder, secs};

/// What the observer heard of the cancels of `work`, each as `NUMBER was REASON`.
fn cancels<F: Future>(work: F) -> Vec<String> {
    let recorder = Recorder::new();
    let runtime = Runtime::builder()
        .virtual_clock()
        .observer(recorder.clone())
        .build()
        .unwrap();
    runtime.block_on(work);
    drop(runtime);
    let heard = recorder.take().into_iter();
    heard.filter(|line| line.contains(" was ")).collect()
}

/// The reason as it is written, with the line for a place in this file.
fn written(number: u64, reason: &str, line: Option<u32>) -> String {
    match line {
        Some(line) => format!("{number} was {reason} (at {}:{line}:", file!()),
        None => format!("{number} was {reason}"),
    }
}

fn sleeper() -> Task<()> {
    spawn(sleep(secs(9)))
}

#[test]
fn a_cancel_says_who_with_what_text_and_where() {
    let mut line = 0;
    let heard = cancels(async {
        let task = sleeper();
        line = line!() + 1;
        task.cancel_because("a text");
        let reason = task.await.unwrap_err().reason().unwrap();
        assert_eq!((reason.by(), reason.text()), (By::Handle, Some("a text")));
        assert_eq!(reason.place().unwrap().line(), line);
    });
    assert_eq!(heard.len(), 1);
    assert!(
        heard[0].starts_with(&written(1, "cancelled: a text", Some(line))),
        "{heard:?}"
    );
}

#[test]
fn a_dropped_handle_is_the_reason_unless_something_is_handed_down() {
    let heard = cancels(async {
        drop(sleeper());
        race(sleeper(), yield_now()).await;
        let many = join_all([sleeper(), sleeper()]);
        drop(many);
        yield_now().await;
    });
    let dropped = |number| written(number, "cancelled by the drop of its handle", None);
    assert_eq!(heard, [1, 2, 3, 4].map(dropped));
}

#[test]
fn what_a_time_out_cancels_says_so_however_deep_it_stands() {
    let mut line = 0;
    let heard = cancels(async {
        line = line!() + 1;
        let limited = wait_for(spawn(async { sleeper().await }), secs(1));
        limited.await.unwrap_err();
        sleep(secs(1)).await;
    });
    let reason = "cancelled by a time-out";
    assert_eq!(heard.len(), 2);
    // The inner handle is dropped with the outer task's future, before that is told.
    assert!(
        heard[0].starts_with(&written(1, reason, Some(line))),
        "{heard:?}"
    );
    assert!(
        heard[1].starts_with(&written(2, reason, Some(line))),
        "{heard:?}"
    );
}

#[test]
fn what_a_group_cancels_says_so_and_where_the_group_was_made() {
    let (mut made, mut cancelled) = (0, 0);
    let heard = cancels(async {
        made = line!() + 1;
        let half = task_group(async |group| {
            group.spawn_task(sleep(secs(9)));
            pending::<()>().await;
        });
        race(half, sleep(secs(1))).await;
        let left = task_group(async |group| {
            group.spawn_task(sleep(secs(9)));
            cancelled = line!() + 1;
            group.cancel();
        });
        left.await;
    });
    let reason = "cancelled by its group";
    assert_eq!(heard.len(), 2);
    assert!(
        heard[0].starts_with(&written(1, reason, Some(made))),
        "{heard:?}"
    );
    assert!(
        heard[1].starts_with(&written(2, reason, Some(cancelled))),
        "{heard:?}"
    );
}

#[test]
fn the_end_of_a_runtime_is_the_reason_of_all_that_is_left_last_spawned_first() {
    let heard = cancels(async {
        spawn(async { sleeper().await.unwrap() }).detach();
        sleeper().detach();
        yield_now().await;
    });
    let shut = |number| written(number, "cancelled by shutdown", None);
    // The third is the first one's; its own turn comes before its owner's.
    assert_eq!(heard, [3, 2, 1].map(shut));
}

#[test]
fn an_outer_reason_was_first_and_an_inner_one_does_not_hide_it() {
    let heard = cancels(async {
        let inner = async {
            let task = sleeper();
            let _ = wait_for(task, secs(5)).await;
        };
        let owner = Builder::new()
            .name("owner")
            .spawn(task_group(async |group| {
                group.spawn(inner);
            }));
        yield_now().await;
        owner.cancel_because("the owner's");
        owner.await.unwrap_err();
        yield_now().await;
    });
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(
        heard
            .iter()
            .all(|line| line.contains("cancelled: the owner's")),
        "{heard:?}"
    );
}

#[test]
fn a_reason_is_not_handed_down_to_what_is_dropped_later() {
    let heard = cancels(async {
        let kept = sleeper();
        assert!(wait_for(sleeper(), secs(1)).await.is_err());
        drop(kept);
        yield_now().await;
    });
    assert!(
        heard[0].starts_with("2 was cancelled by a time-out"),
        "{heard:?}"
    );
    assert_eq!(heard[1], "1 was cancelled by the drop of its handle");
}

#[test]
fn a_task_that_was_cancelled_before_the_runtime_ends_keeps_its_own_reason() {
    let heard = cancels(async {
        let task = sleeper();
        task.cancel_because("mine");
        task.detach();
    });
    assert!(
        heard.len() == 1 && heard[0].contains("cancelled: mine"),
        "{heard:?}"
    );
}

#[test]
fn a_cancel_of_a_group_that_fails_in_the_same_poll_was_first() {
    let mut line = 0;
    let heard = cancels(async {
        let failed = tourbillon::try_task_group(async |group| {
            group.spawn_task(pending::<Result<(), ()>>());
            yield_now().await;
            line = line!() + 1;
            group.cancel();
            Err::<(), _>(())
        });
        failed.await.unwrap_err();
    });
    assert!(
        heard[0].starts_with(&written(1, "cancelled by its group", Some(line))),
        "{heard:?}"
    );
}

#[test]
fn what_the_body_of_a_dropped_group_owns_goes_for_the_groups_reason_too() {
    let heard = cancels(async {
        let group = task_group(async |group: tourbillon::Group<'_, tourbillon::Sendable>| {
            let _own = sleeper();
            group.spawn(sleeper());
            pending::<()>().await;
        });
        race(group, sleep(secs(1))).await;
        yield_now().await;
    });
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(
        heard.iter().all(|line| line.contains("by its group")),
        "{heard:?}"
    );
}
