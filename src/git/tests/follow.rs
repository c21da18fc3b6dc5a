use std::fs;
use std::os::unix::fs::symlink;

use super::{Fixture, run, store, write_through};
use crate::error::{Error, Shown};
use crate::git::Repository;

const RESULT: &str = "rounds/one/results/a.csv";

fn refused(fixture: &Fixture, files: &[(&str, &str)]) -> Error {
    let tip = fixture.id("main");
    let status = fixture.status();
    let error = write_through(&fixture.open(), "main", files).unwrap_err();
    assert_eq!(fixture.id("main"), tip, "the branch stays");
    assert_eq!(fixture.status(), status, "the work tree stays");
    error
}

fn in_the_way(error: &Error) -> &'static str {
    match error {
        Error::PathInTheWay { what, .. } => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn unrelated_changes_neither_block_nor_change() {
    let fixture = Fixture::new();
    fixture.write("staged.txt", "one\n");
    fixture.write("both.txt", "one\n");
    fixture.commit("more");
    fixture.write("notes.txt", "modified\n");
    fixture.write("staged.txt", "two\n");
    fixture.write("both.txt", "two\n");
    fixture.write("new-staged.txt", "new\n");
    fixture.git(&["add", "staged.txt", "both.txt", "new-staged.txt"]);
    fixture.write("both.txt", "three\n");
    fixture.write("untracked.txt", "mine\n");
    fixture.write("rounds/one/results-draft/x.csv", "mine\n");
    fs::remove_file(fixture.path().join("rounds/one/praise.csv")).unwrap();
    let before = fixture.status();

    write_through(&fixture.open(), "main", &[(RESULT, "a\n"), ("rounds/one/results/b/c.csv", "c\n")])
        .unwrap();

    assert_eq!(fixture.status(), before);
    assert_eq!(fixture.read("notes.txt"), "modified\n");
    assert_eq!(fixture.read("both.txt"), "three\n");
    assert_eq!(fixture.git(&["show", ":both.txt"]), "two");
    assert_eq!(fixture.git(&["show", ":staged.txt"]), "two");
    assert_eq!(fixture.read("untracked.txt"), "mine\n");
    assert_eq!(fixture.read(RESULT), "a\n");
    assert!(!fixture.path().join("rounds/one/praise.csv").exists());
    assert_eq!(
        fixture.git(&["show", "--format=", "--name-only"]),
        format!("{RESULT}\nrounds/one/results/b/c.csv")
    );
}

#[test]
fn a_tracked_file_that_is_clean_follows() {
    let fixture = Fixture::new();
    write_through(&fixture.open(), "main", &[("notes.txt", "by meed\n")]).unwrap();
    assert_eq!(fixture.status(), "");
    assert_eq!(fixture.read("notes.txt"), "by meed\n");
}

#[test]
fn a_target_that_is_not_as_committed_is_refused() {
    let differs = |error| assert_eq!(error, Error::WorkTreeDiffers { path: Shown::from("notes.txt") });
    let files = [("notes.txt", "by meed\n")];

    let fixture = Fixture::new();
    fixture.write("notes.txt", "modified\n");
    differs(refused(&fixture, &files));
    fixture.git(&["add", "notes.txt"]);
    fixture.write("notes.txt", "notes\n");
    differs(refused(&fixture, &files));
    fixture.git(&["reset", "--quiet", "--hard"]);
    fs::remove_file(fixture.path().join("notes.txt")).unwrap();
    differs(refused(&fixture, &files));
    fixture.git(&["rm", "--quiet", "--cached", "notes.txt"]);
    differs(refused(&fixture, &files));
    fixture.write("notes.txt", "mine\n");
    differs(refused(&fixture, &files));
}

#[test]
fn what_stands_in_the_way_is_named() {
    let fixture = Fixture::new();
    let way = |files: &[(&str, &str)]| in_the_way(&refused(&fixture, files)).to_owned();
    let results = fixture.path().join("rounds/one/results");

    fixture.write(RESULT, "mine\n");
    assert_eq!(way(&[(RESULT, "a\n")]), "an untracked file");
    assert_eq!(fixture.read(RESULT), "mine\n");
    fixture.write(".git/info/exclude", "results/\n");
    assert_eq!(way(&[(RESULT, "a\n")]), "an ignored file");
    fs::remove_dir_all(&results).unwrap();

    fs::write(&results, "mine").unwrap();
    assert_eq!(way(&[(RESULT, "a\n")]), "a file where a folder is needed");
    fs::remove_file(&results).unwrap();

    let outside = fixture.beside("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, &results).unwrap();
    assert_eq!(way(&[(RESULT, "a\n")]), "a symbolic link");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "nothing is written through the link");
    fs::remove_file(&results).unwrap();

    fs::create_dir(&results).unwrap();
    symlink("nowhere", results.join("a.csv")).unwrap();
    assert_eq!(way(&[(RESULT, "a\n")]), "a symbolic link");
    fs::remove_file(results.join("a.csv")).unwrap();
    fs::create_dir(results.join("a.csv")).unwrap();
    assert_eq!(way(&[(RESULT, "a\n")]), "a folder");
    fs::remove_dir(results.join("a.csv")).unwrap();
    run(&results, &["init", "--quiet"]);
    assert_eq!(way(&[(RESULT, "a\n")]), "a repository of its own");
}

#[test]
fn operations_and_locks_block() {
    let fixture = Fixture::new();
    let files = [(RESULT, "a\n")];
    fixture.write(".git/index.lock", "");
    let lock = match write_through(&fixture.open(), "main", &files) {
        Err(Error::IndexLocked { lock }) => lock.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(lock.ends_with(".git/index.lock"));
    fs::remove_file(fixture.path().join(".git/index.lock")).unwrap();

    fixture.git(&["checkout", "--quiet", "-b", "side"]);
    fixture.write("notes.txt", "side\n");
    let side = fixture.commit("side").to_string();
    fixture.git(&["checkout", "--quiet", "main"]);
    fixture.write("notes.txt", "main\n");
    fixture.commit("main");
    for (command, expected) in [("merge", "a merge"), ("cherry-pick", "a cherry-pick")] {
        assert!(!super::attempt(&fixture.path(), &[command, &side]).status.success());
        assert_eq!(refused(&fixture, &files), Error::WorkTreeBusy { operation: expected });
        fixture.git(&[command, "--abort"]);
    }
    fixture.write("notes.txt", "stashed\n");
    fixture.git(&["stash", "--quiet"]);
    fixture.write("notes.txt", "again\n");
    fixture.commit("again");
    assert!(!super::attempt(&fixture.path(), &["stash", "pop"]).status.success());
    assert_eq!(refused(&fixture, &files), Error::WorkTreeBusy { operation: "a merge with conflicts" });
}

#[test]
fn names_that_look_like_patterns_are_names() {
    let fixture = Fixture::new();
    for path in ["r/a.csv", "r/b.csv", "r/[a].csv", "r/*.csv", ":(top)x"] {
        fixture.write(path, "old\n");
    }
    fixture.commit("odd names");
    fixture.write("r/a.csv", "mine\n");
    fixture.write("r/b.csv", "mine\n");
    let files = [("r/[a].csv", "new\n"), ("r/*.csv", "new\n"), (":(top)x", "new\n"), ("r/!n", "new\n")];
    write_through(&fixture.open(), "main", &files).unwrap();
    assert_eq!(fixture.status(), " M r/a.csv\n M r/b.csv");
    for (path, _) in files {
        assert_eq!(fixture.read(path), "new\n");
    }
    assert_eq!(fixture.read("r/a.csv"), "mine\n");
}

#[test]
fn line_ends_follow_the_settings() {
    let fixture = Fixture::new();
    fixture.git(&["config", "core.autocrlf", "true"]);
    fs::remove_file(fixture.path().join("notes.txt")).unwrap();
    fixture.git(&["checkout", "--quiet", "--", "notes.txt"]);
    assert_eq!(fixture.read("notes.txt"), "notes\r\n");
    let repository = fixture.open();
    let head = fixture.id("HEAD");
    assert!(repository.differs_from_commit(head, "").unwrap().is_empty());
    let files = [(RESULT, "a\nb\n"), ("notes.txt", "by\nmeed\n")];
    let new = write_through(&repository, "main", &files).unwrap();
    assert_eq!(fixture.status(), "");
    assert_eq!(fixture.read(RESULT), "a\r\nb\r\n");
    assert!(repository.differs_from_commit(new, "").unwrap().is_empty());
    let entry = repository.entry(repository.tree_of(new).unwrap(), RESULT).unwrap().unwrap();
    assert_eq!(repository.blob(entry.id).unwrap(), b"a\nb\n");
}

#[test]
fn a_branch_that_is_not_checked_out_leaves_the_work_tree_alone() {
    let fixture = Fixture::new();
    fixture.git(&["branch", "other"]);
    fixture.write(RESULT, "mine\n");
    let new = write_through(&fixture.open(), "other", &[(RESULT, "a\n")]).unwrap();
    assert_eq!(fixture.id("other"), new);
    assert_eq!(fixture.status(), format!("?? {RESULT}"));
    assert_eq!(fixture.read(RESULT), "mine\n");
}

#[test]
fn a_branch_of_another_work_tree_is_refused() {
    let fixture = Fixture::new();
    fixture.git(&["worktree", "add", "--quiet", "-b", "side", "../linked"]);
    let here = fixture.open();
    let linked = Repository::open(&fixture.beside("linked")).unwrap();
    let elsewhere = |repository: &Repository, branch: &str, folder: &str| match repository
        .refuse_if_checked_out_elsewhere(branch)
    {
        Err(Error::BranchElsewhere { path, .. }) => assert!(path.to_string().ends_with(folder), "{path}"),
        other => panic!("{other:?}"),
    };
    elsewhere(&here, "side", "/linked");
    elsewhere(&linked, "main", "/here");
    here.refuse_if_checked_out_elsewhere("main").unwrap();
    linked.refuse_if_checked_out_elsewhere("side").unwrap();
    here.refuse_if_checked_out_elsewhere("third").unwrap();

    write_through(&linked, "side", &[(RESULT, "a\n")]).unwrap();
    assert_eq!(run(&fixture.beside("linked"), &["status", "--porcelain"]), "");
    assert_eq!(fixture.status(), "");

    fs::remove_dir_all(fixture.beside("linked")).unwrap();
    here.refuse_if_checked_out_elsewhere("side").unwrap();
}

#[test]
fn the_head_of_a_bare_repository_is_no_checkout() {
    let fixture = Fixture::new();
    run(fixture.folder.path(), &["clone", "--quiet", "--bare", "here", "bare.git"]);
    run(&fixture.beside("bare.git"), &["worktree", "add", "--quiet", "-b", "side", "../linked"]);
    let linked = Repository::open(&fixture.beside("linked")).unwrap();
    linked.refuse_if_checked_out_elsewhere("main").unwrap();
    let bare = Repository::open(&fixture.beside("bare.git")).unwrap();
    assert!(matches!(bare.refuse_if_checked_out_elsewhere("side"), Err(Error::BranchElsewhere { .. })));
    bare.refuse_if_checked_out_elsewhere("main").unwrap();
    let new = write_through(&bare, "main", &[(RESULT, "a\n")]).unwrap();
    assert_eq!(run(&fixture.beside("bare.git"), &["rev-parse", "main"]), new.to_string());
    assert!(bare.differs_from_commit(new, "").unwrap().is_empty());
}

#[test]
fn differences_to_the_commit_are_found() {
    let fixture = Fixture::new();
    for path in ["modified", "staged", "unstaged-again", "deleted", "removed", "same"] {
        fixture.write(&format!("rounds/one/{path}.csv"), "x\n");
    }
    fixture.write("rounds/one-b/x.csv", "x\n");
    fixture.write(".gitignore", "*.tmp\n");
    let head = fixture.commit("files");
    let repository = fixture.open();
    assert!(repository.differs_from_commit(head, "rounds/one").unwrap().is_empty());

    fixture.write("rounds/one/modified.csv", "y\n");
    fixture.write("rounds/one/staged.csv", "y\n");
    fixture.write("rounds/one/unstaged-again.csv", "y\n");
    fixture.git(&["add", "rounds/one/staged.csv", "rounds/one/unstaged-again.csv"]);
    fixture.write("rounds/one/unstaged-again.csv", "x\n");
    fs::remove_file(fixture.path().join("rounds/one/deleted.csv")).unwrap();
    fixture.git(&["rm", "--quiet", "rounds/one/removed.csv"]);
    fixture.write("rounds/one/deep/untracked.csv", "x\n");
    fixture.write("rounds/one/ignored.tmp", "x\n");
    fixture.write("rounds/one-b/x.csv", "y\n");
    fixture.write("rounds/one/same.csv", "x\n");
    let found = repository.differs_from_commit(head, "rounds/one").unwrap();
    let names: Vec<&str> = found.iter().map(|path| path.strip_prefix("rounds/one/").unwrap()).collect();
    assert_eq!(
        names,
        [
            "deep/untracked.csv",
            "deleted.csv",
            "modified.csv",
            "removed.csv",
            "staged.csv",
            "unstaged-again.csv"
        ]
    );
    assert_eq!(repository.differs_from_commit(head, "").unwrap().len(), 7);
}

#[test]
fn following_can_be_repaired_by_hand() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let first = fixture.id("HEAD");
    let new = store(&repository, Some(first), &[(RESULT, "a\n"), ("r/[x].csv", "x\n")]);
    repository.move_branch("main", new, Some(first), "close").unwrap();
    // The program ended here.
    assert_eq!(fixture.status(), format!("D  r/[x].csv\nD  {RESULT}"));
    fixture.git(&["restore", "--staged", "--worktree", "--", RESULT, "r/[x].csv"]);
    assert_eq!(fixture.status(), "");
    repository.follow("main", new, &[]).unwrap();
}
