//! What templates see on every page: the frame, amounts, links.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Material;
use crate::amount::{Amount, Balance};
use crate::error::Shown;
use crate::report::chart::Value;
use crate::report::text;

/// How many allocations a chart tells apart.
const SERIES: usize = 7;

/// What stands around every page.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// The community's name.
    pub ledger: String,
    /// The way from the page to the folder of the site: `../../`, or nothing.
    pub root: String,
    /// The part of the site that the page belongs to.
    pub part: &'static str,
    /// The token's symbol.
    pub symbol: String,
    /// The commit from which the site was made.
    pub commit: String,
}

/// An amount as it is shown, and exactly.
#[derive(Debug, Clone, Serialize)]
pub struct Money {
    /// With the ledger's display decimals.
    pub shown: String,
    /// In token units, exact.
    pub exact: String,
}

/// A link.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// What the reader sees.
    pub text: String,
    /// The path from the page; empty where there is no page to link.
    pub target: String,
}

/// A name with a value.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// How much or which.
    pub value: String,
}

impl Frame {
    /// The frame of a page that stands `depth` folders below the site's own.
    pub fn new(material: Material<'_>, part: &'static str, depth: usize) -> Self {
        Self {
            ledger: Shown::from(&material.ledger.name).to_string(),
            root: "../".repeat(depth),
            part,
            symbol: Shown::from(&material.ledger.token.symbol).to_string(),
            commit: material.commit.to_owned(),
        }
    }
}

impl Money {
    /// An amount of the ledger's token.
    pub fn new(amount: Amount, material: Material<'_>) -> Self {
        let decimals = material.ledger.token.decimals;
        Self {
            shown: text::amount(amount, decimals, material.ledger.display_decimals),
            exact: amount.to_text(decimals),
        }
    }
}

impl Money {
    /// An amount of the ledger's token that may lie below zero.
    pub fn of_balance(balance: Balance, material: Material<'_>) -> Self {
        let Self { shown, .. } = Self::new(balance.size(), material);
        Self { shown: text::signed(balance, shown), exact: balance.to_text(material.ledger.token.decimals) }
    }
}

/// An amount of the ledger's token, for a chart.
pub fn value(amount: Amount, material: Material<'_>) -> Value {
    let token = &material.ledger.token;
    Value {
        number: text::number(amount, token.decimals),
        text: format!("{} {}", Money::new(amount, material).shown, Shown::from(&token.symbol)),
    }
}

/// Amounts by allocation as the parts of bars: the series, the largest first, and the parts of each bar.
/// Allocations beyond [`SERIES`] are one series.
pub fn parts_of_bars(
    bars: Vec<(String, &BTreeMap<&str, Amount>)>,
    material: Material<'_>,
) -> (Vec<String>, Vec<(String, Vec<Value>)>) {
    let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
    for (allocation, amount) in bars.iter().flat_map(|(_, amounts)| *amounts) {
        let sum = sums.entry(allocation).or_default();
        *sum = sum.checked_add(*amount).unwrap_or(*sum); // at most the supply
    }
    let mut names: Vec<&str> = sums.keys().copied().collect();
    names.sort_by_key(|name| std::cmp::Reverse(sums.get(name).copied().unwrap_or_default())); // stable
    let others = names.split_off(names.len().min(SERIES));
    let bar = |(title, amounts): (String, &BTreeMap<&str, Amount>)| {
        let of = |name: &&str| amounts.get(*name).copied().unwrap_or_default();
        let mut parts: Vec<Value> = names.iter().map(|name| value(of(name), material)).collect();
        if !others.is_empty() {
            parts.push(value(Amount::sum(others.iter().map(of)).unwrap_or_default(), material));
        }
        (title, parts)
    };
    let bars = bars.into_iter().map(bar).collect();
    let rest = (!others.is_empty()).then(|| "others".to_owned());
    (names.iter().map(|name| Shown::from(*name).to_string()).chain(rest).collect(), bars)
}

impl Fact {
    /// A fact.
    pub fn new(label: &'static str, value: impl Into<String>) -> Self {
        Self { label, value: value.into() }
    }
}

/// A part of a whole in percent, with two decimals; `None` of nothing.
pub fn percent(part: Amount, whole: Amount) -> Option<String> {
    (whole != Amount::ZERO).then(|| {
        let share = part.units() as f64 / whole.units() as f64 * 100.0;
        if part != Amount::ZERO && share < 0.01 {
            "less than 0.01 %".to_owned()
        } else {
            format!("{share:.2} %")
        }
    })
}

/// A decimal cut behind its fourth place: enough for a sentence, where the exact one stands below it.
pub fn short_decimal(text: &str) -> String {
    let Some((whole, fraction)) = text.split_once('.') else { return text.to_owned() };
    let kept: String = fraction.chars().take(4).collect();
    let kept = kept.trim_end_matches('0');
    if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_decimals_read_short() {
        let units = Amount::from_units;
        assert_eq!(percent(units(1), units(3)).as_deref(), Some("33.33 %"));
        assert_eq!(percent(units(1), units(100_000)).as_deref(), Some("less than 0.01 %"));
        assert_eq!(percent(units(0), units(3)).as_deref(), Some("0.00 %"));
        assert_eq!(percent(units(0), units(0)), None);
        for (text, short) in
            [("12", "12"), ("12.5", "12.5"), ("12.123456", "12.1234"), ("12.00001", "12"), ("0.10001", "0.1")]
        {
            assert_eq!(short_decimal(text), short);
        }
    }
}
