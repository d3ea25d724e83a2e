//! Calling an `async fn` runs nothing: it makes a coroutine, a value with a size.
//!
//! The twin of `type(fun1)` and `type(fun1(1))` in lecture 001. Here the compiler checks the
//! answer: each line below is printed by a function that takes nothing of any other class.
//!
//!     cargo run --example types [-- --virtual]
//!
//! > <class 'function'>
//! > <class 'coroutine'>
//! > the function takes 0 bytes, its coroutine more (measured 000 bytes)
//! > dropped without await: fun1 has printed nothing
//! > 1
//! > fun1 завершена

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::sleep;

#[path = "support/mod.rs"]
mod support;

async fn fun1(x: i32) {
    println!("{}", x.pow(2));
    sleep(Duration::from_secs(3)).await;
    println!("fun1 завершена");
}

fn type_of_function<F: Future>(_: &impl Fn(i32) -> F) -> &'static str {
    "<class 'function'>"
}

fn type_of_coroutine(_: &impl Future) -> &'static str {
    "<class 'coroutine'>"
}

pub async fn act() {
    println!("{}", type_of_function(&fun1));
    let coroutine = fun1(1);
    println!("{}", type_of_coroutine(&coroutine));

    // A coroutine is an enum with a variant for each await, and holds what must live across it.
    let (function, state_machine) = (size_of_val(&fun1), size_of_val(&coroutine));
    println!(
        "the function takes {function} bytes, its coroutine more (measured {state_machine} bytes)"
    );

    // Python warns when it runs: "coroutine 'fun1' was never awaited". Rust warns when it compiles:
    // "unused implementer of `Future` that must be used"; an explicit drop is not an accident.
    drop(coroutine);
    println!("dropped without await: fun1 has printed nothing");

    fun1(1).await;
}

fn main() -> ExitCode {
    support::play(act())
}
