//! Amended rounds as everything that reads closed rounds sees them: statements of people, what is held,
//! books, explanations, reports, the site, settlements, proofs. The rounds are closed and amended through
//! the program; what must come out is computed here from the distributions and carry.json alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use meed::amount::Balance;
use meed::error::Place;
use meed::statement::Carry;
use serde_json::Value;

use crate::peers;
use crate::support::files_below;
use crate::support::sandbox::Sandbox;

const ADA: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const CID: &str = "0xcccccccccccccccccccccccccccccccccccccccc";
const DOT: &str = "0xdddddddddddddddddddddddddddddddddddddddd";
const EVE: &str = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
const FAY: &str = "0xfafafafafafafafafafafafafafafafafafafafa";
const REASON: &str = "Two scores were mistyped.\n\nAnd <b>Dot</b> | *was* not there.";

/// A round of two weighted allocations over the same table: columns `points` and `board`.
fn write_round(sandbox: &Sandbox, id: &str, rows: &[&str]) {
    let month = id.rsplit('-').next().unwrap();
    let allocation = |name: &str, pool: u32, column: &str| {
        format!(
            r#"{{"name": "{name}", "method": "weighted-v1", "pool": "{pool}", "inputs": {{"table": "table.csv"}}, "settings": {{"weights": [{{"column": "{column}"}}], "account": "account", "reward": "{name}"}}}}"#
        )
    };
    let round = format!(
        r#"{{"format": 1, "period": {{"start": "2026-{month}-01", "end": "2026-{month}-28"}}, "allocations": [{}, {}]}}"#,
        allocation("praise", 1000, "points"),
        allocation("board", 90, "seats")
    );
    sandbox.write(&format!("rounds/{id}/round.json"), round);
    sandbox.write(&format!("rounds/{id}/table.csv"), table(rows));
}

fn table(rows: &[&str]) -> String {
    format!("recipient,address,account,points,seats\n{}\n", rows.join("\n"))
}

/// Closes a round of these rows.
fn close(sandbox: &Sandbox, id: &str, rows: &[&str]) {
    write_round(sandbox, id, rows);
    sandbox.commit(&format!("Inputs of {id}"));
    let _ = sandbox.close(&[id]).ok();
}

/// Amends a round with a corrected table.
fn amend(sandbox: &Sandbox, id: &str, revision: u32, rows: &[&str]) -> String {
    let _ = sandbox.meed(&["amend", id, "--prepare"]).ok();
    sandbox.write(&format!("rounds/{id}/revisions/{revision}/table.csv"), table(rows));
    sandbox.commit("Correct the table");
    let key = sandbox.key("treasurer");
    sandbox.meed(&["amend", id, "--reason", REASON, "--key", &key]).ok()
}

/// A ledger whose rounds write books, with two shown decimals.
fn ledger(offset: bool) -> Sandbox {
    let sandbox = Sandbox::ledger();
    let file = sandbox.read("ledger.json");
    let mut ledger: Value = serde_json::from_str(&file).unwrap();
    ledger["payouts"] = serde_json::json!(["aragon-csv", "merkle", "beancount", "hledger"]);
    ledger["display_decimals"] = 2.into();
    if offset {
        ledger["offset_overpayments"] = true.into();
    }
    sandbox.write("ledger.json", serde_json::to_string_pretty(&ledger).unwrap() + "\n");
    sandbox.commit("Settings");
    sandbox
}

