//! Who gave praise, who got it, and how it flowed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::numbers::{count, real, shown};
use super::rows::Day;
use super::stats::{By, Sum, sums};
use super::{chart, link, table};
use crate::error::Problems;
use crate::report::Share;
use crate::report::chart::{Axes, Data, Plot, Value};
use crate::report::page::Block;
use crate::report::text::name;

/// Givers and receivers of the flow; all others are one each.
const FLOW: (usize, usize) = (15, 25);
/// Most bands of the flow; with more of them fewer receivers have their own place, so that the file of
/// the chart stays below 40 KB.
const BANDS_MOST: usize = 208;
/// Most bars of a chart, and rows of a table.
const BARS_MOST: usize = 20;
const ROWS_MOST: usize = 40;

/// The distribution of giving, the flow, and tables of both sides.
pub(super) fn blocks(share: &Share<'_>, days: &[Day]) -> Result<Vec<Block>, Problems> {
    let mut givers = sums(days, By::Giver)?;
    let receivers = sums(days, By::Receiver)?;
    givers.sort_by(|left, right| (right.praises, &left.giver).cmp(&(left.praises, &right.giver)));
    let Some(first) = givers.first() else { return Ok(vec![Block::text("Nobody gave praise.")]) };
    let mut blocks = Vec::new();
    let plot = Plot {
        name: share.chart_name("giving"),
        title: "Who gave how many praises".to_owned(),
        description: format!(
            "{} members gave praise; {} gave the most, {}.",
            givers.len(),
            name(&first.giver),
            counted(first.praises)
        ),
        axes: Axes { x: "praises given".to_owned(), ..Axes::default() },
        data: Data::Bars(bars(&givers)),
    };
    chart(&mut blocks, plot)?;
    blocks.extend(flow(share, days, &givers, &receivers)?);
    let row = |sum: &Sum, who: &str| {
        let mean = super::numbers::mean(sum.score, sum.praises);
        vec![name(who), sum.praises.to_string(), shown(sum.score), shown(mean)]
    };
    let titles = |who| [who, "#praises", "#sum of scores", "#mean score"];
    blocks.push(table(
        share,
        "givers",
        "Who gave praise, and what the quantifiers thought of it.",
        &titles("giver"),
        givers.iter().take(ROWS_MOST).map(|sum| row(sum, &sum.giver)).collect(),
        ("", givers.len()),
    ));
    blocks.push(table(
        share,
        "receivers",
        "Who got praise. The sum of scores is what counts for the reward.",
        &titles("receiver"),
        receivers.iter().take(ROWS_MOST).map(|sum| row(sum, &sum.receiver)).collect(),
        ("", receivers.len()),
    ));
    blocks.extend(link(share, "praise_days", "All praise by day, giver and receiver (CSV)"));
    Ok(blocks)
}

fn counted(praises: i64) -> String {
    count(praises, "praise", "praises").text
}

/// A bar a giver, the rest in one.
fn bars(givers: &[Sum]) -> Vec<(String, Value)> {
    let value = |sum: &Sum| {
        let mut value = count(sum.praises, "praise", "praises");
        value.text = format!("{}, scores {} in all", value.text, shown(sum.score));
        value
    };
    let shown_most = if givers.len() > BARS_MOST { BARS_MOST - 1 } else { BARS_MOST };
    let mut bars: Vec<(String, Value)> =
        givers.iter().take(shown_most).map(|sum| (name(&sum.giver), value(sum))).collect();
    let rest: Vec<&Sum> = givers.iter().skip(shown_most).collect();
    if !rest.is_empty() {
        let praises = rest.iter().map(|sum| sum.praises).sum();
        bars.push((format!("{} others", rest.len()), count(praises, "praise", "praises")));
    }
    bars
}

