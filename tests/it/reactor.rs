//! The reactor by hand: events are dispatched by the test, so that each can come at the worst
//! moment.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, Wake, Waker};

use mio::{Interest, Registry, Token, event};
use tourbillon::internals::{Direction, Portion, Reactor, Readiness, Source};

use Direction::{Read, Write};

pub(crate) const READABLE: Readiness = Readiness {
    readable: true,
    writable: false,
    short_reads_lie: false,
    short_writes_lie: false,
};
pub(crate) const WRITABLE: Readiness = Readiness {
    readable: false,
    writable: true,
    ..READABLE
};
pub(crate) const HUNG_UP: Readiness = Readiness {
    short_reads_lie: true,
    ..READABLE
};

/// A socket that exists for the reactor only.
#[derive(Default)]
pub(crate) struct Socket {
    pub(crate) refuses: bool,
    pub(crate) token: Option<Token>,
}

impl event::Source for Socket {
    fn register(&mut self, _: &Registry, token: Token, _: Interest) -> io::Result<()> {
        self.token = Some(token);
        if self.refuses {
            Err(ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    fn reregister(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        unreachable!("a socket is registered once");
    }

    fn deregister(&mut self, _: &Registry) -> io::Result<()> {
        if self.refuses {
            Err(ErrorKind::NotFound.into())
        } else {
            Ok(())
        }
    }
}

/// A reactor with one socket.
pub(crate) struct Bench {
    pub(crate) reactor: Arc<Reactor>,
    pub(crate) socket: Socket,
    pub(crate) source: Arc<Source>,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        let registry = mio::Poll::new().unwrap().registry().try_clone().unwrap();
        let reactor = Arc::new(Reactor::new(registry));
        let mut socket = Socket::default();
        let source = reactor.register(&mut socket).unwrap();
        Bench {
            reactor,
            socket,
            source,
        }
    }

    pub(crate) fn dispatch(&self, readiness: Readiness) -> Vec<Waker> {
        let mut woken = Vec::new();
        self.reactor
            .dispatch(self.socket.token.unwrap(), readiness, &mut woken);
        woken
    }

    /// Whether an operation in `direction` would be tried at all.
    fn is_ready(&self, direction: Direction) -> bool {
        let mut tried = false;
        let _ = self.source.try_io(direction, || {
            tried = true;
            Ok(Portion::Whole(()))
        });
        tried
    }
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Bell(AtomicUsize);

impl Bell {
    pub(crate) fn rung(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

pub(crate) fn bell() -> (Arc<Bell>, Waker) {
    let bell = Arc::new(Bell::default());
    (bell.clone(), Waker::from(bell))
}

pub(crate) fn blocked() -> io::Result<Portion<()>> {
    Err(ErrorKind::WouldBlock.into())
}

pub(crate) fn ring(woken: Vec<Waker>) {
    woken.into_iter().for_each(Waker::wake);
}

#[test]
fn an_event_for_a_closed_socket_wakes_nobody() {
    let Bench {
        reactor,
        socket: mut closed,
        source,
    } = Bench::new();
    reactor.deregister(&source, &mut closed);
    let mut socket = Socket::default();
    let source = reactor.register(&mut socket).unwrap();
    let (_, waker) = bell();
    let cx = &mut Context::from_waker(&waker);
    assert!(source.poll_io(cx, Read, blocked).is_pending());

    let mut woken = Vec::new();
    reactor.dispatch(closed.token.unwrap(), READABLE, &mut woken);
    assert!(
        woken.is_empty(),
        "the event of a closed socket woke another"
    );
    reactor.dispatch(socket.token.unwrap(), READABLE, &mut woken);
    assert_eq!(woken.len(), 1);
}

#[test]
fn the_drivers_own_tokens_wake_nobody() {
    let bench = Bench::new();
    let (_, waker) = bell();
    let cx = &mut Context::from_waker(&waker);
    assert!(bench.source.poll_io(cx, Read, blocked).is_pending());
    let mut woken = Vec::new();
    for own in [usize::MAX, usize::MAX - 1] {
        bench.reactor.dispatch(Token(own), READABLE, &mut woken);
    }
    assert!(woken.is_empty());
}

#[test]
fn a_refused_registration_leaves_no_entry() {
    let bench = Bench::new();
    let mut refused = Socket {
        refuses: true,
        token: None,
    };
    let error = bench.reactor.register(&mut refused).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert_eq!(bench.reactor.len(), 1);
}

#[test]
fn a_socket_leaves_the_slab_whatever_the_system_says() {
    let Bench {
        reactor,
        mut socket,
        source,
    } = Bench::new();
    socket.refuses = true;
    reactor.deregister(&source, &mut socket);
    assert_eq!(reactor.len(), 0);
}

#[test]
fn an_event_during_a_try_is_not_erased_by_it() {
    // 256 and 65,536 events: a tick of 8 or 16 bits would come round to where it was.
    for events in [1, 256, 65_536] {
        let bench = Bench::new();
        let error = bench.source.try_io(Read, || {
            (0..events).for_each(|_| drop(bench.dispatch(READABLE)));
            blocked()
        });
        assert_eq!(error.unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(bench.is_ready(Read), "{events} events were erased");
    }
}

#[test]
fn an_event_between_try_and_sleep_is_tried_again_in_the_same_poll() {
    let bench = Bench::new();
    let (_, waker) = bell();
    let cx = &mut Context::from_waker(&waker);
    let mut tries = 0;
    let done = bench.source.poll_io(cx, Read, || {
        tries += 1;
        if tries > 1 {
            return Ok(Portion::Whole(tries));
        }
        bench.dispatch(READABLE);
        Err(ErrorKind::WouldBlock.into())
    });
    assert!(matches!(done, Poll::Ready(Ok(2))));
    assert!(!bench.reactor.is_waited_for());
}

#[test]
fn an_event_during_a_short_read_is_not_erased_by_it() {
    let bench = Bench::new();
    let read = bench.source.try_io(Read, || {
        bench.dispatch(READABLE);
        Ok(Portion::Short(3))
    });
    assert_eq!(read.unwrap(), 3);
    assert!(bench.is_ready(Read));
}

#[test]
fn a_short_read_clears_until_the_peer_hangs_up() {
    let bench = Bench::new();
    bench
        .source
        .try_io(Read, || Ok(Portion::Short(())))
        .unwrap();
    assert!(
        !bench.is_ready(Read),
        "a short read is followed by a second call"
    );

    bench.dispatch(HUNG_UP);
    bench
        .source
        .try_io(Read, || Ok(Portion::Short(())))
        .unwrap();
    assert!(bench.is_ready(Read), "the end was not read");
    bench.source.try_io(Read, blocked).unwrap_err();
    assert!(
        !bench.is_ready(Read),
        "a hung-up socket that blocks is tried for ever"
    );
}

#[test]
fn the_directions_are_strangers() {
    let bench = Bench::new();
    let (reader, read_waker) = bell();
    let (writer, write_waker) = bell();
    let wait = |direction, waker| {
        let cx = &mut Context::from_waker(waker);
        assert!(bench.source.poll_io(cx, direction, blocked).is_pending());
    };
    wait(Read, &read_waker);
    assert!(bench.is_ready(Write), "a blocked read blocks writing");
    wait(Write, &write_waker);

    ring(bench.dispatch(WRITABLE));
    assert_eq!((reader.rung(), writer.rung()), (0, 1));
    assert!(!bench.is_ready(Read));
    ring(bench.dispatch(HUNG_UP));
    assert_eq!(
        (reader.rung(), writer.rung()),
        (1, 1),
        "a peer that stops sending woke the writer"
    );
}

#[test]
fn an_interrupted_operation_is_run_again() {
    let bench = Bench::new();
    let mut tries = 0;
    let result = bench.source.try_io(Write, || {
        tries += 1;
        if tries < 3 {
            Err(ErrorKind::Interrupted.into())
        } else {
            Ok(Portion::Whole(tries))
        }
    });
    assert_eq!(result.unwrap(), 3);
}
