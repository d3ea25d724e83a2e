//! The rules of the head, without sockets.

use crate::http::head::{HeadError, HeadReader, LONGEST, MOST_HEADERS, MOST_INTERIM};
use crate::replies::{Reply, body_of, comes_to, head_error, with_headers};

#[test]
fn a_head_is_read_and_the_body_begins_behind_it() {
    let reply = b"HTTP/1.0 404 Not here\r\nServer: x\r\nServer:\ty \r\nEmpty:\r\n\r\nbody";
    let Reply::Whole { head, body, rest } = comes_to(reply) else {
        panic!("a good reply")
    };
    assert_eq!(
        (head.version, head.status, &head.reason[..]),
        (0, 404, "Not here")
    );
    let headers: Vec<_> = head.headers.iter().map(|(n, v)| (&n[..], &v[..])).collect();
    assert_eq!(
        headers,
        [("Server", &b"x"[..]), ("Server", b"y"), ("Empty", b"")]
    );
    assert_eq!(head.header("SERVER"), Some(&b"x"[..]));
    assert_eq!((&body[..], rest), (&b"body"[..], 0));
}

#[test]
fn lines_may_end_with_a_bare_line_feed_and_values_may_hold_any_high_byte() {
    let Reply::Whole { head, body, .. } = comes_to(b"HTTP/1.1 200 \nA: \xff\n\nbody") else {
        panic!("a good reply")
    };
    assert_eq!(
        (head.header("a"), &body[..]),
        (Some(&b"\xff"[..]), &b"body"[..])
    );
}

#[test]
fn a_reply_that_is_not_http_1_is_refused_at_its_first_wrong_byte() {
    for reply in [
        "SSH-2.0-x\r\n",
        "<html>",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "HTTP/2",
    ] {
        assert_eq!(
            head_error(reply.as_bytes()),
            HeadError::NotHttp,
            "{reply:?}"
        );
    }
    let mut reader = HeadReader::default();
    assert!(reader.feed(b"HTTP/").is_ok());
    assert_eq!(reader.feed(b"2"), Err(HeadError::NotHttp));
}

#[test]
fn malformed_heads_are_refused_and_the_error_names_the_part() {
    for (lines, part) in [
        ("HTTP/1.2 200 OK\r\n\r\n", "version"),
        ("HTTP/1.1 2OO OK\r\n\r\n", "status"),
        ("HTTP/1.1 99 OK\r\n\r\n", "status"),
        ("HTTP/1.1 099 OK\r\n\r\n", "status"),
        ("HTTP/1.1 1000 OK\r\n\r\n", "status"),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "header name"),
        (
            "HTTP/1.1 200 OK\r\nA : space before the colon\r\n\r\n",
            "header name",
        ),
        ("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "header name"),
        ("HTTP/1.1 200 OK\r\n: no name\r\n\r\n", "header name"),
        ("HTTP/1.1 200 OK\r\nA: \x1b[31m\r\n\r\n", "header value"),
        ("HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "header value"),
        ("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", "header value"),
        ("HTTP/1.1\r\n\r\n", "version"),
    ] {
        assert_eq!(
            head_error(lines.as_bytes()),
            HeadError::Malformed(part),
            "{lines:?}"
        );
    }
}

#[test]
fn a_head_has_64_kib_and_100_headers_and_not_one_more() {
    let long = |length: usize| {
        let filling = "x".repeat(length - "HTTP/1.1 204 OK\r\nA: \r\n\r\n".len());
        format!("HTTP/1.1 204 OK\r\nA: {filling}\r\n\r\n").into_bytes()
    };
    assert_eq!(body_of(&long(LONGEST)).1, 0);
    assert_eq!(head_error(&long(LONGEST + 1)), HeadError::TooLong);
    // Refused while it comes, not when it is whole.
    assert_eq!(
        head_error(&long(1 << 20)[..LONGEST + 1]),
        HeadError::TooLong
    );
    let many = |count: usize| with_headers(&"A: b\r\n".repeat(count), "");
    assert_eq!(body_of(&many(MOST_HEADERS)).1, 0);
    assert_eq!(
        head_error(&many(MOST_HEADERS + 1)),
        HeadError::TooManyHeaders
    );
}

#[test]
fn sixteen_interim_responses_are_passed_over_and_a_17th_is_refused() {
    let reply = |count: u32| {
        let interim = "HTTP/1.1 103 Early\r\nContent-Length: 9\r\n\r\n".repeat(count as usize);
        format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").into_bytes()
    };
    assert_eq!(body_of(&reply(MOST_INTERIM)), (b"ok".to_vec(), 0));
    assert_eq!(
        head_error(&reply(MOST_INTERIM + 1)),
        HeadError::TooManyInterim
    );
    let switched = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
    assert_eq!(head_error(switched), HeadError::SwitchedProtocol);
    // The limit on the head holds for all of them together.
    let half = format!("HTTP/1.1 100 x\r\nA: {}\r\n\r\n", "x".repeat(LONGEST / 2));
    assert_eq!(head_error(half.repeat(2).as_bytes()), HeadError::TooLong);
}

#[test]
fn a_connection_that_ends_inside_the_head_gives_no_head() {
    let reply = with_headers("Content-Length: 0\r\n", "");
    for end in 0..reply.len() {
        assert_eq!(
            comes_to(&reply[..end]),
            Reply::NoHead,
            "cut after {end} bytes"
        );
    }
}
