//! The Unix stream: a connection between processes of one machine.
//!
//! Leaves out: datagrams, descriptors sent along with bytes, and sparing the process the signal
//! that a write to a closed connection raises where the standard library is too old to do it; a
//! program that begins in Rust's `main` ignores that signal.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{SocketAddr, UnixStream as StdStream};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use super::registered::Registered;
use super::stream::ByteStream;
use crate::driver::reactor::Portion;
use crate::sync::Arc;

/// A connection between two processes of one machine. asyncio: what `open_unix_connection` gives.
///
/// As [`TcpStream`](super::TcpStream) in everything: clones are the same connection, the last
/// owner's drop closes it.
///
/// # Examples
///
/// ```
/// use tourbillon::net::UnixStream;
///
/// # fn main() -> std::io::Result<()> {
/// tourbillon::block_on(async {
///     let (left, right) = UnixStream::pair()?;
///     left.write_all(b"hello").await?;
///     let mut heard = [0; 5];
///     right.read_exact(&mut heard).await?;
///     assert_eq!(&heard, b"hello");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct UnixStream {
    socket: Arc<Registered<mio::net::UnixStream>>,
}

impl UnixStream {
    /// Connects to the listener at `path`. Completes at once.
    ///
    /// # Errors
    ///
    /// `NotFound` when nothing is at `path`, `ConnectionRefused` when nobody listens there,
    /// `WouldBlock` when the listener's backlog is full, which no event ends: sleep and try again.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<UnixStream> {
        let connect = || mio::net::UnixStream::connect(path);
        Ok(UnixStream::from(Registered::open(
            "UnixStream::connect",
            connect,
        )?))
    }

    /// Two ends of a new connection, for a child process or another thread. asyncio:
    /// `socket.socketpair`.
    ///
    /// # Errors
    ///
    /// What the system says, above all "too many open files".
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (left, right) = StdStream::pair()?;
        Ok((
            Self::adopt("UnixStream::pair", left)?,
            Self::adopt("UnixStream::pair", right)?,
        ))
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
    pub fn from_std(stream: StdStream) -> io::Result<UnixStream> {
        Self::adopt("UnixStream::from_std", stream)
    }

    fn adopt(caller: &str, stream: StdStream) -> io::Result<UnixStream> {
        let adopt = || {
            stream.set_nonblocking(true)?;
            Ok(mio::net::UnixStream::from_std(stream))
        };
        Ok(UnixStream::from(Registered::open(caller, adopt)?))
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
    /// `UnexpectedEof` when the peer ends first, else as [`read`](UnixStream::read).
    pub async fn read_exact(&self, buf: &mut [u8]) -> io::Result<()> {
        self.socket.read_exact(buf).await
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
    /// As [`write`](UnixStream::write).
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
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.shutdown(how)
    }

    /// The peer's address: the path of the listener, or unnamed.
    ///
    /// # Errors
    ///
    /// What the system says.
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

impl From<Registered<mio::net::UnixStream>> for UnixStream {
    fn from(connected: Registered<mio::net::UnixStream>) -> UnixStream {
        UnixStream {
            socket: Arc::new(connected),
        }
    }
}

impl AsFd for UnixStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get().as_fd()
    }
}

impl AsyncRead for UnixStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_read(cx, buf)
    }
}

impl AsyncRead for &UnixStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_read(cx, buf)
    }
}

impl AsyncWrite for UnixStream {
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

impl AsyncWrite for &UnixStream {
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

impl ByteStream for mio::net::UnixStream {
    fn try_read(&self, buf: &mut [u8]) -> io::Result<Portion<usize>> {
        // Not even a short read empties a Unix socket: it also stops where the peer sent a
        // descriptor along or an urgent byte, and no event tells where that was.
        let mut io = self;
        io.read(buf).map(Portion::Whole)
    }

    fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        let mut io = self;
        io.write(buf)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        mio::net::UnixStream::shutdown(self, how)
    }
}
