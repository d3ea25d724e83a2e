//! An example as a child process: started, read to its end, interrupted, and never left to hang.
//!
//! - **Nothing hangs.** A child that outlives its limit is killed, and its test fails.
//! - **One at a time.** Times are measured here, so no child runs beside another.
//!
//! Leaves out: what the children should print.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::example;

/// The longest that any child here may live.
const LIMIT: Duration = Duration::from_secs(60);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How a child ended, and all that it wrote.
pub(crate) struct Ended {
    /// None if a signal killed it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Since its start; since the Ctrl-C, if it got one.
    pub(crate) took: Duration,
}

/// The folder of the lessons.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Runs an example to its end.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Ended {
    interrupt(name, arguments, usize::MAX)
}

/// Runs an example and sends it a Ctrl-C as soon as it has printed so many lines.
pub(crate) fn interrupt(name: &str, arguments: &[&str], lines: usize) -> Ended {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut child = start_with(name, arguments, Stdio::piped());
    let mut start = Instant::now();
    let watchdog = Watchdog::over(child.id());
    let mut errors = child.stderr.take().expect("stderr is a pipe");
    let stderr = thread::spawn(move || {
        let mut text = String::new();
        errors.read_to_string(&mut text).expect("stderr is text");
        text
    });

    let mut output = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
    let mut stdout = String::new();
    let mut seen = 0;
    while output.read_line(&mut stdout).expect("stdout is text") > 0 {
        seen += 1;
        if seen == lines {
            start = Instant::now();
            signal("INT", child.id());
        }
    }
    let status = child.wait().expect("the child is ours");
    let took = start.elapsed();
    let hung = watchdog.bit();
    assert!(
        !hung,
        "{name} {arguments:?} hung, having printed:\n{stdout}"
    );
    Ended {
        code: status.code(),
        stdout,
        stderr: stderr.join().expect("the reader only reads"),
        took,
    }
}

/// Runs an example whose output nobody reads, and sends it a Ctrl-C when it can hear one.
pub(crate) fn interrupt_unread(name: &str) -> Ended {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (_reader, mut full) = UnixStream::pair().expect("sockets can be made");
    full.set_nonblocking(true).expect("it is a socket");
    while full.write(&[b'.'; 4096]).is_ok() {}
    full.set_nonblocking(false).expect("it is a socket");

    let mut child = start_with(name, &[], OwnedFd::from(full).into());
    let watchdog = Watchdog::over(child.id());
    while !catches_interrupts(child.id()) {
        let ended = child.try_wait().expect("the child is ours");
        assert_eq!(ended, None, "{name} ended before it could hear a Ctrl-C");
        thread::yield_now();
    }
    let start = Instant::now();
    signal("INT", child.id());
    unread(name, child, watchdog, start)
}

/// Runs an example whose reader has left before its first line.
pub(crate) fn run_for_nobody(name: &str, arguments: &[&str]) -> Ended {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (reader, closed) = UnixStream::pair().expect("sockets can be made");
    drop(reader);
    let child = start_with(name, arguments, OwnedFd::from(closed).into());
    let watchdog = Watchdog::over(child.id());
    unread(name, child, watchdog, Instant::now())
}

/// The end of a child whose output nobody reads.
fn unread(name: &str, child: Child, watchdog: Watchdog, start: Instant) -> Ended {
    let ended = child.wait_with_output().expect("the child is ours");
    let took = start.elapsed();
    assert!(!watchdog.bit(), "{name}, unread, hung");
    Ended {
        code: ended.status.code(),
        stdout: String::new(),
        stderr: String::from_utf8(ended.stderr).expect("stderr is text"),
        took,
    }
}

fn start_with(name: &str, arguments: &[&str], stdout: Stdio) -> Child {
    Command::new(example::binary(name, &["--examples"]))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example starts")
}

/// Kills a child that lives too long.
struct Watchdog {
    ended: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Watchdog {
    fn over(child: u32) -> Watchdog {
        let (ended, still_running) = channel();
        let thread = thread::spawn(move || {
            let hangs = still_running.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout);
            if hangs {
                signal("KILL", child);
            }
            hangs
        });
        Watchdog { ended, thread }
    }

    /// To be asked when the child is gone.
    fn bit(self) -> bool {
        drop(self.ended);
        self.thread.join().expect("the watchdog only waits")
    }
}

/// The kernel's mask of caught signals has the bit of SIGINT, which is number 2.
fn catches_interrupts(child: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{child}/status")).expect("the child lives");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = mask.expect("the kernel tells the mask").trim();
    u64::from_str_radix(mask, 16).expect("the mask is hexadecimal") & 1 << (2 - 1) != 0
}

/// The `kill` command of the shell.
fn signal(name: &str, id: u32) {
    let kill = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -{name} {id}"))
        .status();
    assert!(
        kill.expect("there is a shell").success(),
        "{id} was gone before its signal"
    );
}
