//! The round for the books: its entries, read from the results that were just computed, as everybody
//! else reads them later.

use std::collections::BTreeMap;

use super::Snapshot;
use crate::entries::{self, Amended, EXPIRED_FILE, Share, Sources};
use crate::error::{Error, Place, Problems};
use crate::ledger::payout_format::PayoutFormat;
use crate::ledger::plan::Plan;
use crate::payouts::books::{BookedRound, unbooked};
use crate::statement::{ADJUSTMENTS_FILE, AllocationRecord, Carry, DISTRIBUTION_FILE};

/// What the round was computed to.
pub(super) struct Computed<'a> {
    pub plan: &'a Plan,
    pub snapshot: Snapshot<'a>,
    /// The results folder.
    pub folder: &'a str,
    pub sequence: u64,
    pub allocations: &'a [AllocationRecord],
    pub before: &'a Carry,
    pub after: &'a Carry,
    pub results: &'a BTreeMap<String, Vec<u8>>,
    pub opening: Option<&'a [u8]>,
}

/// The round for the books; none where no format asks for it: it may be large.
pub(super) fn of(computed: &Computed<'_>, formats: &[PayoutFormat]) -> Result<Vec<BookedRound>, Problems> {
    if !formats.iter().any(|format| format.is_book()) {
        return Ok(Vec::new());
    }
    let Computed { plan, snapshot, folder, sequence, allocations, before, after, results, opening } =
        computed;
    let decimals = plan.token.decimals;
    let file = |name: &str| results.get(name).map(Vec::as_slice);
    let invalid = |reason| Error::RecordInvalid { place: Place::file(&plan.file), reason };
    let mut shares: Vec<Share> = Vec::new();
    for recorded in snapshot.record.revisions(plan.round.as_str()).filter(|_| plan.revision > 1) {
        let stated = &recorded.statement.predicate.allocations;
        shares = entries::shares_with(&shares, stated, decimals).map_err(invalid)?;
    }
    let replaced = snapshot.record.latest(plan.round.as_str()).filter(|_| plan.revision > 1);
    let amended = match replaced {
        Some(replaced) => Some(Amended {
            adjustments: file(ADJUSTMENTS_FILE).unwrap_or_default(),
            replaced_folder: &replaced.folder,
            replaced: snapshot.files.bytes(&format!("{}/{DISTRIBUTION_FILE}", replaced.folder))?,
            shares: &shares,
        }),
        None => None,
    };
    let nothing = Carry::default();
    let entries = entries::read(Sources {
        folder,
        decimals,
        distribution: file(DISTRIBUTION_FILE).unwrap_or_default(),
        expired: file(EXPIRED_FILE),
        opening: *opening,
        // What opening.csv brings is told by its table: nothing was held before it.
        before: if opening.is_some() { &nothing } else { before },
        after,
        allocations,
        amended,
    })?;
    Ok(vec![BookedRound {
        round: plan.round.as_str().to_owned(),
        revision: plan.revision,
        date: plan.period.end,
        sequence: *sequence,
        statement: None,
        unbooked: unbooked(allocations, decimals).map_err(invalid)?,
        entries,
    }])
}
