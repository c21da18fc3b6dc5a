//! What was computed and not written, for people and for programs: `check`, and dry runs.

use serde::Serialize;

use super::changes::Changes;
use super::table::{render, shown};
use super::{Output, Session};
use crate::actions::Told;
use crate::adjustments::Adjustment;
use crate::calculate::Results;
use crate::methods::Statistics;
use crate::report::text::counted;
use crate::statement::{AllocationRecord, Sums};

/// Recipients that are shown without `-v`.
const TOP: usize = 10;
/// Characters of a recipient's name that are shown: an address, which may stand there, is shown whole.
const NAME_WIDTH: usize = 42;

/// A checked round, for `--format json`.
#[derive(Debug, Serialize)]
struct Checked<'a> {
    round: &'a str,
    revision: u32,
    totals: &'a Sums,
    allocations: &'a [AllocationRecord],
    recipients: Vec<CheckedRecipient>,
    /// What an amendment changes, person by person; absent for a first closing.
    #[serde(skip_serializing_if = "Option::is_none")]
    adjustments: Option<Vec<CheckedAdjustment>>,
    statistics: &'a [Statistics],
    warnings: Vec<String>,
    /// What changed in members, templates, policy and signers since the last statement.
    changes: Option<&'a Changes>,
}

/// A recipient of a checked round.
#[derive(Debug, Serialize)]
struct CheckedRecipient {
    recipient: String,
    address: Option<String>,
    key: String,
    total: String,
}

/// What an amendment changes for one person.
#[derive(Debug, Serialize)]
struct CheckedAdjustment {
    recipient: String,
    address: Option<String>,
    key: String,
    due_before: String,
    due_after: String,
    difference: String,
    paid_now: String,
    held_now: String,
}

/// What would be distributed, behind what changed since the last statement and, where that is not
/// known, a note that says so.
pub fn report(
    results: &[Results],
    (changes, note): (Option<Changes>, Option<String>),
    session: &Session,
) -> Output {
    let notes = note.into_iter().collect();
    let told = || Told::computed(results);
    if session.json {
        let checked = results.iter().map(|results| checked(results, changes.as_ref()));
        return Output::json(&checked.collect::<Vec<_>>()).telling(session, told).with_notes(notes);
    }
    let news = changes.iter().flat_map(Changes::lines).map(|line| line + "\n").collect::<String>();
    let texts = results.iter().map(|results| describe(results, session.verbose));
    let texts: Vec<String> = Some(news).filter(|text| !text.is_empty()).into_iter().chain(texts).collect();
    Output::text(texts.join("\n")).telling(session, told).with_notes(notes)
}

/// A round for programs.
fn checked<'a>(results: &'a Results, changes: Option<&'a Changes>) -> Checked<'a> {
    let predicate = &results.statement.predicate;
    let recipients = results.recipients.iter().map(|line| CheckedRecipient {
        recipient: line.name(),
        address: line.key.address().map(|address| address.to_string()),
        key: line.key.to_string(),
        total: line.total.to_text(results.token.decimals),
    });
    Checked {
        round: &predicate.round,
        revision: predicate.revision,
        totals: &predicate.totals,
        allocations: &predicate.allocations,
        recipients: recipients.collect(),
        adjustments: results.adjustments.as_ref().map(|rows| {
            let decimals = results.token.decimals;
            rows.iter().map(|row| CheckedAdjustment::of(row, decimals)).collect()
        }),
        statistics: &results.statistics,
        warnings: results.warnings.iter().map(ToString::to_string).collect(),
        changes,
    }
}

impl CheckedAdjustment {
    fn of(row: &Adjustment, decimals: u8) -> Self {
        Self {
            recipient: row.name(),
            address: row.address.map(|address| address.to_string()),
            key: row.key.to_string(),
            due_before: row.due_before.to_text(decimals),
            due_after: row.due_after.to_text(decimals),
            difference: row.difference().to_text(decimals),
            paid_now: row.paid_now.to_text(decimals),
            held_now: row.held_now.to_text(decimals),
        }
    }
}

