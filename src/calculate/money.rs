//! The money of a round alone, without payouts and pages: for rounds that are only tried.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::divided::{self, Divided};
use super::record::{statement, totals_of};
use super::{Snapshot, check_record, membership, opening, read_carry, run_methods};
use crate::amount::Amount;
use crate::distribution::{Line, OFFSET, RELEASED};
use crate::error::{Error, Place, Problems};
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::members::Register;
use crate::recipient::Key;
use crate::statement::{CARRY_FILE, DISTRIBUTION_FILE, HeldRecord, Recorded};

/// What a round comes to.
#[derive(Debug, Clone)]
pub struct Money {
    /// What each row of the distribution is due of the round itself, in the order of the rows: its rewards,
    /// without what was held before and without what is taken off.
    pub due: Vec<(Line, Amount)>,
    /// What was held before and is paid now, with the recipients' keys.
    pub releases: Vec<(Key, HeldRecord)>,
    /// The bytes of distribution.csv.
    pub distribution: Vec<u8>,
    /// The bytes of carry.json.
    pub carry: Vec<u8>,
    /// The statement of the round, without its inputs, to go on with.
    pub recorded: Recorded,
}

/// Divides a round as if it were closed first on the record of the snapshot; `plan` says what is divided,
/// whatever the round's file says. The plan counts as that of the first revision. All problems at once.
pub fn money(snapshot: Snapshot<'_>, ledger: &Ledger, plan: &Plan) -> Result<Money, Problems> {
    check_record(ledger, snapshot.record)?;
    let plan = &Plan { revision: 1, ..plan.clone() };
    let mut problems = Vec::new();
    let register = Register::read(snapshot.files, ledger.token.address);
    let register = register.map_err(|found| problems.extend(found)).unwrap_or_default();
    let carry = read_carry(snapshot)?;
    let carry = opening::carry(snapshot, plan, &mut problems).unwrap_or(carry);
    let mut outcomes = run_methods(plan, snapshot, &carry, problems)?;
    let members = register.at(&plan.round);
    membership::resolve(&members, plan, &mut outcomes)?;
    let Divided { mut distribution, allocations, carry: after, settled, .. } =
        divided::divide((plan, ledger, snapshot), (&members, &carry), &mut outcomes)?;
    let overflow = |what: &str| Error::Overflow { place: Place::file(&plan.file), what: what.to_owned() };
    let is_due: Vec<bool> =
        distribution.rewards.iter().map(|reward| reward != RELEASED && reward != OFFSET).collect();
    let mut due = Vec::with_capacity(distribution.lines.len());
    for line in &distribution.lines {
        let amounts = distribution.amounts(line).iter().zip(&is_due);
        let amounts = amounts.filter(|(_, is_due)| **is_due).map(|(amount, _)| *amount);
        due.push((line.clone(), Amount::sum(amounts).ok_or_else(|| overflow("what somebody is due"))?));
    }
    let results = BTreeMap::from([
        (DISTRIBUTION_FILE.to_owned(), distribution.take_csv(plan.token.decimals)),
        (CARRY_FILE.to_owned(), after.to_bytes()),
    ]);
    let totals = totals_of(&allocations, plan)?;
    let statement = statement(ledger, plan, (allocations, totals), Vec::new(), &results, snapshot.record);
    let unbalanced = |reason| Error::RecordInvalid { place: Place::file(&plan.file), reason };
    statement.check_sums().map_err(unbalanced)?;
    let sha256 = crate::files::sha256_hex(&statement.to_bytes());
    let folder = ledger.results_of(&plan.round, 1);
    let recorded = Recorded { folder, sha256, statement: Arc::new(statement) };
    let mut results = results;
    let mut take = |name: &str| results.remove(name).unwrap_or_default();
    let (distribution, carry) = (take(DISTRIBUTION_FILE), take(CARRY_FILE));
    Ok(Money { due, releases: settled.releases, distribution, carry, recorded })
}
