//! What stands behind `async for` and `await`: a `Stream` and an `IntoFuture`, by hand.
//!
//! The twin of the remarks on `async for`, asynchronous generators and `__await__` in lecture 003.
//! A stream is asked by `poll_next` as a future is by `poll`; `while let Some(..) = .. .await` is
//! the loop. What Python's `__await__` does, `IntoFuture` does: it makes a future of something that
//! is none.
//!
//!     cargo run --example async_for [-- --virtual]
//!
//! > async for: 3 after 1.000 s
//! > async for: 2 after 2.000 s
//! > async for: 1 after 3.000 s
//! > await: start after 5.000 s

use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_lite::StreamExt;
use tourbillon::{Sleep, now, sleep};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

const SECOND: Duration = Duration::from_secs(1);

/// Counts down to one, a number a second: an asynchronous generator.
struct Countdown {
    left: u32,
    pause: Sleep,
}

impl Stream for Countdown {
    type Item = u32;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u32>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        // Pending leaves from here: the pause has kept the waker and will use it.
        ready!(Pin::new(&mut self.pause).poll(context));
        self.pause = sleep(SECOND);
        let number = self.left;
        self.left -= 1;
        Poll::Ready(Some(number))
    }
}

/// An object with `__await__`: a rocket is not a future, but it can be awaited.
struct Rocket;

impl IntoFuture for Rocket {
    type Output = ();
    type IntoFuture = Sleep;

    fn into_future(self) -> Sleep {
        sleep(2 * SECOND)
    }
}

pub async fn act() {
    let start = now();
    let (left, pause) = (3, sleep(SECOND));
    let mut countdown = Countdown { left, pause };
    while let Some(number) = countdown.next().await {
        println!("async for: {number} after {}", seconds(now() - start));
    }
    Rocket.await;
    println!("await: start after {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
