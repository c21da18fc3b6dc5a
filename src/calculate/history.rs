//! Rounds that were closed before meed (`history` of ledger.json), for the trends of pages.
//!
//! They have no results by meed, so the tables that trends read are computed from their inputs, each round
//! alone: nothing of it is paid, held or handed on. Only the last [`ROUNDS_MOST`] whose periods lie before
//! that of the round, since every closing and every verification computes them again. One that cannot be
//! computed is left out, with a warning.

use std::collections::BTreeMap;

use super::divided::{self, Divided};
use super::record::{inputs_of, statement, totals_of};
use super::{Snapshot, report_tables, run_methods, statistics_of};
use crate::error::{Error, Place, Problems, Shown, Warning};
use crate::files::{Content, Files, sha256_hex};
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::ledger::round_id::RoundId;
use crate::members::Members;
use crate::report::{self, Material, Recipients};
use crate::statement::{Carry, DISTRIBUTION_FILE, InputRecord, Record, Recorded};

/// Most rounds of history that trends show.
const ROUNDS_MOST: usize = 12;
/// The highest revision of a RAD round's praise file that is looked for.
const REVISIONS_MOST: u32 = 99;

/// What pages read of earlier rounds, those of history among them.
pub(super) struct Past {
    /// The rounds of history, then the statements of the record.
    pub record: Record,
    /// The files of the commit, and the tables of the rounds of history.
    pub files: Files,
    /// What those rounds were computed from.
    pub inputs: Vec<InputRecord>,
    /// Which could not be computed, and why.
    pub warnings: Vec<Warning>,
}

/// The rounds of history before a round; `None` where the ledger lists none.
pub(super) fn before(ledger: &Ledger, plan: &Plan, snapshot: Snapshot<'_>) -> Option<Past> {
    if ledger.history.is_empty() {
        return None;
    }
    let (record, files) = (Record::default(), snapshot.files.clone());
    let mut past = Past { record, files, inputs: Vec::new(), warnings: Vec::new() };
    let mut plans = Vec::new();
    for round in &ledger.history {
        match read_plan(ledger, round, snapshot.files) {
            Ok(earlier) if earlier.period.end < plan.period.start => plans.push(earlier),
            Ok(_) => {}
            Err(problems) => past.leave_out(ledger, round, &problems),
        }
    }
    plans.sort_by_key(|earlier| earlier.period.start); // stable: in natural order where periods begin together
    let skipped = plans.len().saturating_sub(ROUNDS_MOST);
    for earlier in plans.into_iter().skip(skipped) {
        if let Err(problems) = past.add(ledger, &earlier, snapshot.files) {
            past.leave_out(ledger, &earlier.round, &problems);
        }
    }
    for recorded in snapshot.record.statements() {
        past.record.push(recorded.clone());
    }
    Some(past)
}

/// The plan of a round of history; of a RAD round by its last praise file.
fn read_plan(ledger: &Ledger, round: &RoundId, files: &Files) -> Result<Plan, Problems> {
    let folder = ledger.folder_of(round);
    let is_there = |revision: &u32| files.contains(&format!("{folder}/praise.{revision}.csv"));
    let last = (2..=REVISIONS_MOST).take_while(is_there).last().unwrap_or(1);
    Plan::read(files, ledger, round, last)
}

impl Past {
    /// Computes the tables of a round of history.
    fn add(&mut self, ledger: &Ledger, plan: &Plan, files: &Files) -> Result<(), Problems> {
        let record = Record::default();
        let alone = Snapshot { files, record: &record };
        let (members, carry) = (Members::default(), Carry::default());
        let mut outcomes = run_methods(plan, alone, &carry, Vec::new())?;
        let Divided { mut distribution, allocations, .. } =
            divided::divide((plan, ledger, alone), (&members, &carry), &mut outcomes)?;
        let recipients = Recipients::of(&distribution);
        let decimals = plan.token.decimals;
        let mut results = BTreeMap::from([(DISTRIBUTION_FILE.to_owned(), distribution.take_csv(decimals))]);
        let tables = report_tables(plan, &mut outcomes, Vec::new(), &mut results);
        let mut inputs = inputs_of(ledger, plan, &outcomes, alone)?;
        inputs.retain(|input| input.name.starts_with(&format!("{}/", plan.folder)));
        let statistics = statistics_of(plan, &mut outcomes);
        let totals = totals_of(&allocations, plan)?;
        let figures = report::figures(&Material {
            ledger,
            plan,
            files,
            record: &record,
            revision: 1,
            adjustments: None,
            reason: None,
            allocations: &allocations,
            totals: &totals,
            inputs: &inputs,
            statistics: &statistics,
            tables: &tables,
            results: &results,
            recipients: &recipients,
            warnings: &[],
        })?;
        results.extend(figures);
        let sums = (allocations, totals);
        let mut stated = statement(ledger, plan, sums, inputs.clone(), &results, &record);
        stated.predicate.revision = 1; // as the round was paid, whatever praise file it was
        let folder = ledger.results_of(&plan.round, 1);
        for (name, bytes) in results {
            self.files.insert(format!("{folder}/{name}"), Content::File(bytes));
        }
        let sha256 = sha256_hex(&stated.to_bytes());
        self.record.push(Recorded { folder, sha256, statement: stated.into() });
        self.inputs.extend(inputs);
        Ok(())
    }

    /// Says that trends do without a round.
    fn leave_out(&mut self, ledger: &Ledger, round: &RoundId, problems: &Problems) {
        let first = problems.errors().first().map_or_else(String::new, Error::to_string);
        let text = format!("trends do without this round of history: {}", Shown::from(first));
        self.warnings.push(Warning::new(Place::file(&ledger.folder_of(round)), text));
    }
}
