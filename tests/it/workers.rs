//! Several workers: what each does while others are in long polls, who steals what, and that home
//! stays home. A long poll here ends only when the progress of the others was seen.
// A task that outlives the future that spawned it is what some of these are about.
#![allow(clippy::async_yields_async)]

use std::future::{Future, pending};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::current;
use std::time::{Duration, Instant};

use futures_lite::future::poll_once;
use tourbillon::{Event, Handle, Observer, Runtime, Task, oneshot, sleep, spawn, spawn_local};
use tourbillon::{tasks, worker, yield_now};

use crate::net::connection;
use crate::support::{Count, Log, Place, in_time, message, millis, panic_of};

pub(crate) fn pool(workers: usize) -> Runtime {
    Runtime::builder().workers(workers).build().unwrap()
}

/// Spawns a task as a thread of the outside does, so that any worker with time takes it: while the
/// caller goes on polling, another.
pub(crate) fn spawn_outside<F>(future: F) -> Task<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let handle = Handle::current();
    let thread = std::thread::spawn(move || handle.spawn(future));
    thread.join().unwrap()
}

/// Runs `work` in a poll on another worker than this one, and goes on when it is over.
pub(crate) fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (say, said) = mpsc::channel();
    let here = worker();
    spawn_outside(async move {
        assert_ne!(worker(), here);
        say.send(work()).unwrap();
    })
    .detach();
    said.recv().unwrap()
}

#[test]
fn a_long_poll_delays_nobody_elses_timers_sockets_and_ready_tasks() {
    in_time(|| {
        pool(2).block_on(async {
            let (say, said) = mpsc::channel();
            let busy = spawn_outside(async move {
                sleep(millis(1)).await;
                say.send("a timer").unwrap();
                let (client, server) = connection().await;
                client.write_all(b"through").await.unwrap();
                let mut heard = [0; 7];
                server.read_exact(&mut heard).await.unwrap();
                assert_eq!(&heard, b"through");
                say.send("a socket").unwrap();
                yield_now().await;
                spawn(async {}).await.unwrap();
                say.send("a ready task").unwrap();
                worker()
            });
            // All in one poll of this future.
            for what in ["a timer", "a socket", "a ready task"] {
                assert_eq!(said.recv().unwrap(), what);
            }
            assert_eq!(busy.await.unwrap(), Some(1));
        });
    });
}

/// Worker 1 has two ready tasks while worker 0 is busy. The first, once begun, waits for the second;
/// `second` is its name in the other thread's words.
fn wait_for_the_one_behind(log: &Log) -> (Task<()>, Task<()>) {
    let (began, begins) = mpsc::channel();
    let (ran, has_run) = mpsc::channel();
    let log = log.clone();
    let tasks = elsewhere(move || {
        let first = spawn(async move {
            began.send(()).unwrap();
            has_run.recv().unwrap();
        });
        let second = spawn(async move {
            log.add(format!("{:?}", worker()));
            ran.send(()).unwrap();
        });
        (first, second)
    });
    begins.recv().unwrap();
    tasks
}

#[test]
fn a_task_behind_a_long_poll_is_stolen_though_it_is_the_only_one() {
    in_time(|| {
        pool(2).block_on(async {
            let log = Log::new();
            let (first, second) = wait_for_the_one_behind(&log);
            first.await.unwrap();
            second.await.unwrap();
            assert_eq!(log.take(), ["Some(0)"]);
        });
    });
}

#[test]
fn a_ready_task_is_stolen_from_behind_a_long_poll_of_a_local_task_too() {
    in_time(|| {
        pool(2).block_on(async {
            let (began, begins) = mpsc::channel();
            let (ran, has_run) = mpsc::channel();
            let roams = elsewhere(move || {
                let (wake, woken) = oneshot::channel();
                // When the roaming task waits, a long local one is made ready, and then that.
                spawn_local(async move {
                    yield_now().await;
                    let long = spawn_local(async move {
                        began.send(()).unwrap();
                        has_run.recv().unwrap();
                    });
                    long.detach();
                    wake.send(()).unwrap();
                })
                .detach();
                spawn(async move {
                    woken.await.unwrap();
                    ran.send(()).unwrap();
                })
            });
            begins.recv().unwrap();
            roams.await.unwrap();
        });
    });
}

