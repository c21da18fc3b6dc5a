//! Signed commits on a branch: objects first, then the branch by compare-and-swap, then the work
//! tree. The order is the point: whatever happens in between, the ledger is as before or as after.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::tip::Tip;
use super::{Session, Step};
use crate::error::{Error, Place, Problems, Shown};
use crate::git::{NewCommit, ObjectId, Person, Repository};
use crate::signing::{AllowedSigners, GIT_NAMESPACE, PublicKey, Refusal, SigningKey, render_line};
use crate::snapshot::StatementCache;
use crate::verification::history::{ALLOWED_SIGNERS_FILE, History, committed_at};
use crate::verification::{self, State};

/// The trailer `Engine:` of the commits that this meed makes.
pub const ENGINE: &str = concat!("meed ", env!("CARGO_PKG_VERSION"));

/// Commits to put on a branch, each on the one before.
pub struct Proposal<'a> {
    /// The branch.
    pub branch: &'a str,
    /// The commit that was read; `None` for a branch without commits.
    pub parent: Option<ObjectId>,
    /// The newest record commit, whose date the new ones may not precede.
    pub newest_record: Option<ObjectId>,
    /// The key that signs.
    pub key: &'a SigningKey,
    /// What each commit does.
    pub commits: Vec<Change<'a>>,
}

/// What one commit does: files it writes and its message.
pub struct Change<'a> {
    /// Path from the ledger's root, and bytes.
    pub files: Vec<(String, Cow<'a, [u8]>)>,
    /// The message.
    pub message: String,
}

/// What was written.
pub struct Written {
    /// The commits, in order.
    pub commits: Vec<ObjectId>,
    /// What people should know besides.
    pub notes: Vec<String>,
    /// Who signed, as allowed_signers names them; the key's fingerprint where nobody was asked for it.
    pub signer: String,
}

impl<'a> Change<'a> {
    /// What a close does: it adds the files of a results folder.
    pub fn of_results(folder: &str, files: &'a BTreeMap<String, Vec<u8>>, message: String) -> Self {
        let files = files.iter().map(|(name, bytes)| (format!("{folder}/{name}"), Cow::from(bytes)));
        Self { files: files.collect(), message }
    }
}

impl Proposal<'_> {
    /// Writes objects and signed commits, moves the branch, lets the work tree follow.
    ///
    /// Errors leave the branch where it was. A work tree that could not follow is no error any
    /// more: the branch has moved, and the note says how to repair the work tree.
    pub fn write(self, session: &Session, repository: &Repository) -> Result<Written, Error> {
        let person = session.person(repository)?;
        let seconds = self.seconds(session, repository)?;
        repository.refuse_if_checked_out_elsewhere(self.branch)?;
        (session.step)(Step::Computed);
        let trees = self.write_trees(repository)?;
        (session.step)(Step::ObjectsWritten);
        let commits = self.write_commits(repository, &trees, &person, seconds)?;
        (session.step)(Step::CommitsWritten);
        let paths: Vec<String> = self
            .commits
            .iter()
            .flat_map(|change| change.files.iter().map(|(path, _)| path.clone()))
            .collect();
        let ready = repository.preflight(self.branch, &paths);
        ready.map_err(|error| branch_moved(repository, self.branch, self.parent).unwrap_or(error))?;
        (session.step)(Step::Preflighted);
        let signer = self.key.public_key().fingerprint();
        let Some(last) = commits.last().copied() else {
            return Ok(Written { commits, notes: Vec::new(), signer });
        };
        let subject = self.commits.last().and_then(|change| change.message.lines().next()).unwrap_or("meed");
        repository.move_branch(self.branch, last, self.parent, &format!("meed: {subject}"))?;
        (session.step)(Step::BranchMoved);
        let notes = match repository.follow(self.branch, last, &paths) {
            Ok(()) => Vec::new(),
            Err(error) => vec![format!(
                "warning: the branch has moved, but the work tree could not follow: {error}\nhint: git restore --staged --worktree -- {}",
                paths.iter().map(|path| Shown::from(path).to_string()).collect::<Vec<_>>().join(" ")
            )],
        };
        (session.step)(Step::WorkTreeFollowed);
        Ok(Written { commits, notes, signer })
    }

    /// The date: the clock's, but not before the newest record commit's.
    fn seconds(&self, session: &Session, repository: &Repository) -> Result<i64, Error> {
        let Some(newest) = self.newest_record else { return Ok(session.now_seconds) };
        let before = committed_at(repository, newest).map_err(|message| Error::GitFailed {
            doing: format!("read commit {newest}"),
            message: Shown::from(message),
        })?;
        Ok(session.now_seconds.max(before))
    }

    fn write_trees(&self, repository: &Repository) -> Result<Vec<ObjectId>, Error> {
        let mut tree = self.parent.map(|parent| repository.tree_of(parent)).transpose()?;
        let mut trees = Vec::new();
        for change in &self.commits {
            let blobs: Result<Vec<(String, ObjectId)>, Error> = change
                .files
                .iter()
                .map(|(path, bytes)| Ok((path.clone(), repository.write_blob(bytes)?)))
                .collect();
            let written = repository.write_tree(tree, &blobs?, &[])?;
            tree = Some(written);
            trees.push(written);
        }
        Ok(trees)
    }

    fn write_commits(
        &self,
        repository: &Repository,
        trees: &[ObjectId],
        person: &Person,
        seconds: i64,
    ) -> Result<Vec<ObjectId>, Error> {
        let mut parent = self.parent;
        let mut commits = Vec::new();
        for (change, tree) in self.commits.iter().zip(trees) {
            let buffer = repository.commit_buffer(&NewCommit {
                tree: *tree,
                parents: parent.into_iter().collect(),
                author: person.clone(),
                committer: person.clone(),
                seconds,
                message: change.message.clone(),
            })?;
            let signature = self.key.sign(GIT_NAMESPACE, &buffer)?;
            let commit = repository.write_commit(&buffer, &signature)?;
            parent = Some(commit);
            commits.push(commit);
        }
        Ok(commits)
    }
}

