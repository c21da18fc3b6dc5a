//! `meed init --github`: workflows that verify the ledger at every push, propose its rounds and close
//! them.

use std::path::Path;

use crate::error::{Error, Problems, Shown};

/// The workflows, by their path from the ledger's root. Words between two underlines on each side are
/// replaced: what stands for them is checked, so nothing in a file needs to be escaped.
const WORKFLOWS: [(&str, &str); 3] = [
    (".github/workflows/close-round.yml", include_str!("../../../templates/github/close-round.yml")),
    (".github/workflows/propose-round.yml", include_str!("../../../templates/github/propose-round.yml")),
    (".github/workflows/verify-ledger.yml", include_str!("../../../templates/github/verify-ledger.yml")),
];

/// Digits of a commit's id. Actions are named by nothing shorter: a branch or a tag could be moved to
/// other code, which would run beside the signing key.
const COMMIT_DIGITS: usize = 40;
/// Most characters of an owner on GitHub.
const OWNER_LIMIT: usize = 39;
/// Most characters of a repository's name on GitHub.
const REPOSITORY_LIMIT: usize = 100;

/// Where the actions are: `OWNER/REPOSITORY@COMMIT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions {
    /// Owner and name of the repository.
    repository: String,
    /// The commit, in full.
    commit: String,
}

impl Actions {
    /// Reads `OWNER/REPOSITORY@COMMIT`.
    ///
    /// # Errors
    /// A usage error where it has another form, or names a branch or a tag.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let parts = text.split_once('@').and_then(|(repository, commit)| {
            let (owner, name) = repository.split_once('/')?;
            Some((owner, name, commit))
        });
        let is_whole = |(owner, name, commit): (&str, &str, &str)| {
            is_owner(owner) && is_repository_name(name) && is_commit(commit)
        };
        match parts.filter(|parts| is_whole(*parts)) {
            Some((owner, name, commit)) => {
                Ok(Self { repository: format!("{owner}/{name}"), commit: commit.to_owned() })
            }
            None => Err(Error::Usage {
                message: format!("--actions {}: is not OWNER/REPOSITORY@COMMIT", Shown::from(text)),
                hint: format!(
                    "name the repository on GitHub that holds meed's actions, and a commit of it by all {COMMIT_DIGITS} digits: a branch or a tag could be moved"
                ),
            }),
        }
    }
}

/// The workflows for a ledger, by path: `branch` is what is closed on, `rounds` the folder of the rounds.
///
/// # Errors
/// A usage error where the branch has a name that filters of workflows read as a pattern.
pub fn workflows(actions: &Actions, branch: &str, rounds: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
    if !is_plain(branch) {
        return Err(Error::Usage {
            message: format!("--github: the branch `{}` cannot stand in a workflow", Shown::from(branch)),
            hint: "check out a branch whose name has letters, digits, `.`, `_`, `-` and `/` only".to_owned(),
        });
    }
    let fill = |template: &str| {
        template
            .replace("__ACTIONS__", &actions.repository)
            .replace("__COMMIT__", &actions.commit)
            .replace("__BRANCH__", branch)
            .replace("__ROUNDS__", rounds)
    };
    Ok(WORKFLOWS.map(|(path, template)| (path.to_owned(), fill(template).into_bytes())).into())
}

/// Those of the files that are not in the work tree yet.
///
/// # Errors
/// All files that are there with other bytes: somebody changed them.
pub fn missing(root: &Path, files: Vec<(String, Vec<u8>)>) -> Result<Vec<(String, Vec<u8>)>, Problems> {
    let mut problems = Vec::new();
    let mut missing = Vec::new();
    for (path, bytes) in files {
        let on_disk = root.join(&path);
        if on_disk.symlink_metadata().is_err() {
            missing.push((path, bytes));
        } else if std::fs::read(&on_disk).ok().as_deref() != Some(&bytes) {
            problems.push(in_the_way(&path));
        }
    }
    Problems::unless_empty(problems, missing)
}

/// The error about a workflow that somebody changed.
pub fn in_the_way(path: &str) -> Error {
    Error::Usage {
        message: format!("{path}: is there with another text than `init --github` writes"),
        hint: "nothing was written: keep it, or move it away, write again, and compare the two".to_owned(),
    }
}

/// What has to be done on GitHub before the workflows can close anything.
pub const NEXT: &str = "next, on GitHub: an environment `meed-close` with required reviewers, this branch as its only one and the secret MEED_SIGNING_KEY (README, \"Closing periods by itself\")\n";

/// Whether a text is the name of an owner: letters, digits, and hyphens within.
fn is_owner(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
    !text.is_empty() && text.len() <= OWNER_LIMIT && text.chars().all(allowed) && !text.starts_with('-')
}

/// Whether a text is the name of a repository.
fn is_repository_name(text: &str) -> bool {
    is_plain(text) && !text.contains('/') && text.len() <= REPOSITORY_LIMIT && ![".", ".."].contains(&text)
}

/// Whether a text is the id of a commit in full.
fn is_commit(text: &str) -> bool {
    let is_digit = |digit: char| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase();
    text.len() == COMMIT_DIGITS && text.chars().all(is_digit)
}

/// Whether a text holds nothing that YAML, a filter of branches or an expression reads in its own way.
fn is_plain(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    !text.is_empty() && text.chars().all(allowed)
}
