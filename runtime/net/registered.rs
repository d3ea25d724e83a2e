//! The owner of a registered socket.
//!
//! Always: what is opened here is watched, and is unwatched before it is closed.
//!
//! Leaves out: what a socket carries (`stream.rs`, `udp.rs`), and who is woken
//! (`driver/reactor.rs`).

use std::future::Future;
use std::io;
use std::task::{Context, Poll};

use mio::event;

use crate::context;
use crate::driver::reactor::{Direction, Portion, Reactor, Source};
use crate::sync::Arc;

/// A socket and its place in a reactor; dropping it gives up the place, then closes the socket.
#[derive(Debug)]
pub(super) struct Registered<S: event::Source> {
    io: S,
    source: Arc<Source>,
    reactor: Arc<Reactor>,
}

impl<S: event::Source> Registered<S> {
    /// Opens a socket that does not block, and registers it with the runtime of this thread.
    ///
    /// # Panics
    ///
    /// Outside a runtime, before anything is opened, naming `caller` and the fix.
    pub(super) fn open(caller: &str, open: impl FnOnce() -> io::Result<S>) -> io::Result<Self> {
        let reactor = context::remote(caller).reactor.clone();
        Self::with(reactor, open()?)
    }

    /// Registers `io` where this socket is registered.
    pub(super) fn beside<T: event::Source>(&self, io: T) -> io::Result<Registered<T>> {
        Registered::with(self.reactor.clone(), io)
    }

    fn with(reactor: Arc<Reactor>, mut io: S) -> io::Result<Self> {
        let source = reactor.register(&mut io)?;
        Ok(Registered {
            io,
            source,
            reactor,
        })
    }

    pub(super) fn get(&self) -> &S {
        &self.io
    }

    /// What the reactor knows about this socket.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Runs `operation` as soon as it does not block.
    pub(super) fn run<R>(
        &self,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<Portion<R>>,
    ) -> impl Future<Output = io::Result<R>> {
        self.source.io(direction, move || operation(&self.io))
    }

    /// The same for the `poll_*` traits, whose latest caller is woken.
    pub(super) fn poll_run<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<Portion<R>>,
    ) -> Poll<io::Result<R>> {
        self.source.poll_io(cx, direction, || operation(&self.io))
    }
}

impl<S: event::Source> Drop for Registered<S> {
    fn drop(&mut self) {
        self.reactor.deregister(&self.source, &mut self.io);
    }
}
