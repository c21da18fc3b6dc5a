//! `meed statement`: one person over all rounds.

use std::collections::BTreeSet;

use meed::amount::Amount;
use meed::error::Place;
use serde_json::Value;

use crate::support::sandbox::Sandbox;

fn parse(value: &Value) -> Amount {
    Amount::parse(value.as_str().unwrap(), 18, &Place::file("json"), "amount").unwrap()
}

#[test]
fn a_statement_finds_one_person_by_all_their_names() {
    let (sandbox, folder) = Sandbox::example();
    let ledger = folder.to_str().unwrap();
    let statement = |who: &str| -> Value {
        let run = sandbox.meed(&["--ledger", ledger, "--format", "json", "statement", who]);
        serde_json::from_str(&run.ok()).unwrap()
    };
    let heron = statement("heron#0001");
    let address = heron["addresses"][0].as_str().unwrap().to_owned();
    let account = heron["accounts"][0].as_str().unwrap().to_owned();
    assert_eq!(address, "0x71de010101010101010101010101010101010101");
    for who in [
        address.clone(),
        address.to_uppercase(),
        account.clone(),
        format!("id:{account}"),
        " heron#0001 ".to_owned(),
    ] {
        assert_eq!(statement(&who), heron, "{who}");
    }
    let held = statement("id:964cf751eaac51aebabdb898");
    assert!(held["names"].as_array().unwrap().contains(&"mudskipper#0019".into()), "{held}");
    assert!(parse(&held["totals"]["held"]) > Amount::ZERO);

    // CSV has the same entries, and the table ends with the same totals.
    let csv = sandbox.meed(&["--ledger", ledger, "statement", "heron#0001", "--format", "csv"]).ok();
    assert_eq!(csv.lines().count(), heron["entries"].as_array().unwrap().len() + 1);
    let text = sandbox.meed(&["--ledger", ledger, "statement", "heron#0001"]).ok();
    let received = heron["totals"]["received"].as_str().unwrap();
    let line = text.lines().find(|line| line.starts_with("received")).unwrap();
    assert!(line.contains(received) && text.contains(&address), "{text}");
}

/// Everybody's statements together are the whole ledger: no entry is lost, none stands twice.
#[test]
fn all_statements_are_the_ledger() {
    let (sandbox, folder) = Sandbox::example();
    let ledger = folder.to_str().unwrap();
    let export: Value =
        serde_json::from_str(&sandbox.meed(&["--ledger", ledger, "export", "json"]).ok()).unwrap();
    let entries: Vec<&Value> = export["rounds"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|round| round["entries"].as_array().unwrap())
        .collect();
    let identity = |entry: &Value| {
        let side = if entry["address"].is_null() { &entry["key"] } else { &entry["address"] };
        side.as_str().unwrap().to_owned()
    };
    let mut open: BTreeSet<String> = entries.iter().map(|entry| identity(entry)).collect();
    let (mut found, [mut received, mut waiting, mut overpaid]) = (0, [Amount::ZERO; 3]);
    while let Some(who) = open.pop_first() {
        let run = sandbox.meed(&["--ledger", ledger, "--format", "json", "statement", &who]);
        let statement: Value = serde_json::from_str(&run.ok()).unwrap();
        for entry in statement["entries"].as_array().unwrap() {
            open.remove(&identity(entry));
            found += 1;
        }
        let totals = &statement["totals"];
        received = received.checked_add(parse(&totals["received"])).unwrap();
        waiting = waiting.checked_add(parse(&totals["waiting"])).unwrap();
        overpaid = overpaid.checked_add(parse(&totals["overpaid"])).unwrap();
        // All that is given is received, or was, or waits; and what was received too much is owed.
        let given = Amount::sum(["given", "overpaid"].map(|name| parse(&totals[name])));
        let left = Amount::sum(["received", "expired", "waiting"].map(|name| parse(&totals[name])));
        assert_eq!(given, left, "{who}: {totals}");
    }
    assert_eq!(found, entries.len());
    let paid = export["rounds"].as_array().unwrap().iter().map(|round| parse(&round["totals"]["paid"]));
    assert_eq!(Amount::sum(paid), Some(received));
    let held = export["held"].as_array().unwrap().iter().map(|held| held["amount"].as_str().unwrap());
    let held = meed::amount::Balance::sum(held.map(super::balance_of));
    assert_eq!(held, Some(meed::amount::Balance::between(overpaid, waiting)));
}

