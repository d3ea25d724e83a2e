//! Calls that block, on threads of their own (K68 to K73).

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::time::{Duration, Instant};

use tourbillon::{Either, Handle, Runtime, block_on, join_all, now, race, sleep, spawn};
use tourbillon::{spawn_blocking, test, wait_for, yield_now};

use crate::support::{Count, message, millis, panic_of, secs};

#[test]
fn a_job_runs_on_another_thread_and_gives_its_value() {
    test(async {
        let thread = spawn_blocking(|| std::thread::current().id())
            .await
            .unwrap();
        assert_ne!(thread, std::thread::current().id());
    });
}

#[test]
fn a_job_that_panics_is_a_task_that_panicked_and_the_next_one_runs() {
    test(async {
        let error = spawn_blocking(|| panic!("a job")).await.unwrap_err();
        assert_eq!(message(&*error.into_panic()), "a job");
        assert_eq!(spawn_blocking(|| 7).await.unwrap(), 7);
    });
}

#[test]
fn a_thousand_jobs_all_run_and_give_each_its_own_value() {
    test(async {
        let jobs = (0..1_000).map(|n| spawn_blocking(move || n));
        let values = join_all(jobs).await;
        assert!(values.into_iter().map(Result::unwrap).eq(0..1_000));
    });
}

#[test]
fn a_job_that_was_cancelled_before_it_began_never_does() {
    test(async {
        // As many jobs as there are threads, all busy until the gate opens.
        let gate = Arc::new(Barrier::new(513));
        let busy: Vec<_> = (0..512)
            .map(|_| {
                let gate = gate.clone();
                spawn_blocking(move || gate.wait().is_leader())
            })
            .collect();
        let (ran, drops) = (Count::new(), Count::new());
        let (own, guard) = (ran.clone(), drops.on_drop());
        let cancelled = spawn_blocking(move || {
            let _guard = guard;
            own.add();
        });
        let own = ran.clone();
        let kept = spawn_blocking(move || own.add());
        yield_now().await;
        cancelled.cancel();
        assert!(cancelled.await.unwrap_err().is_cancelled());
        gate.wait();
        kept.await.unwrap();
        assert_eq!((ran.get(), drops.get()), (1, 1));
        join_all(busy).await;
    });
}

#[test]
fn the_end_of_a_runtime_waits_for_a_stuck_job_no_longer_than_its_grace_and_reports_it() {
    let (end, ended) = mpsc::channel::<()>();
    let (begun, begin) = mpsc::channel();
    let runtime = Runtime::new().unwrap();
    let stuck = runtime.handle().spawn_blocking(move || {
        begun.send(()).unwrap();
        let _ = ended.recv();
    });
    begin.recv().unwrap();
    let since = Instant::now();
    assert_eq!(runtime.shutdown(millis(20)).len(), 1);
    assert!(since.elapsed() >= millis(20), "it did not wait");
    assert!(since.elapsed() < secs(30), "it waited too long");
    assert!(
        futures_lite::future::block_on(stuck)
            .unwrap_err()
            .is_cancelled()
    );
    drop(end);
}

#[test]
fn a_job_that_ends_within_the_grace_is_waited_for() {
    let (begun, begin) = mpsc::channel();
    let runtime = Runtime::builder().grace(Duration::MAX).build().unwrap();
    let ran = Arc::new(AtomicBool::new(false));
    let own = ran.clone();
    let (end, ended) = mpsc::channel::<()>();
    let job = runtime.handle().spawn_blocking(move || {
        begun.send(()).unwrap();
        let _ = ended.recv();
        own.store(true, SeqCst);
    });
    job.detach();
    begin.recv().unwrap();
    let thread = std::thread::spawn(move || drop(end));
    drop(runtime);
    assert!(ran.load(SeqCst));
    thread.join().unwrap();
}

#[test]
fn a_job_handed_to_a_runtime_that_ended_is_dropped_unrun_and_its_task_cancelled() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle();
    drop(runtime);
    let drops = Count::new();
    let guard = drops.on_drop();
    let late = handle.spawn_blocking(move || {
        let _guard = guard;
        unreachable!("the runtime has ended")
    });
    let late: tourbillon::Task<()> = late;
    assert!(late.is_cancelled());
    assert_eq!(drops.get(), 1);
}

#[test]
fn while_a_job_runs_the_virtual_clock_flows_instead_of_jumping() {
    let began = Instant::now();
    test(async {
        let start = now();
        let (end, ended) = mpsc::channel();
        let job = spawn_blocking(move || ended.recv().unwrap());
        let ending = spawn(async move {
            // This takes real time; a frozen clock would hang here, and a jumping one fire the hour
            // first.
            sleep(millis(5)).await;
            end.send("value").unwrap();
        });
        let first = race(job, sleep(secs(3_600))).await;
        assert!(matches!(first, Either::Left(Ok("value"))));
        assert!(now() - start >= millis(5) && now() - start < secs(60));
        ending.await.unwrap();
        // Nobody blocks any more: it jumps.
        sleep(secs(3_600)).await;
    });
    assert!(began.elapsed() >= millis(5) && began.elapsed() < secs(60));
}

#[test]
fn a_jobs_value_is_always_seen_before_the_clock_jumps() {
    test(async {
        for n in 0..300 {
            let limited = wait_for(spawn_blocking(move || n), secs(3_600)).await;
            assert_eq!(limited.expect("the clock jumped past it").unwrap(), n);
        }
    });
}

#[test]
fn a_loop_of_its_own_may_turn_inside_a_job() {
    test(async {
        let inner = spawn_blocking(|| {
            block_on(async {
                sleep(millis(1)).await;
                spawn(async { 7 }).await.unwrap()
            })
        });
        assert_eq!(inner.await.unwrap(), 7);
    });
}

#[test]
fn inside_a_job_one_is_outside_of_the_runtime_but_a_handle_leads_back() {
    test(async {
        let handle = Handle::current();
        let job = spawn_blocking(move || {
            let refused = panic_of(|| spawn(async {}));
            (refused, handle.spawn(async { 7 }))
        });
        let (refused, task) = job.await.unwrap();
        assert!(refused.contains("through a Handle"), "{refused}");
        assert_eq!(task.await.unwrap(), 7);
    });
}

#[test]
fn ten_thousand_jobs_whose_handles_are_dropped_leave_nothing_behind() {
    let drops = Count::new();
    test(async {
        for _ in 0..10_000 {
            let guard = drops.on_drop();
            drop(spawn_blocking(move || guard));
        }
        sleep(millis(1)).await;
    });
    assert_eq!(drops.get(), 10_000);
}
