//! The reactor: from a token of the system's to the tasks that wait for a socket.
//!
//! A socket is registered once, for both directions, edge-triggered: the system says once that
//! something changed, and the socket's [`Source`] remembers it until an operation finds it stale.
//!
//! - **A token names one socket, ever.** It carries a place in the slab and a generation. An event
//!   fetched for a socket that has been closed since finds an empty place or another generation,
//!   and wakes nobody.
//! - **The slab is the open sockets.** A registration that the system refuses leaves no entry, and
//!   a socket that is dropped takes its entry along whatever the system says.
//! - **Gone is an error, never a hang.** After [`Reactor::close`] every waiter is awake and every
//!   operation fails.
//! - **No user code under a lock.** Wakers are handed out and woken, or dropped, when every lock is
//!   released. The slab's lock is taken before a source's, never after.
//!
//! Leaves out: the waiting itself (`driver/mod.rs`), and a socket in two reactors, which the system
//! would allow.

use std::io;
use std::task::Waker;

use mio::{Interest, Registry, Token, event};
use slab::Slab;

use super::doubts::Doubts;
pub use super::readiness::{Direction, Readiness};
use super::source::gone;
pub use super::source::{Io, Portion, Source};
use super::{TIMER, WAKER};
use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::{Arc, Mutex};

/// Bits of a token that tell the place in the slab; the rest are the generation.
const PLACE_BITS: u32 = if usize::BITS < 64 { 20 } else { 32 };

/// As many sockets as a reactor takes: half of what the bits can tell, so that the top bit of a
/// socket's place is 0 and that of the driver's own tokens, which are all ones but for the last
/// few, is 1.
const PLACES: usize = 1 << (PLACE_BITS - 1);

const PLACE_MASK: usize = (1 << PLACE_BITS) - 1;

const _: () = assert!(WAKER.0 & PLACES != 0 && TIMER.0 & PLACES != 0);

/// Urgent (out-of-band) bytes are watched because they make a read stop short though more is there.
#[cfg(any(target_os = "linux", target_os = "android"))]
const INTEREST: Interest = Interest::READABLE
    .add(Interest::WRITABLE)
    .add(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// The sockets of one loop.
#[derive(Debug)]
pub struct Reactor {
    registry: Registry,
    sources: Mutex<Sources>,
    doubts: Arc<Doubts>,
    /// How many sockets are registered. Only home adds one, so when home finds none there is none.
    len: AtomicUsize,
}

#[derive(Debug)]
struct Sources {
    slab: Slab<Arc<Source>>,
    generation: usize,
    gone: bool,
}

impl Reactor {
    /// A reactor whose sockets are watched through `registry`.
    pub fn new(registry: Registry) -> Self {
        let sources = Sources {
            slab: Slab::new(),
            generation: 0,
            gone: false,
        };
        Reactor {
            registry,
            sources: Mutex::new(sources),
            doubts: Arc::new(Doubts::new()),
            len: AtomicUsize::new(0),
        }
    }

    /// Has the system watch `io`, in both directions, until [`Reactor::deregister`].
    ///
    /// # Errors
    ///
    /// What the system says when it refuses (a descriptor that is watched already, or that cannot
    /// be), and that the loop is gone.
    pub fn register(&self, io: &mut impl event::Source) -> io::Result<Arc<Source>> {
        let source = self.enter()?;
        match self.registry.register(io, source.token(), INTEREST) {
            Ok(()) => Ok(source),
            Err(refused) => {
                self.forget(&source);
                Err(refused)
            }
        }
    }

    /// Ends the watch; to be called before `io` is closed.
    ///
    /// Explicitly, since closing alone ends it only when nobody holds a duplicate of the
    /// descriptor.
    pub fn deregister(&self, source: &Source, io: &mut impl event::Source) {
        // An error changes nothing for us: an event for a token that is forgotten wakes nobody.
        let _ = self.registry.deregister(io);
        self.forget(source);
    }

    /// Takes in one event. The wakers of whoever waited for it go to `woken`, for the caller to
    /// wake.
    pub fn dispatch(&self, token: Token, readiness: Readiness, woken: &mut Vec<Waker>) {
        let sources = self.sources.lock();
        if let Some(source) = sources.get(token) {
            source.arrive(readiness, woken);
        }
    }

    /// Whether the loop may sleep; `false`: it has doubts to settle first.
    pub fn may_sleep(&self) -> bool {
        self.is_empty() || self.doubts.is_empty()
    }

    /// Names the home of this reactor, which alone doubts.
    pub(super) fn belong_to(&self, home: *const ()) {
        self.doubts.belong_to(home);
    }

    /// The loop has looked. Settles what was doubted long ago; or all doubts, if there was nothing
    /// to do.
    pub fn settle(&self, all: bool, woken: &mut Vec<Waker>) {
        if self.is_empty() {
            return;
        }
        let mut due = Vec::new();
        self.doubts.due(all, &mut due);
        let sources = self.sources.lock();
        for doubt in due {
            if let Some(source) = sources.get(doubt.token) {
                source.settle(doubt.tick, woken);
            }
        }
    }

    /// True while a task waits for a socket.
    ///
    /// Looks at every socket; only the virtual clock asks, before a jump.
    pub fn is_waited_for(&self) -> bool {
        self.sources
            .lock()
            .slab
            .iter()
            .any(|(_, source)| source.is_waited_for())
    }

    /// Says that the loop is gone: every operation from here on is an error. The wakers of whoever
    /// waited go to `woken`, for the caller to wake.
    pub fn close(&self, woken: &mut Vec<Waker>) {
        let mut sources = self.sources.lock();
        sources.gone = true;
        for (_, source) in &sources.slab {
            source.close(woken);
        }
    }

    /// How many sockets are registered.
    pub fn len(&self) -> usize {
        // Relaxed: a number; nothing is read on the strength of it.
        self.len.load(Relaxed)
    }

    /// True when no socket is registered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn enter(&self) -> io::Result<Arc<Source>> {
        let mut sources = self.sources.lock();
        let source = sources.enter(&self.doubts)?;
        self.len.store(sources.slab.len(), Relaxed);
        Ok(source)
    }

    fn forget(&self, source: &Source) {
        let mut sources = self.sources.lock();
        let _dropped_unlocked = sources.leave(source.token());
        self.len.store(sources.slab.len(), Relaxed);
        drop(sources);
    }
}

impl Sources {
    fn enter(&mut self, doubts: &Arc<Doubts>) -> io::Result<Arc<Source>> {
        if self.gone {
            return Err(gone());
        }
        let place = self.slab.vacant_entry();
        if place.key() >= PLACES {
            return Err(io::Error::other("too many sockets in one runtime"));
        }
        // The generation may lose its high bits: a token comes back after 2^32 registrations (2^12
        // where a word has 32 bits), and an event that is fetched is dispatched long before.
        let token = Token((self.generation << PLACE_BITS) | place.key());
        self.generation = self.generation.wrapping_add(1);
        let source = Arc::new(Source::new(token, doubts.clone()));
        Ok(place.insert(source).clone())
    }

    fn get(&self, token: Token) -> Option<&Arc<Source>> {
        self.slab
            .get(token.0 & PLACE_MASK)
            .filter(|source| source.token() == token)
    }

    fn leave(&mut self, token: Token) -> Option<Arc<Source>> {
        self.get(token)?;
        self.slab.try_remove(token.0 & PLACE_MASK)
    }
}
