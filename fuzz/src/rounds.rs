//! What must hold of every round, whatever its files are.

use std::collections::BTreeMap;

use meed::amount::Amount;
use meed::calculate::{Results, Snapshot, calculate};
use meed::error::{Place, Problems};
use meed::files::{Content, Files};
use meed::ledger::round_id::RoundId;
use meed::statement::{CARRY_FILE, Carry, DISTRIBUTION_FILE, Record, STATEMENT_FILE, Statement};
use meed::tables::Table;

use crate::{error_is_plain, text_is_plain};

/// The files of a ledger with the one round `r-1`, by path.
pub type RoundFiles = BTreeMap<&'static str, Vec<u8>>;

/// Divides the round, and again with its rows in another order; whether it could be divided.
pub fn rules_hold(files: &RoundFiles, shuffled: &RoundFiles) -> bool {
    match divide(files) {
        Ok(results) => {
            results.warnings.iter().for_each(|warning| text_is_plain(&warning.to_string()));
            adds_up(&results);
            reads_back(&results);
            let again = divide(shuffled).expect("the order of rows does not make a round invalid");
            for name in [DISTRIBUTION_FILE, CARRY_FILE] {
                assert_eq!(results.files.get(name), again.files.get(name), "{name}");
            }
            true
        }
        Err(problems) => {
            assert!(!problems.errors().is_empty());
            problems.errors().iter().for_each(error_is_plain);
            false
        }
    }
}

/// The results of the round.
fn divide(files: &RoundFiles) -> Result<Results, Problems> {
    let round = RoundId::parse("r-1", &Place::file("ledger.json"))?;
    let mut snapshot = Files::default();
    for (path, bytes) in files {
        snapshot.insert((*path).to_owned(), Content::File(bytes.clone()));
    }
    calculate(Snapshot { files: &snapshot, record: &Record::default() }, &round)
}

/// The identities of the record, and the distribution against it.
fn adds_up(results: &Results) {
    let predicate = &results.statement.predicate;
    let decimals = predicate.token.decimals;
    assert_eq!(results.statement.check_sums(), Ok(()));
    let totals = predicate.totals.amounts(decimals).expect("the totals are amounts");
    let [_, pool, carried_in, brought_in, paid, held, kept, unallocated] = totals;
    assert_eq!([carried_in, brought_in, kept], [Amount::ZERO; 3]);
    let parts = Amount::sum(results.recipients.iter().map(|line| line.total)).expect("the parts have a sum");
    assert_eq!(Amount::sum([paid, held]), Some(parts));
    assert_eq!(Amount::sum([parts, unallocated]), Some(pool));
    let paid_parts = results.recipients.iter().filter(|line| line.person.address.is_some());
    assert_eq!(Amount::sum(paid_parts.map(|line| line.total)), Some(paid));
    for line in &results.recipients {
        assert_eq!(line.amounts.len(), results.rewards.len());
        assert_eq!(Amount::sum(line.amounts.iter().copied()), Some(line.total));
    }
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
        assert_eq!(row.field("recipient"), line.person.name);
        assert_eq!(row.address("address"), Ok(line.person.address));
        assert_eq!(row.field("key"), if line.person.address.is_some() { "" } else { &line.key });
        let mut accounts: Vec<&str> = line.person.accounts.iter().map(String::as_str).collect();
        accounts.retain(|account| !account.is_empty());
        assert_eq!(row.field("accounts"), accounts.join(" "));
        for (column, amount) in results.rewards.iter().zip(&line.amounts) {
            assert_eq!(Amount::parse(row.field(column), decimals, &place, column), Ok(*amount));
        }
        assert_eq!(Amount::parse(row.field("total"), decimals, &place, "total"), Ok(line.total));
    }
}
