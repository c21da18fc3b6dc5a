//! `meed audit`: rounds of others, computed again, against what was published of them. The published files
//! are made here by floats, as RAD made them, not by meed.
#![allow(clippy::float_arithmetic)]

mod odd;
mod rounds;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support;
use crate::support::sandbox::{Run, Sandbox, praise_csv};

const ADA: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const QUILL: &str = "0x1111111111111111111111111111111111111111";
const QUOLL: &str = "0x2222222222222222222222222222222222222222";
const BOARD: [&str; 2] =
    ["0x3333333333333333333333333333333333333333", "0x4444444444444444444444444444444444444444"];
const ALLOCATION: &str = "final_praise_token_allocation.csv";
const PAYMENTS: &str = "praise_aragon_distribution.csv";
const SOURCECRED: &str = "sourcecred_allocation.csv";

/// A `parameters.json` as RAD writes it: pools of praise and sourcecred, and the token.
fn parameters(praise: &str, sourcecred: &str, token: &str) -> String {
    let payout_token = format!(r#"{{"token_name": "{token}", "token_address": "0x{}"}}"#, "9".repeat(40));
    format!(
        r#"{{
  "distribution_name": "made-up",
  "results_output_folder": "distribution_results",
  "employed_reward_systems": ["praise", "sourcecred"],
  "token_allocation_per_reward_system": ["{praise}", "{sourcecred}"],
  "system_settings": {{
    "praise": {{
      "input_files": {{"praise_data": "praise.csv", "rewardboard_list": "rewardboard.csv"}},
      "payout_token": {payout_token},
      "token_reward_percentages": {{"contributor_rewards": 0.9, "quantifier_rewards": 0.07, "rewardboard_rewards": 0.03}},
      "quantification_settings": {{"number_of_quantifiers_per_praise_receiver": 2, "praise_quantify_allowed_values": [0, 1, 3, 5, 8, 13], "praise_quantify_duplicate_praise_valuation": 0.1}}
    }},
    "sourcecred": {{"input_files": {{"sourcecred_data": "sourcecred.csv"}}, "payout_token": {payout_token}}}
  }}
}}
"#
    )
}

/// Names, addresses and rewards (praise, quantifier, rewardboard) as RAD computes them of the pools of a
/// made-up round: scores of 4, 9 and 1, two quantifiers with as many praises, two of the board.
fn people(pools: [f64; 3]) -> Vec<(&'static str, &'static str, [f64; 3])> {
    let praise = |score: f64| [pools[0] * score / 14.0, 0.0, 0.0];
    vec![
        ("Bea", BEA, praise(9.0)),
        ("Ada", ADA, praise(4.0)),
        ("Cid", "missing user address", praise(1.0)),
        ("Quill", QUILL, [0.0, pools[1] / 2.0, 0.0]),
        ("Quoll", QUOLL, [0.0, pools[1] / 2.0, 0.0]),
        ("missing username", BOARD[0], [0.0, 0.0, pools[2] / 2.0]),
        ("missing username", BOARD[1], [0.0, 0.0, pools[2] / 2.0]),
    ]
}

/// `final_praise_token_allocation.csv` of RAD.
fn allocation(pools: [f64; 3]) -> String {
    let header = "USER IDENTITY,USER ADDRESS,PRAISE_REWARD,QUANT_REWARD,NR_OF_PRAISES_QUANTIFIED,REWARDBOARD_REWARD,TOTAL TO RECEIVE\n";
    let row = |(name, address, rewards): (&str, &str, [f64; 3])| {
        let [praise, quantifier, board] = rewards;
        format!(
            "{name},{address},{praise:?},{quantifier:?},0.0,{board:?},{:?}\n",
            praise + quantifier + board
        )
    };
    header.to_owned() + &people(pools).into_iter().map(row).collect::<String>()
}

/// `praise_aragon_distribution.csv` of RAD.
fn payments(pools: [f64; 3], token: &str) -> String {
    let row = |(_, address, rewards): (&str, &str, [f64; 3])| {
        format!("{address},{:?},{token}\n", rewards.iter().sum::<f64>())
    };
    people(pools).into_iter().filter(|(_, address, _)| address.starts_with("0x")).map(row).collect()
}

