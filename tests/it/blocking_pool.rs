//! The pool of threads for calls that block, from outside. Its races are in
//! `tests/loom/blocking.rs`.

use std::collections::HashSet;
use std::env;
use std::panic::panic_any;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tourbillon::internals::{Pool, Refused};

/// Longer than any test: a thread that is kept this long never leaves by itself.
const FOR_EVER: Duration = Duration::MAX;

/// A job that says that it has started, and then is stuck until it is let go.
struct Stuck {
    started: Receiver<()>,
    gate: Sender<()>,
}

impl Stuck {
    fn submit(pool: &Pool) -> Stuck {
        let (start, started) = channel();
        let (gate, open) = channel();
        let job = move || {
            start.send(()).unwrap();
            open.recv().unwrap();
        };
        pool.submit(Box::new(job)).unwrap();
        Stuck { started, gate }
    }

    fn has_started(self) -> Stuck {
        self.started.recv().unwrap();
        self
    }

    fn let_go(self) {
        self.gate.send(()).unwrap();
    }
}

/// Runs a job and returns what it returned.
fn run<T: Send + 'static>(pool: &Pool, job: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = channel();
    pool.submit(Box::new(move || send.send(job()).unwrap()))
        .unwrap();
    receive.recv().unwrap()
}

/// Waits for the pool to come to this, which is a matter of microseconds; a minute means never.
fn wait_until(holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(
            since.elapsed() < Duration::from_secs(60),
            "the pool never comes to this"
        );
        thread::yield_now();
    }
}

/// Panics when dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a drop panics, as this test wants");
    }
}

#[test]
fn threads_start_on_demand_and_never_exceed_the_cap() {
    let pool = Pool::new("capped", 3, FOR_EVER);
    assert_eq!(pool.threads(), 0);
    let (first, second) = (
        Stuck::submit(&pool).has_started(),
        Stuck::submit(&pool).has_started(),
    );
    assert_eq!((pool.threads(), pool.running()), (2, 2));
    let third = Stuck::submit(&pool).has_started();
    let fourth = Stuck::submit(&pool);
    assert_eq!((pool.threads(), pool.running()), (3, 3));
    assert!(fourth.started.try_recv().is_err());
    second.let_go();
    let fourth = fourth.has_started();
    assert_eq!((pool.threads(), pool.running()), (3, 3));
    [first, third, fourth].into_iter().for_each(Stuck::let_go);
    assert_eq!(pool.close(FOR_EVER), 0);
}

#[test]
fn a_thousand_jobs_run_once_each_on_at_most_four_threads() {
    let pool = Pool::new("busy", 4, FOR_EVER);
    let (send, receive) = channel();
    for number in 0..1_000 {
        let send = send.clone();
        let job = move || send.send((number, thread::current().id())).unwrap();
        pool.submit(Box::new(job)).unwrap();
    }
    drop(send);
    let (mut numbers, threads): (Vec<_>, HashSet<_>) = receive.iter().unzip();
    numbers.sort();
    assert!(numbers.into_iter().eq(0..1_000));
    assert!((1..=4).contains(&threads.len()));
    assert!(pool.threads() <= 4);
}

#[test]
fn jobs_in_line_start_in_the_order_they_came() {
    let pool = Pool::new("in line", 1, FOR_EVER);
    let stuck = Stuck::submit(&pool).has_started();
    let (send, receive) = channel();
    for number in 0..100 {
        let send = send.clone();
        pool.submit(Box::new(move || send.send(number).unwrap()))
            .unwrap();
    }
    drop(send);
    stuck.let_go();
    assert!(receive.iter().eq(0..100));
}

#[test]
fn no_job_is_stranded_as_the_last_worker_goes_idle() {
    let pool = Pool::new("idle", 1, FOR_EVER);
    for number in 0..20_000 {
        assert_eq!(run(&pool, move || number), number);
    }
    assert_eq!(pool.threads(), 1);
}

#[test]
fn no_job_is_stranded_as_the_last_worker_leaves() {
    let pool = Pool::new("leaving", 1, Duration::ZERO);
    for number in 0..2_000 {
        assert_eq!(run(&pool, move || number), number);
    }
}

