//! The settings of praise-v1, and what is checked about them before the rows are read.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ALLOWED_VALUES_LIMIT;
use crate::amount::{Amount, Decimal, power_of_ten};
use crate::error::{Error, Shown};
use crate::ledger::round_file::DecimalText;
use crate::methods::{Request, collected};

/// Most weeks over which praise is followed, five years.
const WEEKS_MOST: u64 = 260;
/// Most categories of reasons.
const CATEGORIES_MOST: usize = 50;
/// Most bytes of a category's name.
const CATEGORY_BYTES_MOST: usize = 100;
/// Most bytes of the keywords of a category.
const KEYWORDS_BYTES_MOST: usize = 1_000;
/// The categories of reasons where the round names none, with their keywords.
const CATEGORIES: [(&str, &str); 9] = [
    ("attendance", "join|attend|show up|coming to"),
    (
        "discussion",
        "question|ask|discuss|discussion|insight|participat|feedback|observations|forum|comment|share",
    ),
    (
        "work",
        "work|writing|hack|edit|studying|research|drafting|mediat|recording|taking notes|note taking|develop|analysis",
    ),
    ("lead", "host|lead|initiat|organizing|organizer|steward|forming|facilitate|managing"),
    ("share", "share|spread"),
    ("social media", "twitter|tweet|retweet|socials|social media"),
    ("hardskills", "design|bug fixes|deploy|prototype|coding|python|javascript|solidity|data science"),
    ("self-care", "vacation|time off|time-off|holiday|sabbatical|day off"),
    ("IRL", "trip|DAOist|ETHcc|barcelona|denver|paris|amsterdam|colombia"),
];

/// The settings of praise-v1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of praise-v1")]
pub struct Settings {
    /// The part of the pool for those who were praised, 0 to 1.
    pub contributor_share: DecimalText,
    /// The part of the pool for those who scored the praises, 0 to 1.
    pub quantifier_share: DecimalText,
    /// The part of the pool for the reward board, 0 to 1.
    pub rewardboard_share: DecimalText,
    /// With fewer praises than this the pool shrinks in proportion.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub ceiling_cutoff: Option<u64>,
    /// How many quantifiers score each praise: the slots of the table that are read.
    #[schemars(range(min = 1, max = 20))]
    pub quantifiers: usize,
    /// The scores a quantifier may give.
    #[serde(default = "fibonacci_scores")]
    pub allowed_values: Vec<DecimalText>,
    /// What part of the original's score a duplicate is worth. It only serves the check of AVG SCORE.
    #[serde(default = "one_tenth")]
    pub duplicate_valuation: DecimalText,
    /// What to do with a score that is not among the allowed values.
    #[serde(default)]
    pub unlisted_scores: UnlistedScores,
    /// The categories of reasons: name, and keywords with `|` between them. A keyword is searched in
    /// the reason's stemmed words, as it is written. It only serves the pages.
    #[serde(default = "usual_keywords")]
    #[schemars(extend("maxProperties" = 50))]
    pub type_keywords: BTreeMap<String, String>,
    /// Over how many weeks, back from the last praise, the pages follow praise through the rounds.
    #[serde(default = "four_weeks")]
    #[schemars(range(min = 1, max = 260))]
    pub cross_period_weeks: u64,
    /// How many weeks each step of that is long.
    #[serde(default = "one_week")]
    #[schemars(range(min = 1, max = 260))]
    pub cross_period_step_weeks: u64,
}

/// What to do with a score that is not among the allowed values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnlistedScores {
    /// The round is refused.
    #[default]
    Refuse,
    /// The round is taken, with a warning (RAD folders).
    Accept,
}

/// The usual scale of praise scores.
fn fibonacci_scores() -> Vec<DecimalText> {
    ["0", "1", "3", "5", "8", "13", "21", "34", "55", "89", "144"]
        .map(|score| DecimalText(score.to_owned()))
        .into()
}

/// The usual valuation of duplicates.
fn one_tenth() -> DecimalText {
    DecimalText("0.1".to_owned())
}

/// The usual categories.
fn usual_keywords() -> BTreeMap<String, String> {
    CATEGORIES.map(|(category, keywords)| (category.to_owned(), keywords.to_owned())).into()
}

