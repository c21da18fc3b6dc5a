//! Figures of `policy`: who got how much, and how equal the shares are.

use std::collections::BTreeMap;

use super::super::FirstRun;
use super::super::models::{Ending, policy};
use super::pieces::{self, Said, chart, flat, percent, value};
use super::{Scene, Set};
use crate::error::Problems;
use crate::report::chart::{Axes, Band, Data};
use crate::report::page::{Block, Section, Table};
use crate::report::text::{counted, name};

/// Most bars of a chart; the rest is one bar.
const BARS_MOST: usize = 30;
/// Most rows of the table of differences.
const LISTED_MOST: usize = 100;
/// How many steps a curve of shares has.
const STEPS: usize = 20;

/// The section.
pub fn sections(scene: &Scene<'_>) -> Result<Vec<Section>, Problems> {
    let drawn = pieces::drawn(scene);
    let mut blocks = vec![Block::text(
        "These figures are of the first run of a set of parameters, over all its rounds together.",
    )];
    blocks.extend(pieces::left_out(scene, &drawn));
    let endings: Vec<(&Set<'_>, &policy::Ending)> =
        drawn.iter().filter_map(|set| Some((*set, ending(set.first?)?))).collect();
    blocks.extend(curves(&endings)?);
    blocks.extend(differences(&endings));
    for (number, (set, ending)) in endings.iter().enumerate() {
        blocks.extend(received(scene, set, ending, number + 1)?);
    }
    Ok(if endings.is_empty() { Vec::new() } else { vec![Section::new("people", "Who got what", blocks)] })
}

fn ending(first: &FirstRun) -> Option<&policy::Ending> {
    match first.ending.as_ref()? {
        Ending::Policy(ending) => Some(ending),
        _ => None,
    }
}

/// Amounts that can be drawn, the largest first; names decide between equal ones.
fn sorted(received: &[(String, f64)]) -> Vec<(&str, f64)> {
    let mut sorted: Vec<(&str, f64)> = received
        .iter()
        .map(|(name, amount)| (name.as_str(), *amount))
        .filter(|(_, amount)| *amount > 0.0 && value(*amount).is_some())
        .collect();
    sorted.sort_by(|left, right| right.1.total_cmp(&left.1).then_with(|| left.0.cmp(right.0)));
    sorted
}

/// A bar a member.
fn received(
    scene: &Scene<'_>,
    set: &Set<'_>,
    ending: &policy::Ending,
    number: usize,
) -> Result<Option<Block>, Problems> {
    let sorted = sorted(&ending.received);
    let all: f64 = sorted.iter().map(|(_, amount)| amount).sum();
    let Some((largest, amount)) = sorted.first().copied() else { return Ok(None) };
    let (shown, rest) = sorted.split_at(if sorted.len() > BARS_MOST { BARS_MOST - 1 } else { sorted.len() });
    let mut bars: Vec<(String, f64)> = shown.iter().map(|(of, amount)| (name(of), *amount)).collect();
    if !rest.is_empty() {
        bars.push((format!("{} others", rest.len()), rest.iter().map(|(_, amount)| amount).sum()));
    }
    let bars = bars.into_iter().filter_map(|(name, amount)| Some((name, value(amount)?))).collect();
    let said = Said {
        name: format!("received.{number}"),
        title: format!("What each member got{}", pieces::of_set(scene, set)),
        description: format!(
            "{} got something. {} got the most: {} of all.",
            counted(sorted.len(), "member", "members"),
            name(largest),
            super::text::percent(amount / all),
        ),
    };
    let axes = Axes { x: "tokens over all rounds".to_owned(), y: "member".to_owned(), ..Axes::default() };
    chart(said, axes, Data::Bars(bars))
}

/// Who gets more and who less with the second setting than with the first, the largest differences first.
fn differences(endings: &[(&Set<'_>, &policy::Ending)]) -> Option<Block> {
    let [(first, before), (second, after)] = endings else { return None };
    let mut pairs = BTreeMap::<&str, [f64; 2]>::new();
    for (side, ending) in [before, after].into_iter().enumerate() {
        for (name, amount) in &ending.received {
            if let Some(sum) = pairs.entry(name).or_default().get_mut(side) {
                *sum += amount;
            }
        }
    }
    let mut rows: Vec<(&str, [f64; 2])> =
        pairs.into_iter().filter(|(_, [before, after])| before.to_bits() != after.to_bits()).collect();
    let size = |[before, after]: &[f64; 2]| (after - before).abs();
    rows.sort_by(|left, right| size(&right.1).total_cmp(&size(&left.1)).then_with(|| left.0.cmp(right.0)));
    if rows.is_empty() {
        return Some(Block::text("Every member gets the same with both sets of parameters."));
    }
    let count =
        |is_more: bool| rows.iter().filter(|(_, [before, after])| (after > before) == is_more).count();
    let caption = format!(
        "Who gets more or less with {} than with {}, the largest differences first: {} more, {} less. In tokens, \
         over all rounds.",
        second.label,
        first.label,
        counted(count(true), "member gets", "members get"),
        counted(count(false), "member gets", "members get"),
    );
    let row = |(of, [before, after]): &(&str, [f64; 2])| {
        let numbers = [*before, *after].map(super::text::number);
        [name(of)].into_iter().chain(numbers).chain([super::text::signed(after - before)]).collect()
    };
    let titles = [
        "Member".to_owned(),
        format!("#{}", first.label),
        format!("#{}", second.label),
        "#Difference".to_owned(),
    ];
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let shown = rows.iter().take(LISTED_MOST).map(row).collect();
    let mut table = Table::new("differences", &caption, &titles, shown);
    (table.total, table.interactive) = (rows.len(), true);
    Some(Block::Table(table))
}

/// How much of everything the members with the smallest amounts have together: Lorenz curves.
fn curves(endings: &[(&Set<'_>, &policy::Ending)]) -> Result<Option<Block>, Problems> {
    let mut bands: Vec<(String, Vec<Option<Band>>)> = Vec::new();
    let mut told = Vec::new();
    for (set, ending) in endings {
        let mut amounts: Vec<f64> = sorted(&ending.received).into_iter().map(|(_, amount)| amount).collect();
        amounts.reverse();
        let curve = curve(&amounts);
        if let Some(half) = curve.get(STEPS / 2) {
            let of = if endings.len() > 1 { format!("{}: ", set.label) } else { String::new() };
            told.push(format!(
                "{of}the half of the members who got least have {} of all",
                super::text::percent(*half)
            ));
        }
        bands.push((set.label.clone(), curve.into_iter().map(|share| percent(share).map(flat)).collect()));
    }
    let at: Vec<f64> = (0..=STEPS).map(|step| step as f64 * 100.0 / STEPS as f64).collect();
    if told.is_empty() {
        return Ok(None);
    }
    bands.push(("all get the same".to_owned(), at.iter().map(|at| percent(at / 100.0).map(flat)).collect()));
    let said = Said {
        name: "shares".to_owned(),
        title: "How equal the shares are".to_owned(),
        description: format!(
            "From the left the members who got something, those with the least first; from below what they have \
             together. The further a line hangs below the straight one, the less equal the shares are. {}.",
            super::text::capital(&told.join("; "))
        ),
    };
    let axes =
        Axes { x: "% of the members".to_owned(), y: "% of everything paid".to_owned(), ..Axes::default() };
    chart(said, axes, Data::Bands { at, bands })
}

/// The part of the sum that the smallest amounts have, from nobody to all in equal steps of their number;
/// where a step falls between two, so much of the next one's amount. Empty of none.
fn curve(ascending: &[f64]) -> Vec<f64> {
    let sum: f64 = ascending.iter().sum();
    if sum <= 0.0 || !sum.is_finite() {
        return Vec::new();
    }
    let share = |step: usize| {
        let place = ascending.len() * step;
        let (whole, into) = (place / STEPS, (place % STEPS) as f64 / STEPS as f64);
        let before: f64 = ascending.iter().take(whole).sum();
        (before + ascending.get(whole).copied().unwrap_or(0.0) * into) / sum
    };
    (0..=STEPS).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_go_from_nobody_to_all() {
        let equal = curve(&[2.0; 7]);
        assert!(equal.iter().enumerate().all(|(step, share)| (share - step as f64 / 20.0).abs() < 1e-12));
        let four = curve(&[1.0, 2.0, 3.0, 4.0]);
        for (step, share) in [(0, 0.0), (5, 0.1), (10, 0.3), (15, 0.6), (20, 1.0)] {
            assert!((four[step] - share).abs() < 1e-12, "{step}");
        }
        assert!(curve(&[]).is_empty() && curve(&[0.0]).is_empty());
    }
}
