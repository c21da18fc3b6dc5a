//! Proof by strace that what we write is forced to the disk: this executable runs one test of
//! its own under strace, without any user configured.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use super::{Fixture, write_through};
use crate::git::Repository;

const REPOSITORY: &str = "MEED_TEST_REPOSITORY";

#[test]
fn objects_and_branch_are_forced_to_the_disk() {
    if !Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success())
    {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: strace is missing or may not trace here; fsync is not proved"
        );
        return;
    }
    let fixture = Fixture::new();
    fixture.git(&["config", "--unset", "user.name"]);
    fixture.git(&["config", "--unset", "user.email"]);
    let config = fixture.path().join(".git/config");
    let before = fs::read(&config).unwrap();
    let trace = fixture.beside("trace");
    let output = Command::new("strace")
        .args(["-f", "-y", "-e", "trace=fsync,fdatasync", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "git::tests::sync::traced_writer", "--ignored", "--nocapture"])
        .env("HOME", fixture.beside("no-home"))
        .env_remove("XDG_CONFIG_HOME")
        .env(REPOSITORY, fixture.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(fixture.git(&["log", "-1", "--format=%s"]), "Close one");

    let trace = fs::read_to_string(trace).unwrap();
    let synced =
        |part: &str| trace.lines().filter(|line| line.contains(part) && line.ends_with("= 0")).count();
    // One file, four folders (root, rounds, one, results) and the commit.
    assert!(synced("/.git/objects/tmp_object") >= 6, "{trace}");
    assert!(synced("/.git/refs/heads/main.lock") >= 1, "{trace}");
    assert!(synced("/.git/refs/heads>") >= 1, "{trace}");
    assert_eq!(fs::read(&config).unwrap(), before, "the repository's settings stay");
    // Without a user the branch's log still gets its line.
    assert_eq!(fixture.git(&["reflog", "-1", "--format=%gn %gs"]), "unknown close: one");
}

#[test]
#[ignore = "runs under strace only"]
fn traced_writer() {
    let folder = PathBuf::from(std::env::var_os(REPOSITORY).unwrap());
    let repository = Repository::open(&folder).unwrap();
    write_through(&repository, "main", &[("rounds/one/results/a.csv", "a\n")]).unwrap();
}
