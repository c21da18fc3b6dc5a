//! The pipeline: from the files of a commit to the files of a results folder.
//!
//! A pure function. `close` writes what it gives, `verify` compares it, `check` prints it; nothing
//! here knows of git, clocks, keys or terminals.

mod amendment;
mod books;
mod claimed;
mod divided;
mod held;
#[cfg(feature = "pages")]
mod history;
mod membership;
mod merge;
mod money;
mod offset;
mod opening;
mod payments;
mod record;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};

use crate::adjustments::{self, Adjustment};
use crate::amount::Amount;
use crate::distribution::Line;
use crate::error::{Error, Place, Problems, Shown, Warning};
use crate::files::{self, Files};
use crate::ledger::plan::{Allocation, Plan};
#[cfg(feature = "pages")]
use crate::ledger::revision::read_reason;
use crate::ledger::revision::round_folder_of;
use crate::ledger::round_id::RoundId;
use crate::ledger::{LEDGER_FILE, Ledger, Token, templates};
use crate::members::Register;
use crate::methods::{Method, Outcome, ReportTable, Request, Statistics, TablePath};
use crate::payouts::books::Books;
use crate::payouts::{self, Payouts};
use crate::recipient::Key;
#[cfg(feature = "pages")]
use crate::report::{self, Material, Page, Recipients};
use crate::statement::{
    ADJUSTMENTS_FILE, CARRY_FILE, Carry, DISTRIBUTION_FILE, HELD, HeldRecord, KeptRecord, REPORT_FOLDER,
    Record, Recorded, STATEMENT_FILE, Statement,
};
use books::Computed;
pub use claimed::{COLUMNS as CLAIMED_COLUMNS, brought_in, claimed_rounds, earlier_results};
use divided::Divided;
pub use membership::{InputRecipient, input_recipients};
pub use money::{Money, money};
use record::{inputs_of, statement, totals_of};
pub use warnings::of_inputs as input_warnings;

/// What the pipeline reads: files of one commit, and the record as it stands there.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// `ledger.json`, `members.csv`, `opening.csv`, the round's folder, `carry.json` of the last statement, and
    /// [`earlier_results`].
    pub files: &'a Files,
    /// The statements of the commit.
    pub record: &'a Record,
}

/// The results of a round.
#[derive(Debug, Clone)]
pub struct Results {
    /// The files of the results folder by name, the statement among them.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The statement.
    pub statement: Statement,
    /// The rows of distribution.csv.
    pub recipients: Vec<Line>,
    /// The reward columns of distribution.csv.
    pub rewards: Vec<String>,
    /// The results folder, from the ledger's root.
    pub folder: String,
    /// The token of the round.
    pub token: Token,
    /// What the methods have to tell beside the money, one entry an allocation.
    pub statistics: Vec<Statistics>,
    /// How many addresses are paid.
    pub recipients_paid: usize,
    /// What an amendment changes, person by person; none for a first closing.
    pub adjustments: Option<Vec<Adjustment>>,
    /// What was held before and is paid now, with the recipients' keys.
    pub releases: Vec<(Key, HeldRecord)>,
    /// What people should look at before they pay.
    pub warnings: Vec<Warning>,
    /// What the pages say.
    #[cfg(feature = "pages")]
    pub page: Page,
}

impl Results {
    /// The digest of the statement's bytes.
    pub fn statement_sha256(&self) -> String {
        files::sha256_hex(self.files.get(STATEMENT_FILE).map_or(&[], Vec::as_slice))
    }
}

/// Computes the results of a round's first revision. All problems of the round at once.
pub fn calculate(snapshot: Snapshot<'_>, round: &RoundId) -> Result<Results, Problems> {
    calculate_revision(snapshot, round, 1)
}

