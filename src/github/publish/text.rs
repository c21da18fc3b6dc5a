//! Markdown made fit to be posted on GitHub.
//!
//! Pages escape names for Markdown already. GitHub reads the page once more after that: `@bea` calls Bea,
//! `#12`, `bea#12` and `GH-12` link to an issue and leave a trace there, however they were escaped. An empty
//! comment between sign and word prevents it, and a reader sees no difference.
//! Rules: <https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls>.

use crate::error::visible;

/// What parts a sign from its word.
const GAP: &str = "<!-- -->";

/// Markdown that calls nobody and refers to no issue, wherever it is posted. Code stays as it is: GitHub
/// looks for nothing there. Control and bidirectional characters read U+FFFD.
pub fn quiet(markdown: &str) -> String {
    let mut result = String::with_capacity(markdown.len() + markdown.len() / 8);
    let mut fence = None;
    for line in markdown.lines() {
        let is_code = is_code(line, &mut fence);
        if is_code {
            result.extend(line.chars().map(shown));
        } else {
            quiet_line(line, &mut result);
        }
        result.push('\n');
    }
    result
}

/// The first lines of Markdown, so that it has at most `most` characters with `sentence`, which then says
/// that the rest is missing. A block of code that is cut is closed.
pub fn cut(markdown: &str, most: usize, sentence: &str) -> String {
    if markdown.chars().count() <= most {
        return markdown.to_owned();
    }
    let mut result = String::new();
    let mut fence: Option<Fence> = None;
    let mut left = most.saturating_sub(sentence.chars().count() + 3);
    for line in markdown.lines() {
        let before = fence;
        let _in_code = is_code(line, &mut fence);
        let to_close = fence.map_or(0, |fence| fence.length + 1);
        let characters = line.chars().count() + 1;
        if characters + to_close > left {
            fence = before;
            break;
        }
        left -= characters;
        result.push_str(line);
        result.push('\n');
    }
    if let Some(fence) = fence {
        result.extend(std::iter::repeat_n(fence.sign, fence.length));
        result.push('\n');
    }
    format!("{result}\n{sentence}\n")
}

/// The fence of a block of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fence {
    sign: char,
    length: usize,
}

/// Whether a line is a fence or stands between two; `open` is the fence that is open.
fn is_code(line: &str, open: &mut Option<Fence>) -> bool {
    let was_open = open.is_some();
    if let Some((fence, rest)) = fence_of(line) {
        match *open {
            None if fence.sign == '~' || !rest.contains('`') => *open = Some(fence),
            Some(opened)
                if opened.sign == fence.sign && fence.length >= opened.length && rest.trim().is_empty() =>
            {
                *open = None;
            }
            _ => {}
        }
    }
    was_open || open.is_some()
}

/// The fence that a line begins with, and what follows it.
fn fence_of(line: &str) -> Option<(Fence, &str)> {
    let text = line.trim_start_matches(' ');
    if line.len() - text.len() > 3 {
        return None;
    }
    let sign = text.chars().next().filter(|sign| "`~".contains(*sign))?;
    let rest = text.trim_start_matches(sign);
    let length = text.len() - rest.len();
    (length >= 3).then_some((Fence { sign, length }, rest))
}

/// A line that is no block of code.
fn quiet_line(line: &str, result: &mut String) {
    let mut rest = line;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let escaped = rest.strip_prefix('\\').and_then(|rest| rest.chars().next());
        let escaped = escaped.filter(char::is_ascii_punctuation);
        if let Some(sign) = escaped {
            result.push('\\');
            rest = rest.get(1..).unwrap_or_default();
            rest = push_sign(rest, sign, ' ', result);
            before = '\\';
            continue;
        }
        if let Some(verbatim) = verbatim(rest, before) {
            result.extend(verbatim.chars().map(shown));
            before = verbatim.chars().next_back().unwrap_or(' ');
            rest = rest.get(verbatim.len()..).unwrap_or_default();
            continue;
        }
        rest = push_sign(rest, first, before, result);
        before = first;
    }
}

/// Takes the character `sign` off the front of `rest`, with a gap behind it where it calls or refers.
fn push_sign<'a>(rest: &'a str, sign: char, before: char, result: &mut String) -> &'a str {
    let behind = rest.get(sign.len_utf8()..).unwrap_or_default();
    let next = behind.chars().next();
    let is_digit = next.is_some_and(|next| next.is_ascii_digit());
    result.push(shown(sign));
    let calls = match sign {
        '@' => next.is_some_and(|next| !next.is_whitespace()) && !behind.starts_with("<!--"),
        // `&#39;` is a character.
        '#' => is_digit && before != '&',
        // Of `GH-12`, in any letter case.
        '-' => is_digit && ends_with_gh(result),
        _ => false,
    };
    if calls {
        result.push_str(GAP);
    }
    behind
}

/// Whether a text ends with `gh-`.
fn ends_with_gh(text: &str) -> bool {
    let end = text.len().checked_sub(3).and_then(|start| text.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case("gh-"))
}

