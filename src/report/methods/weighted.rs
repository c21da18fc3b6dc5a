//! The pages of weighted: the rule that the round's file makes up, in words, and what came of it.

use super::super::Share;
use super::super::chart::{Data, Plot};
use super::super::page::{Block, Section};
use super::super::text::{self, counted, percent_of, plain};
use super::pieces::{self, Listing, and_list, axes, entries, field, list, rounded};
use crate::error::{Problems, Shown};
use crate::methods::weighted_v1::{
    Combine, FilterSetting, LimitSetting, Rows, Settings, TermSetting, Transform,
};
use crate::tables::{Row, Table};

/// The columns that name a recipient: address or key where there is no name.
const NAMES: [&str; 3] = ["recipient", "address", "key"];
/// Digits of weights and percentages.
const DIGITS: usize = 2;
/// Most texts of a filter that the rule names.
const TEXTS_NAMED: usize = 10;
/// Bars of a histogram.
const BARS: usize = 20;

/// The sections of an allocation of this method.
pub fn sections(share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    let table = share.table("weights", &["recipient", "weight", "amount"])?;
    let mut sections = vec![pieces::section(share, "rule", "Weights", rule(share))];
    if let Some(table) = table.filter(|table| !table.is_empty()) {
        sections.push(pieces::section(share, "weights", "Who weighs what", weights(share, &table)?));
        sections.push(pieces::section(share, "limits", "Caps and floors", limits(share, &table)));
    }
    Ok(sections)
}

/// The rule in words, and the figures of the round.
fn rule(share: &Share<'_>) -> Vec<Block> {
    let about = Block::text(
        "Everybody in a table gets a weight, a number made from columns of the table; the pool is divided in proportion to the weights.",
    );
    let statistics = share.statistics;
    let mut items = Vec::new();
    if let Some(settings) = pieces::settings::<Settings>(share) {
        let filters = settings.filters.iter().zip(entries(statistics, "filters"));
        items.extend(filters.map(|(filter, figures)| {
            format!(
                "Only rows count {}: {} of {} that were looked at.",
                told_filter(filter),
                field(figures, "passed"),
                field(figures, "looked_at")
            )
        }));
        items.push(match settings.rows {
            Rows::Refuse => "Everybody has one row.".to_owned(),
            Rows::Add => "Several rows of one recipient are added up first.".to_owned(),
            Rows::Each => {
                "Every row of a recipient gets a weight of its own, and these are added up.".to_owned()
            }
        });
        let terms: Vec<String> = settings.weights.iter().map(told_term).collect();
        items.push(match (terms.as_slice(), settings.combine) {
            ([only], _) => format!("The weight is {only}."),
            (_, Combine::Sum) => format!("The weight is the sum of {}.", and_list(&terms)),
            (_, Combine::Product) => format!("The weight is the product of {}.", and_list(&terms)),
        });
        if let Some(cap) = &settings.cap {
            items.push(format!(
                "Nobody gets more than {}. What that leaves over goes to the others by their weights.",
                limit(share, cap, &field(statistics, "cap"))
            ));
        }
        if let Some(floor) = &settings.floor {
            items.push(format!(
                "Everybody with a weight gets at least {}.",
                limit(share, floor, &field(statistics, "floor"))
            ));
        }
    }
    let facts = Block::facts([
        ("rows of the table", field(statistics, "rows")),
        ("rows that count", field(statistics, "rows_passed")),
        ("recipients", field(statistics, "recipients")),
        ("recipients with a weight", field(statistics, "with_weight")),
        ("sum of all weights", rounded(&field(statistics, "weights"), DIGITS)),
        ("divided", pieces::tokens(share, &share.record.sums.pool.0)),
        ("not divided", pieces::tokens(share, &field(statistics, "unallocated"))),
    ]);
    vec![about, list(items), facts]
}

