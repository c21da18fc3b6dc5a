//! `meed simulate --replay` from outside: nothing differs where nothing is changed, and where something is,
//! it is what a ledger with that setting comes to.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use meed::tables::Table;
use serde_json::Value;

use crate::support::sandbox::Sandbox;
use crate::support::stage::listing;
use crate::support::{EXAMPLE_REVISIONS, EXAMPLE_ROUNDS, conformance, files_below, package};

/// Decimals of the tokens in these tests.
const DECIMALS: usize = 18;
/// Columns of distribution.csv that are not what a round gives.
const NOT_GIVEN: [&str; 7] = ["recipient", "address", "key", "accounts", "total", "released", "offset"];

/// A decimal of token units in smallest units, sign and all.
#[track_caller]
fn units(text: &str) -> i128 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    sign * format!("{whole}{fraction:0<DECIMALS$}").parse::<i128>().unwrap()
}

/// `meed simulate --replay --format json` in a ledger.
#[track_caller]
fn replay(sandbox: &Sandbox, ledger: &Path, args: &[&str]) -> Value {
    let fixed = ["--ledger", ledger.to_str().unwrap(), "simulate", "--replay", "--format", "json"];
    serde_json::from_str(&sandbox.meed(&[&fixed, args].concat()).ok()).unwrap()
}

/// What a committed distribution gives, by address or key.
fn given(ledger: &Path, folder: &str) -> BTreeMap<String, i128> {
    let bytes = fs::read(ledger.join(folder).join("distribution.csv")).unwrap();
    let table = Table::read("d", &bytes, &["address", "key", "total"]).unwrap();
    let rewards: Vec<&str> = table.column_names().filter(|name| !NOT_GIVEN.contains(name)).collect();
    let mut given = BTreeMap::new();
    for row in table.rows() {
        let payee = if row.field("address").is_empty() { row.field("key") } else { row.field("address") };
        *given.entry(payee.to_owned()).or_default() +=
            rewards.iter().map(|reward| units(row.field(reward))).sum::<i128>();
    }
    given
}

/// The sums of several rounds.
fn together<'a>(ledger: &Path, folders: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for (payee, amount) in folders.into_iter().flat_map(|folder| given(ledger, folder)) {
        *sums.entry(payee).or_default() += amount;
    }
    sums
}

#[test]
fn a_value_that_stands_changes_nothing() {
    let (sandbox, ledger) = Sandbox::example();
    let before = listing(&sandbox);
    let told =
        replay(&sandbox, &ledger, &["--set", "praise.contributor_share=0.9", "--set", "hours.pool=600"]);
    assert_eq!((&told["equal"], &told["recipients"]["changed"]), (&true.into(), &Value::Array(Vec::new())));
    let rounds = told["rounds"].as_array().unwrap();
    assert_eq!(rounds.len(), EXAMPLE_ROUNDS.len());
    for told in rounds {
        let round = told["round"].as_str().unwrap();
        let revision = EXAMPLE_REVISIONS.iter().find(|(amended, _)| *amended == round);
        let beside = revision.map_or(String::new(), |(_, number)| format!("revisions/{number}/"));
        // Another reader finds the same sum in what was committed.
        let sum: i128 = given(&ledger, &format!("rounds/{round}/{beside}results")).values().sum();
        for side in ["before", "after"] {
            assert_eq!(units(told["given"][side].as_str().unwrap()), sum, "{told}");
        }
        if revision.is_none() && round < "2026-02" {
            assert_eq!(told["as_recorded"], true, "{told}");
        }
    }
    let as_recorded = rounds.iter().filter(|round| round["as_recorded"] == true).count();
    assert!(as_recorded >= 4, "{told:#}");
    assert_eq!(listing(&sandbox), before, "something was written");
}

/// The example's inputs in a new ledger, with one text in round files replaced, all rounds closed; without
/// amendments.
fn closed_with(from: &str, to: &str) -> Sandbox {
    let sandbox = Sandbox::ledger();
    let mut replaced = 0;
    for (path, bytes) in files_below(&package().join("ledger-example/rounds")) {
        if ["/results/", "/revisions/", "/settlements/", "/approvals/"].iter().any(|part| path.contains(part))
        {
            continue;
        }
        let is_round = path.ends_with("round.json");
        let text = String::from_utf8(bytes.clone()).unwrap_or_default();
        if is_round && text.contains(from) {
            replaced += 1;
            sandbox.write(&format!("rounds/{path}"), text.replace(from, to));
        } else {
            sandbox.write(&format!("rounds/{path}"), bytes);
        }
    }
    assert!(replaced > 0, "no round has {from}");
    sandbox.commit("Inputs of all rounds");
    let _ = sandbox.close(&["--all", "--late", "--early"]).ok();
    sandbox
}

