//! The TEC's published rounds, when ../shared is beside the project: results equal to the unit.

mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use meed::calculate::Results;
use meed::ledger::Ledger;
use meed::ledger::plan::Plan;
use meed::ledger::round_id::RoundId;
use meed::methods::{Method, Outcome, Request};
use meed::recipient::{Key, Recipient};
use meed::tables::Table;

use crate::support;
use crate::support::sandbox::Sandbox;

/// Rounds and whether praise is their only allocation.
const ROUNDS: [(&str, bool); 7] = [
    ("round-1", true),
    ("round-13", true),
    ("round-17", false),
    ("round-20", false),
    ("round-21", true),
    ("round-25", true),
    ("round-33", true),
];

/// Round 20 reuses round 17's SourceCred file under a third of its pool.
const OVERRIDES: &str = r#"{"round-20": {"sourcecred": {"over_pool": "record"}}}"#;

/// Person (address, else name) and what the praise rewards gave them.
type Praised = BTreeMap<String, [String; 3]>;

fn results(tec: &Path, round: &str) -> Results {
    let overrides = if round == "round-20" { OVERRIDES } else { "{}" };
    let files = support::round_files(&tec.join(round), round, &support::ledger_json("TEC", 18, overrides));
    support::results_of(&files, round).unwrap_or_else(|problems| panic!("{round}: {problems}"))
}

/// Address (else name) and the columns of the three praise rewards, where any is above zero or the
/// person is known to praise at all.
fn praised(table: &Table) -> Vec<(String, [String; 3])> {
    let rows = table.rows().map(|row| {
        let person = match row.field("address") {
            "" => row.field("recipient").to_owned(),
            address => address.to_owned(),
        };
        (person, ["praise", "quantifier", "rewardboard"].map(|reward| row.field(reward).to_owned()))
    });
    rows.collect()
}

fn exact(tec: &Path, round: &str, revision: u32) -> Table {
    let path = tec.join(round).join(format!("exact-revision-{revision}.csv"));
    Table::read("exact", &fs::read(path).unwrap(), &["recipient", "address", "total"]).unwrap()
}

#[test]
fn tec_rounds_equal_the_exact_results() {
    let Some(folder) = support::conformance("7 TEC rounds against their exact results") else { return };
    let tec = folder.join("tec");
    for (round, only_praise) in ROUNDS {
        let results = results(&tec, round);
        let table = Table::read("d", &results.files["distribution.csv"], &["recipient", "total"]).unwrap();
        let exact = exact(&tec, round, 1);
        if only_praise {
            assert_eq!(praised(&table), praised(&exact), "{round}: rows and order");
            let total =
                |table: &Table| table.rows().map(|row| row.field("total").to_owned()).collect::<Vec<_>>();
            assert_eq!(total(&table), total(&exact), "{round}: totals");
            let name =
                |table: &Table| table.rows().map(|row| row.field("recipient").to_owned()).collect::<Vec<_>>();
            assert_eq!(name(&table), name(&exact), "{round}: names");
        } else {
            let ours: Praised = praised(&table).into_iter().collect();
            for (person, rewards) in praised(&exact) {
                assert_eq!(ours.get(&person), Some(&rewards), "{round}: {person}");
            }
            let exact: Praised = praised(&exact).into_iter().collect();
            let zero = ["0", "0", "0"].map(str::to_owned);
            assert!(
                ours.iter().all(|(person, rewards)| exact.contains_key(person) || *rewards == zero),
                "{round}"
            );
        }
        results.statement.check_sums().unwrap();
    }
}

#[test]
fn second_revisions_equal_the_exact_results_at_method_level() {
    let Some(folder) = support::conformance("2 second revisions of TEC rounds") else { return };
    let tec = folder.join("tec");
    for round in ["round-1", "round-13"] {
        let files = support::round_files(&tec.join(round), round, &support::ledger_json("TEC", 18, "{}"));
        let ledger = Ledger::read(&files).unwrap();
        let id = RoundId::parse(round, &meed::error::Place::file("test")).unwrap();
        let plan = Plan::read(&files, &ledger, &id, 2).unwrap();
        let request = Request {
            plan: &plan,
            allocation: &plan.allocations[0],
            files: &files,
            carried: None,
            brought_in: meed::amount::Amount::ZERO,
        };
        let outcome = Method::PraiseV1.run(&request).unwrap();
        let exact: Praised = praised(&exact(&tec, round, 2)).into_iter().collect();
        assert_eq!(praised_of(&outcome), exact, "{round}");
    }
}

fn praised_of(outcome: &Outcome) -> Praised {
    let rewards = |key: &Key| {
        [0, 1, 2].map(|index: usize| {
            outcome.rewards[index].amounts.get(key).copied().unwrap_or_default().to_text(18)
        })
    };
    let person = |(key, recipient): (&Key, &Recipient)| {
        let person = key.address().map_or(recipient.name.clone(), |address| address.to_string());
        (person, rewards(key))
    };
    outcome.recipients.iter().map(person).collect()
}

