//! `meed approve`: somebody else than the closer has looked at a closed round and signs that it may
//! count.

mod text;

use clap::Args;

use super::proposal::{Change, ENGINE, allowed_signers, write_signed_by};
use super::tip::Tip;
use super::{Output, Session, settle};
use crate::error::{Error, Place, Problems, Shown};
use crate::git::Repository;
use crate::signing::{APPROVAL_NAMESPACE, AllowedSigners, SigningKey};
use crate::snapshot::approvals_folder;
use crate::statement::Recorded;
use crate::verification::VerifiedRound;
use crate::verification::approvals::file_name;
use text::{Done, list, report};

/// Options of `meed approve`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed approve 2026-03 --key ~/.ssh/wren    sign that the round may count
  meed approve 2026-03 --revision 2         the amendment of the round
  meed approve 2026-03 --list               who approved, how many are needed still

Look at the round first: `meed verify` recomputes it, `meed explain` says why somebody gets an amount.
The closer cannot approve, under no key; several keys of one person count once. A key may approve when
its line in allowed_signers has no `namespaces`, or has meed-approval among them: `meed signers add
KEY.pub --may approve`. It comes from --key, MEED_SIGNING_KEY (a path or the key itself), git's
user.signingkey or the ssh agent; its passphrase from MEED_KEY_PASSPHRASE or the terminal.")]
pub struct Options {
    /// The closed round
    #[arg(value_name = "ROUND")]
    pub round: String,
    /// The revision: 1 for the first closing [default: the newest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub revision: Option<u32>,
    /// The key that approves: a private key, or the public half of one that the agent holds
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
    /// The branch to approve on [default: the one that is checked out]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Show who approved, what is missing still, and when the window ends
    #[arg(long, conflicts_with = "key")]
    pub list: bool,
}

/// Approves a closed round, or lists its approvals.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let tip = Tip::read(&repository, options.branch.as_deref())?;
    let revisions = settle::revisions(&tip, &options.round, options.revision)?;
    let none = || Error::RoundsClosedNone { place: Place::file(&tip.ledger.rounds) };
    let recorded = revisions.last().ok_or_else(none)?;
    let lfs_dir = session.lfs_dir.as_deref();
    let round = VerifiedRound::verify(&repository, tip.commit, recorded, lfs_dir, &*session.progress)?;
    if options.list {
        return Ok(list(&round, session));
    }
    let (_, allowed) = allowed_signers(&repository, tip.tree)?;
    let key = session.key(&repository, options.key.as_deref(), &allowed)?;
    let signer = check_approver(&round, &key, &allowed, session)?;
    let statement = statement(&repository, &tip, recorded)?;
    let path = format!("{}/{}", approvals_folder(recorded), file_name(key.public_key()));
    let signature = key.sign(APPROVAL_NAMESPACE, &statement)?;
    let message = message(recorded, &key.public_key().fingerprint());
    let commits = vec![Change { files: vec![(path.clone(), signature.into_bytes().into())], message }];
    let written = write_signed_by(&tip, &repository, session, &key, commits)?;
    let commit = written.commits.first().copied();
    let done = Done { path: &path, commit, principals: &signer, key: key.public_key() };
    Ok(report(&done, &round, session).with_notes(written.notes))
}

/// By whom the approval would be, if the key may approve, is not the closer's, and nobody of that name
/// has approved yet.
fn check_approver(
    round: &VerifiedRound,
    key: &SigningKey,
    allowed: &AllowedSigners,
    session: &Session,
) -> Result<String, Error> {
    let (key, approvals) = (key.public_key(), round.approvals());
    // The commit's date is not before the closing commit's, whatever the clock says.
    let at = session.now_seconds.max(approvals.closed_at);
    let signer = allowed.check(key, APPROVAL_NAMESPACE, at).map_err(|refusal| Error::KeyMayNotApprove {
        fingerprint: key.fingerprint(),
        reason: refusal.to_string(),
    })?;
    let (person, principal) = (allowed.principals_of(key), Shown::from(signer.principals()));
    let closer = approvals.closer_in(allowed);
    if *key == approvals.closer || person.overlaps(&closer) {
        let name = Shown::from(&round.recorded().statement.predicate.round);
        return Err(Error::ApprovalOfOwnClose { round: name, principal });
    }
    match approvals.by(&person) {
        Some(earlier) => Err(Error::ApprovedAlready { place: Place::file(&earlier.path), principal }),
        None => Ok(signer.principals().to_owned()),
    }
}

/// The bytes of the statement, as the tip holds them.
fn statement(repository: &Repository, tip: &Tip, recorded: &Recorded) -> Result<Vec<u8>, Error> {
    let path = recorded.path();
    let missing = || Error::FileMissing { place: Place::file(&path) };
    let entry = repository.entry(tip.tree, &path)?.ok_or_else(missing)?;
    repository.blob(entry.id)
}

/// The message of the commit: checked texts and numbers, nothing that anybody chose freely.
fn message(recorded: &Recorded, fingerprint: &str) -> String {
    let predicate = &recorded.statement.predicate;
    let (round, revision) = (&predicate.round, predicate.revision);
    let named = if revision > 1 { format!("{round} revision {revision}") } else { round.clone() };
    format!(
        "Approve {named}: {fingerprint}\n\n\
         Round: {round}\nRevision: {revision}\nStatement-SHA256: {}\nApprover: {fingerprint}\nEngine: {ENGINE}\n",
        recorded.sha256
    )
}