/// What a filter lets through.
fn told_filter(filter: &FilterSetting) -> String {
    let column = Shown::from(&filter.column);
    let mut parts = Vec::new();
    parts.extend(filter.minimum.as_ref().map(|least| format!("is at least {}", plain(&least.0))));
    parts.extend(filter.maximum.as_ref().map(|most| format!("is at most {}", plain(&most.0))));
    if let Some(texts) = &filter.listed {
        let named: Vec<String> =
            texts.iter().take(TEXTS_NAMED).map(|text| Shown::from(text).to_string()).collect();
        parts.push(match texts.len().saturating_sub(named.len()) {
            0 if named.len() == 1 => format!("is {}", and_list(&named)),
            0 => format!("is one of {}", and_list(&named)),
            more => format!("is one of {} and {more} more", named.join(", ")),
        });
    }
    format!("whose {column} {}", and_list(&parts))
}

/// What a term of the weight is made of.
fn told_term(term: &TermSetting) -> String {
    let column = Shown::from(term.column.as_deref().unwrap_or_default());
    let made = match term.transform {
        Transform::Linear => format!("{column}"),
        Transform::Sqrt => format!("the square root of {column}"),
        Transform::Log10 => format!("the logarithm of 1 + {column} (ten times as much counts one more)"),
        Transform::Equal => "1, the same for everybody".to_owned(),
        Transform::Fibonacci => {
            format!(
                "the Fibonacci number at place {column} + {} (each is the sum of the two before it)",
                term.offset.unwrap_or(2)
            )
        }
    };
    match plain(&term.factor.0).as_str() {
        "1" => made,
        factor => format!("{factor} x {made}"),
    }
}

/// A cap or floor, and what it is in tokens.
fn limit(share: &Share<'_>, setting: &LimitSetting, amount: &str) -> String {
    let tokens = pieces::tokens(share, amount);
    match setting {
        LimitSetting::Share(part) => format!("{} of the pool ({tokens})", percent_of(&part.0)),
        LimitSetting::Amount(_) => tokens,
    }
}

/// The distribution of weights, and who weighs what.
fn weights(share: &Share<'_>, table: &Table) -> Result<Vec<Block>, Problems> {
    let terms: Vec<&str> = table
        .column_names()
        .skip_while(|name| !name.eq_ignore_ascii_case("key"))
        .skip(1)
        .take_while(|name| !name.eq_ignore_ascii_case("weight"))
        .collect();
    let mut titles = vec!["recipient".to_owned()];
    if terms.len() > 1 {
        titles.extend(terms.iter().map(|term| format!("#{}", text::name(term))));
    }
    titles.extend(["#weight", "#% of all weights", "#amount", "at cap or floor"].map(str::to_owned));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let listing = Listing {
        what: "weights-table",
        caption: "Recipients by what they get: terms of the weight, weight, its part of all weights, and amount.",
        titles: &titles,
        has_amounts: true,
        csv: Some("weights"),
    };
    let shown: Vec<String> =
        if terms.len() > 1 { terms.iter().map(|term| term.to_lowercase()).collect() } else { Vec::new() };
    let listed = listing.of_rows(share, table, |row| {
        let figures = shown.iter().map(String::as_str).chain(["weight", "percent"]);
        let figures = figures.map(|column| rounded(row.field(column), DIGITS));
        [pieces::name_of(row, &NAMES)]
            .into_iter()
            .chain(figures)
            .chain([pieces::amount(share, row.field("amount")), row.field("limit").to_owned()])
            .collect()
    });
    let blocks = [histogram(share, table)?, pieces::largest_amounts(share, table, &NAMES, "")?, listed];
    Ok(blocks.into_iter().flatten().collect())
}

