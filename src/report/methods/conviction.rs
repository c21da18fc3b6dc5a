//! The pages of conviction: proposals on their way to the threshold, and the fund.

use serde_json::Value;

use super::super::Share;
use super::super::chart::{self, Data, Plot};
use super::super::page::{Block, Section};
use super::super::text::{self, counted, percent_of, plain};
use super::pieces::{self, Listing, SERIES_MOST, axes, entries, field, list, rounded, text_of};
use crate::error::{Problems, Shown};
use crate::methods::conviction_v1::{CheckOrder, Release, Settings, SupplyText, ThresholdForm};

/// Most proposals that have a chart of their own.
const PROPOSALS_DRAWN: usize = 6;

/// The sections of an allocation of this method.
pub fn sections(share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    let proposals = entries(share.statistics, "proposals");
    let sections = [
        ("rule", "Conviction", rule(share)),
        ("proposals", "Proposals", told_proposals(share, proposals)?),
        ("fund", "The fund", fund(share)?),
    ];
    Ok(sections.map(|(what, title, blocks)| pieces::section(share, what, title, blocks)).into())
}

/// The rule in words.
fn rule(share: &Share<'_>) -> Vec<Block> {
    let about = Block::text(
        "Members stake tokens on proposals they like. A stake that stays builds up conviction, step by step; conviction fades when the stake is taken away. A proposal is funded when its conviction passes a threshold, which is the higher, the larger a part of the fund it asks for. Staked tokens are not spent.",
    );
    let Some(settings) = pieces::settings::<Settings>(share) else { return vec![about] };
    let statistics = share.statistics;
    let (first, last) = (field(statistics, "first_step"), field(statistics, "last_step"));
    let half_life = match field(statistics, "half_life").as_str() {
        "" => String::new(),
        steps => format!(", so half of it is left after {} steps", rounded(steps, 2)),
    };
    let form = match settings.threshold {
        ThresholdForm::Normalised => "rho x supply / ((1 - alpha) x (beta - share)²)",
        ThresholdForm::Plain => "rho x supply / (beta - share)²",
    };
    let supply = match &settings.supply {
        SupplyText::Staked => "all that is staked".to_owned(),
        SupplyText::Holdings => "all that members hold".to_owned(),
        SupplyText::Amount(amount) => pieces::tokens(share, &amount.0),
    };
    let mut items = vec![
        format!("The round covers the steps {first} to {last}, counted from the first round of the fund."),
        format!(
            "After each step {} of the conviction is left (alpha){half_life}; then what is staked now is added.",
            percent_of(&field(statistics, "alpha"))
        ),
        format!(
            "The threshold is {form}: the share is the part of the fund that is asked for, beta is {}, rho is {}, and the supply is {supply}. Who asks for {} of the fund or more is never funded.",
            plain(&settings.beta.0),
            plain(&settings.rho.0),
            percent_of(&settings.beta.0)
        ),
        format!("A proposal can pass when it has been there for more than {}.", steps(settings.min_age)),
    ];
    if pieces::float(&settings.min_stake.0) > 0.0 {
        items.push(format!(
            "A proposal with less than {} staked on it is closed.",
            pieces::tokens(share, &settings.min_stake.0)
        ));
    }
    items.push(format!("Each step adds {} to the fund.", pieces::tokens(share, &settings.inflow_per_step.0)));
    items.push(match settings.order {
        CheckOrder::CheckThenStake => "In a step proposals are checked before its stakes count.".to_owned(),
        CheckOrder::StakeThenCheck => "In a step stakes count first, then proposals are checked.".to_owned(),
    });
    items.push(match settings.release {
        Release::Sequential => "Proposals of one step are judged one after the other, the one with most conviction first, each on what is left of the fund.".to_owned(),
        Release::Simultaneous => "Proposals of one step are judged on the same fund and paid, the one with most conviction first, until one does not fit.".to_owned(),
    });
    vec![about, list(items)]
}

/// `1 step`, `3 steps`.
fn steps(count: u64) -> String {
    counted(count, "step", "steps")
}

/// The title of a proposal, or its id where it has none.
fn title_of(proposal: &Value) -> String {
    let title = field(proposal, "title");
    // Titles may be long: nothing limits them but the table's limit of a cell.
    Shown::from(if title.trim().is_empty() { field(proposal, "proposal") } else { title }).to_string()
}

/// What a status is called.
fn status_of(proposal: &Value) -> &'static str {
    match field(proposal, "status").as_str() {
        "active" => "funded",
        "killed" => "closed",
        _ => "open",
    }
}

