//! What the sections of all methods are put together from: figures as members read them, tables that
//! are cut where a page would grow too long, charts.
//!
//! Figures come as decimal text from tables and statistics and are rounded as text, so that a number
//! of 80 digits is shown as right as one of three; a float is made of it for a drawing only.

use serde::de::DeserializeOwned;

use super::super::Share;
use super::super::chart::{self, Axes, Data, Plot, Value};
use super::super::page::{Block, Section, Table};
use super::super::recipients::LISTED_MOST;
use super::super::text;
use crate::amount::Amount;
use crate::error::{Place, Problems};
use crate::tables::{self, Row};

/// Most bars that a chart has for single names; the rest is one bar.
pub const BARS_MOST: usize = 30;
/// Most series of a chart: as many as there are colours; the rest is the last of them.
pub const SERIES_MOST: usize = 8;
/// Most places from left to right in a chart over time; of more, evenly chosen ones are drawn.
pub const PLACES_MOST: usize = 60;
/// Most points of a scatter.
pub const POINTS_MOST: usize = 300;
/// Most characters of a name in a hover text: charts with hundreds of marks stay small.
const HOVER_CHARACTERS: usize = 40;
/// From how many rows on a table can be searched and sorted.
const INTERACTIVE_FROM: usize = 8;

/// The anchor of something in the section of an allocation: unique in the page, since it holds the
/// place of the allocation in the round (names may hold characters that an anchor may not).
pub fn anchor(share: &Share<'_>, what: &str) -> String {
    let mut names = share.material.plan.allocations.iter().map(|allocation| &allocation.name);
    let place = names.position(|name| *name == share.allocation.name).unwrap_or_default() + 1;
    format!("allocation-{place}-{what}")
}

/// The section of an allocation, which is named where another has the same method.
pub fn section(share: &Share<'_>, what: &str, title: &str, blocks: Vec<Block>) -> Section {
    let alike = share.material.shares().filter(|other| other.method == share.method).count();
    let title = if alike > 1 { format!("{title}: {}", share.allocation.name) } else { title.to_owned() };
    Section::new(anchor(share, what), title, blocks)
}

/// The settings of the allocation, those of `ledger.json` laid over them, as its method read them.
pub fn settings<T: DeserializeOwned>(share: &Share<'_>) -> Option<T> {
    let mut settings = share.allocation.settings.clone();
    settings.extend(share.allocation.overrides.clone());
    serde_json::from_value(settings.into()).ok()
}

/// The round's token symbol.
pub fn symbol<'a>(share: &Share<'a>) -> &'a str {
    &share.material.plan.token.symbol
}

/// An amount in token units with the decimals that the ledger shows.
pub fn amount(share: &Share<'_>, decimal: &str) -> String {
    let (decimals, shown) = (share.material.plan.token.decimals, share.material.ledger.display_decimals);
    match Amount::parse(decimal, decimals, &Place::file(""), "amount") {
        Ok(amount) => text::amount(amount, decimals, shown),
        // Sums of the statistics may be beyond an amount.
        Err(_) => rounded(decimal, usize::from(shown.min(decimals))),
    }
}

/// An amount with the token's symbol.
pub fn tokens(share: &Share<'_>, decimal: &str) -> String {
    format!("{} {}", amount(share, decimal), symbol(share))
}

/// A decimal of any length rounded to `digits` behind the point, halves away from zero. What is no
/// decimal (`inf`, nothing) stays as it is.
pub fn rounded(decimal: &str, digits: usize) -> String {
    let (sign, bare) = decimal.strip_prefix('-').map_or(("", decimal), |rest| ("-", rest));
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
        return decimal.to_owned();
    }
    let kept: String = fraction.chars().chain(std::iter::repeat('0')).take(digits).collect();
    let up = fraction.as_bytes().get(digits).is_some_and(|digit| *digit >= b'5');
    let mut all: Vec<u8> = whole.bytes().chain(kept.bytes()).collect();
    let mut carry = up;
    for digit in all.iter_mut().rev().take_while(|_| up) {
        if !carry {
            break;
        }
        carry = *digit == b'9';
        *digit = if carry { b'0' } else { *digit + 1 };
    }
    if carry {
        all.insert(0, b'1');
    }
    let is_zero = all.iter().all(|digit| *digit == b'0');
    let point = all.len() - digits;
    let all: String = all.into_iter().map(char::from).collect();
    let (whole, kept) = all.split_at(point);
    let sign = if is_zero { "" } else { sign };
    if kept.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{kept}") }
}

/// The float of a decimal, for a drawing; 0 for what is none or too large.
pub fn float(decimal: &str) -> f64 {
    decimal.parse().ok().filter(|number: &f64| number.is_finite()).unwrap_or_default()
}

/// A value of a drawing: a count or another decimal with its unit.
pub fn value(decimal: &str, text: impl Into<String>) -> Value {
    Value { number: float(decimal), text: text.into() }
}

/// A value of a drawing: an amount.
pub fn token_value(share: &Share<'_>, decimal: &str) -> Value {
    value(decimal, tokens(share, decimal))
}