/// Four rounds, two of them amended. Ada is due more, Bea less, Cid waited and was paid in between, Dot is
/// not there any more, Eve is new, Fay's address was wrong.
fn story(offset: bool) -> Sandbox {
    let sandbox = ledger(offset);
    close(
        &sandbox,
        "2026-01",
        &[
            &format!("Ada,{ADA},acc-ada,10,1"),
            &format!("Bea,{BEA},acc-bea,40,1"),
            "Cid,,acc-cid,10,0",
            &format!("Dot,{DOT},acc-dot,20,1"),
            "Fay,,acc-fay,20,0",
            "Gil,,,0.5,0",
        ],
    );
    sandbox.write("members.csv", format!("name,keys,address,from_round\nCid,id:acc-cid,{CID},\n"));
    close(&sandbox, "2026-02", &[&format!("Ada,{ADA},acc-ada,1,1"), &format!("Bea,{BEA},acc-bea,1,0")]);
    let said = amend(
        &sandbox,
        "2026-01",
        2,
        &[
            &format!("Ada,{ADA},acc-ada,30,1"),
            &format!("Bea,{BEA},acc-bea,10,2"),
            &format!("Cid,{CID},acc-cid,12,0"),
            &format!("Eve,{EVE},acc-eve,5,0"),
            &format!("Fay,{FAY},acc-fay,20,0"),
            "Gil,,,0.5,0",
        ],
    );
    assert!(said.contains("overpaid"), "{said}");
    close(
        &sandbox,
        "2026-03",
        &[
            &format!("Bea,{BEA},acc-bea,2,0"),
            &format!("Cid,{CID},acc-cid,1,1"),
            "Hal,,acc-hal,1,1",
            &format!("Dot,{DOT},acc-dot,0.1,0"),
        ],
    );
    let _ = amend(
        &sandbox,
        "2026-03",
        2,
        &[&format!("Bea,{BEA},acc-bea,1,0"), &format!("Cid,{CID},acc-cid,1,1"), "Hal,,acc-hal,1,3"],
    );
    sandbox
}

/// Amounts are compared in the token's smallest unit.
fn balance(text: &str) -> Balance {
    Balance::parse(text, 18, &Place::file("test"), "amount").unwrap_or_else(|error| panic!("{error}"))
}

