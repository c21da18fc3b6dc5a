//! The disk: full, not writable, and whether what is written has reached it.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::{Copy, Prepared, text};

/// Somebody who is not root, for tests that run as root, whom permissions do not bind.
const NOBODY: u32 = 65_534;

/// A shell whose file system takes no file above a size stands in for a full disk: at every size the
/// close is done or not done, and says so.
/// Largest file, in blocks of 512 bytes: from none to more than any file of a closing has.
const SIZES_OF_DISK: [u32; 12] = [0, 1, 2, 3, 4, 6, 8, 16, 32, 64, 128, 1024];

#[test]
fn a_full_disk_leaves_the_round_open_or_closed() {
    let prepared = Prepared::open(1);
    let tree = prepared.closed_tree();
    let (mut refused, mut warned, mut closed) = (0, 0, 0);
    for blocks in SIZES_OF_DISK {
        let copy = prepared.copy();
        let before = copy.tip();
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = copy.command("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_meed")]).args(prepared.close_args());
        let output = command.output().unwrap();
        let said = text(&output);
        match output.status.code() {
            Some(3) => {
                refused += 1;
                assert_eq!(copy.tip(), before, "{blocks}: {said}");
                assert!(said.contains("error: ") && said.contains("hint: "), "{blocks}: {said}");
            }
            Some(0) if said.contains("the work tree could not follow") => {
                warned += 1;
                assert!(
                    said.contains("git restore --staged --worktree -- rounds/2026-02/results/"),
                    "{said}"
                );
            }
            Some(0) => closed += 1,
            other => panic!("{blocks}: {other:?}: {said}"),
        }
        let _ = copy.assert_recovers(&prepared.close_args(), &before, &tree, &["rounds/2026-02/results"]);
        copy.remove();
    }
    eprintln!(
        "12 sizes of disk: {refused} refused, {warned} closed with a work tree to repair, {closed} closed"
    );
    assert!(refused > 0 && closed > 0);
}

