//! What std has no safe words for: the limit on open files, urgent bytes, descriptors sent along, a
//! Unix address without room for its end, and a waker that tells of its clones.
//!
//! Leaves out: everything that std can say; this is the one file of the tests with `unsafe` in it.

#![allow(unsafe_code)]

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// Lets this process have `wanted` files open.
///
/// # Errors
///
/// When the hard limit is lower: run the tests under a higher `ulimit -Hn`.
pub(crate) fn allow_open_files(wanted: u64) -> io::Result<()> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a valid place for the answer for as long as the call lasts.
    check(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) })?;
    if limit.rlim_cur >= wanted {
        return Ok(());
    }
    set_open_files(libc::rlimit {
        rlim_cur: wanted,
        ..limit
    })
}

/// Lets this process have no more than `count` files open; for a process that tests what happens
/// then.
pub(crate) fn forbid_open_files_beyond(count: u64) -> io::Result<()> {
    set_open_files(libc::rlimit {
        rlim_cur: count,
        rlim_max: count,
    })
}

fn set_open_files(limit: libc::rlimit) -> io::Result<()> {
    // SAFETY: `limit` is read while the call lasts and not kept.
    check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) })
}

/// Sends one urgent byte, which ends the peer's read before it.
pub(crate) fn send_urgent(socket: &impl AsFd) -> io::Result<()> {
    let number = socket.as_fd().as_raw_fd();
    // SAFETY: one byte is read from a literal of one byte.
    let sent = unsafe { libc::send(number, b"!".as_ptr().cast(), 1, libc::MSG_OOB) };
    if sent == 1 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Sends `bytes` with a descriptor along, which ends the peer's read after them.
pub(crate) fn send_with_descriptor(socket: &impl AsFd, bytes: &[u8]) -> io::Result<()> {
    #[repr(C)]
    struct Control {
        header: libc::cmsghdr,
        descriptor: libc::c_int,
    }
    let number = socket.as_fd().as_raw_fd();
    let header = libc::cmsghdr {
        cmsg_len: size_of::<libc::cmsghdr>() + size_of::<libc::c_int>(),
        cmsg_level: libc::SOL_SOCKET,
        cmsg_type: libc::SCM_RIGHTS,
    };
    let mut control = Control {
        header,
        descriptor: number,
    };
    let mut piece = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: a message of zeros is an empty message.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut piece;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = size_of::<Control>();
    // SAFETY: `message` leads to `piece` and `control` and no further than their sizes say; all are
    // read, and none written, while the call lasts.
    let sent = unsafe { libc::sendmsg(number, &raw const message, 0) };
    if usize::try_from(sent) == Ok(bytes.len()) {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Connects to the Unix listener at `to` from a socket bound to `from`, which std finds too long: a
/// path of up to 108 bytes, the most that Linux takes, with no room for a final zero.
pub(crate) fn connect_unix(from: &Path, to: &Path) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
    // SAFETY: only numbers go in.
    let number = unsafe { libc::socket(libc::AF_UNIX, kind, 0) };
    check(number.min(0))?;
    // SAFETY: the system has just given us this number, and nobody else has it.
    let socket = unsafe { OwnedFd::from_raw_fd(number) };
    let (from, to) = (unix_address(from), unix_address(to));
    let length = size_of::<libc::sockaddr_un>()
        .try_into()
        .expect("an address is short");
    // SAFETY: `from` is a whole `sockaddr_un` of `length` bytes, read while the call lasts.
    check(unsafe { libc::bind(number, (&raw const from).cast(), length) })?;
    // SAFETY: `to` is a whole `sockaddr_un` of `length` bytes, read while the call lasts.
    check(unsafe { libc::connect(number, (&raw const to).cast(), length) })?;
    Ok(socket)
}

fn unix_address(path: &Path) -> libc::sockaddr_un {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut address = libc::sockaddr_un {
        sun_family: libc::AF_UNIX
            .try_into()
            .expect("a family is a small number"),
        sun_path: [0; 108],
    };
    assert!(
        bytes.len() <= address.sun_path.len(),
        "the path does not fit into an address"
    );
    for (to, from) in address.sun_path.iter_mut().zip(bytes) {
        *to = *from as libc::c_char;
    }
    address
}

fn check(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// A waker that calls `tell` whenever it is cloned, and does nothing when it is woken.
pub(crate) fn waker_that_tells_of_its_clones(tell: fn()) -> Waker {
    // SAFETY: the table's functions treat the pointer as the `fn()` that it is made of, which needs
    // neither counting nor freeing and may be called on any thread.
    unsafe { Waker::from_raw(telling(tell)) }
}

fn telling(tell: fn()) -> RawWaker {
    static TABLE: RawWakerVTable = RawWakerVTable::new(clone, |_| (), |_| (), |_| ());

    unsafe fn clone(data: *const ()) -> RawWaker {
        // SAFETY: `data` was made of a `fn()` below.
        let tell = unsafe { std::mem::transmute::<*const (), fn()>(data) };
        tell();
        telling(tell)
    }

    RawWaker::new(tell as *const (), &TABLE)
}
