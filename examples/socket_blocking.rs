//! A raw socket server and its client, each on a thread of its own because each call blocks.
//!
//! The twin of the socket programs in lecture 003, with the lecture's reply; the message stands in
//! the code where `input` would ask for it. The lecture's `send` may take a part of the bytes, hence
//! `write_all`; its `recv(1024)` may bring half a message or two, which so short a talk does not show.
//!
//!     cargo run --example socket_blocking [-- --virtual]
//!
//! > Ваше сообщение серверу: Привет
//! > Получено от клиента: Привет
//! > Пришло от сервера: Ответ от сервера
//! > the client has closed its half, and so does the server

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;

#[path = "support/mod.rs"]
mod support;

fn server(listener: &TcpListener) -> io::Result<()> {
    let (mut connection, _) = listener.accept()?;
    let mut data = [0; 1024];
    loop {
        let count = connection.read(&mut data)?;
        if count == 0 {
            break;
        }
        let message = String::from_utf8_lossy(&data[..count]);
        println!("Получено от клиента: {message}");
        connection.write_all("Ответ от сервера".as_bytes())?;
    }
    println!("the client has closed its half, and so does the server");
    connection.shutdown(Shutdown::Write)
}

fn client(address: SocketAddr) -> io::Result<()> {
    let mut sock = TcpStream::connect(address)?;
    let message = "Привет";
    println!("Ваше сообщение серверу: {message}");
    sock.write_all(message.as_bytes())?;

    let mut data = [0; 1024];
    let count = sock.read(&mut data)?;
    let reply = String::from_utf8_lossy(&data[..count]);
    println!("Пришло от сервера: {reply}");
    sock.shutdown(Shutdown::Write)
}

fn talk() -> io::Result<()> {
    // Binding and listening in one call; the system picks the port.
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::scope(|threads| {
        let server = threads.spawn(|| server(&listener));
        client(address)?;
        server.join().expect("the server does not panic")
    })
}

pub async fn act() {
    // On purpose: while these two threads talk, the thread of the event loop is blocked too.
    talk().expect("loopback works");
}

fn main() -> ExitCode {
    support::play(act())
}
