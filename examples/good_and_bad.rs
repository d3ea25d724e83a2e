//! A good address and a bad one: errors are results, and are sorted out afterwards.
//!
//! The twin of `gather(*tasks, return_exceptions=True)` over two addresses in lecture 002. There an
//! exception becomes a value only on demand; here an error is a value from the start, so the list
//! of results holds both and `partition` sorts them.
//!
//!     cargo run --example good_and_bad [-- --virtual]
//!
//! > Все результаты: [Ok(200), Err("unknown scheme python://, only http:// is spoken here")]
//! > Завершились успешно: [200]
//! > Завершились с исключением: ["unknown scheme python://, only http:// is spoken here"]
//! > in 0.200 s

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

async fn fetch_status_code(url: &str) -> Result<u16, FetchError> {
    let response = http::get(&url.parse()?, &Limits::default()).await?;
    Ok(response.head.status)
}

pub async fn act() {
    let start = now();
    let site = Site::start(Duration::from_millis(200)).await;
    let urls = [&site.url("/page/1")[..], "python://example.com"];
    let results = join_all(urls.map(fetch_status_code)).await;

    // Each error in its own words, which are for people, and not in the compiler's.
    let results = results
        .into_iter()
        .map(|result| result.map_err(|error| error.to_string()));
    let results: Vec<Result<u16, String>> = results.collect();
    println!("Все результаты: {results:?}");
    let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let good: Vec<_> = good.into_iter().flatten().collect();
    let bad: Vec<_> = bad.into_iter().filter_map(Result::err).collect();
    println!("Завершились успешно: {good:?}");
    println!("Завершились с исключением: {bad:?}");
    println!("in {}", seconds(now() - start));
}

fn main() -> ExitCode {
    support::play(act())
}
