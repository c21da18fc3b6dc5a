//! What praise was for: reasons cleaned, and sorted into categories by keywords.
//!
//! Source: RAD's categorized_praise and uncategorized_praise. Judged praises with a score and a reason.
//! A reason is cleaned: lower case; runs of punctuation become a space, and so do runs of white space;
//! digits go; English stop words (NLTK's) go; the rest are stemmed, unless they hold `#`. A category
//! has keywords; a reason belongs to every category of which it holds a keyword. Here a file holds its
//! own round only; RAD's repeat all rounds before.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::judged::{All, Judged, text};
use super::stem::stem;
use crate::amount::{Weight, scaled_text};
use crate::methods::ReportTable;
use crate::methods::praise_v1::table::Praise;
use crate::tables::Cell;

/// What counts as punctuation. Not among it: `\` and `#`.
const PUNCTUATION: &str = "!\"$%&'()*+,-./:;<=>?[]^_`{|}~•@";

/// The reasons of a round, the praises with the highest scores first.
#[derive(Debug)]
pub(super) struct Reasons<'a> {
    /// Category and its keywords.
    keywords: &'a BTreeMap<String, String>,
    /// The most decimals of any average score.
    scale: u8,
    rows: Vec<Reason<'a>>,
}

/// A reason with its categories.
#[derive(Debug)]
struct Reason<'a> {
    praise: &'a Praise<'a>,
    score: Weight,
    cleaned: String,
    categories: Vec<&'a str>,
}

/// A category, as the statistics tell it.
#[derive(Debug, Serialize)]
pub(super) struct Category {
    name: String,
    praises: usize,
    /// The sum of the scores; the mean is this by the praises.
    score: String,
    /// Keywords that stand in no reason.
    unmatched: Vec<String>,
}

impl<'a> Reasons<'a> {
    /// The reasons of judged praises.
    pub(super) fn of(judged: &All<'a>, keywords: &'a BTreeMap<String, String>) -> Self {
        let stop_words: BTreeSet<&str> =
            stop_words::lookup("en").unwrap_or_default().iter().copied().collect();
        let average = |row: &Judged<'a>| row.praise.average;
        let scale = judged.rows.iter().map(|row| average(row).scale()).max().unwrap_or(0);
        let has_reason = |row: &&Judged<'a>| !average(row).is_zero() && !row.praise.reason.trim().is_empty();
        let mut rows: Vec<Reason<'a>> = judged
            .rows
            .iter()
            .filter(has_reason)
            .map(|row| {
                let cleaned = cleaned(row.praise.reason, &stop_words);
                let fits = |keywords: &str| keywords_of(keywords).any(|keyword| cleaned.contains(keyword));
                let categories = keywords.iter().filter(|(_, keywords)| fits(keywords));
                let categories = categories.map(|(category, _)| category.as_str()).collect();
                // The rule has scaled the scores before.
                let score = average(row).scaled(scale).unwrap_or_default();
                Reason { praise: row.praise, score, cleaned, categories }
            })
            .collect();
        rows.sort_by(|left, right| {
            (Reverse(left.score), left.praise.id).cmp(&(Reverse(right.score), right.praise.id))
        });
        Self { keywords, scale, rows }
    }

    /// `categorized_praise.csv`; categories with `|` between them.
    pub(super) fn categorized(&self) -> ReportTable {
        let rows = self.rows.iter().filter(|row| !row.categories.is_empty()).map(|row| {
            let mut cells = cells_of(row);
            cells.push(text(&row.categories.join("|")));
            cells
        });
        let header = [&HEADER[..], &["CATEGORIES"]].concat();
        ReportTable::new("categorized_praise", &header, rows)
    }

    /// `uncategorized_praise.csv`.
    pub(super) fn uncategorized(&self) -> ReportTable {
        let rows = self.rows.iter().filter(|row| row.categories.is_empty());
        ReportTable::new("uncategorized_praise", &HEADER, rows.map(cells_of))
    }

    /// How many reasons belong to no category.
    pub(super) fn uncategorized_count(&self) -> usize {
        self.rows.iter().filter(|row| row.categories.is_empty()).count()
    }

    /// The categories, in the order of their names.
    pub(super) fn categories(&self) -> Vec<Category> {
        let category = |(category, keywords): (&String, &String)| {
            let own = || self.rows.iter().filter(|row| row.categories.contains(&category.as_str()));
            let score = own().fold(Weight::ZERO, |sum, row| sum.saturating_add(row.score));
            Category {
                name: category.clone(),
                praises: own().count(),
                score: scaled_text(score, self.scale),
                unmatched: self.unmatched(keywords),
            }
        };
        self.keywords.iter().map(category).collect()
    }

