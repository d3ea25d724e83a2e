//! Room in a group: back-pressure, with the memory that it saves.
//!
//! Run in processes of their own, since they count what the whole process has allocated.

use std::cell::Cell;

use tourbillon::{Group, Local, Sendable, task_group, test, yield_now};

use crate::allocations::live;
use crate::tools::alone;

/// More than a group with a limit of 100 ever needs, whatever it has run.
const FLAT: isize = 1_000;

#[test]
fn a_million_jobs_behind_a_limit_take_flat_memory() {
    if !alone("group_room::a_million_jobs_behind_a_limit_take_flat_memory") {
        return;
    }
    test(async {
        let (done, most) = (Cell::new(0), Cell::new(0));
        let before = live();
        task_group(async |group: Group<'_, Local>| {
            group.limit(100);
            for _ in 0..1_000_000 {
                group.room().await;
                group.spawn_local(async {
                    yield_now().await;
                    done.set(done.get() + 1);
                });
                most.set(most.get().max(live() - before));
            }
        })
        .await;
        assert_eq!(done.get(), 1_000_000);
        assert!(most.get() < FLAT, "{} allocations at once", most.get());
        assert!(live() - before < 10, "{} are left", live() - before);
    });
}

#[test]
fn a_hundred_thousand_tasks_behind_a_limit_take_flat_memory() {
    if !alone("group_room::a_hundred_thousand_tasks_behind_a_limit_take_flat_memory") {
        return;
    }
    test(async {
        let most = Cell::new(0);
        let before = live();
        task_group(async |group: Group<'_, Sendable>| {
            group.limit(100);
            for _ in 0..100_000 {
                group.room().await;
                group.spawn_task(yield_now());
                most.set(most.get().max(live() - before));
            }
        })
        .await;
        assert!(most.get() < FLAT, "{} allocations at once", most.get());
    });
}