/// A round for people: totals, allocations with the identity, the first recipients, warnings.
fn describe(results: &Results, all: bool) -> String {
    let predicate = &results.statement.predicate;
    let (symbol, totals) = (&results.token.symbol, &predicate.totals);
    let revision = match predicate.revision {
        1 => String::new(),
        revision => format!(", revision {revision}"),
    };
    let mut text = format!(
        "{}{revision} ({} to {}): {} {symbol} to {}\n\n",
        predicate.round,
        predicate.period.start,
        predicate.period.end,
        totals.paid.0,
        counted(results.recipients_paid, "recipient", "recipients")
    );
    let header = ["allocation", "pool", "carried in", "brought in", "paid", "held", "kept", "unallocated"];
    let row = |name: &str, sums: &Sums| -> Vec<String> {
        let figures = sums.identity().map(|figure| figure.0.clone());
        std::iter::once(name.to_owned()).chain(figures).collect()
    };
    let mut rows: Vec<Vec<String>> =
        predicate.allocations.iter().map(|allocation| row(&allocation.name, &allocation.sums)).collect();
    rows.push(row("total", totals));
    text += &render(&header, rows, &header[1..]);
    let identity =
        results.statement.check_sums().map_or_else(|reason| reason, |()| "holds in every row".to_owned());
    text += &format!("pool + carried in + brought in = paid + held + kept + unallocated: {identity}\n\n");
    text += &match &results.adjustments {
        Some(adjustments) => adjusted(adjustments, results, all),
        None => recipients(results, all),
    };
    for warning in &results.warnings {
        text += &format!("\nwarning: {warning}");
    }
    if !results.warnings.is_empty() {
        text.push('\n');
    }
    text
}

/// What an amendment changes: the first people, or all.
fn adjusted(adjustments: &[Adjustment], results: &Results, all: bool) -> String {
    let symbol = &results.token.symbol;
    let shown_lines = if all { adjustments.len() } else { TOP };
    let header = ["recipient", "address", "due before", "due after", "difference", "paid now", "held now"];
    let rows = adjustments.iter().take(shown_lines).map(|row| {
        let row = CheckedAdjustment::of(row, results.token.decimals);
        let name: String = shown(&row.recipient).chars().take(NAME_WIDTH).collect();
        let place = row.address.unwrap_or_else(|| format!("held for {}", row.key));
        vec![name, shown(&place), row.due_before, row.due_after, row.difference, row.paid_now, row.held_now]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let mut text = if rows.is_empty() {
        "nobody is due more or less, and nobody is paid now\n".to_owned()
    } else {
        format!(
            "in {symbol}; the figures above are differences to the revision before\n{}",
            render(&header, rows, &header[2..])
        )
    };
    let rest = adjustments.len().saturating_sub(shown_lines);
    if rest > 0 {
        text += &format!("... and {rest} more (`-v` shows all)\n");
    }
    text
}

/// The first recipients, or all.
fn recipients(results: &Results, all: bool) -> String {
    let shown_lines = if all { results.recipients.len() } else { TOP };
    let rows = results.recipients.iter().take(shown_lines).map(|line| {
        let place = line
            .key
            .address()
            .map_or_else(|| format!("held for {}", line.key), |address| address.to_string());
        let name: String = shown(&line.name()).chars().take(NAME_WIDTH).collect();
        vec![name, shown(&place), line.total.to_text(results.token.decimals)]
    });
    let mut text =
        render(&["recipient", "address", &results.token.symbol], rows.collect(), &[&results.token.symbol]);
    let rest = results.recipients.len().saturating_sub(shown_lines);
    if rest > 0 {
        text += &format!("... and {rest} more (`meed -v check` shows all)\n");
    }
    text
}
