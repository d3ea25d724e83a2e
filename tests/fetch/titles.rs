//! Tags and titles out of pages, tidy ones and broken ones.

use crate::http::html::{one_line, tags, title};

#[test]
fn a_title_is_one_line_with_its_entities_read() {
    for (page, expected) in [
        ("<title>Page 7</title>", "Page 7"),
        (
            "<html><TITLE lang=en>\n  Two\n  lines </Title>",
            "Two lines",
        ),
        (
            "<title>a &lt;b&gt; &amp;amp; &quot;c&apos; &#33;&#x3F;&nbsp;d</title>",
            "a <b> &amp; \"c' !? d",
        ),
        (
            "<title>a & b &c; &#xD800; &#99999999; &</title>",
            "a & b &c; &#xD800; &#99999999; &",
        ),
        ("<title>1 < 2 <b>bold</b></title>", "1 < 2 <b>bold</b>"),
        ("<!-- <title>no</title> --><title>yes</title>", "yes"),
        (
            "<script>'<title>no</title>'</script><title>yes</title>",
            "yes",
        ),
        ("<style><title>no</title></style><title>yes</title>", "yes"),
        ("<a title='<title>no</title>'><title>yes</title>", "yes"),
        ("<title>first</title><title>second</title>", "first"),
        ("<title>Ход часов</title>", "Ход часов"),
        (
            "<title>\u{1b}[31mred\u{7}\u{9b}&#27;[0m</title>",
            "[31mred[0m",
        ),
    ] {
        assert_eq!(title(page).as_deref(), Some(expected), "{page:?}");
    }
}

#[test]
fn a_page_without_a_whole_title_has_none() {
    for page in [
        "",
        "<",
        "<title",
        "<title>",
        "<title>open",
        "<title></title>",
        "<title> \n </title>",
        "title",
        "</title>",
        "<titles>x</titles>",
        "<!-- <title>x</title>",
        "<script><title>x</title>",
        "<a href=\"><title>x</title>",
        "< title>x</title>",
    ] {
        assert_eq!(title(page), None, "{page:?}");
    }
}

#[test]
fn attributes_are_found_quoted_bare_and_empty() {
    let page = "<a é==1 HREF='/2?a=b c' rel=next class = \"x y\" hidden data-rel=no/>text <b>bold";
    let found: Vec<_> = tags(page).collect();
    let [link, bold] = found[..] else {
        panic!("two tags, not {found:?}")
    };
    assert!(link.is("A") && bold.is("b"));
    for (name, value) in [
        ("href", Some("/2?a=b c")),
        ("rel", Some("next")),
        ("class", Some("x y")),
        ("hidden", Some("")),
        ("é", Some("=1")),
        ("id", None),
    ] {
        assert_eq!(link.attribute(name), value, "{name}");
    }
    assert_eq!(
        (link.text(), bold.text()),
        ("text".to_owned(), "bold".to_owned())
    );
}

#[test]
fn a_page_full_of_openings_is_read_in_linear_time() {
    // 1 MiB each; were they read in quadratic time, the test would take minutes.
    for piece in [
        "<title>", "<a b='", "<!--", "<script>", "<a ", "&#", "</", "<a =", "<x a=b ",
    ] {
        let page = piece.repeat((1 << 20) / piece.len());
        for tag in tags(&page) {
            assert_eq!(tag.attribute("none"), None);
        }
        assert!(one_line(&page).len() <= page.len());
    }
}

#[test]
fn a_line_that_is_shown_holds_no_control_character() {
    let all: String = ('\0'..'\u{a1}').collect();
    assert!(one_line(&all).chars().all(|c| !c.is_control()));
    assert_eq!(one_line(" a\r\nb\u{1b}[2J\t\tc "), "a b[2J c");
}
