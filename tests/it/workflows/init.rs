//! `meed init --github`: workflows for a new ledger and for one that is there.

use std::collections::BTreeMap;
use std::fs;

use crate::support::files_below;
use crate::support::sandbox::Sandbox;

/// A made-up place of the actions.
const ACTIONS: &str = "tidewater/meed@0123456789abcdef0123456789abcdef01234567";

/// The files that are written into a ledger that is there, by path.
pub fn written() -> BTreeMap<String, Vec<u8>> {
    let sandbox = Sandbox::ledger();
    let _ = sandbox.meed(&["init", "--github", "--actions", ACTIONS]).ok();
    let files = files_below(&sandbox.at(".github")).into_iter();
    files.map(|(path, bytes)| (format!(".github/{path}"), bytes)).collect()
}

#[test]
fn a_ledger_that_is_there_gets_workflows() {
    let files = written();
    let names =
        ["close-round", "propose-round", "verify-ledger"].map(|name| format!(".github/workflows/{name}.yml"));
    assert_eq!(files.keys().cloned().collect::<Vec<_>>(), names);
    for (path, bytes) in &files {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(!text.contains("__"), "{path}: something was not filled in");
        let setup = "uses: tidewater/meed/.github/actions/setup@0123456789abcdef0123456789abcdef01234567\n";
        assert!(text.contains(setup), "{path}");
    }
    let close = String::from_utf8(files[&names[0]].clone()).unwrap();
    for line in
        ["    branches: [\"main\"]\n", "    paths: [\"rounds/**\"]\n", "  cancel-in-progress: false\n"]
    {
        assert!(close.contains(line), "{line}");
    }
}

#[test]
fn branch_and_folder_are_those_of_the_ledger() {
    let sandbox = Sandbox::new();
    let ledger = sandbox.path("ledger");
    let _ = sandbox.git(&["init", "-q", "-b", "ledger/2026", ledger.to_str().unwrap()]).ok();
    let key = sandbox.key("treasurer");
    let public = format!("{key}.pub");
    let args = [
        "init",
        ".",
        "--name",
        "Test Commons",
        "--token",
        "TOK",
        "--rounds",
        "periods/all",
        "--signer",
        &public,
    ];
    let text = sandbox.meed(&[&args[..], &["--github", "--actions", ACTIONS]].concat()).ok();
    assert!(text.contains("an environment `meed-close` with required reviewers"), "{text}");
    // They are part of the first, signed commit.
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");
    let close = sandbox.git_ok(&["show", "HEAD:.github/workflows/close-round.yml"]);
    for line in [
        "    branches: [\"ledger/2026\"]\n",
        "    paths: [\"periods/all/**\"]\n",
        "github.ref == 'refs/heads/ledger/2026'",
    ] {
        assert!(close.contains(line), "{line}");
    }
    assert_eq!(sandbox.failing(&[]), Vec::<String>::new());
}

#[test]
fn what_somebody_changed_is_kept() {
    let sandbox = Sandbox::ledger();
    let init = ["init", "--github", "--actions", ACTIONS];
    let text = sandbox.meed(&init).ok();
    assert!(text.starts_with("wrote 3 workflows to "), "{text}");
    let text = sandbox.meed(&init).ok();
    assert!(text.starts_with("the workflows are in ") && text.ends_with(" already\n"), "{text}");
    // One that is missing is written, without another word about those that are there.
    let (verify, close) = (".github/workflows/verify-ledger.yml", ".github/workflows/close-round.yml");
    fs::remove_file(sandbox.at(verify)).unwrap();
    assert!(sandbox.meed(&init).ok().starts_with("wrote 1 workflow to "));
    fs::remove_file(sandbox.at(verify)).unwrap();
    sandbox.write(close, "name: Mine\n");
    let error = sandbox.meed(&init).fails(2);
    assert!(
        error.starts_with(&format!(
            "error: {close}: is there with another text than `init --github` writes\nhint: "
        )),
        "{error}"
    );
    assert!(!sandbox.at(verify).exists(), "something was written although something was wrong");
    assert_eq!(sandbox.read(close), "name: Mine\n");
}

#[test]
fn actions_are_named_by_a_commit_in_full() {
    let sandbox = Sandbox::ledger();
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let bad = [
        "main".to_owned(),
        "tidewater/meed".to_owned(),
        "tidewater/meed@v1".to_owned(),
        format!("tidewater/meed@{}", &commit[1..]),
        format!("tidewater/meed@{}", commit.to_uppercase()),
        format!("tidewater@{commit}"),
        format!("tidewater/meed/more@{commit}"),
        format!("-tide/meed@{commit}"),
        format!("tide/..@{commit}"),
        format!("tide/meed\n      - run: touch pwned #@{commit}"),
        format!("tide/${{{{ github.token }}}}@{commit}"),
        format!("tide/{}@{commit}", "m".repeat(101)),
        format!("{}@{commit}", "x".repeat(1_000_000 / 10)),
    ];
    for text in bad {
        let error = sandbox.meed(&["init", "--github", &format!("--actions={text}")]).fails(2);
        assert!(error.starts_with("error: --actions "), "{error}");
        assert!(error.contains("is not OWNER/REPOSITORY@COMMIT\nhint: "), "{error}");
        assert!(!sandbox.at(".github").exists());
    }
    let branch = "a\"b";
    let _ = sandbox.git(&["checkout", "-q", "-b", branch]).ok();
    let error = sandbox.meed(&["init", "--github", "--actions", ACTIONS]).fails(2);
    assert!(
        error.starts_with("error: --github: the branch `a\"b` cannot stand in a workflow\nhint: "),
        "{error}"
    );
    assert!(!sandbox.at(".github").exists());
}
