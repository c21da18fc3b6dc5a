//! Writing: blobs, trees, signed commits, and last the branch, by compare-and-swap.
//!
//! Objects that no branch names change nothing for anybody, so all of them come first. The branch
//! moves in one step, only from where the caller saw it.

use std::time::Duration;

use git2::build::TreeUpdateBuilder;
use git2::{ErrorCode, FileMode, Oid, Signature, Time};

use super::open::shown_path;
use super::read::branch_ref;
use super::{ObjectId, Repository, damaged, failed};
use crate::error::{Error, Place, Shown};

/// Tries, and the pause between them, while another program holds a lock: about a second.
pub(super) const LOCK_TRIES: u32 = 25;
pub(super) const LOCK_PAUSE: Duration = Duration::from_millis(40);

/// The name and mail of an author or committer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name, not empty.
    pub name: String,
    /// The mail address, not empty.
    pub email: String,
}

/// A commit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents; none for the first commit.
    pub parents: Vec<ObjectId>,
    /// Who made what it holds.
    pub author: Person,
    /// Who made the commit.
    pub committer: Person,
    /// Both dates: seconds since 1970 in UTC, zero or more; written with the offset `+0000`.
    pub seconds: i64,
    /// The whole message, kept byte for byte.
    pub message: String,
}

impl Repository {
    /// Moves a branch from `old` to `new` in one step, or makes it when `old` is `None`; writes
    /// `reflog_message` to the branch's log where one is kept.
    ///
    /// Errors: somebody else moved it first; locked for more than about a second. The branch is
    /// then as the other program left it.
    pub fn move_branch(
        &self,
        branch: &str,
        new: ObjectId,
        old: Option<ObjectId>,
        reflog_message: &str,
    ) -> Result<(), Error> {
        let name = branch_ref(branch)?;
        let expected = old.map_or(Oid::ZERO_SHA1, |id| id.0);
        for _ in 0..LOCK_TRIES {
            // A symbolic branch is refused here; and git would follow it, libgit2 overwrite it.
            let tip = self.branch_tip(branch)?;
            let moved = self.inner.reference_matching(&name, new.0, old.is_some(), expected, reflog_message);
            let Err(error) = moved else { return Ok(()) };
            match error.code() {
                // libgit2 does not wait for a lock.
                ErrorCode::Locked => std::thread::sleep(LOCK_PAUSE),
                ErrorCode::Modified => return Err(Error::BranchMoved { branch: Shown::from(branch) }),
                // Also said when `a/b` cannot be made because there is a branch `a`.
                ErrorCode::Exists if tip.is_some() || self.branch_tip(branch)?.is_some() => {
                    return Err(Error::BranchMoved { branch: Shown::from(branch) });
                }
                ErrorCode::NotFound if old.is_some() => {
                    return Err(Error::BranchMoved { branch: Shown::from(branch) });
                }
                _ => return Err(failed(format!("moving branch {}", Shown::from(branch)), &error)),
            }
        }
        let lock = self.inner.commondir().join(format!("{name}.lock"));
        Err(Error::BranchLocked { branch: Shown::from(branch), lock: shown_path(&lock) })
    }

    /// Stores the bytes of a file.
    pub fn write_blob(&self, bytes: &[u8]) -> Result<ObjectId, Error> {
        self.inner.blob(bytes).map(ObjectId).map_err(|error| failed("storing a file", &error))
    }

    /// Stores a tree: `base` (or nothing) with the files `set` as plain files and those of
    /// `remove` taken out, folders made and dropped as needed.
    ///
    /// Errors: a path that git cannot store, a file where a folder is needed or the other way
    /// round, a removed file that is not there.
    pub fn write_tree(
        &self,
        base: Option<ObjectId>,
        set: &[(String, ObjectId)],
        remove: &[String],
    ) -> Result<ObjectId, Error> {
        let doing = "storing a tree";
        let base = match base {
            Some(id) => id.0,
            None => self
                .inner
                .treebuilder(None)
                .and_then(|builder| builder.write())
                .map_err(|error| failed(doing, &error))?,
        };
        let base = self.inner.find_tree(base).map_err(|error| failed(doing, &error))?;
        let mut updates = TreeUpdateBuilder::new();
        for path in remove {
            check_path(path)?;
            updates.remove(path.as_str());
        }
        for (path, id) in set {
            check_path(path)?;
            updates.upsert(path.as_str(), id.0, FileMode::Blob);
        }
        updates.create_updated(&self.inner, &base).map(ObjectId).map_err(|error| failed(doing, &error))
    }

    /// The bytes of a commit before it is signed; nothing is stored.
    ///
    /// Errors: an empty name or mail, a date before 1970, a NUL in a text, an unknown parent.
    pub fn commit_buffer(&self, commit: &NewCommit) -> Result<Vec<u8>, Error> {
        let doing = "making a commit";
        if commit.seconds < 0 {
            return Err(damaged(doing, "its date is before 1970"));
        }
        let signature = |person: &Person| {
            Signature::new(&person.name, &person.email, &Time::new(commit.seconds, 0))
                .map_err(|error| failed(doing, &error))
        };
        let tree = self.inner.find_tree(commit.tree.0).map_err(|error| failed(doing, &error))?;
        let parents = commit
            .parents
            .iter()
            .map(|id| self.inner.find_commit(id.0).map_err(|error| failed(doing, &error)))
            .collect::<Result<Vec<_>, _>>()?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        self.inner
            .commit_create_buffer(
                &signature(&commit.author)?,
                &signature(&commit.committer)?,
                &commit.message,
                &tree,
                &parents,
            )
            .map(|buffer| buffer.to_vec())
            .map_err(|error| failed(doing, &error))
    }

    /// Stores the commit of [`Repository::commit_buffer`] together with its armoured signature.
    /// Commits without a signature are not offered.
    pub fn write_commit(&self, buffer: &[u8], signature_armored: &str) -> Result<ObjectId, Error> {
        let doing = "storing a commit";
        let text = std::str::from_utf8(buffer).map_err(|_| damaged(doing, "it is not UTF-8"))?;
        let signature = signature_armored.trim();
        if signature.is_empty() {
            return Err(damaged(doing, "it has no signature"));
        }
        self.inner.commit_signed(text, signature, None).map(ObjectId).map_err(|error| failed(doing, &error))
    }
}

/// libgit2's bindings end the program on a NUL in a path, and take `\` for `/` on Windows.
pub(super) fn check_path(path: &str) -> Result<(), Error> {
    let reason = if path.contains('\0') {
        "it holds a NUL byte"
    } else if path.contains('\\') {
        "it holds a backslash"
    } else if path.split('/').any(|name| matches!(name, "" | "." | "..")) {
        "a folder's name is empty, `.` or `..`"
    } else {
        return Ok(());
    };
    Err(Error::PathInvalid { place: Place::file(path), path: Shown::from(path), reason })
}
