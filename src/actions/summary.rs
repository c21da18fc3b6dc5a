//! The job summary: Markdown for the page of a run.
//!
//! A list of pieces, so that what is too long for GitHub is cut between them and says so. All text of
//! ledgers is escaped as in report.md.

use crate::calculate::Results;
use crate::error::{Problems, Warning};
use crate::report::render::markdown::{escape, fenced};
use crate::report::text::counted;
use crate::verification::{Check, Report, State};

/// Recipients that are drawn.
const TOP: usize = 10;
/// Most warnings and problems that are listed.
const LISTED_MOST: usize = 100;
/// Characters of a name in the drawing.
const NAME_CHARACTERS: usize = 24;
/// Blocks of the longest bar.
const BAR_BLOCKS: u128 = 24;
/// What stands where the rest does not fit.
const CUT: &str =
    "\n**Cut here: GitHub shows at most 1 MiB of a summary.** The log of the step has the rest.\n";

/// Markdown in pieces, each with its line ends.
#[derive(Debug, Clone, Default)]
pub struct Summary(Vec<String>);

/// What a round's summary says besides what was computed.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// What was done: `Closed`, `Amended`, `Computed, not closed`.
    pub done: &'a str,
    /// The commit and its branch, where there is one.
    pub commit: Option<(&'a str, &'a str)>,
    /// Who signed, as allowed_signers names them; empty where nothing is signed.
    pub signer: &'a str,
}