#[test]
fn jobs_that_wait_for_each_other_each_get_a_thread_while_there_is_room() {
    for _ in 0..500 {
        let pool = Pool::new("meeting", 2, FOR_EVER);
        // One worker, on its way to being idle: it may answer for one of the two, not for both.
        run(&pool, || ());
        let meeting = Arc::new(Barrier::new(2));
        let (send, met) = channel();
        for _ in 0..2 {
            let (meeting, send) = (meeting.clone(), send.clone());
            let job = move || {
                meeting.wait();
                send.send(()).unwrap();
            };
            pool.submit(Box::new(job)).unwrap();
        }
        drop(send);
        assert_eq!(met.iter().count(), 2);
    }
}

#[test]
fn idle_threads_leave_and_later_jobs_get_new_ones() {
    let pool = Pool::new("short", 3, Duration::from_millis(1));
    let stuck: Vec<_> = (0..3).map(|_| Stuck::submit(&pool).has_started()).collect();
    assert_eq!(pool.threads(), 3);
    stuck.into_iter().for_each(Stuck::let_go);
    wait_until(|| pool.threads() == 0);
    assert_eq!(
        run(&pool, || thread::current().name().map(str::to_owned)).as_deref(),
        Some("short")
    );
}

#[test]
fn a_panicking_job_leaves_its_worker_and_the_counts_alone() {
    let pool = Pool::new("panics", 1, FOR_EVER);
    let before = run(&pool, || thread::current().id());
    pool.submit(Box::new(|| panic!("a job panics, as this test wants")))
        .unwrap();
    pool.submit(Box::new(|| panic_any(Bomb))).unwrap();
    assert_eq!(run(&pool, || thread::current().id()), before);
    wait_until(|| pool.running() == 0);
    assert_eq!(pool.threads(), 1);
}

#[test]
fn close_drops_what_is_in_line_unrun_and_refuses_the_rest() {
    let pool = Pool::new("closing", 1, FOR_EVER);
    let stuck = Stuck::submit(&pool).has_started();
    let ran = Arc::new(AtomicBool::new(false));
    for _ in 0..5 {
        let ran = ran.clone();
        pool.submit(Box::new(move || ran.store(true, SeqCst)))
            .unwrap();
    }
    assert_eq!(Arc::strong_count(&ran), 6);
    assert_eq!(pool.close(Duration::ZERO), 1);
    assert_eq!(
        Arc::strong_count(&ran),
        1,
        "a job in line outlived its pool"
    );

    let (send, receive) = channel();
    let refused = pool.submit(Box::new(move || send.send("intact").unwrap()));
    let Err(Refused::Closed(job)) = refused else {
        panic!("{refused:?}")
    };
    job();
    assert_eq!(receive.recv(), Ok("intact"));

    stuck.let_go();
    wait_until(|| pool.threads() == 0);
    assert!(!ran.load(SeqCst), "a job ran in a closed pool");
}

#[test]
fn close_makes_idle_threads_leave() {
    let pool = Pool::new("idle", 1, FOR_EVER);
    run(&pool, || ());
    assert_eq!(pool.close(FOR_EVER), 0);
    wait_until(|| pool.threads() == 0);
}

#[test]
fn close_waits_for_what_runs() {
    let pool = Arc::new(Pool::new("patient", 2, FOR_EVER));
    let stuck = [
        Stuck::submit(&pool).has_started(),
        Stuck::submit(&pool).has_started(),
    ];
    let closed = thread::spawn({
        let pool = pool.clone();
        move || pool.close(FOR_EVER)
    });
    wait_until(|| pool.submit(Box::new(|| ())).is_err());
    let [first, second] = stuck;
    first.let_go();
    wait_until(|| pool.running() == 1);
    assert!(!closed.is_finished(), "one still ran");
    second.let_go();
    assert_eq!(closed.join().unwrap(), 0);
}

