//! The books, `meed export` and `meed statement`: what beancount and hledger read in them is what the
//! record says, to the last place, whatever people call themselves.

mod random;
mod statements;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use meed::amount::{Amount, Balance as Signed};
use meed::calculate::Results;
use meed::error::Place;
use meed::payouts::books::{Books, beancount, hledger};
use meed::statement::{AllocationRecord, Carry, Figure};
use meed::tables::Table;
use serde_json::Value;

use crate::peers;
use crate::support::sandbox::Sandbox;
use crate::support::{
    EXAMPLE_REVISIONS, EXAMPLE_ROUNDS, files_below, ledger_json, package, results_after, round_files,
};

/// Names that a file format, a terminal or a bookkeeper could stumble over.
const HOSTILE: [&str; 18] = [
    "eelgrass 🌾#0004",
    "a \"quoted\" name",
    "back\\slash \\\" end\\",
    "semi;colon ; comment",
    "two\nlines\n2026-01-31 * \"forged\"\n  Assets:Treasury  -1 TOK",
    "Liabilities:Held:Somebody",
    "address:0x1111111111111111111111111111111111111111",
    "a, b, date:2020-01-01",
    "[2026-13-45] [1/2]",
    "\u{202e}right to left\u{2066}",
    "a b",
    "a:b",
    "A-B",
    "=1+1",
    "TRUE",
    "   | pipe  two spaces",
    "}] *! #tag ^link \t tab",
    "ж",
];

/// A balance with its sign: whether it is below zero, and how much.
type Balance = (bool, Amount);

/// What the record says that the books must come to.
#[derive(Debug, Default)]
struct Ours {
    decimals: u8,
    paid: Amount,
    /// By allocation: what was paid and held.
    given: BTreeMap<String, Amount>,
    expired: Amount,
    /// By key: what waits after the last statement; below zero what was paid too much.
    held: BTreeMap<String, Signed>,
}

impl Ours {
    fn new(decimals: u8) -> Self {
        Self { decimals, ..Self::default() }
    }

    fn parse(&self, figure: &Figure) -> Signed {
        Signed::parse(&figure.0, self.decimals, &Place::file("record"), "figure").unwrap()
    }

    /// Adds a round: its allocations, and the state after it.
    fn add(&mut self, allocations: &[AllocationRecord], after: &Carry) {
        for allocation in allocations {
            let (paid, held) = (self.parse(&allocation.sums.paid), self.parse(&allocation.sums.held));
            // Of an amendment these are differences; sums never lie below zero.
            let sum = |parts: [Signed; 3]| Signed::sum(parts).and_then(Signed::amount).unwrap();
            self.paid = sum([self.paid.into(), paid, Signed::ZERO]);
            if allocation.name == "held" {
                let expired = self.parse(&allocation.sums.unallocated);
                self.expired = sum([self.expired.into(), expired, Signed::ZERO]);
            } else {
                let given = self.given.entry(allocation.name.clone()).or_default();
                *given = sum([(*given).into(), paid, held]);
            }
        }
        self.held.clear();
        for held in &after.held {
            let amount = self.parse(&held.amount);
            let sum = self.held.entry(held.key.clone()).or_default();
            *sum = sum.checked_add(amount).unwrap();
        }
    }

    /// The closed rounds of a ledger on disk, in the order of the chain.
    fn of_folder(folder: &Path, rounds: &[&str], decimals: u8) -> Self {
        let mut ours = Self::new(decimals);
        for round in rounds {
            // An amendment is named by its folder.
            let results = folder.join("rounds").join(round).join("results");
            let statement: Value =
                serde_json::from_slice(&std::fs::read(results.join("statement.json")).unwrap()).unwrap();
            let allocations: Vec<AllocationRecord> =
                serde_json::from_value(statement["predicate"]["allocations"].clone()).unwrap();
            let carry = std::fs::read(results.join("carry.json")).unwrap();
            ours.add(&allocations, &Carry::read("carry.json", &carry).unwrap());
        }
        ours
    }

