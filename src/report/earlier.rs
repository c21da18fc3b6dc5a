//! What pages read of rounds that were closed before: tables that were committed with them. Nothing is
//! computed again.

use std::collections::BTreeSet;

use super::overview::ROUND_TABLE;
use crate::files::Files;
use crate::ledger::plan::Plan;
use crate::statement::{DISTRIBUTION_FILE, Predicate, REPORT_FOLDER, Record, Recorded};

/// The tables that trends are made from, by the names that methods and the overview give them. Where
/// a round has several of a name they stand as `<allocation>.<name>`, and all are read.
pub const TREND_TABLES: [&str; 5] =
    [ROUND_TABLE, "treasury", "praise_days", "praise_quantifier_days", "praise_category_days"];

/// A round that was closed before, in its last revision.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// Its statement.
    pub statement: &'a Predicate,
    recorded: &'a Recorded,
    files: &'a Files,
}

impl<'a> Earlier<'a> {
    /// The rounds of the record, by their periods, then by their place in the chain: the last revision
    /// of each, without the round of `plan` itself.
    pub fn rounds(record: &'a Record, files: &'a Files, plan: &Plan) -> Vec<Self> {
        let statements = record.statements();
        let is_last = |at: usize, recorded: &Recorded| {
            let round = &recorded.statement.predicate.round;
            statements.iter().skip(at + 1).all(|later| later.statement.predicate.round != *round)
        };
        let mut rounds: Vec<Self> = statements
            .iter()
            .enumerate()
            .filter(|(at, recorded)| is_last(*at, recorded))
            .map(|(_, recorded)| Self { statement: &recorded.statement.predicate, recorded, files })
            .filter(|earlier| earlier.statement.round != plan.round.as_str())
            .collect();
        rounds.sort_by(|left, right| left.statement.period.start.cmp(&right.statement.period.start));
        rounds
    }

    /// The committed tables of a name: name of the file without `.csv`, and bytes.
    pub fn tables(&self, name: &str) -> Vec<(&'a str, &'a [u8])> {
        let subjects = self.recorded.statement.subject.iter();
        let tables = subjects.filter_map(|subject| {
            let file = table_name(&subject.name)?;
            is_called(file, name).then_some((file, subject.name.as_str()))
        });
        let bytes = |path: &str| self.files.bytes(&format!("{}/{path}", self.recorded.folder)).ok();
        tables.filter_map(|(file, path)| Some((file, bytes(path)?))).collect()
    }

    /// The bytes of distribution.csv; only the round that was closed last has it here, and only if it is
    /// small enough to be held.
    pub fn distribution(&self) -> Option<&'a [u8]> {
        self.files.bytes(&format!("{}/{DISTRIBUTION_FILE}", self.recorded.folder)).ok()
    }
}

/// The files of earlier rounds that pages read, from the ledger's root: [`TREND_TABLES`] of all, and
/// the distribution of the round that was closed last, in its last revision.
pub fn earlier_tables(record: &Record) -> BTreeSet<String> {
    let wanted = |name: &str| {
        table_name(name).is_some_and(|file| TREND_TABLES.iter().any(|table| is_called(file, table)))
    };
    let tables = record.statements().iter().flat_map(|recorded| {
        let names = recorded.statement.subject.iter().map(|subject| subject.name.as_str());
        names.filter(|name| wanted(name)).map(|name| format!("{}/{name}", recorded.folder))
    });
    let last = record.last_closed().and_then(|last| record.latest(&last.statement.predicate.round));
    let last = last.map(|last| format!("{}/{DISTRIBUTION_FILE}", last.folder));
    tables.chain(last).collect()
}

/// The name of a table in the results folder, without folder and `.csv`.
fn table_name(path: &str) -> Option<&str> {
    path.strip_prefix(REPORT_FOLDER)?.strip_prefix("tables/")?.strip_suffix(".csv")
}

/// Whether a file holds a table of the name, bare or behind an allocation's.
fn is_called(file: &str, name: &str) -> bool {
    file == name || file.strip_suffix(name).is_some_and(|allocation| allocation.ends_with('.'))
}
