//! Panics of the user's code, where they must not go on, or not yet.
//!
//! Always: the panic hook has told of a panic before it comes here (unless it was raised by
//! `resume_unwind`), so one that is discarded was not silent.
//!
//! Leaves out: what a panic means to a task, a group or a loop; each says so itself.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::sync::thread;

/// What a panic carries.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Runs code of the user's; says what panic it ended with.
#[inline]
pub(crate) fn caught<T>(users: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(users))
}

/// Runs code of the user's; a panic of it ends here.
pub(crate) fn contain(users: impl FnOnce()) {
    if let Err(panic) = caught(users) {
        discard(panic);
    }
}

/// Drops a panic.
pub(crate) fn discard(panic: Panic) {
    if let Err(another) = caught(|| drop(panic)) {
        // A payload whose drop panics may start all over again.
        std::mem::forget(another);
    }
}

/// Of two panics the first one stays.
pub(crate) fn first_of(first: Option<Panic>, second: Option<Panic>) -> Option<Panic> {
    match (first, second) {
        (Some(first), Some(second)) => {
            discard(second);
            Some(first)
        }
        (first, second) => first.or(second),
    }
}

/// Carries a panic on, unless this thread is carrying another one: two at once would abort the
/// process.
pub(crate) fn carry_on(panic: Option<Panic>) {
    match panic {
        Some(panic) if thread::panicking() => discard(panic),
        Some(panic) => resume_unwind(panic),
        None => (),
    }
}

/// A panic in words; a payload that is no text has only the fact.
pub(crate) fn in_words(panic: &Panic) -> String {
    let text = panic.downcast_ref::<&'static str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    match text {
        Some(text) => format!("panicked: {text}"),
        None => "panicked".to_owned(),
    }
}
