//! Tests against the real `git` program, which runs without any configuration but the
//! repository's own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{NewCommit, ObjectId, Person, Repository};
use crate::error::Error;

mod follow;
mod history;
mod open;
mod read;
mod sync;
mod write;

/// A stand-in: what a signature says is not this module's business.
const SIGNATURE: &str = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n";

/// A folder that vanishes, with git in it.
struct Fixture {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Fixture {
    /// A repository with a work tree and no commits.
    fn unborn() -> Self {
        Self::made_by(&["init", "--quiet", "-b", "main", "here"])
    }

    /// A repository with one commit: `notes.txt` and `rounds/one/praise.csv`.
    fn new() -> Self {
        let fixture = Self::unborn();
        fixture.write("notes.txt", "notes\n");
        fixture.write("rounds/one/praise.csv", "to,score\nann,1\n");
        fixture.commit("first");
        fixture
    }

    fn made_by(arguments: &[&str]) -> Self {
        let fixture = Self { folder: tempfile::tempdir().unwrap(), name: "here" };
        run(fixture.folder.path(), arguments);
        // The developer's own settings are read by libgit2 too: set what matters.
        for (key, value) in
            [("user.name", "Ann"), ("user.email", "ann@example.org"), ("core.autocrlf", "false")]
        {
            fixture.git(&["config", key, value]);
        }
        fixture
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn git(&self, arguments: &[&str]) -> String {
        run(&self.path(), arguments)
    }

    fn open(&self) -> Repository {
        Repository::open(&self.path()).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    fn commit(&self, message: &str) -> ObjectId {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.id("HEAD")
    }

    fn id(&self, rev: &str) -> ObjectId {
        ObjectId::parse(&self.git(&["rev-parse", rev])).unwrap()
    }

    fn status(&self) -> String {
        self.git(&["status", "--porcelain", "--untracked-files=all"])
    }
}

/// `git` in a folder, deaf to the developer's environment.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", "1700000000 +0000")
        .env("GIT_COMMITTER_DATE", "1700000000 +0000");
    command
}

fn attempt(folder: &Path, arguments: &[&str]) -> Output {
    git(folder).args(arguments).output().unwrap()
}

/// What git prints when it is given `input`.
fn feed(folder: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut child = git(folder).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = attempt(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim_end_matches('\n').to_owned()
}

/// Stores a commit with `files` on top of `parent`; no branch names it yet.
fn store(repository: &Repository, parent: Option<ObjectId>, files: &[(&str, &str)]) -> ObjectId {
    let set: Vec<(String, ObjectId)> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), repository.write_blob(text.as_bytes()).unwrap()))
        .collect();
    let base = parent.map(|id| repository.tree_of(id).unwrap());
    let tree = repository.write_tree(base, &set, &[]).unwrap();
    let buffer = repository.commit_buffer(&new_commit(tree, parent.into_iter().collect())).unwrap();
    repository.write_commit(&buffer, SIGNATURE).unwrap()
}

fn new_commit(tree: ObjectId, parents: Vec<ObjectId>) -> NewCommit {
    let person = Person { name: "Béa Ⅱ".to_owned(), email: "bea@example.org".to_owned() };
    NewCommit {
        tree,
        parents,
        author: person.clone(),
        committer: person,
        seconds: 1_700_000_001,
        message: "Close one\n\nBody.\n".to_owned(),
    }
}

/// The whole order of a writer, as close does it.
fn write_through(repository: &Repository, branch: &str, files: &[(&str, &str)]) -> Result<ObjectId, Error> {
    let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    repository.refuse_if_checked_out_elsewhere(branch)?;
    let old = repository.branch_tip(branch)?;
    let new = store(repository, old, files);
    repository.preflight(branch, &paths)?;
    repository.move_branch(branch, new, old, "close: one")?;
    repository.follow(branch, new, &paths)?;
    Ok(new)
}
