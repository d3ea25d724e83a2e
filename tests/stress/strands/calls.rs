//! Strands that go by other threads: blocking jobs, and tasks that are spawned from outside.

use std::sync::mpsc;

use tourbillon::{Handle, spawn_blocking, yield_now};

use super::Strand;

/// Blocking jobs whose values are waited for.
pub(super) async fn jobs(mut strand: Strand) {
    while strand.step().await {
        let begun = strand.tally.jobs.begin();
        let number = strand.below(1_000);
        let job = spawn_blocking(move || {
            let _begun = begun;
            number + 1
        });
        assert_eq!(job.await.unwrap(), number + 1);
        strand.done();
    }
}

/// Blocking jobs that are cancelled before they begin, while they run, or afterwards.
pub(super) async fn dropped_jobs(mut strand: Strand) {
    while strand.step().await {
        let begun = strand.tally.jobs.begin();
        let job = spawn_blocking(move || drop(begun));
        for _ in 0..strand.below(3) {
            yield_now().await;
        }
        drop(job);
        strand.done();
    }
}

/// A thread that knows the runtime by its handle only.
pub(super) fn spawns_from_outside(mut strand: Strand, handle: &Handle) {
    while strand.step_blocking() {
        let begun = strand.tally.tasks.begin();
        let (answer, answered) = mpsc::channel();
        let yields = strand.below(3);
        let task = handle.spawn(async move {
            let _begun = begun;
            for _ in 0..yields {
                yield_now().await;
            }
            answer.send(yields).unwrap();
        });
        assert_eq!(answered.recv().unwrap(), yields);
        task.detach();
        strand.done();
    }
}
