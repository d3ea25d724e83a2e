//! Pointers to a task: [`TaskRef`], which is counted, and [`Runnable`], which is the right to poll.
//!
//! The laws are those of `cell.rs`, and the Law of the hoard of `share.rs`; this file is where the
//! state word's answers become deeds.
//!
//! Leaves out: the memory behind the pointer (`cell.rs`), and what the states mean (`state.rs`).
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

use super::cell::Header;
use super::duty::{Call, Pend, Start};
use super::error::TaskError;
use super::over::Over;
use super::passport::Passport;
use super::poll;
use super::waker;
use crate::reason::Reason;
use crate::sync::atomic::Ordering::Relaxed;

/// Where a task goes when it is woken: the part of its home that other threads may touch.
pub trait Schedule: Send + Sync + 'static {
    /// Takes the right to poll `task` once. May be called on any thread, also under locks of the
    /// user's.
    fn schedule(&self, task: Runnable);

    /// Hears of a failure of `task` that nobody will look at any more. May be called on any thread.
    fn unhandled(&self, task: &Passport, what: &str);
}

/// A counted pointer to a task.
pub struct TaskRef(pub(super) NonNull<Header>);

// SAFETY: Law of the count and the laws of the stage and the joiner: whatever thread a pointer is
// on, it reaches the future only by the state word's leave. A future that must not move between
// threads stands in a `Home`, which checks.
unsafe impl Send for TaskRef {}
// SAFETY: as for Send: what is no atomic is reached by the Law of the joiner and of the hoard.
unsafe impl Sync for TaskRef {}

/// The right to poll a task once. It is made by spawning, vanishes by `run`, and is made again by a
/// wake.
pub struct Runnable(pub(super) TaskRef);

/// How a run went.
#[must_use]
pub enum Ran {
    /// The task sleeps, or was over before.
    Pending,
    /// It was woken meanwhile: to the back of the queue.
    Again(Runnable),
    /// It is over; home strikes it off its registry and settles.
    Over(Over),
}

impl TaskRef {
    pub(super) fn header(&self) -> &Header {
        // SAFETY: Law of the count: this pointer is counted for as long as `self` lives.
        unsafe { self.0.as_ref() }
    }

    /// What the task carries to be told from the others.
    pub fn passport(&self) -> &Passport {
        &self.header().passport
    }

    // Relaxed: written before the task is ready, or given to anybody.
    pub(super) fn set_key(&self, key: u32) {
        self.header().key.store(key, Relaxed);
    }

    /// The task's key in the registry.
    pub fn key(&self) -> u32 {
        self.header().key.load(Relaxed)
    }

    /// Whether the task is over.
    pub fn is_finished(&self) -> bool {
        self.header().state.is_finished()
    }

