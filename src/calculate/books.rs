//! The round for the books: its entries, read from the results that were just computed, as everybody
//! else reads them later.

use std::collections::BTreeMap;

use crate::entries::{self, EXPIRED_FILE, Sources};
use crate::error::{Error, Place, Problems};
use crate::ledger::payout_format::PayoutFormat;
use crate::ledger::plan::Plan;
use crate::payouts::books::{BookedRound, unbooked};
use crate::statement::{AllocationRecord, Carry, DISTRIBUTION_FILE};

/// What the round was computed to.
pub(super) struct Computed<'a> {
    pub plan: &'a Plan,
    pub sequence: u64,
    pub allocations: &'a [AllocationRecord],
    pub before: &'a Carry,
    pub after: &'a Carry,
    pub results: &'a BTreeMap<String, Vec<u8>>,
}

/// The round for the books; none where no format asks for it: it may be large.
pub(super) fn of(computed: &Computed<'_>, formats: &[PayoutFormat]) -> Result<Vec<BookedRound>, Problems> {
    if !formats.iter().any(|format| format.is_book()) {
        return Ok(Vec::new());
    }
    let Computed { plan, sequence, allocations, before, after, results } = computed;
    let decimals = plan.token.decimals;
    let file = |name: &str| results.get(name).map(Vec::as_slice);
    let entries = entries::read(Sources {
        folder: &format!("{}/results", plan.folder),
        decimals,
        distribution: file(DISTRIBUTION_FILE).unwrap_or_default(),
        expired: file(EXPIRED_FILE),
        before,
        after,
        allocations,
    })?;
    let invalid = |reason| Error::RecordInvalid { place: Place::file(&plan.file), reason };
    Ok(vec![BookedRound {
        round: plan.round.as_str().to_owned(),
        date: plan.period.end,
        sequence: *sequence,
        statement: None,
        unbooked: unbooked(allocations, decimals).map_err(invalid)?,
        entries,
    }])
}
