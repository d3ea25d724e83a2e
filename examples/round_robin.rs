//! The smallest event loop and the real one, side by side: the same program, the same lines.
//!
//! The twin of the `while True` driver in lecture 001: four coroutines, each sent `None` in turn
//! and removed at its `StopIteration`. "Примерно так asyncio запускает наши корутины": the right
//! column is the runtime. The price of the small one: it polls whether or not anybody is ready, so
//! it never sleeps.
//!
//!     cargo run --example round_robin [-- --virtual]
//!
//! > by hand             | on the runtime
//! > cor1 Веду отсчёт. 1 | cor1 Веду отсчёт. 1
//! > cor2 Веду отсчёт. 1 | cor2 Веду отсчёт. 1
//! > cor3 Веду отсчёт. 1 | cor3 Веду отсчёт. 1
//! > cor4 Веду отсчёт. 1 | cor4 Веду отсчёт. 1
//! > cor1 Веду отсчёт. 2 | cor1 Веду отсчёт. 2
//! > cor2 Веду отсчёт. 2 | cor2 Веду отсчёт. 2
//! > cor3 Веду отсчёт. 2 | cor3 Веду отсчёт. 2
//! > cor4 Веду отсчёт. 2 | cor4 Веду отсчёт. 2
//! > cor1 Веду отсчёт. 3 | cor1 Веду отсчёт. 3
//! > cor2 Веду отсчёт. 3 | cor2 Веду отсчёт. 3
//! > cor3 Веду отсчёт. 3 | cor3 Веду отсчёт. 3
//! > cor4 Веду отсчёт. 3 | cor4 Веду отсчёт. 3
//! > 16 sends by hand; equal line by line: true

use std::cell::RefCell;
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::task::{Context, Waker};

use tourbillon::{join_all, spawn_local, yield_now};

#[path = "support/mod.rs"]
mod support;

type Coroutine = Pin<Box<dyn Future<Output = ()>>>;
type Lines = Rc<RefCell<Vec<String>>>;

/// Writes its lines down instead of printing them, for the comparison.
async fn count_to_three(name: &str, lines: Lines) {
    for number in 1..=3 {
        let line = format!("{name} Веду отсчёт. {number}");
        lines.borrow_mut().push(line);
        yield_now().await;
    }
}

/// The lecture's loop; returns how many sends it took.
fn drive(mut coroutines: Vec<Coroutine>) -> usize {
    let mut sends = 0;
    let mut context = Context::from_waker(Waker::noop());
    while !coroutines.is_empty() {
        coroutines.retain_mut(|coroutine| {
            sends += 1;
            coroutine.as_mut().poll(&mut context).is_pending()
        });
    }
    sends
}

pub async fn act() {
    let names = ["cor1", "cor2", "cor3", "cor4"];
    let (by_hand, on_runtime) = (Lines::default(), Lines::default());
    let coroutines = names.map(|name| Box::pin(count_to_three(name, by_hand.clone())) as Coroutine);
    let sends = drive(coroutines.into());
    join_all(names.map(|name| spawn_local(count_to_three(name, on_runtime.clone())))).await;

    println!("by hand             | on the runtime");
    for (left, right) in by_hand.borrow().iter().zip(on_runtime.borrow().iter()) {
        println!("{left} | {right}");
    }
    let equal = by_hand == on_runtime;
    println!("{sends} sends by hand; equal line by line: {equal}");
}

fn main() -> ExitCode {
    support::play(act())
}
