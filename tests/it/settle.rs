//! Settlements through the program: a treasurer pays a closed round, at once or in parts, and records
//! it; and the account as a library, over random payments.

use std::collections::BTreeMap;
use std::fs;

use meed::address::Address;
use meed::amount::Amount;
use meed::error::Place;
use meed::settlement::{Account, Settlement, Transaction, transaction_hash};
use meed::statement::Recorded;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::sandbox::{Run, Sandbox};
use crate::support::stage::{Start, edit, listing, stage};
use crate::support::{ledger_json, package, results_of, round_files};

const DISTRIBUTION: &str = "rounds/2026-01/results/distribution.csv";
const FIRST: &str = "rounds/2026-01/settlements/1.json";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const BOARD: &str = "0x3333333333333333333333333333333333333333";

/// A made-up hash of a transaction.
fn hash(digit: char) -> String {
    format!("0x{}", digit.to_string().repeat(64))
}

/// Runs `meed settle 2026-01` for the transaction of a digit, with the first signer's key.
fn settle(sandbox: &Sandbox, digit: char, args: &[&str]) -> Run {
    let (hash, key) = (hash(digit), sandbox.key("treasurer"));
    sandbox.meed(&[&["settle", "2026-01", "--tx", &hash, "--key", &key], args].concat())
}

/// What a round owes by address, read by another reader of CSV, in smallest units.
fn owed(sandbox: &Sandbox) -> BTreeMap<String, u128> {
    let text = sandbox.read(DISTRIBUTION);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let column = |name: &str| names.iter().position(|other| other == name).unwrap();
    let (address, total) = (column("address"), column("total"));
    let rows = reader.records().map(|row| row.unwrap());
    rows.filter(|row| !row[address].is_empty() && &row[total] != "0")
        .map(|row| (row[address].to_owned(), units(&row[total])))
        .collect()
}

/// Smallest units of a token of 18 decimals.
fn units(text: &str) -> u128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<18}").parse().unwrap()
}

