//! The tables of judgements that the TEC published with its rounds, against those of praise-v1.
#![allow(clippy::float_arithmetic)] // published figures are floats

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use meed::amount::Amount;
use meed::error::Place;
use meed::ledger::Ledger;
use meed::ledger::plan::Plan;
use meed::ledger::round_id::RoundId;
use meed::methods::{Method, Outcome, Request};
use meed::tables::{Row, Table};

use crate::support;

/// Rounds, revisions, quantifiers a praise, rows published in praise_outliers, duplication_examination
/// and dismissal_disagreed.
const PUBLISHED: [(&str, u32, usize); 9] = [
    ("round-1", 1, 3),
    ("round-1", 2, 3),
    ("round-13", 1, 4),
    ("round-13", 2, 4),
    ("round-17", 1, 4),
    ("round-20", 1, 4),
    ("round-21", 1, 4),
    ("round-25", 1, 5),
    ("round-33", 1, 3),
];

/// What praise-v1 alone makes of a revision.
fn outcome(tec: &Path, round: &str, revision: u32) -> Outcome {
    let files = support::round_files(&tec.join(round), round, &support::ledger_json("TEC", 18, "{}"));
    let ledger = Ledger::read(&files).unwrap();
    let id = RoundId::parse(round, &Place::file("test")).unwrap();
    let plan = Plan::read(&files, &ledger, &id, revision).unwrap();
    let allocation = &plan.allocations[0];
    let request = Request { plan: &plan, allocation, files: &files, carried: None, brought_in: Amount::ZERO };
    Method::PraiseV1.run(&request).unwrap()
}

fn ours(outcome: &Outcome, name: &str) -> Table {
    let table = outcome.tables.iter().find(|table| table.name == name).unwrap();
    Table::read(name, &table.bytes, &["ID"]).unwrap()
}

fn published(tec: &Path, round: &str, revision: u32, name: &str) -> Table {
    let path = tec.join(format!("{round}/published/revision-{revision}/{name}.csv"));
    Table::read(name, &fs::read(path).unwrap(), &["ID"]).unwrap()
}

fn by_id(table: &Table) -> BTreeMap<&str, Row<'_>> {
    let rows: BTreeMap<&str, Row<'_>> = table.rows().map(|row| (row.field("id"), row)).collect();
    assert_eq!(rows.len(), table.len(), "{}: an ID stands twice", table.path());
    rows
}

/// Both empty, or equal to a billionth.
fn same_number(left: &str, right: &str) -> bool {
    match (left.parse::<f64>(), right.parse::<f64>()) {
        (Ok(left), Ok(right)) => (left - right).abs() <= 1e-9,
        _ => left.is_empty() && right.is_empty(),
    }
}

/// The same columns, in the published order.
fn assert_same_header(ours: &Table, published: &Table) {
    assert!(ours.column_names().eq(published.column_names()), "{}", ours.path());
}

/// Slots whose DUPLICATE ID is empty in the whole file, which RAD up to its round 18 took for zero.
fn slots_lost(round: &str, table: &Table, slots: usize) -> BTreeSet<usize> {
    let is_empty = |k: &usize| table.rows().all(|row| row.field(&format!("duplicate id {k}")).is_empty());
    (1..=slots).filter(|k| round == "round-17" && is_empty(k)).collect()
}

/// The scores of a row, without those of slots that RAD lost and that were not dismissed.
fn scores_of(row: Row<'_>, slots: usize, lost: &BTreeSet<usize>) -> Vec<f64> {
    let score = |k: usize| {
        let dismissed = row.field(&format!("dismissed {k}")) == "True";
        match row.field(&format!("score {k}")).parse() {
            Ok(_) if lost.contains(&k) => dismissed.then_some(0.0),
            score => score.ok(),
        }
    };
    (1..=slots).filter_map(score).collect()
}

fn spread(scores: &[f64]) -> String {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lowest = scores.iter().copied().fold(f64::INFINITY, f64::min);
    if scores.is_empty() { String::new() } else { (highest - lowest).to_string() }
}

