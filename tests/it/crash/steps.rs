//! The program dies at every step of every command that writes (`MEED_DIE_AT`, in builds for
//! development only). The step before the first is not having started; the last is being done.

use std::os::unix::process::ExitStatusExt;

use meed::commands::Step;

use super::{Copy, Prepared, text};

/// Whether the branch has moved when the program dies after this step.
fn has_moved(step: Step) -> bool {
    matches!(step, Step::BranchMoved | Step::WorkTreeFollowed)
}

/// Runs the command so that it dies at the step, without leaving a core file in the ledger.
#[track_caller]
fn die(copy: &Copy<'_>, step: Step, args: &[String]) {
    let mut command = copy.command("sh");
    command.args(["-c", "ulimit -c 0; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_meed")]).args(args);
    let output = command.env("MEED_DIE_AT", step.name()).output().unwrap();
    assert_eq!(output.status.signal(), Some(6), "{}: {}", step.name(), text(&output));
    assert_eq!(output.stdout, b"", "nothing is reported as done");
}

/// Lets the command die at each step and looks at what is left.
fn die_everywhere(prepared: &Prepared, args: &[String], tree: &str, paths: &[&str]) {
    if !cfg!(debug_assertions) {
        crate::support::skip(&format!("dying at {} steps: this build has no fail points", Step::ALL.len()));
        return;
    }
    for step in Step::ALL {
        let copy = prepared.copy();
        let (before, files) = (copy.tip(), copy.files());
        die(&copy, step, args);
        assert!(copy.locks().is_empty(), "{}: {:?}", step.name(), copy.locks());
        if step == Step::WorkTreeFollowed {
            assert_eq!(copy.status(), "");
        } else {
            assert!(copy.files() == files, "{}: the work tree has changed", step.name());
        }
        let moved = copy.assert_recovers(args, &before, tree, paths);
        assert_eq!(moved, has_moved(step), "{}", step.name());
        copy.remove();
    }
}

#[test]
fn close_dies_at_each_step() {
    let prepared = Prepared::open(1);
    die_everywhere(&prepared, &prepared.close_args(), &prepared.closed_tree(), &["rounds/2026-02/results"]);
}

#[test]
fn close_of_three_rounds_dies_at_each_step() {
    let prepared = Prepared::open(3);
    let paths = ["rounds/2026-02/results", "rounds/2026-03/results", "rounds/2026-04/results"];
    die_everywhere(&prepared, &prepared.close_args(), &prepared.closed_tree(), &paths);
}

#[test]
fn a_change_of_signers_dies_at_each_step() {
    let prepared = Prepared::open(1);
    prepared.sandbox.new_key("wren", "ed25519", "wren@example.org");
    let (key, public) = (prepared.sandbox.key("treasurer"), prepared.sandbox.key("wren") + ".pub");
    let args = ["signers", "add", &public, "--key", &key].map(str::to_owned);
    let copy = prepared.copy();
    assert_eq!(copy.meed(&args).status.code(), Some(0));
    die_everywhere(&prepared, &args, &copy.tree(), &["allowed_signers"]);
}

#[test]
fn a_settlement_dies_at_each_step() {
    let prepared = Prepared::open(1);
    let args = prepared.settle_args(1);
    let copy = prepared.copy();
    assert_eq!(copy.meed(&args).status.code(), Some(0));
    die_everywhere(&prepared, &args, &copy.tree(), &["rounds/2026-01/settlements"]);
}

#[test]
fn an_approval_dies_at_each_step() {
    let prepared = Prepared::open(1);
    let sandbox = &prepared.sandbox;
    sandbox.new_key("wren", "ed25519", "wren@example.org");
    let (key, public) = (sandbox.key("treasurer"), sandbox.key("wren.pub"));
    let _ = sandbox.meed(&["signers", "add", &public, "--may", "approve", "--key", &key]).ok();
    let args = ["approve", "2026-01", "--key", &sandbox.key("wren")].map(str::to_owned);
    let copy = prepared.copy();
    assert_eq!(copy.meed(&args).status.code(), Some(0));
    die_everywhere(&prepared, &args, &copy.tree(), &["rounds/2026-01/approvals"]);
}

#[test]
fn an_amendment_dies_at_each_step() {
    let prepared = Prepared::open(1);
    prepared.sandbox.correct("2026-01", 2);
    let args = prepared.amend_args();
    let copy = prepared.copy();
    assert_eq!(copy.meed(&args).status.code(), Some(0));
    die_everywhere(&prepared, &args, &copy.tree(), &["rounds/2026-01/revisions/2"]);
}

#[test]
fn a_simulation_dies_at_each_step() {
    let prepared = Prepared::open(1);
    let args = prepared.simulation_args();
    let copy = prepared.copy();
    assert_eq!(copy.meed(&args).status.code(), Some(0));
    die_everywhere(&prepared, &args, &copy.tree(), &["simulations/funding/results"]);
}

/// Files that were there before the ledger.
const README: &str = "What we are\n";

#[test]
fn init_dies_at_each_step() {
    if !cfg!(debug_assertions) {
        crate::support::skip(&format!(
            "init dying at {} steps: this build has no fail points",
            Step::ALL.len()
        ));
        return;
    }
    let prepared = Prepared::open(1);
    let (key, public) = (prepared.sandbox.key("treasurer"), prepared.sandbox.key("treasurer") + ".pub");
    let args = ["init", ".", "--name", "New", "--token", "NEW", "--signer", &public, "--key", &key];
    let args = args.map(str::to_owned);
    for (step, adopts) in Step::ALL.into_iter().flat_map(|step| [(step, false), (step, true)]) {
        let kind = if adopts { "adopted" } else { "new" };
        let path = prepared.sandbox.path(&format!("{kind}-{}", step.name()));
        std::fs::create_dir(&path).unwrap();
        let copy = Copy { prepared: &prepared, path };
        copy.write("README.txt", README);
        if adopts {
            let _ = copy.git(&["init", "-q", "-b", "main"]);
            let _ = copy.git(&["add", "README.txt"]);
            let _ = copy.git(&["commit", "-q", "-m", "Readme"]);
        }
        die(&copy, step, &args);
        copy.assert_valid();
        assert!(copy.locks().is_empty(), "{}: {:?}", step.name(), copy.locks());
        let found = copy.command("git").args(["cat-file", "-e", "HEAD:ledger.json"]).output().unwrap();
        let moved = found.status.success();
        assert_eq!(moved, has_moved(step), "{kind}, {}", step.name());
        if moved {
            let paths = ["ledger.json", "allowed_signers", ".gitattributes"];
            let _ = copy.git(&[&["restore", "--staged", "--worktree", "--"], &paths[..]].concat());
        } else {
            let output = copy.meed(&args);
            assert_eq!(output.status.code(), Some(0), "{kind}, {}: {}", step.name(), text(&output));
        }
        assert_eq!(copy.status(), if adopts { "" } else { "?? README.txt" }, "{kind}, {}", step.name());
        assert_eq!(std::fs::read_to_string(copy.at("README.txt")).unwrap(), README);
        copy.assert_verifies();
    }
}
