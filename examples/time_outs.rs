//! Three time-outs, and an error that names what the time went into.
//!
//! The twin of the time-outs in lecture 002: 10 ms for one request, 100 ms to connect and one second
//! in all for a session; aiohttp's five minutes are our default too. The second server's queue of
//! connections is full, so it does not even say no; the third sends a letter every 100 ms, and no
//! letter moves the limit.
//!
//!     cargo run --example time_outs [-- --virtual]
//!
//! > request 10 ms: time-out after 0.010 s: waiting for the head, in 0.010 s
//! > connect 100 ms: time-out after 0.100 s: connecting, in 0.100 s
//! > total 1 s: time-out after 1.000 s: reading the body, in 1.000 s
//! > five minutes: status 200, in 0.200 s

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use tourbillon::now;

#[path = "fetch/mod.rs"]
mod http;
#[path = "site/mod.rs"]
mod site;
#[path = "support/mod.rs"]
mod support;
use http::{FetchError, Limits};
use site::Site;
use support::seconds;

async fn fetch_status(url: &str, limits: &Limits) -> Result<u16, FetchError> {
    let response = http::get(&url.parse()?, limits).await?;
    Ok(response.head.status)
}

/// A server that never accepts, and the connections that fill its queue.
fn full_queue() -> io::Result<(TcpListener, Vec<TcpStream>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut queue = Vec::new();
    // Blocks for 20 ms, on the first connection that finds no place.
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(20)) {
        queue.push(stream);
    }
    Ok((listener, queue))
}

async fn show(name: &str, url: &str, limits: &Limits) {
    let start = now();
    let answer = match fetch_status(url, limits).await {
        Ok(status) => format!("status {status}"),
        Err(error) => error.to_string(),
    };
    println!("{name}: {answer}, in {}", seconds(now() - start));
}

pub async fn act() {
    let site = Site::start(Duration::from_millis(200)).await;
    let (busy, _queue) = full_queue().expect("a queue of connections has an end");
    let busy = busy.local_addr().expect("a bound socket has an address");

    let ten_millis = Limits {
        total: Duration::from_millis(10),
        ..Limits::default()
    };
    show("request 10 ms", &site.url("/page/1"), &ten_millis).await;
    let session = Limits {
        total: Duration::from_secs(1),
        connect: Duration::from_millis(100),
        ..Limits::default()
    };
    show("connect 100 ms", &format!("http://{busy}/"), &session).await;
    show("total 1 s", &site.url("/drip"), &session).await;
    show("five minutes", &site.url("/page/1"), &Limits::default()).await;
}

fn main() -> ExitCode {
    support::play(act())
}
