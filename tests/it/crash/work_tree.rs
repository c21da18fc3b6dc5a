//! A work tree in any state: a close does its own files or nothing, and never anybody else's.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Copy, Files, Prepared, text};

const RESULTS: &str = "rounds/2026-02/results";

/// A state of the work tree.
struct Case {
    name: &'static str,
    /// Brings it about.
    arrange: fn(&Copy<'_>),
    /// More arguments of the close.
    args: &'static [&'static str],
    /// The exit status.
    status: i32,
    /// What the message says.
    says: &'static str,
}

const fn closes(name: &'static str, arrange: fn(&Copy<'_>), args: &'static [&'static str]) -> Case {
    Case { name, arrange, args, status: 0, says: "closed 2026-02 on main" }
}

const fn refused(
    name: &'static str,
    arrange: fn(&Copy<'_>),
    args: &'static [&'static str],
    status: i32,
    says: &'static str,
) -> Case {
    Case { name, arrange, args, status, says }
}

const COMMITTED: &[&str] = &["--committed"];
const ON_MAIN: &[&str] = &["--branch", "main"];

/// Changes of files that are not the round's.
fn dirty(copy: &Copy<'_>) {
    copy.write("notes/modified.txt", "mine\n");
    copy.write("notes/staged.txt", "mine\n");
    let _ = copy.git(&["add", "notes/staged.txt"]);
    copy.write("notes/staged.txt", "mine, and newer\n");
    fs::remove_file(copy.at("notes/deleted.txt")).unwrap();
    copy.write("notes/untracked.txt", "mine\n");
    copy.write("rounds/2026-01/untracked.txt", "in a closed round\n");
    copy.write("notes/later.txt", "mine\n");
    let _ = copy.git(&["add", "-N", "notes/later.txt"]);
    symlink("/nowhere", copy.at("notes/link")).unwrap();
}

