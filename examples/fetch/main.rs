//! A small `curl`: one page, one connection, the sockets of our own runtime.
//!
//!     cargo run --example fetch -- [OPTION]... http://HOST/PATH
//!     cargo run --example fetch -- --help
//!
//! Reading order: `url`, `head` and `body` (the rules, without sockets), `client` (the socket),
//! `html` (titles), `arguments`, and this file, which writes what came and names what went wrong.
//!
//! - **One line.** Every failure is one line on stderr and an exit code that `--help` explains.
//! - **Plain.** Whatever a server sends, the lines on stderr and the title hold no control characters.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fmt};

use tourbillon::Runtime;

mod arguments;
#[path = "mod.rs"]
mod http;
mod progress;

use arguments::{Arguments, Command, Mistake, Show};
use http::body::BodyError;
use http::{FetchError, Incoming, Request, html};
use progress::Progress;

fn main() -> ExitCode {
    let done = arguments::parse(env::args_os().skip(1))
        .map_err(Failure::Usage)
        .and_then(perform);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told if stderr is gone.
            let _ = writeln!(
                io::stderr(),
                "fetch: {}",
                html::one_line(&failure.to_string())
            );
            ExitCode::from(failure.exit_code())
        }
    }
}

fn perform(command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => writeln!(io::stdout(), "{}", arguments::HELP).map_err(Failure::Output),
        Command::Fetch(arguments) => {
            // No grace: a look-up that hangs must not hold up the exit.
            let runtime = Runtime::builder().grace(Duration::ZERO).build();
            runtime
                .map_err(Failure::Runtime)?
                .block_on(fetch(&arguments))
        }
    }
}

async fn fetch(arguments: &Arguments) -> Result<(), Failure> {
    let head_only = arguments.show == Show::Head;
    let request = Request {
        url: &arguments.url,
        head_only,
        gzip: arguments.gzip,
    };
    let mut incoming = http::open(&request, &arguments.limits).await?;
    let status = incoming.head.status;
    if arguments.fail && status >= 400 {
        return Err(Failure::Status(status, incoming.head.reason));
    }
    if let (300..400, Some(location)) = (status, incoming.head.header("location")) {
        let location = html::one_line(&String::from_utf8_lossy(location));
        let _ = writeln!(
            io::stderr(),
            "fetch: status {status}, not followed: {location}"
        );
    }
    match arguments.show {
        Show::Body => {
            let mut output = open_output(arguments)?;
            let shown = arguments.output.is_none() && io::stdout().is_terminal();
            copy(&mut incoming, &mut output, shown).await?;
            output.flush().map_err(Failure::Output)
        }
        Show::Head => write(arguments, &lines(&incoming)),
        Show::Title => {
            let mut page = Vec::new();
            copy(&mut incoming, &mut page, false).await?;
            let title = html::title(&String::from_utf8_lossy(&page)).ok_or(Failure::NoTitle)?;
            write(arguments, format!("{title}\n").as_bytes())
        }
    }
}

/// Opened only when there is something to write, so that a fetch that brings nothing leaves an old
/// file alone.
fn open_output(arguments: &Arguments) -> Result<Box<dyn Write>, Failure> {
    match &arguments.output {
        Some(file) => Ok(Box::new(File::create(file).map_err(Failure::Output)?)),
        None => Ok(Box::new(io::stdout().lock())),
    }
}

fn write(arguments: &Arguments, bytes: &[u8]) -> Result<(), Failure> {
    let mut output = open_output(arguments)?;
    output.write_all(bytes).map_err(Failure::Output)?;
    output.flush().map_err(Failure::Output)
}

/// Writes the body while it comes in; `shown` says that this is to be seen already. A slow reader of
/// stdout holds up this thread, and nobody else is on it.
async fn copy(
    incoming: &mut Incoming,
    output: &mut impl Write,
    shown: bool,
) -> Result<(), Failure> {
    let mut progress = Progress::new(incoming.framing, shown);
    while let Some(bytes) = incoming.chunk().await? {
        output.write_all(bytes).map_err(Failure::Output)?;
        progress.add(bytes.len());
    }
    Ok(())
}

/// The head as it was sent, but for the blanks round values.
fn lines(incoming: &Incoming) -> Vec<u8> {
    let head = &incoming.head;
    let mut lines = format!(
        "HTTP/1.{} {} {}\r\n",
        head.version, head.status, head.reason
    )
    .into_bytes();
    for (name, value) in &head.headers {
        lines.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    lines.extend(b"\r\n");
    lines
}

/// Why the program does not end with 0.
#[derive(Debug)]
enum Failure {
    Usage(Mistake),
    Runtime(io::Error),
    Fetch(FetchError),
    Status(u16, String),
    NoTitle,
    Output(io::Error),
}

impl Failure {
    /// The codes that `--help` promises; those that `curl` has too mean the same there.
    fn exit_code(&self) -> u8 {
        match self {
            Failure::Runtime(_) | Failure::NoTitle => 1,
            Failure::Usage(_) | Failure::Fetch(FetchError::Url(_)) => 2,
            Failure::Status(..) => 22,
            Failure::Output(_) => 23,
            Failure::Fetch(FetchError::NoAddress(_)) => 6,
            Failure::Fetch(FetchError::NotConnected(..)) => 7,
            Failure::Fetch(FetchError::TimedOut(..)) => 28,
            Failure::Fetch(FetchError::Broke(..)) => 56,
            Failure::Fetch(FetchError::Body(BodyError::EndedEarly)) => 18,
            Failure::Fetch(FetchError::Body(BodyError::TooBig)) => 63,
            Failure::Fetch(
                FetchError::Head(_) | FetchError::Body(_) | FetchError::ClosedInHead { .. },
            ) => 8,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(mistake) => mistake.fmt(f),
            Failure::Runtime(error) => write!(f, "no runtime on this system: {error}"),
            Failure::Fetch(error @ FetchError::Body(BodyError::TooBig)) => {
                write!(f, "{error}: raise --limit")
            }
            Failure::Fetch(error) => error.fmt(f),
            Failure::Status(status, reason) => write!(f, "status {status} {reason}"),
            Failure::NoTitle => f.write_str("the page has no title"),
            Failure::Output(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Failure {
        Failure::Fetch(error)
    }
}