#[test]
fn close_returns_after_its_grace_and_counts_the_stuck() {
    let pool = Pool::new("stuck", 2, FOR_EVER);
    let stuck = [
        Stuck::submit(&pool).has_started(),
        Stuck::submit(&pool).has_started(),
    ];
    let grace = Duration::from_millis(5);
    let since = Instant::now();
    assert_eq!(pool.close(grace), 2);
    assert!(since.elapsed() >= grace);
    stuck.into_iter().for_each(Stuck::let_go);
    assert_eq!(pool.close(FOR_EVER), 0);
}

#[test]
fn a_drop_that_panics_keeps_no_other_job_from_being_dropped() {
    let pool = Pool::new("bombs", 1, FOR_EVER);
    let stuck = Stuck::submit(&pool).has_started();
    let last = Arc::new(());
    let bombs = [Bomb, Bomb];
    for bomb in bombs {
        pool.submit(Box::new(move || drop(bomb))).unwrap();
    }
    let held = last.clone();
    pool.submit(Box::new(move || drop(held))).unwrap();
    assert_eq!(pool.close(Duration::ZERO), 1);
    assert_eq!(Arc::strong_count(&last), 1);
    stuck.let_go();
}

#[test]
fn dropping_the_pool_drops_what_is_in_line_and_lets_the_running_finish() {
    let pool = Pool::new("dropped", 1, FOR_EVER);
    let (send, finished) = channel();
    let (gate, open) = channel::<()>();
    pool.submit(Box::new(move || {
        open.recv().unwrap();
        send.send(()).unwrap();
    }))
    .unwrap();
    wait_until(|| pool.running() == 1);
    let in_line = Arc::new(());
    let held = in_line.clone();
    pool.submit(Box::new(move || drop(held))).unwrap();
    drop(pool);
    assert_eq!(Arc::strong_count(&in_line), 1);
    gate.send(()).unwrap();
    finished.recv().unwrap();
}

#[test]
fn jobs_run_and_drop_outside_the_lock() {
    // Each job asks its own pool something, which takes the lock: held, this would hang.
    struct Asks(Arc<Mutex<Option<Arc<Pool>>>>, Arc<AtomicUsize>);
    impl Drop for Asks {
        fn drop(&mut self) {
            let pool = self.0.lock().unwrap().clone().unwrap();
            self.1.fetch_add(1 + pool.running(), SeqCst);
        }
    }
    let pool = Arc::new(Pool::new("asked", 1, FOR_EVER));
    let shared = Arc::new(Mutex::new(Some(pool.clone())));
    let asked = Arc::new(AtomicUsize::new(0));
    let asks = Asks(shared.clone(), asked.clone());
    pool.submit(Box::new(move || drop(asks))).unwrap();
    wait_until(|| asked.load(SeqCst) == 2);
    let stuck = Stuck::submit(&pool).has_started();
    let asks = Asks(shared.clone(), asked.clone());
    pool.submit(Box::new(move || drop(asks))).unwrap();
    assert_eq!(pool.close(Duration::ZERO), 1);
    assert_eq!(asked.load(SeqCst), 4);
    stuck.let_go();
    shared.lock().unwrap().take();
}

#[test]
fn a_job_that_gets_no_thread_comes_back() {
    // A stack that no system has: in a process of its own, because std reads the size once.
    const NAME: &str = "a_job_that_gets_no_thread_comes_back";
    if env::var_os("TOURBILLON_NO_THREAD").is_none() {
        let mut child = Command::new(env::current_exe().unwrap());
        child
            .args([NAME, "--test-threads=1"])
            .env("TOURBILLON_NO_THREAD", "1");
        let output = child
            .env("RUST_MIN_STACK", (1u64 << 60).to_string())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{text}"
        );
        return;
    }
    let pool = Pool::new("refused", 1, FOR_EVER);
    let (send, receive) = channel();
    let refused = pool.submit(Box::new(move || send.send("intact").unwrap()));
    let Err(Refused::NoThread(job, _error)) = refused else {
        panic!("{refused:?}")
    };
    job();
    assert_eq!(receive.recv(), Ok("intact"));
    assert_eq!((pool.threads(), pool.running()), (0, 0));
    assert_eq!(pool.close(FOR_EVER), 0);
}
