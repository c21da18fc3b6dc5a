//! Other people's tools read what meed writes: ethers and OpenZeppelin's merkle-tree (npm),
//! beancount (PyPI), hledger (Debian). `tests/peers/install` installs them; without one of them the
//! tests that need it say so and pass. The scripts that call them stand in `tests/peers/`.

mod payouts;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::sandbox::Run;
use crate::support::{package, skip};

/// What has been installed: `MEED_PEERS`, else `peers/` in cargo's target folder.
pub fn installed() -> PathBuf {
    let target =
        || std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| package().join("target"), PathBuf::from);
    let folder = std::env::var_os("MEED_PEERS").map_or_else(|| target().join("peers"), PathBuf::from);
    // Cargo takes a relative folder from where it was called: the package.
    package().join(folder)
}

/// Runs `tests/peers/<script>` with node, which finds the npm packages. `None`, with a loud line, when
/// they are not installed.
pub fn node(script: &str, args: &[&str]) -> Option<Run> {
    let modules = installed().join("node_modules");
    if !modules.join("ethers").is_dir() {
        return missing(script, "npm packages");
    }
    let mut command = Command::new("node");
    Some(Run::of_command(command.arg(scripts().join(script)).args(args).env("NODE_PATH", modules)))
}

/// Runs `tests/peers/<script>` with a Python that has beancount. `None`, with a loud line, when it is
/// not installed.
pub fn python(script: &str, args: &[&str]) -> Option<Run> {
    let python = installed().join("python/bin/python");
    if !python.exists() {
        return missing(script, "Python packages");
    }
    Some(Run::of_command(Command::new(python).arg(scripts().join(script)).args(args)))
}

/// Runs beancount's `bean-check` on a file. `None`, with a loud line, when it is not installed.
pub fn bean_check(file: &Path) -> Option<Run> {
    let program = installed().join("python/bin/bean-check");
    if !program.exists() {
        return missing("bean-check", "Python packages");
    }
    Some(Run::of_command(Command::new(program).arg("--no-cache").arg(file)))
}

/// Runs hledger. `None`, with a loud line, when it is not installed.
pub fn hledger(args: &[&str]) -> Option<Run> {
    match Command::new("hledger").args(args).env("LC_ALL", "C.UTF-8").output() {
        Ok(output) => Some(Run::of(output)),
        Err(_) => missing("hledger", "hledger"),
    }
}

fn scripts() -> PathBuf {
    package().join("tests/peers")
}

/// Says loudly what is not tested, and what would change that.
fn missing(what: &str, needed: &str) -> Option<Run> {
    skip(&format!("{what}: {needed} not installed; tests/peers/install does it"));
    None
}

/// A broken installation would show in every other test as a puzzle; here it has a name.
#[test]
fn the_peers_start() {
    if let Some(run) = node("versions.cjs", &[]) {
        assert_eq!(
            run.ok(),
            "ethers 6.17.0\n@openzeppelin/merkle-tree 1.0.8\nplaywright-core 1.65.1\naxe-core 4.14.1\n"
        );
    }
    if let Some(run) = python("versions.py", &[]) {
        assert_eq!(run.ok(), "beancount 3.2.3\n");
    }
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("wrong.beancount");
    std::fs::write(&books, "2026-01-31 open Assets:Treasury\n2026-01-30 close Assets:Treasury\n").unwrap();
    if let Some(run) = bean_check(&books) {
        assert!(run.fails(1).contains("Assets:Treasury"));
    }
    if let Some(run) = hledger(&["--version"]) {
        assert!(run.ok().starts_with("hledger "));
    }
}
