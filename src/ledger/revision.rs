//! Revisions: where the files of an amendment lie.
//!
//! Revision n (2, 3 ...) of a round has a folder `revisions/<n>/` in the round's folder. A file there
//! stands for the file of the same path in the round's folder, and for that of an earlier revision: what
//! is not corrected need not be copied.

use super::Ledger;
use super::round_id::RoundId;
use crate::error::{Error, Place};
use crate::files::{self, Files};

/// The folder for the revisions of a round, in the round's folder.
pub const REVISIONS_FOLDER: &str = "revisions";
/// The file with the reason of an amendment, in the revision's folder.
pub const REASON_FILE: &str = "reason.md";
/// The longest reason.
pub const REASON_LIMIT_BYTES: usize = 10_000;

/// The folder of a revision, from the ledger's root: for the first that of the round.
pub fn folder_of(round_folder: &str, revision: u32) -> String {
    if revision == 1 {
        round_folder.to_owned()
    } else {
        format!("{round_folder}/{REVISIONS_FOLDER}/{revision}")
    }
}

/// The folder of the round to which a folder of a revision belongs; a round's own is itself.
pub fn round_folder_of(folder: &str) -> &str {
    match folder.rsplit_once('/').and_then(|(above, number)| Some((above, number.parse::<u32>().ok()?))) {
        Some((above, _)) => {
            above.strip_suffix(REVISIONS_FOLDER).map_or(folder, |it| it.trim_end_matches('/'))
        }
        None => folder,
    }
}

/// The path at which a revision finds what lies at `path` in the round's folder: the newest revision up
/// to its own that has a file or a folder there, else the round.
pub fn path_in_revision(files: &Files, round_folder: &str, path: &str, revision: u32) -> String {
    let relative = path.strip_prefix(round_folder).and_then(|rest| rest.strip_prefix('/'));
    let Some(relative) = relative else { return path.to_owned() };
    let corrected =
        (2..=revision).rev().map(|number| format!("{}/{relative}", folder_of(round_folder, number)));
    let is_there = |path: &String| files.contains(path) || files.under(path).next().is_some();
    corrected.into_iter().find(is_there).unwrap_or_else(|| path.to_owned())
}

impl Ledger {
    /// The results folder of a revision, from the ledger's root.
    pub fn results_of(&self, round: &RoundId, revision: u32) -> String {
        format!("{}/results", folder_of(&self.folder_of(round), revision))
    }

    /// The path of the reason of a revision, from the ledger's root.
    pub fn reason_of(&self, round: &RoundId, revision: u32) -> String {
        format!("{}/{REASON_FILE}", folder_of(&self.folder_of(round), revision))
    }
}

/// The reason of an amendment: text of people, trimmed.
///
/// Errors: it is missing, empty, too long, or no UTF-8.
pub fn read_reason(files: &Files, path: &str) -> Result<String, Error> {
    let place = || Place::file(path);
    if !files.contains(path) {
        return Err(Error::ReasonMissing { place: place() });
    }
    check_reason(files::text_of(path, files.bytes(path)?)?, &place())
}

/// A reason that is given as text.
pub fn check_reason(text: &str, place: &Place) -> Result<String, Error> {
    let text = text.trim();
    let fault = if text.is_empty() {
        Some("is empty")
    } else if text.len() > REASON_LIMIT_BYTES {
        Some("has more than 10000 bytes")
    } else {
        None
    };
    match fault {
        None => Ok(text.to_owned()),
        Some(fault) => Err(Error::ReasonInvalid { place: place.clone(), fault }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Content;

    #[test]
    fn the_newest_correction_counts() {
        let mut files = Files::default();
        for path in
            ["r/1/praise.csv", "r/1/revisions/2/praise.csv", "r/1/revisions/3/lists/a.csv", "r/1/lists/b.csv"]
        {
            files.insert(path.to_owned(), Content::File(Vec::new()));
        }
        let found = |path: &str, revision| path_in_revision(&files, "r/1", path, revision);
        assert_eq!(found("r/1/praise.csv", 1), "r/1/praise.csv");
        assert_eq!(found("r/1/praise.csv", 2), "r/1/revisions/2/praise.csv");
        assert_eq!(found("r/1/praise.csv", 3), "r/1/revisions/2/praise.csv");
        assert_eq!(found("r/1/lists", 2), "r/1/lists");
        assert_eq!(found("r/1/lists", 3), "r/1/revisions/3/lists");
        assert_eq!(found("r/1/board.csv", 3), "r/1/board.csv");
        assert_eq!(round_folder_of("r/1/revisions/12"), "r/1");
        assert_eq!(round_folder_of("r/1"), "r/1");
        assert_eq!(round_folder_of("r/revisions"), "r/revisions");
    }
}
