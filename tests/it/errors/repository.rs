//! Errors about repositories, branches and work trees.

use std::fs;
use std::process::Command;

use super::{CLOSE, Example, Sandbox, Start, example};

/// `meed close` in another folder.
const CLOSE_OTHER: &[&str] = &["close", "--ledger", "TMP/other", "--key", "TMP/treasurer"];

pub fn opening() -> Vec<Example> {
    let without_ledger = |name, prepare| example(name, prepare).start(Start::Nothing).args(CLOSE_OTHER);
    vec![
        without_ledger("not-a-repository", |sandbox| fs::create_dir(sandbox.path("other")).unwrap()),
        without_ledger("repository-unborn", |sandbox| {
            let _ = sandbox.git(&["init", "-q", "-b", "main", &sandbox.key("other")]).ok();
        }),
        without_ledger("repository-format", |sandbox| {
            let _ = sandbox.git(&["init", "-q", "--object-format=sha256", &sandbox.key("other")]).ok();
        }),
        example("repository-unreadable", |sandbox| sandbox.write(".git/config", "[core\n")),
        example("repository-shallow", |sandbox| {
            let url = format!("file://{}", sandbox.key("ledger"));
            let _ = sandbox.git(&["clone", "-q", "--depth", "1", &url, &sandbox.key("other")]).ok();
        })
        .args(CLOSE_OTHER),
        example("repository-partial", |sandbox| {
            let _ = sandbox.git(&["config", "remote.origin.promisor", "true"]).ok();
        }),
        example("head-detached", |sandbox| {
            let _ = sandbox.git(&["checkout", "-q", "--detach"]).ok();
        }),
        example("branch-unknown", |_| {}).args(&["close", "--branch", "nope", "--key", "TMP/treasurer"]),
        example("commit-unknown", |_| {}).args(&["verify", "--rev", "nope"]),
        example("usage", |_| {}).args(&["check"]).env(&[("SOURCE_DATE_EPOCH", "tomorrow")]),
        example("usage--bare", |sandbox| {
            let _ = sandbox.git(&["clone", "-q", "--bare", ".", &sandbox.key("other")]).ok();
        })
        .args(&["check", "--ledger", "TMP/other", "--worktree"]),
        example("git-failed", |sandbox| {
            let id = sandbox.git_ok(&["rev-parse", "HEAD:rounds/2026-01/praise.csv"]);
            fs::remove_file(sandbox.at(&format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
        }),
        example("file-system", |_| {}).args(&["close", "--dry-run", "--out", "TMP/treasurer/out"]),
        example("folder-not-empty", |_| {}).args(&["close", "--dry-run", "--out", "TMP/home/.."]),
        example("usage--actions", |_| {}).args(&["init", "--github", "--actions", "tidewater/meed@main"]),
        example("usage--github-branch", |sandbox| {
            let _ = sandbox.git(&["checkout", "-q", "-b", "a'b"]).ok();
        })
        .args(&[
            "init",
            "--github",
            "--actions",
            "tidewater/meed@0123456789abcdef0123456789abcdef01234567",
        ]),
        example("usage--github-changed", |sandbox| {
            sandbox.write(".github/workflows/close-round.yml", "name: Mine\n");
        })
        .args(&[
            "init",
            "--github",
            "--actions",
            "tidewater/meed@0123456789abcdef0123456789abcdef01234567",
        ]),
        example("exists-already", |_| {}).args(&[
            "init",
            "--name",
            "Again",
            "--token",
            "TOK",
            "--signer",
            "TMP/treasurer.pub",
            "--key",
            "TMP/treasurer",
        ]),
        example("repository-not-owned", |sandbox| {
            let given = Command::new("chown").args(["-R", "54321"]).arg(sandbox.at("")).status().unwrap();
            assert!(given.success());
        }),
    ]
}

/// Whether the tests run as root.
pub fn may_give_away() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

pub fn writing() -> Vec<Example> {
    vec![
        // The key comes through a pipe, so that there is a moment in which meed has read the tip
        // and not yet written.
        example("branch-moved", move_meanwhile).args(&["close", "--key", "TMP/pipe"]).elsewhere(&BRANCH),
        // Two people amend one round at once.
        example("branch-moved--amend", |sandbox| {
            sandbox.correct("2026-01", 2);
            move_meanwhile(sandbox);
        })
        .start(Start::Closed)
        .args(&["amend", "2026-01", "--reason", "A score was mistyped.", "--key", "TMP/pipe"])
        .elsewhere(&BRANCH),
        example("branch-locked", |sandbox| sandbox.write(".git/refs/heads/main.lock", "")),
        example("branch-elsewhere", |sandbox| {
            let _ = sandbox.git(&["worktree", "add", "-q", "-b", "side", &sandbox.key("side")]).ok();
        })
        .args(&["close", "--branch", "side", "--key", "TMP/treasurer"]),
        example("work-tree-busy", |sandbox| {
            let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
            sandbox.write(".git/MERGE_HEAD", head + "\n");
        }),
        example("index-locked", |sandbox| sandbox.write(".git/index.lock", "")),
        example("path-in-the-way", |sandbox| {
            sandbox.write(".gitignore", "results\n");
            sandbox.commit("Ignore results");
            sandbox.write("rounds/2026-01/results", "");
        })
        .args(CLOSE),
        example("work-tree-differs", |sandbox| {
            sandbox.write("rounds/2026-01/praise.csv", sandbox.read("rounds/2026-01/praise.csv") + "\n");
            sandbox.write("rounds/2026-01/notes.md", "not committed");
        }),
    ]
}

/// What a commit on the branch changes.
const BRANCH: [&str; 3] =
    ["ledger/.git/refs/heads/main", "ledger/.git/logs/refs/heads/main", "ledger/.git/logs/HEAD"];

/// Lets somebody else move the branch while meed waits for the key.
fn move_meanwhile(sandbox: &Sandbox) {
    assert!(Command::new("mkfifo").arg(sandbox.path("pipe")).status().unwrap().success());
    let other = sandbox.git_ok(&["commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "Somebody else's"]);
    let mut moving = sandbox.command("git");
    moving.args(["update-ref", "refs/heads/main", &other]);
    let (key, pipe) = (sandbox.path("treasurer"), sandbox.path("pipe"));
    std::thread::spawn(move || {
        let mut pipe = fs::OpenOptions::new().write(true).open(pipe).unwrap();
        assert!(moving.status().unwrap().success());
        std::io::Write::write_all(&mut pipe, &fs::read(key).unwrap()).unwrap();
    });
}