const CASES: &[Case] = &[
    closes("nothing odd", |_| (), &[]),
    closes("modified, staged, deleted, untracked, intent to add", dirty, &[]),
    closes("removed from the index", |copy| drop(copy.git(&["rm", "-q", "--cached", "notes/same.txt"])), &[]),
    closes(
        "flags in the index",
        |copy| {
            let _ = copy.git(&["update-index", "--assume-unchanged", "notes/same.txt"]);
            let _ = copy.git(&["update-index", "--skip-worktree", "notes/modified.txt"]);
            copy.write("notes/modified.txt", "mine\n");
        },
        &[],
    ),
    closes("index version 4", |copy| drop(copy.git(&["update-index", "--index-version", "4"])), &[]),
    closes("an empty results folder", |copy| fs::create_dir_all(copy.at(RESULTS)).unwrap(), &[]),
    closes(
        "an ignored file of another name in results",
        |copy| {
            copy.write(".git/info/exclude", "*.tmp\n");
            copy.write(&format!("{RESULTS}/mine.tmp"), "mine\n");
        },
        &[],
    ),
    closes(
        "an untracked file of another name in results",
        |copy| copy.write(&format!("{RESULTS}/mine.txt"), "mine\n"),
        COMMITTED,
    ),
    closes("inputs differ", |copy| copy.write("rounds/2026-02/praise.csv", "mine\n"), COMMITTED),
    closes("detached", |copy| drop(copy.git(&["checkout", "-q", "--detach"])), ON_MAIN),
    closes(
        "another branch",
        |copy| {
            let _ = copy.git(&["checkout", "-q", "-b", "side"]);
            dirty(copy);
            copy.write(&format!("{RESULTS}/statement.json"), "mine\n");
        },
        ON_MAIN,
    ),
    closes(
        "another branch, and a merge under way there",
        |copy| {
            let _ = copy.git(&["checkout", "-q", "-b", "side"]);
            fs::copy(copy.at(".git/refs/heads/main"), copy.at(".git/MERGE_HEAD")).unwrap();
        },
        ON_MAIN,
    ),
    refused(
        "inputs differ, unasked",
        |copy| copy.write("rounds/2026-02/praise.csv", "mine\n"),
        &[],
        2,
        "differs from the commit",
    ),
    refused(
        "an unknown file in the round",
        |copy| copy.write("rounds/2026-02/new.csv", "mine\n"),
        &[],
        2,
        "differs from the commit",
    ),
    refused(
        "a file at the place of a result",
        |copy| copy.write(&format!("{RESULTS}/statement.json"), "mine\n"),
        COMMITTED,
        3,
        "is in the way in the work tree: an untracked file",
    ),
    refused(
        "an ignored file at the place of a result",
        |copy| {
            copy.write(".git/info/exclude", "results/\n");
            copy.write(&format!("{RESULTS}/statement.json"), "mine\n");
        },
        &[],
        3,
        "is in the way in the work tree: an ignored file",
    ),
    refused(
        "results is a file",
        |copy| copy.write(RESULTS, "mine\n"),
        COMMITTED,
        3,
        "a file where a folder is needed",
    ),
    refused(
        "results is a link to a folder",
        |copy| symlink(copy.at("notes"), copy.at(RESULTS)).unwrap(),
        COMMITTED,
        3,
        "a symbolic link",
    ),
    refused(
        "results is a broken link",
        |copy| symlink("/nowhere", copy.at(RESULTS)).unwrap(),
        COMMITTED,
        3,
        "a symbolic link",
    ),
    refused(
        "a folder at the place of a result",
        |copy| copy.write(&format!("{RESULTS}/carry.json/mine.txt"), "mine\n"),
        COMMITTED,
        3,
        "is in the way in the work tree",
    ),
    refused(
        "results is a repository",
        |copy| drop(copy.git(&["init", "-q", RESULTS])),
        COMMITTED,
        3,
        "a repository of its own",
    ),
    refused(
        "the round's folder became a link",
        |copy| {
            fs::rename(copy.at("rounds/2026-02"), copy.at("notes/moved")).unwrap();
            symlink("../notes/moved", copy.at("rounds/2026-02")).unwrap();
        },
        COMMITTED,
        3,
        "a symbolic link",
    ),
    refused(
        "a merge",
        |copy| {
            dirty(copy);
            fs::copy(copy.at(".git/refs/heads/main"), copy.at(".git/MERGE_HEAD")).unwrap();
        },
        &[],
        3,
        "in the middle of a merge",
    ),
    refused(
        "a cherry-pick",
        |copy| {
            fs::copy(copy.at(".git/refs/heads/main"), copy.at(".git/CHERRY_PICK_HEAD")).unwrap();
        },
        &[],
        3,
        "in the middle of a cherry-pick",
    ),
    refused("a bisect", |copy| drop(copy.git(&["bisect", "start"])), &[], 3, "in the middle of a bisect"),
    refused("a locked index", |copy| copy.write(".git/index.lock", ""), &[], 3, "remove the lock file"),
    refused(
        "a locked branch",
        |copy| copy.write(".git/refs/heads/main.lock", ""),
        &[],
        3,
        "remove the lock file",
    ),
    refused(
        "a split index",
        |copy| drop(copy.git(&["update-index", "--split-index"])),
        &[],
        3,
        "unsupported mandatory extension",
    ),
    refused(
        "detached, unasked",
        |copy| drop(copy.git(&["checkout", "-q", "--detach"])),
        &[],
        2,
        "HEAD is detached",
    ),
    refused(
        "unborn",
        |copy| drop(copy.git(&["symbolic-ref", "HEAD", "refs/heads/unborn"])),
        &[],
        2,
        "commit first",
    ),
    refused(
        "checked out in a linked work tree",
        |copy| {
            let _ = copy.git(&["checkout", "-q", "--detach"]);
            let linked = format!("{}-linked", copy.path.display());
            let _ = copy.git(&["worktree", "add", "-q", &linked, "main"]);
        },
        ON_MAIN,
        3,
        "is checked out in another work tree",
    ),
];

/// Everything that is the user's: files, index and its flags, branches, and the state git shows,
/// without the results of the round.
fn users(copy: &Copy<'_>, with_results: bool) -> (Files, Vec<String>, String) {
    let ours = |path: &str| {
        let payouts = ["payouts", "payouts/README.txt", "payouts/aragon.csv"];
        ["carry.json", "distribution.csv", "statement.json"]
            .iter()
            .chain(&payouts)
            .any(|name| path == format!("{RESULTS}/{name}"))
            || path == format!("{RESULTS}/report")
            || path.starts_with(&format!("{RESULTS}/report/"))
    };
    let mut files = copy.files();
    let mut index: Vec<String> = copy.git(&["ls-files", "-v", "-s"]).lines().map(str::to_owned).collect();
    let status =
        copy.command("git").args(["status", "--porcelain", "--untracked-files=all"]).output().unwrap();
    if !with_results {
        files.retain(|path, _| !ours(path));
        if !files.keys().any(|path| path.starts_with(&format!("{RESULTS}/"))) {
            files.remove(RESULTS);
        }
        index.retain(|line| !line.split('\t').nth(1).is_some_and(ours));
    }
    (files, index, text(&status))
}

