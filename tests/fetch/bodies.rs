//! The rules of the body, without sockets.

use crate::http::body::{BodyError, MOST_FRAMING};
use crate::replies::{LIMIT, Reply, body_error, body_of, chunked, comes_to, with_headers};

#[test]
fn a_length_is_digits_only_and_one_number() {
    for bad in [
        "+5",
        "-5",
        "",
        "5,5",
        "5 5",
        "0x5",
        "5.0",
        "18446744073709551616",
        "٥",
    ] {
        let reply = with_headers(&format!("Content-Length: {bad}\r\n"), "12345");
        assert_eq!(body_error(&reply), BodyError::BadLength, "{bad:?}");
    }
    let two = with_headers("Content-Length: 5\r\nContent-Length: 6\r\n", "12345");
    assert_eq!(body_error(&two), BodyError::BadLength);
    let twice = with_headers("Content-Length: 5\r\ncontent-length: 05\r\n", "12345more");
    assert_eq!(body_of(&twice), (b"12345".to_vec(), 4));
}

#[test]
fn a_body_shorter_than_its_length_is_an_error_and_a_longer_one_is_cut() {
    let short = with_headers("Content-Length: 6\r\n", "12345");
    assert_eq!(
        comes_to(&short),
        Reply::BadBody(BodyError::EndedEarly, b"12345".to_vec())
    );
    let long = with_headers("Content-Length: 4\r\n", "12345");
    assert_eq!(body_of(&long), (b"1234".to_vec(), 1));
}

#[test]
fn these_statuses_have_no_body_whatever_their_headers_say() {
    for status in [204, 304] {
        for framing in [
            "Content-Length: 5",
            "Transfer-Encoding: chunked",
            "Content-Length: x",
        ] {
            let reply = format!("HTTP/1.1 {status} x\r\n{framing}\r\n\r\n12345");
            assert_eq!(body_of(reply.as_bytes()), (vec![], 5), "{reply:?}");
        }
    }
}

#[test]
fn a_body_without_framing_ends_with_the_connection() {
    assert_eq!(
        body_of(&with_headers("", "all of it")),
        (b"all of it".to_vec(), 0)
    );
    assert_eq!(body_of(&with_headers("", "")), (vec![], 0));
}

#[test]
fn chunks_are_joined_and_extensions_and_trailers_dropped() {
    for (body, joined, rest) in [
        ("0\r\n\r\n", "", 0),
        ("5\r\n12345\r\n0\r\n\r\n", "12345", 0),
        (
            "5\r\n12345\r\nA\r\n0123456789\r\n00\r\n\r\nmore",
            "123450123456789",
            4,
        ),
        ("0000000000000005\r\n12345\r\n0\r\n\r\n", "12345", 0),
        ("5 \t\r\n12345\r\n0;last\r\n\r\n", "12345", 0),
        (
            "5;a=b;c=\"d\"\r\n12345\r\n0\r\nA: b\r\nC: d\r\n\r\n",
            "12345",
            0,
        ),
        ("5 ; a\r\n\r\n\r\n\r\r\n0\r\n\r\n", "\r\n\r\n\r", 0),
    ] {
        assert_eq!(
            body_of(&chunked(body)),
            (joined.as_bytes().to_vec(), rest),
            "{body:?}"
        );
    }
}

#[test]
fn with_a_length_and_chunks_the_chunks_count() {
    let headers = "Content-Length: 3\r\nTransfer-Encoding: Chunked\r\n";
    assert_eq!(
        body_of(&with_headers(headers, "1\r\nx\r\n0\r\n\r\n")),
        (b"x".to_vec(), 0)
    );
}

#[test]
fn malformed_chunks_are_refused() {
    for body in [
        "\r\n",
        ";a\r\n",
        " 5\r\n12345",
        "+5\r\n12345",
        "-5\r\n",
        "0x5\r\n12345",
        "g\r\n",
        "5g\r\n",
        "00000000000000005\r\n12345",
        "fffffffffffffffff\r\n",
        "5\n12345\r\n0\r\n\r\n",
        "5\r12345",
        "5\r\r\n12345",
        "5;a\n12345",
        "5;a\0\r\n12345",
        "5 5\r\n12345",
        "5\r\n123456\r\n0\r\n\r\n",
        "5\r\n1234\r\n0\r\n\r\n",
        "5\r\n12345\n0\r\n\r\n",
        "5\r\n12345\r0\r\n\r\n",
        "0\r\n\n",
        "0\r\nA: b\n\r\n",
        "0\r\nA: b\rc\r\n\r\n",
        "0\r\n\rx",
        "0\n\n",
        "5\r\n123450\r\n\r\n",
    ] {
        assert_eq!(body_error(&chunked(body)), BodyError::BadChunk, "{body:?}");
    }
}

