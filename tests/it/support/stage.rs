//! Ledgers for tests that break them: built once, copied for each case; and a listing of
//! everything in the sandbox, to show that a refused command wrote nothing.

use std::collections::BTreeMap;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use super::sandbox::Sandbox;

/// What a case starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// A key and no ledger.
    Nothing,
    /// A ledger with the committed round 2026-01, which is open.
    Open,
    /// A ledger in which 2026-01 and 2026-02 are closed, and nothing is open.
    Closed,
}

/// Folders (`None`) and files of a built sandbox.
type Built = Vec<(PathBuf, Option<Vec<u8>>)>;

/// A sandbox of its own for one case.
pub fn stage(start: Start) -> Sandbox {
    static OPEN: OnceLock<Built> = OnceLock::new();
    static CLOSED: OnceLock<Built> = OnceLock::new();
    let sandbox = Sandbox::new();
    let built = match start {
        Start::Nothing => return sandbox,
        Start::Open => OPEN.get_or_init(|| {
            let sandbox = Sandbox::ledger();
            sandbox.add_round("2026-01");
            contents(&sandbox)
        }),
        Start::Closed => CLOSED.get_or_init(|| contents(&Sandbox::closed(2))),
    };
    for (path, bytes) in built {
        let path = sandbox.folder().join(path);
        match bytes {
            None => fs::create_dir_all(path).unwrap(),
            // Written over, so that the private key keeps its permissions.
            Some(bytes) => fs::write(path, bytes).unwrap(),
        }
    }
    sandbox
}

/// Everything in a sandbox, folders before their files.
fn contents(sandbox: &Sandbox) -> Built {
    let mut built = Vec::new();
    walk(sandbox.folder(), &mut |path, is_folder| {
        let relative = path.strip_prefix(sandbox.folder()).unwrap().to_owned();
        built.push((relative, (!is_folder).then(|| fs::read(path).unwrap())));
    });
    built
}

/// Everything in a sandbox by path: kind, length and digest of each file, the target of each link.
/// Left out are git's objects, which change nothing for anybody until a branch names them.
pub fn listing(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let mut listing = BTreeMap::new();
    walk(sandbox.folder(), &mut |path, is_folder| {
        let name = path.strip_prefix(sandbox.folder()).unwrap().to_string_lossy().into_owned();
        if name.contains(".git/objects") {
            return;
        }
        let kind = fs::symlink_metadata(path).unwrap().file_type();
        let what = if is_folder {
            "folder".to_owned()
        } else if kind.is_symlink() {
            format!("link to {}", fs::read_link(path).unwrap().display())
        } else if kind.is_file() {
            meed::files::sha256_hex(&fs::read(path).unwrap())
        } else {
            "other".to_owned()
        };
        listing.insert(name, what);
    });
    listing
}

/// Visits what is below a folder: path, and whether it is a folder.
fn walk(folder: &Path, visit: &mut dyn FnMut(&Path, bool)) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let is_folder = fs::symlink_metadata(&path).unwrap().is_dir();
        visit(&path, is_folder);
        if is_folder {
            walk(&path, visit);
        }
    }
}

/// Threads for the cases: they wait for the disk more than they compute.
const THREADS: usize = 4;

/// Runs all cases on some threads; what went wrong in each is told together at the end.
pub fn run_all<T: Sync>(cases: &[T], run: impl Fn(&T) -> Result<(), String> + Sync) {
    let next = Mutex::new(cases.iter());
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().unwrap().next() else { return };
                    // A panic has printed its place; the other cases go on.
                    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| run(case)));
                    let outcome = outcome.unwrap_or_else(|_| Err("a case panicked, see above".to_owned()));
                    if let Err(fault) = outcome {
                        faults.lock().unwrap().push(fault);
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{} cases fail:\n\n{}", faults.len(), faults.join("\n\n"));
}

/// Replaces a text that must be in a file of the work tree.
#[track_caller]
pub fn replace(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    let text = sandbox.read(path);
    assert!(text.contains(from), "{path} does not hold {from}");
    sandbox.write(path, text.replacen(from, to, 1));
}

/// Replaces a text that must be in a file of the work tree, and commits.
#[track_caller]
pub fn edit(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    replace(sandbox, path, from, to);
    sandbox.commit("Change an input");
}
