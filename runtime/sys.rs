//! What the operating system offers and std does not, in safe clothes: a timer that is a
//! descriptor, and signals.
//!
//! The laws that make the unsafe code sound:
//!
//! - **Numbers only.** A call that is given nothing but numbers may fail; it reaches no memory of
//!   ours.
//! - **Owned once.** A descriptor that the kernel has just handed out is known to nobody else; it
//!   becomes an [`OwnedFd`] before anything else happens.
//! - **Live memory.** A pointer given to the kernel points to an initialised value that outlives
//!   the call.
//! - **Plain C.** The C structs of this file are numbers and pointers that may be null: all bytes
//!   zero is a valid value of them.
//! - **Own `errno`.** Each thread has one, in a place of its own, as long as it lives; and a
//!   handler runs on the thread that it interrupts.
//! - **Fit for a handler.** What a signal interrupts may hold any lock and be halfway through any
//!   function. So the handler does one lock-free atomic operation and one `send`, which POSIX
//!   allows there; it takes no lock, does not allocate, cannot panic, and leaves `errno` as it
//!   found it.
//! - **Rung for ever.** The stream that the handler rings is never closed, so its number is never
//!   somebody else's.
//!
//! And the one that makes signals dependable:
//!
//! - **No signal is lost.** The handler first notes the signal, then sends a byte. A full stream
//!   drops the byte; but then its reader has bytes yet to read, and looks at the notes after each.
//!
//! Leaves out: a handler that was there before is replaced, not called; and nothing gives it back.
//! Two signals of a kind in quick succession are one, as they are to the kernel.

// The one file beside `task/` that talks to something which Rust cannot check: the C library.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::ptr;
// std's, not `crate::sync`'s: a signal handler has nothing but statics to look at, and a model
// checker's atomics cannot stand in one (nor does it have signals).
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicI32, AtomicU64};
use std::time::Duration;

use libc::c_int;

/// A timer of the kernel's: a descriptor that turns readable when its time is up.
///
/// Made to be registered edge-triggered and never read: each time it goes off is an edge. It counts
/// on `CLOCK_MONOTONIC`, as `Instant` does, and to the nanosecond, which a poll's own time-out does
/// not.
#[derive(Debug)]
pub(crate) struct Timer(OwnedFd);

impl Timer {
    /// A timer that is not set. Non-blocking and close-on-exec.
    ///
    /// # Errors
    ///
    /// When the process or the system is out of descriptors or memory.
    pub(crate) fn new() -> io::Result<Timer> {
        let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
        // SAFETY: *Numbers only*: a clock and flags.
        let descriptor = unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: *Owned once*: the line above made it.
        Ok(Timer(unsafe { OwnedFd::from_raw_fd(descriptor) }))
    }

    /// Sets the timer to go off once, `after` from this moment, and forgets what it was set to
    /// before. Zero is the shortest time there is, not "never"; what exceeds the kernel's clock is
    /// cut to it.
    ///
    /// # Errors
    ///
    /// None that a caller can cause.
    pub(crate) fn set(&self, after: Duration) -> io::Result<()> {
        // To the kernel zero means "switch it off".
        let after = after.max(Duration::from_nanos(1));
        let once = libc::itimerspec {
            it_interval: libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: libc::timespec {
                tv_sec: after.as_secs().try_into().unwrap_or(libc::time_t::MAX),
                // Below 10^9, which every C `long` can hold.
                tv_nsec: after.subsec_nanos() as libc::c_long,
            },
        };
        // SAFETY: *Live memory*: `once` is a local; the null pointer asks for no old value.
        let result =
            unsafe { libc::timerfd_settime(self.0.as_raw_fd(), 0, &once, ptr::null_mut()) };
        if result < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }
}

impl AsFd for Timer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Timer {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// The descriptor that the handler rings; -1 until there is one.
static RUNG: AtomicI32 = AtomicI32::new(-1);

/// Bit *n*: signal *n* has come since somebody last looked.
static NOTED: AtomicU64 = AtomicU64::new(0);

/// From here on each signal that [`catch`] is called for sends a byte down this stream, whose other
/// end is the caller's to read. The stream stays open for the rest of the process.
pub(crate) fn ring(stream: UnixStream) {
    // Relaxed: the number is all there is to see; `catch` comes later and brings the handler with
    // it.
    RUNG.store(stream.into_raw_fd(), Relaxed);
}

/// Takes over a signal for the rest of the process: its default action is gone, and system calls
/// that it interrupts go on by themselves.
///
/// # Errors
///
/// When the kernel does not let this signal be caught.
///
/// # Panics
///
/// For a signal that is not 1 to 63: the notes are 64 bits.
pub(crate) fn catch(signal: c_int) -> io::Result<()> {
    assert!(
        (1..64).contains(&signal),
        "only signals 1 to 63 can be noted"
    );
    // SAFETY: *Plain C*. An empty mask and no flags are zeroes too.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler as extern "C" fn(c_int) as libc::sighandler_t;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: *Live memory*: `action` is a local; the null pointer asks for no old value. And what
    // it installs is *Fit for a handler*.
    let result = unsafe { libc::sigaction(signal, &action, ptr::null_mut()) };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// The signals that came since the last look: bit *n* is signal *n*. To be called after each byte.
pub(crate) fn noted() -> u64 {
    // Acquire: partner of the handler's Release, which comes before its byte.
    NOTED.swap(0, Acquire)
}

/// Notes the signal and rings: see *Fit for a handler* and *No signal is lost*.
extern "C" fn handler(signal: c_int) {
    // Release: partner of the Acquire in `noted`, which comes after the byte below. The shift
    // cannot overflow: see `catch`.
    NOTED.fetch_or(1 << signal, Release);
    let byte = signal as u8;
    // SAFETY: *Own errno*, and *Fit for a handler*: it hands out an address and does nothing else.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: *Own errno*: the thread that could write there is inside this handler.
    let before = unsafe { *errno };
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: *Live memory*: `byte` is a local. *Rung for ever*: the number is the stream's, or -1,
    // which the kernel refuses.
    unsafe { libc::send(RUNG.load(Relaxed), ptr::from_ref(&byte).cast(), 1, flags) };
    // SAFETY: *Own errno*: the same place, and the thread is still in here.
    unsafe { *errno = before };
}