#[test]
fn two_tasks_that_a_long_poll_puts_are_both_run_while_it_goes_on() {
    in_time(|| {
        pool(3).block_on(async {
            let puts = spawn_outside(async {
                let (say, said) = mpsc::channel();
                let put = |number| {
                    let say = say.clone();
                    spawn(async move { say.send(number).unwrap() })
                };
                let tasks = [put(1), put(2)];
                let mut both = [said.recv().unwrap(), said.recv().unwrap()];
                both.sort();
                assert_eq!(both, [1, 2]);
                tasks
            });
            for task in puts.await.unwrap() {
                task.await.unwrap();
            }
        });
    });
}

#[test]
fn the_only_task_that_a_long_poll_puts_is_run_at_the_latest_when_that_poll_is_over() {
    in_time(|| {
        pool(2).block_on(async {
            let (go, may_go) = mpsc::channel::<()>();
            let (put, has_put) = mpsc::channel();
            let putter = spawn_outside(async move {
                put.send(spawn(async { 42 })).unwrap();
                may_go.recv().unwrap();
                pending::<()>().await;
            });
            let task = has_put.recv().unwrap();
            go.send(()).unwrap();
            assert_eq!(task.await.unwrap(), 42);
            drop(putter);
        });
    });
}

#[test]
fn the_only_task_that_the_root_or_a_local_task_spawns_is_run_by_others_while_they_go_on() {
    in_time(|| {
        pool(2).block_on(async {
            let spawn_and_wait = || {
                let (say, said) = mpsc::channel();
                let task = spawn(async move { say.send(worker()).unwrap() });
                assert_eq!(said.recv().unwrap(), Some(1));
                task
            };
            spawn_and_wait().await.unwrap();
            let local = spawn_local(async move { spawn_and_wait() });
            local.await.unwrap().await.unwrap();
        });
    });
}

#[test]
fn what_is_next_is_polled_although_its_round_ends_with_one_of_the_common_shelf() {
    in_time(|| {
        pool(2).block_on(async {
            let (say, said) = mpsc::channel();
            let yields = spawn_outside(async move {
                // Between two looks are two rounds of 30 polls and one of a single poll, which is
                // the other task's if that came in the second: every other time.
                for _ in 0..10 {
                    spawn_outside(async {}).detach();
                    for _ in 0..31 {
                        yield_now().await;
                    }
                }
                say.send(worker()).unwrap();
            });
            // Until then this worker takes nothing.
            assert_eq!(said.recv().unwrap(), Some(1));
            yields.await.unwrap();
        });
    });
}

#[test]
fn what_is_next_starves_nothing_of_the_common_shelf() {
    in_time(|| {
        pool(2).block_on(async {
            let (begun, begins) = mpsc::channel();
            let (ran, has_run) = mpsc::channel();
            let goes_on = Arc::new(AtomicBool::new(true));
            let may_yield = goes_on.clone();
            let yields = spawn_outside(async move {
                begun.send(()).unwrap();
                while may_yield.load(SeqCst) {
                    yield_now().await;
                }
            });
            begins.recv().unwrap();
            spawn_outside(async move { ran.send(worker()).unwrap() }).detach();
            // Until then this worker takes nothing.
            assert_eq!(has_run.recv().unwrap(), Some(1));
            goes_on.store(false, SeqCst);
            yields.await.unwrap();
        });
    });
}

/// Who is to be held, what says that it is, and what lets it go.
type Held = (Option<usize>, mpsc::Sender<()>, mpsc::Receiver<()>);

/// Holds a worker when it is about to sleep, once, until it is let go.
#[derive(Clone, Default)]
pub(crate) struct HoldParked(Arc<Mutex<Option<Held>>>);