#[test]
fn a_change_gives_what_closing_with_it_gives() {
    // Shares of one method; and a stateful method, whose later rounds go on from what the change left.
    let shares = (r#""contributor_share": "0.9""#, r#""contributor_share": "0.62""#);
    let conviction = (r#""alpha": "0.9""#, r#""alpha": "0.95""#);
    let work = (r#""tokens_per_impact": "2""#, r#""tokens_per_impact": "2.5""#);
    let cases = [
        (shares, "praise.contributor_share=0.62"),
        (conviction, "fund.alpha=0.95"),
        (work, "work-v1.tokens_per_impact=2.5"),
    ];
    let folders: Vec<String> = EXAMPLE_ROUNDS.iter().map(|round| format!("rounds/{round}/results")).collect();
    let original = closed_with(shares.0, shares.0);
    let before = together(&original.path("ledger"), folders.iter().map(String::as_str));
    for ((from, to), set) in cases {
        let changed = closed_with(from, to);
        let after = together(&changed.path("ledger"), folders.iter().map(String::as_str));
        assert_ne!(before, after, "{set}");
        let told = replay(&original, &original.path("ledger"), &["--set", set]);
        let rounds = told["rounds"].as_array().unwrap();
        assert!(rounds.iter().all(|round| round["as_recorded"] == true), "{told:#}");
        for (round, folder) in rounds.iter().zip(&folders) {
            let statement = fs::read(changed.path("ledger").join(folder).join("statement.json")).unwrap();
            let statement: Value = serde_json::from_slice(&statement).unwrap();
            assert_eq!(round["kept"]["after"], statement["predicate"]["totals"]["kept"], "{set}: {folder}");
        }
        for side in [(&before, "before"), (&after, "after")] {
            assert_eq!(
                units(told["recipients"]["total"][side.1].as_str().unwrap()),
                side.0.values().sum::<i128>()
            );
        }
        let mut seen = 0_i128;
        for change in told["recipients"]["changed"].as_array().unwrap() {
            let payee = &change["payees_after"][0];
            let payee = payee["address"].as_str().or(payee["key"].as_str()).unwrap();
            // Who had no address in a round and has one later stands under both in the files.
            if change["payees_after"].as_array().unwrap().len() == 1 && before.contains_key(payee) {
                let [was, is] = ["before", "after"].map(|side| units(change[side].as_str().unwrap()));
                let held = held_before(&before, &after, payee, was, is);
                assert_eq!((was, is), held, "{set}: {change}");
                seen += 1;
            }
        }
        assert!(seen >= 2, "{set}: {told:#}");
    }
}

/// What the files give to a payee, with the one key under which the same person waited where the address
/// alone does not account for it.
fn held_before(
    before: &BTreeMap<String, i128>,
    after: &BTreeMap<String, i128>,
    payee: &str,
    was: i128,
    is: i128,
) -> (i128, i128) {
    let of = |key: &str| (before[key], after[key]);
    let own = of(payee);
    let keys = before.keys().filter(|key| !key.starts_with("0x"));
    let with = |key: &String| (own.0 + of(key).0, own.1 + of(key).1);
    if own == (was, is) { own } else { keys.map(with).find(|sum| *sum == (was, is)).unwrap_or(own) }
}

#[test]
fn a_change_of_one_round_leaves_those_before_alone() {
    let sandbox = Sandbox::closed(3);
    let told = replay(&sandbox, &sandbox.path("ledger"), &["2026-02", "--set", "praise.pool=200"]);
    let given: Vec<(i128, i128)> = told["rounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|round| {
            let [before, after] =
                ["before", "after"].map(|side| units(round["given"][side].as_str().unwrap()));
            (before, after)
        })
        .collect();
    let token = 10_i128.pow(18);
    assert_eq!(given, [(100 * token, 100 * token), (100 * token, 200 * token), (100 * token, 100 * token)]);
    let sum: i128 = told["recipients"]["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| units(change["difference"].as_str().unwrap()))
        .sum();
    assert_eq!(sum, 100 * token, "what one gets more, no other gets less of");
    // The same for people and for programs.
    let table = sandbox
        .meed(&["simulate", "--replay", "2026-02", "--set", "praise.pool=200", "--format", "csv"])
        .ok();
    let differences: i128 = table.lines().skip(1).map(|line| units(line.split(',').nth(5).unwrap())).sum();
    assert_eq!(differences, sum, "{table}");
    let text = sandbox.meed(&["simulate", "--replay", "2026-02", "--set", "praise.pool=200"]).ok();
    assert!(text.contains("100 -> 200") && text.contains("Bea"), "{text}");
}

#[test]
fn rounds_of_the_tec_come_out_again() {
    let Some(folder) = conformance("a replay of 7 TEC rounds") else { return };
    let sandbox = Sandbox::new();
    let overrides = sandbox.path("overrides.json");
    fs::write(&overrides, r#"{"round-20": {"sourcecred": {"over_pool": "record"}}}"#).unwrap();
    let [into, key, overrides] = ["ledger", "treasurer", "overrides.json"].map(|name| sandbox.key(name));
    let tec = folder.join("tec");
    let from = tec.to_str().unwrap();
    let _ = sandbox.meed(&["import", from, "--into", &into, "--key", &key, "--overrides", &overrides]).ok();
    // What only serves a check gives nobody more or less; and a setting that ledger.json overrides can be
    // set to what it stands at.
    let set = ["--set", "praise.duplicate_valuation=0.1", "round-20", "--set", "sourcecred.over_pool=record"];
    let told = replay(&sandbox, Path::new(&into), &set);
    assert_eq!(told["equal"], true, "{told:#}");
    let rounds = told["rounds"].as_array().unwrap();
    assert_eq!(rounds.len(), 7);
    for round in rounds {
        assert_eq!(round["given"]["before"], round["given"]["after"]);
        if round["revision"] == 1 {
            assert_eq!(round["as_recorded"], true, "{round:#}");
        }
    }
    // A share of 0 leaves the receivers of praise without it, in every round.
    let told = replay(&sandbox, Path::new(&into), &["--set", "praise.contributor_share=0"]);
    for round in told["rounds"].as_array().unwrap() {
        let [before, after] = ["before", "after"].map(|side| units(round["given"][side].as_str().unwrap()));
        assert!(after < before, "{round:#}");
    }
    let refused =
        sandbox.meed(&["--ledger", &into, "simulate", "--replay", "--set", "sourcecred.over_pool=refuse"]);
    assert!(refused.fails(2).contains("round-20"), "the override alone lets round-20 through");
}
