//! The pages of airdrop. Nothing here grows with the number of addresses: the method counted while it
//! divided, and its table of balances is linked, not read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::Share;
use super::super::chart::{Axes, Data, Plot};
use super::super::page::{Block, Section};
use super::super::text::counted;
use super::pieces::{self, Listing, POINTS_MOST, and_list, axes, entries, field, list, text_of, value};
use crate::error::Problems;
use crate::methods::airdrop_v1::{Balance, CategorySettings, PoolSettings, Settings, WeightOf};
use crate::report::text;

/// Most categories that have charts of their own.
const CATEGORIES_DRAWN: usize = 8;
/// Most bars of a histogram that spans less than a factor of ten.
const NARROW_BARS: u32 = 24;

/// The sections of an allocation of this method.
pub fn sections(share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    let sections = [
        ("rule", "Airdrop", rule(share)),
        ("eligibility", "Who was eligible", eligibility(share)?),
        ("rewards", "What addresses got", rewards(share)?),
    ];
    Ok(sections.map(|(what, title, blocks)| pieces::section(share, what, title, blocks)).into())
}

/// The rule in words.
fn rule(share: &Share<'_>) -> Vec<Block> {
    let about = Block::text(
        "A snapshot is a list of who held how much of a token at one moment. Who held enough at every snapshot of a category shares the pools of that category.",
    );
    let Some(settings) = pieces::settings::<Settings>(share) else { return vec![about] };
    let mut items = vec![format!(
        "An address is eligible in a category when it held at least {} tokens at every snapshot of it.",
        text::plain(&settings.threshold.0)
    )];
    items.push(match settings.balance {
        Balance::Minimum => "The smallest of its balances counts.".to_owned(),
        Balance::Initial => "Its balance at the first snapshot counts.".to_owned(),
    });
    items.extend(settings.pools.iter().map(|pool| told_pool(share, pool)));
    if share.allocation.inputs.contains_key("excluded") {
        items.push("Addresses of the list of excluded ones are eligible nowhere.".to_owned());
    }
    if share.allocation.inputs.contains_key("unclaimed") {
        items.push(format!(
            "Amounts that were left from earlier airdrops are paid besides, in the column `unclaimed`: {}.",
            pieces::tokens(share, &share.record.sums.brought_in.0)
        ));
    }
    vec![about, list(items)]
}

/// A pool in words.
fn told_pool(share: &Share<'_>, pool: &PoolSettings) -> String {
    let categories: Vec<String> = pool
        .categories
        .iter()
        .map(|category| match category {
            CategorySettings::Name(name) => name.clone(),
            CategorySettings::WithReward(named) => named.category.clone(),
        })
        .collect();
    let how = match pool.weight {
        WeightOf::Equal => "in equal parts",
        WeightOf::Balance => "in proportion to the balances",
        WeightOf::Log10 => {
            "by the logarithm of the balances: who holds ten times as much gets one step more, not ten times as much"
        }
        WeightOf::Sqrt => {
            "by the square root of the balances: who holds four times as much gets twice as much"
        }
    };
    let amount = pieces::tokens(share, &pool.amount.0);
    format!("Pool {}: {amount} for {}, {how}.", pool.reward, and_list(&categories))
}

/// How many are left after each snapshot.
fn eligibility(share: &Share<'_>) -> Result<Vec<Block>, Problems> {
    let figures = entries(share.statistics, "eligibility");
    let mut categories: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for row in figures {
        let category = field(row, "category");
        if !order.contains(&category) {
            order.push(category.clone());
        }
        categories.entry(category).or_default().push(row);
    }
    let listing = Listing {
        what: "snapshots",
        caption: "Snapshots: rows, addresses with enough, and addresses that had enough at this snapshot and all before it.",
        titles: &["category", "snapshot", "#rows", "#with enough", "#still eligible"],
        has_amounts: false,
        csv: Some("eligibility"),
    };
    let columns = ["category", "snapshot", "rows", "at_or_above_threshold", "still_eligible"];
    let row = |row: &Value| columns.map(|column| text::name(&field(row, column))).to_vec();
    let mut blocks = vec![listing.block(share, figures.iter().map(row).collect(), figures.len())];
    for category in order.iter().take(CATEGORIES_DRAWN) {
        let snapshots = categories.get(category).map_or(&[][..], Vec::as_slice);
        blocks.extend(funnel(share, category, snapshots)?);
    }
    if let Some(target) = share.table_target("used_balances") {
        blocks.push(Block::Link {
            text: "Every eligible address with the balance that counts (CSV)".to_owned(),
            target,
        });
    }
    Ok(blocks)
}

