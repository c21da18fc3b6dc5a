//! What a praise round tells beside the money: the tables in `report/tables/`, and statistics. None of
//! it changes an amount.
//!
//! Source: the tables that RAD published; what each column holds stands with its file.

mod days;
mod judged;
mod quantified;
mod reasons;
mod stem;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::quantifiers::Quantifier;
use super::{Input, Settings, scale_of};
use crate::amount::{Weight, scaled_text};
use crate::error::Warning;
use crate::methods::{Outcome, Request};
use crate::tables::compared;
use judged::Judged;
use reasons::{Category, Reasons};

/// What the pages show of a round in single figures, and how `check --format json` shows it.
#[derive(Debug, Serialize)]
struct Statistics {
    /// Praises in the table.
    praises: usize,
    /// Names that gave praise.
    givers: usize,
    /// Recipient keys that got praise.
    receivers: usize,
    /// Quantifiers who took part.
    quantifiers: usize,
    /// The sum of all average scores.
    score: String,
    /// Praises that every quantifier dismissed; they stand in none of the tables of judgements.
    dismissed_by_all: usize,
    /// Praises that are judged.
    judged: usize,
    duplication: Agreement,
    dismissal: Agreement,
    categories: Vec<Category>,
    /// Praises with a score and a reason that belong to no category.
    uncategorized: usize,
    parameters: Parameters,
}

/// Whether the quantifiers of a praise said the same.
#[derive(Debug, Serialize)]
struct Agreement {
    /// Judged praises of which any quantifier said it.
    marked: usize,
    /// Judged praises of which not all said the same.
    disagreed: usize,
}

/// The parameters that the pages put into words.
#[derive(Debug, Serialize)]
struct Parameters {
    contributor_share: String,
    quantifier_share: String,
    rewardboard_share: String,
    ceiling_cutoff: Option<u64>,
    quantifiers_per_praise: usize,
    allowed_values: Vec<String>,
    duplicate_valuation: String,
    rewardboard_members: usize,
    cross_period_weeks: u64,
    cross_period_step_weeks: u64,
}

/// Adds tables, statistics and the warning of keywords to the outcome.
pub(super) fn analyse(
    input: &Input<'_>,
    quantifiers: &BTreeMap<String, Quantifier<'_>>,
    settings: &Settings,
    outcome: &mut Outcome,
    request: &Request<'_>,
) {
    let judged = Judged::all(&input.praises);
    let reasons = Reasons::of(&judged, &settings.type_keywords);
    let statistics = statistics(input, quantifiers, settings, &judged, &reasons);
    // The tables' names are distinct, and theirs alone.
    outcome.tables = vec![
        judged.outliers(settings.quantifiers),
        judged.duplication_examination(settings.quantifiers),
        judged.dismissal_disagreed(settings.quantifiers),
        reasons.categorized(),
        reasons.uncategorized(),
        quantified::table(&judged, quantifiers),
        days::of_praises(input, outcome, request),
        days::of_quantifiers(&input.praises, quantifiers),
        days::of_categories(&reasons),
    ];
    let place = || input.table_place.clone();
    outcome.warnings.extend(reasons.unmatched_keywords().map(|text| Warning::new(place(), text)));
    outcome.statistics = serde_json::to_value(statistics).unwrap_or_default(); // a struct of texts and numbers
}

fn statistics(
    input: &Input<'_>,
    quantifiers: &BTreeMap<String, Quantifier<'_>>,
    settings: &Settings,
    judged: &judged::All<'_>,
    reasons: &Reasons<'_>,
) -> Statistics {
    let praises = &input.praises;
    let givers: BTreeSet<String> = praises.iter().map(|praise| compared(praise.giver)).collect();
    let receivers: BTreeSet<_> = praises.iter().map(super::receiver_key).collect();
    let scale = scale_of(praises);
    // The rule has added them up before: no overflow.
    let score = praises
        .iter()
        .filter_map(|praise| praise.average.scaled(scale))
        .fold(Weight::ZERO, Weight::saturating_add);
    Statistics {
        praises: praises.len(),
        givers: givers.len(),
        receivers: receivers.len(),
        quantifiers: quantifiers.values().filter(|quantifier| quantifier.took_part).count(),
        score: scaled_text(score, scale),
        dismissed_by_all: praises.len() - judged.rows.len(),
        judged: judged.rows.len(),
        duplication: Agreement {
            marked: judged.rows.iter().filter(|row| row.is_marked_duplicate()).count(),
            disagreed: judged.rows.iter().filter(|row| !row.agrees_on_duplication()).count(),
        },
        dismissal: Agreement {
            marked: judged.rows.iter().filter(|row| row.is_marked_dismissed()).count(),
            disagreed: judged.rows.iter().filter(|row| !row.agrees_on_dismissal()).count(),
        },
        categories: reasons.categories(),
        uncategorized: reasons.uncategorized_count(),
        parameters: Parameters {
            contributor_share: settings.contributor_share.0.clone(),
            quantifier_share: settings.quantifier_share.0.clone(),
            rewardboard_share: settings.rewardboard_share.0.clone(),
            ceiling_cutoff: settings.ceiling_cutoff,
            quantifiers_per_praise: settings.quantifiers,
            allowed_values: settings.allowed_values.iter().map(|value| value.0.clone()).collect(),
            duplicate_valuation: settings.duplicate_valuation.0.clone(),
            rewardboard_members: input.board.len(),
            cross_period_weeks: settings.cross_period_weeks,
            cross_period_step_weeks: settings.cross_period_step_weeks,
        },
    }
}
