use std::fs;
use std::path::Path;

use super::{Fixture, SIGNATURE, feed, new_commit};
use crate::error::Error;
use crate::git::{Kind, ObjectId};

/// Stores a tree from lines `mode type id<TAB>name`, without git's own checks.
fn raw_tree(folder: &Path, lines: &[u8]) -> ObjectId {
    ObjectId::parse(&feed(folder, &["mktree", "-z"], lines)).unwrap()
}

#[test]
fn files_come_in_byte_order_of_the_whole_path() {
    let fixture = Fixture::unborn();
    for path in ["a/z", "a-b", "a.c", "a0", "b/c/d", "Ω"] {
        fixture.write(path, path);
    }
    std::os::unix::fs::symlink("a0", fixture.path().join("link")).unwrap();
    fixture.write("tool", "#!/bin/sh\n");
    fixture.git(&["add", "--all"]);
    fixture.git(&["update-index", "--chmod=+x", "tool"]);
    fixture.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},module", "1".repeat(40))]);
    fixture.git(&["commit", "--quiet", "-m", "first"]);
    let repository = fixture.open();
    let tree = repository.tree_of(fixture.id("HEAD")).unwrap();

    let all = repository.entries(tree, "", &|_| true).unwrap();
    let paths: Vec<&str> = all.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["a-b", "a.c", "a/z", "a0", "b/c/d", "link", "module", "tool", "Ω"]);
    let kinds: Vec<Kind> = all.iter().skip(5).map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Kind::Link, Kind::Submodule, Kind::Executable, Kind::File]);

    let some = repository.entries(tree, "b", &|folder| folder != "b/c").unwrap();
    assert!(some.is_empty());
    assert!(repository.entries(tree, "a0", &|_| true).unwrap().is_empty());
    assert!(repository.entries(tree, "nothing", &|_| true).unwrap().is_empty());

    let entry = repository.entry(tree, "b/c/d").unwrap().unwrap();
    assert_eq!(repository.blob(entry.id).unwrap(), b"b/c/d");
    assert_eq!(repository.blob_size(entry.id).unwrap(), 5);
    assert_eq!(repository.entry(tree, "b/c").unwrap().unwrap().kind, Kind::Folder);
    for path in ["", "b/", "/b", "b//c", "a0/x", "../b", "link/x", "module/x"] {
        assert_eq!(repository.entry(tree, path).unwrap(), None, "{path}");
    }
    assert!(repository.blob(tree).is_err());
    assert!(repository.blob_size(tree).is_err());
    assert!(repository.raw_commit(tree).is_err());
}

#[test]
fn bytes_are_read_as_stored() {
    let fixture = Fixture::new();
    fixture.git(&["config", "core.autocrlf", "true"]);
    let repository = fixture.open();
    let tree = repository.tree_of(fixture.id("HEAD")).unwrap();
    let entry = repository.entry(tree, "notes.txt").unwrap().unwrap();
    assert_eq!(repository.blob(entry.id).unwrap(), b"notes\n");
    let crlf = repository.write_blob(b"a\r\nb\r\n").unwrap();
    assert_eq!(repository.blob(crlf).unwrap(), b"a\r\nb\r\n");
}

#[test]
fn the_raw_commit_is_what_git_stores() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let id = fixture.id("HEAD");
    let raw = repository.raw_commit(id).unwrap();
    assert_eq!(String::from_utf8(raw).unwrap().trim_end(), fixture.git(&["cat-file", "commit", "HEAD"]));
    let signed = {
        let tree = repository.tree_of(id).unwrap();
        let buffer = repository.commit_buffer(&new_commit(tree, vec![id])).unwrap();
        repository.write_commit(&buffer, SIGNATURE).unwrap()
    };
    let text = String::from_utf8(repository.raw_commit(signed).unwrap()).unwrap();
    assert!(text.contains("\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n\n"));
}

#[test]
fn an_altered_object_is_not_read() {
    let fixture = Fixture::new();
    let id = fixture.id("HEAD").to_string();
    let other =
        feed(&fixture.path(), &["hash-object", "-t", "commit", "-w", "--literally", "--stdin"], b"other");
    let objects = fixture.path().join(".git/objects");
    let place = |id: &str| objects.join(&id[..2]).join(&id[2..]);
    fs::remove_file(place(&id)).unwrap();
    fs::copy(place(&other), place(&id)).unwrap();
    let repository = fixture.open();
    assert!(matches!(repository.raw_commit(ObjectId::parse(&id).unwrap()), Err(Error::GitFailed { .. })));
}

#[test]
fn the_branch_of_head() {
    let fixture = Fixture::unborn();
    let repository = fixture.open();
    assert_eq!(repository.head_branch().unwrap(), "main");
    assert_eq!(repository.branch_tip("main").unwrap(), None);
    assert!(matches!(repository.commit_of("HEAD"), Err(Error::RepositoryUnborn { .. })));
    let id = fixture.commit("first");
    assert_eq!(repository.branch_tip("main").unwrap(), Some(id));
    fixture.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    assert!(repository.branch_tip("alias").is_err());
    for name in ["", "-x", "a..b", "a b", "a\nb", "x.lock", "@{"] {
        assert!(matches!(repository.branch_tip(name), Err(Error::BranchUnknown { .. })), "{name:?}");
    }
    fixture.git(&["checkout", "--quiet", "--detach"]);
    assert!(matches!(repository.head_branch(), Err(Error::HeadDetached { .. })));
}

