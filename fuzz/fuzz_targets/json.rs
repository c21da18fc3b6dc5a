//! JSON files from hostile bytes: reading never panics, and what meed writes of what it read reads
//! back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meed::error::{Error, Place};
use meed::files::read_json;
use meed::ledger::round_file::{Period, RoundFile};
use meed::ledger::{Ledger, LedgerFile};
use meed::settlement::Settlement;
use meed::statement::{Carry, Record, Recorded, Statement, json_bytes};
use meed_fuzz::{error_is_plain, text_is_plain};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let value = read_json::<Value>("value.json", bytes);
    let others = [
        read_ledger(bytes),
        read_round(bytes),
        read_carry(bytes),
        read_statement(bytes),
        read_settlement(bytes),
    ];
    match value {
        Ok(value) => {
            let again: Value =
                read_json("again.json", &json_bytes(&value)).expect("our own JSON is readable");
            assert_eq!(value, again);
        }
        // What is not JSON, or has a key twice, is no file of any kind.
        Err(error) => {
            error_is_plain(&error);
            assert!(others.iter().all(|read| !read), "a typed file from what is no JSON");
        }
    }
});

/// The value, or nothing after a look at the message.
fn accepted<T>(read: Result<T, Error>) -> Option<T> {
    read.inspect_err(error_is_plain).ok()
}

/// ledger.json: read and checked. Whether the types fit.
fn read_ledger(bytes: &[u8]) -> bool {
    let Some(file) = accepted(read_json::<LedgerFile>("ledger.json", bytes)) else { return false };
    let written = json_bytes(&file);
    let again: LedgerFile = read_json("ledger.json", &written).expect("our own ledger.json is readable");
    assert_eq!(written, json_bytes(&again));
    match Ledger::check(file) {
        Ok(ledger) => {
            assert!(ledger.token.decimals <= 36 && ledger.display_decimals <= ledger.token.decimals)
        }
        Err(problems) => problems.errors().iter().for_each(error_is_plain),
    }
    true
}

/// round.json, and its period.
fn read_round(bytes: &[u8]) -> bool {
    let Some(file) = accepted(read_json::<RoundFile>("round.json", bytes)) else { return false };
    let written = json_bytes(&file);
    let again: RoundFile = read_json("round.json", &written).expect("our own round.json is readable");
    assert_eq!(written, json_bytes(&again));
    let mut problems = Vec::new();
    let period = Period::check(&file.period, &Place::file("round.json"), &mut problems);
    assert!(period.is_some() || !problems.is_empty());
    problems.iter().for_each(error_is_plain);
    if let Some(period) = period.filter(|_| problems.is_empty()) {
        assert_eq!(period.to_file(), file.period);
    }
    true
}

/// carry.json.
fn read_carry(bytes: &[u8]) -> bool {
    let Some(carry) = accepted(Carry::read("carry.json", bytes)) else { return false };
    assert_eq!(Carry::read("carry.json", &carry.to_bytes()).expect("our own carry.json is readable"), carry);
    true
}

/// A settlement: written in one way only.
fn read_settlement(bytes: &[u8]) -> bool {
    let Some(settlement) = accepted(Settlement::read("1.json", bytes)) else { return false };
    assert_eq!(settlement.to_bytes(), bytes);
    assert!(settlement.commit_message("TOK", 1, "meed 0.0.1").ends_with("\nEngine: meed 0.0.1\n"));
    true
}

/// statement.json, its sums, its commit message and its place in a chain.
fn read_statement(bytes: &[u8]) -> bool {
    let Some(statement) = accepted(Statement::read("statement.json", bytes)) else { return false };
    let again = Statement::read("statement.json", &statement.to_bytes());
    assert_eq!(again.expect("our own statement.json is readable"), statement);
    if let Err(reason) = statement.check_sums() {
        text_is_plain(&reason);
    }
    assert!(statement.commit_message("0", "meed 0.0.1", 1).contains("\nEngine: meed 0.0.1\n"));
    let sequence = statement.predicate.sequence;
    let recorded = Recorded {
        folder: "rounds/r/results".to_owned(),
        sha256: String::new(),
        statement: statement.into(),
    };
    assert!(Record::new(vec![recorded.clone(), recorded.clone()]).is_err());
    assert_eq!(Record::new(vec![recorded]).is_ok(), sequence == 1);
    true
}
