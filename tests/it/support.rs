//! What the tests of behaviour share: short names for time, a log, guards that tell of their drop,
//! futures that count their polls, an observer that writes everything down.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

use tourbillon::{Event, Observer};

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Lines in the order in which they were written, by whatever task or thread.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn new() -> Log {
        Log::default()
    }

    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    /// The lines, which are forgotten.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// A guard that writes `line` when it is dropped.
    pub(crate) fn on_drop(&self, line: &str) -> OnDrop<impl FnMut() + use<>> {
        let (log, line) = (self.clone(), line.to_owned());
        OnDrop(move || log.add(line.clone()))
    }
}

/// Calls a function when it is dropped.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// How often something happened.
#[derive(Clone, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    pub(crate) fn new() -> Count {
        Count::default()
    }

    pub(crate) fn add(&self) {
        self.0.fetch_add(1, SeqCst);
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(SeqCst)
    }

    /// Counts the polls of `future`.
    pub(crate) fn polls<F: Future>(&self, future: F) -> Counted<F> {
        Counted {
            future: Box::pin(future),
            polls: self.clone(),
        }
    }

    /// A guard whose drop is counted.
    pub(crate) fn on_drop(&self) -> OnDrop<impl FnMut() + use<>> {
        let count = self.clone();
        OnDrop(move || count.add())
    }

    /// A waker whose wakes are counted.
    pub(crate) fn waker(&self) -> Waker {
        Waker::from(Arc::new(Bell(self.clone())))
    }
}

struct Bell(Count);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.add();
    }
}

/// See [`Count::polls`].
pub(crate) struct Counted<F> {
    future: Pin<Box<F>>,
    polls: Count,
}

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.polls.add();
        self.future.as_mut().poll(cx)
    }
}

/// On which thread something was dropped.
#[derive(Clone, Default)]
pub(crate) struct Place(Arc<Mutex<Option<ThreadId>>>);

impl Place {
    pub(crate) fn new() -> Place {
        Place::default()
    }

    pub(crate) fn get(&self) -> Option<ThreadId> {
        *self.0.lock().unwrap()
    }

    /// A guard that notes the thread on which it is dropped.
    pub(crate) fn on_drop(&self) -> OnDrop<impl FnMut() + use<>> {
        let place = self.clone();
        OnDrop(move || *place.0.lock().unwrap() = Some(std::thread::current().id()))
    }
}

/// The message of the panic that `call` ends by.
pub(crate) fn panic_of<T>(call: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(_) => panic!("there was no panic"),
        Err(payload) => message(&*payload),
    }
}

/// The message in a panic's payload.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .expect("a payload that is a text")
}

/// An observer that writes every event down.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Log);

impl Recorder {
    pub(crate) fn new() -> Recorder {
        Recorder::default()
    }

    pub(crate) fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

impl Observer for Recorder {
    fn event(&self, event: &Event<'_>) {
        self.0.add(match event {
            Event::Spawned { task, name, .. } => format!("spawned {task} {}", name.unwrap_or("-")),
            Event::Queued { task, remote } => {
                format!("queued {task}{}", if *remote { " remotely" } else { "" })
            }
            Event::Turn { number, ready } => format!("turn {number} ready {ready}"),
            Event::PollStarted { task } => format!("poll {task}"),
            Event::PollEnded { task, outcome } => format!("{outcome:?} {task}"),
            Event::Cancelled { task, reason } => format!("{task} was {reason}"),
            Event::Unhandled {
                task, name, what, ..
            } => format!("unhandled {task} {} {what}", name.unwrap_or("-")),
            Event::SlowPoll { task, name, .. } => format!("slow {task} {}", name.unwrap_or("-")),
            Event::Parked { limit } => format!("parked {limit:?}"),
            Event::Unparked => "unparked".into(),
            Event::Looked { found } => format!("looked {found}"),
            other => format!("{other:?}"),
        });
    }
}

/// Tells whoever asked, once, that the loop is about to sleep.
#[derive(Clone, Default)]
pub(crate) struct TellParked(Arc<Mutex<Option<mpsc::Sender<()>>>>);

impl TellParked {
    /// Calls `then` on another thread when the loop is about to sleep the next time.
    pub(crate) fn when_parked(&self, then: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
        let (parked, woken) = mpsc::channel();
        *self.0.lock().unwrap() = Some(parked);
        std::thread::spawn(move || {
            woken.recv().unwrap();
            then();
        })
    }
}

impl Observer for TellParked {
    fn event(&self, event: &Event<'_>) {
        if let Event::Parked { .. } = event {
            if let Some(parked) = self.0.lock().unwrap().take() {
                parked.send(()).unwrap();
            }
        }
    }
}

/// Waits until the thread of this name sleeps in the system.
pub(crate) fn wait_until_asleep(name: &str) {
    let is_asleep = |thread: std::fs::DirEntry| {
        // "number (name) state …"; a thread may be gone between the two looks.
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.contains(&format!("({name}) S"))
    };
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().flatten();
    while !threads().any(is_asleep) {
        std::thread::yield_now();
    }
}

/// Runs a test that would otherwise hang if it failed; fails it after a minute.
pub(crate) fn in_time(test: impl FnOnce() + Send + 'static) {
    let (over, ended) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        test();
        over.send(()).unwrap();
    });
    match ended.recv_timeout(secs(60)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("not over after a minute"),
        _ => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
    }
}

/// Runs a test in a process of its own, so that no other disturbs what it measures. `true`: this is
/// that process.
pub(crate) fn alone(test: &str) -> bool {
    const ALONE: &str = "TOURBILLON_TEST_ALONE";
    if std::env::var(ALONE).is_ok_and(|alone| alone == test) {
        return true;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(ALONE, test)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    println!("{said}{}", String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success(), "{test} failed in its own process");
    assert!(said.contains("1 passed"), "there is no test called {test}");
    false
}
