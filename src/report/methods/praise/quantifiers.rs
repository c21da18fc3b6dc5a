//! How the quantifiers scored, next to one another, and where they did not agree.

use std::collections::BTreeMap;

use super::numbers::{figure, name, percent, real, reason, shown, shown_real, thinned};
use super::rows::Judged;
use super::{chart, table};
use crate::error::Problems;
use crate::report::Share;
use crate::report::chart::{Axes, Data, Plot, Value};
use crate::report::page::Block;

/// Most quantifiers in a chart of boxes, in a field of correlations, in a table.
const BOXES_MOST: usize = 20;
const FIELD_MOST: usize = 15;
const ROWS_MOST: usize = 40;
/// Most values that a box is drawn from.
const VALUES_MOST: usize = 101;
/// Fewest others for a comparison with their mean.
const OTHERS_LEAST: usize = 2;
/// Fewest praises that two quantifiers must both have scored for a correlation.
const COMMON_LEAST: usize = 3;
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
    let scores = by_quantifier(judged, |_, _, score| Some(score));
    boxes(&mut blocks, share, ("scores", "Scores that each quantifier gave", "score"), scores)?;
    let displacements = by_quantifier(judged, displacement);
    let what =
        ("displacement", "How far scores lie from the mean of the others", "score less the others' mean");
    boxes(&mut blocks, share, what, displacements)?;
    correlations(&mut blocks, share, judged)?;
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

/// Values by quantifier, for each score that `value` has one for.
fn by_quantifier(judged: &[Judged], value: impl Fn(&Judged, usize, i64) -> Option<i64>) -> ByQuantifier<'_> {
    let mut values: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for praise in judged {
        for (at, (quantifier, score)) in praise.scores.iter().enumerate() {
            values.entry(quantifier).or_default().extend(value(praise, at, *score));
        }
    }
    let mut values: ByQuantifier<'_> = values.into_iter().filter(|(_, values)| !values.is_empty()).collect();
    values.sort_by_key(|(_, values)| std::cmp::Reverse(values.len())); // stable: then by name
    values
}

/// A score less the mean of at least two others.
fn displacement(praise: &Judged, at: usize, score: i64) -> Option<i64> {
    let others = praise.scores.iter().enumerate().filter(|(other, _)| *other != at);
    let others: Vec<i64> = others.map(|(_, (_, score))| *score).collect();
    let count = i64::try_from(others.len()).ok().filter(|_| others.len() >= OTHERS_LEAST)?;
    Some(score - others.iter().sum::<i64>() / count)
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

/// A field of how closely each two quantifiers' scores go together.
fn correlations(blocks: &mut Vec<Block>, share: &Share<'_>, judged: &[Judged]) -> Result<(), Problems> {
    let all = by_quantifier(judged, |_, _, score| Some(score));
    let shown: Vec<&str> = all.iter().take(FIELD_MOST).map(|(quantifier, _)| *quantifier).collect();
    let pairs = common_scores(judged);
    let cell = |row: &&str, column: &&str| -> Option<Value> {
        let common = pairs.get(&(*row, *column)).filter(|common| common.len() >= COMMON_LEAST)?;
        let number = correlation(common)?;
        Some(Value { number, text: format!("{} over {} praises", shown_real(number), common.len()) })
    };
    let cells: Vec<Vec<Option<Value>>> =
        shown.iter().map(|row| shown.iter().map(|column| cell(row, column)).collect()).collect();
    let known = cells.iter().flatten().flatten().count() / 2;
    if known == 0 {
        return Ok(());
    }
    let names: Vec<String> = shown.iter().map(|quantifier| name(quantifier)).collect();
    let plot = Plot {
        name: share.chart_name("correlation"),
        title: "How closely two quantifiers' scores go together".to_owned(),
        description: format!(
            "For {known} pairs of quantifiers the correlation of the scores that both gave, from -1 (one high \
             where the other is low) over 0 (no relation) to 1 (in step). Pairs with fewer than \
             {COMMON_LEAST} praises in common are left empty."
        ),
        axes: Axes::default(),
        data: Data::HeatMap { rows: names.clone(), columns: names, cells, range: (-1.0, 1.0) },
    };
    chart(blocks, plot)
}

/// The scores that each two quantifiers gave the same praise.
fn common_scores(judged: &[Judged]) -> BTreeMap<(&str, &str), Vec<(f64, f64)>> {
    let mut pairs: BTreeMap<(&str, &str), Vec<(f64, f64)>> = BTreeMap::new();
    for praise in judged {
        for (at, (one, score)) in praise.scores.iter().enumerate() {
            for (_, (other, of_other)) in praise.scores.iter().enumerate().filter(|(other, _)| *other != at) {
                if one != other {
                    pairs.entry((one, other)).or_default().push((real(*score), real(*of_other)));
                }
            }
        }
    }
    pairs
}

/// Pearson's correlation, where both sides vary.
fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let count = pairs.len() as f64;
    let middle = pairs.iter().map(|(own, _)| own).sum::<f64>() / count;
    let height = pairs.iter().map(|(_, other)| other).sum::<f64>() / count;
    let (mut own_square, mut other_square, mut product) = (0.0, 0.0, 0.0);
    for (own, other) in pairs {
        own_square += (own - middle) * (own - middle);
        other_square += (other - height) * (other - height);
        product += (own - middle) * (other - height);
    }
    (own_square > 0.0 && other_square > 0.0).then(|| product / (own_square.sqrt() * other_square.sqrt()))
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
            "{agreed} of {all} praises ({}); {marked} {said} by somebody, {disagreed} of them not by all alike",
            percent(agreed, all)
        );
        (label, value)
    });
    let mut blocks = vec![
        Block::text(
            "Each praise is scored by several people, who do not see each other's scores. Here is where they \
             saw it differently.",
        ),
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
        let target =
            share.table_path(name).map(|path| path.trim_start_matches(crate::statement::REPORT_FOLDER));
        blocks.extend(target.map(|target| Block::Link { text: text.to_owned(), target: target.to_owned() }));
    }
    blocks
}
