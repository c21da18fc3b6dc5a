//! One story a command: what people do, with the real program on a real repository.

use std::fs;

use crate::support::sandbox::Sandbox;

#[test]
fn a_round_is_closed_and_verified() {
    let sandbox = Sandbox::closed(2);
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    assert_eq!(sandbox.git_ok(&["status", "--short"]), "");
    let _ = sandbox.git(&["fsck", "--strict"]).ok();
    let log = sandbox.meed(&["log"]).ok();
    assert_eq!(log.lines().count(), 3, "{log}");
    let distribution = fs::read_to_string(sandbox.at("rounds/2026-01/results/distribution.csv")).unwrap();
    assert!(distribution.contains("Bea,0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,,acc-bea,57.857142857142857143,0,0,57.857142857142857143\n"), "{distribution}");
}

/// Files that somebody left in results/ would be part of what the statement does not name.
#[test]
fn results_that_meed_did_not_write_are_in_the_way() {
    let sandbox = Sandbox::ledger();
    sandbox.write_round("2026-01");
    sandbox.write("rounds/2026-01/results/old.csv", "left\n");
    sandbox.commit("Inputs");
    let refused = sandbox.close(&[]).fails(2);
    assert!(refused.contains("rounds/2026-01/results: exists already"), "{refused}");
}