/// Computes the results of a revision: 1 is the round as it is closed first, 2 and up are amendments of
/// it, each the next after the last one that is recorded. All problems at once.
pub fn calculate_revision(
    snapshot: Snapshot<'_>,
    round: &RoundId,
    revision: u32,
) -> Result<Results, Problems> {
    let ledger = Ledger::read(snapshot.files)?;
    check_record(&ledger, snapshot.record)?;
    if revision > 1 {
        amendment::check_next(&ledger, snapshot.record, round, revision)?;
    }
    let mut carry = read_carry(snapshot)?;
    // An amendment divides with what the round was closed on first.
    let record_then = snapshot.record.before(round.as_str());
    let then = Snapshot { record: &record_then, ..snapshot };
    let carry_then = if revision == 1 { None } else { Some(read_carry(then)?) };
    let (plan, mut problems) = Plan::read_partly(snapshot.files, &ledger, round, revision)?;
    let formats = payouts::formats(&ledger, &plan, &mut problems);
    let register = Register::read(snapshot.files, ledger.token.address);
    let register = register.map_err(|found| problems.extend(found)).unwrap_or_default();
    carry = opening::carry(snapshot, &plan, &mut problems).unwrap_or(carry);
    let carry_then = carry_then.as_ref().unwrap_or(&carry);
    let mut outcomes = run_methods(&plan, then, carry_then, problems)?;
    let members = register.at(round);
    membership::resolve(&members, &plan, &mut outcomes)?;
    let divided = if revision == 1 {
        divided::divide((&plan, &ledger, snapshot), (&members, &carry), &mut outcomes)?
    } else {
        let (plan, ledger, register) = (&plan, &ledger, &register);
        let carry = &carry;
        let amendment = amendment::Amendment { plan, ledger, register, snapshot, carry, carry_then };
        amendment.divide(&mut outcomes)?
    };
    let Divided { mut distribution, shares, allocations, adjustments, payments, carry: after, mut settled } =
        divided;
    #[cfg(feature = "pages")]
    let recipients = Recipients::of(&distribution);
    let results_folder = ledger.results_of(round, revision);
    let mut results = BTreeMap::from([
        (DISTRIBUTION_FILE.to_owned(), distribution.take_csv(plan.token.decimals)),
        (CARRY_FILE.to_owned(), after.to_bytes()),
    ]);
    if let Some(adjustments) = &adjustments {
        let bytes = adjustments::to_csv(adjustments, plan.token.decimals);
        results.insert(ADJUSTMENTS_FILE.to_owned(), bytes);
    }
    let opening = opening::table(snapshot.record, &carry);
    let totals = totals_of(&allocations, &plan)?;
    let computed = Computed {
        plan: &plan,
        snapshot,
        folder: &results_folder,
        sequence: snapshot.record.last().map_or(0, Recorded::sequence) + 1,
        allocations: &allocations,
        before: &carry,
        after: &after,
        results: &results,
        opening: opening.as_ref().map(|table| table.bytes.as_slice()),
    };
    let rounds = books::of(&computed, &formats)?;
    let books = Books { ledger: &ledger.name, token: &plan.token, rounds: &rounds };
    let books = Some(books).filter(|books| !books.is_empty());
    results.extend(Payouts { plan: &plan, payments: &payments }.write(&formats, &totals.paid, books)?);
    let own_tables = settled.table().into_iter().chain(opening).collect();
    let tables = report_tables(&plan, &mut outcomes, own_tables, &mut results);
    #[cfg(not(feature = "pages"))]
    drop((tables, shares));
    #[cfg_attr(not(feature = "pages"), allow(unused_mut))]
    let mut inputs = inputs_of(&ledger, &plan, &outcomes, snapshot)?;
    let mut warnings = warnings::of(&plan, &outcomes, carry_then, &results_folder, &results);
    warnings.extend(warnings::read_before(&plan, &inputs, then.record));
    warnings.extend(templates::warnings(snapshot.files));
    warnings.append(&mut settled.warnings);
    let statistics = statistics_of(&plan, &mut outcomes);
    #[cfg(feature = "pages")]
    let page = {
        let mut past = history::before(&ledger, &plan, then);
        if let Some(past) = &mut past {
            warnings.append(&mut past.warnings);
            inputs.append(&mut past.inputs);
            inputs.sort_by(|left, right| left.name.cmp(&right.name));
            inputs.dedup_by(|left, right| left.name == right.name);
        }
        let past = past.as_ref().map_or((then.files, then.record), |past| (&past.files, &past.record));
        let reason = ledger.reason_of(round, revision);
        let reason = (revision > 1).then(|| read_reason(snapshot.files, &reason)).transpose()?;
        let (page, pages) = report::write(&Material {
            ledger: &ledger,
            plan: &plan,
            files: past.0,
            record: past.1,
            revision,
            adjustments: adjustments.as_deref(),
            reason: reason.as_deref(),
            allocations: &shares,
            totals: &totals_of(&shares, &plan)?,
            inputs: &inputs,
            statistics: &statistics,
            tables: &tables,
            results: &results,
            recipients: &recipients,
            warnings: &warnings,
        })?;
        results.extend(pages);
        page
    };
    warnings.extend(opening::not_read(snapshot));
    let statement = statement(&ledger, &plan, (allocations, totals), inputs, &results, snapshot.record);
    // Nothing that does not add up is ever written, whatever a method did.
    let unbalanced = |reason| Error::RecordInvalid { place: Place::file(&plan.file), reason };
    statement.check_sums().map_err(unbalanced)?;
    results.insert(STATEMENT_FILE.to_owned(), statement.to_bytes());
    Ok(Results {
        files: results,
        statement,
        recipients: distribution.lines,
        rewards: distribution.rewards,
        folder: results_folder,
        statistics,
        token: plan.token,
        recipients_paid: payments.len(),
        adjustments,
        releases: settled.releases,
        warnings,
        #[cfg(feature = "pages")]
        page,
    })
}

