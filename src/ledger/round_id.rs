//! Round ids: what may be one, in which order they stand, and which folders of a commit are rounds.

use std::cmp::Ordering;
use std::fmt;

use crate::error::{Error, Place, Shown};

/// The file that makes a folder a round, in meed's own format.
pub const ROUND_FILE: &str = "round.json";
/// The file that makes a folder a round, in RAD's format.
pub const RAD_FILE: &str = "parameters.json";
/// Round ids as a regular expression, for the schemas. [`RoundId::parse`] also refuses [`RESERVED`].
pub const ROUND_ID_PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63})*$";
/// Folders inside a round that are never rounds themselves.
pub const RESERVED: [&str; 4] = ["results", "revisions", "settlements", "approvals"];

/// The id of a round: its folder below the rounds folder. Segments
/// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}` joined by `/`. Ids order naturally: runs of digits as
/// numbers, then bytes (`round-2` before `round-10`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundId(String);

impl RoundId {
    /// Checks a text. `place` goes into the error.
    pub fn parse(text: &str, place: &Place) -> Result<Self, Error> {
        let fault = text.split('/').find_map(fault_of_segment);
        match fault {
            None => Ok(Self(text.to_owned())),
            Some(reason) => {
                Err(Error::RoundIdInvalid { place: place.clone(), round: Shown::from(text), reason })
            }
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoundId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl PartialOrd for RoundId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RoundId {
    fn cmp(&self, other: &Self) -> Ordering {
        natural_order(&self.0, &other.0)
    }
}

/// Why a segment cannot stand in a round id; simulations are called by one.
pub fn fault_of_segment(segment: &str) -> Option<&'static str> {
    let rest_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if segment.is_empty() {
        Some("a segment is empty")
    } else if segment.len() > 64 {
        Some("a segment is longer than 64 characters")
    } else if !segment.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        Some("a segment does not start with a letter or digit")
    } else if !segment.bytes().all(rest_plain) {
        Some("a segment holds something other than letters, digits, `.`, `_` and `-`")
    } else if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(segment)) {
        Some("a segment is a name that meed uses inside a round")
    } else {
        None
    }
}

/// Runs of digits compare as numbers, everything else as bytes; equal numbers with other zeros in
/// front, as bytes.
fn natural_order(left: &str, right: &str) -> Ordering {
    let (mut left_rest, mut right_rest) = (left, right);
    loop {
        let (left_run, left_next) = first_run(left_rest);
        let (right_run, right_next) = first_run(right_rest);
        if left_run.is_empty() || right_run.is_empty() {
            return left_run.len().cmp(&right_run.len()).then_with(|| left.cmp(right));
        }
        let order = match (number_of(left_run), number_of(right_run)) {
            (Some(left_number), Some(right_number)) => {
                left_number.len().cmp(&right_number.len()).then_with(|| left_number.cmp(right_number))
            }
            _ => left_run.cmp(right_run),
        };
        if order != Ordering::Equal {
            return order;
        }
        (left_rest, right_rest) = (left_next, right_next);
    }
}

/// Splits off the first run: all digits, or all non-digits.
fn first_run(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|first: char| first.is_ascii_digit());
    let end = text.find(|character: char| character.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

/// The digits of a run without zeros in front, if it is a number.
fn number_of(run: &str) -> Option<&str> {
    run.starts_with(|first: char| first.is_ascii_digit()).then(|| run.trim_start_matches('0'))
}

/// The rounds among the files below the rounds folder, in natural order. A folder that is a round
/// is not searched further. Folders whose name cannot be a round id are reported, all at once.
pub fn find_rounds<'a>(
    rounds_folder: &str,
    paths: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<RoundId>, Vec<Error>> {
    let prefix = format!("{rounds_folder}/");
    let mut folders: Vec<&str> = paths
        .into_iter()
        .filter_map(|path| path.strip_prefix(&prefix)?.rsplit_once('/'))
        .filter(|(folder, file)| [ROUND_FILE, RAD_FILE].contains(file) && !is_inside_round_parts(folder))
        .map(|(folder, _)| folder)
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let mut rounds: Vec<RoundId> = Vec::new();
    let mut problems = Vec::new();
    for folder in folders {
        let inside_another =
            |round: &RoundId| folder.strip_prefix(round.as_str()).is_some_and(|rest| rest.starts_with('/'));
        if rounds.iter().any(inside_another) {
            continue;
        }
        match RoundId::parse(folder, &Place::file(&format!("{prefix}{folder}"))) {
            Ok(round) => rounds.push(round),
            Err(error) => problems.push(error),
        }
    }
    rounds.sort();
    if problems.is_empty() { Ok(rounds) } else { Err(problems) }
}

/// Whether a folder lies in results/, revisions/ and so on of some round.
fn is_inside_round_parts(folder: &str) -> bool {
    folder.split('/').any(|segment| RESERVED.contains(&segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natural_order_counts_numbers() {
        let mut ids = ["round-10", "round-2", "round-02", "2024-10", "2024-9", "a/10/b", "a/9/z", "a"];
        ids.sort_by(|left, right| natural_order(left, right));
        assert_eq!(ids, ["2024-9", "2024-10", "a", "a/9/z", "a/10/b", "round-02", "round-2", "round-10"]);
    }

    #[test]
    fn ids_are_plain_names() {
        let place = Place::file("rounds");
        for id in ["2024-03", "a/b", "Round_1.x", &"x".repeat(64)] {
            assert!(RoundId::parse(id, &place).is_ok(), "{id}");
        }
        for id in [
            "",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "-a",
            "a b",
            "ä",
            "a/results",
            "Revisions",
            "a\nb",
            &"x".repeat(65),
        ] {
            assert!(RoundId::parse(id, &place).is_err(), "{id:?}");
        }
    }

    #[test]
    fn a_round_is_not_searched_further() {
        let paths = [
            "rounds/b/parameters.json",
            "rounds/a/round.json",
            "rounds/a/x/round.json",
            "rounds/a/revisions/2/round.json",
            "rounds/c/d/round.json",
            "rounds/c/notes.md",
            "other/round.json",
        ];
        let found = find_rounds("rounds", paths).unwrap();
        assert_eq!(found.iter().map(RoundId::as_str).collect::<Vec<_>>(), ["a", "b", "c/d"]);
    }
}
