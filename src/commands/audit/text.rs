//! An audit for people: a table of what was compared, what was found in words, and the totals.

use std::collections::BTreeMap;

use super::report::{ComparisonReport, DifferenceReport, Finding, Report, RevisionReport};
use crate::audit::Grade;
use crate::commands::table::render;
use crate::report::text::counted;

/// Differences, and reasons, that are shown without `-v`.
const TOP: usize = 5;
/// Characters of a name that are shown.
const NAME_WIDTH: usize = 42;
/// Characters of a finding that are shown without `-v`.
const FINDING_WIDTH: usize = 400;

/// What `equal` means, for readers who see it for the first time.
const INTRODUCTION: &str = "\
Each round is computed again from its inputs and compared, person by person, with the files in which its
amounts were published. `equal` means to a billionth of every amount: published numbers are floating point
numbers, which are no more exact. Revision 1 is what a round paid first; later ones are its corrections.";

/// The whole text.
pub fn text(report: &Report, verbose: bool) -> String {
    let (rounds, revisions) = (report.totals.rounds, report.totals.revisions);
    let counts =
        format!("{}, {}", counted(rounds, "round", "rounds"), counted(revisions, "revision", "revisions"));
    let mut text = format!("Audit of {}: {counts}\n\n{INTRODUCTION}\n\n{}", report.path, table(report));
    for revision in report.revisions.iter().filter(|revision| verbose || revision.has_news()) {
        text += &words(revision, verbose);
    }
    text += &format!("\n{counts}: {}\n", outcomes(report));
    text
}

/// A row a comparison.
fn table(report: &Report) -> String {
    let header = ["round", "revision", "compared", "outcome", "recipients", "largest difference"];
    let rows = report.revisions.iter().flat_map(|revision| {
        revision.comparisons.iter().map(|row| {
            vec![
                revision.round.clone(),
                revision.revision.to_string(),
                row.compared.clone(),
                row.words.to_owned(),
                row.recipients.map_or_else(String::new, |count| count.to_string()),
                row.largest_difference.clone().unwrap_or_default(),
            ]
        })
    });
    render(&header, rows.collect(), &["revision", "recipients"])
}

/// What was found about a revision.
fn words(revision: &RevisionReport, verbose: bool) -> String {
    let mut text = format!("\n{}, revision {}\n", revision.round, revision.revision);
    for row in revision.comparisons.iter().filter(|row| verbose || row.outcome != Grade::Equal.id()) {
        text += &compared(row, &revision.token, verbose);
    }
    let is_shown = |finding: &&Finding| verbose || !finding.is_about_words();
    for finding in revision.findings.iter().filter(is_shown) {
        text +=
            &format!("  look at: {}\n", cut(&finding.text, if verbose { usize::MAX } else { FINDING_WIDTH }));
    }
    text
}

/// What was found in one comparison.
fn compared(row: &ComparisonReport, symbol: &str, verbose: bool) -> String {
    let mut text = format!("  {}: {}", row.compared, row.words);
    if let (Some(published), Some(recomputed)) = (&row.published_sum, &row.recomputed_sum) {
        text += &format!(
            "; published {published} {symbol}, recomputed {recomputed} {symbol}, {} in sum",
            row.sum_difference.as_deref().unwrap_or_default()
        );
    }
    if row.outcome == Grade::NothingPublished.id() {
        text += ": there is no file to compare with";
    }
    text.push('\n');
    text.extend(row.explanation.iter().map(|explanation| format!("    why: {explanation}\n")));
    let limit = if verbose { usize::MAX } else { TOP };
    for reason in row.reasons.iter().take(limit) {
        text += &format!("    {}\n      {}\n", reason.message, reason.hint);
    }
    text += &rest(row.reasons.len(), limit, "problem", "problems");
    for (count, sentence) in [
        (row.not_published, "to whom the rules give something, in no published row"),
        (row.not_recomputed, "published to whom the rules give nothing"),
    ] {
        if count > 0 {
            text += &format!("    {} {sentence}\n", counted(count, "person", "people"));
        }
    }
    // The last digits of floats are no news.
    let is_shown = |found: &&DifferenceReport| verbose || found.outcome != Grade::Equal.id();
    let differences: Vec<&DifferenceReport> = row.differences.iter().filter(is_shown).collect();
    text.extend(differences.iter().take(limit).map(|found| difference(found, symbol)));
    text += &rest(differences.len(), limit, "difference", "differences");
    text
}

/// A line that says how many more there are.
fn rest(count: usize, limit: usize, one: &str, several: &str) -> String {
    match count.saturating_sub(limit) {
        0 => String::new(),
        more => format!("    ... and {} more (`meed -v audit` shows all)\n", counted(more, one, several)),
    }
}

/// The line of one person.
fn difference(found: &DifferenceReport, symbol: &str) -> String {
    let name = cut(&found.name, NAME_WIDTH);
    let who = match (&found.address, name.is_empty()) {
        (Some(address), true) => address.clone(),
        (Some(address), false) if name == *address => address.clone(),
        (Some(address), false) => format!("{name} ({address})"),
        (None, _) => format!("{name} (no address)"),
    };
    let column = if found.column == "total" { String::new() } else { format!("{}: ", found.column) };
    let amounts = match (&found.published, &found.recomputed) {
        (Some(published), Some(recomputed)) => format!("published {published}, recomputed {recomputed}"),
        (Some(published), None) => format!("published {published}, not known to the rules"),
        (None, Some(recomputed)) => format!("not published, recomputed {recomputed}"),
        (None, None) => String::new(),
    };
    format!("    {who}: {column}{amounts}: {} {symbol}\n", found.difference)
}

fn cut(text: &str, limit: usize) -> String {
    let mut short: String = text.chars().take(limit).collect();
    if text.chars().nth(limit).is_some() {
        short.push('…');
    }
    short
}

/// How many revisions came out how.
fn outcomes(report: &Report) -> String {
    let part = |grade: &Grade| {
        let of = |counts: &BTreeMap<&str, usize>| counts.get(grade.id()).copied().unwrap_or(0);
        let (count, partial) = (of(&report.totals.outcomes), of(&report.totals.in_part));
        let in_part = match partial {
            0 => String::new(),
            _ if count == 1 => " (in part)".to_owned(),
            _ => format!(" ({partial} of them in part)"),
        };
        (count > 0).then(|| format!("{count} {}{in_part}", grade.words()))
    };
    // From what is good to what is bad; where nothing was published stands last.
    let grades = Grade::ALL.iter().skip(1).chain(Grade::ALL.first());
    let mut text = grades.filter_map(part).collect::<Vec<_>>().join(", ");
    if report.totals.in_part.values().any(|count| *count > 0) {
        text +=
            "\nIn part: something of the round could not be compared; the table shows what, and what could.";
    }
    text
}
