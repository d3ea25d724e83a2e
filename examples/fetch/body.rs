//! The body of a response: how its end is found, and its bytes freed from their framing.
//!
//! No sockets here: [`Decoder::feed`] takes bytes and gives bytes, so that every rule can be tried on
//! an array.
//!
//! - **One answer.** However the bytes are cut into calls, what comes out, the error and the end are
//!   the same.
//! - **Strict.** A length that can be read in two ways is refused: signs, lists, two different ones, a
//!   coding other than a single `chunked`, a chunk size without a digit or with more than 16, a bare
//!   line feed. With both a length and `chunked`, `chunked` counts (RFC 9112 §6.3).
//! - **Whole or an error.** A body that ends before its framing says so is never taken for whole.
//! - **Bounded.** A decoder holds a few words; it gives out at most `limit` bytes and reads at most
//!   [`MOST_FRAMING`] bytes of chunk extensions and trailers, which are dropped.
//!
//! Leaves out: content codings. A gzipped body comes out as it was sent.

use std::fmt;

/// Most bytes of chunk extensions and trailers in one body.
pub(crate) const MOST_FRAMING: usize = 16 * 1024;

/// Most digits of a chunk size: with 16 hexadecimal digits a `u64` is full.
const MOST_DIGITS: u8 = 16;

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

impl Framing {
    /// Reads the framing out of the head of a response to a GET.
    ///
    /// # Errors
    ///
    /// [`BodyError::BadLength`] and [`BodyError::UnknownCoding`]: see the law *Strict*.
    pub(crate) fn of(status: u16, headers: &[(String, Vec<u8>)]) -> Result<Framing, BodyError> {
        if matches!(status, 100..200 | 204 | 304) {
            return Ok(Framing::Length(0));
        }
        let mut codings = values(headers, "transfer-encoding");
        if let Some(coding) = codings.next() {
            let alone = codings.next().is_none();
            return match alone && coding.eq_ignore_ascii_case(b"chunked") {
                true => Ok(Framing::Chunked),
                false => Err(BodyError::UnknownCoding),
            };
        }
        let mut lengths = values(headers, "content-length").map(parse_length);
        let Some(first) = lengths.next() else {
            return Ok(Framing::UntilClose);
        };
        // The same length said twice is one length.
        match lengths.all(|other| other == first) {
            true => first.map(Framing::Length).ok_or(BodyError::BadLength),
            false => Err(BodyError::BadLength),
        }
    }
}

fn values<'h>(headers: &'h [(String, Vec<u8>)], wanted: &str) -> impl Iterator<Item = &'h [u8]> {
    headers
        .iter()
        .filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, v)| &v[..])
}

/// Digits and nothing else: `parse` alone would take `+5`.
fn parse_length(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// Frees a body from its framing.
#[derive(Debug)]
pub(crate) struct Decoder {
    state: State,
    /// Bytes that may still come out.
    room: u64,
    /// Bytes of extensions and trailers that may still come in.
    framing_room: usize,
}

/// Where in the body the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a body of known length: bytes to come.
    Length(u64),
    UntilClose,
    /// In a chunk's size: what was read of it.
    Size {
        size: u64,
        digits: u8,
    },
    /// Between a size and the end of its line: blanks, and after a semicolon anything.
    Extension {
        size: u64,
        named: bool,
    },
    /// Before the line feed after a chunk's size.
    SizeEnd(u64),
    /// In a chunk: bytes to come, at least one.
    Chunk(u64),
    /// After a chunk's bytes, and after the carriage return there.
    ChunkEnd,
    ChunkLineFeed,
    /// In a trailer line, after the last chunk.
    Trailer {
        empty: bool,
    },
    /// Before the line feed of a trailer line.
    TrailerEnd {
        empty: bool,
    },
    Done,
}