fn sum(balances: impl IntoIterator<Item = Balance>) -> Balance {
    Balance::sum(balances).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A table of the ledger, its rows by column.
fn rows(sandbox: &Sandbox, path: &str) -> Vec<BTreeMap<String, String>> {
    let text = sandbox.read(path);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The results folders of the last revisions of the story.
const LATEST: [&str; 3] =
    ["rounds/2026-01/revisions/2/results", "rounds/2026-02/results", "rounds/2026-03/revisions/2/results"];
/// The results folders of all statements of the story, in the order of the chain.
const ALL: [&str; 5] = [
    "rounds/2026-01/results",
    "rounds/2026-02/results",
    "rounds/2026-01/revisions/2/results",
    "rounds/2026-03/results",
    "rounds/2026-03/revisions/2/results",
];

/// What the rounds give to a person as they stand now, from the rewards in the last distributions. People
/// are told apart by the names that the story gives them.
fn due(sandbox: &Sandbox, name: &str) -> Balance {
    let rows = LATEST.iter().flat_map(|folder| rows(sandbox, &format!("{folder}/distribution.csv")));
    let own = rows.filter(|row| row["recipient"] == name);
    sum(own.flat_map(|row| [balance(&row["praise"]), balance(&row["board"])]))
}

fn carry(sandbox: &Sandbox) -> Carry {
    let text = sandbox.read(&format!("{}/carry.json", ALL[4]));
    Carry::read("carry.json", text.as_bytes()).unwrap()
}

/// What is held for a person in the end.
fn held(sandbox: &Sandbox, name: &str) -> Balance {
    let carry = carry(sandbox);
    sum(carry.held.iter().filter(|held| held.name == name).map(|held| balance(&held.amount.0)))
}

/// What payout files pay to an address, in all.
fn paid(sandbox: &Sandbox, address: &str) -> Balance {
    let mut paid = Balance::ZERO;
    for folder in ALL {
        let path = format!("{folder}/payouts/aragon.csv");
        if !sandbox.at(&path).exists() {
            continue;
        }
        for line in sandbox.read(&path).lines() {
            let cells: Vec<&str> = line.split(',').collect();
            if cells[0].eq_ignore_ascii_case(address) {
                paid = paid.checked_add(balance(cells[1])).unwrap();
            }
        }
    }
    paid
}

fn statement(sandbox: &Sandbox, who: &str) -> Value {
    json(&sandbox.meed(&["statement", who, "--format", "json"]).ok())
}

/// A total of a statement.
fn total(statement: &Value, name: &str) -> Balance {
    balance(statement["totals"][name].as_str().unwrap())
}

#[test]
fn what_everybody_is_due_is_paid_or_held() {
    for offset in [false, true] {
        let sandbox = story(offset);
        let _ = sandbox.meed(&["verify"]).ok();
        let people = [
            ("Ada", Some(ADA)),
            ("Bea", Some(BEA)),
            ("Cid", Some(CID)),
            ("Dot", Some(DOT)),
            ("Eve", Some(EVE)),
            ("Fay", Some(FAY)),
            ("Gil", None),
            ("Hal", None),
        ];
        let mut names: BTreeSet<String> = BTreeSet::new();
        for (name, address) in people {
            let statement = statement(&sandbox, name);
            let total = |name: &str| total(&statement, name);
            let waits = total("waiting").checked_sub(total("overpaid")).unwrap();
            assert_eq!(total("given"), due(&sandbox, name), "{name}: what the rounds give: {statement}");
            assert_eq!(waits, held(&sandbox, name), "{name}: what is held: {statement}");
            let paid = address.map_or(Balance::ZERO, |address| paid(&sandbox, address));
            assert_eq!(total("received"), paid, "{name}: what the payout files pay: {statement}");
            assert_eq!(total("given"), sum([total("received"), total("expired"), waits]), "{name}");
            // The entries sum to the totals, and say in which statement.
            let entries = statement["entries"].as_array().unwrap();
            let of = |states: &[&str]| {
                let own = entries.iter().filter(|entry| states.contains(&entry["state"].as_str().unwrap()));
                sum(own.map(|entry| balance(entry["amount"].as_str().unwrap())))
            };
            assert_eq!(of(&["paid", "held", "added", "reduced"]), total("given"), "{name}");
            assert_eq!(of(&["paid", "released", "offset"]), total("received"), "{name}");
            names.insert(name.to_owned());
        }
        // Nobody else is in the ledger.
        let export = json(&sandbox.meed(&["export", "json"]).ok());
        let rounds = export["rounds"].as_array().unwrap();
        assert_eq!(rounds.iter().map(|round| &round["revision"]).collect::<Vec<_>>(), [1, 1, 2, 1, 2]);
        let entries = || rounds.iter().flat_map(|round| round["entries"].as_array().unwrap());
        let known: BTreeSet<String> =
            entries().map(|entry| entry["recipient"].as_str().unwrap().to_owned()).collect();
        assert_eq!(known, names);
        // Of each allocation as much is given as the last revisions give.
        for allocation in ["praise", "board"] {
            let gives = ["paid", "held", "added", "reduced"];
            let own = entries().filter(|entry| {
                entry["allocation"] == allocation && gives.contains(&entry["state"].as_str().unwrap())
            });
            let all = sum(own.map(|entry| balance(entry["amount"].as_str().unwrap())));
            let now = LATEST.iter().flat_map(|folder| rows_of(&sandbox, folder, allocation));
            assert_eq!(all, sum(now), "{allocation}");
        }
        // With offsets Bea's debt is taken off, without it stays.
        let bea = statement(&sandbox, "Bea");
        assert_eq!(total(&bea, "offset") != Balance::ZERO, offset, "{bea}");
        let dot = total(&statement(&sandbox, "Dot"), "overpaid");
        assert_ne!(dot, Balance::ZERO, "Dot was paid for nothing and has not got enough since");
    }
}

/// A reward column of a distribution.
fn rows_of(sandbox: &Sandbox, folder: &str, reward: &str) -> Vec<Balance> {
    rows(sandbox, &format!("{folder}/distribution.csv")).iter().map(|row| balance(&row[reward])).collect()
}

/// Balances of hledger, exactly.
fn hledger_balances(path: &str) -> Option<BTreeMap<String, Balance>> {
    let run = peers::hledger(&["-f", path, "check", "-s", "ordereddates"])?;
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{path}");
    let text = peers::hledger(&["-f", path, "balance", "-N", "--flat", "-O", "csv"])?.ok();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let number = |row: csv::StringRecord| {
        let number = row[1].split_once(' ').map_or(&row[1], |(number, _)| number).to_owned();
        (row[0].to_owned(), balance(&number))
    };
    Some(reader.records().map(|row| number(row.unwrap())).collect())
}

#[test]
fn the_books_balance_with_amendments() {
    for offset in [false, true] {
        let sandbox = story(offset);
        let file = |format: &str| {
            let path = sandbox.path(&format!("export.{format}"));
            std::fs::write(&path, sandbox.meed(&["export", format]).ok()).unwrap();
            path
        };
        let (journal, beancount) = (file("hledger"), file("beancount"));
        let totals = ALL.map(|folder| {
            let statement = json(&sandbox.read(&format!("{folder}/statement.json")));
            balance(statement["predicate"]["totals"]["paid"].as_str().unwrap())
        });
        let mut by_key: BTreeMap<String, Balance> = BTreeMap::new();
        for held in carry(&sandbox).held {
            let sum = by_key.entry(held.key).or_default();
            *sum = sum.checked_add(balance(&held.amount.0)).unwrap();
        }
        if let Some(balances) = hledger_balances(journal.to_str().unwrap()) {
            assert_eq!(balances["Assets:Treasury"], sum(totals).negated());
            let held = balances.iter().filter(|(account, _)| account.starts_with("Liabilities:Held:"));
            let mut held: Vec<Balance> = held.map(|(_, balance)| balance.negated()).collect();
            let mut expected: Vec<Balance> = by_key.into_values().collect();
            held.sort();
            expected.sort();
            assert_eq!(held, expected, "one account a key");
            assert!(expected[0].is_negative(), "somebody was paid too much");
            for (account, reward) in
                [("Expenses:Rewards:Praise", "praise"), ("Expenses:Rewards:Board", "board")]
            {
                let now = sum(LATEST.iter().flat_map(|folder| rows_of(&sandbox, folder, reward)));
                assert_eq!(balances[account], now);
            }
        }
        if let Some(run) = peers::bean_check(&beancount) {
            assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
        }
        // The books of a single amendment are read by both programs too.
        for folder in ALL {
            let _ =
                hledger_balances(sandbox.at(&format!("{folder}/payouts/ledger.journal")).to_str().unwrap());
            if let Some(run) = peers::bean_check(&sandbox.at(&format!("{folder}/payouts/ledger.beancount"))) {
                assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{folder}");
            }
        }
    }
}

#[test]
fn results_that_contradict_one_another_are_refused() {
    let sandbox = story(false);
    // Reading compares digests first; so the statement is made to fit what was altered.
    let adjustments = format!("{}/adjustments.csv", ALL[2]);
    let text = sandbox.read(&adjustments);
    let line = text.lines().find(|line| line.starts_with("Ada,")).unwrap().to_owned();
    let cells: Vec<&str> = line.split(',').collect();
    let altered = [("paid_now", 7, "1"), ("due_after", 5, "1000000"), ("held_now", 8, "5")];
    for (column, at, value) in altered {
        let sandbox = sandbox.copy();
        let mut cells = cells.clone();
        cells[at] = value;
        sandbox.write(&adjustments, text.replace(&line, &cells.join(",")));
        let old = meed::files::sha256_hex(text.as_bytes());
        let new = meed::files::sha256_hex(sandbox.read(&adjustments).as_bytes());
        let statement = format!("{}/statement.json", ALL[2]);
        let before = sandbox.read(&statement);
        let after = before.replace(&old, &new);
        assert_ne!(before, after);
        sandbox.write(&statement, &after);
        let (old, new) = [before, after].map(|text| meed::files::sha256_hex(text.as_bytes())).into();
        let mut chain = (old, new);
        for folder in &ALL[3..] {
            let path = format!("{folder}/statement.json");
            let before = sandbox.read(&path);
            let after = before.replace(&chain.0, &chain.1);
            sandbox.write(&path, &after);
            chain = [before, after].map(|text| meed::files::sha256_hex(text.as_bytes())).into();
        }
        sandbox.commit("Alter the adjustments");
        let run = sandbox.meed(&["statement", "Ada"]);
        // What is held now is for readers; everything else must fit.
        if column == "held_now" {
            continue;
        }
        assert_eq!(run.status, 2, "{column}: {}", run.stdout);
        assert!(
            run.stderr.contains("do not agree") || run.stderr.contains("is not due_after"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn held_lists_who_was_paid_too_much() {
    for offset in [false, true] {
        let sandbox = story(offset);
        let report = json(&sandbox.meed(&["held", "--format", "json"]).ok());
        let overpaid = report["overpaid"].as_array().unwrap();
        let dot = overpaid.iter().find(|person| person["name"] == "Dot").unwrap();
        assert_eq!((dot["key"].as_str(), dot["since"].as_str()), (Some(DOT), Some("2026-01")));
        assert_eq!(balance(dot["amount"].as_str().unwrap()), held(&sandbox, "Dot"));
        assert!(report["held"].as_array().unwrap().iter().all(|person| person["name"] != "Dot"));
        let waits: Vec<Balance> = carry(&sandbox).held.iter().map(|held| balance(&held.amount.0)).collect();
        let of = |is_negative: bool| sum(waits.iter().copied().filter(|it| it.is_negative() == is_negative));
        assert_eq!(balance(report["total"].as_str().unwrap()), of(false));
        assert_eq!(balance(report["total_overpaid"].as_str().unwrap()), of(true));
        let text = sandbox.meed(&["held"]).ok();
        assert!(text.contains("paid too much") && text.contains(DOT), "{text}");
        let then =
            if offset { "taken off what they are paid next" } else { "does not set `offset_overpayments`" };
        assert!(text.contains(then), "{text}");
        let csv = sandbox.meed(&["held", "--format", "csv"]).ok();
        assert_eq!(csv.lines().count(), waits.len() + 1, "{csv}");
        let _ = sandbox.meed(&["members", "check"]).ok();
    }
}

#[test]
fn an_amended_amount_is_explained() {
    let sandbox = story(true);
    let told =
        |args: &[&str]| json(&sandbox.meed(&[&["explain"], args, &["--format", "json"]].concat()).ok());
    let now = told(&["2026-01", "Ada"]);
    assert_eq!((now["revision"].as_u64(), now["holds"].as_bool()), (Some(2), Some(true)));
    let adjusted = &now["adjustments"][0];
    assert_eq!(adjusted["due_after"], now["total"]);
    let before = told(&["2026-01", "Ada", "--revision", "1"]);
    assert_eq!(before["total"], adjusted["due_before"]);
    assert_eq!((before["holds"].as_bool(), before["adjustments"].is_null()), (Some(true), true));
    // Who is not in the corrected round is told so.
    let dot = told(&["2026-01", "Dot"]);
    assert_eq!((dot["total"].as_str(), dot["adjustments"][0]["due_after"].as_str()), (Some("0"), Some("0")));
    let text = sandbox.meed(&["explain", "2026-01", "Dot"]).ok();
    assert!(text.contains("were paid too much"), "{text}");
    // What is taken off is part of what the round pays.
    let bea = told(&["2026-03", "Bea", "--revision", "1"]);
    let offset =
        bea["rewards"].as_array().unwrap().iter().find(|reward| reward["reward"] == "offset").unwrap();
    assert!(balance(offset["amount"].as_str().unwrap()).is_negative());
    assert_eq!(bea["holds"], true);
    let run = sandbox.meed(&["explain", "2026-01", "Ada", "--revision", "3"]);
    assert!(run.fails(2).contains("no closed revision 3"));
}

#[test]
fn an_amendment_is_settled_by_itself() {
    let sandbox = story(false);
    let key = sandbox.key("treasurer");
    let hash = |digit: char| format!("0x{}", digit.to_string().repeat(64));
    let settle = |digit: char, args: &[&str]| {
        sandbox.meed(
            &[&["settle", "2026-01", "--tx", &hash(digit), "--payout", "aragon-csv", "--key", &key], args]
                .concat(),
        )
    };
    let _ = settle('1', &["--revision", "2"]).ok();
    assert!(sandbox.at("rounds/2026-01/revisions/2/settlements/1.json").exists());
    // Without a revision the oldest that owes something.
    let run = settle('2', &[]);
    assert!(run.stderr.contains("revision 1 of 2026-01"), "{}", run.stderr);
    let _ = run.ok();
    assert!(sandbox.at("rounds/2026-01/settlements/1.json").exists());
    let _ = settle('3', &[]).fails(2);
    let list = json(&sandbox.meed(&["settle", "2026-01", "--list", "--format", "json"]).ok());
    let revisions: Vec<u64> =
        list.as_array().unwrap().iter().map(|settlement| settlement["revision"].as_u64().unwrap()).collect();
    assert_eq!(revisions, [1, 2]);
    let only = sandbox.meed(&["settle", "2026-01", "--list", "--revision", "2"]).ok();
    assert_eq!(only.lines().count(), sandbox.meed(&["settle", "2026-01", "--list"]).ok().lines().count() - 1);
    let unknown = sandbox.meed(&["settle", "2026-01", "--list", "--revision", "7"]);
    assert!(unknown.fails(2).contains("no revision 7"));
    let _ = sandbox.meed(&["verify"]).ok();
    let log = json(&sandbox.meed(&["log", "--format", "json"]).ok());
    let open: Vec<&str> = log.as_array().unwrap().iter().map(|line| line["open"].as_str().unwrap()).collect();
    assert_eq!((open[0], open[2]), ("0", "0"), "{open:?}");
    assert_ne!(open[1], "0");
    let text = sandbox.meed(&["verify"]).ok();
    assert!(text.contains("3 2026-01 revision 2 "), "{text}");
}

#[test]
fn an_amendments_payments_are_proved() {
    let sandbox = story(false);
    let prove = |args: &[&str]| sandbox.meed(&[&["prove", "2026-01"], args].concat());
    let adjusted = rows(&sandbox, &format!("{}/adjustments.csv", ALL[2]));
    let ada = adjusted.iter().find(|row| row["recipient"] == "Ada").unwrap();
    let proof = json(&prove(&[ADA, "--format", "json"]).ok());
    assert_eq!((proof["tokens"].as_str(), proof["revision"].as_u64()), (Some(&*ada["paid_now"]), Some(2)));
    let first = json(&prove(&[ADA, "--revision", "1", "--format", "json"]).ok());
    assert_eq!(first["tokens"].as_str(), Some(&*ada["due_before"]));
    for args in [&[ADA, "--check"][..], &[ADA, "--check", "--revision", "1"], &[BEA, "--check"]] {
        let text = prove(args).ok();
        assert!(text.starts_with("holds: "), "{text}");
    }
    // Bea is paid by the first revision alone.
    let run = prove(&[BEA, "--revision", "2"]);
    assert!(run.fails(2).contains("revisions/2/results/adjustments.csv"));
}

#[test]
fn the_report_says_what_the_amendment_changes() {
    for offset in [false, true] {
        let sandbox = story(offset);
        let folder = ALL[2];
        let committed = |name: &str| sandbox.read(&format!("{folder}/report/{name}"));
        for (flag, name) in [("--md", "report.md"), ("--html", "report.html"), ("--forum", "forum-post.md")] {
            assert_eq!(sandbox.meed(&["report", "2026-01", flag]).ok(), committed(name), "{name}");
            let first = sandbox.meed(&["report", "2026-01", flag, "--revision", "1"]).ok();
            assert_eq!(first, sandbox.read(&format!("{}/report/{name}", ALL[0])), "{name}");
        }
        let page = json(&sandbox.meed(&["report", "2026-01", "--context"]).ok());
        let sections = page["sections"].as_array().unwrap();
        assert_eq!(sections[1]["id"], "amendment");
        let section = sections[1].to_string();
        assert!(section.contains("Two scores were mistyped."), "{section}");
        assert_eq!(section.contains("is taken off what the same people are paid"), offset);
        let table = sections[1]["blocks"].as_array().unwrap().iter().find(|block| block["kind"] == "table");
        let names: Vec<&str> =
            table.unwrap()["rows"].as_array().unwrap().iter().map(|row| row[0].as_str().unwrap()).collect();
        let adjusted = rows(&sandbox, &format!("{folder}/adjustments.csv"));
        assert_eq!(names, adjusted.iter().map(|row| row["recipient"].as_str()).collect::<Vec<_>>());
        // What people wrote is text in every page.
        let (md, html, post) = (committed("report.md"), committed("report.html"), committed("forum-post.md"));
        assert!(html.contains("&lt;b&gt;Dot&lt;/b&gt;") && !html.contains("<b>Dot"), "{html}");
        assert!(!md.contains("<b>Dot") && !post.contains("<b>Dot"), "{post}");
        assert!(md.contains("## What this amendment changes"), "{md}");
        assert!(post.contains("Nobody is paid twice") && post.contains("Dot"), "{post}");
        // The round in one row is the corrected one.
        let row = &rows(&sandbox, &format!("{folder}/report/tables/round.csv"))[0];
        let due: Vec<(bool, Balance)> = rows(&sandbox, &format!("{folder}/distribution.csv"))
            .iter()
            .map(|row| (row["address"].is_empty(), balance(&row["total"])))
            .collect();
        for (column, waits) in [("paid", false), ("held", true)] {
            let own = due.iter().filter(|(other, _)| *other == waits).map(|(_, due)| *due);
            assert_eq!(balance(&row[column]), sum(own), "{column}");
        }
        // Later rounds see the round as it stands now; and the one closed last is the one before.
        let later = json(&sandbox.meed(&["report", "2026-03", "--context", "--revision", "1"]).ok());
        let later = later["sections"].as_array().unwrap();
        let comparison = later.iter().find(|section| section["id"] == "comparison").unwrap().to_string();
        assert!(comparison.contains("closed before this one is 2026-02"), "{comparison}");
        let rewards = later.iter().find(|section| section["id"] == "distribution").unwrap().to_string();
        assert_eq!(rewards.contains("\"offset\""), offset, "{rewards}");
        let held = later.iter().find(|section| section["id"] == "held").unwrap().to_string();
        assert!(held.contains("paid too much"), "{held}");
    }
}

#[test]
fn the_site_shows_revisions_and_members_totals() {
    for offset in [false, true] {
        let sandbox = story(offset);
        let folder = sandbox.key("site");
        let written = json(&sandbox.meed(&["site", &folder, "--verify", "--format", "json"]).ok());
        assert_eq!(written["unexplained"], serde_json::json!([]), "{written}");
        assert_eq!(written["verifies"], true);
        let files = files_below(Path::new(&folder));
        let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
        let (first, second) =
            (text("rounds/2026-01/index.html"), text("rounds/2026-01/revisions/2/index.html"));
        assert!(first.contains("../../rounds/2026-01/revisions/2/index.html"), "{first}");
        assert!(second.contains("../../../../rounds/2026-01/index.html"), "{second}");
        assert!(second.contains("Two scores were mistyped.") && !second.contains("<b>Dot"), "{second}");
        assert!(second.contains("What changed") && second.contains("meed verify 2026-01<"), "{second}");
        for (name, address) in
            [("Ada", ADA), ("Bea", BEA), ("Cid", CID), ("Dot", DOT), ("Eve", EVE), ("Fay", FAY)]
        {
            let page = text(&format!("members/{address}.html"));
            let statement = statement(&sandbox, name);
            let received = shown(total(&statement, "received"));
            assert!(page.contains(&format!("<dd>{received} TOK</dd>")), "{name}: {received}: {page}");
            let overpaid = total(&statement, "overpaid");
            let told = page.contains(&format!("<dd>{} TOK</dd>", shown(overpaid)));
            assert!(overpaid == Balance::ZERO || told, "{name}: {page}");
        }
        // Trends have one line a round, amended or not.
        let trends = text("trends.html");
        assert!(!trends.contains("revision 2"), "{trends}");
        let index = text("index.html");
        assert!(index.contains("<dt>Closed rounds</dt><dd>3</dd>"), "{index}");
        assert!(index.contains("<dt>Amendments of them</dt><dd>2</dd>"), "{index}");
    }
}

/// An amount with two decimals, rounded halves up.
fn shown(amount: Balance) -> String {
    let hundredths = (amount.size().units() + 5_000_000_000_000_000) / 10_000_000_000_000_000;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[test]
fn statements_tell_amendments_apart() {
    let sandbox = story(true);
    let text = sandbox.meed(&["statement", "Bea"]).ok();
    for word in ["2026-01 (revision 2)", "reduced", "offset", "taken off: it was paid too much before"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let plain = Sandbox::closed(1).meed(&["statement", "Ada"]).ok();
    for word in ["revision", "reduced", "offset", "overpaid"] {
        assert!(!plain.contains(word), "{word}: {plain}");
    }
    let csv = sandbox.meed(&["export", "csv"]).ok();
    assert!(csv.starts_with("sequence,round,revision,date,"), "{csv}");
}

/// Two addresses that only members.csv ties to what waits, released by an amendment of another round; and
/// what is taken off within an amendment.
#[test]
fn members_and_offsets_within_an_amendment_are_read() {
    let sandbox = ledger(true);
    close(
        &sandbox,
        "2026-01",
        &["Gil,,,1,0", "Hal,,,1,0", &format!("Bea,{BEA},acc-bea,7,1"), &format!("Dot,{DOT},acc-dot,1,0")],
    );
    close(&sandbox, "2026-02", &["Bea,,acc-bea,1,0", &format!("Ada,{ADA},acc-ada,1,1")]);
    // Bea is due less of the first round while an amount of the second waits for her key.
    let first = ["Gil,,,1,0", "Hal,,,1,0", &format!("Dot,{DOT},acc-dot,8,1")];
    let _ = amend(&sandbox, "2026-01", 2, &[&first[..], &[&format!("Bea,{BEA},acc-bea,1,0")]].concat());
    sandbox.write(
        "members.csv",
        format!(
            "name,keys,address,from_round\nGil,name:Gil,{CID},\nHal,name:Hal,{EVE},\nBea,id:acc-bea,{BEA},\n"
        ),
    );
    sandbox.commit("Members");
    // Gil and Hal are known now, and both are owed as much.
    let _ = amend(
        &sandbox,
        "2026-02",
        2,
        &[&format!("Bea,{BEA},acc-bea,2,0"), &format!("Ada,{ADA},acc-ada,1,1")],
    );
    let _ = sandbox.meed(&["verify"]).ok();
    let latest = ["rounds/2026-01/revisions/2/results", "rounds/2026-02/revisions/2/results"];
    let paid_at = |address: &str| {
        let files = ["rounds/2026-01/results", "rounds/2026-02/results", latest[0], latest[1]];
        let files = files.map(|folder| sandbox.at(&format!("{folder}/payouts/aragon.csv")));
        let texts = files.iter().filter_map(|path| std::fs::read_to_string(path).ok());
        let lines: Vec<String> =
            texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
        let own = lines.iter().filter(|line| line.to_lowercase().starts_with(address));
        sum(own.map(|line| balance(line.split(',').nth(1).unwrap())))
    };
    for (name, address) in [("Gil", CID), ("Hal", EVE), ("Bea", BEA), ("Dot", DOT), ("Ada", ADA)] {
        let statement = statement(&sandbox, name);
        let rows = latest.iter().flat_map(|folder| rows(&sandbox, &format!("{folder}/distribution.csv")));
        let due = sum(rows
            .filter(|row| row["recipient"] == name)
            .flat_map(|row| [balance(&row["praise"]), balance(&row["board"])]));
        assert_eq!(total(&statement, "given"), due, "{name}: {statement}");
        assert_eq!(total(&statement, "received"), paid_at(address), "{name}: {statement}");
        let open = total(&statement, "waiting").checked_sub(total(&statement, "overpaid")).unwrap();
        assert_eq!(due, total(&statement, "received").checked_add(open).unwrap(), "{name}: {statement}");
    }
    let carry = sandbox.read(&format!("{}/carry.json", latest[1]));
    assert!(Carry::read("carry.json", carry.as_bytes()).unwrap().held.iter().all(|held| held.name != "Gil"));
    let journal = sandbox.path("journal");
    std::fs::write(&journal, sandbox.meed(&["export", "hledger"]).ok()).unwrap();
    let _ = hledger_balances(journal.to_str().unwrap());
    let folder = sandbox.key("site");
    let _ = sandbox.meed(&["site", &folder]).ok();
}