/// All proposals, and those that were funded first in charts.
fn told_proposals(share: &Share<'_>, proposals: &[Value]) -> Result<Vec<Block>, Problems> {
    let listing = Listing {
        what: "proposals-table",
        caption: "Proposals at the end of the round. The part of the threshold is that at the last check, in percent; with as much as now staked, an open proposal passes in so many steps.",
        titles: &[
            "proposal",
            "beneficiary",
            "status",
            "#requested",
            "#staked",
            "#conviction",
            "#threshold",
            "#part of it",
            "passes in",
        ],
        has_amounts: true,
        csv: Some("conviction"),
    };
    let rows: Vec<Vec<String>> = proposals.iter().map(|proposal| row_of(share, proposal)).collect();
    let total = rows.len();
    let mut blocks = Vec::new();
    if proposals.is_empty() {
        blocks.push(Block::text("There was no proposal in this round."));
        return Ok(blocks);
    }
    let Block::Table(mut table) = listing.block(share, rows, total) else { return Ok(blocks) };
    // The file has every step of every proposal, not one row each.
    let csv = table.csv.take();
    blocks.push(Block::Table(table));
    if let Some(target) = csv {
        blocks.push(Block::Link { text: "Every proposal in every step (CSV)".to_owned(), target });
    }
    blocks.extend(grants(share));
    blocks.extend(shares_of_trigger(share, proposals)?);
    let mut drawn: Vec<&Value> =
        proposals.iter().filter(|it| !entries(it, "conviction").is_empty()).collect();
    drawn.sort_by_key(|proposal| match status_of(proposal) {
        "funded" => 0,
        "open" => 1,
        _ => 2,
    });
    for (place, proposal) in drawn.iter().take(PROPOSALS_DRAWN).enumerate() {
        blocks.extend(against_threshold(share, place + 1, proposal)?);
    }
    if drawn.len() > PROPOSALS_DRAWN {
        blocks.push(Block::text(format!("Charts show {PROPOSALS_DRAWN} of {} proposals, the funded ones first; the table of every step has all.", drawn.len())));
    }
    Ok(blocks)
}

/// A proposal as it stands at the end of the round.
fn row_of(share: &Share<'_>, proposal: &Value) -> Vec<String> {
    let last = |series: &str| {
        entries(proposal, series).iter().rev().map(text_of).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let last_threshold = last("threshold");
    let part = if last_threshold == "inf" { String::new() } else { hundredfold(&last("share_of_trigger")) };
    let threshold = match last_threshold.as_str() {
        "inf" => "none: asks for too much".to_owned(),
        "" => String::new(),
        text => pieces::amount(share, text),
    };
    let conviction = last("conviction");
    let passes = match (status_of(proposal), field(proposal, "steps_to_pass").as_str()) {
        ("open", "") => "never".to_owned(),
        ("open", steps) => format!("{steps} steps"),
        _ => String::new(),
    };
    vec![
        title_of(proposal),
        text::name(&field(proposal, "beneficiary")),
        status_of(proposal).to_owned(),
        pieces::amount(share, &field(proposal, "requested")),
        entries(proposal, "staked")
            .last()
            .map(|staked| pieces::amount(share, &text_of(staked)))
            .unwrap_or_default(),
        if conviction.is_empty() { String::new() } else { pieces::amount(share, &conviction) },
        threshold,
        part,
        passes,
    ]
}

/// A part in percent with one digit; empty where there is none.
fn hundredfold(part: &str) -> String {
    if part.is_empty() {
        return String::new();
    }
    let percent = percent_of(part);
    rounded(percent.trim_end_matches(" %"), 1)
}

/// What was funded, step by step.
fn grants(share: &Share<'_>) -> Option<Block> {
    let grants = entries(share.statistics, "grants");
    let listing = Listing {
        what: "grants",
        caption: "Proposals that were funded, in the order of the steps.",
        titles: &["#step", "proposal", "#requested", "#conviction", "#threshold", "#fund after it"],
        has_amounts: true,
        csv: None,
    };
    let rows: Vec<Vec<String>> = grants
        .iter()
        .map(|grant| {
            let amounts = ["requested", "conviction", "threshold", "funds_after"];
            [field(grant, "step"), text::name(&field(grant, "proposal"))]
                .into_iter()
                .chain(amounts.map(|column| pieces::amount(share, &field(grant, column))))
                .collect()
        })
        .collect();
    (!rows.is_empty()).then(|| listing.block(share, rows, grants.len()))
}

/// The labels of the steps that charts show, and which steps of the round they are.
fn steps_drawn(share: &Share<'_>) -> (Vec<String>, Vec<usize>) {
    let first: u64 = field(share.statistics, "first_step").parse().unwrap_or_default();
    let count = entries(share.statistics, "funds").len();
    let chosen = pieces::places(count);
    (chosen.iter().map(|place| (first + *place as u64).to_string()).collect(), chosen)
}

/// A series of a proposal over the steps that are drawn: it begins with its own first step.
fn series<'a>(
    share: &Share<'_>,
    proposal: &'a Value,
    name: &str,
    chosen: &[usize],
) -> Vec<Option<&'a Value>> {
    let [round, own] = [share.statistics, proposal]
        .map(|value| field(value, "first_step").parse::<usize>().unwrap_or_default());
    let before = own.saturating_sub(round);
    let all = entries(proposal, name);
    chosen.iter().map(|place| place.checked_sub(before).and_then(|place| all.get(place))).collect()
}

/// An amount of a series; `None` for null and `inf`.
fn point(share: &Share<'_>, text: Option<&Value>) -> Option<chart::Value> {
    let text = text_of(text?);
    (!text.is_empty() && text != "inf").then(|| pieces::token_value(share, &text))
}