/// The pools of 100 tokens.
const POOLS: [f64; 3] = [90.0, 7.0, 3.0];

/// A sandbox without ledger or repository: rounds stand in `rounds/`.
struct Rounds(Sandbox);

impl Rounds {
    fn new() -> Self {
        Self(Sandbox::new())
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.path("rounds").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path("rounds").join(path)).unwrap()
    }

    /// Rewrites a file of a round.
    fn edit(&self, path: &str, change: impl Fn(String) -> String) {
        let (before, after) = (self.read(path), change(self.read(path)));
        assert_ne!(before, after, "{path}: nothing to edit");
        self.write(path, after);
    }

    /// The inputs of a round with a pool of praise.
    fn inputs(&self, round: &str, pool: &str) {
        self.write(&format!("{round}/parameters.json"), parameters(pool, "0", "TOK"));
        self.write(&format!("{round}/praise.csv"), praise_csv("01"));
        self.write(&format!("{round}/rewardboard.csv"), format!("ID\n{}\n{}\n", BOARD[0], BOARD[1]));
    }

    /// What RAD published of the pools, where it put it.
    fn publish(&self, round: &str, pools: [f64; 3]) {
        let folder = exports(round);
        self.write(&format!("{folder}/{ALLOCATION}"), allocation(pools));
        self.write(&format!("{folder}/{PAYMENTS}"), payments(pools, "TOK"));
    }

    /// A round of 100 tokens that was published as it should be.
    fn sound(round: &str) -> Self {
        let rounds = Self::new();
        rounds.inputs(round, "100");
        rounds.publish(round, POOLS);
        rounds
    }

    /// Runs the audit, and sees to it that nothing is written.
    fn run(&self, args: &[&str]) -> Run {
        let before = support::files_below(&self.0.path("rounds"));
        let run = self.0.meed(&[&["audit", &self.0.key("rounds")], args].concat());
        assert!(support::files_below(&self.0.path("rounds")) == before, "something was written");
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        run
    }

    /// What the audit says as JSON, with that exit status.
    #[track_caller]
    fn audit(&self, status: i32, args: &[&str]) -> Value {
        let run = self.run(&[args, &["--format", "json"]].concat());
        assert_eq!(run.status, status, "{}{}", run.stdout, run.stderr);
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// The text for people, with that exit status.
    #[track_caller]
    fn text(&self, status: i32, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!(run.status, status, "{}{}", run.stdout, run.stderr);
        run.stdout
    }
}

/// Where RAD puts its tables.
fn exports(round: &str) -> String {
    format!("{round}/distribution_results/raw_csv_exports")
}

/// `compared outcome` of all comparisons of the revision at an index.
fn outcomes(report: &Value, revision: usize) -> Vec<String> {
    let rows = report["revisions"][revision]["comparisons"].as_array().unwrap();
    let words =
        |row: &Value| format!("{} {}", row["compared"].as_str().unwrap(), row["outcome"].as_str().unwrap());
    rows.iter().map(words).collect()
}

/// The findings of a kind of the first revision.
fn findings(report: &Value, revision: usize, kind: &str) -> Vec<String> {
    let findings = report["revisions"][revision]["findings"].as_array().unwrap();
    let of_kind = findings.iter().filter(|finding| finding["kind"] == kind);
    of_kind.map(|finding| finding["text"].as_str().unwrap().to_owned()).collect()
}

