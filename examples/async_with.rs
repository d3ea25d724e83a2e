//! Something that must be closed with an await: `async with` as a function that takes the block.
//!
//! The twin of "Асинхронный контекстный менеджер" in lecture 002, with its `__aenter__` and
//! `__aexit__`. The block is an async closure that borrows the session; whatever it returns, the
//! session is closed after it. The price: a cancelled block is dropped, and a drop cannot await.
//!
//!     cargo run --example async_with [-- --virtual]
//!
//! > __aenter__: connected after 0.500 s
//! > request 0 through the session
//! > request 1 through the session
//! > request 2 through the session
//! > __aexit__: closed after 2.000 s
//! > results: [200, 200, 200]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tourbillon::{join_all, now, sleep};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

/// What the lecture's `aiohttp.ClientSession` is for: dear to open, shared by many requests.
struct ClientSession {
    opened: Instant,
}

impl ClientSession {
    async fn with<R>(block: impl AsyncFnOnce(&ClientSession) -> R) -> R {
        let session = ClientSession { opened: now() };
        sleep(Duration::from_millis(500)).await;
        println!(
            "__aenter__: connected after {}",
            seconds(now() - session.opened)
        );
        let result = block(&session).await;
        sleep(Duration::from_millis(500)).await;
        println!(
            "__aexit__: closed after {}",
            seconds(now() - session.opened)
        );
        result
    }

    async fn request(&self, number: u32) -> u16 {
        println!("request {number} through the session");
        sleep(Duration::from_secs(1)).await;
        200
    }
}

pub async fn act() {
    let results = ClientSession::with(async |session| {
        let tasks = (0..3).map(|number| session.request(number));
        join_all(tasks).await
    });
    println!("results: {:?}", results.await);
}

fn main() -> ExitCode {
    support::play(act())
}
