//! Rounds that were closed before meed stay closed: what `history` of ledger.json listed where the
//! ledger begins, or where a statement was closed, is never closed by meed. Else a round that was paid
//! by other means could be taken out of the list and be paid again.

use serde_json::Value;

use super::history::History;
use crate::error::{Error, Shown};
use crate::git::{Kind, ObjectId, Repository};
use crate::ledger::LEDGER_FILE;

impl History {
    /// Notes the rounds that ledger.json lists in the tree of the commit at `place`. A file that cannot
    /// be read lists none: nothing can be closed with it either.
    pub(super) fn note_listings(
        &mut self,
        repository: &Repository,
        place: usize,
        tree: ObjectId,
    ) -> Result<(), Error> {
        let Some(entry) = repository.entry(tree, LEDGER_FILE)? else { return Ok(()) };
        // Record commits form one line: what the one before it listed is noted.
        if !matches!(entry.kind, Kind::File | Kind::Executable) || self.last_listing == Some(entry.id) {
            return Ok(());
        }
        self.last_listing = Some(entry.id);
        let ledger: Value = serde_json::from_slice(&repository.blob(entry.id)?).unwrap_or_default();
        let history = ledger.get("history").and_then(Value::as_array).into_iter().flatten();
        for round in history.filter_map(Value::as_str) {
            self.listings.entry(round.to_owned()).or_default().push(place);
        }
        Ok(())
    }

    /// Where a round was listed as history before the commit at `before`, in words; `None` where it
    /// never was.
    pub fn listed_before(&self, round: &str, before: usize) -> Option<String> {
        let mut places = self.listings.get(round)?.iter();
        let place = places.find(|place| **place != before && self.is_ancestor(**place, before))?;
        Some(self.listing_in_words(*place))
    }

    /// Where a round was listed as history anywhere.
    pub fn listed(&self, round: &str) -> Option<String> {
        self.listings.get(round)?.first().map(|place| self.listing_in_words(*place))
    }

    fn listing_in_words(&self, place: usize) -> String {
        let closed = self.closings.iter().find(|closing| closing.commit == place);
        match closed.and_then(|closing| closing.recorded.as_ref().ok()) {
            None => format!("where the ledger begins (commit {})", self.id(place)),
            Some(recorded) => {
                let round = Shown::from(&recorded.statement.predicate.round);
                format!("when statement {} ({round}) was closed", recorded.sequence())
            }
        }
    }
}
