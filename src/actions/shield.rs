//! Text that no runner takes for a workflow command, whoever wrote it.
//!
//! A runner looks at every line that a step prints, on standard output and on standard error. A command is
//! a line that begins, behind white space, with `::`, and an old form is found anywhere in a line: `##[`.
//! Names, reasons and titles of ledgers may hold either.
//!
//! Text for people gets a backslash, which Markdown reads as nothing; in JSON the bracket is written in its
//! escaped form, which every reader takes for the same text. Data of other forms (CSV, books, pages) has no
//! second way to write a thing: it is refused rather than changed. What goes to a file is left alone, since
//! no runner reads it.
//!
//! The runner's own `::stop-commands::` is not used: it needs a secret word, would stand in the data, and
//! nothing would switch commands on again behind a program that was killed.

use std::borrow::Cow;

/// The old form of a command, which may stand anywhere in a line.
const OLD: &str = "##[";
/// What a line begins with that is a command.
const NEW: &str = "::";

/// What a printed text is, which decides how it may be written otherwise and mean the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// Text for people, Markdown included.
    #[default]
    Text,
    /// JSON.
    Json,
    /// Anything else that programs read, of which no byte may be another: CSV, books, pages.
    Data,
}

/// What may be printed in place of a text, so that no line of it is a command; else the first line, from 1,
/// that would be one.
pub fn disarmed(printed: &str, form: Form) -> Result<Cow<'_, str>, u64> {
    match form {
        Form::Text => Ok(text(printed)),
        Form::Json => Ok(json(printed)),
        Form::Data => data(printed).map(|()| Cow::Borrowed(printed)),
    }
}

/// Text for people that holds no command: `\::error::`, `##\[error]`.
pub fn text(text: &str) -> Cow<'_, str> {
    if data(text).is_ok() {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive(['\n', '\r']) {
        let (before, rest) = command_in(line).and_then(|at| line.split_at_checked(at)).unwrap_or((line, ""));
        result.push_str(&before.replace(OLD, "##\\["));
        if !rest.is_empty() {
            result.push('\\');
            result.push_str(&rest.replace(OLD, "##\\["));
        }
    }
    Cow::Owned(result)
}

/// JSON that holds no command, and means the same: line ends stand escaped in it, so that no line of it
/// begins with text, and the old form can only stand within a string.
fn json(text: &str) -> Cow<'_, str> {
    if text.contains(OLD) { Cow::Owned(text.replace(OLD, "##\\u005b")) } else { Cow::Borrowed(text) }
}

/// Whether data holds no command; else the first line, from 1, that would be one.
fn data(text: &str) -> Result<(), u64> {
    let is_command = |line: &str| line.contains(OLD) || command_in(line).is_some();
    let found = (1..).zip(text.split(['\n', '\r'])).find(|(_, line)| is_command(line));
    found.map_or(Ok(()), |(number, _)| Err(number))
}

/// Where the sign of a command stands in a line, if nothing that can be seen stands before it. More than
/// white space counts as nothing: comparisons by the rules of a language skip characters without width.
fn command_in(line: &str) -> Option<usize> {
    let at = line.find(NEW)?;
    let is_seen = |character: char| character.is_alphanumeric() || character.is_ascii_graphic();
    (!line.get(..at)?.contains(is_seen)).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether a runner would take the line for a command, whatever its name.
    fn is_command(line: &str) -> bool {
        line.trim_start().starts_with("::") || line.contains("##[")
    }

    #[test]
    fn commands_are_disarmed() {
        for (from, to) in [
            ("a :: b", "a :: b"),
            ("::error::x", "\\::error::x"),
            ("one\n \t::set-output name=a::b\n", "one\n \t\\::set-output name=a::b\n"),
            ("a\r::debug::b", "a\r\\::debug::b"),
            ("\u{a0}::debug::b", "\u{a0}\\::debug::b"),
            ("\u{200d}::debug::b", "\u{200d}\\::debug::b"),
            (":::a", "\\:::a"),
            ("x ##[error]y ###[z", "x ##\\[error]y ###\\[z"),
            ("::a ##[b", "\\::a ##\\[b"),
            ("# [a] #[b] ##", "# [a] #[b] ##"),
        ] {
            assert_eq!(text(from), to, "{from}");
        }
        assert_eq!(data("a\nb\n  ::c\n"), Err(3));
        assert_eq!(data("a,##[b\n"), Err(1));
        assert_eq!(data("a::b\n"), Ok(()));
    }

    proptest! {
        #[test]
        fn no_line_is_a_command(from in "([:#\\[\\]\\\\ \t\r\n\u{a0}\u{200b}a]|::|##\\[){0,40}") {
            let to = text(&from).into_owned();
            prop_assert!(!to.split(['\n', '\r']).any(is_command), "{to:?}");
            // Nothing is lost, and what is harmless stays as it is.
            prop_assert_eq!(to.replace('\\', ""), from.replace('\\', ""));
            prop_assert_eq!(text(&to), &*to);
            prop_assert_eq!(data(&from).is_ok(), to == from);
        }

        #[test]
        fn json_means_the_same(value in "([:#\\[\\]\\\\\" \t\r\n]|::|##\\[|\\PC){0,40}") {
            let from = serde_json::to_string_pretty(&serde_json::json!({"a": [value, {"##[b": value}]})).unwrap();
            let to = json(&from).into_owned();
            prop_assert!(!to.lines().any(is_command), "{to}");
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            prop_assert_eq!(read(&to), read(&from));
        }
    }
}
