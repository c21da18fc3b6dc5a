//! Actions and workflows: their scripts as users run them, on local repositories with the real
//! program, and the rules that their files keep.

mod close;
mod files;
mod init;
mod propose;
mod setup;
mod verify;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::support::package;
use crate::support::sandbox::{Run, Sandbox};

/// A token that must not show up anywhere.
const TOKEN: &str = "ghs_made-up-token-of-a-test";

/// A ledger that somebody works on in `ledger/`, the host's bare repository `host.git`, and the clone
/// of a runner in `runner/`.
struct Hosted {
    sandbox: Sandbox,
}

impl Hosted {
    /// The host has what is in the ledger; the runner has cloned it.
    fn new(sandbox: Sandbox) -> Self {
        let hosted = Self { sandbox };
        let (host, runner) = (hosted.sandbox.key("host.git"), hosted.sandbox.key("runner"));
        let _ = hosted.sandbox.git(&["clone", "-q", "--bare", ".", &host]).ok();
        let _ = hosted.sandbox.git(&["remote", "add", "origin", &host]).ok();
        let _ = hosted.sandbox.git(&["clone", "-q", &host, &runner]).ok();
        fs::create_dir_all(hosted.sandbox.path("bin")).unwrap();
        hosted
    }

    /// A program that stands before all others in the PATH of scripts. `REAL` is the one behind it.
    fn program(&self, name: &str, script: &str) {
        let real = Run::of_command(Command::new("sh").args(["-c", &format!("command -v {name} || true")]));
        let script = script.replace("REAL", real.ok().trim());
        let path = self.sandbox.path("bin").join(name);
        fs::write(&path, format!("#!/usr/bin/env bash\n{script}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The script of an action as the runner calls it, in its clone; no author of the test's own.
    fn command(&self, script: &str) -> Command {
        let mut command = self.sandbox.command(script_path(script).to_str().unwrap());
        let path = std::env::var("PATH").unwrap_or_default();
        for name in ["output", "summary"] {
            fs::write(self.sandbox.path(name), "").unwrap();
        }
        command
            .current_dir(self.sandbox.path("runner"))
            .env("PATH", format!("{}:{path}", self.sandbox.key("bin")))
            .env("MEED", env!("CARGO_BIN_EXE_meed"))
            .env("SANDBOX", self.sandbox.folder())
            .env("GITHUB_OUTPUT", self.sandbox.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.sandbox.path("summary"))
            .env_remove("MEED_AUTHOR");
        for name in ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"] {
            command.env_remove(format!("GIT_{name}"));
        }
        command
    }

    /// What a script gave as an output.
    fn output(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(self.sandbox.path("output")).unwrap();
        let value = text.lines().rev().find_map(|line| line.strip_prefix(&format!("{name}=")));
        value.map(str::to_owned)
    }

    /// Runs git in the host's repository.
    #[track_caller]
    fn host(&self, args: &[&str]) -> String {
        let host = self.sandbox.key("host.git");
        self.sandbox.git_ok(&[&["--git-dir", &host], args].concat())
    }

    /// Runs git in the runner's clone.
    #[track_caller]
    fn runner(&self, args: &[&str]) -> String {
        let runner = self.sandbox.key("runner");
        self.sandbox.git_ok(&[&["-C", &runner], args].concat())
    }

    /// The commit that the host's branch is at.
    fn tip(&self) -> String {
        self.host(&["rev-parse", "refs/heads/main"])
    }

    /// Commits a file in the ledger and pushes.
    fn push(&self, path: &str, text: &str) {
        self.sandbox.write(path, text);
        self.sandbox.commit(&format!("Change {path}"));
        let _ = self.sandbox.git(&["push", "-q", "origin", "main"]).ok();
    }

    /// Runs `meed verify` in a fresh clone of the host.
    fn verify(&self, args: &[&str]) -> Run {
        let clone = tempfile::tempdir_in(self.sandbox.folder()).unwrap();
        let folder = clone.path().to_str().unwrap();
        let _ = self.sandbox.git(&["clone", "-q", &self.sandbox.key("host.git"), folder]).ok();
        self.sandbox.meed(&[&["verify", "--ledger", folder], args].concat())
    }
}

/// The path of an action's script: `close/close.sh`.
fn script_path(script: &str) -> PathBuf {
    package().join(".github/actions").join(script)
}

/// Standard output and standard error.
fn said(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}
