//! Where wakers come from: the one of a task, and [`waker_of`] for everything else that can be
//! woken.
//!
//! A `Waker` is a pointer and a table of four functions: clone, wake by value, wake by reference,
//! drop. The pointer of a task's waker is a counted pointer to its cell; a clone is one count up, a
//! drop one down.
//!
//! Laws:
//!
//! - **A wake is a push, never a poll.** No future runs on the waker's stack, so a wake may be
//!   called under any lock of the user's.
//! - **A wake outlives its push.** A waker holds its reference until the scheduler has returned, so
//!   what it touches there cannot be freed by the task's own end. A wake by value is therefore a
//!   wake by reference and a drop.
//!
//! Leaves out: waking by value for the price of one count less.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::resume_unwind;
use std::ptr::NonNull;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::cell::Header;
use super::pointer::TaskRef;
use crate::panics::{caught, first_of};
use crate::sync::Arc;

/// One table for all tasks, whatever their types, so that `Waker::will_wake` can compare.
static TASK: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, release);

/// A waker that borrows its owner's reference: polling counts nothing.
pub(crate) struct Borrowed<'a> {
    waker: ManuallyDrop<Waker>,
    owner: PhantomData<&'a ()>,
}

/// The waker of a task, for the length of a poll.
#[inline]
pub(super) fn borrowed(task: &TaskRef) -> Borrowed<'_> {
    // SAFETY: the table's functions treat the pointer as a counted one; this one is not counted,
    // and is never given back: `ManuallyDrop` keeps the waker from being dropped, and the borrow
    // keeps the task.
    let waker = unsafe { Waker::new(task.as_raw().as_ptr().cast(), &TASK) };
    Borrowed {
        waker: ManuallyDrop::new(waker),
        owner: PhantomData,
    }
}

impl Deref for Borrowed<'_> {
    type Target = Waker;

    #[inline]
    fn deref(&self) -> &Waker {
        &self.waker
    }
}

/// # Safety
///
/// `data` must be a counted pointer to a task, which this call uses up.
unsafe fn task_of(data: *const ()) -> TaskRef {
    let pointer = NonNull::new(data.cast_mut().cast::<Header>());
    let pointer = pointer.expect("a task's waker is never null");
    // SAFETY: Law of the count, by this function's contract.
    unsafe { TaskRef::from_raw(pointer) }
}

/// # Safety
///
/// As every function of the table: `data` must be the pointer of a waker that [`TASK`] belongs to.
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: Law of the count: the waker that is cloned keeps its own reference.
    let task = ManuallyDrop::new(unsafe { task_of(data) });
    let copy = TaskRef::clone(&task);
    RawWaker::new(copy.into_raw().as_ptr().cast(), &TASK)
}

/// # Safety
///
/// As [`clone`]; the waker is used up.
unsafe fn wake(data: *const ()) {
    // SAFETY: Law of the count: the waker's reference is given back when `task` is dropped.
    let task = unsafe { task_of(data) };
    task.wake();
}

/// # Safety
///
/// As [`clone`].
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: Law of the count: the waker keeps its own reference.
    let task = ManuallyDrop::new(unsafe { task_of(data) });
    task.wake();
}

/// # Safety
///
/// As [`clone`]; the waker is used up.
unsafe fn release(data: *const ()) {
    // SAFETY: Law of the count: the waker's reference is given back here.
    drop(unsafe { task_of(data) });
}

/// Something that is not a task and can be woken: the future of `block_on`, a child of a set.
pub trait Wake: Send + Sync + 'static {
    /// Called by each wake, on any thread.
    fn wake(&self);
}

/// Wakes all, outside of any lock or borrow. A panic of one goes on when all are woken: one bad
/// waker must not cost the others their wake.
pub(crate) fn wake_all(wakers: impl IntoIterator<Item = Waker>) {
    let mut panic = None;
    for waker in wakers {
        panic = first_of(panic, caught(|| waker.wake()).err());
    }
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}

/// The waker of `target`. (`std::task::Wake` does the same for std's `Arc`; a model checker has its
/// own.)
pub fn waker_of<W: Wake>(target: Arc<W>) -> Waker {
    let data = Arc::into_raw(target).cast();
    // SAFETY: the four functions below treat the pointer as one that `Arc::into_raw` gave, which it
    // is.
    unsafe { Waker::new(data, Table::<W>::TABLE) }
}

/// As [`waker_of`], for the length of a poll.
#[inline]
pub(crate) fn borrowed_waker_of<W: Wake>(target: &Arc<W>) -> Borrowed<'_> {
    let data = Arc::as_ptr(target).cast();
    // SAFETY: as in `waker_of`; the pointer is not counted, and never given back: `ManuallyDrop`
    // keeps the waker from being dropped, and the borrow keeps the target.
    let waker = unsafe { Waker::new(data, Table::<W>::TABLE) };
    Borrowed {
        waker: ManuallyDrop::new(waker),
        owner: PhantomData,
    }
}

struct Table<W>(W);

impl<W: Wake> Table<W> {
    const TABLE: &'static RawWakerVTable =
        &RawWakerVTable::new(Self::clone, Self::wake, Self::wake_by_ref, Self::release);

    /// # Safety
    ///
    /// As every function of the table: `data` must be the pointer of a waker made by [`waker_of`]
    /// for `W`.
    unsafe fn target(data: *const ()) -> Arc<W> {
        // SAFETY: by this function's contract the pointer came from `Arc::into_raw`.
        unsafe { Arc::from_raw(data.cast()) }
    }

    /// # Safety
    ///
    /// As [`Table::target`].
    unsafe fn clone(data: *const ()) -> RawWaker {
        // SAFETY: this function's contract; the waker that is cloned keeps its own count.
        let target = ManuallyDrop::new(unsafe { Self::target(data) });
        RawWaker::new(Arc::into_raw(Arc::clone(&target)).cast(), Self::TABLE)
    }

    /// # Safety
    ///
    /// As [`Table::target`]; the waker is used up.
    unsafe fn wake(data: *const ()) {
        // SAFETY: this function's contract; the count is given back when `target` is dropped.
        unsafe { Self::target(data) }.wake();
    }

    /// # Safety
    ///
    /// As [`Table::target`].
    unsafe fn wake_by_ref(data: *const ()) {
        // SAFETY: this function's contract; the waker keeps its own count.
        let target = ManuallyDrop::new(unsafe { Self::target(data) });
        target.wake();
    }

    /// # Safety
    ///
    /// As [`Table::target`]; the waker is used up.
    unsafe fn release(data: *const ()) {
        // SAFETY: this function's contract; the count is given back here.
        drop(unsafe { Self::target(data) });
    }
}
