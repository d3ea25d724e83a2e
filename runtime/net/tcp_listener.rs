//! The TCP listener.
//!
//! Leaves out: a backlog other than the 128 connections that mio asks for; a listener prepared
//! otherwise comes in through `from_std`.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use super::registered::Registered;
use super::tcp_stream::TcpStream;
use crate::driver::reactor::{Direction, Portion};

/// Connections in a row that may fail while they wait to be accepted before `accept` says so. Each
/// is gone from the backlog then, so this bounds a poll and not a server: 32 is a quarter of the
/// backlog.
const STILLBORN: usize = 32;

/// A TCP socket that accepts connections. asyncio: what `start_server` opens.
///
/// Any number of tasks may wait in [`accept`](TcpListener::accept). Dropping the listener closes
/// it; connections that nobody accepted are reset.
///
/// # Examples
///
/// ```
/// use tourbillon::net::{TcpListener, TcpStream};
///
/// # fn main() -> std::io::Result<()> {
/// tourbillon::block_on(async {
///     let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).await?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (server, peer) = listener.accept().await?;
///     assert_eq!(peer, client.local_addr()?);
///
///     server.write_all(b"welcome").await?;
///     let mut greeting = [0; 7];
///     client.read_exact(&mut greeting).await?;
///     assert_eq!(&greeting, b"welcome");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct TcpListener {
    socket: Registered<mio::net::TcpListener>,
}

impl TcpListener {
    /// Binds to `address` and listens; port 0 lets the system choose one.
    ///
    /// A port in use by connections of an earlier listener is free for this one (`SO_REUSEADDR`).
    /// Completes at once.
    ///
    /// # Errors
    ///
    /// What the system says: the address is taken, not this machine's, or not allowed.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use tourbillon::net::TcpListener;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// tourbillon::block_on(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).await?;
    ///     assert_ne!(listener.local_addr()?.port(), 0);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
        let bind = || mio::net::TcpListener::bind(address);
        Ok(TcpListener {
            socket: Registered::open("TcpListener::bind", bind)?,
        })
    }

    /// Takes over a listener that was made elsewhere, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// What the system says when it cannot be watched.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use tourbillon::net::TcpListener;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// tourbillon::block_on(async {
    ///     let listener = TcpListener::from_std(std::net::TcpListener::bind("127.0.0.1:0")?)?;
    ///     assert!(listener.local_addr()?.ip().is_loopback());
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        let adopt = || {
            listener.set_nonblocking(true)?;
            Ok(mio::net::TcpListener::from_std(listener))
        };
        Ok(TcpListener {
            socket: Registered::open("TcpListener::from_std", adopt)?,
        })
    }

    /// Waits for a connection and returns it with its peer's address. asyncio: `loop.sock_accept`.
    ///
    /// Wakes when a connection has come. A connection that failed while it waited to be accepted is
    /// passed over. The new socket lives with the listener's loop.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has accepted nothing.
    ///
    /// # Errors
    ///
    /// Above all "too many open files", for this process (`EMFILE`) or the machine (`ENFILE`): the
    /// connection stays in the backlog, and the next `accept` says the same at once while that is
    /// so. So sleep a little before trying again, or close something:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tourbillon::net::TcpListener;
    /// async fn serve(listener: TcpListener) {
    ///     loop {
    ///         match listener.accept().await {
    ///             Ok((connection, _)) => drop(connection), // or spawn a task for it
    ///             Err(_) => tourbillon::sleep(Duration::from_millis(100)).await,
    ///         }
    ///     }
    /// }
    /// ```
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let accept = |io: &mio::net::TcpListener| accept_living(|| io.accept()).map(Portion::Whole);
        let (stream, peer) = self.socket.run(Direction::Read, accept).await?;
        Ok((TcpStream::from(self.socket.beside(stream)?), peer))
    }

    /// The address that the listener is bound to.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr()
    }
}

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get().as_fd()
    }
}

/// Accepts the first connection that is still alive.
pub fn accept_living<R>(mut accept: impl FnMut() -> io::Result<R>) -> io::Result<R> {
    for _ in 1..STILLBORN {
        match accept() {
            Err(error) if concerns_one_connection(&error) => {}
            result => return result,
        }
    }
    accept()
}

/// True of the errors of `accept` that belong to the connection it took, not to the listener: Linux
/// reports there what the network said of the connection (`man 2 accept`).
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::ECONNABORTED
                | libc::EPROTO
                | libc::ENOPROTOOPT
                | libc::ENETDOWN
                | libc::ENETUNREACH
                | libc::EHOSTDOWN
                | libc::EHOSTUNREACH
                | libc::ENONET
        )
    )
}
