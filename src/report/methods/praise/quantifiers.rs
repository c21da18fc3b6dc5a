//! How the quantifiers scored, next to one another, and where they did not agree.

use std::collections::BTreeMap;

use super::numbers::{figure, percent, real, reason, shown, shown_real, thinned};
use super::rows::{Judged, Score};
use super::{chart, link, table};
use crate::error::Problems;
use crate::report::Share;
use crate::report::chart::{Axes, Data, Plot, Value};
use crate::report::page::Block;
use crate::report::text::name;

/// Most quantifiers in a chart of boxes, in one of bars, in a table.
const BOXES_MOST: usize = 20;
const BARS_MOST: usize = 30;
const ROWS_MOST: usize = 40;
/// Most values that a box is drawn from.
const VALUES_MOST: usize = 101;
/// Fewest others for a comparison with their mean.
const OTHERS_LEAST: usize = 2;
/// Most points of a chart.
const POINTS_MOST: usize = 400;

/// Scores in millionths, by quantifier; those of most scores first.
type ByQuantifier<'a> = Vec<(&'a str, Vec<i64>)>;

/// The table of quantifiers and its charts.
pub(super) fn blocks(share: &Share<'_>, judged: &[Judged]) -> Result<Vec<Block>, Problems> {
    let mut blocks = vec![Block::text(
        "Displacement says how far a quantifier's score lies above (or, with a minus, below) the mean of what \
         the others gave the same praise. Correlation says how closely a quantifier's scores rise and fall \
         with the others': 1 is in step, 0 is no relation. Neither is a mark; people may have good reasons to \
         differ.",
    )];
    blocks.extend(listed(share)?);
    let scores = by_quantifier(judged, |_, score| Some(score.given));
    boxes(&mut blocks, share, ("scores", "Scores that each quantifier gave", "score"), scores)?;
    let displacements = by_quantifier(judged, displacement);
    let what =
        ("displacement", "How far scores lie from the mean of the others", "score less the others' mean");
    boxes(&mut blocks, share, what, displacements)?;
    correlations(&mut blocks, share)?;
    spreads(&mut blocks, share, judged)?;
    Ok(blocks)
}

/// quantifiers.csv.
fn listed(share: &Share<'_>) -> Result<Option<Block>, Problems> {
    let columns =
        ["quantifier", "count", "scores", "mean_score", "compared", "mean_displacement", "correlation"];
    let Some(read) = share.table("quantifiers", &columns)? else { return Ok(None) };
    // Six digits behind the point in the table, two here; empty where there is none.
    let two = |text: &str| text.parse::<f64>().map_or_else(|_| String::new(), shown_real);
    let row = |row: crate::tables::Row<'_>| {
        vec![
            name(row.field("quantifier")),
            row.field("count").to_owned(),
            row.field("scores").to_owned(),
            two(row.field("mean_score")),
            two(row.field("mean_displacement")),
            two(row.field("correlation")),
        ]
    };
    let titles =
        ["quantifier", "#praises paid for", "#scores", "#mean score", "#mean displacement", "#correlation"];
    let caption = "The quantifiers who took part, who was asked most first.";
    let rows = read.rows().take(ROWS_MOST).map(row).collect();
    Ok(Some(table(share, "quantifier-list", caption, &titles, rows, ("quantifiers", read.len()))))
}

/// Values by quantifier, for each score of the quantifier's own that `value` has one for.
fn by_quantifier(judged: &[Judged], value: impl Fn(&Judged, &Score) -> Option<i64>) -> ByQuantifier<'_> {
    let mut values: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for praise in judged {
        for score in praise.scores.iter().filter(|score| !score.is_of_original) {
            values.entry(&score.quantifier).or_default().extend(value(praise, score));
        }
    }
    let mut values: ByQuantifier<'_> = values.into_iter().filter(|(_, values)| !values.is_empty()).collect();
    values.sort_by_key(|(_, values)| std::cmp::Reverse(values.len())); // stable: then by name
    values
}

/// A score less the mean of at least two others.
fn displacement(praise: &Judged, score: &Score) -> Option<i64> {
    let others = praise.scores.len().checked_sub(1).filter(|others| *others >= OTHERS_LEAST)?;
    let sum = praise.scores.iter().map(|score| score.given).sum::<i64>() - score.given;
    Some(score.given - sum / i64::try_from(others).ok()?)
}

/// A box a quantifier.
fn boxes(
    blocks: &mut Vec<Block>,
    share: &Share<'_>,
    (id, title, axis): (&str, &str, &str),
    values: ByQuantifier<'_>,
) -> Result<(), Problems> {
    let all = values.len();
    let described = values.first().map(|(quantifier, values)| (name(quantifier), values.len()));
    let Some((most, count)) = described else { return Ok(()) };
    let boxes = values.into_iter().take(BOXES_MOST);
    let boxes: Vec<_> =
        boxes.map(|(quantifier, values)| (name(quantifier), thinned(values, VALUES_MOST))).collect();
    let plot = Plot {
        name: share.chart_name(id),
        title: title.to_owned(),
        description: format!(
            "{} of {all} quantifiers are shown, those with most scores first: {most} with {count}. Half of a \
             quantifier's scores lie inside the box.",
            boxes.len()
        ),
        axes: Axes { y: axis.to_owned(), ..Axes::default() },
        data: Data::Boxes(boxes),
    };
    chart(blocks, plot)
}

