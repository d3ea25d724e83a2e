//! A hundred requests at once, and their titles; then the same through a pool of ten.
//!
//! The twin of the hundred requests in lecture 002. There a session holds at most 100 connections and
//! uses them again; here each request has its own, and the pool of ten is ten workers that take the
//! next page from one shared list: no lock, for one thread runs them all.
//!
//!     cargo run --example hundred_titles [-- --virtual]
//!
//! > 100 at a time: 100 titles from "Page 0" to "Page 99" in 0.200 s
//! > 10 at a time: 100 titles from "Page 0" to "Page 99" in 2.000 s

use std::cell::RefCell;
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

async fn request(url: &str) -> Result<String, FetchError> {
    let response = http::get(&url.parse()?, &Limits::default()).await?;
    let title = http::html::title(&response.text());
    Ok(title.unwrap_or_else(|| "no title".to_owned()))
}

/// Fetches all pages, at most `workers` at a time; the titles come in the order of the pages.
async fn request_manager(site: &Site, workers: usize) -> Result<Vec<String>, FetchError> {
    let pages = RefCell::new(0..100);
    let worker = async || {
        let mut titles = Vec::new();
        // Borrowed for the call of `next` alone: a borrow held over an await would meet the others'.
        while let Some(page) = { pages.borrow_mut().next() } {
            titles.push((page, request(&site.url(&format!("/page/{page}"))).await?));
        }
        Ok(titles)
    };
    let results = join_all((0..workers).map(|_| worker())).await;
    let titles: Result<Vec<Vec<_>>, FetchError> = results.into_iter().collect();
    let mut titles = titles?.concat();
    titles.sort();
    Ok(titles.into_iter().map(|(_, title)| title).collect())
}

pub async fn act() {
    let site = Site::start(Duration::from_millis(200)).await;
    for workers in [100, 10] {
        let start = now();
        let titles = request_manager(&site, workers)
            .await
            .expect("our own site answers");
        let [first, .., last] = &titles[..] else {
            panic!("a hundred pages have titles")
        };
        let (count, time) = (titles.len(), seconds(now() - start));
        println!("{workers} at a time: {count} titles from {first:?} to {last:?} in {time}");
    }
}

fn main() -> ExitCode {
    support::play(act())
}