/// What the record was written under may not have changed: id, rounds folder, token.
pub fn check_record(ledger: &Ledger, record: &Record) -> Result<(), Problems> {
    let Some(last) = record.last() else { return Ok(()) };
    let predicate = &last.statement.predicate;
    let round = last.folder.strip_suffix("/results").map_or(&*last.folder, round_folder_of);
    let folder = round.strip_suffix(&format!("/{}", predicate.round)).unwrap_or(round);
    let decimals = (predicate.token.decimals.to_string(), ledger.token.decimals.to_string());
    let facts = [
        ("id", predicate.ledger.id.as_str(), ledger.id.as_str()),
        ("rounds", folder, ledger.rounds.as_str()),
        ("token.symbol", predicate.token.symbol.as_str(), ledger.token.symbol.as_str()),
        ("token.decimals", decimals.0.as_str(), decimals.1.as_str()),
    ];
    let changed = facts.into_iter().filter(|(_, before, now)| before != now).map(|(field, before, now)| {
        Error::LedgerChanged {
            place: Place::file(LEDGER_FILE),
            field,
            before: Shown::from(before),
            now: Shown::from(now),
        }
    });
    Problems::unless_empty(changed.collect(), ())
}

/// The files of the record that a revision of a round is computed from, from the ledger's root: the state
/// at the head of the chain; of an amendment also the states before and after the round, and who was due
/// what of it.
pub fn recorded_results(record: &Record, round: &RoundId, revision: u32) -> BTreeSet<String> {
    let carry = |recorded: &Recorded| format!("{}/{CARRY_FILE}", recorded.folder);
    let mut paths: BTreeSet<String> = record.last().map(carry).into_iter().collect();
    if revision > 1 {
        paths.extend(record.before(round.as_str()).last().map(carry));
        let last = record.latest(round.as_str());
        paths.extend(last.map(carry));
        paths.extend(last.map(|last| format!("{}/{DISTRIBUTION_FILE}", last.folder)));
    }
    paths
}

/// The state after the last statement, its digest checked.
pub fn read_carry(snapshot: Snapshot<'_>) -> Result<Carry, Problems> {
    carry_of(snapshot.files, snapshot.record.last())
}

/// The state after a statement, its digest checked; nothing is held before the first.
fn carry_of(files: &Files, recorded: Option<&Recorded>) -> Result<Carry, Problems> {
    let Some(last) = recorded else { return Ok(Carry::default()) };
    let path = format!("{}/{CARRY_FILE}", last.folder);
    let bytes = files.bytes(&path)?;
    let digest = files::sha256_hex(bytes);
    let stated = last.statement.subject.iter().find(|subject| subject.name == CARRY_FILE);
    if stated.is_none_or(|subject| subject.digest.sha256 != digest) {
        return Err(Error::CarryDigest { place: Place::file(&path) }.into());
    }
    Ok(Carry::read(&path, bytes)?)
}

