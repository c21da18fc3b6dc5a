//! The git repository under a ledger: commits to files, files to commits, the branch, history.
//!
//! This is the only place that uses libgit2. It moves bytes and knows nothing of rewards,
//! signatures or ledger files; callers see [`ObjectId`], [`Entry`] and plain bytes.
//!
//! * [`open`]: find the repository, say clearly why one cannot be used, switch fsync on;
//! * [`read`]: branches, commits, folders and files, exactly as they are stored;
//! * [`history`]: all ancestors of a commit, and what changed between two trees;
//! * [`write`](mod@write): new objects, then the branch by compare-and-swap;
//! * [`follow`]: the work tree, before and after the branch moves.
//!
//! Reading never asks libgit2 for a *parsed* commit or a revision walk: both let files beside the
//! objects (`info/grafts`, `shallow`, the commit-graph) change who is whose parent. What the
//! objects themselves say is what everybody else who holds them sees. Replace refs are not
//! applied by libgit2 at all.

use std::fmt;

use crate::error::{Error, Shown};

pub mod follow;
pub mod history;
pub mod open;
pub mod read;
pub mod write;

#[cfg(test)]
mod tests;

pub use history::{Change, CommitNode};
pub use read::{Entry, Kind};
pub use write::{NewCommit, Person};

/// An open repository. Cheap to open; not shared between threads: each thread opens
/// [`Repository::git_folder`] for itself.
pub struct Repository {
    inner: git2::Repository,
}

/// The name of a stored object (commit, tree or blob): its SHA-1. Shown as 40 lower-case
/// hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(git2::Oid);

impl ObjectId {
    /// Reads exactly 40 lower-case hexadecimal digits; anything else gives `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 40 || !digits {
            return None;
        }
        git2::Oid::from_str(text).ok().map(Self)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// What libgit2 said, as an error of ours; `doing` names the step: `reading tree 1234...`.
fn failed(doing: impl Into<String>, error: &git2::Error) -> Error {
    Error::GitFailed { doing: doing.into(), message: Shown::from(error.message()) }
}

/// A failure that libgit2 did not see but we did.
fn damaged(doing: impl Into<String>, message: &str) -> Error {
    Error::GitFailed { doing: doing.into(), message: Shown::from(message) }
}

/// The place of `name` in `folder`; the root folder is the empty text.
fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
