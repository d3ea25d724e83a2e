//! The same talk on one thread, by hand: nobody blocks but `poll`, which waits for all at once.
//!
//! The twin of the socket programs in lecture 003 once more, on mio, the library under our reactor.
//! An event says "this socket may be ready"; what each thread knew by its place in the code stands
//! in variables here. On purpose this act blocks the thread of the event loop that it is called from.
//!
//!     cargo run --example socket_mio [-- --virtual]
//!
//! > Ваше сообщение серверу: Привет
//! > Получено от клиента: Привет
//! > Пришло от сервера: Ответ от сервера

use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitCode;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

#[path = "support/mod.rs"]
mod support;

const LISTENER: Token = Token(0);
const SERVER: Token = Token(1);
const CLIENT: Token = Token(2);

/// Prints what has come; false if the socket was not ready after all.
fn receive(mut stream: &TcpStream, what: &str) -> io::Result<bool> {
    let mut data = [0; 1024];
    match stream.read(&mut data) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
        count => println!("{what}: {}", String::from_utf8_lossy(&data[..count?])),
    }
    Ok(true)
}

fn talk() -> io::Result<()> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(8));
    let any = Interest::READABLE | Interest::WRITABLE;
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    poll.registry().register(&mut listener, LISTENER, any)?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    poll.registry().register(&mut client, CLIENT, any)?;
    let (mut connection, mut asked) = (None, false);
    let (request, reply) = ("Получено от клиента", "Пришло от сервера");
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        for event in &events {
            match (event.token(), &mut connection) {
                (LISTENER, place) => {
                    let connection = place.insert(listener.accept()?.0);
                    poll.registry().register(connection, SERVER, any)?;
                }
                (SERVER, Some(stream)) if receive(stream, request)? => {
                    stream.write_all("Ответ от сервера".as_bytes())?;
                }
                (CLIENT, _) if !asked => {
                    // The first event is the end of `connect`; how it ended has to be asked.
                    client.take_error()?.map_or(Ok(()), Err)?;
                    println!("Ваше сообщение серверу: Привет");
                    client.write_all("Привет".as_bytes())?;
                    asked = true;
                }
                (CLIENT, _) if receive(&client, reply)? => return Ok(()),
                _ => {}
            }
        }
    }
}

pub async fn act() {
    talk().expect("loopback works");
}

fn main() -> ExitCode {
    support::play(act())
}
