//! A whole round from hostile files: the pipeline never panics, and when it divides, the record
//! adds up, everything written reads back, and the order of rows does not matter.
//!
//! The input is up to six files parted by lines of `%%`, in the order of [`PATHS`]; an empty one is
//! absent, but for ledger.json, which then is [`LEDGER`].
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use meed::amount::Amount;
use meed::calculate::{Results, Snapshot, calculate};
use meed::error::Place;
use meed::files::{Content, Files};
use meed::ledger::round_id::RoundId;
use meed::statement::{CARRY_FILE, Carry, DISTRIBUTION_FILE, Record, STATEMENT_FILE, Statement};
use meed::tables::Table;
use meed_fuzz::{error_is_plain, text_is_plain};

const PATHS: [&str; 6] = [
    "ledger.json",
    "rounds/r-1/round.json",
    "rounds/r-1/parameters.json",
    "rounds/r-1/praise.csv",
    "rounds/r-1/rewardboard.csv",
    "rounds/r-1/sourcecred.csv",
];
const LEDGER: &str = r#"{"format": 1, "id": "fuzz-fuzz", "name": "Fuzz", "rounds": "rounds",
    "token": {"symbol": "TOK", "decimals": 18}}"#;

fuzz_target!(|bytes: &[u8]| {
    let files = files_of(bytes);
    let Ok(round) = RoundId::parse("r-1", &Place::file("ledger.json")) else { return };
    let divide = |files: &BTreeMap<&str, Vec<u8>>| {
        let mut snapshot = Files::default();
        for (path, bytes) in files {
            snapshot.insert((*path).to_owned(), Content::File(bytes.clone()));
        }
        calculate(Snapshot { files: &snapshot, record: &Record::default() }, &round)
    };
    match divide(&files) {
        Ok(results) => {
            results.warnings.iter().for_each(|warning| text_is_plain(&warning.to_string()));
            adds_up(&results);
            reads_back(&results);
            let shuffled = files.iter().map(|(path, bytes)| (*path, rows_reversed(path, bytes))).collect();
            let again = divide(&shuffled).expect("the order of rows does not make a round invalid");
            for name in [DISTRIBUTION_FILE, CARRY_FILE] {
                assert_eq!(results.files.get(name), again.files.get(name), "{name}");
            }
        }
        Err(problems) => {
            assert!(!problems.errors().is_empty());
            problems.errors().iter().for_each(error_is_plain);
        }
    }
});

/// The files that the input stands for.
fn files_of(bytes: &[u8]) -> BTreeMap<&'static str, Vec<u8>> {
    let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::from([(PATHS[0], LEDGER.into())]);
    let mut paths = PATHS.into_iter();
    let mut path = paths.next();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match path {
            None => break,
            Some(_) if line == b"%%\n" => path = paths.next(),
            // The first line of a ledger.json replaces the usual one.
            Some(path) if path == PATHS[0] && files[path] == LEDGER.as_bytes() => {
                files.insert(path, line.to_vec());
            }
            Some(path) => files.entry(path).or_default().extend(line),
        }
    }
    files
}

/// A table with its rows backwards, where a line is a row for sure; else as it is.
fn rows_reversed(path: &str, bytes: &[u8]) -> Vec<u8> {
    if !path.ends_with(".csv") || bytes.contains(&b'"') || bytes.contains(&b'\r') {
        return bytes.to_vec();
    }
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // Blank lines may stand before the header.
    let header = lines.iter().position(|line| !line.is_empty() && *line != b"\xef\xbb\xbf").unwrap_or(0);
    if let Some(rows) = lines.get_mut(header + 1..) {
        rows.reverse();
    }
    lines.join(&b'\n')
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
