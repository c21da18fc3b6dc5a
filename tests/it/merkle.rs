//! The Merkle formats in the hands of other programs: OpenZeppelin's own library, and ethers with
//! Uniswap's rule written down once more.

use std::fmt::Write as _;

use meed::calculate::Results;
use serde_json::{Value, json};

use crate::peers::node;
use crate::support;

/// How many recipients.
const COUNTS: [usize; 6] = [1, 2, 3, 5, 100, 2454];

/// A round that pays so many made-up addresses odd amounts in both formats.
fn round(count: usize) -> Results {
    let mut table = "address,weight\n".to_owned();
    for number in 0..count {
        let digest = meed::files::sha256_hex(format!("made up {number}").as_bytes());
        let _ = writeln!(table, "0x{},{}", &digest[..40], number % 97 + 1);
    }
    let settings = json!({"weights": [{"column": "weight"}]});
    let allocation = json!({
        "name": "share", "method": "weighted-v1", "pool": "1000.000000000000000007",
        "inputs": {"table": "table.csv"}, "settings": settings,
    });
    let period = json!({"start": "2026-01-01", "end": "2026-01-31"});
    let round = json!({"format": 1, "period": period, "allocations": [allocation]}).to_string();
    let ledger = support::ledger_json("TOK", 18, "{}");
    let mut ledger: Value = serde_json::from_str(&ledger).unwrap();
    ledger["payouts"] = json!(["merkle", "merkle-distributor"]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("round.json"), round).unwrap();
    std::fs::write(folder.path().join("table.csv"), table).unwrap();
    let files = support::round_files(folder.path(), "2026-01", &ledger.to_string());
    support::results_of(&files, "2026-01").unwrap()
}

/// Runs a script of tests/peers on the payout files of rounds of every size; it says how many claims
/// it verified, and what they sum to.
fn peer_verifies(script: &str) {
    for count in COUNTS {
        let results = round(count);
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in &results.files {
            if let Some(name) = name.strip_prefix("payouts/") {
                std::fs::write(folder.path().join(name), bytes).unwrap();
            }
        }
        let Some(run) = node(script, &[folder.path().to_str().unwrap()]) else { return };
        let expected = format!("{count} claims verified, 1000000000000000000007 in all\n");
        assert_eq!(run.ok(), expected, "{script}");
    }
}

#[test]
fn openzeppelin_makes_the_same_tree_and_verifies_every_proof() {
    peer_verifies("merkle.cjs");
}

#[test]
fn ethers_computes_the_same_root_and_verifies_every_claim() {
    peer_verifies("merkle-distributor.cjs");
}
