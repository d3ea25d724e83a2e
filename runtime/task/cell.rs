//! The cell of a task: header and future (later its output) in one allocation.
//!
//! ```text
//!        Runnable ──┐   the right to poll once        ┌── Task<T>   the handle
//!           Waker ──┤                                 │
//!         TaskRef ──┴──► Cell { header, stage } ◄─────────┘
//!                               │       └ future, then output, then nothing
//!                               └ state word, vtable, scheduler, join waker, passport, hoard
//! ```
//!
//! Laws, which every SAFETY here names:
//!
//! - **Law of the count.** Every pointer to a cell is counted in its state word, one that lies in
//!   its hoard too, and the cell is freed by whoever gives back the last one. A pointer in hand
//!   therefore leads to a live cell.
//! - **Law of the stage.** Only the runner, who owns the claim, touches the stage, until it moves
//!   the state to *finished*; a `shut` gives the claim to home. From then on the handle alone may,
//!   or, if there is none, the finisher.
//! - **Law of the joiner.** A handle that is polled at home leaves its waker in the cell's field,
//!   and marks that it does: from then on the field is home's own, and no other thread reaches for
//!   it. A handle elsewhere leaves its waker in the field, or, if that is marked, in a note of the
//!   passport, and sets *joiner*: while it is set that place is the finisher's, else the handle's.
//! - **Law of the type.** A cell's functions are reached through the vtable that was made for its
//!   types, its scheduler among them, and a `Task<T>` is made only for a cell whose output is `T`.
//! - **Law of the pin.** A future never moves between the allocation of its cell and its drop in
//!   place.
//!
//! No user code's panic leaves this file: a poll, a drop of the future or of an output that panics
//! is caught, and the task ends with that panic as its result.
//!
//! Leaves out: queues and loops. A scheduler is anything that takes `Runnable`s.
#![allow(unsafe_code)]

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

use super::error::TaskError;
use super::passport::Passport;
use super::pointer::{Runnable, Schedule, TaskRef};
use super::share::{self, Hoard, Share};
use super::state::State;
use crate::panics::{Panic, caught, contain};
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicU8, AtomicU32};

/// The part of a cell that does not depend on its types.
pub(super) struct Header {
    pub(super) state: State,
    pub(super) vtable: &'static VTable,
    /// The `Share` of the scheduler: where `Runnable`s are sent.
    scheduler: NonNull<()>,
    pub(super) join_waker: UnsafeCell<Option<Waker>>,
    /// The mark of the Law of the joiner, set by a handle at home and never cleared.
    pub(super) joins_at_home: UnsafeCell<bool>,
    pub(super) passport: Passport,
    /// Its key in the registry.
    pub(super) key: AtomicU32,
    pub(super) hoard: Hoard,
    /// In a pool: whose registry it stands in, and whether it stays there.
    pub(super) birth: AtomicU8,
    /// In a pool: where it ran last.
    pub(super) station: AtomicU8,
}

impl Header {
    /// The name of the task's home.
    #[inline]
    pub(super) fn home(&self) -> *const () {
        // SAFETY: Law of the share (`share.rs`): the scheduler came from `Share::into_raw`, and its
        // count goes with the cell.
        unsafe { share::name_of(self.scheduler) }
    }
}

/// What depends on a cell's types. Each function needs a pointer to a cell of those types.
pub(super) struct VTable {
    /// Polls the future; when it is ready or panics, stores the output.
    pub(super) poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> Poll<()>,
    /// Drops the future and stores the error; `false`: the drop panicked, and its panic is stored.
    pub(super) cancel: unsafe fn(NonNull<Header>, TaskError) -> bool,
    /// Moves the output to the given `Option<Result<T, TaskError>>`.
    pub(super) take_output: unsafe fn(NonNull<Header>, *mut ()),
    pub(super) drop_output: unsafe fn(NonNull<Header>),
    pub(super) schedule: unsafe fn(NonNull<Header>, Runnable),
    /// Tells the scheduler of a failure that nobody will look at.
    pub(super) unhandled: unsafe fn(NonNull<Header>, &str),
    pub(super) free: unsafe fn(NonNull<Header>),
}

#[repr(C)] // A pointer to a cell is a pointer to its header.
struct Cell<F: Future> {
    header: Header,
    stage: UnsafeCell<Stage<F>>,
}

enum Stage<F: Future> {
    Future(F),
    Output(Result<F::Output, TaskError>),
    Gone,
}

