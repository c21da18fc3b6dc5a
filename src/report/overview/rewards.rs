//! Rewards by recipient, stacked by reward; and how concentrated they are.

use super::{Overview, recipient, words};
use crate::amount::Amount;
use crate::error::Problems;
use crate::report::Material;
use crate::report::chart::{self, Axes, Data, Plot, Value};
use crate::report::concentration::Concentration;
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
            "Everybody, in twenty groups of as many people, those with the largest totals first:",
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
    let bar = |amounts: &[Amount]| amounts.iter().map(|amount| words::value(material, *amount)).collect();
    let bars = top.iter().map(|listed| (recipient(listed), bar(&listed.amounts))).collect();
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
        let parts = group.amounts.iter().map(|amount| words::value(material, *amount));
        (format!("{}-{}", group.first, group.last), parts.collect())
    });
    let sum_of = |group: &crate::report::recipients::Group| {
        Amount::sum(group.amounts.iter().copied()).unwrap_or_default()
    };
    let tokens = |group: Option<&_>| words::tokens(material, group.map(sum_of).unwrap_or_default());
    let description = format!(
        "All {with_something} recipients in {} groups of as many people, by total. The first group gets {}, the last {}.",
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
    let (verb, sum) = (if found.nakamoto == 1 { "gets" } else { "get" }, overview.tokens(found.sum));
    let facts = [
        (
            "Gini coefficient",
            format!("{} (0: everybody gets the same; 1: one gets everything)", found.gini.text(4)),
        ),
        ("Nakamoto coefficient", format!("{} (so few together {verb} more than half)", found.nakamoto)),
        ("Nakamoto ratio", format!("{} of the recipients", found.nakamoto_ratio.percent(1))),
        (
            "Shannon entropy",
            format!(
                "{:.2} bits (as even as if {:.1} recipients got equal amounts)",
                found.entropy_bits,
                found.equal_recipients()
            ),
        ),
        (
            "Share of the top 10 %",
            format!(
                "{} ({} of {})",
                found.top_tenth.percent(1),
                found.top_tenth_recipients,
                found.recipients
            ),
        ),
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

/// What the largest recipients get together, beside what they would if all got the same.
fn curve(found: &Concentration, over: &str) -> Plot {
    let (mut labels, mut actual, mut equal) = (Vec::new(), Vec::new(), Vec::new());
    let value = |part: Ratio| Value { number: part.number() * 100.0, text: part.percent(1) };
    for (count, part) in &found.curve {
        labels.push(count.to_string());
        actual.push(Some(value(*part)));
        equal.push(Ratio::of_counts(*count, found.recipients).map(value));
    }
    Plot {
        name: "concentration".to_owned(),
        title: "What the largest recipients get together".to_owned(),
        description: format!(
            "The {} largest of {} recipients get more than half of the {over}; the top tenth ({}) gets {}.",
            found.nakamoto,
            found.recipients,
            found.top_tenth_recipients,
            found.top_tenth.percent(1)
        ),
        axes: Axes {
            x: "recipients, the largest first".to_owned(),
            y: format!("% of the {over}"),
            ..Axes::default()
        },
        data: Data::Lines {
            labels,
            lines: vec![("this round".to_owned(), actual), ("if all got the same".to_owned(), equal)],
        },
    }
}
