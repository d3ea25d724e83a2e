//! A blocking job: a call that runs on a thread of the pool, and the task that waits for it.
//!
//! Laws:
//!
//! - **A value before its hold.** A job sends its outcome before it lets the virtual clock go, so
//!   the clock cannot jump past it.
//! - **Not begun, never run.** A job whose task was dropped while it stood in the queue is not
//!   begun. (A task that was cancelled is dropped when its turn comes; until then its job may
//!   begin.)
//! - **Nothing lost in silence.** A panic of a job that nobody waits for any more is reported.
//!
//! Leaves out: the threads (`blocking.rs`).

use std::io;
use std::panic::resume_unwind;

use slab::Slab;

use crate::blocking::{Job, Refused};
use crate::driver::clock::ClockHold;
use crate::event_loop::Shared;
use crate::observe::WaitsFor;
use crate::oneshot;
use crate::panics::{caught, discard, in_words};
use crate::sync::{Arc, Mutex};
use crate::task::TaskInfo;
use crate::task::passport::Passport;
use crate::task::share::Share;

/// The jobs of one runtime that run.
#[derive(Default)]
pub(crate) struct Running {
    jobs: Mutex<Slab<TaskInfo>>,
}

impl Running {
    /// In the order of their spawning.
    pub(crate) fn list(&self) -> Vec<TaskInfo> {
        let mut jobs: Vec<_> = {
            let running = self.jobs.lock();
            running.iter().map(|(_, job)| job.clone()).collect()
        };
        jobs.sort_by_key(|job| job.id);
        jobs
    }
}

/// What a job carries of the task that waits for it.
pub(crate) struct Label {
    passport: Passport,
    shared: Share<Shared>,
    running: Arc<Running>,
}

impl Label {
    pub(crate) fn new(task: &Passport, shared: Share<Shared>, running: Arc<Running>) -> Label {
        Label {
            passport: task.copy_of(),
            shared,
            running,
        }
    }

    /// The job begins; it is listed for as long as the return value lives.
    fn enlist(&self) -> Listed {
        let info = TaskInfo {
            id: self.passport.id,
            name: self.passport.name().map(str::to_owned),
            place: self.passport.place,
            waits_for: WaitsFor::Blocking,
            since: self.shared.remote().clock.now(),
        };
        Listed {
            key: self.running.jobs.lock().insert(info),
            running: self.running.clone(),
        }
    }
}

/// A job that runs.
struct Listed {
    key: usize,
    running: Arc<Running>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        let info = self.running.jobs.lock().remove(self.key);
        drop(info);
    }
}

/// What a call ended with, on its way to the one who waits.
pub(crate) struct Ended<T> {
    result: Option<std::thread::Result<T>>,
    label: Option<Label>,
}

impl<T> Ended<T> {
    fn take(mut self) -> std::thread::Result<T> {
        self.result.take().expect("an end is taken once")
    }
}

impl<T> Drop for Ended<T> {
    /// A panic that nobody took is reported, and that of a value's drop.
    fn drop(&mut self) {
        let panic = match self.result.take() {
            None => return,
            Some(Err(panic)) => Err(panic),
            Some(Ok(value)) => caught(|| drop(value)),
        };
        if let Err(panic) = panic {
            if let Some(label) = &self.label {
                let what = in_words(&panic);
                label.shared.report_unhandled(&label.passport, &what);
            }
            discard(panic);
        }
    }
}

/// Wraps a call into a job that sends its outcome, and is not begun if nobody waits any more.
pub(crate) fn job<T: Send + 'static>(
    call: impl FnOnce() -> T + Send + 'static,
    hold: ClockHold,
    label: Option<Label>,
) -> (Job, oneshot::Receiver<Ended<T>>) {
    let (sender, receiver) = oneshot::channel_for(WaitsFor::Blocking);
    let job = Box::new(move || {
        // A value before its hold: `hold` is dropped at the end, after the outcome was sent.
        let _hold = hold;
        if sender.is_closed() {
            return;
        }
        let listed = label.as_ref().map(Label::enlist);
        let result = Some(caught(call));
        // Whoever has the outcome must not see the job as running.
        drop(listed);
        // Nobody waits any more: then the outcome is dropped here.
        drop(sender.send(Ended { result, label }));
    });
    (job, receiver)
}

/// What the task of a job does.
pub(crate) async fn wait_for_job<T>(receiver: oneshot::Receiver<Ended<T>>) -> T {
    match receiver.await.map(Ended::take) {
        Ok(Ok(value)) => value,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(oneshot::Closed) => panic!("the runtime ended before this blocking job began"),
    }
}

/// Why a job was refused; the job is dropped.
pub(crate) fn refusal(refused: Refused) -> io::Error {
    match refused {
        Refused::Closed(_job) => io::Error::other("the runtime has ended"),
        Refused::NoThread(_job, error) => error,
    }
}
