//! Echo: 64-byte messages over loopback, both ends of every connection on one thread.
//!
//! Almost all of it is the kernel's: two writes and two reads a round trip, and a share of
//! `epoll_wait`. What a runtime may add is little, and this row is to show that it adds no system
//! call. With more connections an `epoll_wait` brings more events, which makes a round trip
//! cheaper, and the sockets' state leaves the caches, which makes it dearer; a runtime's own share
//! grows only by its part of the second. The floor is mio itself, edge-triggered, with a state
//! machine per socket; it reads no socket twice, because a peer here never sends more than one
//! message before it is answered.

use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::Measured;
use crate::contestant::{Contestant, Monoio, Smol, Socket, Tokio, Tourbillon, connected_through};
use crate::growth::Growth;
use crate::process;
use crate::row::{FLOOR, OURS, Row, Unit, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "echo/1",
        what: "64-byte round trips on one connection, both ends on one thread",
        per: "round trip",
        unit: Unit::Nanoseconds,
        scale: 20_000,
        lanes: &[
            (OURS, one::<Tourbillon>),
            ("tokio", one::<Tokio>),
            ("smol", one::<Smol>),
            ("monoio", one::<Monoio>),
            (FLOOR, one_floor),
        ],
        targets: &[lane(1.05, FLOOR), lane(1.0, "tokio")],
        quick: true,
    },
    Row {
        name: "echo/64",
        what: "64-byte round trips on 64 connections, both ends on one thread",
        per: "round trip",
        unit: Unit::Nanoseconds,
        scale: 500,
        lanes: &[
            (OURS, sixty_four::<Tourbillon>),
            ("tokio", sixty_four::<Tokio>),
            ("smol", sixty_four::<Smol>),
            ("monoio", sixty_four::<Monoio>),
            (FLOOR, sixty_four_floor),
        ],
        targets: &[lane(1.05, FLOOR), lane(1.0, "tokio")],
        quick: true,
    },
    Row {
        name: "echo/1000",
        what: "64-byte round trips on 1,000 connections, both ends on one thread",
        per: "round trip",
        unit: Unit::Nanoseconds,
        scale: 30,
        lanes: &[
            (OURS, thousand::<Tourbillon>),
            ("tokio", thousand::<Tokio>),
            ("smol", thousand::<Smol>),
            ("monoio", thousand::<Monoio>),
            (FLOOR, thousand_floor),
        ],
        targets: &[lane(1.05, FLOOR), lane(1.0, "tokio")],
        quick: true,
    },
];

/// The curves of this work.
pub const GROWTH: &[Growth] = &[Growth {
    name: "sockets",
    what: "64-byte round trips on so many connections, both ends on one thread",
    per: "connections",
    unit: Unit::Nanoseconds,
    sizes: &[10, 100, 1_000, 9_000],
    lanes: &[
        (OURS, sockets::<Tourbillon>),
        ("tokio", sockets::<Tokio>),
        ("smol", sockets::<Smol>),
        ("monoio", sockets::<Monoio>),
        (FLOOR, sockets_floor),
    ],
}];

/// Round trips of a point of the curve, whoever makes them.
const TRIPS: usize = 90_000;

/// Bytes of a message.
const MESSAGE: usize = 64;

/// A thousand connections, `trips` round trips each.
pub fn thousand<C: Contestant>(trips: usize) -> Measured {
    echo::<C>(1_000, trips)
}

/// So many connections, as many round trips in all as with any other number of them.
pub fn sockets<C: Contestant>(connections: usize) -> Measured {
    echo::<C>(connections, TRIPS.div_ceil(connections))
}

/// 64 connections, `trips` round trips each.
pub fn sixty_four<C: Contestant>(trips: usize) -> Measured {
    echo::<C>(64, trips)
}

/// One connection, `trips` round trips.
pub fn one<C: Contestant>(trips: usize) -> Measured {
    echo::<C>(1, trips)
}

