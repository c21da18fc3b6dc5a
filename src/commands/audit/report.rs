//! What an audit found, as `--format json` gives it and the text for people is made of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Revision;
use crate::audit::published::Who;
use crate::audit::{Compared, Comparison, Difference, Grade, Rounding};
use crate::commands::table::shown;
use crate::error::Error;
use crate::report::text::counted;

/// What an audit found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The folder that was audited.
    pub path: String,
    /// One entry a revision, in natural order of the rounds.
    pub revisions: Vec<RevisionReport>,
    /// How many there are of what.
    pub totals: Totals,
}

/// How many rounds and revisions there are, and how many revisions of each outcome.
#[derive(Debug, Serialize)]
pub struct Totals {
    pub rounds: usize,
    pub revisions: usize,
    pub outcomes: BTreeMap<&'static str, usize>,
    /// Of these, those in which something could not be compared, while the rest was.
    pub in_part: BTreeMap<&'static str, usize>,
}

/// A revision.
#[derive(Debug, Serialize)]
pub struct RevisionReport {
    pub round: String,
    /// The folder, from the one that was audited; `.` if it is that.
    pub folder: String,
    pub revision: u32,
    pub token: String,
    pub outcome: &'static str,
    /// Whether some of the round could not be compared, while other parts were.
    pub in_part: bool,
    pub comparisons: Vec<ComparisonReport>,
    pub findings: Vec<Finding>,
}

/// One comparison.
#[derive(Debug, Serialize)]
pub struct ComparisonReport {
    pub compared: String,
    /// The name of the published file.
    pub file: Option<&'static str>,
    pub outcome: &'static str,
    /// `outcome` for people.
    #[serde(skip)]
    pub words: &'static str,
    pub recipients: Option<usize>,
    pub published_sum: Option<String>,
    pub recomputed_sum: Option<String>,
    /// Published less recomputed.
    pub sum_difference: Option<String>,
    pub largest_difference: Option<String>,
    pub not_published: usize,
    pub not_recomputed: usize,
    pub explanation: Option<String>,
    pub reasons: Vec<Reason>,
    /// All that are not the same to the last digit, the largest first.
    pub differences: Vec<DifferenceReport>,
}

/// Why nothing could be compared.
#[derive(Debug, Serialize)]
pub struct Reason {
    pub code: &'static str,
    pub message: String,
    pub hint: String,
}

/// Somebody whose published amount is not the recomputed one to the last digit.
#[derive(Debug, Serialize)]
pub struct DifferenceReport {
    pub name: String,
    pub address: Option<String>,
    /// `total`, or the reward where only parts of the total differ.
    pub column: &'static str,
    pub published: Option<String>,
    pub recomputed: Option<String>,
    /// Published less recomputed.
    pub difference: String,
    pub outcome: &'static str,
}

/// Something odd in the inputs of a round, or around them. It changes no outcome.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// `nobody`, `reused`, `newer`, or `check` for what `meed check` warns of.
    pub kind: &'static str,
    pub text: String,
}

impl Report {
    /// The report of an audit.
    pub fn of(path: &str, rounds: usize, revisions: &[Revision<'_>]) -> Self {
        let grades: Vec<Grade> = revisions.iter().map(|revision| revision.audited.grade()).collect();
        let count = |grade: &Grade| grades.iter().filter(|other| *other == grade).count();
        let outcomes = Grade::ALL.iter().map(|grade| (grade.id(), count(grade))).collect();
        let is_partial = |revision: &&Revision<'_>| revision.audited.is_partial();
        let partial: Vec<Grade> =
            revisions.iter().filter(is_partial).map(|revision| revision.audited.grade()).collect();
        let count_part = |grade: &Grade| partial.iter().filter(|other| *other == grade).count();
        let in_part = Grade::ALL.iter().map(|grade| (grade.id(), count_part(grade))).collect();
        let totals = Totals { rounds, revisions: revisions.len(), outcomes, in_part };
        Self { path: path.to_owned(), revisions: revisions.iter().map(RevisionReport::of).collect(), totals }
    }
}

impl RevisionReport {
    fn of(revision: &Revision<'_>) -> Self {
        let audited = &revision.audited;
        let folder = if revision.found.relative.is_empty() { "." } else { &revision.found.relative };
        Self {
            round: revision.found.name.clone(),
            folder: shown(folder),
            revision: revision.number,
            token: revision.symbol.clone(),
            outcome: audited.grade().id(),
            in_part: audited.is_partial(),
            comparisons: audited.rows.iter().map(|row| ComparisonReport::of(row, &revision.symbol)).collect(),
            findings: findings(revision),
        }
    }

