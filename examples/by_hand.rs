//! A coroutine driven by hand: three times `Pending`, then `Ready`, and no event loop in sight.
//!
//! The twin of `count_to_three('test')` and its four `.send(None)` in lecture 001. `poll` is
//! `.send(None)`, `Pending` is a `yield`, and `Ready` is the `StopIteration` that ends Python's
//! fourth send.
//!
//!     cargo run --example by_hand [-- --virtual]
//!
//! > <coroutine object count_to_three>
//! > test Веду отсчёт. 1
//! > send(None): Pending
//! > test Веду отсчёт. 2
//! > send(None): Pending
//! > test Веду отсчёт. 3
//! > send(None): Pending
//! > send(None): Ready, which is StopIteration

use std::any::type_name_of_val;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

use tourbillon::yield_now;

#[path = "support/mod.rs"]
mod support;

async fn count_to_three(name: &str) {
    println!("{name} Веду отсчёт. 1");
    yield_now().await;
    println!("{name} Веду отсчёт. 2");
    yield_now().await;
    println!("{name} Веду отсчёт. 3");
    yield_now().await;
}

/// The type of a coroutine is written `path::to::its_function::{{closure}}`.
fn function_of(coroutine: &impl Future) -> &'static str {
    type_name_of_val(coroutine)
        .rsplit("::")
        .nth(1)
        .unwrap_or("?")
}

pub async fn act() {
    let coroutine_counter = count_to_three("test");
    println!("<coroutine object {}>", function_of(&coroutine_counter));

    // A coroutine may hold references into itself; once pinned it stays where it is.
    let mut coroutine_counter = pin!(coroutine_counter);
    // Whoever waits would leave this waker with the thing waited for. We poll anyway, so it does
    // nothing.
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..4 {
        match coroutine_counter.as_mut().poll(&mut context) {
            Poll::Pending => println!("send(None): Pending"),
            Poll::Ready(()) => println!("send(None): Ready, which is StopIteration"),
        }
    }
    // A fifth poll would panic: "`async fn` resumed after completion". Python raises RuntimeError.
}

fn main() -> ExitCode {
    support::play(act())
}
