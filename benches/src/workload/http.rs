//! A plaintext server: keep-alive HTTP/1.1 on 50 connections, under a load generator.
//!
//! The handler reads, looks for the end of a request (an empty line) and writes one fixed response:
//! no headers are parsed, since a parser's cost is nobody's runtime. A request costs a runtime a
//! share of `epoll_wait` (monoio: of `io_uring_enter`, where it may), one wake and one poll; the
//! rest is the read, the write and the kernel's way from one socket to the other. What is in
//! runtimes' own hands is time in user code, which has a row of its own.
//!
//! The [load generator](super::load) is the same for all and runs on a thread of its own, next to
//! the server's: the wall clock says how fast the slower of the two threads was, which is the
//! server unless it is as lean as mio itself. Time in user code is that of the server's thread
//! alone; the thread with which smol sometimes helps itself is not in it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::Measured;
use super::load::{Exchange, Load};
use crate::contestant::{Contestant, Listener, Monoio, Smol, Socket, Tokio, Tourbillon};
use crate::process::Stopwatch;
use crate::row::{FLOOR, OURS, Row, Unit, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "http/50",
        what: "plaintext requests on 50 keep-alive connections, load from another thread",
        per: "request",
        unit: Unit::Nanoseconds,
        scale: 2_000,
        lanes: &[
            (OURS, wall::<Tourbillon>),
            ("tokio", wall::<Tokio>),
            ("smol", wall::<Smol>),
            ("monoio", wall::<Monoio>),
            (FLOOR, wall_floor),
        ],
        targets: &[lane(1.02, "tokio")],
        quick: true,
    },
    Row {
        name: "http/50/cpu",
        what: "the server's time in user code for a plaintext request",
        per: "request",
        unit: Unit::Nanoseconds,
        scale: 2_000,
        lanes: &[
            (OURS, user::<Tourbillon>),
            ("tokio", user::<Tokio>),
            ("smol", user::<Smol>),
            ("monoio", user::<Monoio>),
            (FLOOR, user_floor),
        ],
        targets: &[lane(0.80, "tokio")],
        quick: false,
    },
];

const CONNECTIONS: usize = 50;

/// What a browser would ask at least, and TechEmpower's plaintext answer.
const EXCHANGE: Exchange = Exchange {
    request: b"GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    response:
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!",
};

/// The wall clock's time, `requests` on each connection.
pub fn wall<C: Contestant>(requests: usize) -> Measured {
    serve::<C>(requests, Stopwatch::wall)
}

/// The server's time in user code, `requests` on each connection.
pub fn user<C: Contestant>(requests: usize) -> Measured {
    serve::<C>(requests, Stopwatch::user)
}

fn serve<C: Contestant>(requests: usize, start: fn() -> Stopwatch) -> Measured {
    C::run(async move {
        let mut listener = C::bind().await.expect("loopback has a free port");
        let address = listener.address().expect("a listener has an address");
        let load = Load::connect(address, CONNECTIONS, EXCHANGE).expect("loopback connects");
        let mut tasks = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let socket = listener.accept().await.expect("the load has connected");
            tasks.push(C::spawn(answer(socket)));
        }
        let stopwatch = start();
        let generator = thread::spawn(move || load.run(requests));
        for task in tasks {
            task.await.expect("the load closes in order");
        }
        let elapsed = stopwatch.stop();
        let result = generator.join().expect("every answer was right");
        result.expect("loopback works");
        Measured::time(elapsed, CONNECTIONS * requests)
    })
}

/// Answers until the peer closes.
async fn answer(mut socket: impl Socket) -> io::Result<()> {
    let mut requests = Requests::new();
    loop {
        let count = socket.read(requests.room()).await?;
        if count == 0 {
            return Ok(());
        }
        for _ in 0..requests.ended(count) {
            socket.write_all(EXCHANGE.response).await?;
        }
    }
}

/// What came in on a connection and is not yet a whole request.
struct Requests {
    buffer: [u8; 1_024],
    filled: usize,
}

impl Requests {
    fn new() -> Requests {
        Requests {
            buffer: [0; 1_024],
            filled: 0,
        }
    }

