//! TG rows: task groups.
//!
//! Members are polled inside their parent. The pairs that agree let what else is ready go first,
//! so that nobody stands between the parent and its members; one pair shows the difference.

use tourbillon::yield_now;
use tourbillon::{Group, GroupError, Sendable, oneshot, sleep, spawn, task_group, try_task_group};

use crate::pair::{Python, Tourbillon, agrees, departs, finally, log};
use crate::tasks::{counter, failing, guarded, sleeper};
use crate::tools::secs;

/// A member that does not fail, of a group whose members may.
async fn safe(name: &'static str, seconds: u64) -> Result<&'static str, &'static str> {
    Ok(guarded(name, seconds).await)
}

/// The errors of a group, as a group's error of its own.
fn errors<E: ToString, T>(ended: Result<T, GroupError<E>>) -> String {
    let errors = ended
        .map(drop)
        .expect_err("the group has failed")
        .into_errors();
    let errors: Vec<_> = errors.iter().map(E::to_string).collect();
    format!("({})", errors.join(" "))
}

#[test]
fn tg_01_a_group_is_over_when_its_slowest_member_is() {
    agrees(async || {
        let tasks = [("a", 3), ("b", 1), ("c", 2)];
        let tasks = tasks.map(|(name, seconds)| spawn(sleeper(name, seconds)));
        let group = task_group(async |group| {
            for task in tasks {
                group.spawn(async { log(format!("member has {}", task.await.unwrap())) });
            }
            log("body ends");
            42
        });
        log(format!("main has {}", group.await));
    });
}

#[test]
fn tg_01_an_error_drops_the_sibling_before_the_group_tells_it() {
    agrees(async || {
        let other = spawn(sleeper("other", 2));
        yield_now().await;
        let group = try_task_group(async |group| {
            group.spawn(failing("a", 1));
            group.spawn(safe("b", 3));
            log("body ends");
            Ok(())
        });
        log(format!("main has {}", errors(group.await)));
        other.await.unwrap();
    });
}

#[test]
fn tg_03_members_of_a_body_that_fails_at_once_are_never_polled() {
    agrees(async || {
        let others = [("other", 1), ("another", 2)];
        let others = others.map(|(name, seconds)| spawn(sleeper(name, seconds)));
        yield_now().await;
        let group = try_task_group(async |group| {
            group.spawn(safe("a", 1));
            group.spawn(safe("b", 2));
            log("body fails");
            Err::<(), _>("body")
        });
        log(format!("main has {}", errors(group.await)));
        for other in others {
            other.await.unwrap();
        }
    });
}

