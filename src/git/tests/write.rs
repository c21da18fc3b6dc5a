use std::fs;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use super::{Fixture, SIGNATURE, new_commit, run, store, write_through};
use crate::error::Error;
use crate::git::Repository;

#[test]
fn trees_are_built_on_others() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let base = repository.tree_of(fixture.id("HEAD")).unwrap();
    let blob = repository.write_blob(b"new").unwrap();
    let set = [("rounds/one/results/a.csv".to_owned(), blob), ("notes.txt".to_owned(), blob)];
    let tree = repository.write_tree(Some(base), &set, &["rounds/one/praise.csv".to_owned()]).unwrap();
    let listing = fixture.git(&["ls-tree", "-r", "--format=%(objectmode) %(path)", &tree.to_string()]);
    assert_eq!(listing, "100644 notes.txt\n100644 rounds/one/results/a.csv");

    let emptied = repository.write_tree(Some(base), &[], &["rounds/one/praise.csv".to_owned()]).unwrap();
    assert_eq!(fixture.git(&["ls-tree", "-r", "--name-only", &emptied.to_string()]), "notes.txt");
    assert_eq!(repository.entry(emptied, "rounds").unwrap(), None, "empty folders are dropped");

    let alone = repository.write_tree(None, &set[..1], &[]).unwrap();
    assert_eq!(
        fixture.git(&["ls-tree", "-r", "--name-only", &alone.to_string()]),
        "rounds/one/results/a.csv"
    );
    assert_eq!(repository.write_tree(Some(base), &[], &[]).unwrap(), base);
}

#[test]
fn impossible_trees_are_refused() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let base = repository.tree_of(fixture.id("HEAD")).unwrap();
    let blob = repository.write_blob(b"new").unwrap();
    let hostile = [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/../b",
        ".",
        "a\0b",
        "a\\b",
        ".git/config",
        "a/.GIT/x",
        "notes.txt/x",
        "rounds",
    ];
    for path in hostile {
        assert!(repository.write_tree(Some(base), &[(path.to_owned(), blob)], &[]).is_err(), "{path:?}");
    }
    assert!(repository.write_tree(Some(base), &[], &["missing".to_owned()]).is_err());
    assert!(repository.write_tree(Some(base), &[("x".to_owned(), base)], &[]).is_err(), "not a blob");
}

#[test]
fn the_commit_is_exactly_what_was_asked_for() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let parent = fixture.id("HEAD");
    let tree = repository.tree_of(parent).unwrap();
    let buffer = repository.commit_buffer(&new_commit(tree, vec![parent])).unwrap();
    let expected = format!(
        "tree {tree}\nparent {parent}\nauthor Béa Ⅱ <bea@example.org> 1700000001 +0000\ncommitter Béa Ⅱ <bea@example.org> 1700000001 +0000\n\nClose one\n\nBody.\n"
    );
    assert_eq!(String::from_utf8(buffer.clone()).unwrap(), expected);
    let id = repository.write_commit(&buffer, SIGNATURE).unwrap();
    let signed = String::from_utf8(repository.raw_commit(id).unwrap()).unwrap();
    let header = format!("gpgsig {}\n", SIGNATURE.trim().replace('\n', "\n "));
    assert_eq!(signed.replace(&header, ""), expected);
    assert!(repository.write_commit(&buffer, " \n").is_err());

    let mut wrong = new_commit(tree, vec![parent]);
    wrong.seconds = -1;
    assert!(repository.commit_buffer(&wrong).is_err());
    let mut wrong = new_commit(tree, vec![parent]);
    wrong.message = "a\0b".to_owned();
    assert!(repository.commit_buffer(&wrong).is_err());
    let mut wrong = new_commit(tree, vec![parent]);
    wrong.author.name = String::new();
    assert!(repository.commit_buffer(&wrong).is_err());
    assert!(repository.commit_buffer(&new_commit(tree, vec![tree])).is_err());
}

#[test]
fn what_is_written_passes_gits_own_check() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    write_through(&repository, "main", &[("rounds/one/results/a.csv", "a\n")]).unwrap();
    fixture.git(&["fsck", "--strict", "--full"]);
    assert_eq!(fixture.git(&["log", "--format=%an %s"]), "Béa Ⅱ Close one\nAnn first");
    assert_eq!(fixture.git(&["reflog", "-1", "--format=%gs"]), "close: one");
    assert_eq!(fixture.status(), "");
}

