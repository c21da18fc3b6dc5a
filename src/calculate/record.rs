//! The record of a round: what its allocations came to, and the statement about its results.

use std::collections::{BTreeMap, BTreeSet};

use super::{Snapshot, opening};
use crate::amount::{Amount, Balance};
use crate::error::{Error, Place, Problems};
use crate::files;
use crate::ledger::plan::Plan;
use crate::ledger::templates::own_templates;
use crate::ledger::{LEDGER_FILE, Ledger};
use crate::members::MEMBERS_FILE;
use crate::methods::Outcome;
use crate::opening::OPENING_FILE;
use crate::statement::{
    AllocationRecord, CARRY_FILE, Carry, Digest, Formats, InputRecord, LedgerReference, PAGES_FORMAT,
    Predicate, Previous, RECORD_FORMAT, REPORT_FOLDER, Record, Recorded, Statement, Subject, Sums,
};

/// What the allocations came to: those of the plan, and those that keep funds without being named.
pub(super) fn allocation_records(
    plan: &Plan,
    outcomes: &[Outcome],
    carry: &Carry,
) -> Result<Vec<AllocationRecord>, Problems> {
    let decimals = plan.token.decimals;
    let overflow =
        || Error::Overflow { place: Place::file(&plan.file), what: "an allocation's amounts".to_owned() };
    let place = Place::file(CARRY_FILE);
    let mut records = Vec::new();
    for (allocation, outcome) in plan.allocations.iter().zip(outcomes) {
        let (mut paid, mut held) = (Amount::ZERO, Amount::ZERO);
        for (key, amount) in outcome.rewards.iter().flat_map(|reward| &reward.amounts) {
            let side = if key.address().is_some() { &mut paid } else { &mut held };
            *side = side.checked_add(*amount).ok_or_else(overflow)?;
        }
        let Outcome { declared, pool, carried_in, brought_in, kept, .. } = *outcome;
        let available = Amount::sum([pool, carried_in, brought_in]).ok_or_else(overflow)?;
        let spent = Amount::sum([paid, held, kept]).ok_or_else(overflow)?;
        let unallocated = available.checked_sub(spent).ok_or_else(overflow)?;
        records.push(AllocationRecord {
            name: allocation.name.clone(),
            method: allocation.method.clone(),
            sums: Sums::new(
                [declared, pool, carried_in, brought_in, paid, held, kept, unallocated],
                decimals,
            ),
        });
    }
    for kept in
        carry.allocations.iter().filter(|kept| !plan.allocations.iter().any(|named| named.name == kept.name))
    {
        let amount = Amount::parse(&kept.kept.0, decimals, &place, "amount")?;
        if amount != Amount::ZERO {
            let zero = Amount::ZERO;
            records.push(AllocationRecord {
                name: kept.name.clone(),
                method: kept.method.clone(),
                sums: Sums::new([zero, zero, amount, zero, zero, zero, amount, zero], decimals),
            });
        }
    }
    Ok(records)
}

/// The files from which the results were computed: the ledger's, those that the plan and the methods
/// read, and the ledger's own templates.
pub(super) fn inputs_of(
    ledger: &Ledger,
    plan: &Plan,
    outcomes: &[Outcome],
    snapshot: Snapshot<'_>,
) -> Result<Vec<InputRecord>, Problems> {
    let mut read: BTreeSet<&str> = BTreeSet::from([LEDGER_FILE]);
    read.extend(snapshot.files.contains(MEMBERS_FILE).then_some(MEMBERS_FILE));
    let reads_opening = opening::is_read(snapshot.record) && snapshot.files.contains(OPENING_FILE);
    read.extend(reads_opening.then_some(OPENING_FILE));
    read.extend(own_templates(snapshot.files));
    read.extend(plan.read.iter().map(String::as_str));
    let reason = ledger.reason_of(&plan.round, plan.revision);
    read.extend((plan.revision > 1).then_some(reason.as_str()));
    read.extend(outcomes.iter().flat_map(|outcome| outcome.read.iter().map(String::as_str)));
    let inputs: Result<Vec<InputRecord>, Error> = read
        .into_iter()
        .map(|path| {
            let (sha256, bytes) = snapshot.files.digest(path)?;
            Ok(InputRecord { name: path.to_owned(), digest: Digest { sha256 }, bytes })
        })
        .collect();
    Ok(inputs?)
}

/// The statement about the results.
pub(super) fn statement(
    ledger: &Ledger,
    plan: &Plan,
    (allocations, totals): (Vec<AllocationRecord>, Sums),
    inputs: Vec<InputRecord>,
    results: &BTreeMap<String, Vec<u8>>,
    record: &Record,
) -> Statement {
    let digest = |bytes: &[u8]| Digest { sha256: files::sha256_hex(bytes) };
    let subject =
        results.iter().map(|(name, bytes)| Subject { name: name.clone(), digest: digest(bytes) }).collect();
    let has_pages = results.keys().any(|name| name.starts_with(REPORT_FOLDER));
    let previous = record.last();
    Statement::new(
        subject,
        Predicate {
            formats: Formats { record: RECORD_FORMAT, pages: if has_pages { PAGES_FORMAT } else { 0 } },
            ledger: LedgerReference { id: ledger.id.clone(), name: ledger.name.clone() },
            sequence: previous.map_or(0, Recorded::sequence) + 1,
            round: plan.round.as_str().to_owned(),
            revision: plan.revision,
            period: plan.period.to_file(),
            token: plan.token.to_file(),
            inputs,
            allocations,
            totals,
            previous: previous.map(|last| Previous {
                sequence: last.sequence(),
                round: last.statement.predicate.round.clone(),
                revision: last.statement.predicate.revision,
                sha256: last.sha256.clone(),
            }),
        },
    )
}

/// The sums over the allocations.
pub(super) fn totals_of(allocations: &[AllocationRecord], plan: &Plan) -> Result<Sums, Error> {
    let overflow =
        || Error::Overflow { place: Place::file(&plan.file), what: "all allocations' amounts".to_owned() };
    let mut totals = [Balance::ZERO; 8];
    for allocation in allocations {
        let amounts = allocation.sums.balances(plan.token.decimals).map_err(|_| overflow())?;
        for (total, amount) in totals.iter_mut().zip(amounts) {
            *total = total.checked_add(amount).ok_or_else(overflow)?;
        }
    }
    Ok(Sums::of_balances(totals, plan.token.decimals))
}