impl HoldParked {
    /// To be called on the worker, which is not about to sleep now: what holds it the next time,
    /// and to hear of that, and to let it go.
    pub(crate) fn hold(&self) -> (impl FnOnce() + use<>, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (say, said) = mpsc::channel();
        let (go, may_go) = mpsc::channel();
        let place = self.0.clone();
        let arm = move || *place.lock().unwrap() = Some((worker(), say, may_go));
        (arm, said, go)
    }
}

impl Observer for HoldParked {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::Parked { .. }) {
            let held = self.0.lock().unwrap().take_if(|held| held.0 == worker());
            if let Some((_, say, may_go)) = held {
                say.send(()).unwrap();
                may_go.recv().unwrap();
            }
        }
    }
}

/// Tasks of worker 1 that have all been polled there and wait for their senders; the first, once
/// woken, waits in its poll for the others. `meanwhile` is called there before that worker can sleep.
fn three_that_sleep(
    meanwhile: impl FnOnce() + Send + 'static,
) -> (Vec<oneshot::Sender<()>>, Vec<Task<()>>) {
    let (polled, was_polled) = mpsc::channel();
    let (ran, has_run) = mpsc::channel();
    let all = elsewhere(move || {
        meanwhile();
        let mut has_run = Some(has_run);
        let one = |_| {
            let (sender, mut receiver) = oneshot::channel::<()>();
            let (polled, ran, others) = (polled.clone(), ran.clone(), has_run.take());
            let task = spawn(async move {
                assert!(poll_once(&mut receiver).await.is_none());
                polled.send(()).unwrap();
                receiver.await.unwrap();
                match others {
                    Some(others) => (0..2).for_each(|_| others.recv().unwrap()),
                    None => ran.send(()).unwrap(),
                }
            });
            (sender, task)
        };
        (0..3).map(one).collect::<Vec<_>>()
    });
    (0..3).for_each(|_| was_polled.recv().unwrap());
    all.into_iter().unzip()
}

#[test]
fn of_what_is_given_to_a_sleeping_worker_nothing_waits_behind_a_long_poll() {
    in_time(|| {
        let held = HoldParked::default();
        let runtime = Runtime::builder().workers(2).observer(held.clone());
        runtime.build().unwrap().block_on(async {
            let (hold, is_held, go) = held.hold();
            let (senders, tasks) = three_that_sleep(hold);
            let thread = std::thread::spawn(move || {
                is_held.recv().unwrap();
                for sender in senders {
                    sender.send(()).unwrap();
                }
                go.send(()).unwrap();
            });
            for task in tasks {
                task.await.unwrap();
            }
            thread.join().unwrap();
        });
    });
}

/// A waker whose wake panics.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        std::panic::resume_unwind(Box::new("this waker panics"));
    }
}

/// Arms a timer on another worker that wakes by a panic.
fn arm_a_panic(after: Duration, meanwhile: impl FnOnce() + Send + 'static) -> tourbillon::Sleep {
    elsewhere(move || {
        meanwhile();
        let mut nap = sleep(after);
        let waker = Waker::from(Arc::new(Panics));
        let polled = Pin::new(&mut nap).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        nap
    })
}

#[test]
fn a_waker_that_panics_on_another_worker_costs_neither_the_worker_nor_its_search() {
    in_time(|| {
        let held = HoldParked::default();
        let runtime = Runtime::builder().workers(2).observer(held.clone());
        runtime.build().unwrap().block_on(async {
            let (hold, is_held, go) = held.hold();
            let nap = arm_a_panic(millis(1), hold);
            // A tick later it is due.
            let due = nap.deadline().unwrap() + millis(1);
            is_held.recv().unwrap();
            // The worker counts as asleep. It is called to search, and its timer comes due.
            let called = [spawn(async {}), spawn(async {})];
            while Instant::now() < due {
                std::thread::yield_now();
            }
            go.send(()).unwrap();
            for task in called {
                task.await.unwrap();
            }
            // Each worker still finds what the other has.
            assert_eq!(elsewhere(worker), Some(1));
            let log = Log::new();
            let (first, second) = wait_for_the_one_behind(&log);
            first.await.unwrap();
            second.await.unwrap();
            assert_eq!(log.take(), ["Some(0)"]);
            drop(nap);
        });
    });
}

