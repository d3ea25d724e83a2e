//! The one place where a thread sleeps.
//!
//! A loop with nothing to do asks its driver to look: at the sockets, then at the clock. The look
//! sleeps until a socket is ready, a deadline comes, or another thread has news.
//!
//! - `park.rs`: the word that keeps news and sleep from passing each other
//! - `wheel.rs`: deadlines in ticks, pure data; `timers.rs`: the same with wakers, behind a lock
//! - `clock.rs`: real and virtual time; `fellows.rs`: the loops that share it
//! - `reactor.rs`: the sockets; `source.rs`: one of them; `readiness.rs`: one direction of it;
//!   `doubts.rs`: those that are most likely empty
//!
//! Laws:
//!
//! - **Collect, then wake.** A look collects wakers; whoever asked for it wakes them when nothing
//!   is borrowed.
//! - **Two steps to a deadline.** A far deadline is slept for by the poll's own time-out, which
//!   counts milliseconds; only the last 2 ms by a timerfd, which is exact and costs one more system
//!   call.
//! - **Jump last.** A virtual clock jumps only when nothing is ready, nothing is held, no news has
//!   come and, if a socket is waited for, the reactor was silent for the settle time: in all loops
//!   that share the clock.
//! - **Awake with empty hands.** A look says that its thread is awake before it takes anything to
//!   wake: who is said to sleep has nothing in hand, and its deadlines stand in its wheel.
//!
//! Leaves out: queues and tasks.

pub(crate) mod clock;
mod doubts;
pub(crate) mod fellows;
pub(crate) mod park;
pub(crate) mod reactor;
mod readiness;
mod source;
pub(crate) mod timers;
pub(crate) mod wheel;

use std::io;
use std::os::fd::AsRawFd;
use std::task::Waker;
use std::time::Duration;

use mio::{Events, Interest, Poll, Token};

use crate::sync::{self, Arc};
use crate::sys;
use crate::task::share::Share;
use clock::Clock;
use fellows::Fellows;
use park::{Park, Told};
use reactor::{Reactor, Readiness};
use timers::Timers;

/// The token of news from other threads.
pub(crate) const WAKER: Token = Token(usize::MAX);
/// The token of the timerfd.
pub(crate) const TIMER: Token = Token(usize::MAX - 1);

/// Events read by one poll; what does not fit comes with the next.
const EVENTS: usize = 1_024;
/// From here on the timerfd takes over from the poll's time-out.
const FINE: Duration = Duration::from_millis(2);
/// The poll's time-out ends this much before a far deadline.
const MARGIN: Duration = Duration::from_millis(1);
/// No time-out is longer: what the operating systems do with very long ones differs.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What other threads may touch of a driver.
pub(crate) struct Remote {
    pub(crate) clock: Clock,
    pub(crate) timers: Timers,
    pub(crate) reactor: Arc<Reactor>,
    pub(crate) park: Arc<Park>,
    waker: mio::Waker,
}

impl Remote {
    /// The loop has news: if it sleeps, it is woken.
    pub(crate) fn tell(&self) {
        if self.park.tell() == Told::Wake {
            self.wake();
        }
    }

    /// Wakes the sleeping loop; called by whoever was told to.
    pub(crate) fn wake(&self) {
        self.waker.wake().expect("an eventfd takes a wake");
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remote")
    }
}

/// The home side: what only the loop's own thread touches.
pub(crate) struct Driver {
    poll: Poll,
    events: Events,
    timer: sys::Timer,
    settle: Duration,
    remote: Share<Remote>,
    fellows: Fellows,
}

/// What a look may do beside asking.
#[derive(Clone, Copy)]
pub(crate) enum Idle<'a> {
    /// Nothing: there is something to do.
    No,
    /// Sleep: this loop has nothing to do, others of its pool have.
    Alone,
    /// Sleep, and let a virtual clock jump: nobody has anything to do, for as long as this says so.
    All(&'a dyn Fn() -> bool),
}

/// Where a look puts what it collects, and what it calls before.
struct Heard<'a> {
    awake: &'a dyn Fn(),
    wakers: &'a mut Vec<Waker>,
}

impl Driver {
    /// Makes a driver; `settle` is how long, in real time, the reactor must be silent before a
    /// virtual clock jumps past a socket that is waited for.
    ///
    /// # Errors
    ///
    /// What the operating system says when it refuses a descriptor.
    pub(crate) fn new(clock: Clock, settle: Duration) -> io::Result<Driver> {
        let poll = Poll::new()?;
        let timer = sys::Timer::new()?;
        let fd = timer.as_raw_fd();
        poll.registry()
            .register(&mut mio::unix::SourceFd(&fd), TIMER, Interest::READABLE)?;
        let remote = Remote {
            clock,
            timers: Timers::default(),
            reactor: Arc::new(Reactor::new(poll.registry().try_clone()?)),
            park: Arc::new(Park::new()),
            waker: mio::Waker::new(poll.registry(), WAKER)?,
        };
        let remote = Share::new(remote);
        remote.reactor.belong_to(remote.name());
        let events = Events::with_capacity(EVENTS);
        Ok(Driver {
            poll,
            events,
            timer,
            settle: settle.min(LONGEST),
            fellows: Fellows::new(vec![remote.clone()]),
            remote,
        })
    }

