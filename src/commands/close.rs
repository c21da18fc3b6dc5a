//! `meed close`: from the tip of a branch to one signed commit a round.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::changes::{Changes, Now};
use super::disk::{refuse_if_not_empty, write_file};
use super::due::NotDue;
use super::proposal::{Change, ENGINE, Written, allowed_signers, branch_moved, write_on_tip};
use super::tip::{OpenRound, Tip};
use super::{Output, Session, claims, close_simulation, computed, due, reopened};
use crate::actions::{Closing, Told};
use crate::calculate::Results;
use crate::error::{Error, Place, Problems, Shown};
use crate::git::{ObjectId, Repository};
use crate::ledger::LEDGER_FILE;
use crate::ledger::round_id::RoundId;
use crate::members::MEMBERS_FILE;
use crate::opening::OPENING_FILE;
use crate::payouts::{PAYOUTS_FOLDER, README_FILE};
use crate::report::text::counted;
use crate::snapshot::is_object_of_pointer;

/// Options of `meed close`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed close                         close the round that is open
  meed close 2026-03                 close this one
  meed close --all                   close all that are open, all or none; none is no error
  meed close --due                   close all whose period is over, all or none; none is no error
  meed close --dry-run --out /tmp/r  write the results there, touch no repository
  meed close --key ~/.ssh/meed       sign with this key
  meed close simulations/funding     record this simulation: it pays nobody

The key comes from --key, MEED_SIGNING_KEY (a path or the key itself), git's user.signingkey or the
ssh agent; its passphrase from MEED_KEY_PASSPHRASE or the terminal. The author comes from git's
user.name and user.email or MEED_AUTHOR.")]
pub struct Options {
    /// The round to close, or simulations/NAME; without it, the round that is open
    #[arg(value_name = "ROUND", conflicts_with_all = ["all", "due"])]
    pub round: Option<String>,
    /// Close all open rounds, all or none
    #[arg(long)]
    pub all: bool,
    /// Close all open rounds whose period is over, all or none: for machines that run every day
    #[arg(long, conflicts_with_all = ["all", "early"])]
    pub due: bool,
    /// The signing key: a private key, or the public half of one that the agent holds
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
    /// The branch to close on [default: the one that is checked out]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Compute and show everything, write nothing to the repository
    #[arg(long)]
    pub dry_run: bool,
    /// Where a dry run writes the results, one folder a round
    #[arg(long, value_name = "DIR", requires = "dry_run")]
    pub out: Option<PathBuf>,
    /// Close a round whose period has not ended
    #[arg(long)]
    pub early: bool,
    /// Close a round whose period starts before that of the last closed round
    #[arg(long)]
    pub late: bool,
    /// Close what is committed although the work tree differs
    #[arg(long)]
    pub committed: bool,
}

/// A closed round, for `--format json`.
#[derive(Debug, Serialize)]
struct Closed {
    round: String,
    commit: String,
    sequence: u64,
    statement_sha256: String,
    paid: String,
    held: String,
    recipients: usize,
    /// The file that says which payout file is for which tool; absent where none is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    payouts: Option<String>,
    warnings: Vec<String>,
    /// What changed in members, templates, policy and signers since the last statement.
    changes: Option<Changes>,
}

/// Closes rounds.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let tip = Tip::read(&repository, options.branch.as_deref())?;
    if let Some(name) = close_simulation::named(&tip, options) {
        return close_simulation::run(&repository, &tip, name, options, session);
    }
    let (rounds, not_due) = select(&repository, &tip, options, session)?;
    if rounds.is_empty() {
        return Ok(nothing_to_close(not_due, session));
    }
    let mut open = tip.prepare(&repository, &session.lfs_folders(&repository), &rounds)?;
    check_periods(&tip, &open, options, session)?;
    claims::refuse_sent(&repository, &tip, &open)?;
    reopened::refuse(&repository, &tip, &open)?;
    if !options.committed && repository.head_branch().is_ok_and(|head| head == tip.branch) {
        let folders: Vec<String> = open.iter().map(|round| tip.ledger.folder_of(&round.id)).collect();
        check_work_tree(&repository, &tip, &folders).map_err(|problems| {
            branch_moved(&repository, &tip.branch, Some(tip.commit)).map_or(problems, Problems::from)
        })?;
    }
    let results = tip.calculate(&mut open)?;
    let (changes, note) = Changes::read(&repository, &tip, Now::Committed);
    if options.dry_run {
        let mut output = dry_run(&results, (changes, note), options, session)?;
        output.notes.extend(not_due);
        return Ok(output);
    }
    let written = write(&repository, &tip, &results, options, session)?;
    let news = changes.iter().flat_map(Changes::lines).chain(note).chain(not_due).collect();
    let notes = notes_of(news, &results, &written.notes);
    let told = || {
        let commits: Vec<String> = written.commits.iter().map(ToString::to_string).collect();
        let closing =
            Closing { done: "Closed", commits: &commits, branch: &tip.branch, signer: &written.signer };
        Told::closed(&results, closing)
    };
    let output = report(&results, &written.commits, changes.as_ref(), &tip, session);
    Ok(output.telling(session, told).with_notes(notes))
}

