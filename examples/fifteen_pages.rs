//! Fifteen pages one after the other, and all at once: fifteen waits, or one.
//!
//! The twin of `long_func` in lecture 001 and of its exercise 1. The page is our own site's and takes
//! 0.2 seconds; the lecture's `print(i)` stands in one line. `async` alone saves nothing: the first
//! half awaits its pages as the listing with `requests` does.
//!
//!     cargo run --example fifteen_pages [-- --virtual]
//!
//! > one by one: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14
//! > 15 pages in 3.000 s
//! > together: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14
//! > 15 pages in 0.200 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{join_all, now};

#[path = "fetch/mod.rs"]
mod http;
#[path = "site/mod.rs"]
mod site;
#[path = "support/mod.rs"]
mod support;
use http::{FetchError, Limits};
use site::Site;
use support::seconds;

/// Fetches page `i`; returns what its title says behind `Page`.
async fn long_func(site: &Site, i: u32) -> Result<String, FetchError> {
    let url = site.url(&format!("/page/{i}")).parse()?;
    let page = http::get(&url, &Limits::default()).await?;
    let title = http::html::title(&page.text()).unwrap_or_default();
    Ok(title.replace("Page ", ""))
}

async fn one_by_one(site: &Site) -> Result<Vec<String>, FetchError> {
    let mut pages = Vec::new();
    for i in 0..15 {
        pages.push(long_func(site, i).await?);
    }
    Ok(pages)
}

async fn together(site: &Site) -> Result<Vec<String>, FetchError> {
    let pages = join_all((0..15).map(|i| long_func(site, i))).await;
    pages.into_iter().collect()
}

pub async fn act() {
    let site = Site::start(Duration::from_millis(200)).await;
    for round in ["one by one", "together"] {
        let start = now();
        let pages = match round {
            "together" => together(&site).await,
            _ => one_by_one(&site).await,
        };
        let pages = pages.expect("our own site answers");
        println!("{round}: {}", pages.join(" "));
        println!("{} pages in {}", pages.len(), seconds(now() - start));
    }
}

fn main() -> ExitCode {
    support::play(act())
}
