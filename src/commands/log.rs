//! `meed log`: the statements in the order of the chain, one line each.

use clap::Args;
use serde::Serialize;

use super::table::render;
use super::verify::exit_status;
use super::{Output, Session};
use crate::error::Problems;
use crate::settlement::Standing;
use crate::verification::approvals::Approvals;
use crate::verification::{self, State, StatementReport};

/// Options of `meed log`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed log                 all statements: what each owes, what was settled, what is open
  meed log --format json   the same for programs")]
pub struct Options {
    /// The commit whose history is shown
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    pub rev: String,
}

/// The column of the review.
const APPROVALS: &str = "approvals";

/// A line of the log.
#[derive(Debug, Serialize)]
struct Entry {
    sequence: u64,
    round: String,
    revision: u32,
    date: String,
    pool: String,
    paid: String,
    owed: String,
    settled: String,
    open: String,
    held: String,
    /// How many of how many; empty where nobody asked and nobody approved.
    approvals: String,
    recipients: usize,
    signer: String,
    state: String,
    commit: String,
}

/// Shows the log.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    repository.demand_complete_history()?;
    let tip = repository.commit_of(&options.rev)?;
    let lfs_dir = session.lfs_dir.clone();
    let checked = verification::Options { lfs_dir, rounds_only: true, ..Default::default() };
    let report = verification::verify(&repository, tip, &checked, &*session.progress)?;
    let status = exit_status(&report);
    let entries: Vec<Entry> = report.statements.iter().map(entry).collect();
    if session.json {
        return Ok(Output { status, ..Output::json(&entries) });
    }
    if entries.is_empty() {
        return Ok(Output::default().with_notes(vec!["no round is closed yet".to_owned()]));
    }
    // Ledgers that ask for no review need no column for it.
    let is_reviewed = entries.iter().any(|entry| !entry.approvals.is_empty());
    let header = [
        "seq",
        "round",
        "rev",
        "date",
        "pool",
        "owed",
        "settled",
        "open",
        "held",
        "recipients",
        "signer",
        APPROVALS,
        "state",
    ];
    let header: Vec<&str> = header.into_iter().filter(|name| is_reviewed || *name != APPROVALS).collect();
    let rows = entries.into_iter().map(|entry| {
        let reviewed = is_reviewed.then_some(entry.approvals);
        let cells = [
            entry.sequence.to_string(),
            entry.round,
            entry.revision.to_string(),
            entry.date,
            entry.pool,
            entry.owed,
            entry.settled,
            entry.open,
            entry.held,
            entry.recipients.to_string(),
            entry.signer,
        ];
        cells.into_iter().chain(reviewed).chain([entry.state]).collect()
    });
    let text = render(
        &header,
        rows.collect(),
        &["seq", "rev", "pool", "owed", "settled", "open", "held", "recipients"],
    );
    Ok(Output { status, ..Output::text(text) })
}

/// The line of a statement.
fn entry(report: &StatementReport) -> Entry {
    let totals = report.statement.as_ref().map(|statement| &statement.predicate.totals);
    let figure = |read: fn(&crate::statement::Sums) -> &crate::statement::Figure| {
        totals.map_or_else(String::new, |totals| read(totals).0.clone())
    };
    let first = |state| report.checks.iter().find(|check| check.state == state);
    let state = match (first(State::Fails), first(State::Impossible)) {
        (Some(check), _) => format!("fails: {}", check.name),
        (None, Some(check)) => format!("impossible: {}", check.name),
        (None, None) => "verifies".to_owned(),
    };
    // Empty where the settlements do not hold, or nothing before them does.
    let account = |read: fn(&Standing) -> &String| {
        report.standing.as_ref().map_or_else(String::new, |standing| read(standing).clone())
    };
    Entry {
        sequence: report.sequence,
        round: report.round.clone(),
        revision: report.revision,
        date: report.committed_at.map_or_else(String::new, day_of),
        pool: figure(|sums| &sums.pool),
        paid: figure(|sums| &sums.paid),
        owed: account(|standing| &standing.owed),
        settled: account(|standing| &standing.settled),
        open: account(|standing| &standing.open),
        held: figure(|sums| &sums.held),
        approvals: report.approvals.as_ref().map_or_else(String::new, Approvals::in_short),
        recipients: report.recipients_paid,
        signer: report.signer.clone(),
        state,
        commit: report.commit.to_string(),
    }
}

/// The day, in UTC, of a time in seconds since 1970.
fn day_of(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| String::new(),
        |instant| instant.to_zoned(jiff::tz::TimeZone::UTC).date().to_string(),
    )
}
