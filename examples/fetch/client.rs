//! One request and one response over one connection, which is then closed.
//!
//! - **One deadline.** `limits.total` runs from the first poll to the last byte of the body, through
//!   look-up, connecting, head and body; a server that drips a byte a second cannot stretch it.
//!   `limits.connect` holds for look-up and connecting together, however many addresses the name has.
//! - **Bounded memory.** [`open`] and [`Incoming::chunk`] hold one buffer and one head, whatever the
//!   server sends; [`get`] holds `limits.body` bytes more.
//! - **Cancel is drop.** Dropping any of these futures, or an [`Incoming`], closes the connection.
//!
//! Leaves out: redirects (the caller sees the status and the `Location`), connections used again,
//! proxies, and decompression.

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use std::{fmt, io, ops};

use tourbillon::net::{TcpStream, lookup_host};
use tourbillon::{now, wait_until};

use super::body::{BodyError, Decoder, Framing};
use super::head::{Head, HeadError, HeadReader};
use super::url::{Host, Url, UrlError};

/// Bytes asked for by one read: what one `read` of a loopback socket usually finds.
const READ: usize = 64 * 1024;

/// How long, and how much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// For look-up and connecting.
    pub(crate) connect: Duration,
    /// For everything.
    pub(crate) total: Duration,
    /// Bytes of body.
    pub(crate) body: u64,
}

/// Ten seconds to connect, five minutes in all (as aiohttp has it), 64 MiB of body.
impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(300),
            body: 64 * 1024 * 1024,
        }
    }
}

/// What to ask for.
#[derive(Debug, Clone)]
pub(crate) struct Request<'u> {
    pub(crate) url: &'u Url,
    /// Ask for the head alone (`HEAD`).
    pub(crate) head_only: bool,
    /// Say that a gzipped body is welcome. It is handed over as it comes.
    pub(crate) gzip: bool,
}

impl Request<'_> {
    /// The request as it goes over the wire. No part of it can hold a line break: see [`Url`].
    fn to_bytes(&self) -> Vec<u8> {
        let method = if self.head_only { "HEAD" } else { "GET" };
        let gzip = if self.gzip {
            "Accept-Encoding: gzip\r\n"
        } else {
            ""
        };
        let (target, authority) = (self.url.target(), self.url.authority());
        format!(
            "{method} {target} HTTP/1.1\r\n\
             Host: {authority}\r\n\
             User-Agent: tourbillon-fetch/{}\r\n\
             Accept: */*\r\n\
             {gzip}Connection: close\r\n\r\n",
            env!("CARGO_PKG_VERSION"),
        )
        .into_bytes()
    }
}

/// A whole response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The body as text; bytes that are not UTF-8 become `U+FFFD`.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Fetches a page whole.
///
/// # Errors
///
/// See [`FetchError`]; the status is no error, whatever it is.
pub(crate) async fn get(url: &Url, limits: &Limits) -> Result<Response, FetchError> {
    let request = Request {
        url,
        head_only: false,
        gzip: false,
    };
    let mut incoming = open(&request, limits).await?;
    let mut body = Vec::new();
    while let Some(bytes) = incoming.chunk().await? {
        body.extend_from_slice(bytes);
    }
    Ok(Response {
        head: incoming.head,
        body,
    })
}

/// Connects, asks, and reads the head; the body waits inside the [`Incoming`].
///
/// # Errors
///
/// See [`FetchError`].
pub(crate) async fn open(request: &Request<'_>, limits: &Limits) -> Result<Incoming, FetchError> {
    let deadline = Deadline::after(limits.total);
    let stream = connect(request.url, Deadline::after(limits.connect).min(deadline)).await?;
    deadline
        .hold(Phase::Head, stream.write_all(&request.to_bytes()))
        .await?;
    let mut buffer = vec![0; READ].into_boxed_slice();
    let mut reader = HeadReader::default();
    let (head, held) = loop {
        let count = deadline.hold(Phase::Head, stream.read(&mut buffer)).await?;
        if count == 0 {
            return Err(FetchError::ClosedInHead {
                empty: reader.is_empty(),
            });
        }
        if let (used, Some(head)) = reader.feed(&buffer[..count])? {
            break (head, used..count);
        }
    };
    let framing = match request.head_only {
        true => Framing::Length(0),
        false => Framing::of(head.status, &head.headers)?,
    };
    let decoder = Decoder::new(framing, limits.body)?;
    Ok(Incoming {
        head,
        framing,
        stream,
        decoder,
        buffer,
        held,
        output: Vec::new(),
        deadline,
    })
}

/// A response whose body is still on its way.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) head: Head,
    pub(crate) framing: Framing,
    stream: TcpStream,
    decoder: Decoder,
    buffer: Box<[u8]>,
    /// The part of `buffer` that came and was not decoded.
    held: ops::Range<usize>,
    output: Vec<u8>,
    deadline: Deadline,
}