    /// Where the next bytes go.
    fn room(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled..]
    }

    /// How many requests have ended with the `count` bytes that were put into the room.
    fn ended(&mut self, count: usize) -> usize {
        self.filled += count;
        let mut requests = 0;
        while let Some(end) = end_of_request(&self.buffer[..self.filled]) {
            self.buffer.copy_within(end..self.filled, 0);
            self.filled -= end;
            requests += 1;
        }
        requests
    }
}

/// A request without a body ends with its first empty line.
fn end_of_request(bytes: &[u8]) -> Option<usize> {
    const EMPTY_LINE: &[u8] = b"\r\n\r\n";
    let start = bytes
        .windows(EMPTY_LINE.len())
        .position(|window| window == EMPTY_LINE)?;
    Some(start + EMPTY_LINE.len())
}

/// The floor of [`wall`].
pub fn wall_floor(requests: usize) -> Measured {
    floor(requests, Stopwatch::wall).expect("loopback works")
}

/// The floor of [`user`].
pub fn user_floor(requests: usize) -> Measured {
    floor(requests, Stopwatch::user).expect("loopback works")
}

/// A connection as mio's own users serve it.
struct Served {
    stream: TcpStream,
    requests: Requests,
}

impl Served {
    fn new(stream: std::net::TcpStream) -> io::Result<Served> {
        stream.set_nonblocking(true)?;
        Ok(Served {
            stream: TcpStream::from_std(stream),
            requests: Requests::new(),
        })
    }

    /// Answers what has come. True once the peer has closed.
    fn readable(&mut self) -> io::Result<bool> {
        let count = self.stream.read(self.requests.room())?;
        for _ in 0..self.requests.ended(count) {
            let written = self.stream.write(EXCHANGE.response)?;
            assert_eq!(written, EXCHANGE.response.len(), "the peer reads");
        }
        Ok(count == 0)
    }
}

/// No runtime: mio with a state machine per connection.
fn floor(requests: usize, start: fn() -> Stopwatch) -> io::Result<Measured> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let load = Load::connect(listener.local_addr()?, CONNECTIONS, EXCHANGE)?;
    let mut poll = Poll::new()?;
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        let mut served = Served::new(listener.accept()?.0)?;
        poll.registry()
            .register(&mut served.stream, Token(number), Interest::READABLE)?;
        connections.push(Some(served));
    }
    let mut events = Events::with_capacity(1_024);
    let mut open = CONNECTIONS;
    let stopwatch = start();
    let generator = thread::spawn(move || load.run(requests));
    while open > 0 {
        poll.poll(&mut events, None)?;
        for event in &events {
            // A connection that is closed may have had more to say than its end.
            let place = &mut connections[event.token().0];
            let Some(served) = place else { continue };
            if served.readable()? {
                *place = None;
                open -= 1;
            }
        }
    }
    let elapsed = stopwatch.stop();
    generator.join().expect("every answer was right")?;
    Ok(Measured::time(elapsed, CONNECTIONS * requests))
}

#[cfg(test)]
mod tests {
    use super::{EXCHANGE, Requests};

    /// How many requests end with each of these portions.
    fn ended(portions: &[&[u8]]) -> Vec<usize> {
        let mut requests = Requests::new();
        let take = |portion: &&[u8]| {
            requests.room()[..portion.len()].copy_from_slice(portion);
            requests.ended(portion.len())
        };
        portions.iter().map(take).collect()
    }

    #[test]
    fn a_request_in_two_portions_ends_with_the_second_wherever_it_is_cut() {
        for cut in 1..EXCHANGE.request.len() {
            let (first, second) = EXCHANGE.request.split_at(cut);
            assert_eq!(ended(&[first, second]), [0, 1], "cut after {cut} bytes");
        }
    }

    #[test]
    fn two_and_a_half_requests_in_one_portion_are_two_and_the_rest_makes_the_third() {
        let (first, second) = EXCHANGE.request.split_at(20);
        let portion = [EXCHANGE.request, EXCHANGE.request, first].concat();
        assert_eq!(ended(&[&portion, second]), [2, 1]);
    }

    #[test]
    fn the_answer_says_its_own_length() {
        let answer = std::str::from_utf8(EXCHANGE.response).expect("the answer is text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("the head ends");
        let length = format!("Content-Length: {}", body.len());
        assert!(head.lines().any(|line| line == length), "{answer}");
    }
}