/// Allocates a task. Of its references one is the `Runnable`'s, one the registry's, and one is for
/// the handle that the caller makes of the pointer; at home a fourth lies in the hoard.
pub(super) fn allocate<F, S>(
    future: F,
    scheduler: Share<S>,
    passport: Passport,
    at_home: bool,
) -> (Runnable, TaskRef, TaskRef)
where
    F: Future + Send + 'static,
    F::Output: 'static,
    S: Schedule,
{
    let (hoarded, hoard) = match at_home {
        true => (1, Hoard::of(1)),
        false => (0, Hoard::closed()),
    };
    // A cell that is written where it stays, and not copied there.
    let mut place = Box::<Cell<F>>::new_uninit();
    let cell = place.write(Cell {
        header: Header {
            state: State::new(hoarded),
            vtable: &VTable {
                poll: poll_future::<F>,
                cancel: cancel_future::<F>,
                take_output: take_output::<F>,
                drop_output: drop_output::<F, S>,
                schedule: schedule::<S>,
                unhandled: unhandled::<S>,
                free: free::<F, S>,
            },
            scheduler: scheduler.into_raw(),
            join_waker: UnsafeCell::new(None),
            joins_at_home: UnsafeCell::new(false),
            passport,
            key: AtomicU32::new(u32::MAX),
            hoard,
            birth: AtomicU8::new(0),
            station: AtomicU8::new(0),
        },
        stage: UnsafeCell::new(Stage::Future(future)),
    });
    let pointer = NonNull::from(cell).cast::<Header>();
    std::mem::forget(place);
    (
        Runnable(TaskRef(pointer)),
        TaskRef(pointer),
        TaskRef(pointer),
    )
}

/// # Safety
///
/// `pointer` must lead to a live `Cell<F>`.
unsafe fn cell_at<'a, F: Future>(pointer: NonNull<Header>) -> &'a Cell<F> {
    // SAFETY: Law of the type and Law of the count, by this function's own contract.
    unsafe { pointer.cast::<Cell<F>>().as_ref() }
}

/// # Safety
///
/// The cell's scheduler must be an `S`, and the cell must outlive the result.
unsafe fn scheduler_of<S>(header: &Header) -> ManuallyDrop<Share<S>> {
    // SAFETY: Law of the type, by this function's own contract; the count stays the cell's:
    // `ManuallyDrop` keeps it from being given back.
    ManuallyDrop::new(unsafe { Share::from_raw(header.scheduler) })
}