    /// The driver's loop shares its clock with others.
    pub(crate) fn share_clock(&mut self, fellows: Fellows) {
        self.fellows = fellows;
    }

    pub(crate) fn fellows(&self) -> &Fellows {
        &self.fellows
    }

    pub(crate) fn remote(&self) -> &Share<Remote> {
        &self.remote
    }

    /// Steps 3 and 4 of a turn: asks the reactor, sleeping if the loop is `idle`, then reads the
    /// clock and fires what is due. Calls `awake`, once or more, before it takes the first waker.
    /// Returns the tick that the clock showed.
    pub(crate) fn look(
        &mut self,
        idle: Idle<'_>,
        awake: &dyn Fn(),
        wakers: &mut Vec<Waker>,
    ) -> io::Result<u64> {
        let heard = &mut Heard { awake, wakers };
        match idle {
            Idle::Alone | Idle::All(_) if !self.remote.reactor.may_sleep() => {
                awake();
                let spoke = self.ask(Some(Duration::ZERO), heard)?;
                self.remote.reactor.settle(spoke == 0, heard.wakers);
            }
            Idle::No => {
                self.ask(Some(Duration::ZERO), heard)?;
                self.remote.reactor.settle(false, heard.wakers);
            }
            Idle::Alone if self.remote.clock.can_jump() => drop(self.ask_asleep(None, heard)?),
            Idle::All(still) if self.remote.clock.can_jump() => self.sleep_or_jump(still, heard)?,
            Idle::Alone | Idle::All(_) => self.sleep(heard)?,
        }
        awake();
        let tick = self.remote.clock.tick_at(self.remote.clock.now());
        self.remote.timers.fire(tick, wakers);
        Ok(tick)
    }

    /// Sleeps until the next deadline, a socket, or news.
    fn sleep(&mut self, heard: &mut Heard<'_>) -> io::Result<()> {
        let timers = &self.remote.timers;
        if timers.len() == 0 {
            return self.ask_asleep(None, heard).map(drop);
        }
        let limit = match timers.fall_asleep() {
            Some(tick) => self.limit(tick)?,
            None => None,
        };
        let asked = self.ask_asleep(limit, heard);
        self.remote.timers.rise();
        asked.map(drop)
    }

    /// How long to poll for the deadline at `tick`; arms the timerfd if it is near (*Two steps to a
    /// deadline*). `None`: until something comes, which spares the kernel two clock reads.
    fn limit(&self, tick: u64) -> io::Result<Option<Duration>> {
        let clock = &self.remote.clock;
        let Some(deadline) = clock.instant_of(tick) else {
            return Ok(None);
        };
        let left = deadline.saturating_duration_since(clock.now());
        if left.is_zero() {
            return Ok(Some(Duration::ZERO));
        }
        if left <= FINE {
            self.timer.set(left)?;
            return Ok(None);
        }
        // Whole milliseconds: mio rounds up, which would be late.
        let millis = (left - MARGIN).min(LONGEST).as_millis();
        Ok(Some(Duration::from_millis(millis as u64)))
    }

    /// The virtual clock's way to spend a time in which nothing is ready, for as long as that is
    /// `still` so.
    fn sleep_or_jump(&mut self, still: impl Fn() -> bool, heard: &mut Heard<'_>) -> io::Result<()> {
        if self.fellows.next_deadline().is_none() {
            return self.sleep(heard);
        }
        if self.fellows.wait_for_sockets() {
            let since = sync::now();
            let spoke = self.ask_asleep(Some(self.settle), heard)?;
            // A signal, or a timerfd that nobody waits for any more, ends the sleep too early.
            if spoke > 0 || sync::now() - since < self.settle {
                return Ok(());
            }
        }
        // Read afresh: an earlier deadline may have been armed from another thread meanwhile. And
        // before the others are asked: if one of them has fired an earlier one, it has risen.
        let next = self.fellows.next_deadline();
        if let Some(next) = next.filter(|_| self.fellows.are_quiet(still)) {
            self.remote.clock.jump_to(next);
            self.fellows.tell_due(next, &self.remote);
        }
        Ok(())
    }

    /// Asks the reactor with this thread marked as asleep, unless there is news.
    fn ask_asleep(&mut self, limit: Option<Duration>, heard: &mut Heard<'_>) -> io::Result<usize> {
        let asleep = self.remote.park.fall_asleep();
        let limit = if asleep { limit } else { Some(Duration::ZERO) };
        let asked = self.ask(limit, heard);
        self.remote.park.rise();
        asked
    }

    /// Asks the reactor and collects the wakers of what is ready; says how many sockets spoke.
    /// Without a `limit` it waits for as long as it takes.
    fn ask(&mut self, limit: Option<Duration>, heard: &mut Heard<'_>) -> io::Result<usize> {
        if limit == Some(Duration::ZERO) && self.remote.reactor.is_empty() {
            return Ok(0);
        }
        match self.poll.poll(&mut self.events, limit) {
            // A signal ended the sleep: the loop looks again by itself.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(0),
            polled => polled?,
        }
        let mut spoke = 0;
        for event in &self.events {
            if event.token() != WAKER && event.token() != TIMER {
                (heard.awake)();
                let readiness = Readiness::from(event);
                let reactor = &self.remote.reactor;
                reactor.dispatch(event.token(), readiness, heard.wakers);
                spoke += 1;
            }
        }
        Ok(spoke)
    }
}
