//! `meed import`: a RAD repository becomes a ledger that verifies, and its whole history balances.

use std::fs;
use std::path::Path;

use meed::amount::{Amount, Balance};
use meed::error::Place;
use serde_json::{Value, json};

use crate::support::sandbox::{Run, Sandbox, praise_csv};
use crate::support::{conformance, files_below};

/// A folder of the source.
fn rad(sandbox: &Sandbox, path: &str, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = sandbox.path("rewards").join(path).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// parameters.json with these allocations of praise and SourceCred.
fn parameters(name: &str, praise: &str, sourcecred: &str, praise_file: &str) -> String {
    let token = json!({"token_name": "TIDE", "token_address": "0x71de00000000000000000000000000000000000a"});
    json!({
        "distribution_name": name,
        "results_output_folder": "distribution_results",
        "employed_reward_systems": ["praise", "sourcecred"],
        "token_allocation_per_reward_system": [praise, sourcecred],
        "system_settings": {
            "praise": {
                "input_files": {"praise_data": praise_file, "rewardboard_list": "board/rewardboard.csv", "cross_period_root": ".."},
                "payout_token": token,
                "token_reward_percentages": {"contributor_rewards": 0.9, "quantifier_rewards": 0.07, "rewardboard_rewards": 0.03},
                "quantification_settings": {
                    "number_of_quantifiers_per_praise_receiver": 2,
                    "praise_quantify_allowed_values": [0, 1, 3, 5, 8, 13],
                    "praise_quantify_duplicate_praise_valuation": 0.1
                }
            },
            "sourcecred": {"input_files": {"sourcecred_data": "sourcecred.csv"}, "payout_token": token}
        }
    })
    .to_string()
}

const BOARD: (&str, &str) = ("board/rewardboard.csv", "ID\n0x3333333333333333333333333333333333333333\n");

/// Four rounds whose names are not in the order of their periods, and results of another program.
fn source() -> Sandbox {
    let sandbox = Sandbox::new();
    let (first, second) = (praise_csv("01"), praise_csv("01").replacen("1,1,,,", "3,3,,,", 1));
    // Cid had no address, and the corrected file knows it.
    let second = second.strip_suffix(",1\n").unwrap().to_owned() + ",3\n";
    let second = second.replacen("acc-cid,,", "acc-cid,0xcccccccccccccccccccccccccccccccccccccccc,", 1);
    let corrected: (&str, &str) = ("praise.2.csv", &second);
    let named = parameters("round-1", "100", "0", "praise.1.csv");
    rad(&sandbox, "data/round-1", &[("parameters.json", &named), BOARD, ("praise.1.csv", &first), corrected]);
    let files = [("distribution_results/raw_csv_exports/x.csv", "a\n1\n"), ("notes.txt", "not an input\n")];
    rad(&sandbox, "data/round-1", &files);
    rad(&sandbox, "data/round-1/distribution_results", &[("parameters.json", &named)]);
    let third = praise_csv("03");
    let named = parameters("round-2", "200", "50", "praise.csv");
    let cred = "name,address,vested_amount\nDot,0xdddddddddddddddddddddddddddddddddddddddd,51\n";
    let files =
        [("parameters.json", named.as_str()), BOARD, ("praise.csv", &third), ("sourcecred.csv", cred)];
    rad(&sandbox, "data/round-2", &files);
    let (named, praise) = (parameters("round-10", "300", "0", "praise.csv"), praise_csv("02"));
    rad(&sandbox, "data/round-10", &[("parameters.json", &named), BOARD, ("praise.csv", &praise)]);
    let (named, praise) = (parameters("round-3", "10", "0", "praise.csv"), praise_csv("04"));
    let broken = praise.replacen("5,3,", "five,3,", 1);
    rad(&sandbox, "data/round-3", &[("parameters.json", &named), BOARD, ("praise.csv", &broken)]);
    fs::write(sandbox.path("overrides.json"), r#"{"round-2": {"sourcecred": {"over_pool": "record"}}}"#)
        .unwrap();
    sandbox
}

fn import(sandbox: &Sandbox, more: &[&str]) -> Run {
    let [from, into, key] = ["rewards", "ledger", "treasurer"].map(|name| sandbox.key(name));
    sandbox.meed(&[&["import", &from, "--into", &into, "--key", &key], more].concat())
}

fn balance(value: &Value) -> Balance {
    Balance::parse(value.as_str().unwrap(), 18, &Place::file("test"), "figure").unwrap()
}

/// pools + brought in = paid + held + kept + unallocated.
fn assert_balances(totals: &Value) {
    let sum = |names: &[&str]| Balance::sum(names.iter().map(|name| balance(&totals[*name]))).unwrap();
    assert_eq!(sum(&["pool", "brought_in"]), sum(&["paid", "held", "kept", "unallocated"]), "{totals}");
}

#[test]
fn a_repository_becomes_a_ledger_that_verifies() {
    let sandbox = source();
    let overrides = sandbox.key("overrides.json");
    let text = import(&sandbox, &["--overrides", &overrides, "--name", "Tidewater Commons"]).ok();
    assert!(text.starts_with("imported 4 rounds into "), "{text}");
    assert!(text.contains("\nverified: 4 statements, all checks hold\n"), "{text}");
    assert!(text.contains("\nround-3 stays open (revision 1):\n  rounds/round-3/praise.csv:2: "), "{text}");
    assert!(text.contains("all in all, in TIDE: pools 651 + "), "{text}");

    // In the order of the periods, each amended before the next is closed.
    let log = sandbox.git_ok(&["log", "--reverse", "--format=%s"]);
    let kinds: Vec<String> = log
        .lines()
        .map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" ").replace(':', ""))
        .collect();
    let expected = [
        "Start the ledger",
        "Inputs of round-1",
        "Close round-1 100",
        "Corrected praise of",
        "Say why revision",
        "Amend round-1 revision",
        "Inputs of round-10",
        "Close round-10 300",
        "Inputs of round-2",
        "Close round-2 251",
        "Inputs of round-3",
    ];
    let starts = |(kind, expected): (&String, &&str)| kind.split(' ').next() == expected.split(' ').next();
    assert_eq!(kinds.len(), expected.len(), "{log}");
    assert!(kinds.iter().zip(&expected).all(starts), "{log}");
    let closed: Vec<&str> = log.lines().filter(|line| line.starts_with("Close ")).collect();
    assert!(closed[1].contains("round-10") && closed[2].contains("round-2"), "{log}");

    let ledger: Value = serde_json::from_str(&sandbox.read("ledger.json")).unwrap();
    assert_eq!(ledger["name"], "Tidewater Commons");
    assert_eq!(ledger["token"]["symbol"], "TIDE");
    assert_eq!(ledger["token"]["address"], "0x71de00000000000000000000000000000000000a");
    assert_eq!(ledger["overrides"], json!({"round-2": {"sourcecred": {"over_pool": "record"}}}));
    // Inputs only.
    let files = files_below(&sandbox.at("rounds/round-1"));
    let own: Vec<&str> = files.keys().map(String::as_str).filter(|path| !path.contains("results")).collect();
    let expected =
        ["board/rewardboard.csv", "parameters.json", "praise.1.csv", "praise.2.csv", "revisions/2/reason.md"];
    assert_eq!(own, expected);
    assert!(
        sandbox.read("rounds/round-1/revisions/2/reason.md").starts_with("praise.2.csv replaces the praise")
    );
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");

    // Whoever corrects the file closes the round that stayed open.
    let praise = sandbox.read("rounds/round-3/praise.csv").replacen("five,3,", "5,3,", 1);
    sandbox.write("rounds/round-3/praise.csv", praise);
    sandbox.commit("Correct a score");
    let _ = sandbox.close(&[]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn the_history_balances() {
    let sandbox = source();
    let overrides = sandbox.key("overrides.json");
    let run = import(&sandbox, &["--overrides", &overrides, "--format", "json"]).ok();
    let imported: Value = serde_json::from_str(&run).unwrap();
    assert_eq!((&imported["verified"], &imported["statements"]), (&json!(true), &json!(4)));
    assert_balances(&imported["totals"]);
    let rounds = imported["rounds"].as_array().unwrap();
    let ids: Vec<&str> = rounds.iter().map(|round| round["round"].as_str().unwrap()).collect();
    assert_eq!(ids, ["round-1", "round-10", "round-2"]);
    // Cid was held for and is paid by the amendment; who gets less by it was paid too much.
    let first = &rounds[0];
    assert_eq!(first["revisions"], 2);
    assert!(balance(&first["held"]) > Balance::ZERO);
    assert!(balance(&first["adjusted"]) > balance(&first["held"]), "{first}");
    assert!(balance(&first["overpaid"]) > Balance::ZERO, "{first}");
    assert_eq!(first["pool"], "100");
    assert_eq!(rounds[2]["pool"], "251", "the pool of SourceCred is the file's sum");
    let open = &imported["open"][0];
    assert_eq!((&open["round"], &open["revision"]), (&json!("round-3"), &json!(1)));
    assert!(open["problems"][0].as_str().unwrap().contains("five"), "{open}");
    let sum = |name: &str| Balance::sum(rounds.iter().map(|round| balance(&round[name]))).unwrap();
    let totals = &imported["totals"];
    assert_eq!(sum("paid").checked_add(sum("adjusted")).unwrap(), balance(&totals["paid"]));
    assert_eq!(sum("overpaid"), balance(&totals["overpaid"]));
}

#[test]
fn a_strict_import_leaves_nothing_behind() {
    let sandbox = source();
    let refused = import(&sandbox, &["--strict"]).fails(2);
    // Without the override round 2's SourceCred is above its pool; it comes before round 3.
    assert!(refused.contains("rounds/round-2/sourcecred.csv: the amounts sum to 51 TIDE"), "{refused}");
    assert!(!sandbox.path("ledger").exists());
    fs::create_dir(sandbox.path("ledger")).unwrap();
    let _ = import(&sandbox, &["--strict"]).fails(2);
    assert_eq!(fs::read_dir(sandbox.path("ledger")).unwrap().count(), 0);

    fs::write(sandbox.path("ledger/mine.txt"), "mine\n").unwrap();
    let refused = import(&sandbox, &[]).fails(2);
    assert!(refused.contains("the folder is not empty"), "{refused}");
    assert_eq!(fs::read_dir(sandbox.path("ledger")).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_imported_is_told_first() {
    let sandbox = source();
    fs::write(sandbox.path("overrides.json"), r#"{"round-9": {"praise": {"over_pool": "record"}}}"#).unwrap();
    let overrides = sandbox.key("overrides.json");
    let refused = import(&sandbox, &["--overrides", &overrides]).fails(2);
    assert!(refused.contains("overrides name round `round-9`"), "{refused}");
    assert!(!sandbox.path("ledger").exists());
    // Another symbol than the rounds' is each round's own problem.
    let text = import(&sandbox, &["--token", "TOK"]).ok();
    assert!(text.contains("the round's token has symbol TIDE, the ledger's TOK"), "{text}");
    assert!(text.contains("\nverified: 0 statements"), "{text}");
}

#[test]
fn one_round_alone_is_a_source_too() {
    let sandbox = source();
    let (from, into) = (sandbox.key("rewards/data/round-10"), sandbox.key("ledger"));
    let key = sandbox.key("treasurer");
    let args = ["import", &from, "--into", &into, "--key", &key, "--rounds", "seasons"];
    let text = sandbox.meed(&args).ok();
    assert!(text.starts_with("imported 1 round into "), "{text}");
    assert!(sandbox.at("seasons/round-10/results/statement.json").exists());
}

#[test]
fn the_tec_comes_aboard() {
    let Some(folder) = conformance("an import of 7 TEC rounds") else { return };
    let sandbox = Sandbox::new();
    let overrides = sandbox.path("overrides.json");
    fs::write(&overrides, r#"{"round-20": {"sourcecred": {"over_pool": "record"}}}"#).unwrap();
    let [into, key] = ["ledger", "treasurer"].map(|name| sandbox.key(name));
    let tec = folder.join("tec");
    let (from, overrides) = (tec.to_str().unwrap(), overrides.to_str().unwrap());
    let args = ["import", from, "--into", &into, "--key", &key, "--overrides", overrides, "--format", "json"];
    let imported: Value = serde_json::from_str(&sandbox.meed(&args).ok()).unwrap();
    eprintln!("{imported:#}");
    assert_eq!((&imported["verified"], &imported["statements"]), (&json!(true), &json!(9)));
    assert_eq!(imported["open"], json!([]));
    assert_balances(&imported["totals"]);
    assert_eq!(imported["totals"]["overpaid"], "0");
    for (round, number) in imported["rounds"].as_array().unwrap().iter().zip([1, 13, 17, 20, 21, 25, 33]) {
        assert_eq!(round["round"], format!("round-{number}"));
        let published = published_difference(&tec.join(format!("round-{number}")));
        assert_eq!(round["revisions"], if published.is_some() { 2 } else { 1 });
        let adjusted = balance(&round["adjusted"]);
        let Some(published) = published else {
            assert_eq!(adjusted, Balance::ZERO);
            continue;
        };
        let apart = adjusted.checked_sub(published.into()).unwrap().size();
        assert!(apart < Amount::from_units(1_000_000_000), "{round}: {}", published.to_text(18));
    }
}

/// What the published file of differences pays, where there is one.
fn published_difference(round: &Path) -> Option<Amount> {
    let files = files_below(&round.join("published"));
    let (_, bytes) =
        files.iter().find(|(name, _)| name.ends_with("praise_aragon_distribution.diff-1-2.csv"))?;
    let text = String::from_utf8(bytes.clone()).unwrap();
    let amounts = text.lines().filter_map(|line| line.split(',').nth(1)).map(|amount| {
        let (whole, fraction) = amount.trim().split_once('.').unwrap_or((amount.trim(), ""));
        let fraction: String = fraction.chars().take(18).collect();
        Amount::parse(&format!("{whole}.{fraction:0<1}"), 18, &Place::file("diff"), "amount").unwrap()
    });
    Amount::sum(amounts)
}