fn echo<C: Contestant>(connections: usize, trips: usize) -> Measured {
    process::allow_many_sockets();
    C::run(async move {
        let mut listener = C::bind().await.expect("loopback has a free port");
        let mut pairs = Vec::with_capacity(connections);
        for _ in 0..connections {
            let pair = connected_through::<C>(&mut listener).await;
            pairs.push(pair.expect("loopback connects"));
        }
        let mut tasks = Vec::with_capacity(2 * connections);
        let mut sockets = Vec::with_capacity(2 * connections);
        let started = Instant::now();
        for (near, far) in pairs {
            tasks.push(C::spawn(answer(far, trips)));
            tasks.push(C::spawn(ask(near, trips)));
        }
        for task in tasks {
            sockets.push(task.await);
        }
        Measured::time(started.elapsed(), connections * trips)
    })
}

/// Gives the socket back: closing one costs as much as a round trip, and is not in the clock.
async fn ask<S: Socket>(mut socket: S, trips: usize) -> S {
    let mut message = [1; MESSAGE];
    for _ in 0..trips {
        socket.write_all(&message).await.expect("the peer reads");
        socket
            .read_exact(&mut message)
            .await
            .expect("the peer answers");
    }
    assert_eq!(message, [1; MESSAGE], "an echo is what was sent");
    socket
}

/// Gives the socket back, as [`ask`] does.
async fn answer<S: Socket>(mut socket: S, trips: usize) -> S {
    let mut message = [0; MESSAGE];
    for _ in 0..trips {
        socket
            .read_exact(&mut message)
            .await
            .expect("the peer asks");
        socket.write_all(&message).await.expect("the peer reads");
    }
    socket
}

/// The floor of [`thousand`].
pub fn thousand_floor(trips: usize) -> Measured {
    floor(1_000, trips).expect("loopback works")
}

/// The floor of [`sockets`].
pub fn sockets_floor(connections: usize) -> Measured {
    floor(connections, TRIPS.div_ceil(connections)).expect("loopback works")
}

/// The floor of [`sixty_four`].
pub fn sixty_four_floor(trips: usize) -> Measured {
    floor(64, trips).expect("loopback works")
}

/// The floor of [`one`].
pub fn one_floor(trips: usize) -> Measured {
    floor(1, trips).expect("loopback works")
}

/// One end of a connection and how far it is.
struct End {
    stream: TcpStream,
    message: [u8; MESSAGE],
    filled: usize,
    asks: bool,
    trips_left: usize,
}

impl End {
    fn new(stream: std::net::TcpStream, asks: bool, trips: usize) -> io::Result<End> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let stream = TcpStream::from_std(stream);
        Ok(End {
            stream,
            message: [1; MESSAGE],
            filled: 0,
            asks,
            trips_left: trips,
        })
    }

    /// Writes the whole message; so small a one always fits into an empty send buffer.
    fn send(&mut self) -> io::Result<()> {
        let written = self.stream.write(&self.message)?;
        assert_eq!(written, MESSAGE, "an empty send buffer takes 64 bytes");
        Ok(())
    }

    /// Reads what has come and acts on a whole message. True once this end has done its trips.
    fn readable(&mut self) -> io::Result<bool> {
        let count = self.stream.read(&mut self.message[self.filled..])?;
        self.filled += count;
        if self.filled < MESSAGE {
            assert!(count > 0, "the peer stays until the end");
            return Ok(false);
        }
        self.filled = 0;
        self.trips_left -= 1;
        if !self.asks || self.trips_left > 0 {
            self.send()?;
        }
        Ok(self.trips_left == 0)
    }
}

fn floor(connections: usize, trips: usize) -> io::Result<Measured> {
    process::allow_many_sockets();
    let mut poll = Poll::new()?;
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut ends = Vec::with_capacity(2 * connections);
    for _ in 0..connections {
        let near = std::net::TcpStream::connect(listener.local_addr()?)?;
        let (far, _) = listener.accept()?;
        ends.push(End::new(near, true, trips)?);
        ends.push(End::new(far, false, trips)?);
    }
    for (number, end) in ends.iter_mut().enumerate() {
        poll.registry()
            .register(&mut end.stream, Token(number), Interest::READABLE)?;
    }
    let mut events = Events::with_capacity(1_024);
    let mut open = ends.len();
    let started = Instant::now();
    for end in ends.iter_mut().filter(|end| end.asks) {
        end.send()?;
    }
    while open > 0 {
        poll.poll(&mut events, None)?;
        for event in &events {
            if ends[event.token().0].readable()? {
                open -= 1;
            }
        }
    }
    Ok(Measured::time(started.elapsed(), connections * trips))
}
