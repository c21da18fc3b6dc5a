//! Rounds that were closed before meed are not closed again, though somebody took them out of `history`.

use super::tip::{OpenRound, Tip};
use crate::error::{Error, Place, Problems, Shown};
use crate::git::Repository;
use crate::snapshot::StatementCache;
use crate::verification::history::History;

/// Refuses open rounds that `history` of ledger.json listed where the ledger begins or where a statement
/// was closed. A clone without its whole history cannot tell, and cannot close either.
pub fn refuse(repository: &Repository, tip: &Tip, open: &[OpenRound]) -> Result<(), Problems> {
    if open.is_empty() || repository.demand_complete_history().is_err() {
        return Ok(());
    }
    let history = History::read(repository, tip.commit, &StatementCache::default())?;
    let reopened = open.iter().filter_map(|round| {
        let listed = history.listed(round.id.as_str())?;
        let place = Place::file(&tip.ledger.folder_of(&round.id));
        Some(Error::HistoryReopened { place, listed: Shown::from(listed) })
    });
    Problems::unless_empty(reopened.collect(), ())
}
