//! Errors of `meed settle`: transactions, payout formats, payments that are not owed.

use meed::error::{Error, Problems};
use meed::settlement::Account;
use meed::statement::{Digest, Recorded, Subject};

use super::{Example, Sandbox, Start, code, compare, edit, example};
use crate::support::{ledger_json, package, results_of, round_files};

/// A made-up transaction.
const HASH: &str = "0xabababababababababababababababababababababababababababababababab";
/// Another one.
const OTHER: &str = "0xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";
const SETTLE: &[&str] = &["settle", "2026-01", "--tx", HASH, "--key", "TMP/treasurer"];
const SETTLE_FILE: &[&str] = &["settle", "2026-01", "--tx", HASH, "--file", "TMP/paid.csv"];

/// What cannot be met through the program.
pub const NAMES: [&str; 1] = ["payouts-several"];

pub fn examples() -> Vec<Example> {
    let settle = |name, prepare| example(name, prepare).start(Start::Closed).args(SETTLE);
    let with_file = |name, prepare| example(name, prepare).start(Start::Closed).args(SETTLE_FILE);
    vec![
        settle("transaction-invalid", |_| {}).args(&["settle", "2026-01", "--tx", "0xabab"]),
        settle("transaction-twice", |sandbox| settled(sandbox, "2026-02", HASH, &[])),
        example("chain-differs", |sandbox| {
            edit(sandbox, "ledger.json", "\"decimals\": 18", "\"decimals\": 18, \"chain_id\": 100");
            let _ = sandbox.close(&[]).ok();
        })
        .args(&["settle", "2026-01", "--tx", HASH, "--chain", "1"]),
        settle("settlement-format-unknown", |_| {}).args(&[
            "settle",
            "2026-01",
            "--tx",
            HASH,
            "--payout",
            "beancount",
        ]),
        settle("settlement-format-differs", |sandbox| {
            paid(sandbox, "0x3333333333333333333333333333333333333333,1\n");
            let file = sandbox.key("paid.csv");
            settled(sandbox, "2026-01", OTHER, &["--file", &file, "--payout", "safe-csv"]);
        })
        .args(&["settle", "2026-01", "--tx", HASH, "--payout", "disperse"]),
        settle("claims-in-parts", |sandbox| {
            paid(sandbox, "0x3333333333333333333333333333333333333333,1\n");
        })
        .args(&["settle", "2026-01", "--tx", HASH, "--payout", "merkle", "--file", "TMP/paid.csv"]),
        with_file("payments-none", |sandbox| paid(sandbox, "")),
        with_file("payee-unknown", |sandbox| {
            paid(sandbox, "0x9999999999999999999999999999999999999999,1\n");
        }),
        with_file("paid-too-much", |sandbox| {
            paid(sandbox, "0x3333333333333333333333333333333333333333,30\n");
        }),
        with_file("number-zero--payment", |sandbox| {
            paid(sandbox, "0x3333333333333333333333333333333333333333,0.0\n");
        }),
        with_file("value-twice--payment", |sandbox| {
            let row = "0x3333333333333333333333333333333333333333,1\n";
            paid(sandbox, &row.repeat(2));
        }),
        settle("round-settled", |sandbox| settled(sandbox, "2026-01", OTHER, &[])),
        settle("round-unverified", |sandbox| {
            edit(sandbox, "rounds/2026-01/results/carry.json", "acc-cid", "acc-eve");
        }),
        settle("round-not-closed--settle", |sandbox| sandbox.add_round("2026-03"))
            .args(&["settle", "2026-03", "--tx", HASH]),
    ]
}

/// A table of payments.
fn paid(sandbox: &Sandbox, rows: &str) {
    std::fs::write(sandbox.path("paid.csv"), format!("address,amount\n{rows}")).unwrap();
}

/// Settles a round.
fn settled(sandbox: &Sandbox, round: &str, hash: &str, more: &[&str]) {
    let key = sandbox.key("treasurer");
    let _ = sandbox.meed(&[&["settle", round, "--tx", hash, "--key", &key], more].concat()).ok();
}

/// A round of which two payout formats were written, and nobody says which was paid.
#[test]
fn one_of_several_payout_formats_is_named() {
    let folder = package().join("tests/vectors/praise-v1/no-address");
    let ledger = ledger_json("TOK", 18, "{}").replacen('{', r#"{"payouts": [], "#, 1);
    let results = results_of(&round_files(&folder, "r1", &ledger), "r1").unwrap();
    let mut statement = results.statement.clone();
    let choose = |statement: &meed::statement::Statement, given: Option<&str>| {
        let recorded = Recorded {
            folder: results.folder.clone(),
            sha256: results.statement_sha256(),
            statement: std::sync::Arc::new(statement.clone()),
        };
        let table = &results.files["distribution.csv"];
        Account::read(&recorded, table).unwrap().choose_payout(given, statement)
    };
    assert_eq!(choose(&statement, None).unwrap(), None);
    let mut write = |name: &str| {
        let digest = Digest { sha256: "0".repeat(64) };
        statement.subject.push(Subject { name: format!("payouts/{name}"), digest });
        statement.clone()
    };
    let _ = write("ledger.journal");
    let one = write("safe-airdrop-1.csv");
    let chosen = |statement, given| choose(statement, given).unwrap().unwrap().id();
    assert_eq!(chosen(&one, None), "safe-csv");
    let two = write("merkle-distributor.json");
    assert_eq!(chosen(&two, Some("merkle-distributor")), "merkle-distributor");
    let problems = Problems::from(choose(&two, None).unwrap_err());
    let text = format!(
        "# meed::settlement::Account::choose_payout\nexit status {}\n{problems}\n",
        problems.exit_status()
    );
    compare(NAMES[0], &text).unwrap();
    assert!(problems.errors().iter().map(Error::code).all(|found| found == code(NAMES[0])));
}
