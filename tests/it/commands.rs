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
