//! `yield` without an event loop: a function that stops, takes a value, and goes on.
//!
//! The twin of the generator `test` in lecture 001. The compiler writes an enum like `Test` for
//! every `async fn`; here it is by hand. CPython refuses the listing twice: it wants
//! `print((yield))`, and a generator that has not started takes only `None`. The expected lines are
//! what it prints then.
//!
//!     cargo run --example generator [-- --virtual]
//!
//! > g.send(1): TypeError: can't send non-None value to a just-started generator
//! > g.send(None): yielded
//! > 1
//! > g.send(1): yielded
//! > 2
//! > g.send(2): yielded
//! > 3
//! > g.send(3): StopIteration
//! > g.send(4): StopIteration

use std::process::ExitCode;

#[path = "support/mod.rs"]
mod support;

/// Where the generator stands. What a variant holds would be the locals alive at that place.
enum Test {
    NotStarted,
    FirstYield,
    SecondYield,
    ThirdYield,
    Finished,
}

impl Test {
    /// Puts `value` where the generator stopped and runs it to its next `yield`.
    fn send(&mut self, value: Option<i32>) -> &'static str {
        *self = match (&self, value) {
            (Test::NotStarted, Some(_)) => {
                return "TypeError: can't send non-None value to a just-started generator";
            }
            (Test::NotStarted, None) => Test::FirstYield,
            (Test::FirstYield, value) => {
                println!("{}", python(value));
                Test::SecondYield
            }
            (Test::SecondYield, value) => {
                println!("{}", python(value));
                Test::ThirdYield
            }
            (Test::ThirdYield, value) => {
                println!("{}", python(value));
                Test::Finished
            }
            (Test::Finished, _) => Test::Finished,
        };
        if matches!(self, Test::Finished) {
            "StopIteration"
        } else {
            "yielded"
        }
    }
}

/// `value` as Python prints it.
fn python(value: Option<i32>) -> String {
    value.map_or("None".to_owned(), |number| number.to_string())
}

pub async fn act() {
    let mut g = Test::NotStarted;
    for value in [Some(1), None, Some(1), Some(2), Some(3), Some(4)] {
        println!("g.send({}): {}", python(value), g.send(value));
    }
}

fn main() -> ExitCode {
    support::play(act())
}