/// How many recipients have how large a part of all weights.
fn histogram(share: &Share<'_>, table: &Table) -> Result<Option<Block>, Problems> {
    let percents: Vec<f64> = table
        .rows()
        .filter(|row| row.field("weight") != "0")
        .map(|row| pieces::float(row.field("percent")))
        .collect();
    let most = percents.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return Ok(None);
    }
    let width = bar_width(most);
    let mut counts = [0_usize; BARS];
    for percent in &percents {
        // The first bar whose upper bound is above it; the largest goes into the last.
        let place = (1..BARS).find(|place| *percent < width * *place as f64).unwrap_or(BARS);
        if let Some(count) = counts.get_mut(place - 1) {
            *count += 1;
        }
    }
    let used = counts.iter().rposition(|count| *count > 0).unwrap_or_default() + 1;
    let digits = usize::from(width < 1.0) + usize::from(width < 0.1) + 2 * usize::from(width < 0.01);
    let bars = counts.iter().take(used).enumerate().map(|(place, count)| {
        let (from, to) = (width * place as f64, width * (place + 1) as f64);
        let text = format!(
            "{} with {from:.digits$} to {to:.digits$} % of all weights",
            counted(*count, "recipient", "recipients")
        );
        (from, to, pieces::value(&count.to_string(), text))
    });
    pieces::chart(Plot {
        name: share.chart_name("weights"),
        title: "How weights are distributed".to_owned(),
        description: format!(
            "{} with a weight; the largest weight is {most:.2} % of all.",
            counted(percents.len(), "recipient", "recipients")
        ),
        axes: axes("% of all weights", "recipients"),
        data: Data::Histogram(bars.collect()),
    })
}

/// A width of 1, 2 or 5 times a power of ten, of which at most [`BARS`] reach up to `most`.
fn bar_width(most: f64) -> f64 {
    let widths =
        [0.000_01, 0.000_1, 0.001, 0.01, 0.1, 1.0].into_iter().flat_map(|ten| [ten, 2.0 * ten, 5.0 * ten]);
    let bars = BARS as f64;
    widths.into_iter().find(|width| most < width * bars).unwrap_or(5.0)
}

/// Who was capped, and who was lifted to the floor.
fn limits(share: &Share<'_>, table: &Table) -> Vec<Block> {
    let statistics = share.statistics;
    let (cap, floor) = (field(statistics, "cap"), field(statistics, "floor"));
    if cap.is_empty() && floor.is_empty() {
        return vec![Block::text(
            "The round has neither a cap nor a floor: amounts are in proportion to weights.",
        )];
    }
    let mut facts = Vec::new();
    if !cap.is_empty() {
        facts.push(("the cap", pieces::tokens(share, &cap)));
        facts.push(("recipients at the cap", field(statistics, "at_cap")));
    }
    if !floor.is_empty() {
        facts.push(("the floor", pieces::tokens(share, &floor)));
        facts.push(("recipients at the floor", field(statistics, "at_floor")));
    }
    let listing = Listing {
        what: "limited",
        caption: "Who is at the cap or at the floor. Without it they would have got their part of all weights.",
        titles: &["recipient", "at", "#% of all weights", "#amount"],
        has_amounts: true,
        csv: Some("weights"),
    };
    let limited: Vec<Row<'_>> = table.rows().filter(|row| !row.field("limit").is_empty()).collect();
    let rows = limited.iter().take(super::super::recipients::LISTED_MOST).map(|row| {
        vec![
            pieces::name_of(*row, &NAMES),
            row.field("limit").to_owned(),
            rounded(row.field("percent"), DIGITS),
            pieces::amount(share, row.field("amount")),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let mut blocks = vec![Block::facts(facts)];
    if rows.is_empty() {
        blocks.push(Block::text("Nobody reached it."));
    } else {
        blocks.push(listing.block(share, rows, limited.len()));
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bars_reach_the_largest_part() {
        for most in [0.000_1, 0.03, 0.999, 1.0, 23.262_839, 50.0, 99.999_999] {
            let width = bar_width(most);
            assert!(most < width * BARS as f64, "{most}");
            assert!(width <= 0.000_01 || most >= width * BARS as f64 / 2.6, "{most}: {width} is too wide");
        }
        // Everything belongs to one: the last bar takes it.
        assert!((bar_width(100.0) - 5.0).abs() < f64::EPSILON);
    }
}
