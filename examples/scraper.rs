//! A scraper: three sites, page after page while there is a next one, with a pause after each.
//!
//! The twin of `AsyncWebScraper` in lecture 000. Its listing awaits one site after the other, so
//! `await` alone saves nothing; and it never starts again at page 1, which ours does for each site.
//! The sites have 5, 4 and 2 pages. A page takes 0.43 seconds and a pause 1, chosen so that the sums
//! are those of the lecture's fifth test: 11 pages in a row, or the longest of three sites.
//!
//!     cargo run --example scraper [-- --virtual]
//!
//! > WebScraper, site after site (the lecture's 15.72 s):
//! > 5 pages after 7.150 s
//! > 4 pages after 12.870 s
//! > 2 pages after 15.730 s
//! > AsyncWebScraper, all sites at once (the lecture's 7.15 s):
//! > 2 pages after 2.860 s
//! > 4 pages after 5.720 s
//! > 5 pages after 7.150 s
//! > 22 offers, the same both times: true

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tourbillon::{now, sleep, try_join_all};

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

/// The offers of one site, from all its pages; says when it is done.
async fn scrape((site, pages): &(Site, u32), start: Instant) -> Result<Vec<String>, FetchError> {
    let mut offers = Vec::new();
    let mut next = Some(format!("/offers/1?of={pages}"));
    while let Some(path) = next {
        let address = site.url(&path).parse()?;
        let page = http::get(&address, &Limits::default()).await?.text();
        let on_page = html::tags(&page).filter(|tag| tag.attribute("class") == Some("offer"));
        offers.extend(on_page.map(|tag| tag.text()));
        sleep(PAUSE).await;
        let mut links = html::tags(&page).filter(|tag| tag.attribute("rel") == Some("next"));
        next = links.find_map(|tag| tag.attribute("href").map(str::to_owned));
    }
    println!("{pages} pages after {}", seconds(now() - start));
    Ok(offers)
}

pub async fn act() {
    let mut sites = Vec::new();
    for pages in [5, 4, 2] {
        sites.push((Site::start(ANSWER).await, pages));
    }

    println!("WebScraper, site after site (the lecture's 15.72 s):");
    let start = now();
    let mut in_a_row = Vec::new();
    for site in &sites {
        let offers = scrape(site, start).await;
        in_a_row.extend(offers.expect("our own site answers"));
    }

    println!("AsyncWebScraper, all sites at once (the lecture's 7.15 s):");
    let start = now();
    let scraped = try_join_all(sites.iter().map(|site| scrape(site, start)));
    let together = scraped.await.expect("our own site answers").concat();

    let (count, same) = (in_a_row.len(), in_a_row == together);
    println!("{count} offers, the same both times: {same}");
}

fn main() -> ExitCode {
    support::play(act())
}