/// The messages of the reasons of a comparison.
fn reasons(report: &Value, comparison: usize) -> Vec<String> {
    let reasons = report["revisions"][0]["comparisons"][comparison]["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| reason["message"].as_str().unwrap().to_owned()).collect()
}

/// The seven published rounds of the TEC.
#[test]
fn published_rounds_of_the_tec() {
    let Some(folder) = support::conformance("`meed audit` on 7 published rounds of the TEC") else { return };
    let tec = folder.join("tec");
    let sandbox = Sandbox::new();
    let audit = |args: &[&str]| sandbox.meed(&[&["audit", tec.to_str().unwrap()], args].concat());
    let run = audit(&["--format", "json"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let revisions = report["revisions"].as_array().unwrap();
    let all: Vec<String> = (0..revisions.len())
        .map(|index| {
            let revision = &revisions[index];
            format!(
                "{} {}: {}",
                revision["round"].as_str().unwrap(),
                revision["revision"],
                outcomes(&report, index).join(", ")
            )
        })
        .collect();
    let both = "praise: amounts equal, praise: payments equal";
    let expected = [
        format!("round-1 1: {both}"),
        format!("round-1 2: {both}"),
        format!("round-13 1: {both}"),
        format!("round-13 2: {both}"),
        format!("round-17 1: {both}, sourcecred nothing-published"),
        format!("round-20 1: {both}, sourcecred impossible"),
        format!("round-21 1: {both}"),
        format!("round-25 1: {both}"),
        format!("round-33 1: {both}"),
    ];
    assert_eq!(all, expected);
    assert_eq!(report["totals"]["outcomes"]["equal"], 8);

    // Equal is not said of nothing: everybody of the published files was compared.
    for revision in revisions {
        let folder = tec.join(revision["round"].as_str().unwrap());
        let folder = folder.join(format!("published/revision-{}", revision["revision"]));
        for row in revision["comparisons"].as_array().unwrap().iter().filter(|row| row["outcome"] == "equal")
        {
            let file = row["file"].as_str().unwrap();
            let lines = fs::read_to_string(folder.join(file)).unwrap().lines().count();
            let rows = lines - usize::from(file == ALLOCATION);
            assert_eq!(row["recipients"], rows, "{}: {file}", folder.display());
        }
    }

    // Round 20: SourceCred's file of round 17 under a third of its pool.
    let reason = revisions[5]["comparisons"][2]["reasons"][0]["message"].as_str().unwrap();
    assert!(reason.contains("3839.10000012511 TEC") && reason.contains("1279.7 TEC"), "{reason}");
    let reused = findings(&report, 5, "reused");
    assert!(
        reused.len() == 1 && reused[0].contains("round-17") && reused[0].contains("3839.1 TEC"),
        "{reused:?}"
    );

    // Round 33 is flagged for its averages, and not all rounds are.
    let flagged: Vec<bool> = (0..revisions.len())
        .map(|index| findings(&report, index, "check").iter().any(|text| text.contains("AVG SCORE of")))
        .collect();
    assert!(flagged[8] && flagged.iter().filter(|flagged| **flagged).count() < 5, "{flagged:?}");

    let text = audit(&[]).stdout;
    let last: Vec<&str> = text.lines().rev().take(2).collect();
    assert_eq!(
        last[1],
        "7 rounds, 9 revisions: 8 equal (1 of them in part), 1 cannot be recomputed (in part)"
    );

    // What the file says, as it was published.
    let overrides = sandbox.path("overrides.json");
    fs::write(&overrides, r#"{"round-20": {"sourcecred": {"over_pool": "record"}}}"#).unwrap();
    let run = audit(&["--format", "json", "--overrides", overrides.to_str().unwrap()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(outcomes(&report, 5)[2], "sourcecred: amounts equal");
    assert_eq!(report["revisions"][5]["comparisons"][2]["recipients"], 269);
}

/// One round folder, and the folder above the rounds, are paths as good as the rounds folder.
#[test]
fn a_path_is_a_round_or_anything_above() {
    let rounds = Rounds::sound("round-7");
    for (path, folder) in [("rounds", "round-7"), ("rounds/round-7", "."), (".", "rounds/round-7")] {
        let run = rounds.0.meed(&["audit", &rounds.0.key(path), "--format", "json"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let revision = &report["revisions"][0];
        assert_eq!(
            (revision["round"].as_str(), revision["folder"].as_str()),
            (Some("round-7"), Some(folder))
        );
        assert_eq!(report["totals"]["outcomes"]["equal"], 1);
    }
}

/// In a git repository nothing is written either, the index included.
#[test]
fn a_repository_is_left_as_it_is() {
    let sandbox = Sandbox::ledger();
    let rounds = Rounds::sound("round-1");
    copy(&rounds.0.path("rounds"), &sandbox.at("rounds"));
    sandbox.commit("A round");
    let before = sandbox.state();
    let _ = sandbox.meed(&["audit", "."]).ok();
    assert_eq!(sandbox.state(), before);
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in support::files_below(from) {
        let path = to.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