/// Puts commits on the tip of a ledger, signed by a key that `allowed` lets sign: what every change
/// of a record has in common.
pub fn write_on_tip(
    tip: &Tip,
    repository: &Repository,
    session: &Session,
    allowed: &AllowedSigners,
    key: Option<&str>,
    commits: Vec<Change<'_>>,
) -> Result<Written, Problems> {
    repository.demand_complete_history()?;
    let key = session.key(repository, key, allowed)?;
    check_key(allowed, &key, session.now_seconds)?;
    let written = write_signed_by(tip, repository, session, &key, commits)?;
    let listed = allowed.check(key.public_key(), GIT_NAMESPACE, session.now_seconds);
    let signer = listed.map_or_else(|_| written.signer.clone(), |signer| signer.principals().to_owned());
    Ok(Written { signer, ..written })
}

/// The same, signed by a key of which somebody else has seen that it may.
pub fn write_signed_by(
    tip: &Tip,
    repository: &Repository,
    session: &Session,
    key: &SigningKey,
    commits: Vec<Change<'_>>,
) -> Result<Written, Problems> {
    repository.demand_complete_history()?;
    let history = History::read(repository, tip.commit, &StatementCache::default())?;
    refuse_broken_trust(repository, &history)?;
    let proposal = Proposal {
        branch: &tip.branch,
        parent: Some(tip.commit),
        newest_record: history.newest_record().map(|record| record.node.id),
        key,
        commits,
    };
    Ok(proposal.write(session, repository)?)
}

/// The error for a branch that is no longer at `parent`. A work tree that is not as expected is also
/// what another writer leaves who won meanwhile; then this is the reason to tell.
pub fn branch_moved(repository: &Repository, branch: &str, parent: Option<ObjectId>) -> Option<Error> {
    let moved = repository.branch_tip(branch).is_ok_and(|tip| tip != parent);
    moved.then(|| Error::BranchMoved { branch: Shown::from(branch) })
}

/// The allowed_signers of a commit.
pub fn allowed_signers(
    repository: &Repository,
    tree: ObjectId,
) -> Result<(Vec<u8>, AllowedSigners), Problems> {
    let missing = || Error::AllowedSignersMissing { place: Place::file(ALLOWED_SIGNERS_FILE) };
    let entry = repository.entry(tree, ALLOWED_SIGNERS_FILE)?.ok_or_else(missing)?;
    let bytes = repository.blob(entry.id)?;
    let allowed = AllowedSigners::parse(ALLOWED_SIGNERS_FILE, &bytes)?;
    Ok((bytes, allowed))
}

/// Refuses a key that `allowed` does not let sign at that time.
pub fn check_key(allowed: &AllowedSigners, key: &SigningKey, at: i64) -> Result<(), Error> {
    let public = key.public_key();
    let refused = |refusal: Refusal| Error::KeyNotAllowed {
        fingerprint: public.fingerprint(),
        reason: refusal.to_string(),
    };
    allowed.check(public, GIT_NAMESPACE, at).map(|_| ()).map_err(refused)
}

/// The line of allowed_signers for a new signer, with its line end.
pub fn new_line(principal: &str, namespaces: &[&str], key: &PublicKey) -> Result<String, Error> {
    let invalid = |reason| Error::PrincipalInvalid { principal: Shown::from(principal), reason };
    render_line(principal, namespaces, key).map(|line| line + "\n").map_err(invalid)
}

/// Refuses to build on a history in which somebody changed allowed_signers who might not, or whose
/// record commits fork: what is written on it could never be verified.
fn refuse_broken_trust(repository: &Repository, history: &History) -> Result<(), Error> {
    let broken = |reason| Error::RecordInvalid { place: Place::file(ALLOWED_SIGNERS_FILE), reason };
    let check = verification::check_signers(repository, history, &verification::Options::default(), &[]);
    if check.state == State::Fails {
        return Err(broken(check.detail));
    }
    match history.forks.first() {
        None => Ok(()),
        Some((left, right)) => {
            Err(broken(format!("the record forks at {}, {}", history.id(*left), history.id(*right))))
        }
    }
}
