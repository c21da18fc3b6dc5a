//! Opening balances in the pipeline: the first statement takes them over as held amounts.

use super::Snapshot;
use crate::error::{Error, Place, Warning};
use crate::ledger::plan::Plan;
use crate::methods::ReportTable;
use crate::opening::{self, OPENING_FILE};
use crate::statement::{Carry, Figure, HeldRecord, Record};
use crate::tables::Cell;

/// The table of what the first statement took over.
const OPENING_TABLE: &str = "held_opening";

/// Whether the statement that comes next on a record reads opening.csv.
pub(super) fn is_read(record: &Record) -> bool {
    record.last().is_none()
}

/// The state before the first statement: what opening.csv says is owed. Later nothing is read. Problems are
/// added to `problems`.
pub(super) fn carry(snapshot: Snapshot<'_>, plan: &Plan, problems: &mut Vec<Error>) -> Option<Carry> {
    if !is_read(snapshot.record) {
        return None;
    }
    let balances = opening::read(snapshot.files, &plan.token).map_err(|found| problems.extend(found)).ok()?;
    let record = |balance: opening::OpeningBalance| HeldRecord {
        key: balance.key.to_string(),
        name: balance.name,
        accounts: Vec::new(),
        amount: Figure(balance.amount.to_text(plan.token.decimals)),
        round: plan.round.as_str().to_owned(),
    };
    let mut held: Vec<HeldRecord> = balances.into_iter().map(record).collect();
    held.sort_by(|left, right| left.key.cmp(&right.key));
    Some(Carry { held, allocations: Vec::new() })
}

/// The table of what was taken over, from the state before a statement; none where nothing was.
pub(super) fn table(record: &Record, before: &Carry) -> Option<ReportTable> {
    let row = |held: &HeldRecord| {
        let (name, key) = (Cell::Text(held.name.clone()), Cell::Text(held.key.clone()));
        vec![name, key, Cell::Plain(held.amount.0.clone())]
    };
    (is_read(record) && !before.held.is_empty())
        .then(|| ReportTable::new(OPENING_TABLE, &["name", "key", "amount"], before.held.iter().map(row)))
}

/// What people should know who write opening.csv too late, or change it. Pages do not tell: they show what
/// was read.
pub(super) fn not_read(snapshot: Snapshot<'_>) -> Option<Warning> {
    let first = snapshot.record.statements().first()?;
    let (sha256, _) =
        snapshot.files.contains(OPENING_FILE).then(|| snapshot.files.digest(OPENING_FILE).ok())??;
    let mut read = first.statement.predicate.inputs.iter();
    if read.any(|input| input.name == OPENING_FILE && input.digest.sha256 == sha256) {
        return None;
    }
    let text = "is not what the first statement read, and is not read any more: amounts that are still owed go into a round";
    Some(Warning::new(Place::file(OPENING_FILE), text))
}