/// The payments of a settlement file, and its total.
fn paid(settlement: &Value) -> (BTreeMap<String, u128>, u128) {
    let payments = settlement["payments"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let payments =
        payments.map(|payment| (text(&payment["address"]), units(payment["amount"].as_str().unwrap())));
    (payments.collect(), units(settlement["total"].as_str().unwrap()))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Writes a table of payments into the sandbox and gives its path.
fn table(sandbox: &Sandbox, text: &str) -> String {
    fs::write(sandbox.path("paid.csv"), text).unwrap();
    sandbox.key("paid.csv")
}

/// owed, settled and open of the first round, as `meed log` shows them.
fn standing(sandbox: &Sandbox) -> [u128; 3] {
    let log = json(&sandbox.meed(&["log", "--format", "json"]).ok());
    ["owed", "settled", "open"].map(|name| units(log[0][name].as_str().unwrap()))
}

#[test]
fn a_transaction_settles_a_round() {
    let sandbox = stage(Start::Closed);
    let owed = owed(&sandbox);
    let sum: u128 = owed.values().sum();
    assert_eq!(standing(&sandbox), [sum, 0, sum]);
    let before = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let text = settle(&sandbox, 'a', &["--date", "2026-03-02"]).ok();
    assert!(text.starts_with("settled 2026-01: "), "{text}");
    assert!(text.contains("  open        0 of "), "{text}");

    // One commit: one parent, one file, one message that git reads as we do.
    assert_eq!(sandbox.git_ok(&["rev-parse", "HEAD^@"]), before);
    assert_eq!(sandbox.git_ok(&["diff", "--name-status", "HEAD^", "HEAD"]), format!("A\t{FIRST}"));
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");
    let subject = sandbox.git_ok(&["log", "-1", "--format=%s"]);
    let file = json(&sandbox.read(FIRST));
    let total = file["total"].as_str().unwrap();
    assert_eq!(subject, format!("Settle 2026-01: {total} TOK to {} recipients in 0xaaaaaaaa...", owed.len()));
    let digest = meed::files::sha256_hex(sandbox.read("rounds/2026-01/results/statement.json").as_bytes());
    let trailers = sandbox.git_ok(&["log", "-1", "--format=%(trailers:only,unfold)"]);
    let expected = format!(
        "Round: 2026-01\nRevision: 1\nSettlement: 1\nStatement-SHA256: {digest}\nTransaction: {}\nEngine: meed {}",
        hash('a'),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(trailers.trim_end(), expected);
    let signers = format!("gpg.ssh.allowedSignersFile={}", sandbox.at("allowed_signers").display());
    let good = sandbox.git_ok(&["-c", &signers, "log", "-1", "--format=%G?"]);
    assert_eq!(good, "G");

    // The file: everybody, everything, the statement.
    assert_eq!(paid(&file), (owed, sum));
    assert_eq!(file["statement_sha256"], digest);
    assert_eq!((&file["settlement"], &file["date"]), (&Value::from(1), &Value::from("2026-03-02")));
    assert_eq!(file["transaction"], hash('a'));
    assert!(file["payout"] == "aragon-csv" && file.get("chain_id").is_none(), "{file}");
    assert_eq!(standing(&sandbox), [sum, sum, 0]);
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let verbose = sandbox.meed(&["-v", "verify", "2026-01"]).ok();
    assert!(
        verbose.contains(&format!("settlements  holds        1: {total} of {total} settled, 0 open")),
        "{verbose}"
    );

    // Nothing more can be recorded, and the next round is closed as always.
    let error = settle(&sandbox, 'b', &[]).fails(2);
    assert!(error.contains("round `2026-01` owes nothing any more"), "{error}");
    sandbox.add_round("2026-03");
    let _ = sandbox.close(&[]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn a_round_is_settled_in_parts() {
    let sandbox = stage(Start::Closed);
    let owed = owed(&sandbox);
    let sum: u128 = owed.values().sum();
    // A part of what Bea gets, in mixed case with its checksum; in the CSV of Safe.
    let bea = Address::parse(BEA, &Place::file("test"), "address").unwrap().checksummed();
    let file =
        table(&sandbox, &format!("token_type,token_address,receiver,amount,id\nerc20,0x,{bea},7.5,\n"));
    let _ = settle(&sandbox, 'a', &["--file", &file]).ok();
    assert_eq!(standing(&sandbox), [sum, units("7.5"), sum - units("7.5")]);
    // The board and another part of Bea; columns in any order and case.
    let file = table(&sandbox, &format!("note,Amount,ADDRESS\nx,3,{BOARD}\ny,0.000000000000000001,{BEA}\n"));
    let text = settle(&sandbox, 'b', &["--file", &file]).ok();
    assert!(text.contains("settlements/2.json"), "{text}");
    let file = json(&sandbox.read("rounds/2026-01/settlements/2.json"));
    let expected = [(BOARD, units("3")), (BEA, 1)].map(|(address, amount)| (address.to_owned(), amount));
    assert_eq!(paid(&file), (BTreeMap::from(expected), units("3") + 1));
    // More than is open now, though less than is owed.
    let file = table(&sandbox, &format!("address,amount\n{BEA},57\n{BOARD},1\n"));
    let error = settle(&sandbox, 'c', &["--file", &file]).fails(2);
    assert!(
        error.contains(&format!(
            "paid.csv:2: pays 57 TOK to {BEA}, to whom 50.357142857142857142 TOK are open"
        )),
        "{error}"
    );
    assert!(error.contains(&format!("paid.csv:3: pays 1 TOK to {BOARD}, to whom 0 TOK are open")), "{error}");
    // The rest, without naming it.
    let _ = settle(&sandbox, 'c', &[]).ok();
    assert_eq!(standing(&sandbox), [sum, sum, 0]);
    let (rest, _) = paid(&json(&sandbox.read("rounds/2026-01/settlements/3.json")));
    assert_eq!(rest.get(BEA), Some(&(owed[BEA] - units("7.5") - 1)));
    assert_eq!(rest.get(BOARD), None);
    assert_eq!(rest.len(), owed.len() - 1);
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let list = sandbox.meed(&["settle", "2026-01", "--list"]).ok();
    assert_eq!(list.lines().count(), 4, "{list}");
    let list = json(&sandbox.meed(&["settle", "2026-01", "--list", "--format", "json"]).ok());
    let numbers: Vec<u64> =
        list.as_array().unwrap().iter().map(|one| one["settlement"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let none = sandbox.meed(&["settle", "2026-02", "--list"]);
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", "nothing of this round is settled yet\n"));
}

#[test]
fn a_transaction_is_recorded_once_in_a_ledger() {
    let sandbox = stage(Start::Closed);
    let file = table(&sandbox, &format!("address,amount\n{BOARD},1\n"));
    let _ = settle(&sandbox, 'a', &["--file", &file]).ok();
    let before = listing(&sandbox);
    let error = settle(&sandbox, 'a', &["--file", &file]).fails(2);
    assert!(
        error.contains(&format!("settlements/2.json: transaction {} stands already in {FIRST}", hash('a'))),
        "{error}"
    );
    // In another round, in upper case.
    let key = sandbox.key("treasurer");
    let upper = hash('a').to_uppercase().replace("0X", "0x");
    let error = sandbox.meed(&["settle", "2026-02", "--tx", &upper, "--key", &key]).fails(2);
    assert!(error.contains(&format!("stands already in {FIRST}")), "{error}");
    assert_eq!(listing(&sandbox), before);
}

#[test]
fn all_problems_are_told_at_once() {
    let sandbox = stage(Start::Closed);
    let rows = format!(
        "address,amount\n{BOARD},4\n0x{},1\n{BEA},0\n{BEA},1\n,5\n{BOARD}x,1\n{BEA},-1\n{BEA},1e3\n",
        "9".repeat(40)
    );
    let file = table(&sandbox, &rows);
    let before = listing(&sandbox);
    let args =
        ["settle", "2026-01", "--tx", "0x12", "--file", &file, "--date", "2.3.2026", "--payout", "hledger"];
    let run = sandbox.meed(&[&args[..], &["--format", "json"]].concat());
    assert_eq!(run.status, 2, "{}", run.stdout);
    let report = json(&run.stdout);
    let mut codes: Vec<&str> =
        report["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    codes.sort_unstable();
    let expected = [
        "address-invalid",
        "not-a-date",
        "not-a-number",
        "number-negative",
        "number-zero",
        "paid-too-much",
        "payee-unknown",
        "settlement-format-unknown",
        "transaction-invalid",
        "value-missing",
        "value-twice",
    ];
    assert_eq!(codes, expected, "{}", run.stdout);
    assert_eq!(listing(&sandbox), before);
}

/// Whatever a file says, nothing is written and nothing panics.
#[test]
fn hostile_files_are_refused() {
    let sandbox = stage(Start::Closed);
    let before = listing(&sandbox);
    let rows = [
        format!("{BEA},NaN"),
        format!("{BEA},-0"),
        format!("{BEA},1e400"),
        format!("{BEA},{}", "9".repeat(80)),
        format!("{BEA},0.0000000000000000001"),
        format!("{BEA},+1"),
        format!("{BEA},=1+1"),
        format!("{BEA},1 "),
        format!("{BEA},\u{202e}1"),
        format!("{BEA},{}", "x".repeat(2 << 20)),
        format!("\"{}\n\",1", "<b>".repeat(100_000)),
        format!("0x{},1", "0".repeat(40)),
        "\u{1b}[31m,1".to_owned(),
        format!("{BEA}\0,1"),
        format!("{BEA},1,2"),
        format!("\"{BEA},1"),
    ];
    for row in rows.iter().filter(|row| !row.ends_with("1 ")) {
        let file = table(&sandbox, &format!("address,amount\n{row}\n"));
        let run = settle(&sandbox, 'a', &["--file", &file]);
        let short: String = row.chars().take(80).collect();
        assert_eq!(run.status, 2, "{short}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.starts_with("error: ") && run.stderr.len() < 4000, "{short}: {}", run.stderr);
        assert!(!run.stderr.contains(['\u{1b}', '\u{202e}']), "{short}");
    }
    for text in ["", "address;amount\n", "amount\n1\n", "address\n1\n", "\u{feff}", "address,amount\n"] {
        let file = table(&sandbox, text);
        let _ = settle(&sandbox, 'a', &["--file", &file]).fails(2);
    }
    for hash in ["", "0x", &hash('g'), &hash('a')[2..], &format!("{}0", hash('a')), "0x\u{430}"] {
        let run = sandbox.meed(&["settle", "2026-01", "--tx", hash]);
        assert!(run.fails(2).contains("is not the hash of a transaction"), "{hash}");
    }
    let _ = settle(&sandbox, 'a', &["--file", "/nowhere/paid.csv"]).fails(3);
    let mut after = listing(&sandbox);
    after.remove("paid.csv");
    assert_eq!(after, before);
}

#[test]
fn a_dry_run_shows_what_would_be_written() {
    let sandbox = stage(Start::Closed);
    let before = (sandbox.state(), listing(&sandbox));
    let run = settle(&sandbox, 'a', &["--dry-run"]);
    assert!(run.stderr.ends_with("dry run: the repository is untouched\n"), "{}", run.stderr);
    let text = run.ok();
    assert!(text.starts_with("would settle 2026-01: ") && text.contains(BEA), "{text}");
    let dry = json(&settle(&sandbox, 'a', &["--dry-run", "--format", "json"]).ok());
    assert_eq!((sandbox.state(), listing(&sandbox)), before);
    assert_eq!(dry["commit"], Value::Null);
    // No key is needed to look.
    let _ = sandbox.meed(&["settle", "2026-01", "--tx", &hash('a'), "--dry-run"]).ok();
    let done = json(&settle(&sandbox, 'a', &["--format", "json"]).ok());
    let names: Vec<&str> = done.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["path", "commit", "recipients", "owed", "settled", "open", "settlement", "warnings"]);
    assert_eq!(done["commit"], sandbox.git_ok(&["rev-parse", "HEAD"]));
    assert_eq!(dry["settlement"], done["settlement"]);
    assert_eq!(done["settlement"], json(&sandbox.read(FIRST)));
    assert_eq!((&done["path"], &done["open"]), (&Value::from(FIRST), &Value::from("0")));
}

#[test]
fn one_payout_format_a_round() {
    let sandbox = stage(Start::Closed);
    let file = table(&sandbox, &format!("address,amount\n{BOARD},1\n"));
    let run = settle(&sandbox, 'a', &["--file", &file, "--payout", "safe-csv"]);
    let warning = "warning: rounds/2026-01/results/payouts: the round wrote no file of the format safe-csv\n";
    assert_eq!(run.stderr, warning);
    let _ = run.ok();
    let error = settle(&sandbox, 'b', &["--payout", "disperse"]).fails(2);
    assert!(
        error.contains("the settlements before it name the payout format safe-csv, this one disperse"),
        "{error}"
    );
    let _ = settle(&sandbox, 'b', &[]).ok();
    assert_eq!(json(&sandbox.read("rounds/2026-01/settlements/2.json"))["payout"], "safe-csv");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

/// The transaction pays the contract, and the contract everybody: no payments are listed.
#[test]
fn a_claims_contract_is_funded_at_once() {
    let sandbox = stage(Start::Closed);
    let sum: u128 = owed(&sandbox).values().sum();
    let file = table(&sandbox, &format!("address,amount\n{BOARD},1\n"));
    let error = settle(&sandbox, 'a', &["--payout", "merkle", "--file", &file]).fails(2);
    assert!(error.contains("merkle is a contract that is funded once with everything"), "{error}");
    let text = settle(&sandbox, 'a', &["--payout", "merkle", "--dry-run"]).ok();
    assert!(text.contains("through the claims contract"), "{text}");
    let _ = settle(&sandbox, 'a', &["--payout", "merkle"]).ok();
    let settlement = json(&sandbox.read(FIRST));
    assert_eq!(units(settlement["total"].as_str().unwrap()), sum);
    assert!(settlement.get("payments").is_none(), "{settlement}");
    assert_eq!(standing(&sandbox), [sum, sum, 0]);
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn a_round_that_does_not_verify_is_not_settled() {
    let sandbox = stage(Start::Closed);
    edit(&sandbox, DISTRIBUTION, ",57.857142857142857143", ",67.857142857142857143");
    let before = (sandbox.state(), listing(&sandbox));
    let error = settle(&sandbox, 'a', &[]).fails(2);
    assert!(error.contains("round `2026-01` does not verify: append-only: "), "{error}");
    assert_eq!((sandbox.state(), listing(&sandbox)), before);
    // Another round of the same ledger still verifies.
    let key = sandbox.key("treasurer");
    let _ = sandbox.meed(&["settle", "2026-02", "--tx", &hash('a'), "--key", &key]).ok();
}

#[test]
fn rounds_that_are_not_closed_are_not_settled() {
    let sandbox = stage(Start::Closed);
    sandbox.add_round("2026-03");
    for round in ["2026-03", "2026-09", "../x", ""] {
        let error = sandbox.meed(&["settle", round, "--tx", &hash('a')]).fails(2);
        assert!(error.contains("hint: closed rounds: 2026-01, 2026-02"), "{error}");
    }
    // And what lies in its folder of settlements would make a closing that never verifies.
    sandbox.write("rounds/2026-03/settlements/1.json", "{}\n");
    sandbox.commit("A draft");
    let error = sandbox.close(&[]).fails(2);
    assert!(error.contains("rounds/2026-03/settlements: exists already"), "{error}");
    let _ = sandbox.git(&["rm", "-q", "-r", "rounds/2026-03/settlements"]).ok();
    sandbox.commit("No draft");
    let _ = sandbox.close(&[]).ok();
    let key = sandbox.key("treasurer");
    let _ = sandbox.meed(&["settle", "2026-03", "--tx", &hash('a'), "--key", &key]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn keys_and_branches_are_as_in_a_close() {
    let sandbox = stage(Start::Closed);
    sandbox.new_key("wren", "ed25519", "wren@example.org");
    let (tx, wren, key) = (hash('a'), sandbox.key("wren"), sandbox.key("treasurer"));
    let before = sandbox.state();
    let error = sandbox.meed(&["settle", "2026-01", "--tx", &tx, "--key", &wren]).fails(3);
    assert!(error.contains("this key may not sign here"), "{error}");
    assert_eq!(sandbox.state(), before);
    // On a branch that is not checked out, and in a bare repository.
    let _ = sandbox.git(&["branch", "other"]).ok();
    let _ = sandbox.meed(&["settle", "2026-01", "--tx", &tx, "--key", &key, "--branch", "other"]).ok();
    assert!(!sandbox.at(FIRST).exists());
    assert_eq!(sandbox.failing(&["--rev", "other"]), [""; 0]);
    let bare = sandbox.key("bare.git");
    let _ = sandbox.git(&["clone", "-q", "--bare", ".", &bare]).ok();
    let _ = sandbox.meed(&["--ledger", &bare, "settle", "2026-01", "--tx", &tx, "--key", &key]).ok();
    let _ = sandbox.meed(&["--ledger", &bare, "verify"]).ok();
    // A merge carries it in; the same settlement made on both sides is one.
    let _ = settle(&sandbox, 'a', &[]).ok();
    let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "other"]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

/// The chain is that of the round's token, unless the ledger names none.
#[test]
fn the_chain_is_that_of_the_token() {
    let sandbox = stage(Start::Open);
    edit(&sandbox, "ledger.json", "\"decimals\": 18", "\"decimals\": 18, \"chain_id\": 100");
    let _ = sandbox.close(&[]).ok();
    let error = settle(&sandbox, 'a', &["--chain", "1"]).fails(2);
    assert!(error.contains("the round's token lives on chain 100, the transaction is on 1"), "{error}");
    let _ = settle(&sandbox, 'a', &[]).ok();
    assert_eq!(json(&sandbox.read(FIRST))["chain_id"], 100);
    let sandbox = stage(Start::Closed);
    let _ = settle(&sandbox, 'a', &["--chain", "10"]).ok();
    assert_eq!(json(&sandbox.read(FIRST))["chain_id"], 10);
    let sandbox = stage(Start::Closed);
    let _ = settle(&sandbox, 'a', &["--chain", "-1"]).fails(2);
    let _ = settle(&sandbox, 'a', &["--chain", "9007199254740992"]).fails(2);
}

/// An account of a vector's round.
fn account() -> (Account, BTreeMap<Address, Amount>) {
    let folder = package().join("tests/vectors/praise-v1/no-address");
    let results = results_of(&round_files(&folder, "r1", &ledger_json("TOK", 18, "{}")), "r1").unwrap();
    let recorded = Recorded {
        folder: results.folder.clone(),
        sha256: results.statement_sha256(),
        statement: std::sync::Arc::new(results.statement.clone()),
    };
    let account = Account::read(&recorded, &results.files["distribution.csv"]).unwrap();
    let paid = results.recipients.iter().filter(|line| line.total != Amount::ZERO);
    (account, paid.filter_map(|line| Some((line.key.address()?, line.total))).collect())
}

proptest! {
    /// Over any sequence of payments: what is taken never exceeds what is owed to anybody, settled +
    /// open = owed, what is refused changes nothing, and what is left settles the round.
    #[test]
    fn accounts_balance(parts in prop::collection::vec((0_usize..8, 0_u64..1200), 0..30)) {
        let (mut account, owed) = account();
        let mut open = owed.clone();
        let sum = |amounts: &BTreeMap<Address, Amount>| Amount::sum(amounts.values().copied()).unwrap();
        let place = |_| Place::file("test");
        let mut count = 0;
        for (who, thousandths) in parts {
            let address = *owed.keys().nth(who % owed.len()).unwrap();
            let amount = Amount::from_units(owed[&address].units() / 1000 * u128::from(thousandths));
            let payment = BTreeMap::from([(address, amount)]);
            let transaction = Transaction { hash: hash('a'), ..Transaction::default() };
            let settlement = account.settlement(transaction, Some(&payment));
            let before = account.standing();
            let may = amount != Amount::ZERO && amount <= open.get(&address).copied().unwrap_or_default();
            prop_assert_eq!(account.record(&settlement, &place).is_ok(), may);
            if may {
                count += 1;
                let left = open[&address].checked_sub(amount).unwrap();
                open.insert(address, left);
                prop_assert_eq!(Settlement::read("1.json", &settlement.to_bytes()), Ok(settlement));
            } else {
                prop_assert_eq!(account.standing(), before);
            }
            let standing = account.standing();
            prop_assert_eq!(standing.settlements, count);
            prop_assert_eq!(standing.open, sum(&open).to_text(18));
            let settled = sum(&owed).checked_sub(sum(&open)).unwrap();
            prop_assert_eq!(standing.settled, settled.to_text(18));
        }
        let rest = account.settlement(Transaction { hash: hash('b'), ..Transaction::default() }, None);
        prop_assert_eq!(account.record(&rest, &place).is_ok(), sum(&open) != Amount::ZERO);
        prop_assert_eq!(account.standing().open, "0");
    }

    #[test]
    fn hashes_are_read_in_any_case(hash in "0x[0-9a-fA-F]{64}") {
        prop_assert_eq!(transaction_hash(&hash), Ok(hash.to_lowercase()));
    }
}
