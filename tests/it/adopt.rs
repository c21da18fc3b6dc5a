//! A repository with years of rounds comes aboard: its rounds are history and stay closed, and what it
//! still owes is taken over once.

use std::fs;
use std::process::Command;

use meed::files::{Content, Files, sha256_hex};
use meed::statement::{Carry, HELD, Statement};
use meed::tables::Table;
use serde_json::{Value, json};

use crate::support::sandbox::{Run, Sandbox};
use crate::support::stage::edit;
use crate::support::{insert_folder, results_of, skip};

const ADA: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const CID: &str = "0xcccccccccccccccccccccccccccccccccccccccc";
const EVE: &str = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";

/// A git repository with the committed rounds 2025-11 to 2026-01 and no ledger.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("ledger")).unwrap();
    let _ = sandbox.git(&["init", "-q", "-b", "main"]).ok();
    for id in ["2025-11", "2025-12", "2026-01"] {
        sandbox.write_round(id);
        // Whatever stands in results of other tools is no round.
        sandbox.write(&format!("rounds/{id}/results/old/round.json"), "{}");
    }
    sandbox.commit("Years of rounds");
    sandbox
}

fn adopt(sandbox: &Sandbox, more: &[&str]) -> Run {
    let (key, public) = (sandbox.key("treasurer"), sandbox.key("treasurer.pub"));
    let args = ["init", ".", "--adopt", "--name", "Test Commons", "--token", "TOK", "--rounds", "rounds"];
    sandbox.meed(&[&args[..], &["--signer", &public, "--key", &key], more].concat())
}

/// An adopted repository with these opening balances.
fn adopted(opening: &str) -> Sandbox {
    let sandbox = repository();
    let _ = adopt(&sandbox, &[]).ok();
    if !opening.is_empty() {
        sandbox.write("opening.csv", format!("key,name,amount\n{opening}"));
        sandbox.commit("What is still owed");
    }
    sandbox
}

fn statement(sandbox: &Sandbox, id: &str) -> Statement {
    let path = format!("rounds/{id}/results/statement.json");
    Statement::read(&path, sandbox.read(&path).as_bytes()).unwrap()
}

fn reads_opening(sandbox: &Sandbox, id: &str) -> bool {
    statement(sandbox, id).predicate.inputs.iter().any(|input| input.name == "opening.csv")
}

/// The figures of the reserved allocation: carried in, brought in, paid, held.
fn held(sandbox: &Sandbox, id: &str) -> [String; 4] {
    let allocations = statement(sandbox, id).predicate.allocations;
    let sums = &allocations.iter().find(|allocation| allocation.name == HELD).unwrap().sums;
    [&sums.carried_in, &sums.brought_in, &sums.paid, &sums.held].map(|figure| figure.0.clone())
}

/// What is held after a round: key, amount, since.
fn waiting(sandbox: &Sandbox, id: &str) -> Vec<[String; 3]> {
    let carry =
        Carry::read("carry.json", sandbox.read(&format!("rounds/{id}/results/carry.json")).as_bytes());
    carry.unwrap().held.into_iter().map(|held| [held.key, held.amount.0, held.round]).collect()
}

#[test]
fn present_rounds_become_history() {
    let sandbox = repository();
    let before = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let text = adopt(&sandbox, &[]).ok();
    assert!(text.contains("  adopted 3 rounds, never to be opened: 2025-11, 2025-12, 2026-01\n"), "{text}");
    assert!(text.contains("next: ") && text.contains("opening.csv"), "{text}");
    assert_eq!(sandbox.git_ok(&["rev-parse", "HEAD~1"]), before);
    let ledger: Value = serde_json::from_str(&sandbox.read("ledger.json")).unwrap();
    assert_eq!(ledger["history"], json!(["2025-11", "2025-12", "2026-01"]));

    let refused = sandbox.close(&[]).fails(2);
    assert!(refused.contains("no round is open"), "{refused}");
    let refused = sandbox.close(&["2025-12"]).fails(2);
    assert!(refused.contains("ledger.json lists it in `history`"), "{refused}");
    sandbox.add_round("2026-02");
    let text = sandbox.close(&[]).ok();
    assert!(text.contains("closed 2026-02"), "{text}");
    assert!(!sandbox.at("rounds/2026-02/results/report/tables/held_opening.csv").exists());
    assert_eq!(held(&sandbox, "2026-02"), ["0", "0", "0", "0"]);
    assert_eq!(sandbox.failing(&[]), [""; 0]);

    let before = sandbox.state();
    let refused = adopt(&sandbox, &[]).fails(2);
    assert!(refused.contains("error: ledger.json: exists already"), "{refused}");
    assert_eq!(sandbox.state(), before);
}