    /// Compares with the balances of a program; accounts without balance are not listed.
    #[track_caller]
    fn compare(&self, program: &str, mut balances: BTreeMap<String, Balance>) {
        let zero = (false, Amount::ZERO);
        let treasury = balances.remove("Assets:Treasury").unwrap_or(zero);
        assert_eq!(treasury, (self.paid != Amount::ZERO, self.paid), "{program}: treasury");
        let expired = balances.remove("Expenses:Rewards:Held").unwrap_or(zero);
        assert_eq!(expired, (self.expired != Amount::ZERO, self.expired), "{program}: expired");
        let taken = |prefix: &str, balances: &mut BTreeMap<String, Balance>| {
            let (taken, rest) = std::mem::take(balances)
                .into_iter()
                .partition::<BTreeMap<String, Balance>, _>(|(account, _)| account.starts_with(prefix));
            *balances = rest;
            taken
        };
        let mut held: Vec<Balance> = taken("Liabilities:Held:", &mut balances).into_values().collect();
        let balance = |held: &Signed| (!held.is_negative(), held.size());
        let mut waiting: Vec<Balance> = self.held.values().map(balance).collect();
        held.sort();
        waiting.sort();
        assert_eq!(held, waiting, "{program}: one account a key");
        let expenses = taken("Expenses:Rewards:", &mut balances);
        let given: Vec<(&String, Balance)> = self
            .given
            .iter()
            .filter(|(_, given)| **given != Amount::ZERO)
            .map(|(name, given)| (name, (false, *given)))
            .collect();
        assert_eq!(expenses.len(), given.len(), "{program}: {expenses:?} {given:?}");
        for (name, balance) in given {
            let plain = name[..1].to_uppercase() + &name[1..].replace('_', "-");
            let is_it = |account: &&String| {
                account.strip_prefix("Expenses:Rewards:").is_some_and(|account| account.starts_with(&plain))
            };
            let account = expenses.keys().find(is_it).unwrap_or_else(|| panic!("{program}: no {plain}"));
            assert_eq!(expenses[account], balance, "{program}: {account}");
        }
        assert_eq!(balances, BTreeMap::new(), "{program}: other accounts");
    }
}

/// Reads a number of a program exactly.
fn balance(text: &str, decimals: u8) -> Balance {
    let digits = text.strip_prefix('-');
    let amount = Amount::parse(digits.unwrap_or(text), decimals, &Place::file("balance"), "balance");
    (digits.is_some(), amount.unwrap_or_else(|error| panic!("{text}: {error}")))
}

/// `hledger check -s` and `ordereddates` find nothing, and the balances are ours.
fn hledger_agrees(file: &Path, ours: &Ours) {
    let path = file.to_str().unwrap();
    let Some(run) = peers::hledger(&["-f", path, "check", "-s", "ordereddates"]) else { return };
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{path}");
    let Some(run) = peers::hledger(&["-f", path, "balance", "-N", "--flat", "-O", "csv"]) else { return };
    let text = run.ok();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let number = row[1].split_once(' ').map_or(&row[1], |(number, _)| number).to_owned();
        (row[0].to_owned(), balance(&number, ours.decimals))
    });
    ours.compare("hledger", rows.collect());
}

/// beancount finds nothing in any of the files, and its inventory is ours.
fn beancount_agrees(files: &[(PathBuf, Ours)]) -> Vec<Value> {
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.to_str().unwrap()).collect();
    let Some(run) = peers::python("books.py", &paths) else { return Vec::new() };
    let reports: Vec<Value> = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!(reports.len(), files.len());
    for ((path, ours), report) in files.iter().zip(&reports) {
        assert_eq!(report["errors"], serde_json::json!([]), "{}", path.display());
        let balances = report["balances"].as_object().unwrap().iter();
        let balances = balances
            .map(|(account, number)| (account.clone(), balance(number.as_str().unwrap(), ours.decimals)));
        ours.compare("beancount", balances.collect());
    }
    reports
}

/// bean-check itself, as people run it.
fn bean_check_is_silent(file: &Path) {
    if let Some(run) = peers::bean_check(file) {
        assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{}", file.display());
    }
}