/// The names on a side of the flow, and the place of each person: those with the most first, all others
/// in the last.
fn side(sums: &[&str], most: usize) -> (Vec<String>, BTreeMap<String, usize>) {
    let mut names: Vec<String> = sums.iter().take(most).map(|who| name(who)).collect();
    let place = |(at, who): (usize, &&str)| ((*who).to_owned(), at.min(most));
    let places = sums.iter().enumerate().map(place).collect();
    if sums.len() > most {
        names.push(format!("{} others", sums.len() - most));
    }
    (names, places)
}

/// The flow of praise, by score.
fn flow(share: &Share<'_>, days: &[Day], givers: &[Sum], receivers: &[Sum]) -> Result<Vec<Block>, Problems> {
    let mut by_score: Vec<&Sum> = givers.iter().filter(|sum| sum.score > 0).collect();
    by_score.sort_by(|left, right| (right.score, &left.giver).cmp(&(left.score, &right.giver)));
    let givers: Vec<&str> = by_score.iter().map(|sum| sum.giver.as_str()).collect();
    let receivers: Vec<&str> =
        receivers.iter().filter(|sum| sum.score > 0).map(|sum| sum.receiver.as_str()).collect();
    let sums: Vec<Sum> = sums(days, By::Both)?.into_iter().filter(|sum| sum.score > 0).collect();
    let (from, from_places) = side(&givers, FLOW.0);
    let (mut to, mut links) = (Vec::new(), BTreeMap::new());
    for receivers_most in (1..=FLOW.1).rev() {
        let (names, to_places) = side(&receivers, receivers_most);
        (to, links) = (names, bands(&sums, &from_places, &to_places));
        if links.len() <= BANDS_MOST {
            break;
        }
    }
    // Of people, where there is a band between two: that of all others says little.
    let all_named = (from.len() <= FLOW.0, to.len() == receivers.len());
    let is_named = |(giver, receiver): &(usize, usize)| {
        (all_named.0 || *giver < FLOW.0) && (all_named.1 || receiver + 1 < to.len())
    };
    let widest = links.iter().max_by_key(|(place, (_, score))| (is_named(place), *score, Reverse(**place)));
    let Some((widest, (_, score))) = widest else { return Ok(Vec::new()) };
    let who = |names: &[String], at: usize| names.get(at).cloned().unwrap_or_default();
    let description = format!(
        "Praise of {} givers flows to {} receivers; the widest flow goes from {} to {}, with scores of {} in all.",
        givers.len(),
        receivers.len(),
        who(&from, widest.0),
        who(&to, widest.1),
        shown(*score)
    );
    let link = |((giver, receiver), (praises, score)): ((usize, usize), (i64, i64))| {
        let text = format!("{}, scores {} in all", counted(praises), shown(score));
        (giver, receiver, Value { number: real(score), text })
    };
    let mut blocks = vec![
        Block::heading("How praise flowed"),
        Block::text(
            "Givers stand on the left, receivers on the right. The wider a band, the higher the scores of the \
         praises that it stands for.",
        ),
    ];
    let plot = Plot {
        name: share.chart_name("flow"),
        title: "From givers to receivers, by score".to_owned(),
        description,
        axes: Axes::default(),
        data: Data::Flow { from, to, links: links.into_iter().map(link).collect() },
    };
    chart(&mut blocks, plot)?;
    Ok(blocks)
}

/// Praises and score by the places of giver and receiver.
type Bands = BTreeMap<(usize, usize), (i64, i64)>;

/// The bands between the places of givers and receivers.
fn bands(sums: &[Sum], from: &BTreeMap<String, usize>, to: &BTreeMap<String, usize>) -> Bands {
    let mut bands = Bands::new();
    for sum in sums {
        let (Some(giver), Some(receiver)) = (from.get(&sum.giver), to.get(&sum.receiver)) else { continue };
        let band = bands.entry((*giver, *receiver)).or_default();
        *band = (band.0 + sum.praises, band.1.saturating_add(sum.score));
    }
    bands
}
