//! Runs the fetcher under a watchdog.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

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

/// The example beside this test, built as it was built: `cargo test --test fetch` alone would leave an
/// old one there.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("a running test has a file");
        let folder = test
            .parent()
            .and_then(Path::parent)
            .expect("<target>/<profile>/deps/<test>");
        let profile = match folder.file_name().and_then(OsStr::to_str) {
            Some("debug") => "dev",
            Some(name) => name,
            None => panic!("{} is not a profile's folder", folder.display()),
        };
        let target = folder.parent().expect("<target>/<profile>");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([
            "build",
            "--quiet",
            "--example",
            "fetch",
            "--profile",
            profile,
        ]);
        let built = cargo
            .arg("--target-dir")
            .arg(target)
            .status()
            .expect("cargo starts");
        assert!(built.success(), "the fetcher does not compile");
        folder.join("examples").join("fetch")
    })
}