/// Conviction of a proposal against its threshold.
fn against_threshold(share: &Share<'_>, place: usize, proposal: &Value) -> Result<Option<Block>, Problems> {
    let (labels, chosen) = steps_drawn(share);
    let line =
        |name: &str| series(share, proposal, name, &chosen).into_iter().map(|it| point(share, it)).collect();
    let lines: Vec<(String, Vec<Option<chart::Value>>)> =
        vec![("conviction".to_owned(), line("conviction")), ("threshold".to_owned(), line("threshold"))];
    // Without both there is nothing to compare: it asks for too much, or nobody staked on it.
    let says_something = |(_, points): &(String, Vec<Option<chart::Value>>)| {
        points.iter().flatten().any(|value| value.number > 0.0)
    };
    if !lines.iter().all(says_something) {
        return Ok(None);
    }
    let title = title_of(proposal);
    let description = format!(
        "{title} asks for {} and is {} at the end of the round.",
        pieces::tokens(share, &field(proposal, "requested")),
        status_of(proposal)
    );
    pieces::chart(Plot {
        name: share.chart_name(&format!("proposal-{place}")),
        title: format!("Conviction and threshold: {title}"),
        description,
        axes: axes("step", pieces::symbol(share)),
        data: Data::Lines { labels, lines },
    })
}

/// How far all proposals were on the way, step by step.
fn shares_of_trigger(share: &Share<'_>, proposals: &[Value]) -> Result<Option<Block>, Problems> {
    let (labels, chosen) = steps_drawn(share);
    let has_share = |proposal: &&Value| entries(proposal, "share_of_trigger").iter().any(Value::is_string);
    let all: Vec<&Value> = proposals.iter().filter(has_share).collect();
    if all.is_empty() {
        return Ok(None);
    }
    let part = |value: Option<&Value>| {
        let part = text_of(value?);
        let percent = percent_of(&part);
        let percent = percent.trim_end_matches(" %");
        (!part.is_empty()).then(|| pieces::value(percent, format!("{} %", rounded(percent, 1))))
    };
    let lines: Vec<_> = all
        .iter()
        .take(SERIES_MOST)
        .map(|proposal| {
            let points = series(share, proposal, "share_of_trigger", &chosen);
            (title_of(proposal), points.into_iter().map(part).collect())
        })
        .collect();
    let left = all.len().saturating_sub(SERIES_MOST);
    let more = if left > 0 { format!(" {left} more proposals are in the table.") } else { String::new() };
    pieces::chart(Plot {
        name: share.chart_name("share-of-threshold"),
        title: "Part of the threshold that is reached".to_owned(),
        description: format!(
            "Above 100 % a proposal passes, once it is old enough. {} drawn.{more}",
            counted(lines.len(), "proposal", "proposals")
        ),
        axes: axes("step", "% of the threshold"),
        data: Data::Lines { labels, lines },
    })
}

/// The fund and how many proposals were open, funded and closed.
fn fund(share: &Share<'_>) -> Result<Vec<Block>, Problems> {
    let statistics = share.statistics;
    let funds = entries(statistics, "funds");
    let (labels, chosen) = steps_drawn(share);
    let end = funds.last().map(text_of).unwrap_or_default();
    let sums = &share.record.sums;
    let facts = Block::facts([
        ("kept from the round before", pieces::tokens(share, &sums.carried_in.0)),
        ("added in this round", pieces::tokens(share, &sums.pool.0)),
        ("left in the fund", pieces::tokens(share, &end)),
        ("largest request that could pass now", pieces::tokens(share, &field(statistics, "largest_request"))),
    ]);
    let line = |name: &str| {
        let all = entries(statistics, name);
        chosen.iter().map(|place| point(share, all.get(*place))).collect::<Vec<_>>()
    };
    let over_time = pieces::chart(Plot {
        name: share.chart_name("funds"),
        title: "The fund over time".to_owned(),
        description: format!("At the end of the round {} are in the fund.", pieces::tokens(share, &end)),
        axes: axes("step", pieces::symbol(share)),
        data: Data::Lines { labels: labels.clone(), lines: vec![("fund".to_owned(), line("funds"))] },
    })?;
    let kinds = [("candidates", "open"), ("active", "funded"), ("killed", "closed")];
    let counts = kinds.map(|(name, shown)| {
        let all = entries(statistics, name);
        let points = chosen.iter().map(|place| {
            let count = text_of(all.get(*place)?);
            Some(pieces::value(&count, format!("{count} {shown}")))
        });
        (shown.to_owned(), points.collect())
    });
    let last = kinds.map(|(name, shown)| {
        format!("{} {shown}", entries(statistics, name).last().map(text_of).unwrap_or_default())
    });
    let statuses = pieces::chart(Plot {
        name: share.chart_name("statuses"),
        title: "Proposals open, funded and closed".to_owned(),
        description: format!("At the end of the round: {}.", last.join(", ")),
        axes: axes("step", "proposals"),
        data: Data::Lines { labels, lines: counts.into() },
    })?;
    Ok([Some(facts), over_time, statuses].into_iter().flatten().collect())
}
