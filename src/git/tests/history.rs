use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use super::{Fixture, feed, run};
use crate::git::{Change, Kind, ObjectId, Repository};

/// first - left - merge - tip
///      \- right -/
fn with_merge() -> (Fixture, [ObjectId; 5]) {
    let fixture = Fixture::new();
    let first = fixture.id("HEAD");
    fixture.git(&["checkout", "--quiet", "-b", "side"]);
    fixture.write("right.txt", "r\n");
    let right = fixture.commit("right");
    fixture.git(&["checkout", "--quiet", "main"]);
    fixture.write("left.txt", "l\n");
    let left = fixture.commit("left");
    fixture.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "side"]);
    let merge = fixture.id("HEAD");
    let tip = fixture.commit("tip");
    (fixture, [first, left, right, merge, tip])
}

#[test]
fn parents_come_before_children_and_first_parents_first() {
    let (fixture, [first, left, right, merge, tip]) = with_merge();
    let repository = fixture.open();
    let history = repository.history(tip).unwrap();
    let ids: Vec<ObjectId> = history.iter().map(|node| node.id).collect();
    assert_eq!(ids, [first, left, right, merge, tip]);
    assert_eq!(history[3].parents, [left, right]);
    assert_eq!(history[0].tree, repository.tree_of(first).unwrap());
}

#[test]
fn the_last_change_of_a_file_is_found_on_any_branch() {
    let (fixture, [first, left, right, merge, _]) = with_merge();
    fixture.write("left.txt", "l2\n");
    let later = fixture.commit("left again");
    let repository = fixture.open();
    let history = repository.history(later).unwrap();
    let paths = ["left.txt", "right.txt", "nowhere.txt"].map(str::to_owned).into();
    let last = repository.last_changes(&history, &paths).unwrap();
    assert_eq!(
        last.into_iter().collect::<Vec<_>>(),
        [("left.txt".to_owned(), later), ("right.txt".to_owned(), right)]
    );
    // A merge changes what is as in none of its parents, and nothing else.
    let history = repository.history(merge).unwrap();
    let last = repository.last_changes(&history, &paths).unwrap();
    assert_eq!(last.get("left.txt"), Some(&left));
    assert!(!last.values().any(|commit| [first, merge].contains(commit)));
}

#[test]
fn files_beside_the_objects_do_not_change_history() {
    let (fixture, [first, left, right, merge, tip]) = with_merge();
    let expected = fixture.open().history(tip).unwrap();
    fs::write(fixture.path().join(".git/info/grafts"), format!("{merge} {first}\n{left}\n")).unwrap();
    fixture.git(&["replace", &right.to_string(), &left.to_string()]);
    assert_eq!(fixture.git(&["rev-list", "--count", "HEAD"]), "3", "git itself follows the graft");
    let repository = fixture.open();
    assert_eq!(repository.history(tip).unwrap(), expected);
    assert_eq!(repository.commit_node(merge).unwrap().parents, [left, right]);
    let raw = String::from_utf8(repository.raw_commit(right).unwrap()).unwrap();
    assert!(raw.ends_with("\n\nright\n"));
}

#[test]
fn changes_are_files_in_byte_order() {
    let fixture = Fixture::new();
    for path in ["a/x", "a/y", "b", "same/deep/file", "tool"] {
        fixture.write(path, path);
    }
    let before = fixture.commit("before");
    fs::remove_dir_all(fixture.path().join("a")).unwrap();
    fs::remove_file(fixture.path().join("b")).unwrap();
    fixture.write("a", "now a file");
    fixture.write("a-b", "between");
    fixture.write("b/c", "now a folder");
    fixture.write("notes.txt", "changed\n");
    fixture.git(&["update-index", "--chmod=+x", "tool"]);
    fixture.git(&["config", "core.filemode", "false"]);
    let after = fixture.commit("after");
    let repository = fixture.open();
    let tree = |commit| repository.tree_of(commit).unwrap();
    let found = repository.changes(Some(tree(before)), tree(after)).unwrap();
    let shape = |change: &Change| {
        let mark = match (change.before, change.after) {
            (None, Some(_)) => '+',
            (Some(_), None) => '-',
            _ => '~',
        };
        format!("{mark}{}", change.path)
    };
    let shapes: Vec<String> = found.iter().map(shape).collect();
    assert_eq!(shapes, ["+a", "+a-b", "-a/x", "-a/y", "-b", "+b/c", "~notes.txt", "~tool"]);
    let tool = found.last().unwrap();
    assert_eq!(tool.before.unwrap().0, Kind::File);
    assert_eq!(tool.after.unwrap().0, Kind::Executable);
    assert_eq!(tool.before.unwrap().1, tool.after.unwrap().1);
    assert!(repository.changes(Some(tree(after)), tree(after)).unwrap().is_empty());
    assert_eq!(repository.changes(None, tree(after)).unwrap().len(), 7);
}

/// A line with a merge every tenth commit, made by `git fast-import` in one go.
fn long_history(commits: usize) -> (Fixture, Repository) {
    let fixture = Fixture::unborn();
    let mut stream = String::new();
    for number in 1..=commits {
        let from = if number > 1 { format!("from :{}\n", number - 1) } else { String::new() };
        let merge = if number % 10 == 0 { format!("merge :{}\n", number - 5) } else { String::new() };
        write!(
            stream,
            "commit refs/heads/main\nmark :{number}\ncommitter Ann <a@b> {} +0000\ndata 0\n{from}{merge}M 644 inline rounds/{}/f.csv\ndata 2\nx\n",
            1_700_000_000 + number,
            number % 500,
        )
        .unwrap();
    }
    feed(&fixture.path(), &["fast-import", "--quiet"], stream.as_bytes());
    let repository = fixture.open();
    (fixture, repository)
}

#[test]
fn ten_thousand_commits_are_walked() {
    let (fixture, repository) = long_history(10_000);
    let tip = repository.branch_tip("main").unwrap().unwrap();
    let start = std::time::Instant::now();
    let history = repository.history(tip).unwrap();
    println!("10000 commits: {:?}", start.elapsed());
    assert_eq!(history.len(), 10_000);
    assert_eq!(history.last().unwrap().id, tip);
    let mut seen = BTreeSet::new();
    for node in &history {
        assert!(node.parents.iter().all(|parent| seen.contains(parent)));
        seen.insert(node.id);
    }
    let start = std::time::Instant::now();
    let pairs = history.windows(2);
    let changed: usize =
        pairs.map(|pair| repository.changes(Some(pair[0].tree), pair[1].tree).unwrap().len()).sum();
    println!("10000 comparisons: {:?}, {changed} changes", start.elapsed());
    assert_eq!(run(&fixture.path(), &["rev-list", "--count", "main"]), "10000");
}
