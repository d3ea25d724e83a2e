//! The program against servers that lie, stall, flood and hang up: one line on stderr and an exit code,
//! never a panic and never a hang.

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::replies::with_headers;
use crate::run::fails;
use crate::servers::{accepted, drip, flood, hold, serve, serve_bytes, site};

/// Checks what a reply fails with; the server closes the connection behind the reply.
fn reply_fails(reply: &[u8], code: i32, says: &str) {
    fails(&["--timeout", "20", &serve_bytes(reply)], code, says);
}

#[test]
fn a_refused_connection_ends_with_7_and_a_name_nobody_has_with_6() {
    // The port of a client's own end: it is taken, and nobody listens there.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let address = taken.local_addr().unwrap();
    fails(
        &[&format!("http://{address}/")],
        7,
        &format!("no connection to {address}: "),
    );
    fails(
        &["--connect-timeout", "20", "http://nobody.invalid/"],
        6,
        "no address",
    );
}

#[test]
fn silence_ends_with_28_at_the_limit_and_the_phase_is_named() {
    let in_body = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n1234";
    let cases = [
        (accepted(hold), "waiting for the head"),
        (
            serve(b"HTTP/1.1 200 OK\r\nA: b", hold),
            "waiting for the head",
        ),
        (
            serve(b"HTTP/1.1 200 OK\r\nA: b", drip),
            "waiting for the head",
        ),
        (serve(in_body, hold), "reading the body"),
        (serve(in_body, drip), "reading the body"),
    ];
    // All at once: each takes its whole second.
    thread::scope(|threads| {
        for (address, phase) in cases {
            threads.spawn(move || {
                let start = Instant::now();
                let says = format!("time-out after 1.000 s: {phase}");
                fails(&["--timeout", "1", &site(address)], 28, &says);
                assert!(
                    start.elapsed() >= Duration::from_secs(1),
                    "the time-out came early"
                );
            });
        }
    });
}

#[test]
fn a_server_that_never_accepts_ends_with_28_at_either_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    // The queue of connections nobody accepts is full when the next one gets no answer.
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        waiting.push(stream);
        assert!(waiting.len() < 20_000, "the queue has no end");
    }
    for limit in ["--connect-timeout", "--timeout"] {
        let arguments = [limit, "0.3", &site(address)];
        fails(&arguments, 28, "time-out after 0.300 s: connecting");
    }
}

#[test]
fn heads_that_are_not_good_http_end_with_8() {
    reply_fails(b"", 8, "without an answer");
    reply_fails(
        b"HTTP/1.1 200 OK\r\nContent-Le",
        8,
        "in the middle of the head",
    );
    reply_fails(b"HTTP/1.1 20", 8, "in the middle of the head");
    reply_fails(b"SSH-2.0-OpenSSH_9.2\r\n", 8, "not HTTP/1");
    reply_fails(b"HTTP/1.1 2OO OK\r\n\r\n", 8, "malformed status");
    reply_fails(
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        8,
        "malformed header name",
    );
    reply_fails(
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        8,
        "another protocol",
    );
    reply_fails(
        &with_headers(&"A: b\r\n".repeat(101), ""),
        8,
        "more than 100 headers",
    );
    let megabyte = with_headers(&format!("A: {}\r\n", "x".repeat(1 << 20)), "");
    reply_fails(&megabyte, 8, "longer than 65536 bytes");
}

#[test]
fn a_reply_that_is_not_http_is_refused_without_waiting_for_its_end() {
    let start = Instant::now();
    fails(
        &["--timeout", "20", &site(serve(b"220 mail\r\n", hold))],
        8,
        "not HTTP/1",
    );
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "it waited for more"
    );
}

#[test]
fn endless_replies_end_at_their_limits() {
    let endless = |start: &'static str, piece: &'static str| {
        site(serve(start.as_bytes(), move |stream| {
            flood(stream, piece.as_bytes())
        }))
    };
    let ok = "HTTP/1.1 200 OK\r\n";
    let in_chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (url, code, says) in [
        (
            endless("", "HTTP/1.1 100 Continue\r\n\r\n"),
            8,
            "more than 16 interim responses",
        ),
        (endless("", "H"), 8, "not HTTP/1"),
        (endless(ok, "A: b\r\n"), 8, "longer than 65536 bytes"),
        (endless(ok, "x"), 8, "longer than 65536 bytes"),
        (endless("HTTP/1.1 200 OK\r\n\r\n", "x"), 63, "raise --limit"),
        (endless(in_chunks, "5\r\n12345\r\n"), 63, "raise --limit"),
        (
            endless(in_chunks, "5;x\r\n12345\r\n"),
            8,
            "chunk extensions and trailers",
        ),
        (endless(in_chunks, "0"), 8, "malformed chunk"),
        (
            endless(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                "t: t\r\n",
            ),
            8,
            "trailers",
        ),
    ] {
        fails(&["--timeout", "30", "--limit", "1000000", &url], code, says);
    }
}

#[test]
fn bad_framing_ends_with_8() {
    for length in [
        "+5",
        "-5",
        "5,5",
        "5 5",
        "",
        "18446744073709551616",
        "5\r\nContent-Length: 6",
    ] {
        let reply = with_headers(&format!("Content-Length: {length}\r\n"), "12345");
        reply_fails(&reply, 8, "Content-Length");
    }
    for coding in [
        "gzip",
        "gzip, chunked",
        "chunked\r\nTransfer-Encoding: chunked",
    ] {
        let reply = with_headers(&format!("Transfer-Encoding: {coding}\r\n"), "0\r\n\r\n");
        reply_fails(&reply, 8, "Transfer-Encoding");
    }
    for chunk in [
        "x\r\n",
        "\r\n",
        "+5\r\n12345\r\n",
        "11111111111111111\r\n",
        "5\r\n123456\r\n",
    ] {
        let reply = with_headers("Transfer-Encoding: chunked\r\n", chunk);
        reply_fails(&reply, 8, "malformed chunk");
    }
}

#[test]
fn a_body_that_ends_early_ends_with_18() {
    reply_fails(
        &with_headers("Content-Length: 10\r\n", "12345"),
        18,
        "ended before the body",
    );
    let chunked = "Transfer-Encoding: chunked\r\n";
    for cut in [
        "",
        "5",
        "5\r\n",
        "5\r\n123",
        "5\r\n12345\r\n",
        "0\r\n",
        "0\r\nA: b\r\n",
    ] {
        reply_fails(&with_headers(chunked, cut), 18, "ended before the body");
    }
}

#[test]
fn a_body_longer_than_the_limit_is_refused_before_it_comes() {
    let url = site(serve(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        hold,
    ));
    fails(
        &["--timeout", "20", "--limit", "1000", &url],
        63,
        "raise --limit",
    );
}

#[test]
fn a_connection_that_is_reset_ends_with_56() {
    let url = site(accepted(|stream| {
        // Closing while the request lies unread sends a reset.
        stream.peek(&mut [0]).expect("the request comes");
    }));
    fails(&["--timeout", "20", &url], 56, "waiting for the head: ");
}
