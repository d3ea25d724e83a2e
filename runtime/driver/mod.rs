//! The one place where a thread sleeps.
//!
//! A loop with nothing to do asks its driver to look: at the sockets, then at the clock. The look
//! sleeps until a socket is ready, a deadline comes, or another thread has news.
//!
//! - `park.rs`: the word that keeps news and sleep from passing each other; `bed.rs`: where the
//!   thread sleeps
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

#[cfg_attr(tourbillon_shuttle, path = "../../tests/shuttle/bed_shuttle.rs")]
mod bed;
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
use std::task::Waker;
use std::time::Duration;

use mio::Token;

use crate::sync::{self, Arc};
use crate::task::share::Share;
use bed::{Bed, Bell};
use clock::Clock;
use fellows::Fellows;
use park::{Park, Told};
use reactor::Reactor;
use timers::Timers;

/// The token of news from other threads.
pub(crate) const WAKER: Token = Token(usize::MAX);
/// The token of the timerfd.
pub(crate) const TIMER: Token = Token(usize::MAX - 1);

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
    bell: Bell,
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
        self.bell.ring();
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remote")
    }
}

/// The home side: what only the loop's own thread touches.
pub(crate) struct Driver {
    bed: Bed,
    settle: Duration,
    remote: Share<Remote>,
    fellows: Fellows,
}

/// What a look may do beside asking.
#[derive(Clone, Copy)]
pub(crate) enum Idle<'a> {
    /// Nothing: there is something to do.
    No,
    /// Sleep, at most for so long in real time: this loop has nothing to do, others of its pool
    /// have.
    Alone(Option<Duration>),
    /// Sleep, and let a virtual clock jump if this says so twice: that nobody has anything to do
    /// and nobody else will jump until the look is over, and, while nobody can read the clock, that
    /// this is still so.
    All(&'a dyn Fn() -> bool),
}

