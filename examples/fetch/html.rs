//! As much of HTML as a scraper needs: its tags one after another, and the title.
//!
//! - **Linear.** Every byte is looked at a fixed number of times, whatever the page.
//! - **Never fails.** Any text is a page; where a tag, a comment or a script has no end, the page ends.
//!
//! Leaves out: nesting (a tag's text stops at the next tag), encodings other than UTF-8, and all
//! named entities but the six that a title is likely to hold.

/// An opening tag and what stands between it and the next tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag<'p> {
    pub(crate) name: &'p str,
    attributes: &'p str,
    text: &'p str,
}

impl<'p> Tag<'p> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of the attribute `name` as it is written, entities and all.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'p str> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            // At least one character belongs to the name, so that the loop moves on.
            let ends = |c: char| c.is_ascii_whitespace() || c == '=' || c == '/';
            let end = rest.char_indices().skip(1).find(|(_, c)| ends(*c));
            let (found, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
            let (value, after) = match after.trim_ascii_start().strip_prefix('=') {
                Some(written) => split_value(written.trim_ascii_start()),
                None => ("", after),
            };
            if found.eq_ignore_ascii_case(name) {
                return Some(value);
            }
            rest = after;
        }
    }

    /// The text after the tag in one line, its entities read.
    pub(crate) fn text(&self) -> String {
        one_line(&decode_entities(self.text))
    }
}

/// The opening tags of a page, in order; comments and the insides of scripts and styles are no tags.
pub(crate) fn tags(page: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = page;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[rest.find('<')? + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = &comment[comment.find("-->")? + 3..];
            } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let (tag, after) = split_tag(rest)?;
                rest = after;
                return Some(tag);
            }
        }
    })
}

/// The page's title in one line; none if the page has no title or an empty one.
pub(crate) fn title(page: &str) -> Option<String> {
    let title = tags(page).find(|tag| tag.is("title"))?;
    Some(title.text()).filter(|text| !text.is_empty())
}

/// One line that is safe to show: blanks run together, control characters left out.
pub(crate) fn one_line(text: &str) -> String {
    let words = text
        .split(char::is_whitespace)
        .map(|word| word.replace(char::is_control, ""));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Splits behind a tag, its text and whatever it hides; `page` begins with the tag's name.
fn split_tag(page: &str) -> Option<(Tag<'_>, &str)> {
    let end = end_of_tag(page)?;
    let (inside, after) = (&page[..end], &page[end + 1..]);
    let name_end = inside.find(|c: char| c.is_ascii_whitespace() || c == '/');
    let (name, attributes) = inside.split_at(name_end.unwrap_or(inside.len()));
    // Inside these a `<` is text.
    let raw = ["title", "textarea", "script", "style"].iter();
    let (text, rest) = match raw.into_iter().find(|raw| name.eq_ignore_ascii_case(raw)) {
        Some(raw) => after.split_at(closing_tag(after, raw)?),
        None => after.split_at(after.find('<').unwrap_or(after.len())),
    };
    Some((
        Tag {
            name,
            attributes,
            text,
        },
        rest,
    ))
}

/// Where the `>` stands that ends a tag: not inside quotes.
fn end_of_tag(page: &str) -> Option<usize> {
    let mut quote = None;
    page.bytes().position(|byte| {
        match (quote, byte) {
            (None, b'>') => return true,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        false
    })
}

fn closing_tag(page: &str, name: &str) -> Option<usize> {
    let is_closing = |at: usize| {
        let after = &page.as_bytes()[at..];
        after.starts_with(b"</")
            && after
                .get(2..2 + name.len())
                .is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
    };
    page.match_indices('<')
        .map(|(at, _)| at)
        .find(|at| is_closing(*at))
}

/// An attribute's value, quoted or not, and what follows it.
fn split_value(text: &str) -> (&str, &str) {
    let quote = text.chars().next().filter(|c| *c == '"' || *c == '\'');
    let Some(quote) = quote else {
        return text.split_at(
            text.find(|c: char| c.is_ascii_whitespace())
                .unwrap_or(text.len()),
        );
    };
    text[1..].split_once(quote).unwrap_or((&text[1..], ""))
}

fn decode_entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        // The longest entity read here has eight characters before its semicolon: `#1114111`.
        let end = rest.bytes().take(9).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(&rest[..end])?, &rest[end + 1..]))) {
            Some((character, after)) => {
                decoded.push(character);
                rest = after;
            }
            None => decoded.push('&'),
        }
    }
    decoded + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let code = match hex {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}