#[test]
fn a_task_that_panics_on_another_worker_is_its_handles_and_the_worker_turns_on() {
    in_time(|| {
        pool(2).block_on(async {
            let (say, said) = mpsc::channel();
            let task = spawn_outside(async move {
                say.send(worker()).unwrap();
                std::panic::resume_unwind(Box::new("on worker 1"));
            });
            assert_eq!(said.recv().unwrap(), Some(1));
            let panic = task.await.unwrap_err().into_panic();
            assert_eq!(message(&*panic), "on worker 1");
            assert_eq!(elsewhere(worker), Some(1));
        });
    });
}

#[test]
fn a_local_task_is_polled_and_dropped_at_home_whoever_wakes_and_cancels_it() {
    in_time(|| {
        pool(2).block_on(async {
            let (ask, asked) = async_channel::bounded::<()>(1);
            let (answer, answered) = async_channel::bounded(1);
            let dropped = Place::new();
            let guard = dropped.on_drop();
            let (home, task) = elsewhere(move || {
                let task = spawn_local(async move {
                    let (_guard, asks) = (guard, Rc::new(asked));
                    while asks.recv().await.is_ok() {
                        answer.send(current().id()).await.unwrap();
                    }
                });
                (current().id(), task)
            });
            // Woken here, and on a thread of the outside.
            ask.send(()).await.unwrap();
            assert_eq!(answered.recv().await, Ok(home));
            let asks = ask.clone();
            let thread = std::thread::spawn(move || asks.send_blocking(()).unwrap());
            assert_eq!(answered.recv().await, Ok(home));
            thread.join().unwrap();
            assert_ne!(current().id(), home);
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(dropped.get(), Some(home));
        });
    });
}

#[test]
fn a_local_task_whose_handle_is_dropped_on_another_thread_is_dropped_at_home() {
    in_time(|| {
        pool(2).block_on(async {
            let dropped = Place::new();
            let (guard, alive) = (dropped.on_drop(), async_channel::bounded::<()>(1));
            let (home, task) = elsewhere(move || {
                let task = spawn_local(async move {
                    let _kept = (alive.0, guard);
                    pending::<()>().await;
                });
                (current().id(), task)
            });
            std::thread::spawn(move || drop(task)).join().unwrap();
            // The last of what the task keeps is gone when its future is.
            assert!(alive.1.recv().await.is_err());
            while dropped.get().is_none() {
                yield_now().await;
            }
            assert_eq!(dropped.get(), Some(home));
        });
    });
}

#[test]
fn a_socket_that_one_worker_made_is_used_and_closed_on_another() {
    in_time(|| {
        pool(2).block_on(async {
            let made = spawn_outside(async {
                let ends = connection().await;
                (worker(), ends)
            });
            let (said_by, has_said) = mpsc::channel();
            let (go, may_go) = mpsc::channel::<()>();
            let (by, (client, server)) = made.await.unwrap();
            // Both ends are read by the one that did not make them, and waited for there.
            let by = by.unwrap();
            let other = move || async move {
                let here = worker();
                let reads = spawn_local(async move {
                    let mut heard = [0; 4];
                    server.read_exact(&mut heard).await.unwrap();
                    (heard, worker())
                });
                assert!(!reads.is_finished());
                yield_now().await;
                client.write_all(b"mail").await.unwrap();
                assert_eq!(reads.await.unwrap(), (*b"mail", here));
                drop(client);
                here
            };
            let task = match by {
                // On worker 0, the root's: it stays here.
                1 => spawn_local(other()),
                _ => {
                    let task = spawn_outside(async move {
                        said_by.send(()).unwrap();
                        may_go.recv().unwrap();
                    });
                    has_said.recv().unwrap();
                    go.send(()).unwrap();
                    task.await.unwrap();
                    elsewhere(move || spawn_local(other()))
                }
            };
            assert_eq!(task.await.unwrap(), Some(1 - by));
        });
    });
}