/// Rounds of history stand in trends and in the comparison, and are inputs for it; one that cannot be
/// computed is left out and stops nothing.
#[test]
fn history_is_seen_in_trends() {
    let sandbox = adopted("");
    sandbox.add_round("2026-02");
    let _ = sandbox.close(&[]).ok();
    let inputs = |id: &str| -> Vec<String> {
        statement(&sandbox, id).predicate.inputs.into_iter().map(|input| input.name).collect()
    };
    let past = ["praise.csv", "rewardboard.csv", "round.json"].map(|name| format!("rounds/2026-01/{name}"));
    assert!(past.iter().all(|path| inputs("2026-02").contains(path)), "{:?}", inputs("2026-02"));
    // Periods that lie later are no past: the made-up folders of 2025 hold the months 11 and 12 of 2026.
    assert!(!inputs("2026-02").iter().any(|path| path.starts_with("rounds/2025-")));
    let page = sandbox.read("rounds/2026-02/results/report/report.md");
    let section = |title: &str| page.split("\n## ").find(|section| section.starts_with(title)).unwrap();
    let trends = section("All rounds so far");
    assert!(trends.contains("| 2026-01 |") && trends.contains("| 2026-02 |"), "{trends}");
    assert!(trends.contains("1 round is from before this ledger"), "{trends}");
    assert!(section("Compared with the round before").contains("2026-01"), "{page}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);

    // What it was may change: the round that read it is verified with what it read.
    sandbox.write("rounds/2026-01/praise.csv", "ID\n");
    sandbox.commit("Lose the past");
    sandbox.add_round("2026-03");
    let run = sandbox.close(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("rounds/2026-01: trends do without this round of history: "),
        "{}",
        run.stderr
    );
    assert!(!inputs("2026-03").iter().any(|path| path.starts_with("rounds/2026-01/")));
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn without_committed_rounds_nothing_is_adopted() {
    let sandbox = repository();
    let before = sandbox.state();
    let refused = adopt(&sandbox, &["--rounds", "seasons"]);
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    let _ = sandbox.git(&["rm", "-rq", "--cached", "rounds"]).ok();
    let _ = sandbox.git(&["commit", "-q", "--no-gpg-sign", "-m", "Take them out"]).ok();
    let refused = adopt(&sandbox, &[]).fails(2);
    assert!(refused.contains("rounds: holds no round in the newest commit"), "{refused}");
    assert!(!sandbox.at("ledger.json").exists() && before.contains("refs/heads/main"));
}

#[test]
fn history_is_not_opened_again() {
    // As it stands where the ledger begins.
    let sandbox = adopted("");
    let history = "\"history\": [\n    \"2025-11\",\n    \"2025-12\",\n    \"2026-01\"\n  ]";
    let only_two = "\"history\": [\n    \"2025-11\",\n    \"2025-12\"\n  ]";
    fs::remove_dir_all(sandbox.at("rounds/2026-01/results")).unwrap();
    edit(&sandbox, "ledger.json", history, only_two);
    for command in ["close", "check"] {
        let key = sandbox.key("treasurer");
        let args: &[&str] = if command == "close" { &["close", "--key", &key] } else { &["check"] };
        let refused = sandbox.meed(args).fails(2);
        let expected = "rounds/2026-01: the round was closed before meed: `history` of ledger.json listed it where the ledger begins (commit ";
        assert!(refused.contains(expected), "{refused}");
        assert!(refused.contains("hint: put it back into `history`"), "{refused}");
    }
    // Somebody closes it with a program of their own.
    let mut files = Files::default();
    insert_folder(&sandbox.at("rounds/2026-01"), "rounds/2026-01", &mut files);
    files.insert("ledger.json".to_owned(), Content::File(sandbox.read("ledger.json").into_bytes()));
    let results = results_of(&files, "2026-01").unwrap();
    for (name, bytes) in &results.files {
        sandbox.write(&format!("{}/{name}", results.folder), bytes);
    }
    let sha256 = sha256_hex(&results.files["statement.json"]);
    let engine = format!("meed {}", env!("CARGO_PKG_VERSION"));
    let message = results.statement.commit_message(&sha256, &engine, results.recipients_paid);
    sandbox.commit_signed("treasurer", &message, &[]);
    assert_eq!(sandbox.failing(&[]), ["chain"]);
    let told = sandbox.meed(&["verify"]).stdout;
    assert!(told.contains("listed it where the ledger begins (commit "), "{told}");
}

#[test]
fn what_was_owed_before_is_taken_over_once() {
    let rows = format!("id:acc-cid,Cid,3\nname:Eve,Eve,4\n{ADA},Ada,1.5\nid:acc-bea,Bea,2\n");
    let sandbox = adopted(&rows);
    sandbox.add_round("2026-02");
    let shown = sandbox.meed(&["check", "--format", "json"]).ok();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown[0]["totals"]["brought_in"], "10.5");
    let _ = sandbox.close(&[]).ok();
    // Ada's key is an address, Bea's account has one in the round's file; Cid and Eve wait on.
    assert_eq!(held(&sandbox, "2026-02"), ["0", "10.5", "3.5", "7"]);
    assert!(reads_opening(&sandbox, "2026-02"));
    let table = sandbox.read("rounds/2026-02/results/report/tables/held_opening.csv");
    let expected =
        format!("name,key,amount\nAda,{ADA},1.5\nBea,id:acc-bea,2\nCid,id:acc-cid,3\nEve,name:Eve,4\n");
    assert_eq!(table, expected);
    let path = "rounds/2026-02/results/distribution.csv";
    let table = Table::read(path, sandbox.read(path).as_bytes(), &["address", "released"]).unwrap();
    let released: Vec<(String, String)> = table
        .rows()
        .map(|row| (row.field("address").to_owned(), row.field("released").to_owned()))
        .filter(|(_, released)| released != "0")
        .collect();
    assert_eq!(released, [(BEA.to_owned(), "2".to_owned()), (ADA.to_owned(), "1.5".to_owned())]);
    let since = "2026-02".to_owned();
    let waits = waiting(&sandbox, "2026-02");
    assert!(waits.contains(&["id:acc-cid".into(), "3".into(), since.clone()]), "{waits:?}");
    assert!(waits.contains(&["name:Eve".into(), "4".into(), since.clone()]), "{waits:?}");
    assert_eq!(waits.len(), 3, "Cid's amount of the round besides: {waits:?}");
    let report = sandbox.read("rounds/2026-02/results/report/report.md");
    assert!(report.contains("were owed from before it, and come from opening.csv"), "{report}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);

    // A register makes both known; the next round is an ordinary one.
    sandbox.write("members.csv", format!("name,keys,address\nCid,id:acc-cid,{CID}\nEve,name:Eve,{EVE}\n"));
    sandbox.add_round("2026-03");
    let _ = sandbox.close(&[]).ok();
    let [carried_in, brought_in, paid, left] = held(&sandbox, "2026-03");
    assert_eq!((brought_in.as_str(), left.as_str()), ("0", "0"));
    assert_eq!(carried_in, paid);
    assert!(!reads_opening(&sandbox, "2026-03"));
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn readers_count_opening_balances() {
    let sandbox = adopted(&format!("id:acc-cid,Cid,3\nname:Eve,Eve,4\n{ADA},Ada,1.5\nid:acc-bea,Bea,2\n"));
    for id in ["2026-02", "2026-03"] {
        sandbox.add_round(id);
        let _ = sandbox.close(&[]).ok();
    }
    let held = sandbox.meed(&["held"]).ok();
    assert!(held.contains("name:Eve") && held.contains("2026-02"), "{held}");
    let export = sandbox.meed(&["export", "csv"]).ok();
    let rows: Vec<&str> = export.lines().filter(|line| line.contains(",held,opening,held,")).collect();
    assert_eq!(rows.len(), 4, "{export}");
    assert!(rows.iter().all(|row| row.contains("2026-02")), "{export}");
    let released = |amount: &str| {
        let end = format!(",{amount},TOK");
        export.lines().any(|line| line.contains(",held,released,released,") && line.ends_with(&end))
    };
    assert!(released("1.5") && released("2") && !released("4"), "{export}");
    let ada = sandbox.meed(&["statement", ADA]).ok();
    assert!(ada.contains("opening") && ada.contains("released"), "{ada}");
    let journal = sandbox.meed(&["export", "hledger"]).ok();
    assert!(journal.contains("Equity:Opening-Balances"), "{journal}");
    let site = sandbox.key("site");
    let _ = sandbox.meed(&["site", &site]).ok();
    assert_books_balance(&sandbox, &journal);
}

/// hledger finds in `Liabilities:Held` what waits in carry.json.
fn assert_books_balance(sandbox: &Sandbox, journal: &str) {
    if Command::new("hledger").arg("--version").output().is_err() {
        return skip("hledger is not here: what waits after opening balances is not compared with its sum");
    }
    fs::write(sandbox.path("books.journal"), journal).unwrap();
    let path = sandbox.key("books.journal");
    let args = ["-f", &path, "balance", "Liabilities:Held", "--depth", "2", "--format", "%(total)", "-N"];
    let output = sandbox.command("hledger").args(args).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let carry: Value = serde_json::from_str(&sandbox.read("rounds/2026-03/results/carry.json")).unwrap();
    let units =
        |text: &str| meed::amount::Amount::parse(text, 18, &meed::error::Place::file("t"), "a").unwrap();
    let sum = carry["held"].as_array().unwrap().iter().map(|held| units(held["amount"].as_str().unwrap()));
    let sum = meed::amount::Amount::sum(sum).unwrap();
    let shown = text.split_whitespace().find(|word| word.contains('.')).unwrap_or_default();
    assert_eq!(units(shown.trim_start_matches('-')), sum, "{text}");
}

#[test]
fn later_changes_of_opening_balances_are_told_and_count_for_nothing() {
    let sandbox = adopted("name:Eve,Eve,4\n");
    sandbox.add_round("2026-02");
    // What is not committed is not closed over.
    sandbox.write("opening.csv", "key,name,amount\nname:Eve,Eve,5\n");
    let refused = sandbox.close(&[]).fails(2);
    assert!(refused.contains("opening.csv: differs from the commit"), "{refused}");
    let shown = sandbox.meed(&["check", "--worktree", "--format", "json"]).ok();
    assert!(shown.contains("\"brought_in\": \"5\""), "{shown}");
    let _ = sandbox.git(&["checkout", "-q", "opening.csv"]).ok();
    let _ = sandbox.close(&[]).ok();

    sandbox.add_round("2026-03");
    let quiet = sandbox.meed(&["check"]);
    assert!(!quiet.stderr.contains("opening.csv") && !quiet.stdout.contains("opening.csv"), "{quiet:?}");
    edit(&sandbox, "opening.csv", "Eve,4", "Eve,400");
    let warning = "opening.csv: is not what the first statement read, and is not read any more";
    let told = sandbox.meed(&["check"]);
    assert!(format!("{}{}", told.stdout, told.stderr).contains(warning), "{told:?}");
    let told = sandbox.close(&[]);
    assert!(told.stderr.contains(warning), "{}", told.stderr);
    assert_eq!(held(&sandbox, "2026-03")[1], "0");
    let eve: Vec<_> = waiting(&sandbox, "2026-03").into_iter().filter(|held| held[0] == "name:Eve").collect();
    assert_eq!(eve, [["name:Eve".to_owned(), "4".to_owned(), "2026-02".to_owned()]]);
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn an_amendment_of_the_first_round_does_not_open_again() {
    let sandbox = adopted(&format!("{ADA},Ada,1.5\nname:Eve,Eve,4\n"));
    sandbox.add_round("2026-02");
    let _ = sandbox.close(&[]).ok();
    let praise = sandbox.read("rounds/2026-02/praise.csv").replace("5,3,,,false,false", "5,5,,,false,false");
    let praise = praise.replacen(",4\n", ",5\n", 1);
    let _ = sandbox.meed(&["amend", "2026-02", "--prepare"]).ok();
    sandbox.write("rounds/2026-02/revisions/2/praise.csv", praise);
    sandbox.commit("Correct a score");
    let key = sandbox.key("treasurer");
    let _ = sandbox.meed(&["amend", "2026-02", "--reason", "A score was mistyped.", "--key", &key]).ok();
    let adjustments = sandbox.read("rounds/2026-02/revisions/2/results/adjustments.csv");
    assert!(!adjustments.contains("Eve") && !adjustments.contains("1.5"), "{adjustments}");
    let export = sandbox.meed(&["export", "csv"]).ok();
    assert_eq!(export.lines().filter(|line| line.contains(",held,opening,held,")).count(), 2, "{export}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}
