//! Praise by day, in short tables: the pages of later rounds make their trends from these.
//!
//! `praise_days.csv`: who praised whom on a day, how often, with what score, and what that came to in
//! tokens (rounded down at 6 decimals, a figure of statistics). `praise_quantifier_days.csv`: how many
//! praises of a day a quantifier judged. `praise_category_days.csv`: praises and score of a category.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::judged::text;
use super::reasons::Reasons;
use crate::amount::{Amount, Weight, floor_of_fraction, power_of_ten, scaled_text};
use crate::methods::praise_v1::quantifiers::Quantifier;
use crate::methods::praise_v1::table::Praise;
use crate::methods::praise_v1::{Input, POOL_DECIMALS, scale_of};
use crate::methods::{Outcome, ReportTable, Request};
use crate::tables::{Cell, compared};

/// The day of a praise in UTC, `YYYY-MM-DD`.
pub(super) fn day_of(praise: &Praise<'_>) -> String {
    praise.date.to_zoned(TimeZone::UTC).date().to_string()
}

/// Who praised whom.
pub(super) fn of_praises(input: &Input<'_>, outcome: &Outcome, request: &Request<'_>) -> ReportTable {
    let scale = scale_of(&input.praises);
    let mut days: BTreeMap<(String, String, String), (u64, Weight)> = BTreeMap::new();
    let mut total = Weight::ZERO;
    for praise in &input.praises {
        let score = praise.average.scaled(scale).unwrap_or_default(); // scaled before, for the weights
        let names = (day_of(praise), compared(praise.giver), receiver(praise));
        let entry = days.entry(names).or_default();
        *entry = (entry.0 + 1, entry.1.saturating_add(score));
        total = total.saturating_add(score);
    }
    let pool = outcome.rewards.first().map_or(Amount::ZERO, |reward| reward.pool);
    let rows = days.into_iter().map(|((day, giver, receiver), (praises, score))| {
        vec![
            Cell::Plain(day),
            text(&giver),
            text(&receiver),
            Cell::Plain(praises.to_string()),
            Cell::Plain(scaled_text(score, scale)),
            Cell::Plain(tokens(pool, score, total, request.decimals()).unwrap_or_default()),
        ]
    });
    ReportTable::new("praise_days", &["day", "giver", "receiver", "praises", "score", "reward"], rows)
}

/// The receiver's name, else the account id, else the address.
fn receiver(praise: &Praise<'_>) -> String {
    match praise.receiver {
        ("", "", address) => address.map_or_else(String::new, |address| address.to_string()),
        ("", account, _) => compared(account),
        (name, _, _) => compared(name),
    }
}

/// The part of the pool that a score came to; `None` where the numbers are too large for statistics.
fn tokens(pool: Amount, score: Weight, total: Weight, decimals: u8) -> Option<String> {
    let (score, total) = (u128::try_from(score).ok()?, u128::try_from(total).ok()?);
    let shown = decimals.min(POOL_DECIMALS);
    let unit = power_of_ten(decimals.checked_sub(shown)?)?;
    floor_of_fraction(&[pool.units(), score], &[total, unit]).map(|tokens| scaled_text(tokens, shown))
}

/// Who judged how many praises: slots with a score, a duplicate or a dismissal.
pub(super) fn of_quantifiers(
    praises: &[Praise<'_>],
    quantifiers: &BTreeMap<String, Quantifier<'_>>,
) -> ReportTable {
    let took_part: BTreeSet<&str> = quantifiers
        .iter()
        .filter(|(_, quantifier)| quantifier.took_part)
        .map(|(identity, _)| identity.as_str())
        .collect();
    let mut days: BTreeMap<(String, String), u64> = BTreeMap::new();
    for praise in praises {
        for slot in &praise.slots {
            let acted = slot.is_scored() || slot.dismissed || !slot.duplicate_of.is_empty();
            let identity = compared(slot.quantifier);
            if acted && took_part.contains(identity.as_str()) {
                *days.entry((day_of(praise), identity)).or_default() += 1;
            }
        }
    }
    let rows = days.into_iter().map(|((day, quantifier), praises)| {
        vec![Cell::Plain(day), text(&quantifier), Cell::Plain(praises.to_string())]
    });
    ReportTable::new("praise_quantifier_days", &["day", "quantifier", "praises"], rows)
}

/// Praises of a category.
pub(super) fn of_categories(reasons: &Reasons<'_>) -> ReportTable {
    let rows = reasons.by_day().into_iter().map(|((day, category), (praises, score))| {
        vec![
            Cell::Plain(day),
            text(category),
            Cell::Plain(praises.to_string()),
            Cell::Plain(scaled_text(score, reasons.scale())),
        ]
    });
    ReportTable::new("praise_category_days", &["day", "category", "praises", "score"], rows)
}