/// Says that there is nothing to close, which is no error where all or all due rounds are asked for.
fn nothing_to_close(not_due: Vec<String>, session: &Session) -> Output {
    let is_open = if not_due.is_empty() { "open" } else { "due" };
    let sentence = format!("nothing to close: no round is {is_open}");
    let output = if session.json { Output::json::<[Closed; 0]>(&[]) } else { Output::default() };
    let output = output.telling(session, || Told::nothing(&sentence));
    output.with_notes([sentence].into_iter().chain(not_due).collect())
}

/// The rounds to close, none where all or all due ones are asked for and there is none; and notes on
/// those that are not due.
fn select<'a>(
    repository: &Repository,
    tip: &'a Tip,
    options: &Options,
    session: &Session,
) -> Result<(Vec<&'a RoundId>, Vec<String>), Error> {
    if let Some(name) = &options.round {
        return Ok((vec![tip.open_round(name)?], Vec::new()));
    }
    if options.due {
        let (due, later) = due::split(repository, tip, session.today());
        return Ok((due, later.iter().map(NotDue::note).collect()));
    }
    let open = tip.open();
    let place = Place::file(&tip.ledger.rounds);
    match open.len() {
        0 if !options.all => Err(Error::RoundsOpenNone { place }),
        count if count > 1 && !options.all => {
            let rounds = open.iter().map(|round| round.as_str()).collect::<Vec<_>>().join(", ");
            Err(Error::RoundsOpenSeveral { place, count, rounds })
        }
        _ => Ok((open, Vec::new())),
    }
}

/// Refuses periods that are not over, or that start before the last closed one's.
fn check_periods(
    tip: &Tip,
    open: &[OpenRound],
    options: &Options,
    session: &Session,
) -> Result<(), Problems> {
    let today = session.today();
    let mut problems = Vec::new();
    for round in open {
        let place = Place::file(&tip.ledger.folder_of(&round.id));
        if !options.early && today <= round.period.end {
            problems.push(Error::PeriodNotOver {
                place: place.clone(),
                round: Shown::from(round.id.as_str()),
                end: round.period.end.to_string(),
                today: today.to_string(),
            });
        }
        let Some(last) = tip.record.last_closed().map(|last| &last.statement.predicate) else { continue };
        let start = round.period.start.to_string();
        if !options.late && start < last.period.start {
            problems.push(Error::PeriodOutOfOrder {
                place,
                round: Shown::from(round.id.as_str()),
                start,
                last: Shown::from(&last.round),
                last_start: last.period.start.clone(),
            });
        }
    }
    Problems::unless_empty(problems, ())
}

/// Refuses when files in these folders of rounds, or results of closed ones, are not in the work tree
/// what they are in the commit.
pub(super) fn check_work_tree(
    repository: &Repository,
    tip: &Tip,
    folders: &[String],
) -> Result<(), Problems> {
    let mut problems = Vec::new();
    let lies_in =
        |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let mut paths = repository.differs_from_commit(tip.commit, LEDGER_FILE)?;
    paths.extend(repository.differs_from_commit(tip.commit, MEMBERS_FILE)?);
    if tip.record.last().is_none() {
        paths.extend(repository.differs_from_commit(tip.commit, OPENING_FILE)?);
    }
    paths.extend(repository.differs_from_commit(tip.commit, &tip.ledger.rounds)?);
    let root = repository.work_tree().unwrap_or_default();
    for path in paths {
        if is_object_of_pointer(repository, tip.tree, &path, &root.join(&path))? {
            continue;
        }
        if tip.record.statements().iter().any(|recorded| lies_in(&path, &recorded.folder)) {
            problems.push(Error::ResultsDiffer { path: Shown::from(path) });
        } else if [LEDGER_FILE, MEMBERS_FILE, OPENING_FILE].contains(&path.as_str())
            || folders.iter().any(|folder| lies_in(&path, folder))
        {
            problems.push(Error::WorkTreeDiffers { path: Shown::from(path) });
        }
    }
    Problems::unless_empty(problems, ())
}