#[test]
fn several_people_of_one_name_are_listed() {
    let sandbox = Sandbox::closed(1);
    for (month, row) in [("02", "Ada,0xcccccccccccccccccccccccccccccccccccccccc,1"), ("03", "Ada,,1")] {
        let round = super::weighted_json(month.parse().unwrap());
        sandbox.write(&format!("rounds/2026-{month}/round.json"), round);
        sandbox
            .write(&format!("rounds/2026-{month}/table.csv"), format!("recipient,address,points\n{row}\n"));
        sandbox.commit("Inputs");
        let _ = sandbox.close(&[]).ok();
    }
    let error = sandbox.meed(&["statement", "Ada"]).fails(2);
    assert!(error.contains("3 people are called `Ada`"), "{error}");
    for who in [
        "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "0xcccccccccccccccccccccccccccccccccccccccc",
        "name:Ada",
    ] {
        assert!(error.contains(who), "{error}");
        let text = sandbox.meed(&["statement", who]).ok();
        assert!(text.starts_with("Ada\n"), "{text}");
    }
    let text = sandbox.meed(&["statement", "name:Ada"]).ok();
    assert!(text.contains("2026-03-28") && !text.contains("2026-02-28"), "{text}");
    let error = sandbox.meed(&["statement", "nobody"]).fails(2);
    assert!(error.contains("nobody in the closed rounds is called `nobody`"), "{error}");
    let error = sandbox.meed(&["statement", ""]).fails(2);
    assert!(error.contains("called ``"), "{error}");
}

/// A name that is somebody else's key, and an account id that spells those of others, tie nobody: each
/// has a statement of their own.
#[test]
fn names_and_spaces_tie_nobody() {
    let sandbox = Sandbox::closed(1);
    let mut round: Value = serde_json::from_str(&super::weighted_json(2)).unwrap();
    round["allocations"][0]["settings"]["account"] = "account".into();
    sandbox.write("rounds/2026-02/round.json", round.to_string());
    let rows = "Heron,,,5\nWren,,,7\nTern,,a b,2\nGull,,a,1\n";
    sandbox.write("rounds/2026-02/table.csv", format!("recipient,address,account,points\n{rows}"));
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    let [heron, wren] = ["a", "b"].map(|digit| format!("0x{}", digit.repeat(40)));
    let members = format!("name,keys,address\nHeron,name:Wren,{heron}\nWrenna,name:Heron,{wren}\n");
    sandbox.write("members.csv", members);
    sandbox.write("rounds/2026-03/round.json", super::weighted_json(3));
    let address = "0xcccccccccccccccccccccccccccccccccccccccc";
    sandbox.write("rounds/2026-03/table.csv", format!("recipient,address,points\nZed,{address},1\n"));
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    let keys = |who: &str| -> (Value, Value) {
        let run = sandbox.meed(&["--format", "json", "statement", who]).ok();
        let told: Value = serde_json::from_str(&run).unwrap();
        (told["keys"].clone(), told["addresses"].clone())
    };
    for (who, key, address) in [("name:Wren", "name:Wren", heron), ("name:Heron", "name:Heron", wren)] {
        assert_eq!(keys(who), (serde_json::json!([key]), serde_json::json!([address])));
    }
    for who in ["a", "a b"] {
        assert_eq!(keys(who).0, serde_json::json!([format!("id:{who}")]));
    }
}

/// What is exported is what was committed at `--rev`, and a changed result is refused.
#[test]
fn exports_read_commits_and_check_digests() {
    let sandbox = Sandbox::closed(2);
    let first = sandbox.git_ok(&["rev-parse", "HEAD~2"]);
    let one = sandbox.meed(&["export", "csv", "--rev", &first]).ok();
    let two = sandbox.meed(&["export", "csv"]).ok();
    assert!(two.starts_with(&one) && two.len() > one.len(), "{one}\n{two}");
    let file = "rounds/2026-01/results/distribution.csv";
    sandbox.write(file, sandbox.read(file) + "\n");
    assert_eq!(sandbox.meed(&["export", "csv"]).ok(), two, "the work tree is not read");
    sandbox.commit("Change a result");
    let error = sandbox.meed(&["export", "csv"]).fails(2);
    assert!(error.contains("does not have the digest that its statement gives"), "{error}");
}
