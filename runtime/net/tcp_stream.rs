//! The TCP connection.
//!
//! Leaves out: names, which [`lookup_host`](super::lookup_host) turns into addresses to try.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use super::registered::Registered;
use super::stream::ByteStream;
use crate::driver::reactor::{Direction, Portion};
use crate::sync::Arc;

/// A TCP connection. asyncio: the reader and writer of `open_connection`, in one.
///
/// Clones are the same connection: give one to a task that reads and one to a task that writes. Its
/// last owner's drop closes it, sending what was written; [`shutdown`](TcpStream::shutdown) ends
/// one direction earlier.
///
/// Through [`AsyncRead`] and [`AsyncWrite`], which `&TcpStream` implements too, one task a
/// direction may wait at a time; through the methods here any number. Closing by `poll_close` is
/// `shutdown(Write)`.
///
/// # Examples
///
/// Two tasks, one connection:
///
/// ```
/// use tourbillon::net::{TcpListener, TcpStream};
///
/// # fn main() -> std::io::Result<()> {
/// tourbillon::block_on(async {
///     let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).await?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (server, _) = listener.accept().await?;
///
///     let writer = client.clone();
///     let talk = tourbillon::spawn(async move { writer.write_all(b"hello").await });
///     let mut heard = [0; 5];
///     server.read_exact(&mut heard).await?;
///     talk.await.unwrap()?;
///     assert_eq!(&heard, b"hello");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TcpStream {
    socket: Arc<Registered<mio::net::TcpStream>>,
}