#[test]
fn the_first_commit_makes_the_branch() {
    for bare in [false, true] {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("new");
        if bare {
            run(parent.path(), &["init", "--quiet", "--bare", "-b", "main", "new"]);
        } else {
            Repository::init(&folder, "main").unwrap();
        }
        run(&folder, &["config", "core.autocrlf", "false"]);
        let repository = Repository::open(&folder).unwrap();
        let id = write_through(&repository, "main", &[("ledger.json", "{}\n"), ("r/x", "x\n")]).unwrap();
        assert_eq!(run(&folder, &["rev-parse", "HEAD"]), id.to_string());
        run(&folder, &["fsck", "--strict"]);
        if !bare {
            assert_eq!(run(&folder, &["status", "--porcelain"]), "");
        }
    }
}

#[test]
fn the_branch_moves_only_from_where_it_was_seen() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let first = fixture.id("HEAD");
    let new = store(&repository, Some(first), &[("a", "1")]);
    let second = fixture.commit("somebody else");
    let moved = |result: Result<(), Error>| matches!(result, Err(Error::BranchMoved { .. }));
    assert!(moved(repository.move_branch("main", new, Some(first), "x")));
    assert!(moved(repository.move_branch("main", new, None, "x")));
    assert!(moved(repository.move_branch("gone", new, Some(first), "x")));
    assert_eq!(fixture.id("main"), second);
    repository.move_branch("main", new, Some(second), "x").unwrap();
    assert_eq!(fixture.id("main"), new);
    repository.move_branch("other", new, None, "x").unwrap();
    assert_eq!(fixture.id("other"), new);
    assert!(matches!(repository.move_branch("main/sub", new, None, "x"), Err(Error::GitFailed { .. })));
    assert!(matches!(repository.move_branch("a..b", new, None, "x"), Err(Error::BranchUnknown { .. })));
}

#[test]
fn of_sixteen_writers_one_wins() {
    for packed in [false, true] {
        let fixture = Fixture::new();
        if packed {
            fixture.git(&["pack-refs", "--all"]);
        }
        let first = fixture.id("HEAD");
        let barrier = Barrier::new(16);
        let results: Vec<Result<(), Error>> = thread::scope(|scope| {
            let writers: Vec<_> = (0..16)
                .map(|number| {
                    let (fixture, barrier) = (&fixture, &barrier);
                    scope.spawn(move || {
                        let repository = fixture.open();
                        let new = store(&repository, Some(first), &[("winner", &number.to_string())]);
                        barrier.wait();
                        repository.move_branch("main", new, Some(first), "race")
                    })
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        let losers = results.iter().filter(|result| matches!(result, Err(Error::BranchMoved { .. })));
        assert_eq!(losers.count(), 15, "{results:?}");
        fixture.git(&["fsck", "--strict"]);
    }
}

#[test]
fn sixteen_first_commits_race_for_an_unborn_branch() {
    let fixture = Fixture::unborn();
    let barrier = Barrier::new(16);
    let won = thread::scope(|scope| {
        let writers: Vec<_> = (0..16)
            .map(|number| {
                let (fixture, barrier) = (&fixture, &barrier);
                scope.spawn(move || {
                    let repository = fixture.open();
                    let new = store(&repository, None, &[("winner", &number.to_string())]);
                    barrier.wait();
                    repository.move_branch("main", new, None, "race").is_ok()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(won, 1);
}

#[test]
fn a_lock_is_waited_for_and_then_named() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let first = fixture.id("HEAD");
    let new = store(&repository, Some(first), &[("a", "1")]);
    let lock = fixture.path().join(".git/refs/heads/main.lock");

    fs::write(&lock, "").unwrap();
    match repository.move_branch("main", new, Some(first), "x") {
        Err(Error::BranchLocked { lock, .. }) => assert!(lock.to_string().ends_with("refs/heads/main.lock")),
        other => panic!("{other:?}"),
    }
    assert_eq!(fixture.id("main"), first);

    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(200));
            fs::remove_file(&lock).unwrap();
        });
        repository.move_branch("main", new, Some(first), "x").unwrap();
    });
    assert_eq!(fixture.id("main"), new);
}
