//! What a release is made with: `.ci/notes`, `.ci/check-tag`, and the workflow that runs them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::package;
use crate::support::sandbox::Run;

const CHANGELOG: &str = "\
# Changelog

About versions.

## [Unreleased]

### Added

- What is not there yet.

## [0.2.0] - 2026-12-01


### Fixed

- A `thing`, $(false) and *stars*.


### Added

- Another.

## [0x1y0] - 2026-11-30

- Not 0.1.0.

## [0.1.0] - 2026-11-22

First.

## [0.0.9] - 2026-11-01

[Unreleased]: https://example.org/compare
[0.0.9]: https://example.org/0.0.9
";

/// A folder with the scripts, a CHANGELOG and a version.
fn repository(version: &str) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("meed-test-").tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in [".ci", "tests/ledgers"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    for script in ["notes", "check-tag"] {
        fs::copy(package().join(".ci").join(script), at(".ci").join(script)).unwrap();
    }
    fs::write(at("CHANGELOG.md"), CHANGELOG).unwrap();
    let dependency = "\n[dependencies.other]\nversion = \"9.9.9\"\n";
    fs::write(at("Cargo.toml"), format!("[package]\nname = \"meed\"\nversion = \"{version}\"\n{dependency}"))
        .unwrap();
    let locked =
        |name: &str, version: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\n");
    fs::write(at("Cargo.lock"), locked("meed-other", "9.9.9") + &locked("meed", version)).unwrap();
    folder
}

fn run(folder: &Path, script: &str, args: &[&str]) -> Run {
    Run::of_command(Command::new(folder.join(".ci").join(script)).args(args).current_dir("/"))
}

#[test]
fn notes_are_the_section_of_the_version() {
    let folder = repository("0.2.0");
    let notes = |version: &str| run(folder.path(), "notes", &[version]);
    let expected = "### Fixed\n\n- A `thing`, $(false) and *stars*.\n\n\n### Added\n\n- Another.\n";
    assert_eq!(notes("0.2.0").ok(), expected);
    assert_eq!(notes("0.1.0").ok(), "First.\n");
    for version in ["0.3.0", "0.0.9", "0.2", "0.2.0] - 2026", "", "*", "$(id)", "\\0.2.0"] {
        let run = notes(version);
        assert!(run.status != 0 && run.stdout.is_empty(), "{version}: {run:?}");
    }
    let ours = Command::new(package().join(".ci/notes")).arg("Unreleased").output().unwrap();
    assert!(String::from_utf8_lossy(&ours.stdout).starts_with("### Added\n\n- "));
}

#[test]
fn a_tag_is_checked_before_anything_is_built() {
    let folder = repository("0.2.0");
    let check = |tag: &str| run(folder.path(), "check-tag", &[tag]);
    let bundle = "error: tests/ledgers/0.2.0.bundle: is missing\n";
    assert!(check("v0.2.0").fails(1).starts_with(bundle));
    fs::write(folder.path().join("tests/ledgers/0.2.0.bundle"), "").unwrap();
    assert_eq!(check("v0.2.0").ok(), "");
    // All that is missing at once.
    let error = check("v0.3.0").fails(1);
    for part in [
        "Cargo.toml: the version is 0.2.0",
        "Cargo.lock: the version is 0.2.0",
        "CHANGELOG.md: says nothing of version 0.3.0",
        "tests/ledgers/0.3.0.bundle: is missing",
    ] {
        assert!(error.contains(&format!("error: {part}")), "{error}");
    }
    for tag in ["0.2.0", "v0.2", "v0.2.0/../x", "v0.2.0\n", "vx", "v0.2.0;id", "v$(id)"] {
        assert!(check(tag).fails(1).starts_with("error: the tag "), "{tag}");
    }
}

/// Nothing that a tag's name or a matrix says is put into a shell by text, and actions are named by commits.
#[test]
fn the_workflow_hands_texts_over_in_variables() {
    let workflow = fs::read_to_string(package().join(".github/workflows/release.yml")).unwrap();
    let mut in_script = false;
    for line in workflow.lines() {
        let indent = line.len() - line.trim_start().len();
        in_script =
            line.trim_start().trim_start_matches("- ").starts_with("run:") || in_script && indent >= 10;
        assert!(!(in_script && line.contains("${{")), "{line}");
        if let Some((_, action)) = line.split_once("uses: ") {
            let (_, commit) = action.split_once('@').unwrap();
            let (commit, version) = commit.split_once(" # v").unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
            assert!(version.split('.').count() == 3, "{line}");
        }
    }
    assert!(workflow.contains("\npermissions: {}\n"));
    for script in workflow.split_whitespace().filter(|word| word.starts_with(".ci/")) {
        assert!(package().join(script).is_file(), "{script}");
    }
}