impl TcpStream {
    /// Connects to `address`. asyncio: `open_connection`.
    ///
    /// Wakes when the handshake has succeeded or failed. There is no time limit but the system's
    /// (minutes): put `wait_for` round it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the half-open connection.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` when nobody listens there, and what else the network says.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use tourbillon::net::{TcpListener, TcpStream};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// tourbillon::block_on(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).await?;
    ///     let address = listener.local_addr()?;
    ///     TcpStream::connect(address).await?;
    ///
    ///     drop(listener);
    ///     let refused = TcpStream::connect(address).await.unwrap_err();
    ///     assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        let connect = || mio::net::TcpStream::connect(address);
        let socket = Registered::open("TcpStream::connect", connect)?;
        socket
            .run(Direction::Write, |io| connected(io).map(Portion::Whole))
            .await?;
        Ok(TcpStream::from(socket))
    }

    /// Takes over a connection that was made elsewhere, and makes it non-blocking.
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
    /// use tourbillon::net::TcpStream;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let connection = std::net::TcpStream::connect(listener.local_addr()?)?;
    /// tourbillon::block_on(async {
    ///     let connection = TcpStream::from_std(connection)?;
    ///     assert_eq!(connection.peer_addr()?, listener.local_addr()?);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<TcpStream> {
        let adopt = || {
            stream.set_nonblocking(true)?;
            Ok(mio::net::TcpStream::from_std(stream))
        };
        Ok(TcpStream::from(Registered::open(
            "TcpStream::from_std",
            adopt,
        )?))
    }

    /// Reads what there is, at most `buf.len()` bytes, and returns how many; 0 means that the peer
    /// has sent its last byte. asyncio: `reader.read(n)`.
    ///
    /// Wakes when bytes, the end or an error have come. An empty `buf` gives 0 at once.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has read nothing.
    ///
    /// # Errors
    ///
    /// `ConnectionReset` when the peer broke off, and what else the network says.
    pub async fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buf).await
    }

    /// Fills `buf`. asyncio: `reader.readexactly(n)`.
    ///
    /// # Cancel safety
    ///
    /// None: a dropped future may have read a part, which is in `buf` and not told.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` when the peer ends first, else as [`read`](TcpStream::read).
    pub async fn read_exact(&self, buf: &mut [u8]) -> io::Result<()> {
        self.socket.read_exact(buf).await
    }

    /// Reads as [`read`](TcpStream::read) does, and leaves the bytes for the next read.
    ///
    /// # Cancel safety
    ///
    /// It takes nothing, so nothing can be lost.
    ///
    /// # Errors
    ///
    /// As [`read`](TcpStream::read).
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        // However few bytes came, they are still there: a peek never proves the socket empty.
        self.socket
            .run(Direction::Read, |io| io.peek(buf).map(Portion::Any))
            .await
    }

    /// Writes what there is room for, at least one byte, and returns how many. asyncio:
    /// `loop.sock_send`.
    ///
    /// Wakes when there is room or an error. The bytes are the system's then; that they arrived is
    /// another matter.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has written nothing.
    ///
    /// # Errors
    ///
    /// `BrokenPipe` or `ConnectionReset` when the peer is gone, and what else the network says.
    pub async fn write(&self, buf: &[u8]) -> io::Result<usize> {
        self.socket.write(buf).await
    }

    /// Writes all of `buf`. asyncio: `writer.write`, then `await writer.drain()`.
    ///
    /// # Cancel safety
    ///
    /// None: a dropped future may have written a part, and does not tell how much. Two tasks that
    /// write at once may mix their parts.
    ///
    /// # Errors
    ///
    /// As [`write`](TcpStream::write).
    pub async fn write_all(&self, buf: &[u8]) -> io::Result<()> {
        self.socket.write_all(buf).await
    }

    /// Ends one direction or both, at once and for every clone. asyncio: `writer.write_eof()`.
    ///
    /// `Write` lets the peer read 0 after the last byte, while we may still read; tasks that wait
    /// for a direction that ends are woken.
    ///
    /// # Errors
    ///
    /// `NotConnected` when the connection is over already.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::Shutdown;
    /// use tourbillon::net::{TcpListener, TcpStream};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// tourbillon::block_on(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).await?;
    ///     let client = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (server, _) = listener.accept().await?;
    ///
    ///     client.shutdown(Shutdown::Write)?;
    ///     assert_eq!(server.read(&mut [0; 8]).await?, 0);
    ///     server.write_all(b"still here").await?;
    ///     assert_eq!(client.read(&mut [0; 16]).await?, 10);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.shutdown(how)
    }

    /// Sends small writes at once instead of gathering them (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_nodelay(&self, on: bool) -> io::Result<()> {
        self.socket.get().set_nodelay(on)
    }

    /// The peer's address.
    ///
    /// # Errors
    ///
    /// `NotConnected` when the connection is over.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().peer_addr()
    }

    /// Our own address of the connection.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr()
    }
}

impl From<Registered<mio::net::TcpStream>> for TcpStream {
    fn from(connected: Registered<mio::net::TcpStream>) -> TcpStream {
        TcpStream {
            socket: Arc::new(connected),
        }
    }
}

impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get().as_fd()
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_read(cx, buf)
    }
}

impl AsyncRead for &TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_read(cx, buf)
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.close())
    }
}

impl AsyncWrite for &TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.close())
    }
}

impl ByteStream for mio::net::TcpStream {
    fn try_read(&self, buf: &mut [u8]) -> io::Result<Portion<usize>> {
        let mut io = self;
        let count = io.read(buf)?;
        // 0 is the end, which every later read finds again. Fewer bytes than asked are all there
        // were; what comes after them comes with an event.
        let short = 0 < count && count < buf.len();
        Ok(if short {
            Portion::Short(count)
        } else {
            Portion::Whole(count)
        })
    }

    fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        let mut io = self;
        io.write(buf)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        mio::net::TcpStream::shutdown(self, how)
    }
}

/// Whether the handshake has succeeded; `WouldBlock` while it runs.
///
/// Writable is not connected: a refused connection is writable too. So the socket's error is asked
/// first, and only a socket that has a peer is connected.
fn connected(stream: &mio::net::TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotConnected => Err(ErrorKind::WouldBlock.into()),
        Err(error) => Err(error),
    }
}
