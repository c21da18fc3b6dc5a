//! Large inputs: objects of Git LFS in place of pointers, and files that are not held in memory.

use std::fs;
use std::path::PathBuf;

use meed::files::sha256_hex;

use crate::support::sandbox::Sandbox;
use crate::support::stage::{Start, stage};

const PRAISE: &str = "rounds/2026-01/praise.csv";
const RESULTS: &str = "rounds/2026-01/results";
/// Bytes of a file that is not held in memory.
const LARGE: usize = 17 * 1024 * 1024;

/// A pointer as git-lfs writes it.
pub fn pointer(bytes: &[u8]) -> String {
    format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n",
        sha256_hex(bytes),
        bytes.len()
    )
}

/// Where the object of some bytes lies in a folder of objects.
pub fn object_path(objects: &str, bytes: &[u8]) -> String {
    let oid = sha256_hex(bytes);
    format!("{objects}/{}/{}/{oid}", &oid[..2], &oid[2..4])
}

/// Commits a pointer in place of the praise table of the open round, whose object is put into
/// `objects` (from the ledger's folder); gives the path of the object.
pub fn point(sandbox: &Sandbox, objects: &str, content: &[u8]) -> PathBuf {
    let object = object_path(objects, content);
    sandbox.write(&object, content);
    sandbox.write(PRAISE, pointer(content));
    let _ = sandbox.git(&["add", PRAISE]).ok();
    let _ = sandbox.git(&["commit", "-q", "--no-gpg-sign", "-m", "The praise in LFS"]).ok();
    sandbox.at(&object)
}

/// The praise table of the open round, made large by blank lines, which no reader counts.
fn large_praise(sandbox: &Sandbox) -> Vec<u8> {
    let mut bytes = sandbox.read(PRAISE).into_bytes();
    bytes.resize(LARGE, b'\n');
    bytes
}

/// Digest and size of the praise table as the statement gives them.
fn stated_praise(sandbox: &Sandbox) -> (String, u64) {
    let statement: serde_json::Value =
        serde_json::from_str(&sandbox.read(&format!("{RESULTS}/statement.json"))).unwrap();
    let inputs = statement["predicate"]["inputs"].as_array().unwrap();
    let praise = inputs.iter().find(|input| input["name"] == PRAISE).unwrap();
    (praise["digest"]["sha256"].as_str().unwrap().to_owned(), praise["bytes"].as_u64().unwrap())
}

