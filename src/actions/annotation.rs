//! Annotations: problems and warnings where they are, on the pages of a run and of a pull request.
//!
//! `::error file=rounds/2026-01/praise.csv,line=7,title=score-not-allowed::message`. In messages `%` and line
//! ends are escaped, in properties `:` and `,` too, so that no text can end the command or begin another.

use std::path::{Component, Path};

use crate::error::Error;

/// Most annotations of a level that GitHub shows for a step; of more, the last tells how many there are.
pub const ANNOTATIONS_MOST: usize = 10;
/// Most places of a message at which its path may end: paths with `: ` in them are rare.
const ENDS_MOST: usize = 4;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The command was refused, or something does not verify.
    Error,
    /// People should look at it.
    Warning,
}

/// Something to show at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How bad it is.
    pub level: Level,
    /// What stands above the message.
    pub title: String,
    /// The message, which begins with its place where it has one: `PATH: ...` or `PATH:LINE: ...`.
    pub message: String,
}

impl Remark {
    /// A problem, with its hint.
    pub fn error(error: &Error) -> Self {
        let message = format!("{error}\nhint: {}", error.hint());
        Self { level: Level::Error, title: error.code().to_owned(), message }
    }

    /// A warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { level: Level::Warning, title: "warning".to_owned(), message: message.into() }
    }
}

impl Level {
    /// The name of the workflow command, and how the rest is counted.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Error => ("error", "errors"),
            Self::Warning => ("warning", "warnings"),
        }
    }
}

/// The workflow commands for these remarks: errors first, at most [`ANNOTATIONS_MOST`] a level.
pub(super) fn commands(remarks: &[Remark], root: &Path, workspace: Option<&Path>) -> String {
    let workspace = workspace.and_then(|folder| folder.canonicalize().ok());
    let mut lines = String::new();
    for level in [Level::Error, Level::Warning] {
        let all: Vec<&Remark> = remarks.iter().filter(|remark| remark.level == level).collect();
        let shown = if all.len() > ANNOTATIONS_MOST { ANNOTATIONS_MOST - 1 } else { all.len() };
        for remark in all.iter().take(shown) {
            let place = workspace.as_deref().and_then(|workspace| place_of(&remark.message, root, workspace));
            lines.push_str(&command(remark, place.as_ref()));
        }
        if all.len() > shown {
            let (_, several) = level.words();
            let message = format!("{} more {several} stand in the log of this step", all.len() - shown);
            let title = format!("{} {several}", all.len());
            lines.push_str(&command(&Remark { level, title, message }, None));
        }
    }
    lines
}

/// A file below the workspace, and a line of it.
struct Location {
    file: String,
    line: Option<u64>,
}

/// One workflow command.
fn command(remark: &Remark, place: Option<&Location>) -> String {
    let (name, _) = remark.level.words();
    let file = place.map(|place| format!("file={},", property(&place.file))).unwrap_or_default();
    let line = place.and_then(|place| place.line).map(|line| format!("line={line},")).unwrap_or_default();
    format!("::{name} {file}{line}title={}::{}\n", property(&remark.title), data(&remark.message))
}

/// The file with which a message begins, if it is there: what only looks like a path is not taken for one,
/// and no file outside of the workspace is named.
fn place_of(message: &str, root: &Path, workspace: &Path) -> Option<Location> {
    message.match_indices(": ").take(ENDS_MOST).find_map(|(end, _)| {
        let place = message.get(..end)?;
        let numbered = place.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?)));
        let (path, line) = numbered.map_or((place, None), |(path, line)| (path, Some(line)));
        let file = root.join(path).canonicalize().ok().filter(|file| file.is_file())?;
        let below = file.strip_prefix(workspace).ok()?.components().map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        });
        Some(Location { file: below.collect::<Option<Vec<&str>>>()?.join("/"), line })
    })
}

/// Text as the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text as a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        let remark = Remark {
            level: Level::Warning,
            title: "a,b::c=100%".to_owned(),
            message: "100% :: a\r\n::error::b, c".to_owned(),
        };
        let expected = "::warning title=a%2Cb%3A%3Ac=100%25::100%25 :: a%0D%0A::error::b, c\n";
        assert_eq!(commands(&[remark], Path::new("/"), None), expected);
    }

    #[test]
    fn the_rest_is_counted() {
        let of = |level, count: usize| {
            let remark = |number| Remark { level, title: "t".into(), message: format!("m{number}") };
            (1..=count).map(remark).collect::<Vec<_>>()
        };
        let text = |count| commands(&of(Level::Error, count), Path::new("/"), None);
        assert_eq!(text(0), "");
        assert_eq!((text(10).lines().count(), text(10).contains("more")), (10, false));
        assert_eq!(text(11).lines().count(), 10);
        assert!(text(11).ends_with("::error title=11 errors::2 more errors stand in the log of this step\n"));
        assert!(text(1000).ends_with("991 more errors stand in the log of this step\n"));
        let both = [of(Level::Warning, 12), of(Level::Error, 12)].concat();
        assert_eq!(commands(&both, Path::new("/"), None).lines().count(), 20);
    }
}