/// # Safety
///
/// `pointer` must lead to a live `Cell<F>` whose claim is this thread's.
unsafe fn poll_future<F>(pointer: NonNull<Header>, cx: &mut Context<'_>) -> Poll<()>
where
    F: Future,
{
    // SAFETY: this function's contract.
    let cell = unsafe { cell_at::<F>(pointer) };
    let polled = caught(|| {
        cell.stage.with_mut(|stage| {
            // SAFETY: Law of the stage: this thread owns the claim.
            let stage = unsafe { &mut *stage };
            let Stage::Future(future) = stage else {
                unreachable!("Law of the stage: no future")
            };
            // SAFETY: Law of the pin: the cell does not move, and `store` drops the future in
            // place.
            unsafe { Pin::new_unchecked(future) }.poll(cx)
        })
    });
    let output = match polled {
        Ok(Poll::Pending) => return Poll::Pending,
        Ok(Poll::Ready(output)) => Ok(output),
        Err(panic) => Err(TaskError::panicked(cell.header.passport.id, panic)),
    };
    // SAFETY: Law of the stage: still this thread's.
    unsafe { store(cell, output) };
    Poll::Ready(())
}

/// # Safety
///
/// `pointer` must lead to a live `Cell<F>` whose claim is this thread's.
unsafe fn cancel_future<F: Future>(pointer: NonNull<Header>, error: TaskError) -> bool {
    // SAFETY: this function's contract.
    let cell = unsafe { cell_at::<F>(pointer) };
    // SAFETY: Law of the stage: this thread owns the claim.
    unsafe { store(cell, Err(error)) }
}

/// Drops the future in place and stores the output. `false`: the drop panicked, and that panic is
/// the output.
///
/// # Safety
///
/// The cell's claim must be this thread's.
unsafe fn store<F: Future>(cell: &Cell<F>, output: Result<F::Output, TaskError>) -> bool {
    // SAFETY: this function's contract.
    let dropped = unsafe { clear(cell) };
    let quiet = dropped.is_ok();
    let output = match dropped {
        Ok(()) => output,
        Err(panic) => first_panic(output, TaskError::panicked(cell.header.passport.id, panic)),
    };
    cell.stage.with_mut(|stage| {
        // SAFETY: Law of the stage; `clear` left `Gone`, which needs no drop.
        unsafe { stage.write(Stage::Output(output)) }
    });
    quiet
}

/// How a task ends whose future's drop panicked: by the poll's panic if there was one, else by the
/// drop's.
fn first_panic<T>(polled: Result<T, TaskError>, dropped: TaskError) -> Result<T, TaskError> {
    match polled {
        Err(error) if error.is_panic() => {
            contain(|| drop(dropped));
            Err(error)
        }
        polled => {
            contain(|| drop(polled));
            Err(dropped)
        }
    }
}

/// Drops what stands in the stage, in place, and leaves `Gone`; says what panic the drop ended
/// with.
///
/// # Safety
///
/// The stage must be this thread's by the Law of the stage.
unsafe fn clear<F: Future>(cell: &Cell<F>) -> Result<(), Panic> {
    cell.stage.with_mut(|stage| {
        let dropped = caught(|| {
            // SAFETY: Law of the stage, by this function's contract; Law of the pin: dropped in
            // place.
            unsafe { stage.drop_in_place() }
        });
        // SAFETY: Law of the stage: as above; what stood here is dropped, also if its drop
        // panicked.
        unsafe { stage.write(Stage::Gone) };
        dropped
    })
}

/// # Safety
///
/// `pointer` must lead to a live, finished `Cell<F>`, `target` to an
/// `Option<Result<F::Output, TaskError>>`, and the caller must be the handle.
unsafe fn take_output<F: Future>(pointer: NonNull<Header>, target: *mut ()) {
    // SAFETY: this function's contract.
    let cell = unsafe { cell_at::<F>(pointer) };
    // SAFETY: Law of the stage: the task is finished and the caller is the handle.
    let output = unsafe { output_of(cell) };
    // SAFETY: Law of the type, by this function's contract.
    unsafe { *target.cast::<Option<Result<F::Output, TaskError>>>() = output };
}

/// Moves the output out of the stage.
///
/// # Safety
///
/// The cell must be finished, and its stage this thread's by the Law of the stage.
unsafe fn output_of<F: Future>(cell: &Cell<F>) -> Option<Result<F::Output, TaskError>> {
    let stage = cell.stage.with_mut(|stage| {
        // SAFETY: this function's contract.
        unsafe { stage.replace(Stage::Gone) }
    });
    match stage {
        Stage::Output(output) => Some(output),
        _ => None,
    }
}

/// # Safety
///
/// `pointer` must lead to a live, finished `Cell<F>`, and the stage must be the caller's.
unsafe fn drop_output<F: Future, S: Schedule>(pointer: NonNull<Header>) {
    // SAFETY: this function's contract.
    let cell = unsafe { cell_at::<F>(pointer) };
    // SAFETY: this function's contract.
    let output = unsafe { output_of(cell) };
    let passport = &cell.header.passport;
    let failed = match output {
        Some(Err(error)) => Some(error).filter(TaskError::is_panic),
        output => caught(|| drop(output))
            .map_err(|panic| TaskError::panicked(passport.id, panic))
            .err(),
    };
    if let Some(panic) = failed {
        // SAFETY: this function's contract.
        let scheduler = unsafe { scheduler_of::<S>(&cell.header) };
        scheduler.unhandled(passport, &panic.end());
        contain(|| drop(panic));
    }
}

/// # Safety
///
/// `pointer` must lead to a live cell whose scheduler is an `S`.
unsafe fn schedule<S: Schedule>(pointer: NonNull<Header>, task: Runnable) {
    // SAFETY: Law of the count, by this function's contract.
    let header = unsafe { pointer.as_ref() };
    // SAFETY: this function's contract.
    unsafe { scheduler_of::<S>(header) }.schedule(task);
}

/// # Safety
///
/// `pointer` must lead to a live cell whose scheduler is an `S`.
unsafe fn unhandled<S: Schedule>(pointer: NonNull<Header>, what: &str) {
    // SAFETY: Law of the count, by this function's contract.
    let header = unsafe { pointer.as_ref() };
    // SAFETY: this function's contract.
    unsafe { scheduler_of::<S>(header) }.unhandled(&header.passport, what);
}

/// # Safety
///
/// `pointer` must lead to a `Cell<F>` that nobody else points to, and whose scheduler is an `S`.
unsafe fn free<F: Future, S>(pointer: NonNull<Header>) {
    let cell = pointer.cast::<Cell<F>>().as_ptr();
    // SAFETY: Law of the type and Law of the count, by this function's contract: the pointer came
    // from a `Box` in `allocate`.
    let cell = unsafe { Box::from_raw(cell) };
    // SAFETY: Law of the type; the cell's count goes with the cell.
    drop(unsafe { Share::<S>::from_raw(cell.header.scheduler) });
}
