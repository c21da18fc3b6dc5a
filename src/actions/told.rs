//! What commands tell a runner: remarks, summary and outputs.

use super::annotation::{Level, Remark};
use super::summary::{Identity, Summary, wrong};
use crate::calculate::Results;
use crate::error::{Problems, Shown};
use crate::verification::Report;

/// The outputs of commands that close.
const OUTPUTS: [&str; 4] = ["round", "commit", "statement-sha256", "paid"];

/// What a command tells a runner besides what it prints.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Problems and warnings of what it prints on standard output; those among its notes are found there.
    pub remarks: Vec<Remark>,
    /// What the page of the run says.
    pub summary: Summary,
    /// Values for later steps, by the names of the outputs.
    pub outputs: Vec<(&'static str, String)>,
}

/// The closing of rounds: one commit each.
#[derive(Debug, Clone, Copy)]
pub struct Closing<'a> {
    /// What was done: `Closed` or `Amended`.
    pub done: &'static str,
    /// The commits, in the order of the results.
    pub commits: &'a [String],
    /// Their branch.
    pub branch: &'a str,
    /// Who signed, as allowed_signers names them.
    pub signer: &'a str,
}

impl Told {
    /// Rounds that were closed or amended: outputs `round`, `commit`, `statement-sha256` and `paid`, each
    /// with as many values as there are rounds, in their order, separated by spaces. None of the values can
    /// hold a space.
    pub fn closed(results: &[Results], closing: Closing<'_>) -> Self {
        let mut summary = Summary::default();
        for (results, commit) in results.iter().zip(closing.commits) {
            let commit = Some((commit.as_str(), closing.branch));
            let identity = Identity { done: closing.done, commit, signer: closing.signer };
            summary.extend(Summary::of_round(results, identity));
        }
        Self { remarks: Vec::new(), summary, outputs: outputs(results, closing.commits.join(" ")) }
    }

    /// Rounds that were computed and not closed: the same outputs, of which `commit` is empty. Warnings
    /// stand in what is printed.
    pub fn computed(results: &[Results]) -> Self {
        let identity = Identity { done: "Computed, not closed", commit: None, signer: "" };
        let mut summary = Summary::default();
        for results in results {
            summary.extend(Summary::of_round(results, identity));
        }
        let warnings = results.iter().flat_map(|results| &results.warnings);
        let remarks = warnings.map(|warning| Remark::warning(warning.to_string())).collect();
        Self { remarks, summary, outputs: outputs(results, String::new()) }
    }

    /// A simulation that was closed: the same outputs, of which `paid` is empty.
    pub fn simulated(name: &str, commit: &str, statement_sha256: &str) -> Self {
        let round = format!("simulations/{name}");
        let summary = Summary::of_simulation(&round, commit, statement_sha256);
        let values = [round, commit.to_owned(), statement_sha256.to_owned(), String::new()];
        Self { remarks: Vec::new(), summary, outputs: OUTPUTS.into_iter().zip(values).collect() }
    }

    /// That there was nothing to do, in a sentence: the same outputs, all empty.
    pub fn nothing(sentence: &str) -> Self {
        let summary = Summary::of_heading(sentence);
        Self { remarks: Vec::new(), summary, outputs: outputs(&[], String::new()) }
    }

    /// A verification: output `verified`, `true` or `false`; where it is true, `commit`, the commit that
    /// was verified, and `round` and `statement-sha256` of the newest statement.
    pub fn verified(report: &Report, verdict: &str) -> Self {
        let remarks = wrong(report).map(|(of, check)| Remark {
            level: Level::Error,
            title: format!("{}: {}", Shown::from(of), check.name),
            message: check.detail.clone(),
        });
        let mut outputs = vec![("verified", report.holds().to_string())];
        if report.holds() {
            let last = report.statements.last();
            outputs.push(("round", last.map(|last| last.round.clone()).unwrap_or_default()));
            outputs.push(("commit", report.head.commit.to_string()));
            outputs.push(("statement-sha256", report.head.sha256.clone().unwrap_or_default()));
        }
        Self { remarks: remarks.collect(), summary: Summary::of_report(report, verdict), outputs }
    }

    /// What stopped a command.
    pub fn refused(problems: &Problems) -> Self {
        let remarks = problems.errors().iter().map(Remark::error).collect();
        Self { remarks, summary: Summary::of_problems(problems), outputs: Vec::new() }
    }
}

/// The outputs of a command that closes rounds, or would.
fn outputs(results: &[Results], commits: String) -> Vec<(&'static str, String)> {
    let all =
        |value: &dyn Fn(&Results) -> String| results.iter().map(value).collect::<Vec<String>>().join(" ");
    let values = [
        all(&|results| results.statement.predicate.round.clone()),
        commits,
        all(&Results::statement_sha256),
        all(&|results| results.statement.predicate.totals.paid.0.clone()),
    ];
    OUTPUTS.into_iter().zip(values).collect()
}
