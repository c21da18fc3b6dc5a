//! `meed amend`: a closed round is corrected by a new revision. Nothing that is recorded is touched.

use std::borrow::Cow;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::changes::{Changes, Now};
use super::disk::{refuse_if_not_empty, write_file};
use super::proposal::{Change, Written, allowed_signers, write_on_tip};
use super::tip::Tip;
use super::{Output, Session, close, computed};
use crate::actions::{Closing, Told};
use crate::amount::Balance;
use crate::calculate::{Results, Snapshot, calculate_revision};
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{self, Content, Files};
use crate::git::Repository;
use crate::ledger::review::APPROVALS_FOLDER;
use crate::ledger::revision::{REASON_FILE, REVISIONS_FOLDER, check_reason, folder_of, path_in_revision};
use crate::ledger::round_file::{Revises, RoundFile};
use crate::ledger::round_id::{RAD_FILE, ROUND_FILE, RoundId};
use crate::report::text::counted;
use crate::settlement::SETTLEMENTS_FOLDER;
use crate::snapshot;
use crate::statement::{Recorded, json_bytes};

/// Options of `meed amend`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed amend 2026-03 --prepare            write revisions/2/round.json and say what to correct
  meed amend 2026-03 --dry-run            what the correction would change; writes nothing
  meed amend 2026-03 --reason \"Two scores were mistyped.\"

The folder revisions/2/ of the round holds the corrected files, each under the name that it has in the
round; what is not there is read from the round. In a RAD folder praise.2.csv beside praise.1.csv is
enough. Commit them first. Everybody is paid what they are due more than before, once; who was paid too
much is listed in adjustments.csv with an amount below zero.

The key is found as `meed close` finds it.")]
pub struct Options {
    /// The closed round to amend
    #[arg(value_name = "ROUND")]
    pub round: String,
    /// What was wrong and what is corrected; stands in the report
    #[arg(long, value_name = "TEXT", conflicts_with = "prepare")]
    pub reason: Option<String>,
    /// Write the round file of the next revision into the work tree
    #[arg(long, conflicts_with_all = ["dry_run", "key", "branch"])]
    pub prepare: bool,
    /// The signing key: a private key, or the public half of one that the agent holds
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
    /// The branch to amend on [default: the one that is checked out]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Compute and show everything, write nothing to the repository
    #[arg(long)]
    pub dry_run: bool,
    /// Where a dry run writes the results
    #[arg(long, value_name = "DIR", requires = "dry_run")]
    pub out: Option<PathBuf>,
    /// Amend by what is committed although the work tree differs
    #[arg(long)]
    pub committed: bool,
}

/// An amended round, for `--format json`.
#[derive(Debug, Serialize)]
struct Amended {
    round: String,
    revision: u32,
    commit: String,
    sequence: u64,
    statement_sha256: String,
    /// What is paid now, in token units.
    paid: String,
    recipients: usize,
    /// How many people's due changed, or are paid now.
    adjustments: usize,
    /// Who was paid too much in all, with what is still to be taken off.
    overpaid: Vec<Overpaid>,
    warnings: Vec<String>,
}

/// Somebody who was paid too much.
#[derive(Debug, Serialize)]
struct Overpaid {
    recipient: String,
    key: String,
    amount: String,
}

/// The next revision of a closed round.
struct Next {
    round: RoundId,
    /// The folder of the round.
    folder: String,
    revision: u32,
}

/// Amends a round.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let tip = Tip::read(&repository, options.branch.as_deref())?;
    let next = Next::of(&tip, &options.round)?;
    if options.prepare {
        return prepare(&next, &repository, &tip);
    }
    let lfs = session.lfs_folders(&repository);
    let revision = (&next.round, next.revision);
    let mut files = snapshot::read_files(&repository, tip.tree, &tip.ledger, revision, &tip.record, &lfs)?;
    next.check_prepared(&files)?;
    next.check_free(&repository, &tip)?;
    if !options.committed && repository.head_branch().is_ok_and(|head| head == tip.branch) {
        close::check_work_tree(&repository, &tip, std::slice::from_ref(&next.folder))?;
    }
    let reason = next.reason(options.reason.as_deref(), &files)?;
    if let Some((path, bytes)) = &reason {
        files.insert(path.clone(), Content::File(bytes.clone()));
    }
    let results =
        calculate_revision(Snapshot { files: &files, record: &tip.record }, &next.round, next.revision)?;
    let (changes, note) = Changes::read(&repository, &tip, Now::Committed);
    if options.dry_run {
        return dry_run(&results, (changes, note), options, session);
    }
    let written = write(&repository, &tip, &results, reason, options, session)?;
    let told = || {
        // The commit before it, if there is one, adds the reason.
        let commit: Vec<String> = written.commits.last().iter().map(ToString::to_string).collect();
        let closing =
            Closing { done: "Amended", commits: &commit, branch: &tip.branch, signer: &written.signer };
        Told::closed(std::slice::from_ref(&results), closing)
    };
    Ok(report(&results, &written, session).telling(session, told))
}

