//! Replies spoilt at random, against a second opinion: `httparse` on a whole head, and a decoder of
//! chunks written the other way round, over the whole body at once.

use crate::http::head::{LONGEST, MOST_HEADERS};
use crate::http::html;
use crate::replies::{LIMIT, Random, Reply, chunked, comes_to, with_headers};

/// Bytes that mean something to one of the parsers.
const TELLING: &[u8] = b"\r\n\r\n \t:;+-0159afAFgx\0\xff,H/.<>&=\"";

fn spoil(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let byte = TELLING[random.below(TELLING.len())];
        match random.below(4) {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 if bytes.len() > 1 => drop(bytes.remove(at)),
            _ => {
                let end = at + random.below(bytes.len() - at);
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
}

#[test]
fn a_spoilt_head_is_taken_only_where_httparse_takes_it_and_ends_where_it_says() {
    let good = with_headers("Content-Length: 5\r\nServer: x\r\nA: b c\r\n", "12345");
    let (mut random, mut taken, mut refused) = (Random::new(1), 0, 0);
    for _ in 0..30_000 {
        let mut reply = good.clone();
        spoil(&mut reply, &mut random);
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let whole = parsed
            .parse(&reply)
            .ok()
            .filter(|status| status.is_complete());
        match (comes_to(&reply), whole) {
            (Reply::BadHead(_) | Reply::NoHead, None) => refused += 1,
            (Reply::Whole { head, body, rest }, Some(status)) => {
                taken += 1;
                assert_eq!(Some(head.status), parsed.code);
                let ours = head
                    .headers
                    .iter()
                    .map(|(name, value)| (&name[..], &value[..]));
                assert!(ours.eq(parsed.headers.iter().map(|h| (h.name, h.value))));
                let end = status.unwrap();
                assert_eq!(
                    &reply[end..reply.len() - rest],
                    body,
                    "the body begins elsewhere"
                );
            }
            (Reply::BadBody(..), Some(_)) => {}
            // What httparse takes and we do not: blank lines in front, statuses below 100, and an
            // interim head for the last word.
            (Reply::BadHead(_) | Reply::NoHead, Some(_)) => {
                assert!(!reply.starts_with(b"HTTP/1.") || parsed.code < Some(200));
            }
            (ours, None) => panic!("{:?} came to {ours:?}", String::from_utf8_lossy(&reply)),
        }
        assert!(reply.len() < LONGEST);
    }
    assert!(
        taken > 2_000 && refused > 2_000,
        "{taken} taken, {refused} refused: too one-sided"
    );
}

/// The joined chunks and what stands behind them, or nothing if a rule is broken.
fn second_opinion(body: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut joined = Vec::new();
    let mut rest = body;
    loop {
        let (line, after) = split_line(rest)?;
        let size_end = line
            .iter()
            .position(|b| b" \t;".contains(b))
            .unwrap_or(line.len());
        let (size, extension) = line.split_at(size_end);
        let blanks = extension.iter().take_while(|b| b" \t".contains(b)).count();
        let extension = &extension[blanks..];
        let hex = !size.is_empty() && size.len() <= 16 && size.iter().all(u8::is_ascii_hexdigit);
        if !hex || !(extension.is_empty() || extension[0] == b';') {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            rest = after;
            break;
        }
        let chunk = after.get(..size)?;
        joined.extend_from_slice(chunk);
        rest = after[size..].strip_prefix(b"\r\n")?;
    }
    loop {
        let (line, after) = split_line(rest)?;
        rest = after;
        if line.is_empty() {
            return Some((joined, rest.len()));
        }
    }
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let line = &bytes[..end];
    let clean = !line.iter().any(|b| b"\r\n\0".contains(b));
    clean.then_some((line, &bytes[end + 2..]))
}

#[test]
fn a_spoilt_chunked_body_is_taken_only_where_a_second_decoder_takes_it() {
    let good = "5;a=b\r\n12345\r\nA\r\n0123456789\r\n0\r\nA: b\r\n\r\nmore";
    let (mut random, mut taken, mut refused) = (Random::new(2), 0, 0);
    for _ in 0..30_000 {
        let mut body = good.as_bytes().to_vec();
        spoil(&mut body, &mut random);
        let head = chunked("");
        match (
            comes_to(&[&head[..], &body[..]].concat()),
            second_opinion(&body),
        ) {
            (Reply::Whole { body, rest, .. }, Some(opinion)) => {
                taken += 1;
                assert_eq!((body, rest), opinion);
            }
            (Reply::BadBody(..), None) => refused += 1,
            (ours, theirs) => {
                let body = String::from_utf8_lossy(&body);
                panic!("{body:?} came to {ours:?}, the second opinion is {theirs:?}")
            }
        }
        assert!((body.len() as u64) < LIMIT);
    }
    assert!(
        taken > 2_000 && refused > 2_000,
        "{taken} taken, {refused} refused: too one-sided"
    );
}

#[test]
fn a_spoilt_page_breaks_nothing_and_its_title_is_one_plain_line() {
    let good =
        "<!-- x --><html><title>One &amp; two &#33;</title><a rel=\"next\" href='/é'>more</a>";
    let (mut random, mut titled) = (Random::new(3), 0);
    for _ in 0..30_000 {
        let mut page = good.as_bytes().to_vec();
        spoil(&mut page, &mut random);
        let page = String::from_utf8_lossy(&page);
        if let Some(title) = html::title(&page) {
            titled += 1;
            assert!(title.chars().all(|c| !c.is_control()), "{title:?}");
        }
        for tag in html::tags(&page) {
            assert!(
                tag.attribute("rel")
                    .is_none_or(|value| page.contains(value))
            );
        }
    }
    assert!(
        titled > 10_000,
        "only {titled} pages had a title: the test tests nothing"
    );
}
