//! The tables of conviction-v1: proposals, stakes, holdings.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Shown};
use crate::methods::{Request, collected};
use crate::tables::{Row, Table, compared};

/// The columns of the proposals.
pub(crate) const PROPOSAL_COLUMNS: [&str; 6] =
    ["proposal", "title", "beneficiary", "address", "requested", "step"];
/// The columns of the stakes.
pub(crate) const STAKE_COLUMNS: [&str; 4] = ["step", "participant", "proposal", "amount"];
/// The columns that holdings must have; `step` may be there too.
pub(crate) const HOLDING_COLUMNS: [&str; 2] = ["participant", "amount"];
/// The last step that is counted: JSON keeps integers below 2^53 exactly.
pub(super) const STEP_LIMIT: u64 = (1 << 53) - 1;

/// A proposal as its row stands. Ids are compared after NFC and trimming.
#[derive(Debug)]
pub(super) struct ProposalRow {
    pub place: Place,
    pub id: String,
    pub title: String,
    pub beneficiary: String,
    pub address: Option<Address>,
    pub requested: Amount,
    /// The step in which it first exists.
    pub step: u64,
}

/// A participant's new stake on a proposal.
#[derive(Debug)]
pub(super) struct StakeRow {
    pub place: Place,
    pub step: u64,
    pub participant: String,
    pub proposal: String,
    pub amount: Amount,
}

/// What a participant holds from a step on.
#[derive(Debug)]
pub(super) struct HoldingRow {
    pub place: Place,
    /// 0: from the beginning, before the first step.
    pub step: u64,
    pub participant: String,
    pub amount: Amount,
}

/// Reads the rows of a table one by one; all problems at once.
fn rows<T>(
    (path, bytes): (&str, &[u8]),
    columns: &[&str],
    problems: &mut Vec<Error>,
    read: impl Fn(Row<'_>, &mut Vec<Error>) -> Option<T>,
) -> Vec<T> {
    match Table::read(path, bytes, columns) {
        Ok(table) => table.rows().filter_map(|row| read(row, problems)).collect(),
        Err(found) => {
            problems.extend(found);
            Vec::new()
        }
    }
}

/// The proposals, in the order of the file; each stands there once.
pub(super) fn read_proposals(
    file: (&str, &[u8]),
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Vec<ProposalRow> {
    let proposals = rows(file, &PROPOSAL_COLUMNS, problems, |row, problems| {
        let id = filled(row, "proposal", problems);
        let title = row.field("title").trim().to_owned();
        let beneficiary = collected(row.name("beneficiary"), problems).map(compared);
        let address = collected(row.address("address"), problems);
        let requested = amount(row, "requested", request, problems);
        let step = required_step(row, problems);
        if let (Some(""), Some(None)) = (beneficiary.as_deref(), address) {
            problems.push(Error::ValueMissing { place: row.place(), what: "beneficiary".to_owned() });
        }
        if requested == Some(Amount::ZERO) {
            problems.push(Error::NumberZero { place: row.place(), what: "requested".to_owned() });
        }
        let (id, beneficiary, address) = (id?, beneficiary?, address?);
        let (requested, step) = (requested?, step?);
        Some(ProposalRow { place: row.place(), id, title, beneficiary, address, requested, step })
    });
    let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
    for proposal in &proposals {
        if let Some(first) = seen.get(proposal.id.as_str()) {
            problems.push(Error::ValueTwice {
                place: proposal.place.clone(),
                what: "proposal",
                value: Shown::from(&proposal.id),
                first: (*first).clone(),
            });
        } else {
            seen.insert(&proposal.id, &proposal.place);
        }
    }
    proposals
}

/// The stakes, in the order of the file, in which steps do not go backwards.
pub(super) fn read_stakes(
    file: (&str, &[u8]),
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Vec<StakeRow> {
    let stakes = rows(file, &STAKE_COLUMNS, problems, |row, problems| {
        let step = required_step(row, problems);
        let participant = filled(row, "participant", problems);
        let proposal = filled(row, "proposal", problems);
        let amount = amount(row, "amount", request, problems);
        Some(StakeRow {
            place: row.place(),
            step: step?,
            participant: participant?,
            proposal: proposal?,
            amount: amount?,
        })
    });
    check_order(stakes.iter().map(|row| (&row.place, row.step)), problems);
    stakes
}

/// The holdings, in the order of the file, in which steps do not go backwards; one row for a
/// participant and a step.
pub(super) fn read_holdings(
    file: (&str, &[u8]),
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Vec<HoldingRow> {
    let holdings = rows(file, &HOLDING_COLUMNS, problems, |row, problems| {
        let participant = filled(row, "participant", problems);
        let amount = amount(row, "amount", request, problems);
        let step = collected(step(row), problems);
        let step = step?.unwrap_or(0);
        Some(HoldingRow { place: row.place(), step, participant: participant?, amount: amount? })
    });
    check_order(holdings.iter().map(|row| (&row.place, row.step)), problems);
    let mut seen: BTreeMap<(u64, &str), &Place> = BTreeMap::new();
    for row in &holdings {
        if let Some(first) = seen.get(&(row.step, row.participant.as_str())) {
            problems.push(Error::ValueTwice {
                place: row.place.clone(),
                what: "participant",
                value: Shown::from(&row.participant),
                first: (*first).clone(),
            });
        } else {
            seen.insert((row.step, &row.participant), &row.place);
        }
    }
    holdings
}

/// Reports rows whose step is below that of the row before.
fn check_order<'a>(rows: impl Iterator<Item = (&'a Place, u64)>, problems: &mut Vec<Error>) {
    let mut before = 0;
    for (place, step) in rows {
        if step < before {
            problems.push(Error::StepBackwards { place: place.clone(), step, before });
        }
        before = step;
    }
}

/// A name or id that must be there, in the form in which names are compared.
fn filled(row: Row<'_>, column: &str, problems: &mut Vec<Error>) -> Option<String> {
    let name = collected(row.name(column), problems)?;
    if name.is_empty() {
        problems.push(Error::ValueMissing { place: row.place(), what: column.to_owned() });
        return None;
    }
    Some(compared(name))
}

/// An amount that must be there.
fn amount(row: Row<'_>, column: &str, request: &Request<'_>, problems: &mut Vec<Error>) -> Option<Amount> {
    let text = row.field(column).trim();
    if text.is_empty() {
        problems.push(Error::ValueMissing { place: row.place(), what: column.to_owned() });
        return None;
    }
    collected(Amount::parse(text, request.decimals(), &row.place(), column), problems)
}

/// A step that must be there.
fn required_step(row: Row<'_>, problems: &mut Vec<Error>) -> Option<u64> {
    let missing = || Error::ValueMissing { place: row.place(), what: "step".to_owned() };
    collected(step(row).and_then(|step| step.ok_or_else(missing)), problems)
}

/// A step: a whole number from 1 to 2^53 - 1. `None` where the field is empty.
fn step(row: Row<'_>) -> Result<Option<u64>, Error> {
    let (place, what) = (row.place(), "step".to_owned());
    let Some(number) = row.decimal("step")? else { return Ok(None) };
    let value = Shown::from(row.field("step").trim());
    match number.scaled(0).map(u64::try_from) {
        None => Err(Error::TooManyDecimals { place, what, value, decimals: 0 }),
        Some(Ok(0)) => Err(Error::NumberZero { place, what }),
        Some(Ok(step)) if step <= STEP_LIMIT => Ok(Some(step)),
        Some(_) => Err(Error::NumberTooLarge { place, what, value }),
    }
}
