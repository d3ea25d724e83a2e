//! The address of a page: `http://host:port/path?query`, checked before a byte is sent.
//!
//! - **Nothing smuggled.** What a [`Url`] writes into a request holds no control character, no space
//!   and no line break: whoever chose the address cannot add a header or a second request.
//! - **One scheme.** `http` is spoken and nothing else; `https` is refused, never sent as plain text.
//! - **As written.** Printable ASCII of the path and the query is sent as it stands, any other
//!   character as the percent-encoded bytes of its UTF-8. The `#fragment` stays here.
//!
//! Leaves out: relative references, user names and passwords, IPv6 zones, and names beyond ASCII,
//! which want the punycode that a browser would write.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// Longest address taken, in bytes: what RFC 9110 asks every server to bear, and not more.
pub(crate) const LONGEST: usize = 8_000;

/// A checked address. Made by [`str::parse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    host: Host,
    port: u16,
    target: String,
}

/// Whom to connect to: an address that needs no look-up, or a name that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Ip(IpAddr),
    Name(String),
}

impl Url {
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Path and query as the request line wants them: it starts with a slash.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// Host and port as the `Host` header wants them: port 80 is not named.
    pub(crate) fn authority(&self) -> String {
        match self.port {
            80 => self.host.to_string(),
            port => format!("{}:{port}", self.host),
        }
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Url, UrlError> {
        if text.len() > LONGEST {
            return Err(UrlError::TooLong);
        }
        if let Some(bad) = text.chars().find(|c| c.is_control() || *c == ' ') {
            return Err(UrlError::Forbidden(bad));
        }
        let rest = after_scheme(text)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UrlError::UserInfo);
        }
        let (host, port) = split_port(authority);
        Ok(Url {
            host: Host::parse(host)?,
            port: parse_port(port)?,
            target: encode(target),
        })
    }
}

/// The address as it is asked for, so without the fragment.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority(), self.target)
    }
}

impl Host {
    fn parse(text: &str) -> Result<Host, UrlError> {
        if text.is_empty() {
            return Err(UrlError::NoHost);
        }
        let refused = || UrlError::BadHost(text.to_owned());
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or_else(refused)?;
            return inner
                .parse::<Ipv6Addr>()
                .map(|ip| Host::Ip(ip.into()))
                .map_err(|_| refused());
        }
        if let Ok(ip) = text.parse() {
            return Ok(Host::Ip(ip));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let label = |part: &str| matches!(part.len(), 1..=63) && part.bytes().all(letter);
        if name.len() > 253 || !name.split('.').all(label) {
            return Err(refused());
        }
        Ok(Host::Name(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Host::Ip(IpAddr::V4(ip)) => write!(f, "{ip}"),
            Host::Name(name) => f.write_str(name),
        }
    }
}

fn after_scheme(text: &str) -> Result<&str, UrlError> {
    let (scheme, rest) = text.split_once("://").ok_or(UrlError::NoScheme)?;
    let first = scheme
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphabetic);
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Ok(rest),
        "https" => Err(UrlError::NeedsTls),
        other if first && other.bytes().all(letter) => {
            Err(UrlError::UnknownScheme(other.to_owned()))
        }
        _ => Err(UrlError::NoScheme),
    }
}

/// Splits at the last colon; the colons of an IPv6 address stand inside its brackets.
fn split_port(authority: &str) -> (&str, &str) {
    let after_bracket = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[after_bracket..].rfind(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(after_bracket + colon);
            (host, &port[1..])
        }
        None => (authority, ""),
    }
}

fn parse_port(text: &str) -> Result<u16, UrlError> {
    if text.is_empty() {
        return Ok(80);
    }
    let refused = || UrlError::BadPort(text.to_owned());
    // `parse` alone would take "+80".
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refused());
    }
    text.parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or_else(refused)
}

/// What follows the authority, as the request line wants it.
fn encode(text: &str) -> String {
    let asked = text.split_once('#').map_or(text, |(before, _)| before);
    let mut target = String::with_capacity(asked.len() + 1);
    if !asked.starts_with('/') {
        target.push('/');
    }
    for byte in asked.bytes() {
        match byte {
            b'!'..=b'~' => target.push(char::from(byte)),
            _ => target.push_str(&format!("%{byte:02X}")),
        }
    }
    target
}

/// Why an address is refused. The message says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UrlError {
    NoScheme,
    UnknownScheme(String),
    NeedsTls,
    NoHost,
    BadHost(String),
    BadPort(String),
    UserInfo,
    Forbidden(char),
    TooLong,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UrlError::NoScheme => f.write_str("the address has no scheme: write http://HOST/PATH"),
            UrlError::UnknownScheme(scheme) => {
                write!(f, "unknown scheme {scheme}://, only http:// is spoken here")
            }
            UrlError::NeedsTls => f.write_str(
                "https:// needs TLS, which is left out: ask for http://, or use another client",
            ),
            UrlError::NoHost => f.write_str("the address has no host: write http://HOST/PATH"),
            UrlError::BadHost(host) => write!(
                f,
                "bad host {host:?}: write letters, digits, dots and hyphens, or an IPv6 address in [ ]"
            ),
            UrlError::BadPort(port) => {
                write!(f, "bad port {port:?}: write a number from 1 to 65535")
            }
            UrlError::UserInfo => f.write_str(
                "a name or password before @ is never sent: take it out, or write @ as %40",
            ),
            UrlError::Forbidden(c) => {
                let mut bytes = [0; 4];
                write!(f, "the address holds {c:?}: write it as ")?;
                c.encode_utf8(&mut bytes)
                    .bytes()
                    .try_for_each(|byte| write!(f, "%{byte:02X}"))
            }
            UrlError::TooLong => write!(f, "the address is longer than {LONGEST} bytes"),
        }
    }
}

impl std::error::Error for UrlError {}
