//! Where wakers come from: the one of a task, and [`waker_of`] for the future of `block_on`. Those
//! of children of a set are in `places.rs`.
//!
//! A `Waker` is a pointer and a table of four functions: clone, wake by value, wake by reference,
//! drop. The pointer of a task's waker is a counted pointer to its cell; a clone is one count up, a
//! drop one down, and at home neither (`share.rs`).
//!
//! Laws:
//!
//! - **A wake is a push, never a poll.** No future runs on the waker's stack, so a wake may be
//!   called under any lock of the user's.
//! - **A wake outlives its push.** A waker holds its reference until the scheduler has returned, so
//!   what it touches there cannot be freed by the task's own end. A wake by value is therefore a
//!   wake by reference and a drop.
//!
//! The other laws that a SAFETY here names are those of `cell.rs` and `share.rs`.
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
    // SAFETY: Law of the count: the table's functions treat the pointer as a counted one, and the
    // borrow keeps the task.
    unsafe { Borrowed::new(task.as_raw().as_ptr().cast(), &TASK) }
}

impl<'a> Borrowed<'a> {
    /// # Safety
    ///
    /// `data` must be what the functions of `table` expect, and stay so for `'a`, without a count
    /// of its own.
    #[inline]
    pub(super) unsafe fn new(data: *const (), table: &'static RawWakerVTable) -> Borrowed<'a> {
        // SAFETY: this function's contract. The waker is not counted, and never given back:
        // `ManuallyDrop` keeps it from being dropped.
        let waker = unsafe { Waker::new(data, table) };
        Borrowed {
            waker: ManuallyDrop::new(waker),
            owner: PhantomData,
        }
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

/// Something that is not a task and can be woken: the future of `block_on`.
pub trait Wake: Send + Sync + 'static {
    /// Called by each wake, on any thread.
    fn wake(&self);
}

/// A counted pointer to something that can be woken.
///
/// # Safety
///
/// `from_raw` must give back the pointer that `as_raw` took, and moving one to another thread, or
/// using one on several, must be sound.
pub unsafe trait Carried: Clone {
    #[doc(hidden)]
    fn wake(&self);
    #[doc(hidden)]
    fn as_raw(&self) -> *const ();
    /// # Safety
    ///
    /// The pointer must come from `as_raw`, and the count that goes with it must be the caller's.
    #[doc(hidden)]
    unsafe fn from_raw(raw: *const ()) -> Self;
}

// SAFETY: `Arc::into_raw` and `Arc::from_raw` are made for this; what it leads to is Send and Sync.
unsafe impl<W: Wake> Carried for Arc<W> {
    fn wake(&self) {
        W::wake(self);
    }

    fn as_raw(&self) -> *const () {
        Arc::as_ptr(self).cast()
    }

    unsafe fn from_raw(raw: *const ()) -> Self {
        // SAFETY: this function's contract.
        unsafe { Arc::from_raw(raw.cast()) }
    }
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
/// own, and a [`Share`](super::share::Share) is no `Arc`.)
pub fn waker_of<P: Carried>(target: P) -> Waker {
    let target = ManuallyDrop::new(target);
    // SAFETY: `Carried`'s contract: the functions below treat the pointer as a counted one, and the
    // count of `target` goes with it.
    unsafe { Waker::new(target.as_raw(), Table::<P>::TABLE) }
}

/// As [`waker_of`], for the length of a poll: the count stays with its owner.
///
/// # Safety
///
/// `raw` must be what `as_raw` of a `P` gives, and the counted pointer must live as long as `'a`.
#[inline]
pub(super) unsafe fn borrowed_waker_of<'a, P: Carried>(raw: *const ()) -> Borrowed<'a> {
    // SAFETY: as in `waker_of`, and this function's contract.
    unsafe { Borrowed::new(raw, Table::<P>::TABLE) }
}

struct Table<P>(P);

impl<P: Carried> Table<P> {
    const TABLE: &'static RawWakerVTable =
        &RawWakerVTable::new(Self::clone, Self::wake, Self::wake_by_ref, Self::release);

    /// # Safety
    ///
    /// As every function of the table: `data` must be the pointer of a waker made by [`waker_of`]
    /// for `P`.
    unsafe fn clone(data: *const ()) -> RawWaker {
        // SAFETY: this function's contract; the waker that is cloned keeps its own count.
        let target = ManuallyDrop::new(unsafe { P::from_raw(data) });
        let copy = ManuallyDrop::new(P::clone(&target));
        RawWaker::new(copy.as_raw(), Self::TABLE)
    }

    /// # Safety
    ///
    /// As [`Table::clone`]; the waker is used up.
    unsafe fn wake(data: *const ()) {
        // SAFETY: this function's contract; the count is given back when the target is dropped.
        unsafe { P::from_raw(data) }.wake();
    }

    /// # Safety
    ///
    /// As [`Table::clone`].
    unsafe fn wake_by_ref(data: *const ()) {
        // SAFETY: this function's contract; the waker keeps its own count.
        let target = ManuallyDrop::new(unsafe { P::from_raw(data) });
        target.wake();
    }

    /// # Safety
    ///
    /// As [`Table::clone`]; the waker is used up.
    unsafe fn release(data: *const ()) {
        // SAFETY: this function's contract; the count is given back here.
        drop(unsafe { P::from_raw(data) });
    }
}
