//! The `approvals` check: who looked at a closed round and signed that it may count.
//!
//! An approval is a file `approvals/<hex sha256 of the key>.sig` beside the results: a detached
//! signature (SSHSIG, namespace `meed-approval`) over the bytes of statement.json. Its signature makes it
//! count, whoever brings it into the ledger; the commit that adds it says which list of signers holds
//! and what the date is. It is refused when that commit's parent does not let the key approve, when the
//! closer's key or name stands behind it, and when anybody changed or removed it since. Several keys of
//! one person count once.

use std::borrow::Cow;

use super::Options;
use super::beside::Written;
use super::history::{Addition, CommitState, History, check_date, committed_at};
use super::signers;
use crate::error::Shown;
use crate::git::{Kind, ObjectId, Repository};
use crate::ledger::review::Review;
use crate::report::text::counted;
use crate::signing::{
    self, APPROVAL_NAMESPACE, ARMOR_CHARACTERS_MOST, AllowedSigners, Principals, PublicKey,
};
use crate::snapshot::approvals_folder;
use crate::statement::Recorded;

/// The end of the name of an approval.
const ENDING: &str = ".sig";

/// The approvals of a closed round, all of them good, beside what its ledger asked for.
#[derive(Debug, Clone)]
pub struct Approvals {
    /// What ledger.json asked for when the round was closed.
    pub review: Option<Review>,
    /// The closing commit's date in seconds since 1970.
    pub closed_at: i64,
    /// The approvals, in the order of the files' names.
    pub given: Vec<Approval>,
    /// How many people they are by.
    pub people: usize,
    /// The key that closed the round.
    pub closer: PublicKey,
    /// The closer's names when the round was closed.
    closer_then: Principals,
}

/// A good approval.
#[derive(Debug, Clone)]
pub struct Approval {
    /// The file.
    pub path: String,
    /// By whom, as allowed_signers names them.
    pub principals: String,
    /// The key's fingerprint.
    pub fingerprint: String,
    /// The date of the commit that added it, in seconds since 1970.
    pub approved_at: i64,
    /// That commit.
    pub commit: ObjectId,
    /// All names of the key's owner.
    person: Principals,
}

impl Approvals {
    /// How many people have to approve.
    pub fn needed(&self) -> usize {
        self.review.map_or(0, |review| usize::try_from(review.approvals).unwrap_or(usize::MAX))
    }

    /// How many people are missing still.
    pub fn missing(&self) -> usize {
        self.needed().saturating_sub(self.people)
    }

    /// The end of the window in seconds since 1970, where there is one.
    pub fn ends_at(&self) -> Option<i64> {
        self.review.filter(|review| review.days > 0).map(|review| review.ends_at(self.closed_at))
    }

    /// The approval by somebody who has these names.
    pub fn by(&self, person: &Principals) -> Option<&Approval> {
        self.given.iter().find(|approval| approval.person.overlaps(person))
    }

    /// All names of the closer: those of then, and those of another list.
    pub fn closer_in(&self, allowed: &AllowedSigners) -> Principals {
        self.closer_then.clone().and(allowed.principals_of(&self.closer))
    }

    /// How many of how many: `1 of 2 approvals`.
    pub fn in_words(&self) -> String {
        match (self.needed(), self.people) {
            (0, people) => format!("{}, none needed", counted(people, "approval", "approvals")),
            (needed, people) => format!("{people} of {}", counted(needed, "approval", "approvals")),
        }
    }

    /// The same in a table: `1 of 2`; empty where nobody asked and nobody approved.
    pub fn in_short(&self) -> String {
        match (self.needed(), self.people) {
            (0, 0) => String::new(),
            (0, people) => people.to_string(),
            (needed, people) => format!("{people} of {needed}"),
        }
    }

    /// What the check says.
    pub(super) fn detail(&self) -> String {
        if self.review.is_none() && self.given.is_empty() {
            return "not asked for".to_owned();
        }
        let window = self.ends_at().map_or_else(String::new, |at| format!(", review until {}", instant(at)));
        self.in_words() + &window
    }
}

/// The name of the approval by a key.
pub fn file_name(key: &PublicKey) -> String {
    key.sha256_hex() + ENDING
}

/// A time in seconds since 1970 as an instant in UTC.
pub fn instant(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

/// What the check of a statement looks at.
pub(super) struct Question<'a> {
    pub repository: &'a Repository,
    pub history: &'a History,
    pub options: &'a Options,
    pub recorded: &'a Recorded,
    /// The bytes of the statement.
    pub statement: &'a [u8],
    /// What the ledger asked for.
    pub review: Option<Review>,
    /// The key that closed the round, when it did, and who were allowed to sign then.
    pub closer: &'a PublicKey,
    pub closed_at: i64,
    pub signers_at_close: Option<ObjectId>,
}

