//! A scraper: three sites, page after page while there is a next one, with a pause after each.
//!
//! The twin of `AsyncWebScraper` in lecture 000. Its listing awaits one site after the other, so
//! `await` alone saves nothing; and it never starts again at page 1, which ours does for each site.
//! The sites have 5, 4 and 2 pages. A page takes 0.43 seconds and a pause 1, chosen so that the sums
//! are those of the lecture's fifth test: 11 pages in a row, or the longest of three sites.
//!
//!     cargo run --example scraper [-- --virtual]
//!
//! > test         WebScraper  AsyncWebScraper
//! > lecture's 5  15.72 s     7.15 s
//! > ours         15.730 s    7.150 s
//! > 22 offers, the same both times: true

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{join_all, now, sleep};

#[path = "fetch/mod.rs"]
mod http;
#[path = "site/mod.rs"]
mod site;
#[path = "support/mod.rs"]
mod support;
use http::{FetchError, Limits, html};
use site::Site;
use support::seconds;

const ANSWER: Duration = Duration::from_millis(430);
const PAUSE: Duration = Duration::from_secs(1);

/// The offers of one site, from all its pages.
async fn scrape(site: &Site, first_page: &str) -> Result<Vec<String>, FetchError> {
    let mut offers = Vec::new();
    let mut next = Some(first_page.to_owned());
    while let Some(path) = next {
        let page = http::get(&site.url(&path).parse()?, &Limits::default())
            .await?
            .text();
        let on_page = html::tags(&page).filter(|tag| tag.attribute("class") == Some("offer"));
        offers.extend(on_page.map(|tag| tag.text()));
        sleep(PAUSE).await;
        let mut links = html::tags(&page).filter(|tag| tag.attribute("rel") == Some("next"));
        next = links.find_map(|tag| tag.attribute("href").map(str::to_owned));
    }
    Ok(offers)
}

pub async fn act() {
    let mut sites = Vec::new();
    for pages in [5, 4, 2] {
        sites.push((Site::start(ANSWER).await, format!("/offers/1?of={pages}")));
    }

    let start = now();
    let mut in_a_row = Vec::new();
    for (site, first_page) in &sites {
        let offers = scrape(site, first_page).await;
        in_a_row.extend(offers.expect("our own site answers"));
    }
    let row = seconds(now() - start);

    let start = now();
    let scraped = join_all(sites.iter().map(|(site, page)| scrape(site, page))).await;
    let scraped: Result<Vec<_>, _> = scraped.into_iter().collect();
    let together = scraped.expect("our own site answers").concat();

    println!("{:<11}  {:<10}  AsyncWebScraper", "test", "WebScraper");
    println!("{:<11}  {:<10}  7.15 s", "lecture's 5", "15.72 s");
    println!("{:<11}  {row:<10}  {}", "ours", seconds(now() - start));
    let (count, same) = (in_a_row.len(), in_a_row == together);
    println!("{count} offers, the same both times: {same}");
}

fn main() -> ExitCode {
    support::play(act())
}