/// Waits to be told, and fails.
async fn told(name: &'static str, receiver: oneshot::Receiver<()>) -> Result<(), &'static str> {
    log(format!("{name} waits"));
    receiver.await.unwrap();
    log(format!("{name} fails"));
    Err(name)
}

#[test]
fn tg_04_members_that_fail_in_one_round_are_all_told() {
    agrees(async || {
        let (to_a, of_a) = oneshot::channel();
        let (to_b, of_b) = oneshot::channel();
        let enemy = spawn(async {
            sleeper("enemy", 1).await;
            to_b.send(()).unwrap();
            to_a.send(()).unwrap();
        });
        yield_now().await;
        let group = try_task_group(async |group| {
            group.spawn(told("a", of_a));
            group.spawn(told("b", of_b));
            group.spawn(safe("c", 2));
            Ok(())
        });
        log(format!("main has {}", errors(group.await)));
        enemy.await.unwrap();
    });
}

#[test]
fn tg_04_a_member_that_would_fail_a_round_later_is_dropped() {
    agrees(async || {
        let (to_a, of_a) = oneshot::channel();
        let (to_b, of_b) = oneshot::channel::<()>();
        let enemy = spawn(async {
            sleeper("enemy", 1).await;
            to_a.send(()).unwrap();
            to_b.send(()).unwrap();
        });
        yield_now().await;
        let group = try_task_group(async |group| {
            group.spawn(told("a", of_a));
            group.spawn(async {
                let _finally = finally("b is gone");
                log("b waits");
                of_b.await.unwrap();
                log("b goes on");
                yield_now().await;
                log("b fails");
                Err::<(), _>("b")
            });
            Ok(())
        });
        log(format!("main has {}", errors(group.await)));
        enemy.await.unwrap();
    });
}

#[test]
fn tg_05_members_start_in_the_order_of_their_spawns_when_the_body_waits() {
    agrees(async || {
        let other = spawn(sleeper("other", 6));
        yield_now().await;
        let group = task_group(async |group| {
            for (name, seconds) in [("a", 3), ("b", 2)] {
                group.spawn(sleeper(name, seconds));
                log(format!("body brings {name}"));
            }
            sleep(secs(1)).await;
            group.spawn(sleeper("c", 4));
            log("body brings c and ends");
        });
        group.await;
        log("the group is over");
        other.await.unwrap();
    });
}

#[test]
fn tg_05_a_member_hands_its_value_to_the_body() {
    agrees(async || {
        let other = spawn(sleeper("other", 5));
        yield_now().await;
        let group = task_group(async |group| {
            let a = group.spawn(sleeper("a", 2));
            let b = group.spawn(sleeper("b", 1));
            group.spawn(sleeper("c", 3));
            log(format!("body has {}", a.await.unwrap()));
            log(format!("body has {}", b.await.unwrap()));
        });
        group.await;
        log("the group is over");
        other.await.unwrap();
    });
}

/// Members of one group run one after the other inside their parent's turn. In asyncio each has a
/// place of its own in the queue, behind the other parent.
#[test]
fn tg_05_members_have_no_place_of_their_own_in_the_queue() {
    let python = Python(&[
        "0 first body",
        "0 second body",
        "0 a 1",
        "0 b 1",
        "0 c 1",
        "0 d 1",
        "0 a ends",
        "0 b ends",
        "0 c ends",
        "0 d ends",
    ]);
    let tourbillon = Tourbillon(&[
        "0 first body",
        "0 a 1",
        "0 b 1",
        "0 second body",
        "0 c 1",
        "0 d 1",
        "0 a ends",
        "0 b ends",
        "0 c ends",
        "0 d ends",
    ]);
    departs(python, tourbillon, async || {
        let parent = async |name: &'static str, members: [&'static str; 2]| {
            task_group(async |group| {
                log(format!("{name} body"));
                for member in members {
                    group.spawn(counter(member, 1));
                }
            })
            .await;
        };
        let first = spawn(parent("first", ["a", "b"]));
        let second = spawn(parent("second", ["c", "d"]));
        first.await.unwrap();
        second.await.unwrap();
    });
}

#[test]
fn tg_07_the_error_of_an_inner_group_arrives_as_a_group_of_its_own() {
    agrees(async || {
        let other = spawn(sleeper("other", 2));
        yield_now().await;
        let outer = try_task_group(async |group| {
            group.spawn(async { Ok::<_, String>(guarded("sibling", 5).await) });
            group.spawn(async {
                let inner = try_task_group(async |group| {
                    group.spawn(failing("a", 1));
                    group.spawn(safe("b", 4));
                    Ok(())
                });
                Err::<(), _>(errors(inner.await))
            });
            Ok(())
        });
        log(format!("main has {}", errors(outer.await)));
        other.await.unwrap();
    });
}

#[test]
fn tg_11_a_member_may_bring_siblings_when_the_body_is_over() {
    agrees(async || {
        let other = spawn(sleeper("other", 4));
        yield_now().await;
        let group = task_group(async |group| {
            let clone = group.clone();
            group.spawn(async move {
                sleeper("a", 1).await;
                clone.spawn(sleeper("b", 2));
                log("a has brought b");
            });
            log("body ends");
        });
        group.await;
        log("the group is over");
        other.await.unwrap();
    });
}

#[test]
fn tg_15_an_empty_group_gives_no_turn_away() {
    agrees(async || {
        let others = ["a", "b"].map(|name| spawn(counter(name, 1)));
        log("main enters");
        task_group(async |_: Group<'_, Sendable>| log("body ends")).await;
        log("main goes on");
        for other in others {
            other.await.unwrap();
        }
    });
}

#[test]
fn tg_20_the_cancel_of_the_parent_drops_the_body_before_the_member() {
    agrees(async || {
        let other = spawn(sleeper("other", 2));
        let parent = spawn(async {
            let _finally = finally("parent is gone");
            let group = task_group(async |group| {
                group.spawn(guarded("member", 3));
                guarded("body", 4).await;
            });
            group.await;
        });
        sleep(secs(1)).await;
        log("main cancels the parent");
        parent.cancel();
        assert!(parent.await.unwrap_err().is_cancelled());
        log("main has the end of the parent");
        other.await.unwrap();
    });
}