impl Question<'_> {
    /// The approvals, or the first thing that does not hold.
    pub(super) fn answer(&self) -> Result<Approvals, String> {
        let folder = approvals_folder(self.recorded);
        let mut approvals = Approvals {
            review: self.review,
            closed_at: self.closed_at,
            given: Vec::new(),
            people: 0,
            closer: self.closer.clone(),
            closer_then: self.allowed(self.signers_at_close)?.principals_of(self.closer),
        };
        for written in self.history.written_beside(self.repository, self.recorded, &folder)? {
            let approval = self
                .check(&written, &folder, &approvals)
                .map_err(|reason| format!("{}: {reason}", Shown::from(written.path)))?;
            approvals.given.push(approval);
        }
        approvals.people = Principals::count(approvals.given.iter().map(|it| it.person.clone()));
        Ok(approvals)
    }

    /// One approval, and all commits that added it.
    fn check(&self, written: &Written<'_>, folder: &str, approvals: &Approvals) -> Result<Approval, String> {
        let name = written.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        let digest = name.and_then(|name| name.strip_suffix(ENDING)).filter(|digest| is_digest(digest));
        let digest = digest.ok_or("it is no approval: they are called <hex sha256 of the key>.sig")?;
        let mut first = None;
        for addition in &written.additions {
            let key = self.signed_by(addition)?;
            if key.sha256_hex() != digest {
                return Err(format!(
                    "it is signed by {}, not by the key that its name says",
                    key.fingerprint()
                ));
            }
            if key == *self.closer {
                return Err("it is signed by the key that closed the round".to_owned());
            }
            let commit = self.history.at(addition.commit).ok_or("its commit is missing")?;
            let approval = self
                .check_commit(commit, &key, written.path, approvals)
                .map_err(|reason| format!("commit {}: {reason}", commit.node.id))?;
            first = first.or(Some(approval));
        }
        first.ok_or_else(|| "nobody added it".to_owned())
    }

    /// The key whose signature over the statement a commit added.
    fn signed_by(&self, addition: &Addition) -> Result<PublicKey, String> {
        if addition.kind != Kind::File {
            return Err("it is not a regular file".to_owned());
        }
        let bytes = self.repository.blob_size(addition.id).map_err(|error| error.to_string())?;
        if bytes > ARMOR_CHARACTERS_MOST as u64 {
            return Err(format!("{bytes} bytes; a signature has at most {ARMOR_CHARACTERS_MOST}"));
        }
        let armored = self.repository.blob(addition.id).map_err(|error| error.to_string())?;
        let armored = String::from_utf8(armored).map_err(|_| "it is not text")?;
        signing::verify(&armored, self.statement, APPROVAL_NAMESPACE).map_err(|fault| fault.to_string())
    }

    /// Whether the list before a commit lets the key approve at the commit's date, and whether it is
    /// somebody else's than the closer's.
    fn check_commit(
        &self,
        commit: &CommitState,
        key: &PublicKey,
        path: &str,
        approvals: &Approvals,
    ) -> Result<Approval, String> {
        let [parent] = commit.parents.as_slice() else {
            return Err(format!("it has {} parents; an approval is added with one", commit.parents.len()));
        };
        let parent = self.history.at(*parent).ok_or("its parent is missing")?;
        let allowed = self.allowed(parent.allowed_signers)?;
        let approved_at = committed_at(self.repository, commit.node.id)?;
        let signer = allowed
            .check(key, APPROVAL_NAMESPACE, approved_at)
            .map_err(|refusal| format!("{} approved: {refusal}", key.fingerprint()))?;
        check_date(self.repository, self.history, commit, approved_at)?;
        let person = allowed.principals_of(key);
        if person.overlaps(&approvals.closer_in(&allowed)) {
            return Err(format!("it is by {}, who closed the round", Shown::from(signer.principals())));
        }
        Ok(Approval {
            path: path.to_owned(),
            principals: signer.principals().to_owned(),
            fingerprint: key.fingerprint(),
            approved_at,
            commit: commit.node.id,
            person,
        })
    }

    /// Who may approve: the auditor's own list, else the one of a tree.
    fn allowed(&self, blob: Option<ObjectId>) -> Result<Cow<'_, AllowedSigners>, String> {
        signers::allowed(self.repository, self.options, blob, "nobody was allowed to approve")
    }
}

/// Whether a text is a SHA-256 digest as files spell it.
fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|digit| b"0123456789abcdef".contains(&digit))
}
