//! How praises were rated: all scores, and the ten highest.

use super::numbers::{ONE, count, mean, percent, real, reason, shown, total};
use super::rows::Judged;
use super::{chart, table};
use crate::error::Problems;
use crate::report::Share;
use crate::report::chart::{Axes, Data, Plot};
use crate::report::page::Block;
use crate::report::text::name;

/// Most bars of the distribution.
const BARS_MOST: i64 = 25;
/// How many contributions are shown.
const BEST: usize = 10;

/// The distribution of scores, and the ten highest rated contributions.
pub(super) fn blocks(share: &Share<'_>, judged: &[Judged]) -> Result<Vec<Block>, Problems> {
    let mut scores: Vec<i64> = judged.iter().map(|praise| praise.average).collect();
    scores.sort_unstable();
    let (Some(highest), Some(median)) = (scores.last().copied(), scores.get(scores.len() / 2).copied())
    else {
        return Ok(vec![Block::text("No praise was rated.")]);
    };
    let average = mean(total(scores.iter().copied()), i64::try_from(scores.len()).unwrap_or(i64::MAX));
    let zeros = scores.iter().filter(|score| **score == 0).count();
    let mut blocks = vec![Block::facts([
        ("praises rated", scores.len().to_string()),
        ("mean score", shown(average)),
        ("score in the middle (median)", shown(median)),
        ("highest score", shown(highest)),
        ("praises with score 0", format!("{zeros} ({})", percent(zeros, scores.len()))),
    ])];
    let plot = Plot {
        name: share.chart_name("ratings"),
        title: "How many praises got which score".to_owned(),
        description: format!(
            "{} praises were rated; the mean score is {}, half of them got less than {}, the highest is {}.",
            scores.len(),
            shown(average),
            shown(median),
            shown(highest)
        ),
        axes: Axes { x: "score".to_owned(), y: "praises".to_owned(), ..Axes::default() },
        data: Data::Histogram(bars(&scores, highest)),
    };
    chart(&mut blocks, plot)?;
    let mut best: Vec<&Judged> = judged.iter().collect();
    best.sort_by_key(|praise| std::cmp::Reverse(praise.average)); // stable: the order of the table
    let row = |praise: &&Judged| {
        vec![
            shown(praise.average),
            name(&praise.receiver),
            reason(&praise.reason),
            name(&praise.giver),
            name(&praise.day),
        ]
    };
    blocks.push(Block::heading("The highest rated contributions"));
    blocks.push(table(
        share,
        "best",
        "The ten praises with the highest scores; the file has all that were judged.",
        &["#score", "to", "for", "from", "day"],
        best.iter().take(BEST).map(row).collect(),
        ("praise_outliers", judged.len()),
    ));
    Ok(blocks)
}

/// Bars of a round width, from 0 to the highest score.
fn bars(scores: &[i64], highest: i64) -> Vec<(f64, f64, crate::report::chart::Value)> {
    let widths = (0..8).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i64.pow(power) * ONE));
    let width = widths.into_iter().find(|width| highest / width < BARS_MOST).unwrap_or(highest.max(ONE));
    let bar = |at: i64| {
        let (from, to) = (at * width, (at + 1) * width);
        let inside = scores.iter().filter(|score| (from..to).contains(*score)).count();
        let mut value = count(i64::try_from(inside).unwrap_or(i64::MAX), "praise", "praises");
        value.text = format!("score {} to below {}: {}", from / ONE, to / ONE, value.text);
        (real(from), real(to), value)
    };
    (0..=highest / width).map(bar).collect()
}
