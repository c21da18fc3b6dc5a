//! The tables of praise-v1, read again.

use super::numbers::{figure, millionths};
use crate::error::Problems;
use crate::report::Share;
use crate::tables::Table;

/// The columns of praise_days.csv.
pub(super) const DAY_COLUMNS: [&str; 6] = ["day", "giver", "receiver", "praises", "score", "reward"];

/// A row of praise_days.csv.
#[derive(Debug, Clone)]
#[allow(clippy::struct_field_names)] // as the columns are called
pub(super) struct Day {
    /// `YYYY-MM-DD`.
    pub(super) day: String,
    pub(super) giver: String,
    pub(super) receiver: String,
    pub(super) praises: i64,
    /// In millionths.
    pub(super) score: i64,
    /// In millionths of a token.
    pub(super) reward: i64,
}

/// A praise with what the quantifiers said of it; scores in millionths.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    /// `YYYY-MM-DD`, as far as the table has it.
    pub(super) day: String,
    pub(super) giver: String,
    pub(super) receiver: String,
    pub(super) reason: String,
    pub(super) average: i64,
    /// The scores that are left.
    pub(super) scores: Vec<Score>,
}

/// A score of a praise.
#[derive(Debug, Clone)]
pub(super) struct Score {
    pub(super) quantifier: String,
    pub(super) given: i64,
    /// Whether it is that of the praise that this one was found to repeat.
    pub(super) is_of_original: bool,
}

impl Judged {
    /// The largest score left.
    pub(super) fn highest(&self) -> Option<i64> {
        self.scores.iter().map(|score| score.given).max()
    }

    /// The largest less the smallest score left.
    pub(super) fn spread(&self) -> Option<i64> {
        let lowest = self.scores.iter().map(|score| score.given).min()?;
        self.highest().map(|highest| highest - lowest)
    }
}

/// Who praised whom, day by day.
pub(super) fn days(share: &Share<'_>) -> Result<Vec<Day>, Problems> {
    Ok(share.table("praise_days", &DAY_COLUMNS)?.as_ref().map(days_of).unwrap_or_default())
}

/// The rows of a praise_days.csv, of this round or an earlier one.
pub(super) fn days_of(table: &Table) -> Vec<Day> {
    let day = |row: crate::tables::Row<'_>| Day {
        day: row.field("day").to_owned(),
        giver: row.field("giver").to_owned(),
        receiver: row.field("receiver").to_owned(),
        praises: row.field("praises").parse().unwrap_or(0),
        score: millionths(row.field("score")),
        reward: millionths(row.field("reward")),
    };
    table.rows().map(day).collect()
}

/// The judged praises, in the order of praise_outliers.csv: the largest spread first.
pub(super) fn judged(share: &Share<'_>) -> Result<Vec<Judged>, Problems> {
    let required = ["DATE", "TO USER ACCOUNT", "FROM USER ACCOUNT", "REASON", "AVG SCORE"];
    let Some(table) = share.table("praise_outliers", &required)? else { return Ok(Vec::new()) };
    let slots = figure(share.statistics, "/parameters/quantifiers_per_praise");
    let columns: Vec<[String; 3]> = (1..=slots)
        .map(|k| [format!("score {k}"), format!("quantifier {k} username"), format!("duplicate id {k}")])
        .collect();
    let praise = |row: crate::tables::Row<'_>| {
        let score = |[score, quantifier, duplicate]: &[String; 3]| {
            let score = row.field(score);
            (!score.is_empty()).then(|| Score {
                quantifier: row.field(quantifier).to_owned(),
                given: millionths(score),
                is_of_original: !row.field(duplicate).is_empty(),
            })
        };
        Judged {
            day: row.field("date").chars().take(10).collect(),
            giver: row.field("from user account").to_owned(),
            receiver: row.field("to user account").to_owned(),
            reason: row.field("reason").to_owned(),
            average: millionths(row.field("avg score")),
            scores: columns.iter().filter_map(score).collect(),
        }
    };
    Ok(table.rows().map(praise).collect())
}
