//! Rewards by recipient, stacked by reward; and how concentrated they are.

use std::cmp::Reverse;

use super::{Overview, recipient, words};
use crate::amount::Amount;
use crate::error::Problems;
use crate::report::Material;
use crate::report::chart::{self, Axes, Data, Plot, Value};
use crate::report::concentration::{CURVE_STEPS, Concentration};
use crate::report::page::{Block, Section};
use crate::report::ratio::Ratio;
use crate::report::recipients::RewardColumn;
use crate::report::text;

/// How many recipients have a bar of their own.
const BARS_MOST: usize = 30;
/// How many rewards have a colour of their own.
const SERIES_MOST: usize = 8;

/// The rewards that have a colour of their own in charts: all, or of many the largest, the rest together.
struct Series {
    names: Vec<String>,
    /// Which reward columns these are; what is not among them goes to the last name.
    columns: Vec<usize>,
    has_rest: bool,
}

impl Series {
    fn of(material: &Material<'_>) -> Self {
        // What is taken off has no colour: the rewards are less by it.
        let rewards = &material.recipients.rewards;
        let is_reward = |(at, reward): (usize, &RewardColumn)| (!reward.is_offset()).then_some(at);
        let mut columns: Vec<usize> = rewards.iter().enumerate().filter_map(is_reward).collect();
        let count = columns.len();
        let has_rest = columns.len() > SERIES_MOST;
        if has_rest {
            let sum = |column: &usize| rewards.get(*column).map(|reward| reward.sum);
            columns.sort_by_key(|column| Reverse(sum(column))); // stable
            columns.truncate(SERIES_MOST - 1);
            columns.sort_unstable();
        }
        let name = |column: &usize| rewards.get(*column).map(|reward| reward.name.clone());
        let mut names: Vec<String> = columns.iter().filter_map(name).collect();
        if has_rest {
            names.push(format!("{} other rewards", count - columns.len()));
        }
        Self { names, columns, has_rest }
    }

    /// One value a series of a row of amounts.
    fn values(&self, material: &Material<'_>, amounts: &[Amount]) -> Vec<Value> {
        let amounts = &material.recipients.without_offset(amounts);
        let mut parts: Vec<Amount> =
            self.columns.iter().filter_map(|column| amounts.get(*column).copied()).collect();
        if self.has_rest {
            // What is added up is part of a total that fits.
            let all = Amount::sum(amounts.iter().copied()).unwrap_or_default();
            let own = Amount::sum(parts.iter().copied()).unwrap_or_default();
            parts.push(all.checked_sub(own).unwrap_or_default());
        }
        words::parts(material, &parts)
    }
}

/// The section on rewards, and the one on concentration. Nothing where nobody gets anything.
pub fn sections(overview: &Overview<'_>) -> Result<Vec<Section>, Problems> {
    let material = overview.material;
    let recipients = material.recipients;
    if recipients.groups.is_empty() {
        return Ok(Vec::new());
    }
    let with_something = recipients.groups.last().map_or(0, |group| group.last);
    let mut blocks = Vec::new();
    blocks.extend(chart::draw(largest(material, with_something))?.map(Block::Chart));
    if with_something > BARS_MOST {
        let size = recipients.groups.first().map_or(0, |group| group.last);
        blocks.push(Block::text(format!(
            "Everybody, in groups of {size} people, those with the largest totals first:"
        )));
        blocks.extend(chart::draw(everybody(material, with_something))?.map(Block::Chart));
    }
    let mut sections = vec![Section::new("rewards", "Rewards by recipient", blocks)];
    sections.extend(concentration(overview)?);
    Ok(sections)
}

/// One bar a recipient: the thirty largest.
fn largest(material: &Material<'_>, with_something: usize) -> Plot {
    let recipients = material.recipients;
    let top: Vec<_> =
        recipients.listed.iter().take(BARS_MOST).filter(|listed| listed.total != Amount::ZERO).collect();
    let series = Series::of(material);
    let bars =
        top.iter().map(|listed| (recipient(listed), series.values(material, &listed.amounts))).collect();
    let sum = Amount::sum(top.iter().map(|listed| listed.total)).unwrap_or_default();
    let all = recipients.sum(&recipients.rewards.iter().map(|reward| reward.sum).collect::<Vec<_>>());
    let part = Ratio::of_amounts(sum, all).map(|part| part.short_percent()).unwrap_or_default();
    let title = if with_something > top.len() {
        format!("Rewards of the {} largest recipients", top.len())
    } else {
        "Rewards by recipient".to_owned()
    };
    let description = top.first().map_or_else(String::new, |first| {
        format!(
            "{} of {with_something} shown, with {} together ({part} of all). The largest total is {}, of {}.",
            text::counted(top.len(), "recipient", "recipients"),
            words::tokens(material, sum),
            words::tokens(material, first.total),
            recipient(first)
        )
    });
    Plot {
        name: "rewards".to_owned(),
        title,
        description,
        axes: Axes { x: material.plan.token.symbol.clone(), ..Axes::default() },
        data: Data::Stacked { series: series.names, bars },
    }
}