#[test]
fn an_object_counts_as_its_file() {
    let plain = stage(Start::Open);
    let praise = plain.read(PRAISE).into_bytes();
    let _ = plain.close(&[]).ok();
    let results = |sandbox: &Sandbox| {
        let entries = fs::read_dir(sandbox.at(RESULTS)).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = entries
            .filter(|path| path.is_file())
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let stored = stage(Start::Open);
    point(&stored, ".git/lfs/objects", &praise);
    let _ = stored.close(&[]).ok();
    assert_eq!(stored.failing(&[]), [""; 0]);
    assert_eq!(stated_praise(&stored), (sha256_hex(&praise), praise.len() as u64));
    // The whole folder, and so its tree: the statement cannot tell how the input was stored.
    assert!(results(&plain) == results(&stored));
}

#[test]
fn objects_are_found_in_the_folders_that_are_named() {
    let start = stage(Start::Open);
    let praise = start.read(PRAISE).into_bytes();
    for (objects, args, env) in [
        ("../elsewhere", vec!["--lfs-dir", "../elsewhere"], None),
        ("../elsewhere/objects", vec!["--lfs-dir", "../elsewhere"], None),
        ("../elsewhere", vec![], Some("../elsewhere")),
        (".git/shelf/objects", vec![], None),
    ] {
        let sandbox = start.copy();
        point(&sandbox, objects, &praise);
        let _ = sandbox.git(&["config", "lfs.storage", "shelf"]).ok();
        let key = sandbox.key("treasurer");
        let run = |more: &[&str]| {
            let mut command = sandbox.meed_command(&[&args[..], more].concat());
            command.envs(env.map(|folder| ("MEED_LFS_DIR", folder)));
            crate::support::sandbox::Run::of_command(&mut command)
        };
        let _ = run(&["check"]).ok();
        let _ = run(&["close", "--key", &key]).ok();
        let _ = run(&["verify"]).ok();
        let _ = run(&["log"]).ok();
    }
}

/// A linked work tree has the objects of the main one.
#[test]
fn linked_work_trees_share_objects() {
    let sandbox = stage(Start::Open);
    let praise = sandbox.read(PRAISE).into_bytes();
    point(&sandbox, ".git/lfs/objects", &praise);
    let _ = sandbox.git(&["worktree", "add", "-q", "../linked", "-b", "other"]).ok();
    let _ = sandbox.meed(&["--ledger", "../linked", "check"]).ok();
}

#[test]
fn without_the_object_verify_says_what_it_cannot_know() {
    let sandbox = stage(Start::Open);
    let praise = sandbox.read(PRAISE).into_bytes();
    let object = point(&sandbox, ".git/lfs/objects", &praise);
    let _ = sandbox.close(&[]).ok();
    let states = |run: &crate::support::sandbox::Run| -> Vec<String> {
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let checks = report["statements"][0]["checks"].as_array().unwrap().iter();
        checks
            .map(|check| format!("{} {}", check["name"].as_str().unwrap(), check["state"].as_str().unwrap()))
            .collect()
    };
    let expected = [
        "signature holds",
        "signer holds",
        "commit holds",
        "complete holds",
        "inputs holds",
        "chain holds",
        "sums holds",
        "money impossible",
        "pages impossible",
        "append-only holds",
        "approvals holds",
        "settlements holds",
    ];
    let damaged = String::from_utf8(praise.clone()).unwrap().replace("5,3,", "3,5,").into_bytes();
    fs::write(&object, damaged).unwrap();
    let run = sandbox.meed(&["verify", "--format", "json"]);
    assert_eq!((run.status, states(&run)), (3, expected.map(str::to_owned).to_vec()), "{}", run.stdout);
    fs::remove_file(&object).unwrap();
    let run = sandbox.meed(&["verify", "--format", "json"]);
    assert_eq!((run.status, states(&run)), (3, expected.map(str::to_owned).to_vec()), "{}", run.stdout);
    let run = sandbox.meed(&["verify"]);
    assert!(run.stdout.contains("2 checks could not be made: `git lfs pull`"), "{}", run.stdout);
    assert!(!run.stdout.contains("verified"), "{}", run.stdout);
    let run = sandbox.meed(&["log"]);
    assert_eq!(run.status, 3);
    assert!(run.stdout.contains("impossible: money"), "{}", run.stdout);
    // What nobody can compute again is not paid.
    let hash = format!("0x{}", "a".repeat(64));
    let error = sandbox.meed(&["settle", "2026-01", "--tx", &hash]).fails(3);
    assert!(error.contains("round `2026-01` cannot be verified here: money: "), "{error}");
}

/// Another pointer where the closed round's input stood is another input.
#[test]
fn a_pointer_that_changes_fails_inputs() {
    let sandbox = stage(Start::Open);
    let praise = sandbox.read(PRAISE).into_bytes();
    point(&sandbox, ".git/lfs/objects", &praise);
    let _ = sandbox.close(&[]).ok();
    let other = String::from_utf8(praise).unwrap().replace("5,3,", "3,5,");
    point(&sandbox, ".git/lfs/objects", other.as_bytes());
    assert_eq!(sandbox.failing(&[]), ["inputs"]);
}

/// git-lfs puts the object into the work tree where the commit has the pointer.
#[test]
fn the_object_in_the_work_tree_is_no_difference() {
    let sandbox = stage(Start::Open);
    let praise = sandbox.read(PRAISE).into_bytes();
    point(&sandbox, ".git/lfs/objects", &praise);
    let committed = sandbox.meed(&["check"]).ok();
    assert_eq!(sandbox.meed(&["check", "--worktree"]).ok(), committed, "the pointer in the work tree");
    sandbox.write(PRAISE, &praise);
    assert_eq!(sandbox.meed(&["check", "--worktree"]).ok(), committed, "the object in the work tree");
    let _ = sandbox.close(&["--dry-run"]).ok();
    sandbox.write(PRAISE, String::from_utf8(praise).unwrap().replace("5,3,", "3,5,"));
    let refused = sandbox.close(&["--dry-run"]).fails(2);
    assert!(refused.contains("praise.csv: differs from the commit"), "{refused}");
}

#[test]
fn large_files_give_the_same_results_however_they_are_stored() {
    let small = stage(Start::Open);
    let _ = small.close(&[]).ok();
    let distribution = format!("{RESULTS}/distribution.csv");
    let expected = small.read(&distribution);
    let plain = stage(Start::Open);
    let praise = large_praise(&plain);
    plain.write(PRAISE, &praise);
    let unsaved = plain.meed(&["check", "--worktree"]).ok();
    plain.commit("A large table");
    assert_eq!(plain.meed(&["check"]).ok(), unsaved);
    let _ = plain.close(&[]).ok();
    assert_eq!(plain.failing(&[]), [""; 0]);
    let stored = stage(Start::Open);
    point(&stored, ".git/lfs/objects", &praise);
    let _ = stored.close(&[]).ok();
    assert_eq!(stored.failing(&[]), [""; 0]);
    for sandbox in [&plain, &stored] {
        assert_eq!(sandbox.read(&distribution), expected);
        assert_eq!(stated_praise(sandbox), (sha256_hex(&praise), LARGE as u64));
    }
    let folder = |sandbox: &Sandbox| sandbox.git_ok(&["rev-parse", &format!("HEAD:{RESULTS}")]);
    assert_eq!(folder(&plain), folder(&stored), "the trees of the results");
    let _ = plain.git(&["gc", "-q"]).ok();
    assert_eq!(plain.failing(&[]), [""; 0], "packed");
}
