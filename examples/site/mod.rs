//! A web site on loopback, on the runtime of whoever starts it: what the networked lessons fetch from.
//!
//! | path             | answer                                                              |
//! |------------------|---------------------------------------------------------------------|
//! | `/page/7`        | a page with the title `Page 7`                                      |
//! | `/offers/2?of=5` | the second of five pages, two offers on each, a link to the next    |
//! | `/drip`          | a head at once, then a letter every 100 ms, for ever                |
//!
//! With `delay=200` in the query a page takes 200 ms, whatever the site's own delay is.
//!
//! - **Dropped is stopped.** The port and every connection close with the [`Site`], at the next turn.
//! - **Nothing a client does stops it.** One answer a connection; a request has [`PATIENCE`] and
//!   8 KiB; who hangs up is forgotten at once.
//!
//! Leaves out: keep-alive, every method but GET, and clients that close their half after asking.

// Every program compiles this file for itself and uses a part of it.
#![allow(dead_code)]

use std::cell::Cell;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tourbillon::net::{TcpListener, TcpStream};
use tourbillon::{Either, Task, race, sleep, spawn_local, task_group, wait_for};

mod pages;
mod request;

/// How long a client may take over its request.
const PATIENCE: Duration = Duration::from_secs(10);

/// A site that serves until it is dropped.
pub(crate) struct Site {
    pub(crate) addr: SocketAddr,
    hung_up: Rc<Cell<u32>>,
    server: Task<()>,
}

impl Site {
    /// Opens a site on a port that the system picks; each page takes `delay`.
    ///
    /// # Panics
    ///
    /// Panics if loopback has no free port.
    pub(crate) async fn start(delay: Duration) -> Site {
        let any_port = (Ipv4Addr::LOCALHOST, 0).into();
        let listener = TcpListener::bind(any_port)
            .await
            .expect("loopback has a free port");
        let addr = listener
            .local_addr()
            .expect("a bound socket has an address");
        let hung_up = Rc::new(Cell::new(0));
        let server = spawn_local(serve(listener, delay, hung_up.clone()));
        Site {
            addr,
            hung_up,
            server,
        }
    }

    /// Closes the site, and returns when it is closed.
    pub(crate) async fn stop(self) {
        self.server.cancel();
        let ended = self.server.await;
        assert!(
            ended.is_err_and(|error| error.is_cancelled()),
            "a site serves until it is stopped"
        );
    }

    /// The address of a page of this site.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// How many clients hung up before they had their page.
    pub(crate) fn hung_up(&self) -> u32 {
        self.hung_up.get()
    }
}

async fn serve(listener: TcpListener, delay: Duration, hung_up: Rc<Cell<u32>>) {
    task_group(async |group| {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let hung_up = hung_up.clone();
                    let client = async move {
                        if answer(&stream, delay).await.is_err() {
                            hung_up.set(hung_up.get() + 1);
                        }
                    };
                    drop(group.spawn_local(client));
                }
                // Most likely out of descriptors; some come back when connections end.
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    })
    .await
}

/// Answers one request; an error means that the client is gone.
async fn answer(stream: &TcpStream, delay: Duration) -> io::Result<()> {
    let (status, body) = match wait_for(request::target(stream), PATIENCE).await {
        Ok(target) => {
            let target = target?;
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            if path == "/drip" {
                return drip(stream).await;
            }
            let own = pages::number(query, "delay").map(Duration::from_millis);
            stay(stream, own.unwrap_or(delay)).await?;
            pages::page(path, query)
        }
        Err(_) => ("408 Request Timeout", String::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all((head + &body).as_bytes()).await?;
    stream.shutdown(Shutdown::Write)
}

/// Waits for `delay`, but not for a client that is gone: who asked once has nothing more to say.
async fn stay(stream: &TcpStream, delay: Duration) -> io::Result<()> {
    match race(sleep(delay), stream.read(&mut [0])).await {
        Either::Left(_) => Ok(()),
        Either::Right(_) => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}

async fn drip(stream: &TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    loop {
        stay(stream, Duration::from_millis(100)).await?;
        stream.write_all(b"x").await?;
    }
}
