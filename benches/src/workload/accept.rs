//! Accepting: connect, one byte each way, close; one connection after the other, both ends here.
//!
//! Both ends are on one thread, so a contestant pays for the client too: `connect` and its wait, an
//! accept, a spawned task for the accepted end, a registration with the driver at each end, a wait
//! for the byte at each end, two writes, and the closing of both, which also takes them out of the
//! driver (by an `epoll_ctl` each, tokio and here; mio's own users close the descriptor, which is
//! enough). Whoever reads before the byte can be there pays for a read that finds nothing: this
//! runtime does, at the accepted end, while tokio waits for the first event. smol also shares the
//! work with its helper thread, whose time is not in its figure, and wakes it again and again. The
//! kernel's part, about nine tenths, is the handshake on loopback and the making and ending of two
//! sockets. The floor is mio with what happens at each event.
//!
//! Time in user code is a row of its own, since that is what a runtime can do something about; here
//! it is the whole thread's, client included.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};

use super::Measured;
use crate::contestant::{Contestant, Listener, Monoio, Smol, Socket, Tokio, Tourbillon};
use crate::process::Stopwatch;
use crate::row::{FLOOR, OURS, Row, Unit, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "accept",
        what: "connect, one byte each way, close, both ends on one thread",
        per: "connection",
        unit: Unit::Nanoseconds,
        scale: 8_000,
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
        name: "accept/cpu",
        what: "time in user code to connect, send one byte each way, close",
        per: "connection",
        unit: Unit::Nanoseconds,
        scale: 10_000,
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

/// The wall clock's time.
pub fn wall<C: Contestant>(connections: usize) -> Measured {
    accept::<C>(connections, Stopwatch::wall)
}

/// The time in user code.
pub fn user<C: Contestant>(connections: usize) -> Measured {
    accept::<C>(connections, Stopwatch::user)
}

fn accept<C: Contestant>(connections: usize, start: fn() -> Stopwatch) -> Measured {
    C::run(async move {
        let mut listener = C::bind().await.expect("loopback has a free port");
        let address = listener.address().expect("a listener has an address");
        let stopwatch = start();
        let server = C::spawn(async move {
            for _ in 0..connections {
                let socket = listener.accept().await.expect("the client connects");
                C::detach(C::spawn(async {
                    answer(socket).await.expect("a byte comes")
                }));
            }
        });
        for _ in 0..connections {
            ask::<C>(address).await.expect("the server answers");
        }
        server.await;
        Measured::time(stopwatch.stop(), connections)
    })
}

async fn ask<C: Contestant>(address: SocketAddr) -> io::Result<()> {
    let mut socket = C::connect(address).await?;
    socket.write_all(&[1]).await?;
    socket.read_exact(&mut [0]).await
}

async fn answer(mut socket: impl Socket) -> io::Result<()> {
    let mut byte = [0];
    socket.read_exact(&mut byte).await?;
    socket.write_all(&byte).await
}

/// The floor of [`wall`].
pub fn wall_floor(connections: usize) -> Measured {
    floor(connections, Stopwatch::wall).expect("loopback works")
}

/// The floor of [`user`].
pub fn user_floor(connections: usize) -> Measured {
    floor(connections, Stopwatch::user).expect("loopback works")
}

const LISTENER: Token = Token(0);
const CLIENT: Token = Token(1);
const SERVER: Token = Token(2);

/// Connects; whatever becomes of it is an event.
fn connect(address: SocketAddr, registry: &Registry) -> io::Result<TcpStream> {
    let mut client = TcpStream::connect(address)?;
    registry.register(&mut client, CLIENT, Interest::READABLE | Interest::WRITABLE)?;
    Ok(client)
}

/// No runtime: mio and what happens at each event.
///
/// The client writes when its first event says that it is connected, and knows by its answer that
/// it is done; the accepted end is registered when it is accepted and closed when it has answered.
fn floor(connections: usize, start: fn() -> Stopwatch) -> io::Result<Measured> {
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = listener.local_addr()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1_024);
    let stopwatch = start();
    for _ in 0..connections {
        converse(&mut poll, &mut events, &listener, address)?;
    }
    Ok(Measured::time(stopwatch.stop(), connections))
}

/// One connection from its making to its end.
fn converse(
    poll: &mut Poll,
    events: &mut Events,
    listener: &TcpListener,
    address: SocketAddr,
) -> io::Result<()> {
    let mut byte = [1];
    let mut client = connect(address, poll.registry())?;
    let (mut asked, mut answered) = (false, false);
    let mut server: Option<TcpStream> = None;
    while !answered {
        poll.poll(events, None)?;
        for event in &*events {
            match event.token() {
                LISTENER => {
                    let (mut accepted, _) = listener.accept()?;
                    poll.registry()
                        .register(&mut accepted, SERVER, Interest::READABLE)?;
                    server = Some(accepted);
                }
                CLIENT if !asked => {
                    client.write_all(&byte)?;
                    asked = true;
                }
                CLIENT => answered = client.read(&mut byte)? == 1,
                _ => {
                    let mut accepted = server.take().expect("it was accepted before");
                    accepted.read_exact(&mut byte)?;
                    accepted.write_all(&byte)?;
                }
            }
        }
    }
    Ok(())
}