    /// The keywords that stand in no reason.
    fn unmatched(&self, keywords: &str) -> Vec<String> {
        let stands_nowhere = |keyword: &&str| !self.rows.iter().any(|row| row.cleaned.contains(*keyword));
        keywords_of(keywords).filter(stands_nowhere).map(str::to_owned).collect()
    }

    /// A warning that names keywords that stand in no reason; none where there are no reasons.
    pub(super) fn unmatched_keywords(&self) -> Option<String> {
        let unmatched = self.keywords.values().flat_map(|keywords| self.unmatched(keywords));
        let unmatched: BTreeSet<String> = unmatched.collect();
        let named: Vec<&str> = unmatched.iter().map(String::as_str).collect();
        (!named.is_empty() && !self.rows.is_empty()).then(|| {
            format!(
                "keywords of `type_keywords` that match no reason (reasons are searched by the stems of \
                 their words): {}",
                named.join(", ")
            )
        })
    }

    /// Score and praises of each day and category, for the trends.
    pub(super) fn by_day(&self) -> BTreeMap<(String, &'a str), (u64, Weight)> {
        let mut days: BTreeMap<(String, &'a str), (u64, Weight)> = BTreeMap::new();
        for row in &self.rows {
            for category in &row.categories {
                let entry = days.entry((super::days::day_of(row.praise), category)).or_default();
                *entry = (entry.0 + 1, entry.1.saturating_add(row.score));
            }
        }
        days
    }

    /// The most decimals of any score.
    pub(super) const fn scale(&self) -> u8 {
        self.scale
    }
}

/// The columns of both tables.
const HEADER: [&str; 7] =
    ["ID", "DATE", "TO USER ACCOUNT", "FROM USER ACCOUNT", "REASON", "CLEANED REASON", "AVG SCORE"];

fn cells_of(row: &Reason<'_>) -> Vec<Cell> {
    let praise = row.praise;
    let texts = [praise.id, praise.date_text, praise.receiver.0, praise.giver, praise.reason, &row.cleaned];
    let average = Cell::Plain(praise.average.to_string());
    texts.into_iter().map(text).chain([average]).collect()
}

/// The keywords of a category.
fn keywords_of(keywords: &str) -> impl Iterator<Item = &str> {
    keywords.split('|').filter(|keyword| !keyword.is_empty())
}

/// The reason as its keywords are searched.
fn cleaned(reason: &str, stop_words: &BTreeSet<&str>) -> String {
    let lower = reason.to_lowercase();
    let mut plain = String::with_capacity(lower.len());
    for letter in lower.chars() {
        if !(PUNCTUATION.contains(letter) || is_white_space(letter)) {
            plain.push(letter);
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    // Digits go behind that: a word of digits leaves an empty word, as in RAD.
    plain.retain(|letter| !letter.is_ascii_digit());
    let words = plain.split(' ').filter(|word| !stop_words.contains(word));
    let stems = words.map(|word| if word.contains('#') { word.to_owned() } else { stem(word) });
    stems.collect::<Vec<_>>().join(" ")
}

/// White space as Python's `\s` has it: the separators of files, groups, records and units too.
fn is_white_space(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned_here(reason: &str) -> String {
        cleaned(reason, &stop_words::lookup("en").unwrap().iter().copied().collect())
    }

    /// Expected texts are what RAD's rule gives with NLTK 3.
    #[test]
    fn reasons_are_cleaned() {
        assert_eq!(cleaned_here("for Organizing the 3 workshops, don't stop!"), "organ  workshop stop ");
        assert_eq!(cleaned_here("#DAOist-talks\u{2003}in Paris/Berlin"), "#daoist talk pari berlin");
        assert_eq!(cleaned_here("a\\b c_d"), "a\\b c");
        assert_eq!(cleaned_here(""), "");
    }

    /// The rule was made with 179 stop words; the list has grown by contractions since. Words with an
    /// apostrophe never reach it, so that only the others count, and those may not change.
    #[test]
    fn stop_words_are_those_of_the_rule() {
        let words = stop_words::lookup("en").unwrap();
        let without_apostrophe = words.iter().filter(|word| !word.contains('\'')).count();
        assert_eq!((words.len(), without_apostrophe), (198, 153));
    }
}