/// The first snapshot's rows, then who is left after each.
fn funnel(share: &Share<'_>, category: &str, snapshots: &[&Value]) -> Result<Option<Block>, Problems> {
    let (Some(first), Some(last)) = (snapshots.first(), snapshots.last()) else { return Ok(None) };
    let count = |row: &Value, column: &str| field(row, column);
    // Names of files are long and much alike: labels say their places, hover texts the names.
    let bar = |label: String, count: String, row: &Value| {
        let told = format!("{count} addresses ({})", text::name(&field(row, "snapshot")));
        (label, value(&count, told))
    };
    let mut bars = vec![bar("all of snapshot 1".to_owned(), count(first, "rows"), first)];
    let chosen = pieces::places(snapshots.len()).into_iter();
    bars.extend(chosen.filter_map(|place| Some((place, *snapshots.get(place)?))).map(|(place, row)| {
        let label =
            if place == 0 { "enough at 1".to_owned() } else { format!("enough at 1 to {}", place + 1) };
        bar(label, count(row, "still_eligible"), row)
    }));
    pieces::chart(Plot {
        name: share.chart_name(&format!("eligible-{category}")),
        title: format!("Eligible addresses: {category}"),
        description: format!(
            "{} addresses stand in the first snapshot; {} are eligible after {}.",
            count(first, "rows"),
            count(last, "still_eligible"),
            counted(snapshots.len(), "snapshot", "snapshots")
        ),
        axes: axes("addresses", ""),
        data: Data::Bars(bars),
    })
}

/// What addresses got, category by category.
fn rewards(share: &Share<'_>) -> Result<Vec<Block>, Problems> {
    let mut blocks = Vec::new();
    let categories = entries(share.statistics, "rewards");
    for (place, figures) in categories.iter().enumerate() {
        let category = field(figures, "category");
        blocks.push(Block::heading(category.clone()));
        let columns: Vec<String> = entries(figures, "columns").iter().map(text_of).collect();
        let eligible = field(figures, "eligible");
        if eligible == "0" || columns.is_empty() {
            let why = if columns.is_empty() { "It is in no pool." } else { "Nobody was eligible." };
            blocks.push(Block::text(why));
            continue;
        }
        blocks.push(Block::facts([
            ("eligible addresses", eligible),
            ("they got", pieces::tokens(share, &field(figures, "sum"))),
            ("in the columns", and_list(&columns)),
        ]));
        if place < CATEGORIES_DRAWN {
            blocks.extend(histogram(share, &category, figures)?);
            blocks.extend(scatter(share, &category, figures)?);
        }
        for (what, caption) in [("largest", "The largest rewards."), ("smallest", "The smallest rewards.")] {
            blocks.push(extremes(share, figures, &format!("{what}-{}", place + 1), what, caption));
        }
    }
    Ok(blocks)
}

/// The table of the largest or smallest.
fn extremes(share: &Share<'_>, figures: &Value, anchor: &str, what: &str, caption: &str) -> Block {
    let listing = Listing {
        what: anchor,
        caption,
        titles: &["address", "#balance", "#reward"],
        has_amounts: true,
        csv: None,
    };
    let rows: Vec<Vec<String>> = entries(figures, what)
        .iter()
        .map(|row| {
            let [address, balance, reward] = three(row);
            vec![address, balance, pieces::amount(share, &reward)]
        })
        .collect();
    let total = rows.len();
    listing.block(share, rows, total)
}

/// The texts of a list of three.
fn three(row: &Value) -> [String; 3] {
    let mut texts = row.as_array().into_iter().flatten().map(text_of);
    [(); 3].map(|()| texts.next().unwrap_or_default())
}

/// How many rewards are how large, on a logarithmic scale.
fn histogram(share: &Share<'_>, category: &str, figures: &Value) -> Result<Option<Block>, Problems> {
    let bins: Vec<[String; 3]> = entries(figures, "histogram").iter().map(three).collect();
    let (bars, is_wide) = bars(&bins);
    let described = bars.iter().max_by_key(|bar| bar.count);
    let Some(most) = described else { return Ok(None) };
    let range = |bar: &Bar<'_>| {
        format!("{} to {}", text::plain(bar.from), pieces::tokens(share, bar.to).replace(".00 ", " "))
    };
    let description = format!(
        "Most addresses, {} of {}, got {}.",
        most.count,
        bars.iter().map(|bar| bar.count).sum::<u64>(),
        range(most)
    );
    let data = bars.iter().map(|bar| {
        let text = format!("{} got {}", counted(bar.count, "address", "addresses"), range(bar));
        (pieces::float(bar.from), pieces::float(bar.to), value(&bar.count.to_string(), text))
    });
    pieces::chart(Plot {
        name: share.chart_name(&format!("rewards-{category}")),
        title: format!("Rewards by size: {category}"),
        description,
        axes: Axes { x_log: is_wide, ..axes(pieces::symbol(share), "addresses") },
        data: Data::Histogram(data.collect()),
    })
}

