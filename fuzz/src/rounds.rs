//! What must hold of every round, whatever its files are.

use std::collections::BTreeMap;

use meed::amount::Amount;
use meed::calculate::{Results, Snapshot, calculate};
use meed::error::{Place, Problems};
use meed::files::{Content, Files};
use meed::ledger::round_id::RoundId;
use meed::statement::{CARRY_FILE, Carry, DISTRIBUTION_FILE, Record, STATEMENT_FILE, Statement};
use meed::tables::{Row, Table};

use crate::{error_is_plain, text_is_plain};

/// The files of a ledger with the one round `r-1`, by path.
pub type RoundFiles = BTreeMap<String, Vec<u8>>;

/// Divides the round, and again with its rows in another order; whether it could be divided.
pub fn rules_hold(files: &RoundFiles, shuffled: &RoundFiles) -> bool {
    let Some(results) = record_holds(files) else { return false };
    let again = divide(shuffled).expect("the order of rows does not make a round invalid");
    for name in [DISTRIBUTION_FILE, CARRY_FILE] {
        assert_eq!(results.files.get(name), again.files.get(name), "{name}");
    }
    true
}

/// Divides the round: what is recorded adds up and reads back, what is refused is told plainly.
/// The results, if it could be divided.
pub fn record_holds(files: &RoundFiles) -> Option<Results> {
    match divide(files) {
        Ok(results) => {
            results.warnings.iter().for_each(|warning| text_is_plain(&warning.to_string()));
            adds_up(&results);
            reads_back(&results);
            Some(results)
        }
        Err(problems) => {
            assert!(!problems.errors().is_empty());
            problems.errors().iter().for_each(error_is_plain);
            None
        }
    }
}

/// The results of the round.
fn divide(files: &RoundFiles) -> Result<Results, Problems> {
    let round = RoundId::parse("r-1", &Place::file("ledger.json"))?;
    let mut snapshot = Files::default();
    for (path, bytes) in files {
        snapshot.insert(path.clone(), Content::File(bytes.clone()));
    }
    calculate(Snapshot { files: &snapshot, record: &Record::default() }, &round)
}

/// The identities of the record, and the distribution against it.
fn adds_up(results: &Results) {
    let predicate = &results.statement.predicate;
    let totals = predicate.totals.balances(predicate.token.decimals).expect("the totals are balances");
    let totals = totals.map(|total| total.amount().expect("nothing of a first closing lies below zero"));
    assert_eq!(results.statement.check_sums(), Ok(()));
    let [.., paid, held, _, _] = totals;
    let parts = Amount::sum(results.recipients.iter().map(|line| line.total)).expect("the parts have a sum");
    assert_eq!(Amount::sum([paid, held]), Some(parts));
    let paid_parts = results.recipients.iter().filter(|line| line.key.address().is_some());
    assert_eq!(Amount::sum(paid_parts.map(|line| line.total)), Some(paid));
}

/// statement.json, carry.json and distribution.csv read back as what was computed.
fn reads_back(results: &Results) {
    let bytes = |name: &str| results.files.get(name).map_or(&[][..], Vec::as_slice);
    let decimals = results.token.decimals;
    let place = Place::file(DISTRIBUTION_FILE);
    let statement = Statement::read(STATEMENT_FILE, bytes(STATEMENT_FILE));
    assert_eq!(statement.as_ref(), Ok(&results.statement));
    let carry = Carry::read(CARRY_FILE, bytes(CARRY_FILE)).expect("carry.json is readable");
    assert_eq!(carry.to_bytes(), bytes(CARRY_FILE));
    let mut columns = vec!["recipient", "address", "key", "accounts"];
    columns.extend(results.rewards.iter().map(String::as_str));
    columns.push("total");
    let table = Table::read(DISTRIBUTION_FILE, bytes(DISTRIBUTION_FILE), &columns)
        .expect("distribution.csv is readable");
    assert_eq!(table.len(), results.recipients.len());
    for (row, line) in table.rows().zip(&results.recipients) {
        assert_eq!(row.field("recipient"), line.name());
        assert_eq!(row.address("address"), Ok(line.key.address()));
        let key = if line.key.address().is_some() { String::new() } else { line.key.to_string() };
        assert_eq!(row.field("key"), key);
        let accounts: Vec<&str> = line.accounts().filter(|account| !account.is_empty()).collect();
        assert_eq!(row.field("accounts"), accounts.join(" "));
        let amount = |row: Row<'_>, column: &str| {
            Amount::parse(row.field(column), decimals, &place, column).expect("an amount")
        };
        assert_eq!(amount(row, "total"), line.total);
        let rewards = results.rewards.iter().map(|column| amount(row, column));
        assert_eq!(Amount::sum(rewards), Some(line.total));
    }
}