/// Signs and writes one commit a round.
fn write(
    repository: &Repository,
    tip: &Tip,
    results: &[Results],
    options: &Options,
    session: &Session,
) -> Result<Written, Problems> {
    let (_, allowed) = allowed_signers(repository, tip.tree)?;
    let commits = results.iter().map(change_of).collect();
    write_on_tip(tip, repository, session, &allowed, options.key.as_deref(), commits)
}

/// What the commit of a revision does: it adds the results, and its message says what they come to.
pub(super) fn change_of(results: &Results) -> Change<'_> {
    let sha256 = results.statement_sha256();
    let message = results.statement.commit_message(&sha256, ENGINE, results.recipients_paid);
    Change::of_results(&results.folder, &results.files, message)
}

/// Writes results folders to `--out`, which must be empty or new.
fn dry_run(
    results: &[Results],
    changes: (Option<Changes>, Option<String>),
    options: &Options,
    session: &Session,
) -> Result<Output, Problems> {
    if let Some(out) = &options.out {
        refuse_if_not_empty(out)?;
        for results in results {
            let round = &results.statement.predicate.round;
            for (name, bytes) in &results.files {
                write_file(&out.join(round).join(name), bytes)?;
            }
        }
    }
    let mut output = computed::report(results, changes, session);
    output.notes.push("dry run: the repository is untouched".to_owned());
    Ok(output)
}

/// What was closed.
fn report(
    results: &[Results],
    commits: &[ObjectId],
    changes: Option<&Changes>,
    tip: &Tip,
    session: &Session,
) -> Output {
    let closed: Vec<Closed> = results
        .iter()
        .zip(commits)
        .map(|(results, commit)| {
            let predicate = &results.statement.predicate;
            Closed {
                round: predicate.round.clone(),
                commit: commit.to_string(),
                sequence: predicate.sequence,
                statement_sha256: results.statement_sha256(),
                paid: predicate.totals.paid.0.clone(),
                held: predicate.totals.held.0.clone(),
                recipients: results.recipients_paid,
                payouts: payouts_of(results),
                warnings: results.warnings.iter().map(ToString::to_string).collect(),
                changes: changes.cloned(),
            }
        })
        .collect();
    if session.json {
        return Output::json(&closed);
    }
    let symbol = &tip.ledger.token.symbol;
    let lines = closed.iter().map(|closed| {
        let to = counted(closed.recipients, "recipient", "recipients");
        format!(
            "closed {} on {}: {} {symbol} to {}, {} {symbol} held\n  commit     {}\n  statement  {} (sequence {})\n{}",
            closed.round, tip.branch, closed.paid, to, closed.held, closed.commit, closed.statement_sha256, closed.sequence,
            closed.payouts.as_ref().map(|path| format!("  payouts    {path} says which ONE file to pay\n")).unwrap_or_default()
        )
    });
    Output::text(lines.collect::<String>())
}

/// The path of the file that says which payout file is for which tool, where payouts are written.
fn payouts_of(results: &Results) -> Option<String> {
    let name = format!("{PAYOUTS_FOLDER}{README_FILE}");
    results.files.contains_key(&name).then(|| format!("{}/{name}", results.folder))
}

/// What changed since the last statement, warnings of the rounds, and what the writing had to say.
fn notes_of(news: Vec<String>, results: &[Results], written: &[String]) -> Vec<String> {
    let warnings = results
        .iter()
        .flat_map(|results| results.warnings.iter().map(|warning| format!("warning: {warning}")));
    news.into_iter().chain(warnings).chain(written.iter().cloned()).collect()
}
