//! The command line of the fetcher: what may stand there, and what each mistake is answered with.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::http::{Limits, Url, UrlError};

pub(crate) const HELP: &str = "\
Fetches one page over HTTP/1.1: fetch [OPTION]... URL

  --output FILE         write the body to FILE; - is stdout, as without this option
  --head                ask for the head alone, and write it
  --title               write the page's title in place of its body
  --timeout S           seconds for everything (300)
  --connect-timeout S   seconds for look-up and connecting (10)
  --limit BYTES         longest body taken (67108864)
  --gzip                say that a gzipped body is welcome; it is written as it comes
  --fail                write nothing and end with 22 if the status is 400 or above
  --help                write this and leave

A redirect is not followed: its status and Location are shown on stderr. Bytes that a server sends
behind the length it announced are no part of the body. What came before an error stays in FILE.

Ends with
   0  the page came                        18  the body ended early
   1  another failure; no title            22  status 400 or above, with --fail
   2  wrong arguments or address           23  the output cannot be written
   6  the host has no address              28  time-out
   7  no connection                        56  the connection broke
   8  the reply is not good HTTP           63  the body is longer than --limit";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Fetch(Arguments),
}

#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) url: Url,
    pub(crate) limits: Limits,
    /// None is stdout.
    pub(crate) output: Option<PathBuf>,
    pub(crate) show: Show,
    pub(crate) gzip: bool,
    pub(crate) fail: bool,
}

/// Which part of the page is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    Body,
    Head,
    Title,
}

/// Reads the arguments behind the program's name. The last of two equal options counts.
///
/// # Errors
///
/// The first mistake, in words for whoever made it.
pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Command, Mistake> {
    let mut words = words.map(|word| word.into_string().map_err(Mistake::NotText));
    let mut limits = Limits::default();
    let (mut url, mut output, mut show) = (None, None, Show::Body);
    let (mut gzip, mut fail, mut options_ended) = (false, false, false);
    while let Some(word) = words.next().transpose()? {
        if options_ended || !word.starts_with('-') {
            if url.replace(word).is_some() {
                return Err(Mistake::TwoAddresses);
            }
            continue;
        }
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (&word[..], None),
        };
        if joined.is_some() && !TAKES_VALUE.contains(&name) {
            return Err(Mistake::Unknown(word));
        }
        let mut value = || match joined.clone() {
            Some(value) => Ok(value),
            None => words
                .next()
                .unwrap_or_else(|| Err(Mistake::NoValue(name.to_owned()))),
        };
        match name {
            "--output" => output = Some(value()?).filter(|file| file != "-").map(PathBuf::from),
            "--timeout" => limits.total = seconds(name, &value()?)?,
            "--connect-timeout" => limits.connect = seconds(name, &value()?)?,
            "--limit" => limits.body = bytes(name, &value()?)?,
            "--head" | "--title" if show != Show::Body && show != part(name) => {
                return Err(Mistake::TwoParts);
            }
            "--head" | "--title" => show = part(name),
            "--gzip" => gzip = true,
            "--fail" => fail = true,
            "--help" => return Ok(Command::Help),
            "--" => options_ended = true,
            _ => return Err(Mistake::Unknown(word)),
        }
    }
    let url = url.ok_or(Mistake::NoAddress)?.parse()?;
    Ok(Command::Fetch(Arguments {
        url,
        limits,
        output,
        show,
        gzip,
        fail,
    }))
}

const TAKES_VALUE: [&str; 4] = ["--output", "--timeout", "--connect-timeout", "--limit"];

fn part(name: &str) -> Show {
    if name == "--head" {
        Show::Head
    } else {
        Show::Title
    }
}

fn seconds(option: &str, text: &str) -> Result<Duration, Mistake> {
    let duration = text
        .parse()
        .ok()
        .and_then(|s| Duration::try_from_secs_f64(s).ok());
    let positive = duration.filter(|duration| !duration.is_zero());
    positive.ok_or_else(|| Mistake::NotSeconds(option.to_owned(), text.to_owned()))
}

fn bytes(option: &str, text: &str) -> Result<u64, Mistake> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let count = text.parse().ok().filter(|_| digits);
    count.ok_or_else(|| Mistake::NotBytes(option.to_owned(), text.to_owned()))
}

/// What is wrong with the command line.
#[derive(Debug)]
pub(crate) enum Mistake {
    NoAddress,
    TwoAddresses,
    TwoParts,
    Unknown(String),
    NoValue(String),
    NotSeconds(String, String),
    NotBytes(String, String),
    NotText(OsString),
    Url(UrlError),
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mistake::NoAddress => f.write_str("which page? Write fetch http://HOST/PATH"),
            Mistake::TwoAddresses => f.write_str("one page at a time: there are two addresses"),
            Mistake::TwoParts => f.write_str("--head and --title do not go together: choose one"),
            Mistake::Unknown(word) => write!(f, "unknown option {word:?}: try --help"),
            Mistake::NoValue(name) => write!(f, "{name} wants a value behind it"),
            Mistake::NotSeconds(name, text) => {
                write!(
                    f,
                    "{name} wants seconds above 0, such as 2.5, and got {text:?}"
                )
            }
            Mistake::NotBytes(name, text) => {
                write!(f, "{name} wants a number of bytes, and got {text:?}")
            }
            Mistake::NotText(word) => write!(f, "{word:?} is not UTF-8"),
            Mistake::Url(error) => error.fmt(f),
        }
    }
}

impl From<UrlError> for Mistake {
    fn from(error: UrlError) -> Mistake {
        Mistake::Url(error)
    }
}
