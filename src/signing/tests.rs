//! Signatures against the real programs: ssh-keygen, git and ssh-agent. A program that is missing
//! skips its tests loudly.

mod hardware;
mod keys;
mod openssh;
mod strict;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ssh_key::{HashAlg, PrivateKey};

use super::*;

/// Kind, its `-t` and `-b` arguments; one key each.
const KINDS: [(&str, &[&str]); 5] = [
    ("ssh-ed25519", &["-t", "ed25519"]),
    ("ecdsa-sha2-nistp256", &["-t", "ecdsa", "-b", "256"]),
    ("ecdsa-sha2-nistp384", &["-t", "ecdsa", "-b", "384"]),
    ("ecdsa-sha2-nistp521", &["-t", "ecdsa", "-b", "521"]),
    ("ssh-rsa", &["-t", "rsa", "-b", "3072"]),
];

const NOBODY: KeyAccess<'static> = KeyAccess { agent_socket: None, home: None, passphrase: &|_| None };

/// Whether a program runs; says so loudly when it does not.
fn has(program: &str) -> bool {
    let found = Command::new(program)
        .arg("-?")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {program} is not on this machine");
    }
    found
}

/// A program in a folder, without the user's configuration or agent.
fn program(name: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder).args(arguments).env_remove("SSH_AUTH_SOCK").env_remove("SSH_ASKPASS");
    command.env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

/// Runs it with something on its standard input.
fn run(name: &str, folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = program(name, folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that fails early does not read its input.
    drop(child.stdin.take().unwrap().write_all(input));
    child.wait_with_output().unwrap()
}

#[track_caller]
fn succeed(name: &str, folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = run(name, folder, arguments, input);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {complaint}");
    output.stdout
}

/// A new key in the folder; its path.
fn new_key(folder: &Path, name: &str, kind: &[&str], passphrase: &str) -> PathBuf {
    let arguments = [kind, &["-q", "-N", passphrase, "-C", "ada@example.org", "-f", name]].concat();
    succeed("ssh-keygen", folder, &arguments, b"");
    folder.join(name)
}

fn load(path: &Path) -> SigningKey {
    SigningKey::load(path.to_str().unwrap(), NOBODY).unwrap()
}

/// Whether `ssh-keygen -Y verify` accepts a signature by a key over a text.
fn openssh_accepts(folder: &Path, key: &PublicKey, armored: &str, text: &[u8]) -> bool {
    let line = render_line("ada@example.org", &["git"], key).unwrap();
    fs::write(folder.join("allowed"), format!("{line}\n")).unwrap();
    fs::write(folder.join("signature"), armored).unwrap();
    let arguments =
        ["-Y", "verify", "-f", "allowed", "-I", "ada@example.org", "-n", "git", "-s", "signature"];
    run("ssh-keygen", folder, &arguments, text).status.success()
}
