//! Any descriptor: a pipe, an eventfd, another library's socket.
//!
//! Leaves out: whose descriptor it is and what its bytes mean; making it non-blocking; regular
//! files, which the system calls ready always and refuses to watch.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token, event};

use super::registered::Registered;
use crate::driver::reactor::{Direction, Portion};

/// A descriptor of any kind, watched by the runtime. asyncio: `loop.add_reader` and `add_writer`.
///
/// `io` must be non-blocking already, and must stay the same open descriptor for as long as it is
/// in here. Dropping the source ends the watch, then drops `io`.
///
/// Any number of tasks may wait. As the system tells of a change only once, readiness holds until
/// an operation given to this source meets `WouldBlock`: so read and write inside
/// [`read_with`](Source::read_with), [`write_with`](Source::write_with) and their `try_` forms, and
/// not past them.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use tourbillon::net::Source;
///
/// # fn main() -> std::io::Result<()> {
/// let (ours, mut theirs) = UnixStream::pair()?;
/// ours.set_nonblocking(true)?;
/// tourbillon::block_on(async {
///     let ours = Source::new(ours)?;
///     theirs.write_all(b"hello")?;
///
///     let mut heard = [0; 5];
///     let count = ours.read_with(|mut socket| socket.read(&mut heard)).await?;
///     assert_eq!(&heard[..count], b"hello");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct Source<T: AsFd> {
    socket: Registered<Watched<T>>,
}

impl<T: AsFd> Source<T> {
    /// Has the runtime of this thread watch `io`.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` for what the system cannot watch (regular files), `AlreadyExists` when
    /// this runtime watches the same descriptor already, and what else the system says.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub fn new(io: T) -> io::Result<Source<T>> {
        let socket = Registered::open("Source::new", || Ok(Watched::new(io))).map_err(explain)?;
        // A socket of our own is tried before anyone waits. Here `readable` must not say what
        // nobody has seen; if the descriptor is ready, the system says so at its next look.
        socket.source().assume_nothing(Direction::Read);
        socket.source().assume_nothing(Direction::Write);
        Ok(Source { socket })
    }

    /// Waits until reading may succeed: there are bytes, an end or an error. It may also be a false
    /// alarm.
    ///
    /// # Cancel safety
    ///
    /// It takes nothing, so nothing can be lost.
    ///
    /// # Errors
    ///
    /// When the runtime of this source is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{ErrorKind, Read, Write};
    /// use std::os::unix::net::UnixStream;
    /// use tourbillon::net::Source;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let (ours, mut theirs) = UnixStream::pair()?;
    /// ours.set_nonblocking(true)?;
    /// tourbillon::block_on(async {
    ///     let ours = Source::new(ours)?;
    ///     theirs.write_all(b"!")?;
    ///     ours.readable().await?;
    ///     assert_eq!(ours.try_read_with(|mut socket| socket.read(&mut [0; 8]))?, 1);
    ///
    ///     let empty = ours.try_read_with(|mut socket| socket.read(&mut [0; 8])).unwrap_err();
    ///     assert_eq!(empty.kind(), ErrorKind::WouldBlock);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.socket
            .run(Direction::Read, |_| Ok(Portion::Any(())))
            .await
    }

    /// Waits until writing may succeed: there is room or an error. It may also be a false alarm.
    ///
    /// # Cancel safety
    ///
    /// It takes nothing, so nothing can be lost.
    ///
    /// # Errors
    ///
    /// When the runtime of this source is gone.
    pub async fn writable(&self) -> io::Result<()> {
        self.socket
            .run(Direction::Write, |_| Ok(Portion::Any(())))
            .await
    }

    /// Runs `operation`, which reads, until it says something else than `WouldBlock`.
    ///
    /// Wakes when the descriptor has become readable. An interrupted operation (`EINTR`) is run
    /// again.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has not had an operation succeed.
    ///
    /// # Errors
    ///
    /// Those of `operation`, and that the runtime of this source is gone.
    pub async fn read_with<R>(
        &self,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.socket
            .run(Direction::Read, |io| operation(io.get()).map(Portion::Any))
            .await
    }

    /// Runs `operation`, which writes, until it says something else than `WouldBlock`.
    ///
    /// Otherwise as [`read_with`](Source::read_with).
    ///
    /// # Errors
    ///
    /// Those of `operation`, and that the runtime of this source is gone.
    pub async fn write_with<R>(
        &self,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.socket
            .run(Direction::Write, |io| operation(io.get()).map(Portion::Any))
            .await
    }

    /// Runs `operation`, which reads, if the descriptor may be readable, and never waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when there is nothing to read, those of `operation`, and that the runtime is
    /// gone.
    pub fn try_read_with<R>(
        &self,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let io = self.socket.get().get();
        self.socket
            .source()
            .try_io(Direction::Read, || operation(io).map(Portion::Any))
    }

    /// Runs `operation`, which writes, if the descriptor may be writable, and never waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when there is no room, those of `operation`, and that the runtime is gone.
    pub fn try_write_with<R>(
        &self,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let io = self.socket.get().get();
        self.socket
            .source()
            .try_io(Direction::Write, || operation(io).map(Portion::Any))
    }

    /// The descriptor's owner.
    pub fn get_ref(&self) -> &T {
        self.socket.get().get()
    }
}

impl<T: AsFd> AsFd for Source<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

fn explain(refused: io::Error) -> io::Error {
    match refused.kind() {
        ErrorKind::PermissionDenied => io::Error::new(
            ErrorKind::PermissionDenied,
            "this descriptor cannot be watched, as a file is always ready: use spawn_blocking",
        ),
        _ => refused,
    }
}

/// What mio needs to know of a descriptor: its number, asked for once, before anything is
/// registered.
#[derive(Debug)]
pub(super) struct Watched<T> {
    io: T,
    number: RawFd,
}

impl<T: AsFd> Watched<T> {
    pub(super) fn new(io: T) -> Self {
        let number = io.as_fd().as_raw_fd();
        Watched { io, number }
    }
}

impl<T> Watched<T> {
    pub(super) fn get(&self) -> &T {
        &self.io
    }
}

impl<T> event::Source for Watched<T> {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.number).register(registry, token, interest)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.number).reregister(registry, token, interest)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        SourceFd(&self.number).deregister(registry)
    }
}
