//! The head of a response: status line and headers, cut out of the bytes as they come.
//!
//! No sockets here: [`HeadReader::feed`] takes bytes and says when the head is whole. `httparse` reads
//! the lines; this file holds the limits round it.
//!
//! - **One answer.** However the bytes are cut into calls, the head, the error and the first byte of
//!   the body are the same.
//! - **Bounded.** At most [`LONGEST`] bytes of heads are read and kept, all interim ones included, at
//!   most [`MOST_HEADERS`] headers, and at most [`MOST_INTERIM`] interim responses are passed over.
//! - **Not guessed.** A reply that does not begin as HTTP/1 is refused at its first wrong byte; folded
//!   lines, space before a colon and control bytes in a value are refused. A bare line feed ends a
//!   line, as RFC 9112 allows, and bytes above 127 in a value are kept as they are.
//!
//! Leaves out: a limit per line (a line may be as long as the head), and switching protocols.

use std::fmt;

/// Most bytes of heads in one response, interim ones included.
pub(crate) const LONGEST: usize = 64 * 1024;

/// Most headers in one head.
pub(crate) const MOST_HEADERS: usize = 100;

/// Most interim (1xx) responses before the real one; without a limit a server could send them for ever.
pub(crate) const MOST_INTERIM: u32 = 16;

/// How every reply in our protocol begins.
const BEGINS: &[u8] = b"HTTP/1.";

/// A whole head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The minor version: 0 or 1.
    pub(crate) version: u8,
    pub(crate) status: u16,
    pub(crate) reason: String,
    /// Name and value, in the order they came.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// The first value of the header `name`, whatever the case of its letters.
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| &value[..])
    }
}

/// Collects one head; see the laws above.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    /// The bytes of the head that is coming in.
    lines: Vec<u8>,
    /// Bytes of the heads before it, all interim.
    passed: usize,
    interim: u32,
    /// Whether the line that is coming in has a byte that is not part of its end.
    line_has_text: bool,
}

impl HeadReader {
    /// Takes bytes up to the end of the head and no further: how many it took, and the head if that
    /// was all of it.
    ///
    /// # Errors
    ///
    /// The law that the bytes break. The reader is of no more use then.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(usize, Option<Head>), HeadError> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.push(*byte)? {
                let head = parse(&self.lines)?;
                if !(100..200).contains(&head.status) {
                    return Ok((at + 1, Some(head)));
                }
                self.pass_over(&head)?;
            }
        }
        Ok((bytes.len(), None))
    }

    /// Whether anything came at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.passed + self.lines.len() == 0
    }

    /// Keeps a byte; true if it ends the empty line after the headers.
    fn push(&mut self, byte: u8) -> Result<bool, HeadError> {
        if BEGINS
            .get(self.lines.len())
            .is_some_and(|wanted| *wanted != byte)
        {
            return Err(HeadError::NotHttp);
        }
        if self.passed + self.lines.len() == LONGEST {
            return Err(HeadError::TooLong);
        }
        self.lines.push(byte);
        match byte {
            b'\n' => Ok(!std::mem::take(&mut self.line_has_text)),
            b'\r' => Ok(false),
            _ => {
                self.line_has_text = true;
                Ok(false)
            }
        }
    }

    fn pass_over(&mut self, head: &Head) -> Result<(), HeadError> {
        if head.status == 101 {
            return Err(HeadError::SwitchedProtocol);
        }
        self.interim += 1;
        if self.interim > MOST_INTERIM {
            return Err(HeadError::TooManyInterim);
        }
        self.passed += self.lines.len();
        self.lines.clear();
        Ok(())
    }
}

fn parse(lines: &[u8]) -> Result<Head, HeadError> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let end = match response.parse(lines) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return Err(HeadError::Malformed("end of the head")),
        Err(httparse::Error::TooManyHeaders) => return Err(HeadError::TooManyHeaders),
        Err(error) => return Err(HeadError::Malformed(what(error))),
    };
    let (Some(version), Some(status)) = (response.version, response.code) else {
        return Err(HeadError::Malformed("status line"));
    };
    if end != lines.len() {
        return Err(HeadError::Malformed("end of the head"));
    }
    if status < 100 {
        return Err(HeadError::Malformed("status"));
    }
    Ok(Head {
        version,
        status,
        reason: response.reason.unwrap_or_default().to_owned(),
        headers: response
            .headers
            .iter()
            .map(|h| (h.name.to_owned(), h.value.to_vec()))
            .collect(),
    })
}

fn what(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::HeaderName => "header name",
        httparse::Error::HeaderValue => "header value",
        httparse::Error::NewLine => "end of a line",
        httparse::Error::Status => "status",
        httparse::Error::Version => "version",
        _ => "head",
    }
}

/// Which law a head broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeadError {
    NotHttp,
    Malformed(&'static str),
    TooLong,
    TooManyHeaders,
    TooManyInterim,
    SwitchedProtocol,
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeadError::NotHttp => {
                f.write_str("the reply is not HTTP/1: is this a web server's port?")
            }
            HeadError::Malformed(part) => write!(f, "the reply has a malformed {part}"),
            HeadError::TooLong => write!(f, "the reply's head is longer than {LONGEST} bytes"),
            HeadError::TooManyHeaders => {
                write!(f, "the reply has more than {MOST_HEADERS} headers")
            }
            HeadError::TooManyInterim => {
                write!(
                    f,
                    "the server sent more than {MOST_INTERIM} interim responses"
                )
            }
            HeadError::SwitchedProtocol => {
                f.write_str("the server switched to another protocol, which nobody asked for")
            }
        }
    }
}

impl std::error::Error for HeadError {}
