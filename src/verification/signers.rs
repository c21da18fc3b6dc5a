//! The `signers` check: every change of allowed_signers was signed by somebody whom the file named
//! before it. It starts at a root that has to be trusted or named.

use std::borrow::Cow;

use super::history::{ALLOWED_SIGNERS_FILE, CommitState, History, SignersChange, check_date};
use super::{Check, Options, State};
use crate::git::{ObjectId, Repository};
use crate::signing::{self, AllowedSigners, CommitParts, GIT_NAMESPACE, PublicKey, Signer};

/// Reads the allowed_signers of a tree.
fn read(repository: &Repository, blob: ObjectId) -> Result<AllowedSigners, String> {
    let bytes = repository.blob(blob).map_err(|error| error.to_string())?;
    AllowedSigners::parse(ALLOWED_SIGNERS_FILE, &bytes)
        .map_err(|problems| problems.errors().first().map_or_else(String::new, ToString::to_string))
}

/// The auditor's own list, else the one in `blob`; `nobody` is what to say where there is neither.
pub(super) fn allowed<'a>(
    repository: &Repository,
    options: &'a Options,
    blob: Option<ObjectId>,
    nobody: &str,
) -> Result<Cow<'a, AllowedSigners>, String> {
    match &options.signers {
        Some(own) => Ok(Cow::Borrowed(own)),
        None => read(repository, blob.ok_or(nobody)?).map(Cow::Owned),
    }
}

/// Checks all changes of allowed_signers, or says that the auditor's own list stands in. `selected`
/// are the places of the closings that are looked at besides.
pub fn check_signers(
    repository: &Repository,
    history: &History,
    options: &Options,
    selected: &[usize],
) -> Check {
    let name = "signers";
    if options.signers.is_some() {
        let detail = "replaced by the list given with --signers".to_owned();
        return Check { name, state: State::NotChecked, detail };
    }
    let root = examine(repository, history, options);
    match root.and_then(|root| forked(history, selected).map_or(Ok(root), Err)) {
        Ok(detail) => Check { name, state: State::Holds, detail },
        Err(detail) => Check { name, state: State::Fails, detail },
    }
}

/// The root with its fingerprints, or the first change that does not hold.
fn examine(repository: &Repository, history: &History, options: &Options) -> Result<String, String> {
    let mut root: Option<&CommitState> = None;
    for (place, change) in &history.signers_changes {
        let commit = history.at(*place).ok_or("a commit is missing")?;
        let id = commit.node.id;
        match (change, root) {
            (SignersChange::Root, None) => {
                signed_by_listed(repository, commit, commit.allowed_signers).map_err(|reason| {
                    format!("the root {id} is not signed by a key that it lists: {reason}")
                })?;
                root = Some(commit);
            }
            (SignersChange::Root, Some(first)) => {
                return Err(format!(
                    "{id} adds a second allowed_signers; the first came with {}",
                    first.node.id
                ));
            }
            (SignersChange::Changed, _) => {
                let before = commit.parents.first().and_then(|parent| history.at(*parent));
                signed_by_listed(repository, commit, before.and_then(|before| before.allowed_signers))
                    .and_then(|parts| check_date(repository, history, commit, parts.committer_seconds))
                    .map_err(|reason| format!("{id} changes allowed_signers: {reason}"))?;
            }
            (SignersChange::MergedWrong, _) => {
                return Err(format!(
                    "the merge {id} does not have the allowed_signers of its newest record commit"
                ));
            }
        }
    }
    let root = root.ok_or("no commit holds allowed_signers")?;
    describe_root(repository, root, options)
}

/// A fork with a change of the signers at an end: whoever merges could choose who may sign. Where
/// a statement that is looked at lies on it or behind it, its check `chain` says so already.
fn forked(history: &History, selected: &[usize]) -> Option<String> {
    let is_closing = |place: usize| history.closings.iter().any(|closing| closing.commit == place);
    let is_said = |fork: (usize, usize)| {
        let closings = selected.iter().filter_map(|index| history.closings.get(*index));
        closings.into_iter().any(|closing| !history.is_before_fork(closing.commit, fork))
    };
    let forks = history.forks.iter().copied();
    let (left, right) = forks
        .filter(|(left, right)| !is_closing(*left) || !is_closing(*right))
        .find(|fork| !is_said(*fork))?;
    Some(format!("fork at {}, {}", history.id(left), history.id(right)))
}

/// A commit, if it is signed by a key that the list in `blob` allows at its date.
fn signed_by_listed(
    repository: &Repository,
    commit: &CommitState,
    blob: Option<ObjectId>,
) -> Result<CommitParts, String> {
    // What is wrong with the signature is said first.
    let (parts, key) = signature_of(repository, commit)?;
    let allowed = read(repository, blob.ok_or("nobody was allowed to sign")?)?;
    allow(&allowed, parts, &key)
}

/// A commit, if it is signed by a key that `allowed` allows at its date.
pub(super) fn signed_by(
    repository: &Repository,
    commit: &CommitState,
    allowed: &AllowedSigners,
) -> Result<CommitParts, String> {
    let (parts, key) = signature_of(repository, commit)?;
    allow(allowed, parts, &key)
}

/// A commit taken apart, and the key of its good signature.
pub(super) fn signature_of(
    repository: &Repository,
    commit: &CommitState,
) -> Result<(CommitParts, PublicKey), String> {
    signature_or(repository, commit, "it is not signed")
}

/// The same; `unsigned` is what to say of a commit without signature.
pub(super) fn signature_or(
    repository: &Repository,
    commit: &CommitState,
    unsigned: &str,
) -> Result<(CommitParts, PublicKey), String> {
    let raw = repository.raw_commit(commit.node.id).map_err(|error| error.to_string())?;
    let parts = CommitParts::split(&raw)?;
    let signature = parts.signature.as_deref().ok_or(unsigned)?;
    let key = signing::verify(signature, &parts.signed_payload, GIT_NAMESPACE)
        .map_err(|fault| fault.to_string())?;
    Ok((parts, key))
}

/// The parts of a commit, if its key was allowed at its date.
fn allow(allowed: &AllowedSigners, parts: CommitParts, key: &PublicKey) -> Result<CommitParts, String> {
    match allowed.check(key, GIT_NAMESPACE, parts.committer_seconds) {
        Ok(_) => Ok(parts),
        Err(refusal) => Err(format!("it is signed by {}: {refusal}", key.fingerprint())),
    }
}

/// The root as an auditor should see it: named with `--root`, or trusted on first use.
fn describe_root(repository: &Repository, root: &CommitState, options: &Options) -> Result<String, String> {
    let id = root.node.id;
    let allowed = read(repository, root.allowed_signers.ok_or("the root has no allowed_signers")?)?;
    let fingerprints: Vec<String> = allowed.signers().map(Signer::fingerprint).collect();
    let fingerprints = fingerprints.join(", ");
    match options.root {
        None => Ok(format!("trust on first use: root {id}, {fingerprints}")),
        Some(expected) if expected == id => Ok(format!("root {id}, {fingerprints}")),
        Some(expected) => Err(format!("the root is {id}, not {expected}")),
    }
}