#[test]
fn published_files_agree_within_a_billionth() {
    let Some(folder) = support::conformance("7 published TEC payouts") else { return };
    let tec = folder.join("tec");
    for (round, _) in ROUNDS {
        let table = exact(&tec, round, 1);
        let exact: BTreeMap<String, f64> = table
            .rows()
            .filter(|row| !row.field("address").is_empty())
            .map(|row| (row.field("address").to_owned(), row.field("total").parse().unwrap()))
            .collect();
        let path = tec.join(round).join("published/revision-1/praise_aragon_distribution.csv");
        let published = fs::read_to_string(path).unwrap();
        let mut compared = 0;
        for line in published.lines() {
            let fields: Vec<&str> = line.split(',').collect();
            let (ours, theirs) = (exact[&fields[0].to_lowercase()], fields[1].parse::<f64>().unwrap());
            assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{round}: {line} against {ours}");
            compared += 1;
        }
        assert!(compared > 5, "{round}");
    }
}

/// `payouts/aragon.csv` of the rounds that divide praise alone is the file that the TEC loaded into
/// Aragon: the same addresses, the same symbol, amounts as near as its floats come.
#[test]
fn aragon_files_are_those_that_were_published() {
    let Some(folder) = support::conformance("5 published Aragon files of the TEC") else { return };
    let tec = folder.join("tec");
    let rows = |text: &str| -> BTreeMap<String, (f64, String)> {
        let row = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields.len(), 3, "{line}");
            (fields[0].to_lowercase(), (fields[1].parse().unwrap(), fields[2].to_owned()))
        };
        text.lines().map(row).collect()
    };
    for (round, _) in ROUNDS.into_iter().filter(|(_, only_praise)| *only_praise) {
        let path = tec.join(round).join("published/revision-1/praise_aragon_distribution.csv");
        let published = rows(&fs::read_to_string(path).unwrap());
        let written = String::from_utf8(results(&tec, round).files["payouts/aragon.csv"].clone()).unwrap();
        let ours = rows(&written);
        assert_eq!(ours.len(), written.lines().count(), "{round}: each address once");
        assert!(ours.keys().eq(published.keys()), "{round}: addresses");
        for (address, (amount, symbol)) in published {
            let (paid, in_token) = &ours[&address];
            assert!((paid - amount).abs() <= 1e-9 * amount && *in_token == symbol, "{round}: {address}");
        }
    }
}

#[test]
fn round_17_pays_exporter_dust_in_proportion() {
    let Some(folder) = support::conformance("the SourceCred part of TEC round 17") else { return };
    let results = results(&folder.join("tec"), "round-17");
    let sourcecred = &results.statement.predicate.allocations[1].sums;
    assert_eq!(sourcecred.pool.0, "3839.1");
    assert_eq!(sourcecred.unallocated.0, "0");
    assert!(sourcecred.paid.0.starts_with("2851.4709"), "{}", sourcecred.paid.0);
    assert!(sourcecred.held.0.starts_with("987.6290"), "{}", sourcecred.held.0);
}

#[test]
fn round_20_is_refused_with_both_sums_and_closes_with_an_override() {
    let Some(folder) = support::conformance("the reused SourceCred file of TEC round 20") else { return };
    let tec = folder.join("tec");
    let files =
        support::round_files(&tec.join("round-20"), "round-20", &support::ledger_json("TEC", 18, "{}"));
    let refused = support::results_of(&files, "round-20").unwrap_err().to_string();
    assert!(refused.contains("3839.10000012511 TEC") && refused.contains("1279.7 TEC"), "{refused}");
    let sums = &results(&tec, "round-20").statement.predicate.allocations[1].sums;
    assert_eq!((sums.declared.0.as_str(), sums.pool.0.as_str()), ("1279.7", "3839.10000012511"));
}

#[test]
fn round_33_is_warned_about_its_averages() {
    let Some(folder) = support::conformance("the average scores of TEC round 33") else { return };
    let tec = folder.join("tec");
    for (round, _) in ROUNDS {
        let warnings: Vec<String> = results(&tec, round).warnings.iter().map(ToString::to_string).collect();
        let flagged = warnings.iter().any(|warning| warning.contains("AVG SCORE of"));
        if round == "round-33" {
            assert!(flagged, "{warnings:?}");
        }
    }
}

/// Each folder unchanged in a ledger of its own, with the real program: closed, verified, and the
/// committed distribution is the one that is compared above.
#[test]
fn tec_rounds_close_and_verify_in_ledgers_of_their_own() {
    let Some(folder) = support::conformance("7 TEC rounds closed by the real program") else { return };
    let tec = folder.join("tec");
    for (round, _) in ROUNDS {
        let sandbox = Sandbox::ledger();
        let overrides = if round == "round-20" { OVERRIDES } else { "{}" };
        sandbox.write("ledger.json", support::ledger_json("TEC", 18, "{}"));
        for entry in fs::read_dir(tec.join(round)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && !path.file_name().unwrap().to_str().unwrap().starts_with("exact-") {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                sandbox.write(&format!("rounds/{round}/{name}"), fs::read(&path).unwrap());
            }
        }
        sandbox.commit("Inputs");
        if round == "round-20" {
            let refused = sandbox.close(&[]).fails(2);
            assert!(refused.contains("3839.10000012511 TEC") && refused.contains("1279.7 TEC"), "{refused}");
            sandbox.write("ledger.json", support::ledger_json("TEC", 18, overrides));
            sandbox.commit("Pay what the file says");
        }
        let _ = sandbox.close(&[]).ok();
        assert_eq!(sandbox.failing(&[]), [""; 0], "{round}");
        let committed = sandbox.read(&format!("rounds/{round}/results/distribution.csv"));
        let expected = results(&tec, round).files["distribution.csv"].clone();
        assert!(committed.as_bytes() == expected, "{round}");
    }
}