#[test]
fn a_sleep_that_was_armed_on_one_worker_ends_in_a_task_of_another_and_not_early() {
    in_time(|| {
        pool(2).block_on(async {
            let began = Instant::now();
            let nap = elsewhere(|| {
                let mut nap = sleep(millis(20));
                let waker = Waker::noop();
                assert!(
                    Pin::new(&mut nap)
                        .poll(&mut Context::from_waker(waker))
                        .is_pending()
                );
                nap
            });
            let mut nap = nap;
            assert!(poll_once(&mut nap).await.is_none());
            nap.await;
            assert!(began.elapsed() >= millis(20));
        });
    });
}

#[test]
fn tasks_lists_those_of_all_workers_in_the_order_in_which_they_were_spawned() {
    in_time(|| {
        let runtime = pool(3);
        let named = |name: &str| tourbillon::task::Builder::new().name(name);
        let names = |tasks: Vec<tourbillon::TaskInfo>| -> Vec<String> {
            tasks
                .iter()
                .filter_map(|task| task.name.as_deref().map(String::from))
                .collect()
        };
        let expected = ["here", "there", "local here", "local there"];
        let kept = runtime.block_on(async {
            let kept = [
                named("here").spawn(pending::<()>()),
                elsewhere(move || named("there").spawn(pending::<()>())),
                named("local here").spawn_local(pending::<()>()),
                elsewhere(move || named("local there").spawn_local(pending::<()>())),
            ];
            assert_eq!(names(tasks()), expected);
            assert_eq!(names(elsewhere(tasks)), expected);
            kept
        });
        assert_eq!(names(runtime.tasks()), expected);
        drop(kept);
    });
}

#[test]
fn the_threads_of_workers_have_names_and_numbers() {
    in_time(|| {
        pool(2).block_on(async {
            assert_eq!(worker(), Some(0));
            let name = elsewhere(|| (worker(), current().name().map(String::from)));
            assert_eq!(name, (Some(1), Some("worker 1".into())));
        });
    });
}

#[test]
fn no_worker_and_too_many_are_refused_in_words() {
    for workers in [0, 57] {
        let said = panic_of(|| Runtime::builder().workers(workers));
        assert_eq!(
            said,
            format!("a runtime has 1 to 56 workers, not {workers}")
        );
    }
    in_time(|| assert_eq!(pool(56).block_on(async { worker() }), Some(0)));
}

/// Writes down which worker polls and steals which task.
#[derive(Clone, Default)]
struct Who(Log);

impl Observer for Who {
    fn event(&self, event: &Event<'_>) {
        let line = match event {
            Event::PollStarted { task } => format!("{task} is polled by {:?}", worker()),
            Event::Stolen { task, from } => {
                format!("{task} is stolen from {from} by {:?}", worker())
            }
            _ => return,
        };
        self.0.add(line);
    }
}

#[test]
fn an_observer_hears_which_worker_polls_and_who_steals_from_whom() {
    in_time(|| {
        let who = Who::default();
        let runtime = Runtime::builder().workers(2).observer(who.clone());
        runtime.build().unwrap().block_on(async {
            let (first, second) = wait_for_the_one_behind(&Log::new());
            let ids = (first.id(), second.id());
            first.await.unwrap();
            second.await.unwrap();
            let told = who.0.take();
            for expected in [
                "0 is polled by Some(0)".to_owned(),
                format!("{} is polled by Some(1)", ids.0),
                format!("{} is stolen from 1 by Some(0)", ids.1),
                format!("{} is polled by Some(0)", ids.1),
            ] {
                assert!(told.contains(&expected), "{expected:?} is not in {told:#?}");
            }
        });
    });
}

/// Pends for ever, always ready, and notes whether it was polled while nobody was inside `block_on`.
struct Restless {
    inside: Arc<AtomicBool>,
    outside: Count,
    polls: Count,
}