/// Runs the method of every allocation; problems of all of them behind those of the plan.
fn run_methods(
    plan: &Plan,
    snapshot: Snapshot<'_>,
    carry: &Carry,
    mut problems: Vec<Error>,
) -> Result<Vec<Outcome>, Problems> {
    let mut outcomes = Vec::new();
    for allocation in &plan.allocations {
        let Some(method) = method_of(allocation, plan, &mut problems) else { continue };
        let carried = carried(allocation, plan, carry, &mut problems);
        let mut request =
            Request { plan, allocation, files: snapshot.files, carried, brought_in: Amount::ZERO };
        let brought_in = claimed::read(&request, snapshot.record, &mut problems);
        request.brought_in = brought_in.amount;
        match method.run(&request) {
            Ok(mut outcome) => match brought_in.join(&mut outcome, &request) {
                Ok(()) => outcomes.push(outcome),
                Err(error) => problems.push(error),
            },
            Err(found) => problems.extend(found),
        }
    }
    Problems::unless_empty(problems, outcomes)
}

/// The method that an allocation names.
fn method_of(allocation: &Allocation, plan: &Plan, problems: &mut Vec<Error>) -> Option<Method> {
    let method = Method::parse(&allocation.method);
    if method.is_none() {
        problems.push(Error::MethodUnknown {
            place: Place::file(&plan.file),
            allocation: Shown::from(&allocation.name),
            method: Shown::from(&allocation.method),
            known: Method::ALL.map(Method::id).join(", "),
        });
    }
    method
}

/// What the allocation of the same name kept, which must be the same method's.
fn carried<'a>(
    allocation: &Allocation,
    plan: &Plan,
    carry: &'a Carry,
    problems: &mut Vec<Error>,
) -> Option<&'a KeptRecord> {
    let carried = carry.allocations.iter().find(|kept| kept.name == allocation.name)?;
    if carried.method != allocation.method {
        problems.push(Error::CarriedMethodDiffers {
            place: Place::file(&plan.file),
            allocation: Shown::from(&allocation.name),
            carried: Shown::from(&carried.method),
            method: Shown::from(&allocation.method),
        });
        return None;
    }
    Some(carried)
}

/// The statistics of all methods, in the order of the allocations.
fn statistics_of(plan: &Plan, outcomes: &mut [Outcome]) -> Vec<Statistics> {
    let pairs = plan.allocations.iter().zip(outcomes);
    pairs
        .map(|(allocation, outcome)| Statistics {
            allocation: allocation.name.clone(),
            method: allocation.method.clone(),
            statistics: outcome.statistics.take(),
        })
        .collect()
}

/// Puts the tables of all methods into the results: under their bare names where no other allocation
/// has a table of that name, else qualified by the allocation, as the reward columns are. And the
/// ledger's own, of held amounts. Gives whose table stands where.
fn report_tables(
    plan: &Plan,
    outcomes: &mut [Outcome],
    own: Vec<ReportTable>,
    results: &mut BTreeMap<String, Vec<u8>>,
) -> Vec<TablePath> {
    let tables = |outcome: &mut Outcome| std::mem::take(&mut outcome.tables);
    let mut tables: Vec<(&str, ReportTable)> = plan
        .allocations
        .iter()
        .zip(outcomes)
        .flat_map(|(allocation, outcome)| tables(outcome).into_iter().map(|table| (&*allocation.name, table)))
        .collect();
    tables.extend(own.into_iter().map(|table| (HELD, table)));
    let names: Vec<String> = tables.iter().map(|(_, table)| table.name.clone()).collect();
    let placed = |(allocation, table): (&str, ReportTable)| {
        let alone = names.iter().filter(|other| **other == table.name).count() == 1;
        let prefix = if alone { String::new() } else { format!("{allocation}.") };
        let path = format!("{REPORT_FOLDER}tables/{prefix}{}.csv", table.name);
        results.insert(path.clone(), table.bytes);
        TablePath { allocation: allocation.to_owned(), name: table.name, path }
    };
    tables.into_iter().map(placed).collect()
}