impl Next {
    fn of(tip: &Tip, name: &str) -> Result<Self, Error> {
        let round = tip.round(name)?;
        let folder = tip.ledger.folder_of(round);
        if tip.ledger.history.contains(round) {
            return Err(Error::RoundIsHistory { place: Place::file(&folder) });
        }
        let last = tip.record.latest(name).map(|last: &Recorded| last.statement.predicate.revision);
        let last = last.ok_or_else(|| Error::AmendOpenRound { place: Place::file(&folder) })?;
        Ok(Self { round: round.clone(), folder, revision: last.saturating_add(1) })
    }

    /// The folder of the revision.
    fn own_folder(&self) -> String {
        folder_of(&self.folder, self.revision)
    }

    /// Refuses when nothing is corrected yet, or when a later revision is begun too.
    fn check_prepared(&self, files: &Files) -> Result<(), Error> {
        let own = self.own_folder();
        let reason = format!("{own}/{REASON_FILE}");
        let corrects = files.under(&own).any(|path| path != reason);
        let praise = format!("{}/praise.{}.csv", self.folder, self.revision);
        let is_rad = files.contains(&format!("{}/{RAD_FILE}", self.folder));
        if !(corrects || is_rad && files.contains(&praise)) {
            return Err(Error::RevisionUnprepared {
                place: Place::file(&own),
                round: Shown::from(self.round.as_str()),
                revision: self.revision,
            });
        }
        let all = format!("{}/{REVISIONS_FOLDER}", self.folder);
        let number = |path: &str| path.get(all.len() + 1..)?.split('/').next()?.parse::<u32>().ok();
        match files.under(&all).filter_map(number).find(|number| *number > self.revision) {
            Some(later) => {
                let place = Place::file(&folder_of(&self.folder, later));
                Err(Error::RevisionSkipped { place, next: self.revision })
            }
            None => Ok(()),
        }
    }

    /// Refuses when something stands where results, approvals and settlements will be.
    fn check_free(&self, repository: &Repository, tip: &Tip) -> Result<(), Error> {
        for part in ["results", SETTLEMENTS_FOLDER, APPROVALS_FOLDER] {
            let folder = format!("{}/{part}", self.own_folder());
            if repository.entry(tip.tree, &folder)?.is_some() {
                return Err(Error::ResultsInTheWay { place: Place::file(&folder) });
            }
        }
        Ok(())
    }

    /// The reason to write: path and bytes; none where it is committed.
    fn reason(&self, given: Option<&str>, files: &Files) -> Result<Option<(String, Vec<u8>)>, Error> {
        let path = format!("{}/{REASON_FILE}", self.own_folder());
        let Some(text) = given else { return Ok(None) };
        if files.contains(&path) {
            return Err(Error::Usage {
                message: format!("--reason: {path} is committed and says why"),
                hint: "leave --reason out, or correct that file".to_owned(),
            });
        }
        let text = check_reason(text, &Place::file("--reason"))?;
        Ok(Some((path, format!("{text}\n").into_bytes())))
    }
}

/// Rounds for which a next revision is begun in the commit, as sentences that say what to do.
pub(super) fn begun(repository: &Repository, tip: &Tip) -> Result<Vec<String>, Error> {
    let mut notes = Vec::new();
    for round in &tip.rounds {
        let Ok(next) = Next::of(tip, round.as_str()) else { continue };
        let praise = format!("{}/praise.{}.csv", next.folder, next.revision);
        for path in [next.own_folder(), praise] {
            if repository.entry(tip.tree, &path)?.is_some() {
                notes.push(format!(
                    "{path} corrects a closed round: `meed amend {round} --dry-run` shows how"
                ));
            }
        }
    }
    Ok(notes)
}

