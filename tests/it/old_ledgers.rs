//! Ledgers that released versions closed still verify: `tests/ledgers/<version>.bundle`.

use std::fs;
use std::path::PathBuf;

use crate::support::package;
use crate::support::sandbox::{Run, Sandbox};

/// The bundles, by their names without ending.
fn bundles() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(package().join("tests/ledgers")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, PathBuf)> = entries
        .filter(|path| path.extension().is_some_and(|ending| ending == "bundle"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    found.sort();
    found
}

/// The versions that CHANGELOG.md has sections for.
fn released() -> Vec<String> {
    let changelog = fs::read_to_string(package().join("CHANGELOG.md")).unwrap();
    let headings = changelog.lines().filter_map(|line| line.strip_prefix("## [")?.split_once(']'));
    headings.map(|(version, _)| version.to_owned()).filter(|version| version != "Unreleased").collect()
}

#[test]
fn every_release_has_its_ledger() {
    let mut names: Vec<String> = bundles().into_iter().map(|(name, _)| name).collect();
    let released = released();
    let missing: Vec<&String> = released.iter().filter(|version| !names.contains(version)).collect();
    assert!(missing.is_empty(), "tests/ledgers/make writes the bundles of {missing:?}");
    names.retain(|name| !released.contains(name));
    // Before the first release one of the present version stands in, so that this checks something.
    let stands_in = format!("{}-development", env!("CARGO_PKG_VERSION"));
    assert!(names.iter().all(|name| *name == stands_in), "{names:?}: none but {stands_in} may be there");
    assert!(!(released.is_empty() && names.is_empty()), "tests/ledgers/make writes {stands_in}");
}

#[test]
fn old_ledgers_verify() {
    let bundles = bundles();
    assert!(!bundles.is_empty());
    for (name, bundle) in bundles {
        let sandbox = Sandbox::new();
        let clone = ["clone", "-q", bundle.to_str().unwrap(), "ledger"];
        let _ = Run::of_command(sandbox.command("git").args(clone)).ok();
        let verified = sandbox.meed(&["verify", "--format", "json"]);
        assert_eq!(verified.status, 0, "{name}: {}{}", verified.stdout, verified.stderr);
        let report: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
        assert!(report["statements"].as_array().unwrap().len() >= 7, "{name}: {report}");
        assert!(report["simulations"].as_array().unwrap().len() >= 3, "{name}: {report}");
        // Nothing of it is open, and what was paid is read too.
        let log = sandbox.meed(&["log"]).ok();
        assert!(log.contains("2026-01") && log.contains("2026-06"), "{name}: {log}");
        assert!(sandbox.meed(&["export", "csv"]).ok().lines().count() > 50, "{name}");
        assert_eq!(sandbox.meed(&["check"]).stderr, "nothing to check: no round is open\n", "{name}");
        // A byte of a result is not what it was: the check sees this ledger too.
        let path = "rounds/2026-03/results/distribution.csv";
        let text = sandbox.read(path);
        sandbox.write(path, text.replacen('1', "2", 1));
        sandbox.commit("Change a result");
        assert_eq!(sandbox.failing(&[]), ["append-only"], "{name}");
    }
}
