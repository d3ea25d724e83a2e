//! Three mirrors are asked for one page; the first answer wins, and the others are hung up on.
//!
//! The twin of `asyncio.wait(..., return_when=FIRST_COMPLETED)` in lecture 002, with real requests:
//! `first_completed` shows the counting, this one what becomes of the rest. The listing leaves its
//! slow requests running; here they are dropped, and dropping a request closes its connection, which
//! the site sees at once.
//!
//!     cargo run --example first_page [-- --virtual]
//!
//! > mirror 1 answers first: 200, after 1.000 s
//! > Число завершившихся задач: 1
//! > Число ожидающих задач: 2
//! > 2 clients hung up, after 1.000 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{first_completed, now, wait, yield_now};

#[path = "fetch/mod.rs"]
mod http;
#[path = "site/mod.rs"]
mod site;
#[path = "support/mod.rs"]
mod support;
use http::{FetchError, Limits};
use site::Site;
use support::seconds;

/// Fetches a page that takes `delay` seconds.
async fn fetch_status(site: &Site, delay: u64) -> Result<u16, FetchError> {
    let url = site
        .url(&format!("/page/1?delay={}", 1_000 * delay))
        .parse()?;
    let response = http::get(&url, &Limits::default()).await?;
    Ok(response.head.status)
}

pub async fn act() {
    let start = now();
    let site = Site::start(Duration::ZERO).await;
    let fetchers = [2, 1, 10].map(|delay| fetch_status(&site, delay));

    let (done, pending) = wait(fetchers, first_completed).await;
    let (mirror, status) = done.first().expect("one is done");
    let status = status.as_ref().expect("our own site answers");
    println!(
        "mirror {mirror} answers first: {status}, after {}",
        seconds(now() - start)
    );
    println!("Число завершившихся задач: {}", done.len());
    println!("Число ожидающих задач: {}", pending.len());

    drop(pending);
    while site.hung_up() < 2 {
        yield_now().await;
    }
    println!(
        "{} clients hung up, after {}",
        site.hung_up(),
        seconds(now() - start)
    );
}

fn main() -> ExitCode {
    support::play(act())
}
