//! An HTTP/1.1 GET over the runtime's own sockets, in five parts.
//!
//! `url`, `head`, `body` and `html` hold the rules and know no socket; `client` holds the socket and
//! knows no rules. The tool of this folder and the networked lessons both use it.

// Every program compiles this folder for itself and uses a part of it.
#![allow(dead_code, unused_imports)]

pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod head;
pub(crate) mod html;
pub(crate) mod url;

pub(crate) use client::{FetchError, Incoming, Limits, Request, Response, get, open};
pub(crate) use url::{Url, UrlError};