/// Exports a ledger in both formats of books and lets both programs read it.
fn exports_agree(sandbox: &Sandbox, folder: &Path, rounds: &[&str]) -> Vec<Value> {
    let ours = || Ours::of_folder(folder, rounds, 18);
    let ledger = folder.to_str().unwrap();
    let export = |format: &str| {
        let file = sandbox.path(&format!("export.{format}"));
        std::fs::write(&file, sandbox.meed(&["--ledger", ledger, "export", format]).ok()).unwrap();
        file
    };
    let (beancount, hledger) = (export("beancount"), export("hledger"));
    bean_check_is_silent(&beancount);
    hledger_agrees(&hledger, &ours());
    beancount_agrees(&[(beancount, ours())])
}

#[test]
fn the_example_is_booked() {
    let (sandbox, folder) = Sandbox::example();
    let amended = EXAMPLE_REVISIONS.map(|(round, revision)| format!("{round}/revisions/{revision}"));
    let statements: Vec<&str> =
        EXAMPLE_ROUNDS.into_iter().chain(amended.iter().map(String::as_str)).collect();
    let ours = Ours::of_folder(&folder, &statements, 18);
    assert!(ours.held.len() > 1 && ours.given.len() > 5, "{ours:?}");
    let reports = exports_agree(&sandbox, &folder, &statements);
    for report in reports {
        assert_eq!(report["title"], "Tidewater Commons");
        assert_eq!(report["transactions"], statements.len());
    }
    let ledger = folder.to_str().unwrap();
    let books = sandbox.meed(&["--ledger", ledger, "export", "hledger"]).ok();
    assert!(books.contains(" keeps "), "kept funds are told of: {books}");

    // CSV and JSON say the same, entry by entry.
    let csv = sandbox.meed(&["--ledger", ledger, "export", "csv"]).ok();
    let table = Table::read("export.csv", csv.as_bytes(), &["round", "state", "amount"]).unwrap();
    let json: Value =
        serde_json::from_str(&sandbox.meed(&["--ledger", ledger, "export", "json"]).ok()).unwrap();
    let entries =
        json["rounds"].as_array().unwrap().iter().flat_map(|round| round["entries"].as_array().unwrap());
    let entries: Vec<&Value> = entries.collect();
    assert_eq!(table.len(), entries.len());
    let columns = ["round", "date", "allocation", "reward", "state", "recipient", "address", "key", "amount"];
    for (row, entry) in table.rows().zip(&entries) {
        for column in columns {
            assert_eq!(
                row.field(column),
                entry[column].as_str().unwrap_or(""),
                "{column} at {}",
                row.place()
            );
        }
    }
    let sum = |states: &[&str]| {
        let rows = table.rows().filter(|row| states.contains(&row.field("state")));
        let sum = Signed::sum(rows.map(|row| balance_of(row.field("amount"))));
        sum.and_then(Signed::amount)
    };
    assert_eq!(sum(&["paid", "released", "offset"]), Some(ours.paid));
    assert_eq!(sum(&["paid", "held", "added", "reduced"]), Amount::sum(ours.given.values().copied()));
    for round in json["rounds"].as_array().unwrap() {
        let name = round["round"].as_str().unwrap();
        let own = match round["revision"].as_u64().unwrap() {
            1 => name.to_owned(),
            revision => format!("{name}/revisions/{revision}"),
        };
        let path = folder.join("rounds").join(own).join("results/statement.json");
        let digest = meed::files::sha256_hex(&std::fs::read(path).unwrap());
        assert_eq!(round["statement"], digest.as_str());
    }
}

/// An amount of the export, with its sign.
fn balance_of(text: &str) -> Signed {
    Signed::parse(text, 18, &Place::file("export"), "amount").unwrap()
}

/// The table of people of a hostile round: those with an odd number have no address.
fn hostile_table(month: usize) -> String {
    let mut table = "recipient,address,points\n".to_owned();
    let long = "ß".repeat(100);
    let names = HOSTILE.iter().copied().chain([long.as_str()]);
    for (index, name) in names.enumerate() {
        let name = format!("\"{}\"", name.replace('"', "\"\""));
        let address = format!("0x{:040x}", index + 1);
        let address = if index % 2 == 0 { address.as_str() } else { "" };
        table += &format!("{name},{address},{}\n", (index * 7 + month * 3) % 11 + 1);
    }
    table
}

