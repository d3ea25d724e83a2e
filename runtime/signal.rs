//! Signals as futures: [`ctrl_c`] and [`terminate`], so that a program can end in its own way.
//!
//! A handler may do next to nothing, so it only rings a stream (`sys.rs`); one thread sleeps at the
//! other end, and when it rings, wakes every future that waits for that signal. The futures need
//! nothing of any runtime: they can be awaited wherever there is a waker.
//!
//! - **Everyone hears it.** A signal resolves every future that waits for it, not one of them.
//! - **From the first poll.** A future misses no signal that comes after its first poll, and sees
//!   none for which others were woken before it.
//! - **Place by place.** A future owns its place in the list until it resolves or is dropped; the
//!   thread takes the waker out and leaves the place, and an empty place means: it has come.
//! - **No user code under the lock.** Wakers are cloned before it, woken and dropped after it.
//!
//! The price: from the first poll on one thread more, asleep, and the signal's default action is
//! gone for the rest of the process, whoever still waits. A program that has awaited `ctrl_c()`
//! once can no longer be ended by Ctrl-C unless it awaits it again.
//!
//! Leaves out: other signals; what was installed before us, which is replaced, not called.

use std::future::Future;
use std::io::{self, Read};
use std::mem;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
// std's, not `crate::sync`'s: a handler belongs to the process and so does what it rings, which
// takes a static; loom's types cannot stand in one. No model reaches this file.
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use crate::panics::contain;
use crate::sync::{Mutex, thread};
use crate::sys;

/// Resolves at the next SIGINT, which is what Ctrl-C sends. (asyncio: `loop.add_signal_handler`.)
///
/// Any number of futures may wait; each of them resolves. The first poll takes the signal over for
/// the rest of the process: Ctrl-C does not end it any more, not even after this future is dropped.
/// A second Ctrl-C is seen by those who wait again.
///
/// # Errors
///
/// When the operating system refuses the stream or the thread that hearing signals takes. A later
/// call tries again.
///
/// # Cancel safety
///
/// Dropping it deregisters its waker. A signal that came in between is gone for this future.
///
/// # Panics
///
/// When polled again after it has resolved.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tourbillon::{block_on, signal, wait_for};
///
/// // Nobody is at the keyboard while this page is tested, so time runs out.
/// let pressed = block_on(wait_for(signal::ctrl_c(), Duration::from_millis(1)));
/// assert!(pressed.is_err());
/// ```
pub fn ctrl_c() -> Signal {
    Signal {
        kind: Kind::Interrupt,
        stage: Stage::Fresh,
    }
}

/// Resolves at the next SIGTERM, which is what `kill`, systemd and containers send to end a
/// program.
///
/// In everything else it is like [`ctrl_c`].
///
/// # Examples
///
/// ```
/// use std::process::{Command, id};
/// use tourbillon::{block_on, join, signal};
///
/// // `join` polls the left one first, so the signal is ours before it is sent.
/// let (came, sent) = block_on(join(signal::terminate(), async {
///     Command::new("sh").arg("-c").arg(format!("kill -TERM {}", id())).status()
/// }));
/// assert!(came.is_ok() && sent.is_ok());
/// ```
pub fn terminate() -> Signal {
    Signal {
        kind: Kind::Terminate,
        stage: Stage::Fresh,
    }
}

/// The future of the next signal of one kind: see [`ctrl_c`] and [`terminate`].
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Signal {
    kind: Kind,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Interrupt,
    Terminate,
}

#[derive(Debug)]
enum Stage {
    Fresh,
    /// Owns this place in its kind's list.
    Waiting(usize),
    Resolved,
}

/// What the process's futures and the thread share.
struct Signals {
    /// The thread runs and the handlers ring it.
    listening: bool,
    interrupt: Waiting,
    terminate: Waiting,
}

#[derive(Default)]
struct Waiting {
    /// The signal is ours.
    caught: bool,
    /// The waker of each future that waits; `None` once the signal has come.
    places: Slab<Option<Waker>>,
}

static SIGNALS: OnceLock<Mutex<Signals>> = OnceLock::new();

fn signals() -> &'static Mutex<Signals> {
    SIGNALS.get_or_init(|| {
        Mutex::new(Signals {
            listening: false,
            interrupt: Waiting::default(),
            terminate: Waiting::default(),
        })
    })
}

impl Kind {
    fn number(self) -> libc::c_int {
        match self {
            Kind::Interrupt => libc::SIGINT,
            Kind::Terminate => libc::SIGTERM,
        }
    }
}

impl Signals {
    fn waiting(&mut self, kind: Kind) -> &mut Waiting {
        match kind {
            Kind::Interrupt => &mut self.interrupt,
            Kind::Terminate => &mut self.terminate,
        }
    }

    /// Gives a future its place; the first starts the thread, and the first of a kind takes the
    /// signal over.
    fn register(&mut self, kind: Kind, waker: Waker) -> Result<usize, (io::Error, Waker)> {
        match self.listen(kind) {
            Ok(()) => Ok(self.waiting(kind).places.insert(Some(waker))),
            Err(error) => Err((error, waker)),
        }
    }

    fn listen(&mut self, kind: Kind) -> io::Result<()> {
        if !self.listening {
            let (here, there) = UnixStream::pair()?;
            drop(thread::spawn("tourbillon-signals", move || announce(here))?);
            sys::ring(there);
            self.listening = true;
        }
        if !self.waiting(kind).caught {
            sys::catch(kind.number())?;
            self.waiting(kind).caught = true;
        }
        Ok(())
    }
}

/// The thread: sleeps until the handler rings, for ever.
fn announce(mut bell: UnixStream) {
    while bell.read_exact(&mut [0]).is_ok() {
        let noted = sys::noted();
        for kind in [Kind::Interrupt, Kind::Terminate] {
            if noted & (1 << kind.number()) != 0 {
                wake_all(kind);
            }
        }
    }
}

fn wake_all(kind: Kind) {
    let mut signals = signals().lock();
    let places = signals.waiting(kind).places.iter_mut();
    let wakers: Vec<Waker> = places.filter_map(|(_, place)| place.take()).collect();
    drop(signals);
    for waker in wakers {
        // A waker that panics must not make the process deaf to signals. What it threw is leaked:
        // its drop is foreign code too.
        contain(|| waker.wake());
    }
}

impl Future for Signal {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let latest = cx.waker().clone();
        match self.stage {
            Stage::Fresh => {
                let registered = signals().lock().register(self.kind, latest);
                match registered {
                    Ok(place) => {
                        self.stage = Stage::Waiting(place);
                        Poll::Pending
                    }
                    Err((error, _waker)) => {
                        self.stage = Stage::Resolved;
                        Poll::Ready(Err(error))
                    }
                }
            }
            Stage::Waiting(place) => {
                let mut signals = signals().lock();
                let places = &mut signals.waiting(self.kind).places;
                if let Some(waker) = &mut places[place] {
                    let stale = mem::replace(waker, latest);
                    drop(signals);
                    drop(stale);
                    return Poll::Pending;
                }
                places.remove(place);
                drop(signals);
                self.stage = Stage::Resolved;
                Poll::Ready(Ok(()))
            }
            Stage::Resolved => panic!("a signal is not polled again after it has resolved"),
        }
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        if let Stage::Waiting(place) = self.stage {
            let waker = signals().lock().waiting(self.kind).places.remove(place);
            drop(waker);
        }
    }
}