/// Where a look puts what it collects, and what it calls before.
struct Heard<'a, A> {
    awake: &'a mut A,
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
        let bed = Bed::new()?;
        let remote = Remote {
            clock,
            timers: Timers::default(),
            reactor: Arc::new(Reactor::new(bed.registry()?)),
            park: Arc::new(Park::new()),
            bell: bed.bell()?,
        };
        let remote = Share::new(remote);
        remote.reactor.belong_to(remote.name());
        Ok(Driver {
            bed,
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
        awake: &mut impl FnMut(),
        wakers: &mut Vec<Waker>,
    ) -> io::Result<u64> {
        let mut heard = Heard { awake, wakers };
        let asked = self.ask_or_sleep(idle, &mut heard);
        (heard.awake)();
        asked?;
        let tick = self.remote.clock.tick_at(self.remote.clock.now());
        self.remote.timers.fire(tick, wakers);
        Ok(tick)
    }

    fn ask_or_sleep(
        &mut self,
        idle: Idle<'_>,
        heard: &mut Heard<'_, impl FnMut()>,
    ) -> io::Result<()> {
        match idle {
            Idle::Alone(_) | Idle::All(_) if !self.remote.reactor.may_sleep() => {
                let spoke = self.ask(Some(Duration::ZERO), heard)?;
                (heard.awake)();
                self.remote.reactor.settle(spoke == 0, heard.wakers);
            }
            Idle::No => {
                self.ask(Some(Duration::ZERO), heard)?;
                self.remote.reactor.settle(false, heard.wakers);
            }
            Idle::Alone(limit) if self.remote.clock.can_jump() => {
                self.sleep_until_told(limit, heard)?
            }
            Idle::All(may_jump) if self.remote.clock.can_jump() => {
                self.sleep_or_jump(may_jump, heard)?
            }
            Idle::Alone(limit) => self.sleep(limit, heard)?,
            Idle::All(_) => self.sleep(None, heard)?,
        }
        Ok(())
    }

    /// Sleeps until the next deadline, a socket, or news, at most for so long.
    fn sleep(
        &mut self,
        limit: Option<Duration>,
        heard: &mut Heard<'_, impl FnMut()>,
    ) -> io::Result<()> {
        if self.remote.timers.len() == 0 {
            let limit = self.limit(limit)?;
            return self.ask_asleep(limit, heard).map(drop);
        }
        let next = self.remote.timers.fall_asleep();
        let until_next = next.and_then(|tick| self.time_until(tick));
        let limit = self.limit(limit.into_iter().chain(until_next).min())?;
        let asked = self.ask_asleep(limit, heard);
        self.remote.timers.rise();
        asked.map(drop)
    }

    /// Sleeps until a socket or news: a virtual clock goes no further by itself. A deadline that is
    /// moved meanwhile is news, since it may be the one that the clock is to jump to.
    fn sleep_until_told(
        &mut self,
        limit: Option<Duration>,
        heard: &mut Heard<'_, impl FnMut()>,
    ) -> io::Result<()> {
        let _next = self.remote.timers.fall_asleep();
        let limit = self.limit(limit)?;
        let asked = self.ask_asleep(limit, heard);
        self.remote.timers.rise();
        asked.map(drop)
    }

    /// How far away `tick` is; `None`: no clock can reach it.
    fn time_until(&self, tick: u64) -> Option<Duration> {
        let clock = &self.remote.clock;
        let deadline = clock.instant_of(tick)?;
        Some(deadline.saturating_duration_since(clock.now()))
    }

    /// How long to poll for what is so far away; arms the timerfd if it is near (*Two steps to a
    /// deadline*). `None`: until something comes, which spares the kernel two clock reads.
    fn limit(&self, left: Option<Duration>) -> io::Result<Option<Duration>> {
        let Some(left) = left.filter(|left| !left.is_zero()) else {
            return Ok(left);
        };
        if left <= FINE {
            self.bed.set_alarm(left)?;
            return Ok(None);
        }
        // Whole milliseconds: mio rounds up, which would be late.
        let millis = (left - MARGIN).min(LONGEST).as_millis();
        Ok(Some(Duration::from_millis(millis as u64)))
    }

    /// The virtual clock's way to spend a time in which nothing is ready, if that is so for as long
    /// as it takes.
    fn sleep_or_jump(
        &mut self,
        may_jump: impl Fn() -> bool,
        heard: &mut Heard<'_, impl FnMut()>,
    ) -> io::Result<()> {
        if self.fellows.next_deadline().is_none() {
            return self.sleep(None, heard);
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
        if !self.fellows.are_quiet(&may_jump) {
            // Who is awake, or was, and falls asleep last will jump.
            return self.sleep_until_told(None, heard);
        }
        // Who has risen meanwhile read the clock before this, and is seen, or reads it after this.
        let jumped = next.filter(|&next| self.remote.clock.jump_to(next, may_jump));
        if let Some(next) = jumped {
            self.fellows.tell_due(next, &self.remote);
        }
        Ok(())
    }

    /// Asks the reactor with this thread marked as asleep, unless there is news.
    fn ask_asleep(
        &mut self,
        limit: Option<Duration>,
        heard: &mut Heard<'_, impl FnMut()>,
    ) -> io::Result<usize> {
        let asleep = self.remote.park.fall_asleep();
        let limit = if asleep { limit } else { Some(Duration::ZERO) };
        let asked = self.ask(limit, heard);
        self.remote.park.rise();
        asked
    }

    /// Asks the reactor and collects the wakers of what is ready; says how many sockets spoke.
    /// Without a `limit` it waits for as long as it takes.
    fn ask(
        &mut self,
        limit: Option<Duration>,
        heard: &mut Heard<'_, impl FnMut()>,
    ) -> io::Result<usize> {
        if limit == Some(Duration::ZERO) && self.remote.reactor.is_empty() {
            return Ok(0);
        }
        let reactor = &self.remote.reactor;
        let mut spoke = 0;
        self.bed.sleep(limit, |token, readiness| {
            (heard.awake)();
            reactor.dispatch(token, readiness, heard.wakers);
            spoke += 1;
        })?;
        Ok(spoke)
    }
}