impl Summary {
    /// A summary that is one heading.
    pub fn of_heading(text: &str) -> Self {
        Self(vec![format!("\n## {}\n", escape(text))])
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts another summary behind this one.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The text in at most so many bytes: as many pieces as fit, with a word about the others. Nothing where
    /// not even that fits.
    pub fn within(&self, bytes: u64) -> String {
        let room = usize::try_from(bytes).unwrap_or(usize::MAX);
        if self.0.iter().map(String::len).sum::<usize>() <= room {
            return self.0.concat();
        }
        let Some(room) = room.checked_sub(CUT.len()) else { return String::new() };
        let mut text = String::new();
        for piece in &self.0 {
            if text.len() + piece.len() > room {
                break;
            }
            text.push_str(piece);
        }
        text + CUT
    }

    fn push(&mut self, piece: impl Into<String>) {
        self.0.push(piece.into());
    }

    /// A heading.
    fn heading(&mut self, text: &str) {
        self.push(format!("\n### {}\n\n", escape(text)));
    }

    /// A table of names and values; values are Markdown.
    fn facts(&mut self, facts: &[(&str, String)]) {
        self.push("\n| | |\n|---|---|\n");
        for (name, value) in facts {
            self.push(format!("| {} | {value} |\n", escape(name)));
        }
    }

    /// A list of texts, the first hundred.
    fn list(&mut self, items: impl ExactSizeIterator<Item = String>) {
        let rest = items.len().saturating_sub(LISTED_MOST);
        for item in items.take(LISTED_MOST) {
            self.push(format!("- {}\n", escape(&item)));
        }
        if rest > 0 {
            self.push(format!("- and {rest} more\n"));
        }
    }

    /// What stopped a command.
    pub fn of_problems(problems: &Problems) -> Self {
        let count = counted(problems.errors().len(), "problem", "problems");
        let mut summary = Self::of_heading(&format!("meed: {count}, nothing done"));
        summary.push("\n");
        summary.list(problems.errors().iter().map(|error| format!("{error} (hint: {})", error.hint())));
        summary
    }

    /// A round: identity, totals, warnings, who gets most, charts.
    pub fn of_round(results: &Results, identity: Identity<'_>) -> Self {
        let predicate = &results.statement.predicate;
        let mut summary = Self::of_heading(&format!("{}: {}", identity.done, predicate.round));
        summary.facts(&facts(results, identity));
        summary.push(format!("\n{}\n", fenced(&sums(results))));
        summary.warnings(&results.warnings);
        summary.push(largest(results));
        let charts: Vec<String> =
            results.page.charts().map(|chart| format!("{}: {}", chart.title, chart.description)).collect();
        if !charts.is_empty() {
            summary.heading("Charts of the report, in words");
            summary.list(charts.into_iter());
        }
        summary
    }

    /// A simulation that was closed.
    pub fn of_simulation(name: &str, commit: &str, statement_sha256: &str) -> Self {
        let mut summary = Self::of_heading(&format!("Closed: {name}"));
        summary.facts(&[
            ("commit", format!("`{commit}`")),
            ("statement SHA-256", format!("`{statement_sha256}`")),
            ("paid", "nothing: a simulation pays nobody".to_owned()),
        ]);
        summary
    }

    fn warnings(&mut self, warnings: &[Warning]) {
        if !warnings.is_empty() {
            self.heading(&format!("{} to look at", counted(warnings.len(), "warning", "warnings")));
            self.list(warnings.iter().map(ToString::to_string));
        }
    }

    /// A verification: the verdict, what is wrong, a line a statement, what to keep.
    pub fn of_report(report: &Report, verdict: &str) -> Self {
        let word = match (report.fails(), report.holds()) {
            (true, _) => "Does not verify",
            (_, true) => "Verified",
            _ => "Not verified in full",
        };
        let mut summary = Self::of_heading(word);
        summary.push(format!("\n{}\n", escape(verdict)));
        let wrong: Vec<String> =
            wrong(report).map(|(of, check)| format!("{of}: {}: {}", check.name, check.detail)).collect();
        if !wrong.is_empty() {
            summary.heading("What is wrong");
            summary.list(wrong.into_iter());
        }
        if !report.statements.is_empty() {
            summary.heading("Rounds");
            summary.push("| | round | revision | commit | signed by | checks |\n");
            summary.push("|---:|---|---:|---|---|---|\n");
        }
        for statement in &report.statements {
            summary.push(format!(
                "| {} | {} | {} | `{}` | {} | {} |\n",
                statement.sequence,
                escape(&statement.round),
                statement.revision,
                statement.commit,
                escape(&statement.signer),
                states(&statement.checks)
            ));
        }
        if !report.simulations.is_empty() {
            summary.heading("Simulations");
            summary.push("| simulation | commit | signed by | checks |\n|---|---|---|---|\n");
        }
        for simulation in &report.simulations {
            summary.push(format!(
                "| {} | `{}` | {} | {} |\n",
                escape(&simulation.name),
                simulation.commit,
                escape(&simulation.signer),
                states(&simulation.checks)
            ));
        }
        if report.holds() {
            let digest =
                report.head.sha256.as_deref().map(|sha256| format!(", statement SHA-256 `{sha256}`"));
            summary.push(format!(
                "\nKeep this to notice later that rounds were cut off: commit `{}`{}.\n",
                report.head.commit,
                digest.unwrap_or_default()
            ));
        }
        summary
    }
}

/// The checks that fail or could not be made, with what they are of.
pub fn wrong(report: &Report) -> impl Iterator<Item = (String, &Check)> {
    let of_statement = report.statements.iter().flat_map(|statement| {
        let revision =
            if statement.revision > 1 { format!(" revision {}", statement.revision) } else { String::new() };
        statement.checks.iter().map(move |check| (format!("{}{revision}", statement.round), check))
    });
    let of_simulation = report.simulations.iter().flat_map(|simulation| {
        simulation.checks.iter().map(|check| (format!("simulations/{}", simulation.name), check))
    });
    let of_ledger = report.ledger.iter().map(|check| ("ledger".to_owned(), check));
    let all = of_statement.chain(of_simulation).chain(of_ledger);
    all.filter(|(_, check)| matches!(check.state, State::Fails | State::Impossible))
}

/// How checks came out, counted.
fn states(checks: &[Check]) -> String {
    let states = [State::Holds, State::Fails, State::Impossible, State::Pending, State::NotChecked];
    let counted = states.iter().filter_map(|state| {
        let count = checks.iter().filter(|check| check.state == *state).count();
        let word = format!("{} {count}", state.as_str());
        (count > 0).then(|| if *state == State::Fails { format!("**{word}**") } else { word })
    });
    counted.collect::<Vec<_>>().join(", ")
}

/// Which ledger, round, statement and commit it is, and the figures that people ask for first.
fn facts(results: &Results, identity: Identity<'_>) -> Vec<(&'static str, String)> {
    let predicate = &results.statement.predicate;
    let (totals, symbol) = (&predicate.totals, escape(&predicate.token.symbol));
    let amount = |figure: &str| format!("{} {symbol}", escape(figure));
    let revision =
        if predicate.revision > 1 { format!(", revision {}", predicate.revision) } else { String::new() };
    let mut facts = vec![
        ("ledger", format!("{} (`{}`)", escape(&predicate.ledger.name), predicate.ledger.id)),
        (
            "round",
            format!(
                "{}{revision}, {} to {}",
                escape(&predicate.round),
                predicate.period.start,
                predicate.period.end
            ),
        ),
        (
            "paid",
            format!(
                "**{}** to {}",
                amount(&totals.paid.0),
                counted(results.recipients_paid, "recipient", "recipients")
            ),
        ),
        ("held", amount(&totals.held.0)),
        ("kept", amount(&totals.kept.0)),
        ("sequence", predicate.sequence.to_string()),
        ("statement SHA-256", format!("`{}`", results.statement_sha256())),
    ];
    if let Some((commit, branch)) = identity.commit {
        facts.push(("commit", format!("`{commit}` on {}", escape(branch))));
    }
    if !identity.signer.is_empty() {
        facts.push(("signed by", escape(identity.signer)));
    }
    if let Some(adjustments) = &results.adjustments {
        facts.push(("adjusted", counted(adjustments.len(), "person", "people")));
    }
    facts
}

/// The identity of the sums, a line a figure.
fn sums(results: &Results) -> String {
    let names = ["  pool", "+ carried in", "+ brought in", "= paid", "+ held", "+ kept", "+ unallocated"];
    let figures = results.statement.predicate.totals.identity();
    let lines = names.iter().zip(figures).map(|(name, figure)| format!("{name:<14}{}", figure.0));
    lines.collect::<Vec<_>>().join("\n")
}

/// Who gets most, with bars.
fn largest(results: &Results) -> String {
    let paid: Vec<_> = results.recipients.iter().filter(|line| line.total.units() > 0).collect();
    let Some(most) = paid.iter().map(|line| line.total.units()).max() else { return String::new() };
    let block = most.div_ceil(BAR_BLOCKS);
    let rows = paid.iter().take(TOP).map(|line| {
        let name: String = line.name().chars().map(crate::error::visible).take(NAME_CHARACTERS).collect();
        let blocks = usize::try_from(line.total.units() / block).unwrap_or(0);
        let bar = if blocks == 0 { "▏".to_owned() } else { "█".repeat(blocks) };
        format!("{name:<NAME_CHARACTERS$} {bar} {}\n", line.total.to_text(results.token.decimals))
    });
    let drawing = fenced(&rows.collect::<String>());
    let rest = paid.len().saturating_sub(TOP);
    let rest = if rest > 0 { format!("\n{rest} more stand in distribution.csv.\n") } else { String::new() };
    format!("\n### Who gets most, in {}\n\n{drawing}\n{rest}", escape(&results.token.symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_between_pieces() {
        let mut summary = Summary::of_heading("a|b <c>");
        assert_eq!(summary.within(100), "\n## a\\|b \\<c\\>\n");
        (0..50).for_each(|number| summary.push(format!("- line {number:02}\n")));
        let all = summary.within(u64::MAX);
        for bytes in 0..=all.len() as u64 + 1 {
            let text = summary.within(bytes);
            assert!(text.len() as u64 <= bytes);
            let kept = text.strip_suffix(CUT).unwrap_or(&text);
            assert!(all.starts_with(kept) && (kept.is_empty() || kept.ends_with('\n')), "{text}");
            assert_eq!(text == all, bytes >= all.len() as u64);
        }
    }
}
