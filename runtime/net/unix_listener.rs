//! The Unix listener: connections from processes of this machine, found by a path.
//!
//! Leaves out: abstract names; a listener prepared otherwise comes in through `from_std`.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{SocketAddr, UnixListener as StdListener};
use std::path::Path;

use super::registered::Registered;
use super::source::Watched;
use super::unix_stream::UnixStream;
use crate::driver::reactor::{Direction, Portion};

/// A Unix socket that accepts connections. asyncio: what `start_unix_server` opens.
///
/// Any number of tasks may wait in [`accept`](UnixListener::accept). Dropping the listener closes
/// it and leaves the path behind: remove it before the next `bind`.
///
/// # Examples
///
/// ```
/// use tourbillon::net::{UnixListener, UnixStream};
///
/// # fn main() -> std::io::Result<()> {
/// let path = std::env::temp_dir().join(format!("tourbillon-doc-{}.sock", std::process::id()));
/// # let _ = std::fs::remove_file(&path);
/// tourbillon::block_on(async {
///     let listener = UnixListener::bind(&path).await?;
///     let client = UnixStream::connect(&path).await?;
///     let (server, _) = listener.accept().await?;
///
///     server.write_all(b"welcome").await?;
///     let mut greeting = [0; 7];
///     client.read_exact(&mut greeting).await?;
///     assert_eq!(&greeting, b"welcome");
///     std::fs::remove_file(&path)
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct UnixListener {
    socket: Registered<Watched<StdListener>>,
}

impl UnixListener {
    /// Binds to `path` and listens. Completes at once.
    ///
    /// # Errors
    ///
    /// `AddrInUse` when something is at `path`, `InvalidInput` when it is longer than 107 bytes,
    /// and what else the system says.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub async fn bind(path: impl AsRef<Path>) -> io::Result<UnixListener> {
        let bind = || Self::watched(StdListener::bind(path)?);
        Ok(UnixListener {
            socket: Registered::open("UnixListener::bind", bind)?,
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
    pub fn from_std(listener: StdListener) -> io::Result<UnixListener> {
        let adopt = || Self::watched(listener);
        Ok(UnixListener {
            socket: Registered::open("UnixListener::from_std", adopt)?,
        })
    }

    fn watched(listener: StdListener) -> io::Result<Watched<StdListener>> {
        listener.set_nonblocking(true)?;
        Ok(Watched::new(listener))
    }

    /// Waits for a connection and returns it with its peer's address, which is most often unnamed.
    ///
    /// Wakes when a connection has come. The new socket lives with the listener's loop.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has accepted nothing.
    ///
    /// # Errors
    ///
    /// As [`TcpListener::accept`](super::TcpListener::accept): with too many open files, sleep
    /// before the next one.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        // By std's hand, not mio's: a peer bound to a path of 108 bytes has an address longer than
        // its type, which std expects and mio 1.2 does not survive.
        let accept = |io: &Watched<StdListener>| io.get().accept().map(Portion::Whole);
        let (stream, peer) = self.socket.run(Direction::Read, accept).await?;
        stream.set_nonblocking(true)?;
        let stream = mio::net::UnixStream::from_std(stream);
        Ok((UnixStream::from(self.socket.beside(stream)?), peer))
    }

    /// The address that the listener is bound to.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().get().local_addr()
    }
}

impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get().get().as_fd()
    }
}
