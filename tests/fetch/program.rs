//! The program, run as a user runs it: what is asked for, what is written, and what is refused before
//! a byte is sent.

use std::net::TcpListener;

use crate::replies::with_headers;
use crate::run::{Ran, fails, fetch, fetch_by_shell};
use crate::servers::{answer, flood, hold, serve, serve_bytes, site};

#[test]
fn wrong_arguments_and_addresses_end_with_2() {
    for (arguments, says) in [
        (&[][..], "which page?"),
        (&["http://a/", "http://b/"], "two addresses"),
        (
            &["--nonsense", "http://a/"],
            "unknown option \"--nonsense\"",
        ),
        (&["-x"], "unknown option"),
        (&["--head=1", "http://a/"], "unknown option"),
        (&["--timeout"], "--timeout wants a value"),
        (
            &["--timeout", "0", "http://a/"],
            "--timeout wants seconds above 0",
        ),
        (
            &["--timeout=-1", "http://a/"],
            "--timeout wants seconds above 0",
        ),
        (
            &["--timeout", "NaN", "http://a/"],
            "--timeout wants seconds above 0",
        ),
        (
            &["--timeout", "inf", "http://a/"],
            "--timeout wants seconds above 0",
        ),
        (
            &["--connect-timeout", "soon", "http://a/"],
            "--connect-timeout wants seconds",
        ),
        (
            &["--limit", "+5", "http://a/"],
            "--limit wants a number of bytes",
        ),
        (
            &["--limit", "99999999999999999999", "http://a/"],
            "--limit wants a number of bytes",
        ),
        (&["--head", "--title", "http://a/"], "choose one"),
        (&["example.com"], "no scheme"),
        (&["python://example.com"], "unknown scheme python://"),
        (&["https://example.com"], "needs TLS"),
        (&["http://"], "no host"),
        (&["http:///path"], "no host"),
        (&["http://a:0/"], "bad port \"0\""),
        (&["http://a:65536/"], "bad port"),
        (&["http://a:port/"], "bad port"),
        (&["http://a_b..c/"], "bad host"),
        (&["http://[::1/"], "bad host"),
        (&["http://me:secret@a/"], "never sent"),
        (&["http://a/\u{1b}[2J"], "write it as %1B"),
        (&["--", "--head"], "no scheme"),
    ] {
        fails(arguments, 2, says);
    }
}

#[test]
fn an_address_with_a_line_break_is_refused_before_anyone_is_called() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for bad in ["/\r\nX-Evil: 1", "/ HTTP/1.1", "\r\n/", "/\u{7f}"] {
        fails(&[&format!("http://{address}{bad}")], 2, "write it as %");
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody called");
}

#[test]
fn help_ends_with_0_and_lists_every_code() {
    let Ran {
        exit,
        stdout,
        stderr,
    } = fetch(&["--help"]);
    assert_eq!((exit, &stderr[..]), (Some(0), ""));
    let help = String::from_utf8(stdout).unwrap();
    let words: Vec<_> = help.split_whitespace().collect();
    for code in [
        "0", "1", "2", "6", "7", "8", "18", "22", "23", "28", "56", "63",
    ] {
        assert!(words.contains(&code), "{code} is not explained");
    }
}

#[test]
fn bytes_behind_the_length_are_no_part_of_the_body() {
    let url = serve_bytes(&with_headers("Content-Length: 4\r\n", "12345"));
    assert_eq!(fetch(&[&url]), Ran::good(b"1234"));
}

#[test]
fn a_response_without_a_body_is_over_with_its_head() {
    for status in ["204 No Content", "304 Not Modified"] {
        let reply = format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n");
        let url = site(serve(reply.as_bytes(), hold));
        assert_eq!(fetch(&["--timeout", "20", &url]), Ran::good(b""));
    }
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n";
    let url = site(serve(head, hold));
    assert_eq!(fetch(&["--timeout", "20", "--head", &url]), Ran::good(head));
}

#[test]
fn a_whole_body_is_not_waited_after() {
    for reply in [
        with_headers("Content-Length: 4\r\n", "1234"),
        with_headers("Transfer-Encoding: chunked\r\n", "4\r\n1234\r\n0\r\n\r\n"),
    ] {
        // This server keeps the connection open; waiting for its end would be a time-out.
        let url = site(serve(&reply, hold));
        assert_eq!(fetch(&["--timeout", "20", &url]), Ran::good(b"1234"));
    }
}