    /// Whether it is over because it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.header().state.is_cancelled()
    }

    /// Wakes the task.
    #[inline]
    pub(super) fn wake(&self) {
        if self.is_polled_here() && !self.header().state.has_cancel() {
            poll::again();
        } else if self.header().state.wake() == Call::Schedule {
            self.schedule();
        }
    }

    /// Whether this thread polls the task at this moment, so that the caller stands inside of it.
    fn is_polled_here(&self) -> bool {
        poll::is_of(self.0.as_ptr().cast())
    }

    /// Asks for a cancel; the first one's reason stays. Says whether the task was still alive.
    pub(super) fn cancel(&self, reason: Reason) -> bool {
        self.give_reason(reason);
        let call = self.header().state.cancel();
        if call == Call::Schedule {
            self.schedule();
        }
        call != Call::Refused
    }

    /// Stores a reason, if it is the first. It stands before the state changes, so that whoever
    /// sees the cancel sees a reason.
    pub(super) fn give_reason(&self, reason: Reason) {
        self.passport().give_reason(reason);
    }

    /// The first reason that the task was given; of one that was not cancelled it means nothing.
    pub fn reason(&self) -> Option<Reason> {
        self.passport().reason()
    }

    /// Sends a `Runnable` to the scheduler. Its reference was counted by the state change that
    /// asked for it; `self` stays in hand until the scheduler returns, so the cell outlives the
    /// call.
    pub(super) fn schedule(&self) {
        let schedule = self.header().vtable.schedule;
        // SAFETY: Law of the type: the function comes from the cell's own vtable.
        unsafe { schedule(self.0, Runnable(TaskRef(self.0))) }
    }

    /// The raw pointer, for the length of a borrow.
    pub(super) fn as_raw(&self) -> NonNull<Header> {
        self.0
    }

    /// Turns the pointer into a raw one without giving it back.
    pub(super) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).0
    }

    /// # Safety
    ///
    /// `pointer` must have come from [`TaskRef::into_raw`] and its reference must not be given back
    /// twice.
    pub(super) unsafe fn from_raw(pointer: NonNull<Header>) -> TaskRef {
        TaskRef(pointer)
    }

    /// Moves the output out of a finished task. Only the handle calls this.
    pub(super) fn take_output<T>(&self) -> Option<Result<T, TaskError>> {
        let mut output = None;
        let take = self.header().vtable.take_output;
        // SAFETY: Law of the type: only `Task<T>` calls this, with its own T. Law of the stage: it
        // does so after it saw *finished* or was woken by the finisher, and it is the handle.
        unsafe { take(self.0, (&raw mut output).cast()) };
        output
    }

    /// Tells the scheduler of a failure that nobody will look at.
    pub(super) fn unhandled(&self, what: &str) {
        let unhandled = self.header().vtable.unhandled;
        // SAFETY: Law of the type: the function comes from the cell's own vtable.
        unsafe { unhandled(self.0, what) }
    }

    /// Drops the output of a finished task. Only the handle, or a finisher who found none, calls
    /// this.
    pub(super) fn drop_output(&self) {
        let drop_output = self.header().vtable.drop_output;
        // SAFETY: Law of the type; Law of the stage: the caller is the handle, or there is none.
        unsafe { drop_output(self.0) }
    }

    /// Exchanges the join waker that *joiner* is about. Only its owner calls this: see the Law of
    /// the joiner.
    pub(super) fn exchange_joiner(&self, waker: Option<Waker>) -> Option<Waker> {
        let place = match self.joins_at_home() {
            false => &self.header().join_waker,
            true => self.passport().joiner(),
        };
        place.with_mut(|place| {
            // SAFETY: Law of the joiner: the caller owns the place.
            let place = unsafe { &mut *place };
            std::mem::replace(place, waker)
        })
    }

    /// Exchanges home's own join waker. Called at home only.
    pub(super) fn exchange_home_joiner(&self, waker: Option<Waker>) -> Option<Waker> {
        debug_assert!(self.is_at_home(), "Law of the joiner: the field is home's");
        self.header().join_waker.with_mut(|field| {
            // SAFETY: Law of the joiner: the field is marked, and this thread is home.
            let field = unsafe { &mut *field };
            std::mem::replace(field, waker)
        })
    }

    /// The handle, which is at home and owns the field, gives it to home.
    pub(super) fn join_at_home(&self) {
        self.header().joins_at_home.with_mut(|mark| {
            // SAFETY: Law of the joiner: only the handle writes the mark, and at home, where the
            // finisher reads it.
            unsafe { *mark = true }
        });
    }

    /// Whether the field is home's own. Asked by the handle and by the finisher.
    pub(super) fn joins_at_home(&self) -> bool {
        // SAFETY: Law of the joiner: only the handle writes the mark, and at home, where the
        // finisher reads it.
        self.header().joins_at_home.with(|mark| unsafe { *mark })
    }

    /// Whether this thread is the task's home at this moment, so that nobody else ends it. (A task
    /// that home never took in is ended by whoever posted it.)
    #[inline]
    pub(super) fn is_at_home(&self) -> bool {
        let header = self.header();
        header.hoard.is_open(header.home())
    }

    /// A task that was spawned elsewhere is at home from here on, which clones and drops pointers
    /// to it for nothing. (One that was spawned at home is so from the beginning.)
    pub fn come_home(&self) {
        let header = self.header();
        header.hoard.open(header.home());
    }

    /// Home shuts the task down, outside of any poll: its future is dropped here and now. `None`:
    /// it is over.
    pub fn shut(&self) -> Option<Over> {
        assert!(!self.is_polled_here(), "home shuts tasks outside of polls");
        self.give_reason(Reason::shutdown());
        (self.header().state.shut() == Start::Drop).then(|| self.clone().drop_future())
    }

    /// Drops the future of a cancelled task. The caller is its runner.
    fn drop_future(self) -> Over {
        let reason = self.reason().expect("whoever cancels gives a reason first");
        let error = TaskError::cancelled(self.passport().id, reason);
        let cancel = self.header().vtable.cancel;
        let mark = reason.mark();
        // SAFETY: Law of the type; Law of the stage: this thread owns the claim.
        let ended = unsafe { cancel(self.0, error) };
        drop(mark);
        // A drop that panics is how the task ended, as it is for a poll.
        Over {
            task: self,
            by_cancel: ended,
        }
    }
}

