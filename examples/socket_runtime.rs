//! The same talk on one thread, on the runtime: it reads like the blocking one, and nobody blocks.
//!
//! The twin of the socket programs in lecture 003 for the third time. Each `await` is a place where
//! the other side may run; the reactor does what `socket_mio` did by hand, and the compiler keeps
//! what that kept in variables.
//!
//!     cargo run --example socket_runtime [-- --virtual]
//!
//! > Ваше сообщение серверу: Привет
//! > Получено от клиента: Привет
//! > Пришло от сервера: Ответ от сервера
//! > the client has closed its half, and so does the server

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::process::ExitCode;

use tourbillon::join;
use tourbillon::net::{TcpListener, TcpStream};

#[path = "support/mod.rs"]
mod support;

async fn server(listener: TcpListener) -> io::Result<()> {
    let (connection, _) = listener.accept().await?;
    let mut data = [0; 1024];
    loop {
        let count = connection.read(&mut data).await?;
        if count == 0 {
            break;
        }
        let message = String::from_utf8_lossy(&data[..count]);
        println!("Получено от клиента: {message}");
        connection.write_all("Ответ от сервера".as_bytes()).await?;
    }
    println!("the client has closed its half, and so does the server");
    connection.shutdown(Shutdown::Write)
}

async fn client(address: SocketAddr) -> io::Result<()> {
    let sock = TcpStream::connect(address).await?;
    let message = "Привет";
    println!("Ваше сообщение серверу: {message}");
    sock.write_all(message.as_bytes()).await?;

    let mut data = [0; 1024];
    let count = sock.read(&mut data).await?;
    let reply = String::from_utf8_lossy(&data[..count]);
    println!("Пришло от сервера: {reply}");
    sock.shutdown(Shutdown::Write)
}

async fn talk() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).await?;
    let address = listener.local_addr()?;
    let (served, answered) = join(server(listener), client(address)).await;
    served.and(answered)
}

pub async fn act() {
    talk().await.expect("loopback works");
}

fn main() -> ExitCode {
    support::play(act())
}