/// A round that divides a table by points.
fn weighted_json(month: usize) -> String {
    format!(
        r#"{{"format": 1, "period": {{"start": "2026-{month:02}-01", "end": "2026-{month:02}-28"}}, "allocations": [
  {{"name": "points", "method": "weighted-v1", "pool": "1000", "inputs": {{"table": "table.csv"}}, "settings": {{"weights": [{{"column": "points"}}]}}}},
  {{"name": "more_points", "method": "weighted-v1", "pool": "7", "inputs": {{"table": "table.csv"}}, "settings": {{"weights": [{{"column": "points"}}]}}}}
]}}"#
    )
}

#[test]
fn hostile_names_are_booked() {
    let sandbox = Sandbox::ledger();
    let ledger = sandbox.read("ledger.json");
    let chosen = "\"payouts\": [\"beancount\", \"hledger\"],\n  \"display_decimals\"";
    sandbox.write("ledger.json", ledger.replace("\"display_decimals\"", chosen));
    let rounds = ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"];
    for (round, month) in rounds.iter().zip(1..) {
        sandbox.write(&format!("rounds/{round}/round.json"), weighted_json(month));
        sandbox.write(&format!("rounds/{round}/table.csv"), hostile_table(month));
        sandbox.commit("Inputs");
        let _ = sandbox.close(&[]).ok();
    }
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let reports = exports_agree(&sandbox, &sandbox.at(""), &rounds);
    for report in reports {
        let names = report["recipients"].as_array().unwrap();
        assert!(
            names.contains(&"a \"quoted\" name".into()) && names.contains(&"back\\slash \\\" end\\".into())
        );
        assert_eq!(names.len(), HOSTILE.len() + 1);
        assert_eq!(report["transactions"], rounds.len());
    }
    // The file of a single round stands alone: what was held before it is released from no balance.
    for round in rounds {
        let payouts = format!("rounds/{round}/results/payouts");
        let files = files_below(&sandbox.at(&payouts));
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["README.txt", "ledger.beancount", "ledger.journal"]);
        bean_check_is_silent(&sandbox.at(&payouts).join("ledger.beancount"));
        if let Some(run) = peers::hledger(&[
            "-f",
            sandbox.at(&payouts).join("ledger.journal").to_str().unwrap(),
            "check",
            "-s",
        ]) {
            assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        }
    }
}

/// The results of rounds on end, in memory, with both formats of books.
fn closed_in_memory(symbol: &str, decimals: u8, pool: &str, months: usize) -> Vec<Results> {
    let ledger = ledger_json(symbol, decimals, "{}")
        .replace("\"rounds\":", "\"payouts\": [\"beancount\", \"hledger\"], \"rounds\":");
    let mut all: Vec<Results> = Vec::new();
    for month in 1..=months {
        let folder = tempfile::tempdir().unwrap();
        let round = weighted_json(month).replace("\"1000\"", &format!("\"{pool}\""));
        std::fs::write(folder.path().join("round.json"), round).unwrap();
        std::fs::write(folder.path().join("table.csv"), hostile_table(month)).unwrap();
        let id = format!("2026-{month:02}");
        let files = round_files(folder.path(), &id, &ledger);
        let before: Vec<&Results> = all.iter().collect();
        let results = results_after(&files, &id, &before).unwrap();
        all.push(results);
    }
    all
}

#[test]
fn odd_tokens_are_booked() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("TIDE", 0, "123456789"),
        ("$", 36, "91.123456789012345678901234567890123456"),
        ("t", 36, "0.000000000000000000000000000000000019"),
        ("1inch", 18, "310000000000000000000"),
        ("TRUE", 1, "2.5"),
        ("null", 2, "2.55"),
        ("a.b-c_d$", 6, "1000000"),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZABC-.$", 18, "5"),
    ];
    let mut books = Vec::new();
    for (case, (symbol, decimals, pool)) in cases.into_iter().enumerate() {
        let results = closed_in_memory(symbol, decimals, pool, 1);
        for (name, file) in [(beancount::FILE, "beancount"), (hledger::FILE, "journal")] {
            let bytes = &results[0].files[&format!("payouts/{name}")];
            std::fs::write(folder.path().join(format!("{case}.{file}")), bytes).unwrap();
        }
        let ours = || {
            let mut ours = Ours::new(decimals);
            let carry = Carry::read("carry.json", &results[0].files["carry.json"]).unwrap();
            ours.add(&results[0].statement.predicate.allocations, &carry);
            ours
        };
        hledger_agrees(&folder.path().join(format!("{case}.journal")), &ours());
        let path = folder.path().join(format!("{case}.beancount"));
        if case == 1 {
            bean_check_is_silent(&path);
        }
        books.push((path, ours()));
    }
    beancount_agrees(&books);
}

