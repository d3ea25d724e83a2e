//! A coroutine that consumes: it waits for names, prints those with its prefix, and says when it
//! closes.
//!
//! The twin of `print_name("Dear")` in lecture 004. `name = (yield)` becomes an await of the next
//! name, `send` puts one there and polls, and `close` is a drop: what Python's `GeneratorExit`
//! runs, `Drop` runs.
//!
//!     cargo run --example name_prefix [-- --virtual]
//!
//! > Searching prefix:Dear
//! > Dear James
//! > Closing coroutine!!

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

#[path = "support/mod.rs"]
mod support;

/// Where `send` leaves a name and `yield` finds it.
type Sent = Cell<Option<&'static str>>;

/// Python's `(yield)`: pending until something was sent.
fn yielded(sent: &Sent) -> impl Future<Output = &'static str> {
    poll_fn(|_| sent.take().map_or(Poll::Pending, Poll::Ready))
}

/// `except GeneratorExit`: dropped with the coroutine, wherever that stands.
struct OnExit;

impl Drop for OnExit {
    fn drop(&mut self) {
        println!("Closing coroutine!!");
    }
}

async fn print_name(prefix: &str, sent: &Sent) {
    println!("Searching prefix:{prefix}");
    let _on_exit = OnExit;
    loop {
        let name = yielded(sent).await;
        if name.contains(prefix) {
            println!("{name}");
        }
    }
}

/// `__next__`: runs the coroutine to its next `yield`.
fn next(coroutine: &mut Pin<Box<impl Future<Output = ()>>>) {
    let poll = coroutine
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending(), "print_name loops for ever");
}

pub async fn act() {
    let sent = Sent::default();
    let mut corou = Box::pin(print_name("Dear", &sent));
    next(&mut corou);
    for name in ["James", "Dear James"] {
        sent.set(Some(name));
        next(&mut corou);
    }
    drop(corou);
}

fn main() -> ExitCode {
    support::play(act())
}
