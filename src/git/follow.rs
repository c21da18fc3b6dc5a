//! The work tree: what must hold before the branch moves, and the files that follow it.
//!
//! The order of a writer is: [`Repository::refuse_if_checked_out_elsewhere`]; objects and
//! signature; [`Repository::preflight`] while HEAD is old; [`Repository::move_branch`];
//! [`Repository::follow`]. Only the writer's own paths are looked at and written: other changes
//! in the work tree and in the index neither block nor change.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use git2::build::CheckoutBuilder;
use git2::{DiffOptions, ErrorCode, RepositoryState, Status, StatusOptions};

use super::open::shown_path;
use super::write::{LOCK_PAUSE, LOCK_TRIES, check_path};
use super::{ObjectId, Repository, failed, join};
use crate::error::{Error, Shown};

impl Repository {
    /// Whether `paths` could be written to the work tree once `branch` has moved: no operation
    /// under way, the index not locked, their folders real or missing, the files themselves as
    /// committed or missing. Holds at once when the branch is not checked out here.
    pub fn preflight(&self, branch: &str, paths: &[String]) -> Result<(), Error> {
        let Some(work_tree) = self.work_tree_of(branch) else { return Ok(()) };
        self.no_operation_under_way()?;
        for path in paths {
            check_path(path)?;
            nothing_in_the_way(&work_tree, path)?;
        }
        self.files_are_clean(paths)
    }

    /// Writes `paths` as they are in `commit`, which `branch` now names, to the work tree and to
    /// the index. Does nothing when the branch is not checked out here.
    ///
    /// The branch has moved already, so a failure is not the end: the repair is
    /// `git restore --staged --worktree -- <paths>`.
    pub fn follow(&self, branch: &str, commit: ObjectId, paths: &[String]) -> Result<(), Error> {
        // Without paths libgit2 would check out everything.
        if self.work_tree_of(branch).is_none() || paths.is_empty() {
            return Ok(());
        }
        let doing = "updating the work tree";
        let mut checkout = CheckoutBuilder::new();
        checkout.force().disable_pathspec_match(true).update_index(true);
        for path in paths {
            check_path(path)?;
            checkout.path(path.as_str());
        }
        let tree = self.tree_of(commit)?;
        let tree = self.inner.find_tree(tree.0).map_err(|error| failed(doing, &error))?;
        for _ in 0..LOCK_TRIES {
            match self.inner.checkout_tree(tree.as_object(), Some(&mut checkout)) {
                Ok(()) => return Ok(()),
                // An editor or a prompt may just be asking for the state; libgit2 does not wait.
                Err(error) if error.code() == ErrorCode::Locked => std::thread::sleep(LOCK_PAUSE),
                Err(error) => return Err(failed(doing, &error)),
            }
        }
        Err(Error::IndexLocked { lock: shown_path(&self.index_lock()) })
    }

    /// Refuses a branch that another work tree of this repository has checked out: its files and
    /// index would silently fall behind.
    pub fn refuse_if_checked_out_elsewhere(&self, branch: &str) -> Result<(), Error> {
        let common = self.inner.commondir();
        let here = self.inner.path();
        let is_here = |folder: &Path| match (fs::canonicalize(folder), fs::canonicalize(here)) {
            (Ok(folder), Ok(here)) => folder == here,
            _ => folder == here,
        };
        let elsewhere =
            |path: &Path| Err(Error::BranchElsewhere { branch: Shown::from(branch), path: shown_path(path) });
        if !is_here(common) && head_names(common, branch) {
            let main = git2::Repository::open(common)
                .map_err(|error| failed("reading the main work tree", &error))?;
            if let Some(work_tree) = main.workdir() {
                return elsewhere(work_tree);
            }
        }
        let names = self.inner.worktrees().map_err(|error| failed("listing work trees", &error))?;
        for name in names.iter_bytes().map(String::from_utf8_lossy) {
            let folder = common.join("worktrees").join(name.as_ref());
            if is_here(&folder) || !head_names(&folder, branch) {
                continue;
            }
            let linked = self.inner.find_worktree(&name);
            // One whose folder is gone is only a leftover, which git prunes one day.
            match linked {
                Ok(linked) if linked.is_prunable(None).unwrap_or(false) => {}
                Ok(linked) => return elsewhere(linked.path()),
                Err(_) => return elsewhere(&folder),
            }
        }
        Ok(())
    }

    /// The files at or below the folder `under` (empty: everywhere) whose state in the work tree
    /// or the index is not that of `commit`: changed, staged, deleted, or untracked and not
    /// ignored; in byte order. Line ends that git's settings convert do not count. Empty when
    /// there is no work tree.
    pub fn differs_from_commit(&self, commit: ObjectId, under: &str) -> Result<Vec<String>, Error> {
        if self.inner.workdir().is_none() {
            return Ok(Vec::new());
        }
        let doing = "comparing the work tree";
        let mut options = DiffOptions::new();
        options
            .disable_pathspec_match(true)
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .include_typechange(true)
            .include_unreadable(true);
        if !under.is_empty() {
            check_path(under)?;
            options.pathspec(under);
        }
        let tree = self.tree_of(commit)?;
        let tree = self.inner.find_tree(tree.0).map_err(|error| failed(doing, &error))?;
        let staged = self
            .inner
            .diff_tree_to_index(Some(&tree), None, Some(&mut options))
            .map_err(|error| failed(doing, &error))?;
        let changed = self
            .inner
            .diff_index_to_workdir(None, Some(&mut options))
            .map_err(|error| failed(doing, &error))?;
        let inside = join(under, "");
        let paths: BTreeSet<String> = staged
            .deltas()
            .chain(changed.deltas())
            .flat_map(|delta| [delta.old_file().path_bytes(), delta.new_file().path_bytes()])
            .flatten()
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .filter(|path| path == under || path.starts_with(&inside))
            .collect();
        Ok(paths.into_iter().collect())
    }

