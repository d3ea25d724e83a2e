//! Which addresses are taken, and that nothing gets into a request through one.

use crate::http::url::{Host, LONGEST};
use crate::http::{Url, UrlError};

fn parse(text: &str) -> Result<Url, UrlError> {
    text.parse()
}

/// `Host` header and request target of a good address.
fn asks(text: &str) -> (String, String) {
    let url = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    (url.authority(), url.target().to_owned())
}

#[test]
fn good_addresses_are_taken_apart_as_rfc_3986_says() {
    for (text, authority, target) in [
        ("http://example.com", "example.com", "/"),
        ("HTTP://Example.COM/", "example.com", "/"),
        ("http://example.com:80/a", "example.com", "/a"),
        ("http://example.com:/a", "example.com", "/a"),
        (
            "http://example.com:8080/a?b=c&d",
            "example.com:8080",
            "/a?b=c&d",
        ),
        ("http://example.com?b", "example.com", "/?b"),
        ("http://example.com#part", "example.com", "/"),
        ("http://example.com/a?b#part?c", "example.com", "/a?b"),
        ("http://example.com/a@b:c", "example.com", "/a@b:c"),
        (
            "http://example.com/100%25?q=[]|",
            "example.com",
            "/100%25?q=[]|",
        ),
        ("http://example.com./", "example.com.", "/"),
        ("http://my_host/", "my_host", "/"),
        ("http://127.0.0.1:65535/", "127.0.0.1:65535", "/"),
        ("http://[::1]/", "[::1]", "/"),
        ("http://[2001:DB8::1]:8080/x", "[2001:db8::1]:8080", "/x"),
        (
            "http://ru.wikipedia.org/wiki/Поток",
            "ru.wikipedia.org",
            "/wiki/%D0%9F%D0%BE%D1%82%D0%BE%D0%BA",
        ),
        (
            "http://example.com/?u=http://other/",
            "example.com",
            "/?u=http://other/",
        ),
    ] {
        assert_eq!(
            asks(text),
            (authority.to_owned(), target.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn an_address_in_figures_needs_no_look_up() {
    for (text, ip) in [
        ("http://127.0.0.1/", "127.0.0.1"),
        ("http://[::1]:8080/", "::1"),
    ] {
        assert_eq!(parse(text).unwrap().host(), &Host::Ip(ip.parse().unwrap()));
    }
    assert_eq!(
        parse("http://localhost").unwrap().host(),
        &Host::Name("localhost".to_owned())
    );
}

#[test]
fn bad_addresses_are_refused_each_for_its_own_reason() {
    let host = |text: &str| UrlError::BadHost(text.to_owned());
    let port = |text: &str| UrlError::BadPort(text.to_owned());
    let scheme = |text: &str| UrlError::UnknownScheme(text.to_owned());
    for (text, error) in [
        ("", UrlError::NoScheme),
        ("example.com", UrlError::NoScheme),
        ("http:/example.com", UrlError::NoScheme),
        ("example.com/?u=http://x", UrlError::NoScheme),
        ("://example.com", UrlError::NoScheme),
        ("python://example.com", scheme("python")),
        ("FTP://example.com", scheme("ftp")),
        ("https://example.com", UrlError::NeedsTls),
        ("http://", UrlError::NoHost),
        ("http:///path", UrlError::NoHost),
        ("http://:80/", UrlError::NoHost),
        ("http://?q", UrlError::NoHost),
        ("http://a..b/", host("a..b")),
        ("http://.a/", host(".a")),
        ("http://a%20b/", host("a%20b")),
        ("http://a\\b/", host("a\\b")),
        ("http://пример.рф/", host("пример.рф")),
        ("http://::1/", host(":")),
        ("http://[::1/", host("[:")),
        ("http://[::1]x/", host("[::1]x")),
        ("http://[127.0.0.1]/", host("[127.0.0.1]")),
        ("http://[fe80::1%25eth0]/", host("[fe80::1%25eth0]")),
        ("http://a:0/", port("0")),
        ("http://a:65536/", port("65536")),
        ("http://a:+80/", port("+80")),
        ("http://a:-1/", port("-1")),
        ("http://a:8o/", port("8o")),
        (
            "http://a:99999999999999999999/",
            port("99999999999999999999"),
        ),
        ("http://user@a/", UrlError::UserInfo),
        ("http://user:password@a/", UrlError::UserInfo),
        ("http://good\\@evil/", UrlError::UserInfo),
        ("http://a/b c", UrlError::Forbidden(' ')),
        (" http://a/", UrlError::Forbidden(' ')),
        ("http://a/\r\nX-Evil: 1", UrlError::Forbidden('\r')),
        ("http://a/\n", UrlError::Forbidden('\n')),
        ("http://a\t/", UrlError::Forbidden('\t')),
        ("http://a/\0", UrlError::Forbidden('\0')),
        ("http://a/\u{7f}", UrlError::Forbidden('\u{7f}')),
        ("http://a/#\u{85}", UrlError::Forbidden('\u{85}')),
    ] {
        assert_eq!(parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn a_label_has_63_bytes_a_name_253_and_an_address_8000_and_not_one_more() {
    let label = "a".repeat(63);
    let name = [&label[..], &label, &label, &label[..61]].join(".");
    assert!(parse(&format!("http://{label}/")).is_ok());
    assert!(parse(&format!("http://{label}a/")).is_err());
    assert!(parse(&format!("http://{name}/")).is_ok());
    assert!(parse(&format!("http://{name}b/")).is_err());
    let address = format!("http://a/{}", "p".repeat(LONGEST - "http://a/".len()));
    assert!(parse(&address).is_ok());
    assert_eq!(parse(&format!("{address}p")), Err(UrlError::TooLong));
}

#[test]
fn every_refusal_says_in_one_line_what_to_do() {
    for text in [
        "",
        "x://a",
        "https://a",
        "http://",
        "http://a..b",
        "http://a:0",
        "http://u@a",
        "\n",
    ] {
        let line = parse(text).unwrap_err().to_string();
        assert!(!line.contains('\n') && line.len() > 20, "{line:?}");
    }
    assert_eq!(
        parse("http://a/b c").unwrap_err().to_string(),
        "the address holds ' ': write it as %20"
    );
}

/// Addresses put together at random from what parsers stumble over.
#[test]
fn whatever_is_taken_writes_no_space_and_no_line_break_into_a_request() {
    const PIECES: [&str; 24] = [
        "http", "://", "//", "/", ":", "@", "#", "?", "[", "]", "::1", ".", "a", "b-c", "80",
        "%0d%0a", "\r\n", " ", "\t", "\u{a0}", "\u{2028}", "é", "\\", "\u{0}",
    ];
    let mut random = crate::replies::Random::new(7);
    let mut taken = 0;
    for _ in 0..200_000 {
        let start = if random.below(4) == 0 { "" } else { "http://" };
        let tail = (0..random.below(8)).map(|_| PIECES[random.below(PIECES.len())]);
        let text: String = std::iter::once(start).chain(tail).collect();
        let Ok(url) = parse(&text) else { continue };
        taken += 1;
        let asked = format!("{}{}", url.authority(), url.target());
        assert!(
            asked.bytes().all(|b| b.is_ascii_graphic()),
            "{text:?} asks {asked:?}"
        );
        assert!(url.target().starts_with('/'), "{text:?}");
        assert_eq!(
            parse(&url.to_string()),
            Ok(url),
            "{text:?} changes when read again"
        );
    }
    assert!(
        taken > 5_000,
        "only {taken} addresses were taken: the test tests nothing"
    );
}