impl Future for Restless {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.polls.add();
        if !self.inside.load(SeqCst) {
            self.outside.add();
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// What is polled while nobody is inside `block_on`, over many calls of it by `call`.
fn polls_outside(call: impl Fn(&Runtime, &dyn Fn())) -> usize {
    let runtime = pool(4);
    let (inside, outside, polls) = (Arc::new(AtomicBool::new(false)), Count::new(), Count::new());
    let restless = || Restless {
        inside: inside.clone(),
        outside: outside.clone(),
        polls: polls.clone(),
    };
    inside.store(true, SeqCst);
    let tasks = runtime.block_on(async {
        let tasks = (0..8)
            .map(|_| spawn_outside(restless()))
            .collect::<Vec<_>>();
        let locals = elsewhere({
            let local = restless();
            move || spawn_local(local)
        });
        (tasks, locals)
    });
    inside.store(false, SeqCst);
    for _ in 0..200 {
        inside.store(true, SeqCst);
        let before = polls.get();
        call(&runtime, &|| {
            while polls.get() < before + 8 {
                std::thread::yield_now();
            }
        });
        inside.store(false, SeqCst);
        // Time for whoever would turn.
        (0..20).for_each(|_| std::thread::yield_now());
    }
    drop((tasks, runtime));
    outside.get()
}

#[test]
fn no_worker_turns_while_nobody_is_inside_block_on() {
    in_time(|| {
        let polled = polls_outside(|runtime, others| runtime.block_on(async { others() }));
        assert_eq!(polled, 0);
    });
}

#[test]
fn when_the_future_of_block_on_panics_the_workers_pause_and_turn_again_with_the_next() {
    in_time(|| {
        let polled = polls_outside(|runtime, others| {
            let root = async {
                others();
                std::panic::resume_unwind(Box::new("the root"));
            };
            assert_eq!(panic_of(|| runtime.block_on::<_>(root)), "the root");
        });
        assert_eq!(polled, 0);
    });
}

#[test]
fn what_happens_between_two_calls_of_block_on_is_found_by_the_next() {
    in_time(|| {
        let runtime = pool(3);
        let handle = runtime.handle();
        let (ask, asked) = async_channel::unbounded::<u64>();
        let (answer, answered) = async_channel::unbounded();
        let echo = runtime.block_on(async {
            spawn_outside(async move {
                while let Ok(number) = asked.recv().await {
                    answer.send(number).await.unwrap();
                }
            })
        });
        for number in 0..500 {
            // A wake and a spawn while all workers stand still.
            ask.try_send(number).unwrap();
            let spawned = handle.spawn(async move { number });
            assert_eq!(runtime.block_on(spawned).unwrap(), number);
            assert_eq!(runtime.block_on(answered.recv()), Ok(number));
        }
        drop(ask);
        runtime.block_on(echo).unwrap();
    });
}

/// The polls of each worker since its last look, and the most that there were.
#[derive(Default)]
struct PollsBetweenLooks {
    since: [AtomicUsize; 2],
    most: Arc<AtomicUsize>,
}

impl Observer for PollsBetweenLooks {
    fn event(&self, event: &Event<'_>) {
        let since = worker().map(|worker| &self.since[worker]);
        match (event, since) {
            (Event::PollStarted { .. }, Some(since)) => {
                let polls = since.fetch_add(1, SeqCst) + 1;
                self.most.fetch_max(polls, SeqCst);
            }
            (Event::Looked { .. }, Some(since)) => since.store(0, SeqCst),
            _ => (),
        }
    }
}

#[test]
fn no_more_than_61_polls_pass_between_two_looks_however_they_are_mixed() {
    in_time(|| {
        let observer = PollsBetweenLooks::default();
        let most = observer.most.clone();
        let runtime = Runtime::builder().workers(2).observer(observer);
        runtime.build().unwrap().block_on(async {
            let yields = async |times: u64| {
                for _ in 0..times {
                    yield_now().await;
                }
            };
            let mut tasks = Vec::new();
            for number in 0..50 {
                tasks.push(spawn_local(yields(20 + number)));
                tasks.push(spawn(yields(20 + number)));
            }
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert_eq!(most.load(SeqCst), 61);
    });
}