    /// The work tree's folder, if it has `branch` checked out.
    fn work_tree_of(&self, branch: &str) -> Option<std::path::PathBuf> {
        let head = self.head_branch().ok()?;
        if head == branch { self.work_tree() } else { None }
    }

    fn index_lock(&self) -> std::path::PathBuf {
        self.inner.path().join("index.lock")
    }

    fn no_operation_under_way(&self) -> Result<(), Error> {
        if let Some(operation) = operation(self.inner.state()) {
            return Err(Error::WorkTreeBusy { operation });
        }
        let lock = self.index_lock();
        if fs::symlink_metadata(&lock).is_ok() {
            return Err(Error::IndexLocked { lock: shown_path(&lock) });
        }
        // An index that libgit2 cannot read (split, sparse) fails here, before anything is written.
        let mut index = self.inner.index().map_err(|error| failed("reading the index", &error))?;
        index.read(false).map_err(|error| failed("reading the index", &error))?;
        if index.has_conflicts() {
            return Err(Error::WorkTreeBusy { operation: "a merge with conflicts" });
        }
        Ok(())
    }

    /// Each of `paths` is in the work tree and in the index what HEAD holds, or in none of them.
    fn files_are_clean(&self, paths: &[String]) -> Result<(), Error> {
        if paths.is_empty() {
            return Ok(());
        }
        let mut options = StatusOptions::new();
        options
            .disable_pathspec_match(true)
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .include_ignored(true)
            .recurse_ignored_dirs(true)
            .include_unreadable(true);
        for path in paths {
            options.pathspec(path.as_str());
        }
        let statuses = self
            .inner
            .statuses(Some(&mut options))
            .map_err(|error| failed("reading the state of the work tree", &error))?;
        for found in statuses.iter() {
            let path = Shown::from(String::from_utf8_lossy(found.path_bytes()).as_ref());
            let status = found.status();
            if status.is_ignored() {
                return Err(Error::PathInTheWay { path, what: "an ignored file" });
            }
            if status.is_wt_new() && !status.is_index_deleted() {
                return Err(Error::PathInTheWay { path, what: "an untracked file" });
            }
            if status != Status::CURRENT {
                return Err(Error::WorkTreeDiffers { path });
            }
        }
        Ok(())
    }
}

/// The folders on the way to `path` are real ones or missing, and no folder stands at `path`.
/// Neither git's status nor a dry run of a checkout sees these.
fn nothing_in_the_way(work_tree: &Path, path: &str) -> Result<(), Error> {
    let in_the_way = |path: &str, what| Err(Error::PathInTheWay { path: Shown::from(path), what });
    let mut names = path.split('/').peekable();
    let mut reached = String::new();
    while let Some(name) = names.next() {
        reached = join(&reached, name);
        let place = work_tree.join(&reached);
        let is_last = names.peek().is_none();
        let kind = match fs::symlink_metadata(&place) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                let message = Shown::from(error.to_string());
                return Err(Error::FileSystem { path: Shown::from(&reached), doing: "looked at", message });
            }
        };
        match (is_last, kind.is_dir()) {
            (true, true) => return in_the_way(&reached, "a folder"),
            (_, false) if kind.is_symlink() => return in_the_way(&reached, "a symbolic link"),
            (true, false) if !kind.is_file() => return in_the_way(&reached, "not a regular file"),
            (false, false) => return in_the_way(&reached, "a file where a folder is needed"),
            (false, true) if fs::symlink_metadata(place.join(".git")).is_ok() => {
                return in_the_way(&reached, "a repository of its own");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether HEAD in a git folder names the branch. Read as a file: libgit2 offers no way to ask
/// for the HEAD of another work tree without opening it, which fails for half-removed ones.
fn head_names(git_folder: &Path, branch: &str) -> bool {
    fs::read_to_string(git_folder.join("HEAD"))
        .ok()
        .and_then(|head| head.strip_prefix("ref:").map(|name| name.trim().to_owned()))
        .is_some_and(|name| name.strip_prefix("refs/heads/") == Some(branch))
}

fn operation(state: RepositoryState) -> Option<&'static str> {
    match state {
        RepositoryState::Clean => None,
        RepositoryState::Merge => Some("a merge"),
        RepositoryState::Revert | RepositoryState::RevertSequence => Some("a revert"),
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("a cherry-pick"),
        RepositoryState::Bisect => Some("a bisect"),
        RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => {
            Some("a rebase")
        }
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => {
            Some("applying patches (`git am`)")
        }
    }
}