    /// Whether there is anything to tell in words.
    pub fn has_news(&self) -> bool {
        let has_news = |row: &ComparisonReport| row.outcome != Grade::Equal.id();
        self.findings.iter().any(|finding| !finding.is_about_words()) || self.comparisons.iter().any(has_news)
    }
}

impl Finding {
    /// Whether it is about the words that sort praises into categories, which no amount depends on.
    pub fn is_about_words(&self) -> bool {
        self.kind == "check" && self.text.contains("keywords of `type_keywords`")
    }
}

/// What is odd, the gravest first.
fn findings(revision: &Revision<'_>) -> Vec<Finding> {
    // Paths of the disk stand in them, which may hold anything.
    let finding = |kind, text: &String| Finding { kind, text: shown(text) };
    let mut findings: Vec<Finding> = revision.reused.iter().map(|text| finding("reused", text)).collect();
    findings.extend(revision.newer.iter().map(|text| finding("newer", text)));
    findings.extend(revision.audited.nobody.map(|(people, sum)| {
        let people = counted(people, "person has", "people have");
        let text = format!(
            "{people} no address: {} {} were computed for them, and nobody was paid",
            sum.to_text(),
            revision.symbol
        );
        Finding { kind: "nobody", text }
    }));
    findings.extend(revision.audited.warnings.iter().map(|warning| finding("check", &warning.to_string())));
    findings
}

impl ComparisonReport {
    fn of(row: &Compared, symbol: &str) -> Self {
        let comparison = row.comparison.as_ref();
        let text = |read: fn(&Comparison) -> String| comparison.map(read);
        let largest = |comparison: &Comparison| {
            comparison.differences.first().map_or_else(|| "0".to_owned(), |largest| largest.size().to_text())
        };
        let differences = comparison.map_or(&[][..], |comparison| comparison.differences.as_slice());
        Self {
            compared: row.what.clone(),
            file: row.kind.map(crate::audit::published::Kind::file_name),
            outcome: row.grade.id(),
            words: row.grade.words(),
            recipients: comparison.map(|comparison| comparison.people),
            published_sum: text(|comparison| comparison.published.to_text()),
            recomputed_sum: text(|comparison| comparison.recomputed.to_text()),
            sum_difference: text(Comparison::sum_difference),
            largest_difference: text(largest),
            not_published: comparison.map_or(0, |comparison| comparison.not_published),
            not_recomputed: comparison.map_or(0, |comparison| comparison.not_recomputed),
            explanation: comparison.and_then(|comparison| explanation(comparison, symbol)),
            reasons: row.reasons.iter().map(Reason::of).collect(),
            differences: differences.iter().map(DifferenceReport::of).collect(),
        }
    }
}

/// Why amounts differ by rounding, with how much it comes to.
fn explanation(comparison: &Comparison, symbol: &str) -> Option<String> {
    let why = match comparison.rounding? {
        Rounding::SmallestUnit => {
            "the token cannot be divided further: nobody differs by more than one of its smallest units a reward"
        }
        Rounding::Pools => {
            "RAD cut its pools at 6 decimals with floating point numbers, and may lose 0.000001 of each: nobody differs by more than their part of that"
        }
        Rounding::Dust => {
            "the amounts of SourceCred came to a little more than their pool: they were paid as they were, and are divided in proportion here"
        }
    };
    Some(format!("{why}; together {} {symbol}", comparison.sum_difference()))
}

impl Reason {
    fn of(error: &Error) -> Self {
        // Errors speak of a commit; here are only folders.
        let (message, hint) = match error {
            Error::FileMissing { place } => (
                format!("{place}: is not there"),
                "put the file there, or correct its path in parameters.json".to_owned(),
            ),
            error @ Error::AmountsAbovePool { .. } => {
                let hint =
                    format!("{}; `meed audit --overrides FILE` takes the same overrides", error.hint());
                (error.to_string(), hint)
            }
            error => (error.to_string(), error.hint()),
        };
        Self { code: error.code(), message, hint }
    }
}

impl DifferenceReport {
    fn of(difference: &Difference) -> Self {
        let address = match &difference.who {
            Who::Address(address) => Some(address.to_string()),
            Who::Name(_) => None,
        };
        let text = |exact: Option<crate::audit::Exact>| exact.map(crate::audit::Exact::to_text);
        Self {
            name: shown(&difference.name),
            address,
            column: difference.column,
            published: text(difference.published),
            recomputed: text(difference.recomputed),
            difference: difference.to_text(),
            outcome: difference.grade.id(),
        }
    }
}
