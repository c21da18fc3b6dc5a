//! Rewards by recipient, stacked by reward; and how concentrated they are.

use super::{Overview, recipient, words};
use crate::amount::Amount;
use crate::error::Problems;
use crate::report::Material;
use crate::report::chart::{self, Axes, Data, Plot, Value};
use crate::report::concentration::{CURVE_STEPS, Concentration};
use crate::report::page::{Block, Section};
use crate::report::ratio::Ratio;

/// How many recipients have a bar of their own.
const BARS_MOST: usize = 30;

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
        blocks.push(Block::text(
            "Everybody, in twenty groups of about as many people, those with the largest totals first:",
        ));
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
    let bars =
        top.iter().map(|listed| (recipient(listed), words::parts(material, &listed.amounts))).collect();
    let sum = Amount::sum(top.iter().map(|listed| listed.total)).unwrap_or_default();
    let all = Amount::sum(recipients.rewards.iter().map(|reward| reward.sum)).unwrap_or_default();
    let part = Ratio::of_amounts(sum, all).map(|part| part.short_percent()).unwrap_or_default();
    let title = if with_something > top.len() {
        format!("Rewards of the {} largest recipients", top.len())
    } else {
        "Rewards by recipient".to_owned()
    };
    let description = top.first().map_or_else(String::new, |first| {
        format!(
            "{} of {with_something} recipients are shown; together they get {} ({part} of all). The largest total is {}, of {}.",
            top.len(),
            words::tokens(material, sum),
            words::tokens(material, first.total),
            recipient(first)
        )
    });
    let series = recipients.rewards.iter().map(|reward| reward.name.clone()).collect();
    Plot {
        name: "rewards".to_owned(),
        title,
        description,
        axes: Axes { x: material.plan.token.symbol.clone(), ..Axes::default() },
        data: Data::Stacked { series, bars },
    }
}

/// One column a group.
fn everybody(material: &Material<'_>, with_something: usize) -> Plot {
    let recipients = material.recipients;
    let columns = recipients.groups.iter().map(|group| {
        let label = if group.first == group.last {
            group.first.to_string()
        } else {
            format!("{}-{}", group.first, group.last)
        };
        (label, words::parts(material, &group.amounts))
    });
    let sum_of = |group: &crate::report::recipients::Group| {
        Amount::sum(group.amounts.iter().copied()).unwrap_or_default()
    };
    let tokens = |group: Option<&_>| words::tokens(material, group.map(sum_of).unwrap_or_default());
    let description = format!(
        "All {with_something} recipients in {} groups of about as many people, by total. The first group gets {}, the last {}.",
        recipients.groups.len(),
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
        data: Data::Columns {
            series: recipients.rewards.iter().map(|reward| reward.name.clone()).collect(),
            columns: columns.collect(),
        },
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
