//! Where a problem is, and hostile text made fit to show.

use std::fmt;

/// Where a problem is: a path as the ledger spells it, and a line where there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    path: Shown,
    line: Option<u64>,
}

impl Place {
    /// A whole file (or folder, or setting).
    pub fn file(path: &str) -> Self {
        Self { path: Shown::from(path), line: None }
    }

    /// A line of a file, counted from 1.
    pub fn line(path: &str, line: u64) -> Self {
        Self { path: Shown::from(path), line: Some(line) }
    }

    /// The path, cleaned for display.
    pub fn path(&self) -> &str {
        &self.path.0
    }

    /// The line, counted from 1, where there is one.
    pub fn line_number(&self) -> Option<u64> {
        self.line
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.path),
            None => write!(formatter, "{}", self.path),
        }
    }
}

/// Text from an input, made safe to show: control and bidirectional characters read U+FFFD, and
/// what is longer than 200 characters is cut with an ellipsis.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown(String);

/// Most characters of an input that a message repeats.
const SHOWN_CHARACTERS: usize = 200;
/// Most characters of a sentence that quotes inputs.
const SENTENCE_CHARACTERS: usize = 2000;

impl Shown {
    /// The text, made safe, and cut behind `limit` characters.
    fn cut(text: &str, limit: usize) -> Self {
        let mut shown: String = text.chars().take(limit).map(visible).collect();
        if text.chars().nth(limit).is_some() {
            shown.push('…');
        }
        Self(shown)
    }

    /// A sentence that quotes inputs: cut at 2,000 characters.
    pub fn sentence(text: &str) -> Self {
        Self::cut(text, SENTENCE_CHARACTERS)
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::cut(text, SHOWN_CHARACTERS)
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Shown {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The character itself, or U+FFFD when it is a control or bidirectional-formatting character.
pub fn visible(character: char) -> char {
    let bidirectional = matches!(
        character,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let breaks_lines = matches!(character, '\u{2028}' | '\u{2029}');
    if character.is_control() || bidirectional || breaks_lines { '\u{fffd}' } else { character }
}