/// Writes the round file of the revision into the work tree.
fn prepare(next: &Next, repository: &Repository, tip: &Tip) -> Result<Output, Problems> {
    let root = super::round::work_tree(repository)?;
    let revision = (&next.round, next.revision);
    let lfs = snapshot::LfsFolders::of(repository, None);
    let files = snapshot::read_files(repository, tip.tree, &tip.ledger, revision, &tip.record, &lfs)?;
    let (own, round) = (next.own_folder(), &next.round);
    let then =
        format!("commit, then `meed amend {round} --dry-run` and `meed amend {round} --reason TEXT`\n");
    if files.contains(&format!("{}/{RAD_FILE}", next.folder)) {
        let praise = format!("{}/praise.1.csv", next.folder);
        let into = if files.contains(&praise) {
            format!("{}/praise.{}.csv", next.folder, next.revision)
        } else {
            format!("{own}/, under the names that they have in {}", next.folder)
        };
        return Ok(Output::text(format!(
            "nothing to write: this is a RAD folder\nnext: put the corrected files into {into}, {then}"
        )));
    }
    let path = format!("{own}/{ROUND_FILE}");
    if root.join(&path).symlink_metadata().is_ok() || files.contains(&path) {
        return Err(Error::ExistsAlready { place: Place::file(&path) }.into());
    }
    let newest =
        path_in_revision(&files, &next.folder, &format!("{}/{ROUND_FILE}", next.folder), next.revision);
    let mut file: RoundFile = files::read_json(&newest, files.bytes(&newest)?)?;
    file.revises = Some(Revises { revision: next.revision - 1 });
    if let Some(schema) = file.schema.as_mut().filter(|schema| schema.starts_with("../")) {
        *schema = format!("../../{schema}"); // the revision lies two folders deeper
    }
    write_file(&root.join(&path), &json_bytes(&file))?;
    let inputs = file.allocations.iter().flat_map(|allocation| allocation.inputs.values());
    let mut inputs: Vec<String> =
        inputs.flat_map(super::round::paths_of).map(|it| it.display().to_string()).collect();
    inputs.sort();
    inputs.dedup();
    Ok(Output::text(format!(
        "wrote {path}: correct its pools and settings if they were wrong\nnext: put corrected files into {own}/ under their own names ({}); what is not there is read as it was\n      {then}",
        if inputs.is_empty() { "this round has none".to_owned() } else { inputs.join(", ") }
    )))
}

/// Signs and writes the amendment; before it, where it is given, the reason, which is an input.
fn write(
    repository: &Repository,
    tip: &Tip,
    results: &Results,
    reason: Option<(String, Vec<u8>)>,
    options: &Options,
    session: &Session,
) -> Result<Written, Problems> {
    let (_, allowed) = allowed_signers(repository, tip.tree)?;
    let predicate = &results.statement.predicate;
    let mut commits: Vec<Change<'_>> = Vec::new();
    if let Some((path, bytes)) = reason {
        commits.push(Change {
            files: vec![(path, Cow::from(bytes))],
            message: format!("Say why revision {} of {} is made\n", predicate.revision, predicate.round),
        });
    }
    commits.push(close::change_of(results));
    write_on_tip(tip, repository, session, &allowed, options.key.as_deref(), commits)
}

/// What would be amended.
fn dry_run(
    results: &Results,
    changes: (Option<Changes>, Option<String>),
    options: &Options,
    session: &Session,
) -> Result<Output, Problems> {
    if let Some(out) = &options.out {
        refuse_if_not_empty(out)?;
        for (name, bytes) in &results.files {
            write_file(&out.join(name), bytes)?;
        }
    }
    let mut output = computed::report(std::slice::from_ref(results), changes, session);
    output.notes.push("dry run: the repository is untouched".to_owned());
    Ok(output)
}

/// What was amended.
fn report(results: &Results, written: &Written, session: &Session) -> Output {
    let predicate = &results.statement.predicate;
    let decimals = results.token.decimals;
    let adjustments = results.adjustments.as_deref().unwrap_or_default();
    let overpaid = adjustments.iter().filter(|row| row.held_now < Balance::ZERO).map(|row| Overpaid {
        recipient: Shown::from(row.name()).to_string(),
        key: Shown::from(row.key.to_string()).to_string(),
        amount: row.held_now.size().to_text(decimals),
    });
    let amended = Amended {
        round: predicate.round.clone(),
        revision: predicate.revision,
        commit: written.commits.last().map(ToString::to_string).unwrap_or_default(),
        sequence: predicate.sequence,
        statement_sha256: results.statement_sha256(),
        paid: predicate.totals.paid.0.clone(),
        recipients: results.recipients_paid,
        adjustments: adjustments.len(),
        overpaid: overpaid.collect(),
        warnings: results.warnings.iter().map(ToString::to_string).collect(),
    };
    let warnings = amended.warnings.iter().map(|warning| format!("warning: {warning}"));
    let notes: Vec<String> = warnings.chain(written.notes.iter().cloned()).collect();
    if session.json {
        return Output::json(&amended).with_notes(notes);
    }
    let symbol = &results.token.symbol;
    let mut text = format!(
        "amended {} (revision {}): {} {symbol} to {}; {} in adjustments.csv\n  commit     {}\n  statement  {} (sequence {})\n",
        amended.round,
        amended.revision,
        amended.paid,
        counted(amended.recipients, "recipient", "recipients"),
        counted(amended.adjustments, "person", "people"),
        amended.commit,
        amended.statement_sha256,
        amended.sequence
    );
    for person in &amended.overpaid {
        text +=
            &format!("  overpaid   {} {symbol} to {} ({})\n", person.amount, person.recipient, person.key);
    }
    Output::text(text).with_notes(notes)
}