#[test]
fn outliers_have_the_published_rows_and_spreads() {
    let Some(folder) = support::conformance("praise_outliers of 9 TEC revisions") else { return };
    let tec = folder.join("tec");
    for (round, revision, slots) in PUBLISHED {
        let outcome = outcome(&tec, round, revision);
        let (table, wanted) =
            (ours(&outcome, "praise_outliers"), published(&tec, round, revision, "praise_outliers"));
        assert_same_header(&table, &wanted);
        let lost = slots_lost(round, &table, slots);
        assert_eq!(!lost.is_empty(), round == "round-17", "{round}: {lost:?}");
        let (rows, wanted) = (by_id(&table), by_id(&wanted));
        assert!(rows.keys().eq(wanted.keys()), "{round} revision {revision}: other rows");
        let mut differing = 0;
        for (id, row) in &rows {
            let wanted = wanted[id];
            let place = format!("{round} revision {revision}, {id}");
            for column in ["index", "to user account", "from user account"] {
                assert_eq!(row.field(column).trim(), wanted.field(column).trim(), "{place}: {column}");
            }
            assert!(same_number(row.field("avg score"), wanted.field("avg score")), "{place}: mean");
            for k in (1..=slots).filter(|k| !lost.contains(k)) {
                let column = format!("score {k}");
                assert!(same_number(row.field(&column), wanted.field(&column)), "{place}: {column}");
                for column in [format!("dismissed {k}"), format!("duplicate id {k}")] {
                    assert_eq!(row.field(&column), wanted.field(&column), "{place}: {column}");
                }
            }
            assert_eq!(
                spread(&scores_of(*row, slots, &BTreeSet::new())).is_empty(),
                row.field("spread").is_empty()
            );
            let expected = if lost.is_empty() {
                row.field("spread").to_owned()
            } else {
                spread(&scores_of(*row, slots, &lost)) // what RAD's defect makes of it
            };
            assert!(same_number(&expected, wanted.field("spread")), "{place}: spread {expected}");
            differing += usize::from(!same_number(row.field("spread"), wanted.field("spread")));
        }
        assert_eq!(differing > 0, round == "round-17", "{round}: {differing} spreads differ");
    }
}

#[test]
fn disagreements_have_the_published_rows() {
    let Some(folder) = support::conformance("disagreements of 9 TEC revisions") else { return };
    let tec = folder.join("tec");
    let mut count = 0;
    for (round, revision, slots) in PUBLISHED {
        let outcome = outcome(&tec, round, revision);
        let outliers = ours(&outcome, "praise_outliers");
        let positions: BTreeMap<&str, usize> =
            outliers.rows().enumerate().map(|(position, row)| (row.field("id"), position)).collect();
        let lost = slots_lost(round, &outliers, slots);
        for (name, said) in
            [("duplication_examination", "duplicate id"), ("dismissal_disagreed", "dismissed")]
        {
            let (table, wanted) = (ours(&outcome, name), published(&tec, round, revision, name));
            assert_same_header(&table, &wanted);
            let bytes = &outcome.tables.iter().find(|table| table.name == name).unwrap().bytes;
            let mut plain = csv_lines(bytes);
            let (rows, wanted) = (by_id(&table), by_id(&wanted));
            assert!(rows.keys().eq(wanted.keys()), "{round} revision {revision}, {name}: other rows");
            for row in table.rows() {
                let id = row.field("id");
                let place = format!("{round} revision {revision}, {name}, {id}");
                assert_eq!(plain.next().unwrap(), positions[id].to_string(), "{place}: position");
                for k in 1..=slots {
                    let column = format!("{said} {k}");
                    // Pandas spells the 0 of a column without any ID as a float.
                    let published = wanted[id].field(&column).replace("0.0", "0");
                    assert_eq!(row.field(&column), published, "{place}: {column}");
                }
                let both = [row.field("max score"), wanted[id].field("max score")];
                assert!(!lost.is_empty() || same_number(both[0], both[1]), "{place}: {both:?}");
            }
            count += rows.len();
        }
    }
    assert!(count > 300, "{count}");
}

/// The first, unnamed column, which our reader skips; no quoted line break stands in the rows.
fn csv_lines(bytes: &[u8]) -> impl Iterator<Item = String> + '_ {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let rows: Vec<String> = reader.records().map(|row| row.unwrap()[0].to_owned()).collect();
    rows.into_iter()
}

/// `count` of quantifiers.csv is the column `quantified` of the exact results.
#[test]
fn quantifiers_count_what_the_exact_results_count() {
    let Some(folder) = support::conformance("what quantifiers of 9 TEC revisions scored") else { return };
    let tec = folder.join("tec");
    for (round, revision, _) in PUBLISHED {
        let outcome = outcome(&tec, round, revision);
        let table = outcome.tables.iter().find(|table| table.name == "quantifiers").unwrap();
        let table = Table::read("quantifiers", &table.bytes, &["quantifier", "count"]).unwrap();
        let path = tec.join(format!("{round}/exact-revision-{revision}.csv"));
        let exact = Table::read("exact", &fs::read(path).unwrap(), &["recipient", "quantified"]).unwrap();
        let counts = |table: &Table, column: &str| -> Vec<u64> {
            let mut counts: Vec<u64> = table
                .rows()
                .map(|row| row.field(column).parse().unwrap_or(0))
                .filter(|count| *count > 0)
                .collect();
            counts.sort_unstable();
            counts
        };
        assert_eq!(counts(&table, "count"), counts(&exact, "quantified"), "{round} revision {revision}");
        assert!(table.len() > 2, "{round}");
    }
}