impl Decoder {
    /// A decoder that gives out at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`BodyError::TooBig`] if the framing already says that there is more.
    pub(crate) fn new(framing: Framing, limit: u64) -> Result<Decoder, BodyError> {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) if length > limit => return Err(BodyError::TooBig),
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size { size: 0, digits: 0 },
            Framing::UntilClose => State::UntilClose,
        };
        Ok(Decoder {
            state,
            room: limit,
            framing_room: MOST_FRAMING,
        })
    }

    /// Takes bytes up to the end of the body and no further, and puts what they hold behind `output`:
    /// how many it took.
    ///
    /// # Errors
    ///
    /// The law that the bytes break; what came before the break is in `output`. The decoder is of no
    /// more use then.
    pub(crate) fn feed(&mut self, bytes: &[u8], output: &mut Vec<u8>) -> Result<usize, BodyError> {
        let mut rest = bytes;
        while !rest.is_empty() && !self.is_done() {
            let taken = match self.state {
                State::Length(left) | State::Chunk(left) => self.give(left, rest, output),
                State::UntilClose => match self.give(self.room, rest, output) {
                    0 => return Err(BodyError::TooBig),
                    given => given,
                },
                _ => {
                    self.state = self.after(rest[0])?;
                    1
                }
            };
            rest = &rest[taken..];
        }
        Ok(bytes.len() - rest.len())
    }

    /// Whether the framing says that the body is whole. A body that ends with the connection never is.
    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Says that the connection has ended.
    ///
    /// # Errors
    ///
    /// [`BodyError::EndedEarly`] if the framing says that there is more.
    pub(crate) fn end(&mut self) -> Result<(), BodyError> {
        match self.state {
            State::Done | State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            _ => Err(BodyError::EndedEarly),
        }
    }

    /// Gives out at most `left` bytes of `bytes` and moves on behind them: how many.
    fn give(&mut self, left: u64, bytes: &[u8], output: &mut Vec<u8>) -> usize {
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        output.extend_from_slice(&bytes[..count]);
        // A count of bytes in memory fits a u64.
        let given = count as u64;
        self.room -= given;
        self.state = match self.state {
            State::Length(left) if left == given => State::Done,
            State::Length(left) => State::Length(left - given),
            State::Chunk(left) if left == given => State::ChunkEnd,
            State::Chunk(left) => State::Chunk(left - given),
            other => other,
        };
        count
    }

    /// The state after one byte of chunked framing.
    fn after(&mut self, byte: u8) -> Result<State, BodyError> {
        match (self.state, byte) {
            (State::Size { digits: 1.., size }, b'\r') => Ok(State::SizeEnd(size)),
            (State::Size { digits: 1.., size }, b' ' | b'\t' | b';') => {
                self.framing(State::Extension {
                    size,
                    named: byte == b';',
                })
            }
            (State::Size { size, digits }, _) => {
                let digit = char::from(byte).to_digit(16).ok_or(BodyError::BadChunk)?;
                if digits == MOST_DIGITS {
                    return Err(BodyError::BadChunk);
                }
                Ok(State::Size {
                    size: size << 4 | u64::from(digit),
                    digits: digits + 1,
                })
            }
            (State::Extension { size, .. }, b'\r') => Ok(State::SizeEnd(size)),
            (State::Extension { size, named: true }, 1..) if byte != b'\n' => {
                self.framing(State::Extension { size, named: true })
            }
            (State::Extension { size, named: false }, b' ' | b'\t' | b';') => {
                self.framing(State::Extension {
                    size,
                    named: byte == b';',
                })
            }
            (State::SizeEnd(0), b'\n') => Ok(State::Trailer { empty: true }),
            (State::SizeEnd(size), b'\n') if size > self.room => Err(BodyError::TooBig),
            (State::SizeEnd(size), b'\n') => Ok(State::Chunk(size)),
            (State::ChunkEnd, b'\r') => Ok(State::ChunkLineFeed),
            (State::ChunkLineFeed, b'\n') => Ok(State::Size { size: 0, digits: 0 }),
            (State::Trailer { empty }, b'\r') => Ok(State::TrailerEnd { empty }),
            (State::Trailer { .. }, 1..) if byte != b'\n' => {
                self.framing(State::Trailer { empty: false })
            }
            (State::TrailerEnd { empty: true }, b'\n') => Ok(State::Done),
            (State::TrailerEnd { empty: false }, b'\n') => {
                self.framing(State::Trailer { empty: true })
            }
            _ => Err(BodyError::BadChunk),
        }
    }

    /// Counts a byte that is dropped; `next` is the state after it.
    fn framing(&mut self, next: State) -> Result<State, BodyError> {
        self.framing_room = self
            .framing_room
            .checked_sub(1)
            .ok_or(BodyError::TooMuchFraming)?;
        Ok(next)
    }
}

/// Which law a body broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    BadLength,
    UnknownCoding,
    BadChunk,
    TooMuchFraming,
    TooBig,
    EndedEarly,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BodyError::BadLength => {
                f.write_str("the reply has a Content-Length that is no one number")
            }
            BodyError::UnknownCoding => {
                f.write_str("the reply has a Transfer-Encoding that is not a single `chunked`")
            }
            BodyError::BadChunk => f.write_str("the body has a malformed chunk"),
            BodyError::TooMuchFraming => write!(
                f,
                "the body has more than {MOST_FRAMING} bytes of chunk extensions and trailers"
            ),
            BodyError::TooBig => f.write_str("the body is longer than the limit"),
            BodyError::EndedEarly => f.write_str("the connection ended before the body did"),
        }
    }
}

impl std::error::Error for BodyError {}
