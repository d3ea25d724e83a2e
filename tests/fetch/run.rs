//! Runs the fetcher under a watchdog.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::example;

/// Longer than anything that is not a hang takes, on a machine that is busy with other tests too.
const HANG: Duration = Duration::from_secs(60);

/// What a run left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    /// A run without a word on stderr.
    pub(crate) fn good(stdout: &[u8]) -> Ran {
        Ran {
            exit: Some(0),
            stdout: stdout.to_vec(),
            stderr: String::new(),
        }
    }
}

/// Checks that a run failed as it should: exit code, and one line that says this.
pub(crate) fn fails(arguments: &[&str], code: i32, says: &str) {
    let Ran {
        exit,
        stdout,
        stderr,
    } = fetch(arguments);
    let line = stderr
        .strip_prefix("fetch: ")
        .and_then(|rest| rest.strip_suffix('\n'));
    let line = line.unwrap_or_else(|| panic!("{arguments:?}: not a line of ours: {stderr:?}"));
    assert!(
        !line.contains('\n') && line.contains(says),
        "{arguments:?}: {line:?} lacks {says:?}"
    );
    assert_eq!(exit, Some(code), "{arguments:?}: {stderr}");
    assert!(
        stdout.len() <= 1 << 20,
        "{arguments:?}: it wrote {} bytes",
        stdout.len()
    );
}

pub(crate) fn fetch(arguments: &[&str]) -> Ran {
    finish(Command::new(program()).args(arguments))
}

/// Fetches by a line of shell, in which `"$0" "$@"` is the fetcher with its arguments.
pub(crate) fn fetch_by_shell(line: &str, arguments: &[&str]) -> Ran {
    finish(
        Command::new("sh")
            .args(["-c", line])
            .arg(program())
            .args(arguments),
    )
}

fn finish(command: &mut Command) -> Ran {
    let pipes = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("the fetcher starts");
    let stdout = collect(child.stdout.take().expect("stdout is piped"));
    let stderr = collect(child.stderr.take().expect("stderr is piped"));
    let stdout = watch(&mut child, &stdout);
    let stderr = watch(&mut child, &stderr);
    let exit = child.wait().expect("the child is ours").code();
    Ran {
        exit,
        stdout,
        stderr: String::from_utf8(stderr).expect("lines for people are UTF-8"),
    }
}

/// Reads a pipe to its end on a thread, so that a full pipe holds up nobody.
fn collect(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes)
            .expect("a pipe of our own child can be read");
        // Nobody listens when the watchdog has barked.
        let _ = send.send(bytes);
    });
    receive
}

fn watch(child: &mut Child, bytes: &mpsc::Receiver<Vec<u8>>) -> Vec<u8> {
    bytes.recv_timeout(HANG).unwrap_or_else(|_| {
        child.kill().expect("the child is ours");
        panic!("the fetcher hangs: nothing for {HANG:?}")
    })
}

fn program() -> PathBuf {
    example::binary("fetch", &["--example", "fetch"])
}