/// How closely each quantifier's scores go with the others'.
fn correlations(blocks: &mut Vec<Block>, share: &Share<'_>) -> Result<(), Problems> {
    let Some(read) = share.table("quantifiers", &["quantifier", "compared", "correlation"])? else {
        return Ok(());
    };
    let bar = |row: crate::tables::Row<'_>| {
        let number: f64 = row.field("correlation").parse().ok()?;
        let text = format!("{} over {} praises", shown_real(number), row.field("compared"));
        Some((name(row.field("quantifier")), Value { number, text }))
    };
    let mut bars: Vec<(String, Value)> = read.rows().filter_map(bar).take(BARS_MOST).collect();
    bars.sort_by(|left, right| right.1.number.total_cmp(&left.1.number)); // stable: then by praises
    let (Some((nearest, first)), Some((furthest, last))) = (bars.first(), bars.last()) else { return Ok(()) };
    let plot = Plot {
        name: share.chart_name("correlation"),
        title: "How closely a quantifier's scores go with the others'".to_owned(),
        description: format!(
            "The correlation of each quantifier's scores with the mean of the others': {nearest} is nearest with \
             {}, {furthest} furthest with {}. 1 is in step, 0 is no relation.",
            first.text, last.text
        ),
        axes: Axes { x: "correlation".to_owned(), ..Axes::default() },
        data: Data::Bars(bars),
    };
    chart(blocks, plot)
}

/// How far apart the scores of a praise lie, against the highest of them.
fn spreads(blocks: &mut Vec<Block>, share: &Share<'_>, judged: &[Judged]) -> Result<(), Problems> {
    let mut places: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    for praise in judged {
        if let (Some(highest), Some(spread)) = (praise.highest(), praise.spread()) {
            *places.entry((highest, spread)).or_default() += 1;
        }
    }
    let Some(widest) = places.keys().map(|(_, spread)| *spread).max() else { return Ok(()) };
    let praises: usize = places.values().sum();
    let agreed: usize = places.iter().filter(|((_, spread), _)| *spread == 0).map(|(_, count)| count).sum();
    let mut points: Vec<((i64, i64), usize)> = places.into_iter().collect();
    points.sort_by_key(|(_, count)| std::cmp::Reverse(*count)); // stable: then by place
    let point = |((highest, spread), count): ((i64, i64), usize)| {
        let praises = if count == 1 { "praise" } else { "praises" };
        let text = format!("{count} {praises}: highest score {}, spread {}", shown(highest), shown(spread));
        (real(highest), real(spread), text)
    };
    let plot = Plot {
        name: share.chart_name("spread"),
        title: "How far apart the scores of a praise lie".to_owned(),
        description: format!(
            "Of {praises} praises with scores, {agreed} ({}) got the same score from all; the widest spread, \
             from lowest to highest, is {}.",
            percent(agreed, praises),
            shown(widest)
        ),
        axes: Axes {
            x: "highest score".to_owned(),
            y: "spread (highest less lowest score)".to_owned(),
            ..Axes::default()
        },
        data: Data::Scatter { points: points.into_iter().take(POINTS_MOST).map(point).collect(), line: None },
    };
    chart(blocks, plot)
}

/// How often quantifiers agreed on duplicates and dismissals, and the praises whose scores lie furthest
/// apart.
pub(super) fn agreement(share: &Share<'_>, judged: &[Judged]) -> Vec<Block> {
    const WIDEST: usize = 10;
    let told = share.statistics;
    let all = figure(told, "/judged");
    let facts = ["duplication", "dismissal"].map(|kind| {
        let disagreed = figure(told, &format!("/{kind}/disagreed"));
        let agreed = all.saturating_sub(disagreed);
        let marked = figure(told, &format!("/{kind}/marked"));
        let said = if kind == "duplication" { "called a duplicate" } else { "dismissed" };
        let label = if kind == "duplication" { "agreed on duplicates" } else { "agreed on dismissing" };
        let value = format!(
            "{agreed} of {all} praises ({}); {said} by at least one quantifier: {marked}, of these not by all alike: \
             {disagreed}",
            percent(agreed, all)
        );
        (label, value)
    });
    let mut blocks = vec![
        Block::text("Each praise is scored by several people. Here is where they saw it differently."),
        Block::facts(facts.into_iter().chain([(
            "dismissed by all (not counted above)",
            figure(told, "/dismissed_by_all").to_string(),
        )])),
    ];
    let row = |praise: &Judged| {
        let number = |score: Option<i64>| score.map(shown).unwrap_or_default();
        vec![
            number(praise.spread()),
            number(praise.highest()),
            shown(praise.average),
            name(&praise.receiver),
            reason(&praise.reason),
        ]
    };
    let widest: Vec<_> =
        judged.iter().filter(|praise| praise.spread() > Some(0)).take(WIDEST).map(row).collect();
    if !widest.is_empty() {
        blocks.push(table(
            share,
            "widest",
            "The ten praises whose scores lie furthest apart.",
            &["#spread", "#highest", "#mean", "to", "for"],
            widest,
            ("praise_outliers", judged.len()),
        ));
    }
    for (name, text) in [
        ("duplication_examination", "All praises on whose being a duplicate quantifiers did not agree (CSV)"),
        ("dismissal_disagreed", "All praises that some quantifiers dismissed and others did not (CSV)"),
    ] {
        blocks.extend(link(share, name, text));
    }
    blocks
}