/// One column a group.
fn everybody(material: &Material<'_>, with_something: usize) -> Plot {
    let recipients = material.recipients;
    let series = Series::of(material);
    let columns = recipients.groups.iter().map(|group| {
        let label = if group.first == group.last {
            group.first.to_string()
        } else {
            format!("{}-{}", group.first, group.last)
        };
        (label, series.values(material, &group.amounts))
    });
    let sum_of = |group: &crate::report::recipients::Group| recipients.sum(&group.amounts);
    let tokens = |group: Option<&_>| words::tokens(material, group.map(sum_of).unwrap_or_default());
    let description = format!(
        "All {with_something} recipients in groups of {}, by total. The first group gets {}, the last {}.",
        recipients.groups.first().map_or(0, |group| group.last),
        tokens(recipients.groups.first()),
        tokens(recipients.groups.last()),
    );
    Plot {
        name: "rewards-all".to_owned(),
        title: "Rewards of everybody, in groups".to_owned(),
        description,
        axes: Axes {
            x: "recipients, the largest total is number 1".to_owned(),
            y: material.plan.token.symbol.clone(),
            ..Axes::default()
        },
        data: Data::Columns { columns: columns.collect(), series: series.names },
    }
}

/// Gini, Nakamoto, entropy, the top tenth, and the curve behind them.
fn concentration(overview: &Overview<'_>) -> Result<Option<Section>, Problems> {
    let measured = &overview.material.recipients.measured;
    let Some(found) = &measured.concentration else { return Ok(None) };
    let over = if measured.is_praise { "praise rewards" } else { "rewards" };
    let who = if found.recipients == 1 {
        format!("one recipient, who gets all {over}")
    } else {
        format!("the {} recipients who get {over}", found.recipients)
    };
    let sum = overview.tokens(found.sum);
    let facts = [
        ("Gini coefficient (0: everybody gets the same; 1: one gets everything)", found.gini.text(4)),
        (
            "Nakamoto coefficient (how many of the largest get more than half together)",
            found.nakamoto.to_string(),
        ),
        ("Nakamoto ratio (these as a part of the recipients)", found.nakamoto_ratio.percent(1)),
        ("Shannon entropy in bits (the higher, the more even)", format!("{:.2}", found.entropy_bits)),
        ("As even as equal amounts for so many recipients", format!("{:.1}", found.equal_recipients())),
        ("Share of the top 10 % (what the largest tenth gets)", found.top_tenth.percent(1)),
    ];
    let mut blocks = vec![
        Block::text(format!(
            "Is the round shared by many, or do few get most of it? Measured over {who}: {sum} in all."
        )),
        Block::facts(facts),
    ];
    blocks.extend(chart::draw(curve(found, over))?.map(Block::Chart));
    Ok(Some(Section::new("concentration", "Concentration", blocks)))
}

/// The start of a sentence about the recipients whom the Nakamoto coefficient counts.
fn largest_get(found: &Concentration) -> String {
    match found.nakamoto {
        1 => "the largest alone gets".to_owned(),
        count => format!("the {count} largest together get"),
    }
}

/// What the largest recipients get together, beside what they would if all got the same.
fn curve(found: &Concentration, over: &str) -> Plot {
    let value = |part: &Ratio| Value { number: part.number() * 100.0, text: part.short_percent() };
    let equal: Vec<Ratio> =
        (0..found.curve.len()).filter_map(|step| Ratio::of_counts(step, CURVE_STEPS)).collect();
    let labels = equal.iter().map(Ratio::short_percent).collect();
    let line = |parts: &[Ratio]| parts.iter().map(|part| Some(value(part))).collect();
    Plot {
        name: "concentration".to_owned(),
        title: "What the largest recipients get together".to_owned(),
        description: format!(
            "Of {} recipients {} more than half of the {over}; the top tenth ({}) gets {}.",
            found.recipients,
            largest_get(found),
            found.top_tenth_recipients,
            found.top_tenth.percent(1)
        ),
        axes: Axes {
            x: "part of the recipients, the largest first".to_owned(),
            y: format!("% of the {over}"),
            ..Axes::default()
        },
        data: Data::Lines {
            labels,
            lines: vec![
                ("this round".to_owned(), line(&found.curve)),
                ("if all got the same".to_owned(), line(&equal)),
            ],
        },
    }
}
