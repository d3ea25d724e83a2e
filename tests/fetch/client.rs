//! The client on the virtual clock, against the site of the lessons: limits to the millisecond, and
//! nothing left behind by a fetch that is dropped. The site itself is held to its promises too.

use std::time::Duration;

use tourbillon::net::TcpStream;
use tourbillon::{join_all, now, wait_for};

use crate::http::{self, FetchError, Limits, Url, client::Phase};
use crate::replies::Random;
use crate::site::Site;

const DELAY: Duration = Duration::from_millis(200);

fn url(site: &Site, path: &str) -> Url {
    site.url(path)
        .parse()
        .expect("the site's addresses are good")
}

fn total(limit: Duration) -> Limits {
    Limits {
        total: limit,
        ..Limits::default()
    }
}

#[test]
fn a_page_takes_as_long_as_the_site_and_a_hundred_at_once_no_longer() {
    tourbillon::test(async {
        let site = Site::start(DELAY).await;
        let start = now();
        let pages: Vec<_> = (0..100)
            .map(|n| url(&site, &format!("/page/{n}")))
            .collect();
        let limits = Limits::default();
        for (n, page) in join_all(pages.iter().map(|page| http::get(page, &limits)))
            .await
            .into_iter()
            .enumerate()
        {
            let text = page.expect("the site answers").text();
            assert_eq!(http::html::title(&text), Some(format!("Page {n}")));
        }
        assert_eq!(now() - start, DELAY);
        site.stop().await;
    });
}

#[test]
fn a_limit_strikes_to_the_millisecond_and_names_the_phase() {
    tourbillon::test(async {
        let site = Site::start(DELAY).await;
        for (path, limit, phase) in [
            ("/page/1", Duration::from_millis(10), Phase::Head),
            ("/page/1", Duration::from_millis(199), Phase::Head),
            // A letter every 100 ms moves no limit.
            ("/drip", Duration::from_millis(1_050), Phase::Body),
        ] {
            let start = now();
            let error = http::get(&url(&site, path), &total(limit))
                .await
                .expect_err("it is late");
            assert!(
                matches!(error, FetchError::TimedOut(at, after) if at == phase && after == limit),
                "{error:?}"
            );
            assert_eq!(now() - start, limit, "{path}");
        }
        let in_time = http::get(&url(&site, "/page/1"), &total(Duration::from_millis(201))).await;
        assert_eq!(in_time.expect("in time").head.status, 200);
        site.stop().await;
    });
}

#[test]
fn a_limit_that_no_clock_can_add_is_no_limit() {
    tourbillon::test(async {
        let site = Site::start(DELAY).await;
        let limits = Limits {
            connect: Duration::MAX,
            total: Duration::MAX,
            body: u64::MAX,
        };
        let page = http::get(&url(&site, "/page/1"), &limits)
            .await
            .expect("the site answers");
        assert_eq!(page.head.status, 200);
        site.stop().await;
    });
}

#[test]
fn a_fetch_that_is_dropped_at_any_moment_leaves_nothing_and_the_site_hears_of_it() {
    // `test` fails if a socket, a timer or a task is left at the end.
    tourbillon::test(async {
        let site = Site::start(Duration::from_millis(3)).await;
        let page = url(&site, "/page/1");
        let limits = Limits::default();
        let mut random = Random::new(5);
        let (mut whole, mut dropped) = (0, 0);
        for _ in 0..50 {
            let fetches = (0..20).map(|_| {
                let patience = Duration::from_micros(random.below(6_000) as u64);
                wait_for(http::get(&page, &limits), patience)
            });
            for fetched in join_all(fetches).await {
                match fetched {
                    Ok(page) => {
                        whole += usize::from(page.expect("the site answers").head.status == 200)
                    }
                    Err(_) => dropped += 1,
                }
            }
        }
        assert!(
            whole > 100 && dropped > 100,
            "{whole} came, {dropped} were dropped"
        );
        site.stop().await;
    });
}

#[test]
fn the_site_outlives_its_worst_clients() {
    tourbillon::test(async {
        let site = Site::start(Duration::ZERO).await;
        let megabyte = vec![b'x'; 1 << 20];
        let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(1_000));
        for (request, status) in [
            (&b"nonsense\r\n\r\n"[..], "400"),
            (b"POST /page/1 HTTP/1.1\r\n\r\n", "400"),
            (b"GET /page/1 HTTP/1.1\r\nbad header\r\n\r\n", "400"),
            (b"GET /page/18446744073709551616 HTTP/1.1\r\n\r\n", "404"),
            (
                b"GET /offers/18446744073709551615?of=18446744073709551615 HTTP/1.1\r\n\r\n",
                "200",
            ),
            (b"GET /offers/1?of=0 HTTP/1.1\r\n\r\n", "404"),
            (b"GET /page/1?delay=x&of=- HTTP/1.1\r\n\r\n", "200"),
            (many_headers.as_bytes(), "400"),
            // Refused before all of it is read, so that the answer may be lost on the way.
            (&megabyte, "400"),
            // Half a request, and silence: the site gives up after a while.
            (b"GET /page/1 HTT", "408"),
        ] {
            let answer = ask(&site, request).await;
            let good = answer.starts_with(&format!("HTTP/1.1 {status} "));
            let lost = answer.is_empty() && request.len() > 8_192;
            assert!(
                good || lost,
                "{:?}: {answer:?}",
                String::from_utf8_lossy(&request[..20.min(request.len())])
            );
        }
        drop(
            TcpStream::connect(site.addr)
                .await
                .expect("the site listens"),
        );
        let page = http::get(&url(&site, "/page/1"), &Limits::default()).await;
        assert_eq!(page.expect("the site still answers").head.status, 200);
        site.stop().await;
    });
}

/// All that the site answers to these bytes.
async fn ask(site: &Site, request: &[u8]) -> String {
    let stream = TcpStream::connect(site.addr)
        .await
        .expect("the site listens");
    // The site may have closed before it has read all; what it said before counts.
    let _ = stream.write_all(request).await;
    let (mut answer, mut part) = (Vec::new(), [0; 1_024]);
    while let Ok(count @ 1..) = stream.read(&mut part).await {
        answer.extend_from_slice(&part[..count]);
    }
    String::from_utf8(answer).expect("the site speaks UTF-8")
}

#[test]
fn a_site_that_is_stopped_refuses_connections() {
    tourbillon::test(async {
        let site = Site::start(Duration::ZERO).await;
        let page = url(&site, "/page/1");
        site.stop().await;
        let error = http::get(&page, &Limits::default())
            .await
            .expect_err("nobody listens");
        assert!(matches!(error, FetchError::NotConnected(..)), "{error:?}");
    });
}
