//! Text made fit for Markdown as GitHub and Discourse read it: names from inputs stay text.

use std::fmt::Write as _;

use crate::error::visible;

/// A text as one line of Markdown that shows exactly this text: no markup, HTML, link, mention, table
/// border or line feed comes of it.
pub fn escape(text: &str) -> String {
    escaped(text, true)
}

/// The same for the text of an image, which is an attribute in the end: there nobody is mentioned.
pub fn escape_alternative(text: &str) -> String {
    escaped(text, false)
}

fn escaped(text: &str, break_mentions: bool) -> String {
    let mut result = String::with_capacity(text.len() + text.len() / 8);
    let mut before = None;
    let mut characters = text.trim().char_indices().peekable();
    let begins_list = begins_list(text.trim());
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        match character {
            '\n' | '\r' | '\t' => result.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' => {
                result.push('\\');
                result.push(character);
            }
            // At the start of a line they would make a list, a heading or a rule.
            '+' | '-' | '=' | '#' if at == 0 => {
                result.push('\\');
                result.push(character);
            }
            // A reference or a tag, where it stands at the start of a word.
            '#' if before.is_none_or(|before: char| !before.is_alphanumeric()) => result.push_str("\\#"),
            // `1.` and `1)` at the start would make a numbered list; `www.` and `://` a link.
            '.' | ')' if begins_list == Some(at) => {
                result.push('\\');
                result.push(character);
            }
            '.' if text_ends_with_www(&result) => result.push_str("\\."),
            ':' if next == Some('/') => result.push_str("\\:"),
            // An empty comment: the sign and the name are no longer one word, so nobody is called and no
            // mail address becomes a link; a reader sees no difference.
            '@' if break_mentions && next.is_some_and(|next| next.is_alphanumeric() || next == '_') => {
                result.push_str("@<!-- -->");
            }
            _ => result.push(visible(character)),
        }
        before = Some(character);
    }
    result
}

/// Where the sign of a numbered list stands, if the text begins like one.
fn begins_list(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = text.get(digits..).unwrap_or_default().chars();
    let is_sign = matches!(rest.next(), Some('.' | ')')) && rest.next().is_none_or(char::is_whitespace);
    (digits > 0 && is_sign).then_some(digits)
}

fn text_ends_with_www(text: &str) -> bool {
    let end = text.len().checked_sub(3).and_then(|start| text.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

/// A text as a block of code, fenced by more backticks than it holds in a row.
pub fn fenced(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut result = format!("{fence}text\n");
    for line in text.trim_end().split('\n') {
        result.extend(line.chars().map(visible));
        result.push('\n');
    }
    result + &fence
}

/// The target of a link, fit for HTML attributes and for Markdown: a relative path or an address of the
/// web; `#` in place of anything else, such as `javascript:`.
pub fn target(text: &str) -> String {
    let text = text.trim();
    let scheme = text.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':'));
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    if (scheme && !is_web) || text.starts_with("//") || text.starts_with('\\') {
        return "#".to_owned();
    }
    let mut result = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'&' => result.push_str("&amp;"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => result.push(char::from(byte)),
            _ if b"-._~/?#=%:@+,;".contains(&byte) => result.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => _ = write!(result, "%{byte:02X}"),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text() {
        for (name, expected) in [
            ("heron#0001", "heron#0001"),
            ("Otto, the ferryman", "Otto, the ferryman"),
            ("a|b", "a\\|b"),
            ("[Bea](http://example.org)", "\\[Bea\\](http\\://example.org)"),
            ("**bold** _it_ `x`", "\\*\\*bold\\*\\* \\_it\\_ \\`x\\`"),
            ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
            ("@everyone", "@<!-- -->everyone"),
            ("bea@example.org", "bea@<!-- -->example.org"),
            ("# heading", "\\# heading"),
            ("see #12", "see \\#12"),
            ("- item", "\\- item"),
            ("1. first", "1\\. first"),
            ("12) twelfth", "12\\) twelfth"),
            ("2026-01", "2026-01"),
            ("419.43", "419.43"),
            ("www.example.org", "www\\.example.org"),
            ("two\nlines", "two lines"),
            ("&lt;", "\\&lt;"),
            ("$TEC$", "\\$TEC\\$"),
            ("a\u{202e}b", "a\u{fffd}b"),
            ("  ", ""),
        ] {
            assert_eq!(escape(name), expected, "{name}");
        }
        assert_eq!(escape_alternative("@bea [x]"), "@bea \\[x\\]");
    }

    #[test]
    fn code_cannot_end_its_fence() {
        assert_eq!(fenced("meed verify"), "```text\nmeed verify\n```");
        assert_eq!(fenced("a\n````\nb"), "`````text\na\n````\nb\n`````");
    }

    #[test]
    fn targets_are_paths_or_the_web() {
        for (text, expected) in [
            ("../distribution.csv", "../distribution.csv"),
            ("https://example.org/a?b=c&d", "https://example.org/a?b=c&amp;d"),
            ("javascript:alert(1)", "#"),
            (" JavaScript:alert(1)", "#"),
            ("data:text/html,x", "#"),
            ("//example.org", "#"),
            ("a b(c)\"<>'.csv", "a%20b%28c%29%22%3C%3E%27.csv"),
            ("java\nscript:x", "#"),
        ] {
            assert_eq!(target(text), expected, "{text}");
        }
    }
}