/// The usual time over which praise is followed.
const fn four_weeks() -> u64 {
    4
}

/// The usual step.
const fn one_week() -> u64 {
    1
}

impl Settings {
    /// The allowed scores as decimals.
    pub(super) fn allowed(&self, request: &Request<'_>, problems: &mut Vec<Error>) -> Vec<Decimal> {
        let parse = |value: &DecimalText| Decimal::parse(&value.0, &request.place(), "allowed value");
        self.allowed_values.iter().filter_map(|value| collected(parse(value), problems)).collect()
    }

    /// Whether a score outside the allowed values refuses the round.
    pub(super) fn refuses_unlisted_scores(&self) -> bool {
        self.unlisted_scores == UnlistedScores::Refuse
    }
}

/// Checks shares and cutoff; gives the shares of contributors, quantifiers and board.
pub(super) fn check_settings(
    settings: &Settings,
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Option<[Decimal; 3]> {
    if settings.allowed_values.len() > ALLOWED_VALUES_LIMIT {
        problems.push(request.out_of_range(
            "allowed_values",
            format!("a list of {}", settings.allowed_values.len()),
            "a list of at most 1000",
        ));
    }
    if settings.ceiling_cutoff == Some(0) {
        problems.push(request.out_of_range("ceiling_cutoff", 0, "1 or more"));
    }
    check_pages(settings, request, problems);
    let place = request.place();
    collected(Decimal::parse(&settings.duplicate_valuation.0, &place, "duplicate_valuation"), problems);
    let mut share = |text: &DecimalText, what| collected(Decimal::parse(&text.0, &place, what), problems);
    let shares = [
        share(&settings.contributor_share, "contributor_share"),
        share(&settings.quantifier_share, "quantifier_share"),
        share(&settings.rewardboard_share, "rewardboard_share"),
    ];
    let [Some(contributor), Some(quantifier), Some(board)] = shares else { return None };
    let shares = [contributor, quantifier, board];
    if let Some(sum) = sum_above_one(shares) {
        problems.push(Error::SharesAboveOne { place, allocation: request.name(), sum });
        return None;
    }
    Some(shares)
}

/// The sum of the shares as text when it is above one.
fn sum_above_one(shares: [Decimal; 3]) -> Option<String> {
    let scale = shares.iter().map(|share| share.scale()).max().unwrap_or(0);
    let one = power_of_ten(scale)?;
    let units = shares.iter().map(|share| share.scaled(scale).and_then(|share| u128::try_from(share).ok()));
    match units
        .collect::<Option<Vec<_>>>()
        .and_then(|units| Amount::sum(units.into_iter().map(Amount::from_units)))
    {
        Some(sum) => (sum.units() > one).then(|| sum.to_text(scale)),
        None => Some("more than 10^38".to_owned()),
    }
}

/// Checks what only serves the pages.
fn check_pages(settings: &Settings, request: &Request<'_>, problems: &mut Vec<Error>) {
    for (name, weeks) in [
        ("cross_period_weeks", settings.cross_period_weeks),
        ("cross_period_step_weeks", settings.cross_period_step_weeks),
    ] {
        if !(1..=WEEKS_MOST).contains(&weeks) {
            problems.push(request.out_of_range(name, weeks, "1 to 260"));
        }
    }
    let mut out_of_range = |value: String, range| {
        problems.push(request.out_of_range("type_keywords", value, range));
    };
    let count = settings.type_keywords.len();
    if count > CATEGORIES_MOST {
        out_of_range(format!("a table of {count} categories"), "a table of at most 50");
    }
    for (category, keywords) in settings.type_keywords.iter().take(CATEGORIES_MOST) {
        if category.trim().is_empty() || category.len() > CATEGORY_BYTES_MOST || category.contains('|') {
            out_of_range(
                format!("a table with a category `{}`", Shown::from(category)),
                "a table whose categories have names of 1 to 100 bytes without `|`",
            );
        }
        if keywords.len() > KEYWORDS_BYTES_MOST {
            out_of_range(
                format!("a table with keywords of {} bytes", keywords.len()),
                "a table whose categories have keywords of at most 1000 bytes each",
            );
        }
    }
}
