//! A round is paid once: what its settlements say that somebody sent, nobody claims. So its rest cannot
//! be brought into a later round as unclaimed, and what was brought in is not to be sent any more.

use super::tip::{OpenRound, Tip};
use crate::calculate::claimed_rounds;
use crate::error::{Error, Place, Problems, Shown};
use crate::git::Repository;
use crate::ledger::payout_format::PayoutFormat;
use crate::ledger::round_id::{ROUND_FILE, RoundId};
use crate::settlement::{Settlement, is_claims};
use crate::snapshot::{LfsFolders, read_files, read_settlements, settlements_folder};
use crate::statement::{Record, Recorded};

/// Refuses open rounds that bring in what was not claimed of a round whose settlements say that it was
/// not paid by claims.
pub fn refuse_sent(repository: &Repository, tip: &Tip, open: &[OpenRound]) -> Result<(), Problems> {
    let mut problems = Vec::new();
    for round in open {
        let claimed = claimed_rounds(&round.files, &tip.ledger, (&round.id, 1), &tip.record);
        if claimed.is_empty() {
            continue;
        }
        let settlements = read_settlements(repository, tip.tree, &tip.record)?;
        for (allocation, recorded) in claimed {
            let folder = format!("{}/", settlements_folder(recorded));
            let here = settlements.iter().filter(|(path, _)| path.starts_with(&folder));
            let mut sent = here.filter(|(_, settlement)| !settlement.payout.is_some_and(is_claims));
            let Some((path, settlement)) = sent.next() else { continue };
            let payout = settlement.payout.map_or("no payout file", PayoutFormat::id);
            problems.push(Error::ClaimedImpossible {
                place: Place::file(&format!("{}/{ROUND_FILE}", tip.ledger.folder_of(&round.id))),
                allocation: Shown::from(&allocation),
                reason: format!("{} says that its last round was paid by {payout}", Shown::from(path)),
            });
        }
    }
    Problems::unless_empty(problems, ())
}

/// What to look at when `recorded` is settled: a closed round that brought in what was not claimed of it,
/// though the settlement says that it was sent.
pub fn warning_of_sent(
    repository: &Repository,
    tip: &Tip,
    lfs: &LfsFolders,
    recorded: &Recorded,
    settlement: &Settlement,
) -> Result<Option<String>, Problems> {
    if settlement.payout.is_some_and(is_claims) {
        return Ok(None);
    }
    let statements = tip.record.statements();
    let brings_in = |later: &&Recorded| later.statement.predicate.totals.brought_in.0 != "0";
    let later = statements.iter().filter(|later| later.sequence() > recorded.sequence());
    for later in later.filter(brings_in) {
        let before = statements.iter().filter(|it| it.sequence() < later.sequence()).cloned().collect();
        let before = Record::new(before)?;
        let id = RoundId::parse(&later.statement.predicate.round, &Place::file(&later.folder))?;
        let files = read_files(repository, tip.tree, &tip.ledger, (&id, 1), &before, lfs)?;
        let claimed = claimed_rounds(&files, &tip.ledger, (&id, 1), &before);
        if claimed.values().any(|claimed| claimed.sequence() == recorded.sequence()) {
            return Ok(Some(format!(
                "{}: round {id} brought in what was not claimed of this one: what was sent as well is paid twice",
                recorded.folder
            )));
        }
    }
    Ok(None)
}