/// A name for a hover text: of very long ones the beginning.
pub fn cut(name: &str) -> String {
    let mut shown: String = name.chars().take(HOVER_CHARACTERS).collect();
    if name.chars().nth(HOVER_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}

/// A table that the page shows; what is beyond the most that a page lists stands in the CSV only,
/// which the page links. `what` names table and anchor.
pub struct Listing<'a> {
    /// The anchor's end.
    pub what: &'a str,
    /// One sentence.
    pub caption: &'a str,
    /// Titles of the columns, numbers with `#`.
    pub titles: &'a [&'a str],
    /// Whether it has amounts: the caption says their unit.
    pub has_amounts: bool,
    /// The name of the table of the method that has all of it.
    pub csv: Option<&'a str>,
}

impl Listing<'_> {
    /// The block. `total` is how many rows there are, of which `rows` may be the first only.
    pub fn block(&self, share: &Share<'_>, mut rows: Vec<Vec<String>>, total: usize) -> Block {
        rows.truncate(LISTED_MOST);
        let unit =
            if self.has_amounts { format!(" Amounts are in {}.", symbol(share)) } else { String::new() };
        let caption = format!("{}{unit}", self.caption);
        let mut table = Table::new(&anchor(share, self.what), &caption, self.titles, rows);
        table.interactive = total > INTERACTIVE_FROM;
        table.total = total;
        table.csv = self.csv.and_then(|csv| share.table_target(csv));
        Block::Table(table)
    }

    /// The block of the rows of a table of the method; none where there are no rows.
    pub fn of_rows(
        &self,
        share: &Share<'_>,
        table: &tables::Table,
        cells: impl Fn(Row<'_>) -> Vec<String>,
    ) -> Option<Block> {
        let rows = table.rows().take(LISTED_MOST).map(cells).collect();
        (!table.is_empty()).then(|| self.block(share, rows, table.len()))
    }
}

/// Draws a chart; none where there is nothing to draw.
pub fn chart(plot: Plot) -> Result<Option<Block>, Problems> {
    Ok(chart::draw(plot)?.map(Block::Chart))
}

/// The first of the named columns in which something can be seen.
pub fn name_of(row: Row<'_>, columns: &[&str]) -> String {
    let mut parts = columns.iter().map(|column| row.field(column));
    text::name(parts.find(|part| !text::is_blank(part)).unwrap_or_default())
}

/// Bars of who gets most, from a table whose rows stand by `amount` descending; `lead` begins the
/// description.
pub fn largest_amounts(
    share: &Share<'_>,
    table: &tables::Table,
    columns: &[&str],
    lead: &str,
) -> Result<Option<Block>, Problems> {
    let rows: Vec<Row<'_>> = table.rows().take(BARS_MOST).filter(|row| row.field("amount") != "0").collect();
    let Some(first) = rows.first() else { return Ok(None) };
    let bars = rows.iter().map(|row| (name_of(*row, columns), token_value(share, row.field("amount"))));
    chart(Plot {
        name: share.chart_name("amounts"),
        title: if table.len() > BARS_MOST {
            format!("The {BARS_MOST} largest amounts")
        } else {
            "Amounts".to_owned()
        },
        description: format!(
            "{lead}{} gets most: {}.",
            name_of(*first, columns),
            tokens(share, first.field("amount"))
        ),
        axes: axes(symbol(share), ""),
        data: Data::Bars(bars.collect()),
    })
}

/// A field of a method's statistics as text: a text or a number as it stands, nothing else.
pub fn field(value: &serde_json::Value, key: &str) -> String {
    text_of(value.get(key).unwrap_or(&serde_json::Value::Null))
}

/// A text or a number as text.
pub fn text_of(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A list of a method's statistics; empty where there is none.
pub fn entries<'a>(value: &'a serde_json::Value, key: &str) -> &'a [serde_json::Value] {
    value.get(key).and_then(serde_json::Value::as_array).map_or(&[], Vec::as_slice)
}

/// The titles of the axes, units included.
pub fn axes(x: impl Into<String>, y: impl Into<String>) -> Axes {
    Axes { x: x.into(), y: y.into(), ..Axes::default() }
}

/// The texts of a list block.
pub fn list(items: Vec<String>) -> Block {
    Block::List { items }
}

/// Which of `count` places a chart shows: all, or evenly chosen ones, the first and the last always.
pub fn places(count: usize) -> Vec<usize> {
    if count <= PLACES_MOST {
        return (0..count).collect();
    }
    let last = count - 1;
    let steps = PLACES_MOST - 1;
    (0..PLACES_MOST).map(|place| last / steps * place + last % steps * place / steps).collect()
}

/// `a`, `a and b`, `a, b and c`.
pub fn and_list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_any_length_are_rounded_as_text() {
        for (decimal, digits, shown) in [
            ("0.671341", 3, "0.671"),
            ("0.6715", 3, "0.672"),
            ("9.995", 2, "10.00"),
            ("99", 2, "99.00"),
            ("-0.001", 2, "0.00"),
            ("-1.005", 2, "-1.01"),
            ("0.5", 0, "1"),
            ("inf", 2, "inf"),
            ("", 2, ""),
            (
                "123456789012345678901234567890123456789012.999",
                1,
                "123456789012345678901234567890123456789013.0",
            ),
        ] {
            assert_eq!(rounded(decimal, digits), shown, "{decimal}");
        }
    }

    #[test]
    fn chosen_places_ascend_from_the_first_to_the_last() {
        for count in [0, 1, 2, 119, 120, 121, 500, 250_000] {
            let chosen = places(count);
            assert_eq!(chosen.len(), count.min(PLACES_MOST));
            assert!(chosen.is_sorted_by(|left, right| left < right), "{count}");
            assert_eq!(chosen.last().copied(), count.checked_sub(1));
        }
    }
}