impl Clone for TaskRef {
    #[inline]
    fn clone(&self) -> Self {
        let header = self.header();
        if !header.hoard.take(header.home()) {
            header.state.reference();
        }
        TaskRef(self.0)
    }
}

impl Drop for TaskRef {
    #[inline]
    fn drop(&mut self) {
        let header = self.header();
        if !header.hoard.keep(header.home()) && header.state.release() {
            free_last(self.0);
        }
    }
}

impl Runnable {
    /// The task itself.
    pub fn task(&self) -> &TaskRef {
        &self.0
    }

    /// Polls the future, or drops it if the task was cancelled. `tick` is the
    /// loop's time at its last look, for the record of who waits since when.
    #[inline]
    pub fn run(self, tick: u64) -> Ran {
        let task = self.0;
        match task.header().state.start() {
            Start::Stale => Ran::Pending,
            Start::Drop => Ran::Over(task.drop_future()),
            Start::Poll => {
                let (polled, again) = task.poll(tick);
                if polled.is_ready() {
                    return Ran::Over(Over {
                        task,
                        by_cancel: false,
                    });
                }
                if again {
                    task.header().state.again();
                    return Ran::Again(Runnable(task));
                }
                match task.header().state.pend() {
                    Pend::Again => Ran::Again(Runnable(task)),
                    Pend::Drop => Ran::Over(task.drop_future()),
                    Pend::Idle { last } => {
                        let pointer = task.into_raw();
                        if last {
                            free_last(pointer);
                        }
                        Ran::Pending
                    }
                }
            }
        }
    }

    /// Drops the future without a poll: its loop is gone.
    pub fn shut(self) -> Option<Over> {
        self.0.shut()
    }
}

impl TaskRef {
    /// Polls the future; the second says whether the task woke itself meanwhile.
    #[inline]
    fn poll(&self, tick: u64) -> (Poll<()>, bool) {
        let waker = waker::borrowed(self);
        let polling = poll::enter(self.0.as_ptr().cast());
        let poll = self.header().vtable.poll;
        // SAFETY: Law of the type; Law of the stage: this thread owns the claim.
        let polled = unsafe { poll(self.0, &mut Context::from_waker(&waker)) };
        // Before the state moves on: afterwards the passport may be another runner's to write.
        let (wait, again) = polling.leave();
        self.passport().record(wait, tick);
        (polled, again)
    }
}

/// Frees a task whose last reference was given back.
fn free_last(pointer: NonNull<Header>) {
    // SAFETY: Law of the count: the reference given back was the last, so nobody else frees the
    // cell.
    let header = unsafe { pointer.as_ref() };
    let free = header.vtable.free;
    // SAFETY: Law of the type; Law of the count: as above.
    unsafe { free(pointer) }
}
