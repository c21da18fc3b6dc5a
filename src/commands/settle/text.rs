//! What `meed settle` says: of a settlement that was made, and of those that there are.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::table::render;
use super::super::{Output, Session};
use super::of_folder;
use crate::error::counted;
use crate::git::ObjectId;
use crate::ledger::payout_format::PayoutFormat;
use crate::settlement::{Settlement, Standing};
use crate::snapshot::settlements_folder;
use crate::statement::{ADJUSTMENTS_FILE, DISTRIBUTION_FILE, Recorded};

/// Payments that a dry run shows without `-v`.
const TOP: usize = 10;

/// A settlement that was made, for `--format json`.
#[derive(Debug, Serialize)]
struct Made<'a> {
    path: &'a str,
    commit: Option<String>,
    recipients: usize,
    owed: &'a str,
    settled: &'a str,
    open: &'a str,
    settlement: &'a Settlement,
    warnings: &'a [String],
}

/// A settlement that was made, or would be.
pub(super) struct Done<'a> {
    pub settlement: &'a Settlement,
    pub path: &'a str,
    pub commit: Option<ObjectId>,
    pub recipients: usize,
    pub recipients_open: usize,
    pub warnings: &'a [String],
}

/// What was recorded, or with `--dry-run` what would be.
pub(super) fn report(done: &Done<'_>, standing: &Standing, symbol: &str, session: &Session) -> Output {
    let Done { settlement, path, recipients, .. } = *done;
    if session.json {
        return Output::json(&Made {
            path,
            commit: done.commit.map(|commit| commit.to_string()),
            recipients,
            owed: &standing.owed,
            settled: &standing.settled,
            open: &standing.open,
            settlement,
            warnings: done.warnings,
        });
    }
    let mut text = format!(
        "{} {}{}: {} {symbol} to {} in {}\n",
        if done.commit.is_some() { "settled" } else { "would settle" },
        settlement.round,
        if settlement.revision > 1 { format!(" revision {}", settlement.revision) } else { String::new() },
        settlement.total.0,
        counted(recipients, "recipient", "recipients"),
        settlement.transaction
    );
    if let Some(commit) = done.commit {
        text += &format!("  commit      {commit}\n");
    }
    text += &format!(
        "  settlement  {path}\n  open        {} of {} {symbol}, {} recipients\n",
        standing.open, standing.owed, done.recipients_open
    );
    if done.commit.is_none() {
        text += &payments(settlement, symbol, session.verbose);
    }
    Output::text(text)
}

/// The payments that would be recorded: the first, or all.
fn payments(settlement: &Settlement, symbol: &str, all: bool) -> String {
    let Some(payments) = &settlement.payments else {
        let table = if settlement.revision > 1 { ADJUSTMENTS_FILE } else { DISTRIBUTION_FILE };
        return format!("\nall that {table} gives, through the claims contract\n");
    };
    let shown = if all { payments.len() } else { TOP };
    let rows = payments.iter().take(shown).map(|paid| vec![paid.address.clone(), paid.amount.0.clone()]);
    let mut text = format!("\n{}", render(&["address", symbol], rows.collect(), &[symbol]));
    if payments.len() > shown {
        text += &format!("... and {} more (`meed -v settle` shows all)\n", payments.len() - shown);
    }
    text
}

/// The settlements of a round.
pub(super) fn list(all: &BTreeMap<String, Settlement>, revisions: &[&Recorded], session: &Session) -> Output {
    let folders: Vec<String> = revisions.iter().map(|recorded| settlements_folder(recorded)).collect();
    let settlements: Vec<&Settlement> =
        folders.iter().flat_map(|folder| of_folder(all, folder)).map(|(_, settlement)| settlement).collect();
    if session.json {
        return Output::json(&settlements);
    }
    if settlements.is_empty() {
        return Output::default().with_notes(vec!["nothing of this round is settled yet".to_owned()]);
    }
    let is_amended = settlements.iter().any(|settlement| settlement.revision > 1);
    let rows = settlements.into_iter().map(|settlement| {
        let payments = settlement.payments.as_ref();
        let revision = is_amended.then(|| settlement.revision.to_string());
        let cells = [
            settlement.settlement.to_string(),
            settlement.date.clone().unwrap_or_default(),
            settlement.payout.map_or("", PayoutFormat::id).to_owned(),
            payments.map_or_else(|| "all".to_owned(), |payments| payments.len().to_string()),
            settlement.total.0.clone(),
            settlement.transaction.clone(),
        ];
        revision.into_iter().chain(cells).collect()
    });
    let header = ["rev", "nr", "date", "payout", "recipients", "amount", "transaction"];
    let header = if is_amended { &header[..] } else { header.get(1..).unwrap_or_default() };
    Output::text(render(header, rows.collect(), &["rev", "nr", "recipients", "amount"]))
}