impl Incoming {
    /// The next bytes of the body, none at its end.
    ///
    /// # Errors
    ///
    /// See [`FetchError`]. Bytes that came in the same read as the error are lost.
    pub(crate) async fn chunk(&mut self) -> Result<Option<&[u8]>, FetchError> {
        self.output.clear();
        while self.output.is_empty() && !self.decoder.is_done() {
            if self.held.is_empty() {
                let read = self.stream.read(&mut self.buffer);
                self.held = 0..self.deadline.hold(Phase::Body, read).await?;
            }
            match &self.buffer[self.held.clone()] {
                [] => self.decoder.end()?,
                bytes => self.held.start += self.decoder.feed(bytes, &mut self.output)?,
            }
        }
        Ok(Some(&self.output[..]).filter(|bytes| !bytes.is_empty()))
    }
}

/// Tries the addresses of the host in turn, each with its share of the time that is left: one that
/// does not answer leaves time for the others.
async fn connect(url: &Url, deadline: Deadline) -> Result<TcpStream, FetchError> {
    let addresses = addresses_of(url, deadline).await?;
    let mut failure = FetchError::NoAddress(None);
    for (tried, address) in addresses.iter().enumerate() {
        let share = deadline.left() / (addresses.len() - tried) as u32;
        match wait_until(TcpStream::connect(*address), now() + share).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = FetchError::NotConnected(*address, error),
            Err(_) => failure = FetchError::TimedOut(Phase::Connect, deadline.limit),
        }
    }
    Err(failure)
}

async fn addresses_of(url: &Url, deadline: Deadline) -> Result<Vec<SocketAddr>, FetchError> {
    match url.host() {
        Host::Ip(ip) => Ok(vec![SocketAddr::new(*ip, url.port())]),
        Host::Name(name) => match wait_until(lookup_host(name, url.port()), deadline.at).await {
            Ok(found) => found.map_err(|error| FetchError::NoAddress(Some(error))),
            Err(_) => Err(FetchError::TimedOut(Phase::Lookup, deadline.limit)),
        },
    }
}

/// When a time-out strikes, and the limit to name then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    fn after(limit: Duration) -> Deadline {
        /// A limit that no one lives to see, and that every clock can add.
        const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
        Deadline {
            at: now() + limit.min(NEVER),
            limit,
        }
    }

    fn left(self) -> Duration {
        self.at.saturating_duration_since(now())
    }

    /// The result of `io` if it comes in time.
    async fn hold<T>(
        self,
        phase: Phase,
        io: impl Future<Output = io::Result<T>>,
    ) -> Result<T, FetchError> {
        match wait_until(io, self.at).await {
            Ok(done) => done.map_err(|error| FetchError::Broke(phase, error)),
            Err(_) => Err(FetchError::TimedOut(phase, self.limit)),
        }
    }
}

/// What a fetch was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Lookup,
    Connect,
    Head,
    Body,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Lookup => "looking up the name",
            Phase::Connect => "connecting",
            Phase::Head => "waiting for the head",
            Phase::Body => "reading the body",
        })
    }
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum FetchError {
    Url(UrlError),
    /// The look-up failed, or found nothing.
    NoAddress(Option<io::Error>),
    NotConnected(SocketAddr, io::Error),
    TimedOut(Phase, Duration),
    /// The connection broke off.
    Broke(Phase, io::Error),
    /// The connection ended before the head did.
    ClosedInHead {
        empty: bool,
    },
    Head(HeadError),
    Body(BodyError),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FetchError::Url(error) => error.fmt(f),
            FetchError::NoAddress(Some(error)) => write!(f, "the host has no address: {error}"),
            FetchError::NoAddress(None) => f.write_str("the host has no address"),
            FetchError::NotConnected(address, error) => {
                write!(f, "no connection to {address}: {error}")
            }
            FetchError::TimedOut(phase, limit) => {
                write!(f, "time-out after {:.3} s: {phase}", limit.as_secs_f64())
            }
            FetchError::Broke(phase, error) => write!(f, "{phase}: {error}"),
            FetchError::ClosedInHead { empty: true } => {
                f.write_str("the server closed the connection without an answer")
            }
            FetchError::ClosedInHead { empty: false } => {
                f.write_str("the server closed the connection in the middle of the head")
            }
            FetchError::Head(error) => error.fmt(f),
            FetchError::Body(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FetchError {}

impl From<UrlError> for FetchError {
    fn from(error: UrlError) -> FetchError {
        FetchError::Url(error)
    }
}

impl From<HeadError> for FetchError {
    fn from(error: HeadError) -> FetchError {
        FetchError::Head(error)
    }
}

impl From<BodyError> for FetchError {
    fn from(error: BodyError) -> FetchError {
        FetchError::Body(error)
    }
}
