//! Which open rounds are due: their period is over. What a machine closes that runs every day.

use jiff::civil::Date;

use super::tip::Tip;
use crate::error::Place;
use crate::files::read_json;
use crate::git::Repository;
use crate::ledger::round_file::{Period, RoundFile};
use crate::ledger::round_id::{ROUND_FILE, RoundId};

/// A round.json that is larger says nothing here; the close refuses what is too large.
const ROUND_FILE_LIMIT_BYTES: u64 = 1024 * 1024;

/// A round that is open and not due.
pub struct NotDue {
    /// The round.
    pub round: String,
    /// The last day of its period.
    pub end: Date,
}

impl NotDue {
    /// The line that says so.
    pub fn note(&self) -> String {
        format!("{} is not due: its period ends on {}", self.round, self.end)
    }
}

/// The open rounds of a tip, in two: those that are due on a day, and those that are not. A round is
/// due unless its round.json names a period that is not over: what cannot be read is not left out here,
/// so that the close says what is wrong with it. Its inputs are not read, as they may not be there
/// before the period has ended.
pub fn split<'a>(repository: &Repository, tip: &'a Tip, today: Date) -> (Vec<&'a RoundId>, Vec<NotDue>) {
    let mut due = Vec::new();
    let mut later = Vec::new();
    for round in tip.open() {
        match end_of(repository, tip, round) {
            Some(end) if today <= end => later.push(NotDue { round: round.as_str().to_owned(), end }),
            _ => due.push(round),
        }
    }
    (due, later)
}

/// The last day that a round's round.json names. Folders of RAD have none: their period is that of
/// their praise.
fn end_of(repository: &Repository, tip: &Tip, round: &RoundId) -> Option<Date> {
    let path = format!("{}/{ROUND_FILE}", tip.ledger.folder_of(round));
    let entry = repository.entry(tip.tree, &path).ok().flatten()?;
    if repository.blob_size(entry.id).ok()? > ROUND_FILE_LIMIT_BYTES {
        return None;
    }
    let bytes = repository.blob(entry.id).ok()?;
    let file: RoundFile = read_json(&path, &bytes).ok()?;
    Period::check(&file.period, &Place::file(&path), &mut Vec::new()).map(|period| period.end)
}