#[test]
fn the_users_files_are_never_touched() {
    let prepared = Prepared::open(1);
    let tree = prepared.closed_tree();
    for case in CASES {
        let copy = prepared.copy();
        (case.arrange)(&copy);
        let name = case.name;
        let closes = case.status == 0;
        let checked_out = copy.command("git").args(["symbolic-ref", "-q", "HEAD"]).output().unwrap();
        let follows = closes && checked_out.stdout == b"refs/heads/main\n";
        let (before, tip) = (users(&copy, !follows), copy.tip());
        let args: Vec<String> = case.args.iter().map(|arg| (*arg).to_owned()).collect();
        let output = copy.meed(&[prepared.close_args(), args].concat());
        let said = text(&output);
        assert_eq!(output.status.code(), Some(case.status), "{name}: {said}");
        assert!(said.contains(case.says), "{name}: {said}");
        let after = users(&copy, !follows);
        assert!(before.0 == after.0, "{name}: files: {:?} to {:?}", keys(&before.0), keys(&after.0));
        assert_eq!((before.1, before.2), (after.1, after.2), "{name}: index and status");
        if closes {
            assert_eq!(copy.tree(), tree, "{name}");
            copy.assert_verifies();
        } else {
            assert_eq!(copy.tip(), tip, "{name}");
        }
        if follows {
            let committed = copy.git(&["show", &format!("main:{RESULTS}/statement.json")]);
            let file = fs::read_to_string(copy.at(&format!("{RESULTS}/statement.json"))).unwrap();
            assert_eq!(file.trim_end(), committed, "{name}");
        }
        copy.assert_valid();
        copy.remove();
    }
    eprintln!("{} states of a work tree", CASES.len());
}

fn keys(files: &Files) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

#[test]
fn a_sparse_checkout_stays_sparse_elsewhere() {
    let prepared = Prepared::open(1);
    let copy = prepared.copy();
    let _ =
        copy.git(&["sparse-checkout", "set", "--no-cone", "/ledger.json", "/allowed_signers", "/rounds/"]);
    assert!(!copy.at("notes").exists());
    let before = copy.files();
    let output = copy.close();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let mut after = copy.files();
    after.retain(|path, _| !path.starts_with(RESULTS));
    assert!(before == after, "{:?} to {:?}", keys(&before), keys(&after));
    assert_eq!(copy.status(), "");
    assert!(copy.git(&["ls-files", "-v", "notes"]).lines().all(|line| line.starts_with('S')));
    assert_eq!(copy.tree(), prepared.closed_tree());
}

#[test]
fn a_linked_work_tree_closes_its_own_branch() {
    let prepared = Prepared::open(1);
    let copy = prepared.copy();
    dirty(&copy);
    let path = prepared.sandbox.path("linked");
    let _ = copy.git(&["worktree", "add", "-q", "-b", "side", path.to_str().unwrap()]);
    let linked = Copy { prepared: &prepared, path };
    let before = (copy.files(), copy.status(), copy.tip());
    let output = linked.close();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(linked.status(), "");
    assert_eq!(linked.git(&["rev-parse", "HEAD^{tree}"]), prepared.closed_tree());
    linked.assert_verifies();
    assert!((copy.files(), copy.status(), copy.tip()) == before);
}

#[test]
fn a_bare_repository_closes() {
    let prepared = Prepared::open(1);
    let path = prepared.sandbox.path("bare.git");
    let _ = prepared.sandbox.git_ok(&["clone", "-q", "--bare", ".", path.to_str().unwrap()]);
    let bare = Copy { prepared: &prepared, path };
    let output = bare.close();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(bare.tree(), prepared.closed_tree());
    bare.assert_valid();
    bare.assert_verifies();
    assert!(!bare.at("rounds").exists() && !bare.at("index").exists());
}