/// What stands at the front of `rest` and is no text: code, a comment, the target of a link. Each ends on
/// its line, and code holds no border of a table: a doubtful one counts as text, where a gap does no harm.
fn verbatim(rest: &str, before: char) -> Option<&str> {
    if rest.starts_with('`') {
        let length = rest.len() - rest.trim_start_matches('`').len();
        let inner = rest.get(length..)?;
        let mut at = 0;
        while let Some(found) = inner.get(at..)?.find('`') {
            let from = at + found;
            let run = inner.get(from..)?;
            let count = run.len() - run.trim_start_matches('`').len();
            at = from + count;
            if count == length {
                let is_plain = !inner.get(..from)?.contains('|');
                // The whole run of signs otherwise, which opens nothing.
                return rest.get(..if is_plain { length + at } else { length });
            }
        }
        return rest.get(..length);
    }
    let end = if rest.starts_with("<!--") {
        "-->"
    } else if before == ']' && rest.starts_with('(') {
        ")"
    } else {
        return None;
    };
    rest.find(end).and_then(|at| rest.get(..at + end.len()))
}

/// A character as it may be posted.
fn shown(character: char) -> char {
    if character == '\t' { character } else { visible(character) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_and_nothing_referred_to() {
        for (text, expected) in [
            ("heron#0001", "heron#<!-- -->0001"),
            ("eelgrass \\#0004", "eelgrass \\#<!-- -->0004"),
            ("a@b.example, @<!-- -->bea", "a@<!-- -->b.example, @<!-- -->bea"),
            ("\\@bea @org/team", "\\@<!-- -->bea @<!-- -->org/team"),
            (
                "acme/ledger#12 GH-3 gh-4 \\#5",
                "acme/ledger#<!-- -->12 GH-<!-- -->3 gh-<!-- -->4 \\#<!-- -->5",
            ),
            ("# heading, C# and @ noon", "# heading, C# and @ noon"),
            ("&#39;quoted&#39; \\&#39;", "&#39;quoted&#39; \\&#<!-- -->39;"),
            ("`meed verify @x #1`, @x", "`meed verify @x #1`, @<!-- -->x"),
            ("\\`@x\\` ``@y", "\\`@<!-- -->x\\` ``@<!-- -->y"),
            ("| `a | @bea | b` |", "| `a | @<!-- -->bea | b` |"),
            ("[CSV](a.csv#12) and (#12)", "[CSV](a.csv#12) and (#<!-- -->12)"),
            ("a\\](@bea)", "a\\](@<!-- -->bea)"),
            ("a\u{202e}b\u{1b}", "a\u{fffd}b\u{fffd}"),
        ] {
            assert_eq!(quiet(text), format!("{expected}\n"), "{text}");
            assert_eq!(quiet(&quiet(text)), quiet(text), "{text}");
        }
    }

    /// A line as GitHub looks at it: a backslash before punctuation is gone, before anything else text.
    fn unescaped(line: &str) -> String {
        let mut result = String::new();
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            let escapes = character == '\\' && characters.peek().is_some_and(char::is_ascii_punctuation);
            result.push(if escapes { characters.next().unwrap() } else { character });
        }
        result
    }

    proptest::proptest! {
        /// Whatever stands in a name: outside of code and links no sign is followed by its word.
        #[test]
        fn no_text_calls_anybody(text in "[@#aG9gHh&\\\\ |~<\\-!\u{202e}é.\n]{0,60}") {
            let quiet = super::quiet(&text);
            let mut fence = None;
            let lines = quiet.lines().filter(|line| !is_code(line, &mut fence));
            for line in lines.map(|line| unescaped(line).replace("&#", "& ")) {
                let followed = |sign: &str, by: fn(char) -> bool| {
                    line.match_indices(sign).any(|(at, _)| line[at + sign.len()..].starts_with(by))
                };
                proptest::prop_assert!(!followed("@", char::is_alphanumeric), "{line:?}");
                proptest::prop_assert!(!followed("#", |next| next.is_ascii_digit()), "{line:?}");
                for sign in ["GH-", "gh-", "Gh-", "gH-"] {
                    proptest::prop_assert!(!followed(sign, |next| next.is_ascii_digit()), "{line:?}");
                }
            }
            proptest::prop_assert_eq!(super::quiet(&quiet), quiet);
        }
    }

    #[test]
    fn code_stays_as_it_is() {
        let text = "````text\n@bea\n```\n@wren\n````\n@heron\n";
        assert_eq!(quiet(text), "````text\n@bea\n```\n@wren\n````\n@<!-- -->heron\n");
        assert_eq!(quiet("``` `a` @bea\n@bea"), "``` `a` @<!-- -->bea\n@<!-- -->bea\n");
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_line() {
        let text = "one\ntwo\n```\nthree\nfour\nfive\nsix\nseven\n```\n";
        assert_eq!(cut(text, 100, "More."), text);
        for most in 8..text.len() {
            let short = cut(text, most, "More.");
            assert!(short.chars().count() <= most.max(8), "{most}: {short}");
            assert!(short.ends_with("\nMore.\n"), "{short}");
            assert_eq!(short.matches("```").count() % 2, 0, "{most}: {short}");
        }
        assert_eq!(cut(&"x".repeat(1_000_000), 100, "More."), "\nMore.\n");
    }
}
