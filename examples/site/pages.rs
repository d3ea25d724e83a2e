//! The pages of the site: what each address answers.

/// Status and body of the page at `path`; the empty path stands for a request that was none.
pub(super) fn page(path: &str, query: &str) -> (&'static str, String) {
    let after = |start| path.strip_prefix(start)?.parse::<u64>().ok();
    match (after("/page/"), after("/offers/"), number(query, "of")) {
        (Some(n), ..) => (
            "200 OK",
            format!("<title>Page {n}</title>\n<h1>Page {n}</h1>\n"),
        ),
        (_, Some(n), Some(of)) if (1..=of).contains(&n) => ("200 OK", offers(n, of)),
        _ if path.is_empty() => ("400 Bad Request", String::new()),
        _ => ("404 Not Found", "<title>No such page</title>\n".to_owned()),
    }
}

fn offers(page: u64, of: u64) -> String {
    let offer = |n| format!("<div class=offer>Flat {page}-{n}</div>\n");
    let next = match of - page {
        0 => String::new(),
        _ => format!("<a rel=next href='/offers/{}?of={of}'>Next</a>\n", page + 1),
    };
    let title = format!("<title>Offers, page {page}</title>\n");
    [title, offer(1), offer(2), next].concat()
}

/// The number that `name` has in the query.
pub(super) fn number(query: &str, name: &str) -> Option<u64> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}
