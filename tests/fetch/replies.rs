//! What the tests of head and body share: a reply is read however it is cut, and comes to one thing.

use crate::http::body::{BodyError, Decoder, Framing};
use crate::http::head::{Head, HeadError, HeadReader};

/// The smallest generator that is good enough to cut and to spoil bytes; a seed makes it repeatable.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % bound
    }
}

pub(crate) const LIMIT: u64 = 1_000;

/// What a reply comes to. `rest` counts the bytes behind the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Whole {
        head: Head,
        body: Vec<u8>,
        rest: usize,
    },
    /// Nothing is wrong so far, and the connection ended.
    NoHead,
    BadHead(HeadError),
    /// With what came out before the break.
    BadBody(BodyError, Vec<u8>),
}

/// Reads a reply that comes in pieces and ends with the connection, as the client does.
fn read<'p>(pieces: impl Iterator<Item = &'p [u8]>) -> Reply {
    let (mut reader, mut head, mut decoder) = (HeadReader::default(), None, None);
    let (mut body, mut rest) = (Vec::new(), 0);
    for mut piece in pieces {
        if head.is_none() {
            match reader.feed(piece) {
                Ok((used, found)) => (piece, head) = (&piece[used..], found),
                Err(error) => return Reply::BadHead(error),
            }
            let Some(head) = &head else { continue };
            let framing = Framing::of(head.status, &head.headers);
            match framing.and_then(|framing| Decoder::new(framing, LIMIT)) {
                Ok(fitting) => decoder = Some(fitting),
                Err(error) => return Reply::BadBody(error, body),
            }
        }
        let decoder = decoder.as_mut().expect("made with the head");
        match decoder.feed(piece, &mut body) {
            Ok(used) => rest += piece.len() - used,
            Err(error) => return Reply::BadBody(error, body),
        }
    }
    let (Some(head), Some(mut decoder)) = (head, decoder) else {
        return Reply::NoHead;
    };
    match decoder.end() {
        Ok(()) => Reply::Whole { head, body, rest },
        Err(error) => Reply::BadBody(error, body),
    }
}

/// What a reply comes to, after checking that no way to cut it changes that.
pub(crate) fn comes_to(bytes: &[u8]) -> Reply {
    let whole = read([bytes].into_iter());
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    assert_eq!(read(bytes.chunks(1)), whole, "byte by byte: {shown:?}");
    let (mut random, mut cuts, mut rest) = (Random::new(bytes.len() as u64), vec![], bytes);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(1 + random.below(rest.len().min(40)));
        cuts.push(piece);
        rest = after;
    }
    assert_eq!(read(cuts.into_iter()), whole, "cut at random: {shown:?}");
    whole
}

/// The body of a good reply, and how many bytes were left behind it.
pub(crate) fn body_of(bytes: &[u8]) -> (Vec<u8>, usize) {
    match comes_to(bytes) {
        Reply::Whole { body, rest, .. } => (body, rest),
        other => panic!("{:?} came to {other:?}", String::from_utf8_lossy(bytes)),
    }
}

pub(crate) fn body_error(bytes: &[u8]) -> BodyError {
    match comes_to(bytes) {
        Reply::BadBody(error, _) => error,
        other => panic!("{:?} came to {other:?}", String::from_utf8_lossy(bytes)),
    }
}

pub(crate) fn head_error(bytes: &[u8]) -> HeadError {
    match comes_to(bytes) {
        Reply::BadHead(error) => error,
        other => panic!("{:?} came to {other:?}", String::from_utf8_lossy(bytes)),
    }
}

pub(crate) fn with_headers(headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}").into_bytes()
}

pub(crate) fn chunked(body: &str) -> Vec<u8> {
    with_headers("Transfer-Encoding: chunked\r\n", body)
}