#[test]
fn a_coding_that_is_not_a_single_chunked_is_refused() {
    for coding in [
        "gzip",
        "gzip, chunked",
        "chunked, chunked",
        "identity",
        "",
        "xchunked",
    ] {
        let reply = with_headers(&format!("Transfer-Encoding: {coding}\r\n"), "0\r\n\r\n");
        assert_eq!(body_error(&reply), BodyError::UnknownCoding, "{coding:?}");
    }
    let twice = with_headers(
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "",
    );
    assert_eq!(body_error(&twice), BodyError::UnknownCoding);
}

#[test]
fn a_chunked_body_cut_anywhere_has_ended_early() {
    let body = "5;x=y\r\n12345\r\n2\r\n67\r\n0\r\nA: b\r\n\r\n";
    for end in 0..body.len() {
        assert_eq!(
            body_error(&chunked(&body[..end])),
            BodyError::EndedEarly,
            "{end} bytes"
        );
    }
    assert_eq!(body_of(&chunked(body)), (b"1234567".to_vec(), 0));
}

#[test]
fn extensions_and_trailers_have_16_kib_together_and_not_one_byte_more() {
    // Counted are the extension with its semicolon, and a trailer line with its line feed.
    let reply = |trailer: usize| {
        let (extension, trailer) = ("e".repeat(6_000 - 1), "t".repeat(trailer - 1));
        chunked(&format!("1;{extension}\r\nx\r\n0\r\n{trailer}\r\n\r\n"))
    };
    assert_eq!(body_of(&reply(MOST_FRAMING - 6_000)), (b"x".to_vec(), 0));
    assert_eq!(
        body_error(&reply(MOST_FRAMING - 6_000 + 1)),
        BodyError::TooMuchFraming
    );
    let lines = chunked(&format!("0\r\n{}", "t\r\n".repeat(MOST_FRAMING)));
    assert_eq!(body_error(&lines), BodyError::TooMuchFraming);
    let blanks = chunked(&format!("1{}\r\nx", " ".repeat(MOST_FRAMING + 1)));
    assert_eq!(body_error(&blanks), BodyError::TooMuchFraming);
}

#[test]
fn a_body_may_be_as_long_as_the_limit_and_not_longer() {
    let bytes = |count: usize| "x".repeat(count);
    let with_length =
        |count: usize| with_headers(&format!("Content-Length: {count}\r\n"), &bytes(count));
    let in_chunks = |count: usize| {
        chunked(&format!(
            "1\r\nx\r\n{:x}\r\n{}\r\n0\r\n\r\n",
            count - 1,
            bytes(count - 1)
        ))
    };
    let until_close = |count: usize| with_headers("", &bytes(count));
    let limit = LIMIT as usize;
    for good in [with_length(limit), in_chunks(limit), until_close(limit)] {
        assert_eq!(body_of(&good), (bytes(limit).into_bytes(), 0));
    }
    for (bad, before) in [
        (with_length(limit + 1), 0),
        (in_chunks(limit + 1), 1),
        (until_close(limit + 1), limit),
    ] {
        assert_eq!(
            comes_to(&bad),
            Reply::BadBody(BodyError::TooBig, bytes(before).into_bytes())
        );
    }
    // The largest size that can be written is no smaller for it.
    assert_eq!(
        body_error(&chunked("ffffffffffffffff\r\n")),
        BodyError::TooBig
    );
    assert_eq!(
        body_error(&chunked("1\r\nx\r\nffffffffffffffff\r\n")),
        BodyError::TooBig
    );
    assert_eq!(
        body_error(&with_headers(
            "Content-Length: 18446744073709551615\r\n",
            ""
        )),
        BodyError::TooBig
    );
}
