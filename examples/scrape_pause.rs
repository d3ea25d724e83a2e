//! A scraper that rests between two pages: a random pause that costs nobody else anything.
//!
//! The twin of `ascrape_pause` in lecture 000: `random.uniform` and `asyncio.sleep`. You will see
//! two scrapers rest at the same time. The generator has a seed, so every run rests alike.
//!
//!     cargo run --example scrape_pause [-- --virtual]
//!
//! > site 1, page 1, pause 2.682 s
//! > site 2, page 1, pause 2.915 s
//! > site 1, page 2, pause 2.819 s
//! > site 2, page 2, pause 1.344 s
//! > site 1 rested 5.501 s, site 2 rested 4.259 s, both in 5.501 s

use std::process::ExitCode;
use std::time::Duration;

use tourbillon::{join, now, sleep};

#[path = "support/mod.rs"]
mod support;
use support::seconds;

const MIN_PAUSE: u64 = 1_000;
const MAX_PAUSE: u64 = 3_000;

/// SplitMix64: eight bytes of state, and every seed is a good one.
struct Random(u64);

impl Random {
    /// A whole number of milliseconds from `low` to `high`; the remainder's bias does not matter
    /// here.
    fn uniform(&mut self, low: u64, high: u64) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Duration::from_millis(low + (mixed ^ (mixed >> 31)) % (high - low + 1))
    }
}

/// Reads two pages of a site and rests after each; returns how long it rested.
async fn scrape(site: u64) -> Duration {
    let mut random = Random(site);
    let mut rested = Duration::ZERO;
    for page in 1..=2 {
        let delay = random.uniform(MIN_PAUSE, MAX_PAUSE);
        println!("site {site}, page {page}, pause {}", seconds(delay));
        sleep(delay).await;
        rested += delay;
    }
    rested
}

pub async fn act() {
    let start = now();
    let (first, second) = join(scrape(1), scrape(2)).await;
    let (first, second, both) = (seconds(first), seconds(second), seconds(now() - start));
    println!("site 1 rested {first}, site 2 rested {second}, both in {both}");
}

fn main() -> ExitCode {
    support::play(act())
}
