//! `quantifiers.csv`: how much each quantifier scored, how high, and how near to the others.
//!
//! Scores are those left in praise_outliers.csv; what a quantifier found to be a duplicate is no score of
//! the own, but one of the others' for the rest, as in RAD. A quantifier's displacement in a praise is the own
//! score less the mean of the others', over praises with at least two others; the correlation is
//! Pearson's, of the own scores with those means.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::judged::{All, text};
use crate::amount::scaled_text;
use crate::methods::ReportTable;
use crate::methods::praise_v1::quantifiers::Quantifier;
use crate::methods::praise_v1::table::Slot;
use crate::methods::reals::{self, Real, mean, mean_difference, trend};
use crate::tables::{Cell, compared};

/// Digits behind the point of real numbers.
const DIGITS: usize = 6;
/// Fewest others for a comparison with their mean.
const OTHERS_LEAST: usize = 2;

/// The scores of a quantifier.
#[derive(Debug, Default)]
struct Scored {
    own: Vec<Real>,
    /// The own score and the mean of the others'.
    compared: Vec<(Real, Real)>,
}

/// One row a quantifier who took part, who scored most first.
pub(super) fn table(judged: &All<'_>, quantifiers: &BTreeMap<String, Quantifier<'_>>) -> ReportTable {
    let scored = scored(judged);
    let mut rows: Vec<(&Quantifier<'_>, &String)> = quantifiers
        .iter()
        .filter(|(_, quantifier)| quantifier.took_part)
        .map(|(identity, quantifier)| (quantifier, identity))
        .collect();
    rows.sort_by(|left, right| (Reverse(left.0.count), left.1).cmp(&(Reverse(right.0.count), right.1)));
    let none = Scored::default();
    let rows = rows.into_iter().map(|(quantifier, identity)| {
        let scored = scored.get(identity).unwrap_or(&none);
        let name = if quantifier.name.is_empty() { identity } else { quantifier.name };
        vec![
            text(name),
            Cell::Plain(quantifier.count.to_string()),
            Cell::Plain(scored.own.len().to_string()),
            real(mean(&scored.own)),
            Cell::Plain(scored.compared.len().to_string()),
            real(mean_difference(&scored.compared)),
            real(trend(&scored.compared).correlation),
        ]
    });
    let header =
        ["quantifier", "count", "scores", "mean_score", "compared", "mean_displacement", "correlation"];
    ReportTable::new("quantifiers", &header, rows)
}

/// A cell of a real number; empty where there is none.
fn real(value: Option<Real>) -> Cell {
    Cell::Plain(reals::text(value, DIGITS))
}

/// The scores of each quantifier, in the order of the judged praises.
fn scored(judged: &All<'_>) -> BTreeMap<String, Scored> {
    let mut scored: BTreeMap<String, Scored> = BTreeMap::new();
    for row in &judged.rows {
        let slots = row.praise.slots.iter().zip(&row.scores);
        let present = slots
            .filter_map(|(slot, score)| Some((slot, reals::parsed(&scaled_text((*score)?, judged.scale)))));
        let present: Vec<(&Slot<'_>, Real)> = present.collect();
        for (at, (slot, own)) in present.iter().enumerate() {
            let identity = match (slot.quantifier, slot.address) {
                ("", None) => continue,
                ("", Some(address)) => address.to_string(),
                (name, _) => compared(name),
            };
            if !slot.duplicate_of.is_empty() {
                continue;
            }
            let others = present.iter().enumerate().filter(|(other, _)| *other != at);
            let others: Vec<Real> = others.map(|(_, (_, score))| *score).collect();
            let entry = scored.entry(identity).or_default();
            entry.own.push(*own);
            if let Some(mean) = mean(&others).filter(|_| others.len() >= OTHERS_LEAST) {
                entry.compared.push((*own, mean));
            }
        }
    }
    scored
}