#[test]
fn the_request_is_these_lines_and_gzip_is_asked_for_only_on_demand() {
    for (arguments, first, gzip) in [
        (&[][..], "GET /a?b HTTP/1.1", ""),
        (
            &["--gzip"],
            "GET /a?b HTTP/1.1",
            "Accept-Encoding: gzip\r\n",
        ),
        (&["--head"], "HEAD /a?b HTTP/1.1", ""),
    ] {
        let (send, request) = std::sync::mpsc::channel();
        let address = answer(move |head| {
            send.send(head).expect("the test listens");
            b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()
        });
        let url = format!("http://{address}/a?b#c");
        assert_eq!(fetch(&[arguments, &[&url]].concat()).exit, Some(0));
        let expected = format!(
            "{first}\r\nHost: {address}\r\nUser-Agent: tourbillon-fetch/{}\r\nAccept: */*\r\n{gzip}\
             Connection: close\r\n\r\n",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(
            String::from_utf8(request.recv().unwrap()).unwrap(),
            expected
        );
    }
}

#[test]
fn a_gzipped_body_is_handed_over_as_it_came() {
    let body = b"\x1f\x8b\x08\x00 not unpacked\xff\x00";
    let mut reply = with_headers("Content-Encoding: gzip\r\n", "");
    reply.extend(body);
    assert_eq!(fetch(&[&serve_bytes(&reply)]), Ran::good(body));
}

#[test]
fn an_error_status_is_a_page_unless_fail_is_asked_for() {
    let reply = b"HTTP/1.1 404 Not\xe9 here\r\n\r\n<title>gone</title>";
    assert_eq!(
        fetch(&[&serve_bytes(reply)]),
        Ran::good(b"<title>gone</title>")
    );
    assert_eq!(
        fetch(&["--title", &serve_bytes(reply)]),
        Ran::good(b"gone\n")
    );
    fails(&["--fail", &serve_bytes(reply)], 22, "status 404");
}

#[test]
fn a_redirect_is_shown_and_not_followed() {
    let reply = "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\u{9b}2J\r\n\r\nmoved";
    let ran = fetch(&[&serve_bytes(reply.as_bytes())]);
    assert_eq!((ran.exit, &ran.stdout[..]), (Some(0), &b"moved"[..]));
    assert_eq!(
        ran.stderr,
        "fetch: status 302, not followed: http://elsewhere/2J\n"
    );
}

#[test]
fn a_title_is_plain_text_and_its_absence_ends_with_1() {
    let page = |body: &str| serve_bytes(&with_headers("", body));
    let coloured = page("<title>\n A &amp; B \x1b[31m </title>");
    assert_eq!(fetch(&["--title", &coloured]), Ran::good(b"A & B [31m\n"));
    fails(&["--title", &page("<p>no title</p>")], 1, "no title");
}

#[test]
fn output_goes_to_the_file_and_a_failed_fetch_leaves_an_old_one_alone() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/page");
    let url = serve_bytes(&with_headers("", "new"));
    assert_eq!(fetch(&["--output", file, &url]), Ran::good(b""));
    assert_eq!(std::fs::read(file).unwrap(), b"new");
    fails(
        &["--output", file, &serve_bytes(b"no HTTP")],
        8,
        "not HTTP/1",
    );
    assert_eq!(std::fs::read(file).unwrap(), b"new");
}

#[test]
fn output_that_cannot_be_written_ends_with_23() {
    for file in ["/dev/full", "/nowhere/at/all"] {
        let url = serve_bytes(&with_headers("", "body"));
        fails(&["--output", file, &url], 23, "cannot be written");
    }
    let url = serve_bytes(&with_headers("", "no line feed at the end"));
    let Ran { exit, stderr, .. } = fetch_by_shell("exec \"$0\" \"$@\" >/dev/full", &[&url]);
    assert_eq!(exit, Some(23), "{stderr}");
}

#[test]
fn a_long_body_comes_whole_and_the_memory_does_not_grow_with_it() {
    // 64 MiB of address space would not hold this body.
    let length: usize = 200 << 20;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    let url = site(serve(head.as_bytes(), |stream| {
        flood(stream, &[b'x'; 1 << 16])
    }));
    let line = "ulimit -v 65536 && exec \"$0\" \"$@\" | wc -c";
    let ran = fetch_by_shell(line, &["--limit", "300000000", &url]);
    assert_eq!(ran, Ran::good(format!("{length}\n").as_bytes()));
}
