//! Crashes, races and dirty work trees: whatever happens to the real program, the repository stays
//! valid, a round is open or closed and nothing in between, and nobody's files are damaged.

// The figures of a run are worth seeing: `--nocapture` shows them.
#![allow(clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::sandbox::Sandbox;

mod disk;
mod kills;
mod races;
mod steps;
mod work_tree;

/// A ledger prepared once, of which every try takes a copy of its own.
struct Prepared {
    sandbox: Sandbox,
    /// The rounds that are open.
    open: Vec<String>,
    copies: std::cell::Cell<u32>,
}

/// A copy of a prepared ledger.
struct Copy<'a> {
    prepared: &'a Prepared,
    path: PathBuf,
}

/// Everything in a folder but `.git`: path to kind, mode and bytes (or target).
type Files = BTreeMap<String, (char, u32, Vec<u8>)>;

impl Prepared {
    /// A ledger with one closed and `count` open rounds, and files that are not the ledger's.
    fn open(count: usize) -> Self {
        let sandbox = Sandbox::closed(1);
        let open: Vec<String> = (2..2 + count).map(|month| format!("2026-{month:02}")).collect();
        for round in &open {
            sandbox.write_round(round);
        }
        for name in ["modified", "staged", "deleted", "same"] {
            sandbox.write(&format!("notes/{name}.txt"), format!("{name}\n"));
        }
        sandbox.commit("Inputs");
        Self { sandbox, open, copies: 0.into() }
    }

    /// A new copy, with the times of the files kept so that its index is as good as the original's.
    fn copy(&self) -> Copy<'_> {
        self.copies.set(self.copies.get() + 1);
        let path = self.sandbox.path(&format!("copy-{}", self.copies.get()));
        let copied = Command::new("cp").arg("-a").arg(self.sandbox.path("ledger")).arg(&path).status();
        assert!(copied.unwrap().success());
        let copy = Copy { prepared: self, path };
        // The inodes are new: without this the first status would differ by what it has to look at.
        let _ = copy.git(&["update-index", "-q", "--refresh"]);
        copy
    }

    /// The arguments of a close of all open rounds.
    fn close_args(&self) -> Vec<String> {
        let all = if self.open.len() > 1 { vec!["--all".to_owned()] } else { Vec::new() };
        [vec!["close".to_owned(), "--key".to_owned(), self.sandbox.key("treasurer")], all].concat()
    }

    /// The arguments of a settlement of all of the closed round, by a transaction with that number.
    fn settle_args(&self, number: usize) -> Vec<String> {
        let (hash, key) = (format!("0x{number:064x}"), self.sandbox.key("treasurer"));
        ["settle", "2026-01", "--tx", &hash, "--key", &key].map(str::to_owned).to_vec()
    }

    /// The arguments of an amendment of the closed round.
    fn amend_args(&self) -> Vec<String> {
        let key = self.sandbox.key("treasurer");
        ["amend", "2026-01", "--reason", "A score was mistyped.", "--key", &key].map(str::to_owned).to_vec()
    }

    /// Adds a simulation, and gives the arguments that close it.
    fn simulation_args(&self) -> Vec<String> {
        self.sandbox.add_simulation("funding");
        let key = self.sandbox.key("treasurer");
        ["close", "simulations/funding", "--key", &key].map(str::to_owned).to_vec()
    }

    /// The tree of an undisturbed close.
    fn closed_tree(&self) -> String {
        let copy = self.copy();
        assert_eq!(copy.close().status.code(), Some(0));
        copy.tree()
    }
}

impl Copy<'_> {
    /// A program in the copy, hermetic as the sandbox's own.
    fn command(&self, program: &str) -> Command {
        let mut command = self.prepared.sandbox.command(program);
        command.current_dir(&self.path);
        command
    }

    fn meed_command<T: AsRef<str>>(&self, args: &[T]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_meed"));
        command.args(args.iter().map(AsRef::as_ref));
        command
    }

    fn meed<T: AsRef<str>>(&self, args: &[T]) -> Output {
        self.meed_command(args).output().unwrap()
    }

    fn close(&self) -> Output {
        self.meed(&self.prepared.close_args())
    }

    /// What git prints, without the last line end; it must succeed.
    #[track_caller]
    fn git(&self, args: &[&str]) -> String {
        let output = self.command("git").args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    fn write(&self, path: &str, bytes: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), bytes).unwrap();
    }

    fn tip(&self) -> String {
        self.git(&["rev-parse", "main"])
    }

    fn tree(&self) -> String {
        self.git(&["rev-parse", "main^{tree}"])
    }

    fn status(&self) -> String {
        self.git(&["status", "--porcelain", "--untracked-files=all"])
    }

    /// The repository is valid; objects that nothing names are no damage.
    #[track_caller]
    fn assert_valid(&self) {
        let output = self.command("git").args(["fsck", "--strict", "--no-dangling"]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }

    #[track_caller]
    fn assert_verifies(&self) {
        let output = self.meed(&["verify"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }

    /// Lock files that were left behind, below `.git`.
    fn locks(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.at(".git")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "lock") {
                    found.push(path);
                }
            }
        }
        found
    }

    /// After a writer died: as before or as after, and in both cases one step from well. `again` are
    /// the arguments of the command, `tree` is the one that an undisturbed run gives, `paths` are what
    /// it writes. Gives whether the branch had moved.
    #[track_caller]
    fn assert_recovers(&self, again: &[String], before: &str, tree: &str, paths: &[&str]) -> bool {
        self.assert_valid();
        for lock in self.locks() {
            if self.tip() == before {
                let output = self.meed(again);
                let said = text(&output);
                assert_eq!(output.status.code(), Some(3), "{said}");
                assert!(
                    said.contains(lock.to_str().unwrap()) && said.contains("remove the lock file"),
                    "{said}"
                );
            }
            fs::remove_file(lock).unwrap();
        }
        let moved = self.tip() != before;
        if moved {
            assert_eq!(self.tree(), tree);
            let restore = ["restore", "--staged", "--worktree", "--"];
            let _ = self.git(&[&restore[..], paths].concat());
        } else {
            assert_eq!(self.status(), "", "nothing has moved, so nothing is different");
            let output = self.meed(again);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output));
            assert_eq!(self.tree(), tree);
        }
        assert_eq!(self.status(), "");
        self.assert_verifies();
        moved
    }

    fn files(&self) -> Files {
        files(&self.path)
    }

    /// Takes the copy away before the end of the test, to keep the disk small.
    fn remove(self) {
        fs::remove_dir_all(&self.path).unwrap();
    }
}

/// All that a program printed.
fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn files(root: &Path) -> Files {
    let mut found = Files::default();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if name == ".git" {
                continue;
            }
            let metadata = fs::symlink_metadata(&path).unwrap();
            let (mode, kind) = (metadata.permissions().mode(), metadata.file_type());
            // A file that was written again would show by its inode and time, even with equal bytes.
            let times = [metadata.ino().to_le_bytes(), metadata.mtime_nsec().to_le_bytes()].concat();
            if kind.is_symlink() {
                let target = fs::read_link(&path).unwrap().to_str().unwrap().as_bytes().to_vec();
                found.insert(name, ('l', mode, target));
            } else if kind.is_dir() {
                found.insert(name, ('d', mode, Vec::new()));
                folders.push(path);
            } else {
                found.insert(name, ('f', mode, [fs::read(&path).unwrap_or_default(), times].concat()));
            }
        }
    }
    found
}

/// A small generator of a fixed sequence (xorshift), so that a failing run can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}