/// What is read back of both books is what is paid, and a change of either is seen.
#[test]
fn books_read_back_what_they_pay() {
    let results = closed_in_memory("TOK", 18, "1000", 2);
    let last = &results[1];
    let payments: BTreeMap<_, _> =
        last.recipients.iter().filter_map(|line| Some((line.key.address()?, line.total))).collect();
    assert!(payments.len() > 5);
    let text = |name: &str| String::from_utf8(last.files[&format!("payouts/{name}")].clone()).unwrap();
    let read = |name: &str, text: &str| {
        let read = if name == beancount::FILE { beancount::read } else { hledger::read };
        read(text.as_bytes(), &last.token).map(|payments| payments.into_iter().collect::<BTreeMap<_, _>>())
    };
    for name in [beancount::FILE, hledger::FILE] {
        let text = text(name);
        assert_eq!(read(name, &text), Ok(payments.clone()), "{name}");
        let line = text.lines().find(|line| line.contains("Assets:Treasury  -")).unwrap();
        let amount = line.split("Assets:Treasury  -").nth(1).unwrap().split(' ').next().unwrap();
        let more = format!("1{amount}");
        for (what, altered) in [
            ("a larger amount", text.replacen(amount, &more, 2)),
            (
                "another address",
                text.replacen(
                    "0x00000000000000000000000000000000000000",
                    "0x10000000000000000000000000000000000000",
                    1,
                ),
            ),
            ("a missing payment", text.replacen(line, "", 1)),
            ("no address", text.replacen("address:", "adress:", 1)),
        ] {
            assert_ne!(altered, text, "{name}: {what}");
            assert_ne!(read(name, &altered).as_ref(), Ok(&payments), "{name}: {what}");
        }
    }
}

/// A round in which nothing is paid but something held is booked; one of neither is not.
#[test]
fn rounds_without_payment() {
    let sandbox = Sandbox::ledger();
    let ledger = sandbox.read("ledger.json");
    let chosen = "\"payouts\": [\"hledger\", \"aragon-csv\"],\n  \"display_decimals\"";
    sandbox.write("ledger.json", ledger.replace("\"display_decimals\"", chosen));
    sandbox.write("rounds/2026-01/round.json", weighted_json(1));
    sandbox.write("rounds/2026-01/table.csv", "recipient,points\nAda,1\n");
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    let names = |round: &str| -> Vec<String> {
        files_below(&sandbox.at(&format!("rounds/{round}/results/payouts"))).into_keys().collect()
    };
    assert_eq!(names("2026-01"), ["README.txt", "ledger.journal"]);
    sandbox.write("rounds/2026-02/round.json", weighted_json(2));
    sandbox.write("rounds/2026-02/table.csv", "recipient,points\nAda,0\n");
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    assert_eq!(names("2026-02"), [""; 0]);
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let _ = exports_agree(&sandbox, &sandbox.at(""), &["2026-01", "2026-02"]);
}

/// The whole ledger of one round is the round's own file but for its head and its digest.
#[test]
fn an_export_is_made_of_the_same_transactions() {
    let results = closed_in_memory("TOK", 18, "10", 1);
    let own = String::from_utf8(results[0].files["payouts/ledger.journal"].clone()).unwrap();
    let rounds = random::booked(&results);
    let books = Books { ledger: "Test Commons", token: &results[0].token, rounds: &rounds };
    let export = String::from_utf8(hledger::write(&books)).unwrap();
    let body = |text: &str| -> Vec<String> {
        let lines = text.lines().skip(1).filter(|line| !line.contains("; statement:"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(body(&own), body(&export));
    assert!(package().join("tests/peers/books.py").exists());
}