/// Lets the command run as somebody whom permissions bind, who owns the copy; `None` where that cannot
/// be had.
fn bound_by_permissions(copy: &Copy<'_>) -> Option<Command> {
    let mut command = copy.meed_command(&copy.prepared.close_args());
    let probe = copy.at(".git/probe");
    fs::create_dir(&probe).unwrap();
    set_mode(&probe, 0o555);
    let binds = fs::write(probe.join("file"), "").is_err();
    fs::remove_dir(&probe).or_else(|_| fs::remove_dir_all(&probe)).unwrap();
    if !binds {
        let root = copy.prepared.sandbox.folder();
        let owned = Command::new("chown").args(["-R", &format!("{NOBODY}:{NOBODY}")]).arg(root).status();
        let entered = Command::new("true").current_dir(&copy.path).uid(NOBODY).gid(NOBODY).status();
        let run = Command::new(env!("CARGO_BIN_EXE_meed"))
            .arg("--version")
            .current_dir(&copy.path)
            .uid(NOBODY)
            .gid(NOBODY)
            .output();
        if !owned.is_ok_and(|done| done.success()) || entered.is_err() || run.is_err() {
            return None;
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    Some(command)
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn folders_that_may_not_be_written() {
    // What may not be written, whether the branch moves all the same, and what is said.
    let cases: [(&str, bool, &str); 4] = [
        (".git/objects", false, "error: "),
        (".git/refs/heads", false, "error: "),
        ("rounds/2026-02", true, "git restore --staged --worktree -- rounds/2026-02/results/"),
        (".git", true, "git restore --staged --worktree -- rounds/2026-02/results/"),
    ];
    let mut seen = 0;
    for (folder, moves, says) in cases {
        let prepared = Prepared::open(1);
        let tree = prepared.closed_tree();
        let copy = prepared.copy();
        let before = (copy.tip(), copy.files());
        let Some(mut command) = bound_by_permissions(&copy) else {
            crate::support::skip("4 folders that may not be written: permissions do not bind here");
            return;
        };
        // All of `.git/objects`, so that no folder in it happens to be there and writable.
        let parts = Command::new("find").arg(copy.at(folder)).args(["-type", "d"]).output().unwrap();
        let parts = String::from_utf8(parts.stdout).unwrap();
        let parts: Vec<&str> =
            parts.lines().take(if folder == ".git/objects" { usize::MAX } else { 1 }).collect();
        for part in &parts {
            set_mode(Path::new(part), 0o555);
        }
        let output = command.output().unwrap();
        for part in &parts {
            set_mode(Path::new(part), 0o755);
        }
        // Back to whoever runs the test, whose git wants to own the repository.
        let own = format!(
            "{}",
            fs::metadata("/proc/self").map_or(0, |own| std::os::unix::fs::MetadataExt::uid(&own))
        );
        let _ = Command::new("chown").args(["-R", &own]).arg(prepared.sandbox.folder()).status();
        let said = text(&output);
        assert!(said.contains(says), "{folder}: {said}");
        assert_eq!(output.status.code(), Some(if moves { 0 } else { 3 }), "{folder}: {said}");
        if !moves {
            assert!(copy.files() == before.1, "{folder}");
        }
        let _ = copy.git(&["update-index", "-q", "--refresh"]);
        let args = prepared.close_args();
        assert_eq!(
            copy.assert_recovers(&args, &before.0, &tree, &["rounds/2026-02/results"]),
            moves,
            "{folder}"
        );
        seen += 1;
    }
    eprintln!("{seen} folders that may not be written");
}

/// The calls of a close in their order, from strace; `None` where it cannot trace.
fn trace(copy: &Copy<'_>) -> Option<Vec<String>> {
    let works = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    if !works.is_ok_and(|status| status.success()) {
        return None;
    }
    let file = copy.prepared.sandbox.path("trace");
    let calls = "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat";
    let mut command = copy.command("strace");
    command.args(["-f", "-y", "-e", calls, "-o"]).arg(&file).arg(env!("CARGO_BIN_EXE_meed"));
    let output = command.args(copy.prepared.close_args()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let done = |line: &&str| line.ends_with("= 0");
    Some(fs::read_to_string(file).unwrap().lines().filter(done).map(str::to_owned).collect())
}

#[test]
fn all_is_on_the_disk_before_the_branch_moves() {
    let prepared = Prepared::open(1);
    let copy = prepared.copy();
    let config = fs::read(copy.at(".git/config")).unwrap();
    let before = copy.tip();
    let Some(calls) = trace(&copy) else {
        eprintln!(
            "SKIPPED: the order of fsync and rename in a close: strace is missing or may not trace here"
        );
        return;
    };
    assert_eq!(fs::read(copy.at(".git/config")).unwrap(), config, "the repository's settings stay");
    let at = |what: &str, parts: &[&str]| {
        let found = calls.iter().position(|call| parts.iter().all(|part| call.contains(part)));
        found.unwrap_or_else(|| panic!("{what}: no call with {parts:?} in\n{}", calls.join("\n")))
    };
    let visible = at("the branch", &["rename", "refs/heads/main.lock\"", "refs/heads/main\""]);
    assert!(at("the new value of the branch", &["fsync(", "refs/heads/main.lock>"]) < visible);
    let new = copy.git(&["rev-list", "--objects", &format!("{before}..main")]);
    // Each object: written to a temporary file, forced to the disk, renamed, and its folder forced too.
    for object in new.lines().map(|line| line.split(' ').next().unwrap()) {
        let (folder, name) = object.split_at(2);
        let there = format!("objects/{folder}/{name}\"");
        let renamed = at(object, &["objects/", &there]);
        let from = calls[renamed].split('"').nth(1).unwrap();
        let temporary = from.rsplit('/').next().unwrap();
        let forced = at(object, &["fsync(", &format!("{temporary}>")]);
        assert!(forced < renamed && renamed < visible, "{object}: {forced}, {renamed}, {visible}");
        let in_folder = format!("objects/{folder}>");
        let folder_forced =
            calls[renamed..visible].iter().any(|call| call.contains("fsync(") && call.contains(&in_folder));
        assert!(folder_forced, "{object}: its folder is not forced to the disk:\n{}", calls.join("\n"));
    }
    let after = calls[visible..].iter().any(|call| call.contains("fsync(") && call.contains("refs/heads>"));
    assert!(after, "the folder of the branch is forced to the disk");
    let count = calls.iter().filter(|call| call.contains("sync(")).count();
    eprintln!("{count} times fsync in a close that makes {} objects", new.lines().count());
}
