//! A future that must not leave its thread, in a shell that may.
//!
//! - **Law of home.** The future inside is polled and dropped only on the thread that made the
//!   shell, and stays in it. The shell checks the thread, so that the law does not hang on any
//!   scheduler being right.
//!
//! Price: one look at the thread's own handle a poll, for `spawn_local` only.
//!
//! Leaves out: the home of a loop and what is counted there (`share.rs`).
#![allow(unsafe_code)]

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::sync::thread::{self, ThreadId};

pub(super) struct Home<F> {
    thread: ThreadId,
    future: ManuallyDrop<F>,
}

// SAFETY: Law of home: on another thread the shell can only be moved and, if it comes to that,
// leaked.
unsafe impl<F> Send for Home<F> {}

impl<F> Home<F> {
    pub(super) fn new(future: F) -> Home<F> {
        Home {
            thread: thread::current_id(),
            future: ManuallyDrop::new(future),
        }
    }

    fn check(&self) {
        assert!(
            self.thread == thread::current_id(),
            "Law of home: a local task is polled and dropped on the thread that spawned it"
        );
    }
}

impl<F: Future> Future for Home<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.check();
        // SAFETY: Law of home: the future is pinned with its shell and never moved out of it.
        let future = unsafe { self.map_unchecked_mut(|shell| &mut *shell.future) };
        future.poll(cx)
    }
}

impl<F> Drop for Home<F> {
    fn drop(&mut self) {
        self.check();
        // SAFETY: Law of home was checked above, and a shell is dropped once.
        unsafe { ManuallyDrop::drop(&mut self.future) }
    }
}