#[test]
fn commits_are_named_as_in_git() {
    let fixture = Fixture::new();
    let first = fixture.id("HEAD");
    let second = fixture.commit("second");
    fixture.git(&["tag", "-a", "v1", "-m", "tag", "HEAD~1"]);
    fixture.git(&["pack-refs", "--all"]);
    let repository = fixture.open();
    assert_eq!(repository.branch_tip("main").unwrap(), Some(second));
    let short = first.to_string()[..10].to_owned();
    for (rev, id) in [("HEAD", second), ("main", second), ("v1", first), ("HEAD~1", first), (&short, first)] {
        assert_eq!(repository.commit_of(rev).unwrap(), id, "{rev}");
    }
    let blob = fixture.git(&["rev-parse", "HEAD:notes.txt"]);
    for rev in ["", "nothing", "HEAD:notes.txt", "HEAD~9", &"0".repeat(40), &blob, "a\0b", "HEAD~99999999999"]
    {
        assert!(matches!(repository.commit_of(rev), Err(Error::CommitUnknown { .. })), "{rev:?}");
    }
    assert_eq!(repository.commit_node(second).unwrap().parents, [first]);
}

#[test]
fn names_that_are_not_text_are_an_error_where_they_are_listed() {
    let fixture = Fixture::new();
    let blob = fixture.git(&["rev-parse", "HEAD:notes.txt"]);
    let mut lines = format!("100644 blob {blob}\tr\0").into_bytes();
    lines.extend_from_slice(format!("100644 blob {blob}\tr").as_bytes());
    lines.extend_from_slice(b"\xff\0");
    let tree = raw_tree(&fixture.path(), &lines);
    let repository = fixture.open();
    assert!(matches!(repository.entries(tree, "", &|_| true), Err(Error::PathInvalid { .. })));
    // Comparing goes on: one odd name must not make a whole history unreadable.
    let paths: Vec<String> =
        repository.changes(None, tree).unwrap().into_iter().map(|change| change.path).collect();
    assert_eq!(paths, ["r", "r\u{fffd}"]);
}

#[test]
fn damaged_trees_are_refused() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let blob = fixture.git(&["rev-parse", "HEAD:notes.txt"]);
    let folder = fixture.git(&["rev-parse", "HEAD:rounds"]);
    let line = |mode: &str, name: &str, id: &str| {
        let mut bytes = format!("{mode} {name}\0").into_bytes();
        let digits = id.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        bytes.extend(digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()));
        bytes
    };
    let cases: [(&str, Vec<Vec<u8>>); 5] = [
        ("twice", vec![line("100644", "a", &blob), line("100644", "a", &blob)]),
        (
            "twice, apart",
            vec![line("100644", "a", &blob), line("100644", "a-b", &blob), line("40000", "a", &folder)],
        ),
        ("out of order", vec![line("100644", "b", &blob), line("100644", "a", &blob)]),
        ("leaves the folder", vec![line("100644", "..", &blob)]),
        ("mode", vec![line("100600", "a", &blob)]),
    ];
    for (what, lines) in cases {
        let file = fixture.beside("tree");
        fs::write(&file, lines.concat()).unwrap();
        let id = fixture.git(&["hash-object", "-t", "tree", "-w", "--literally", file.to_str().unwrap()]);
        let id = ObjectId::parse(&id).unwrap();
        assert!(matches!(repository.entries(id, "", &|_| false), Err(Error::GitFailed { .. })), "{what}");
        assert!(repository.changes(None, id).is_err(), "{what}");
    }
}

#[test]
fn trees_that_describe_billions_of_files_are_refused() {
    let fixture = Fixture::new();
    let mut inner = format!("blob {}", fixture.git(&["rev-parse", "HEAD:notes.txt"]));
    let mut mode = "100644";
    for _ in 0..9 {
        let lines: Vec<String> = (0..16).map(|index| format!("{mode} {inner}\t{index:x}\0")).collect();
        inner = format!("tree {}", raw_tree(&fixture.path(), lines.concat().as_bytes()));
        mode = "040000";
    }
    let id = ObjectId::parse(&inner[5..]).unwrap();
    let repository = fixture.open();
    assert!(matches!(repository.entries(id, "", &|_| true), Err(Error::GitFailed { .. })));
    assert!(matches!(repository.changes(None, id), Err(Error::GitFailed { .. })));
}

#[test]
fn ids_are_forty_lower_case_digits() {
    let text = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(ObjectId::parse(text).unwrap().to_string(), text);
    for wrong in ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('0', "g")] {
        assert_eq!(ObjectId::parse(wrong), None);
    }
}