/// A bar of the histogram.
struct Bar<'a> {
    from: &'a str,
    to: &'a str,
    count: u64,
}

/// Bins joined to bars: over several powers of ten each of them is parted at 1, 2 and 5; else
/// neighbours are joined until there are few enough. And whether a logarithmic scale suits them.
fn bars(bins: &[[String; 3]]) -> (Vec<Bar<'_>>, bool) {
    let place = |text: &str| -> (i32, u32) {
        // The exponent of ten and the two leading digits.
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let whole = whole.trim_start_matches('0');
        let (digits, exponent) = if whole.is_empty() {
            let rest = fraction.trim_start_matches('0');
            (rest.to_owned(), -1 - i32::try_from(fraction.len() - rest.len()).unwrap_or_default())
        } else {
            (format!("{whole}{fraction}"), i32::try_from(whole.len()).unwrap_or_default() - 1)
        };
        let leading: String = digits.chars().chain("00".chars()).take(2).collect();
        (exponent, leading.parse().unwrap_or(10))
    };
    let index = |(exponent, leading): (i32, u32)| exponent * 90 + i32::try_from(leading).unwrap_or(10) - 10;
    let ends = bins.first().zip(bins.last());
    let (first, span) = ends.map_or((0, 0), |(first, last)| {
        let [first, last] = [first, last].map(|[from, ..]| index(place(from)));
        (first, last - first + 1)
    });
    let joined = u32::try_from(span).unwrap_or_default().div_ceil(NARROW_BARS).max(1);
    let group = |from: &str| -> (i32, u32) {
        let (exponent, leading) = place(from);
        if span > 90 {
            (
                exponent,
                if leading < 20 {
                    1
                } else if leading < 50 {
                    2
                } else {
                    5
                },
            )
        } else {
            (0, u32::try_from(index((exponent, leading)) - first).unwrap_or_default() / joined)
        }
    };
    let mut bars: Vec<((i32, u32), Bar<'_>)> = Vec::new();
    for [from, to, count] in bins {
        let (group, count) = (group(from), count.parse().unwrap_or_default());
        match bars.last_mut() {
            Some((last, bar)) if *last == group => {
                bar.to = to;
                bar.count += count;
            }
            _ => bars.push((group, Bar { from, to, count })),
        }
    }
    (bars.into_iter().map(|(_, bar)| bar).collect(), span > 90)
}

/// Balance against reward, of a sample where there are many.
fn scatter(share: &Share<'_>, category: &str, figures: &Value) -> Result<Option<Block>, Problems> {
    let sample = entries(figures, "sample");
    let kept = ["largest", "smallest"].into_iter().flat_map(|what| entries(figures, what));
    let mut rows: Vec<[String; 3]> = sample.iter().chain(kept).map(three).collect();
    rows.sort();
    rows.dedup();
    rows.truncate(POINTS_MOST);
    let is_drawn = |(balance, reward, _): &(f64, f64, String)| *balance > 0.0 && *reward > 0.0;
    let points = rows.iter().map(|[address, balance, reward]| {
        let told =
            format!("{}: balance {balance}, {}", text::short_address(address), pieces::tokens(share, reward));
        (pieces::float(balance), pieces::float(reward), told)
    });
    let points: Vec<_> = points.filter(is_drawn).collect();
    if points.is_empty() {
        return Ok(None);
    }
    let eligible = field(figures, "eligible");
    let all = points.len().to_string() == eligible;
    let which = if all {
        format!("All {eligible} eligible addresses.")
    } else {
        format!(
            "{} of {eligible} eligible addresses: every so many in the order of addresses, the largest and the smallest.",
            points.len()
        )
    };
    pieces::chart(Plot {
        name: share.chart_name(&format!("balances-{category}")),
        title: format!("Balance and reward: {category}"),
        description: which,
        axes: Axes { x_log: true, ..axes("balance", pieces::symbol(share)) },
        data: Data::Scatter { points, line: None },
    })
}
