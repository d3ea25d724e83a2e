//! What TCP and Unix streams have in common: bytes in, bytes out, and an end.
//!
//! Leaves out: how a stream comes to be (`tcp_stream.rs`, `unix_stream.rs`).

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::task::{Context, Poll};

use mio::event;

use super::registered::Registered;
use crate::driver::reactor::{Direction, Portion, Readiness};

/// A connected socket that carries bytes; its calls do not block.
pub(super) trait ByteStream: event::Source {
    /// `Short` only where a short read proves that the socket is empty.
    fn try_read(&self, buf: &mut [u8]) -> io::Result<Portion<usize>>;
    fn try_write(&self, buf: &[u8]) -> io::Result<usize>;
    fn shutdown(&self, how: Shutdown) -> io::Result<()>;
}

impl<S: ByteStream> Registered<S> {
    pub(super) async fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        // The system would make an empty read wait for a byte that it then does not fetch.
        if buf.is_empty() {
            return Ok(0);
        }
        self.run(Direction::Read, |io| io.try_read(buf)).await
    }

    pub(super) async fn read_exact(&self, mut buf: &mut [u8]) -> io::Result<()> {
        while !buf.is_empty() {
            let count = self.read(buf).await?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            buf = &mut buf[count..];
        }
        Ok(())
    }

    pub(super) async fn write(&self, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.run(Direction::Write, |io| write(io, buf)).await
    }

    pub(super) async fn write_all(&self, mut buf: &[u8]) -> io::Result<()> {
        while !buf.is_empty() {
            let count = self.write(buf).await?;
            if count == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            buf = &buf[count..];
        }
        Ok(())
    }

    pub(super) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll_run(cx, Direction::Read, |io| io.try_read(buf))
    }

    pub(super) fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll_run(cx, Direction::Write, |io| write(io, buf))
    }

    /// Ends one direction or both, and wakes the tasks that wait for one: for a Unix stream whose
    /// buffer is full the system would not.
    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.get().shutdown(how)?;
        let (reads, writes) = (how != Shutdown::Write, how != Shutdown::Read);
        self.source().announce(Readiness {
            readable: reads,
            writable: writes,
            short_reads_lie: reads,
            short_writes_lie: writes,
        });
        Ok(())
    }

    /// Says goodbye to the peer; that it left first is no failure of ours.
    pub(super) fn close(&self) -> io::Result<()> {
        match self.shutdown(Shutdown::Write) {
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(()),
            result => result,
        }
    }
}

fn write(io: &impl ByteStream, buf: &[u8]) -> io::Result<Portion<usize>> {
    let count = io.try_write(buf)?;
    Ok(if count < buf.len() {
        Portion::Short(count)
    } else {
        Portion::Whole(count)
    })
}
