//! What the pages show of weighted-v1: the table `weights` and the statistics.

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::Value;

use super::divided::Divided;
use super::limits::Limit;
use super::rows::Entries;
use super::rule::Rule;
use super::terms::{DECIMALS, Weighed};
use crate::amount::{Amount, Product, Weight, scaled_text};
use crate::error::Shown;
use crate::methods::{ReportTable, Request, json_value};
use crate::recipient::Key;
use crate::tables::Cell;

/// Decimals of a percentage.
const PERCENT_DECIMALS: u8 = 6;
/// A whole in units of 1e-6 percent.
const WHOLE: u64 = 100_000_000;

/// All that the report tells of.
pub(super) struct Report<'a> {
    pub request: &'a Request<'a>,
    pub pool: Amount,
    pub rule: &'a Rule,
    pub entries: &'a Entries,
    pub weighed: &'a [Weighed<'a>],
    pub divided: &'a Divided,
}

/// The figures of an allocation.
#[derive(Debug, Serialize)]
struct Statistics {
    rows: usize,
    rows_passed: usize,
    filters: Vec<FilterStatistics>,
    recipients: usize,
    with_weight: usize,
    weights: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<String>,
    at_cap: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<String>,
    at_floor: usize,
    unallocated: String,
}

/// What a filter did.
#[derive(Debug, Serialize)]
struct FilterStatistics {
    column: String,
    looked_at: usize,
    passed: usize,
}

impl Report<'_> {
    /// One row a recipient, in the order of distribution.csv. `percent` is the part of all weights,
    /// rounded down; cap and floor come after it.
    pub fn table(&self) -> ReportTable {
        let terms: Vec<String> =
            self.rule.terms.iter().zip(1..).map(|(term, number)| term.title(number)).collect();
        let mut header = vec!["recipient", "address", "key"];
        header.extend(terms.iter().map(String::as_str));
        header.extend(["weight", "percent", "amount", "limit"]);
        let sum = self.sum_of_weights();
        let mut lines: Vec<Line<'_>> = self.lines().collect();
        lines.sort_unstable_by(|left, right| left.order().cmp(&right.order()));
        let decimals = self.request.decimals();
        ReportTable::new("weights", &header, lines.iter().map(|line| line.cells(sum, decimals)))
    }

    /// The recipients with all that is told of them.
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let figures = self.divided.parts.iter().zip(&self.divided.settlement.limits);
        self.weighed.iter().zip(figures).map(|(weighed, (amount, limit))| {
            let person = self.entries.people.get(weighed.key).map(|entry| &entry.person);
            Line {
                name: person.map_or("", |person| person.name.as_str()),
                weighed,
                amount: *amount,
                limit: *limit,
            }
        })
    }

    /// The sum of all weights, which fits: it was added up before.
    fn sum_of_weights(&self) -> Weight {
        self.weighed.iter().fold(Weight::ZERO, |sum, weighed| sum.saturating_add(weighed.weight))
    }

    /// The figures for the pages.
    pub fn statistics(&self) -> Value {
        let filters = self.rule.filters.iter().zip(&self.entries.passes);
        let text = |amount: Amount| amount.to_text(self.request.decimals());
        let given = Amount::sum(self.divided.parts.iter().copied());
        let settlement = &self.divided.settlement;
        json_value(&Statistics {
            rows: self.entries.rows,
            rows_passed: self.entries.rows_passed,
            filters: filters
                .map(|(filter, passes)| FilterStatistics {
                    column: Shown::from(&filter.column).to_string(),
                    looked_at: passes.looked_at,
                    passed: passes.passed,
                })
                .collect(),
            recipients: self.weighed.len(),
            with_weight: settlement.with_weight,
            weights: scaled_text(self.sum_of_weights(), DECIMALS),
            cap: self.rule.cap.map(text),
            at_cap: settlement.at_cap,
            floor: self.rule.floor.map(text),
            at_floor: settlement.at_floor,
            unallocated: text(given.and_then(|given| self.pool.checked_sub(given)).unwrap_or_default()),
        })
    }
}

/// A recipient with all that is told of them.
struct Line<'a> {
    name: &'a str,
    weighed: &'a Weighed<'a>,
    amount: Amount,
    limit: Option<Limit>,
}

impl Line<'_> {
    /// As distribution.csv orders its rows.
    fn order(&self) -> impl Ord {
        let key = self.weighed.key;
        (Reverse(self.amount), key.address(), self.name, key)
    }

    fn cells(&self, sum: Weight, decimals: u8) -> Vec<Cell> {
        let (address, key) = match self.weighed.key {
            Key::Address(address) => (address.to_string(), String::new()),
            Key::Text(key) => (String::new(), key.to_string()),
        };
        let weight = |weight: &Weight| Cell::Plain(scaled_text(*weight, DECIMALS));
        let mut cells = vec![Cell::Text(self.name.to_owned()), Cell::Plain(address), Cell::Text(key)];
        cells.extend(self.weighed.terms.iter().map(weight));
        cells.push(weight(&self.weighed.weight));
        cells.push(Cell::Plain(percent_text(self.weighed.weight, sum)));
        cells.push(Cell::Plain(self.amount.to_text(decimals)));
        cells.push(Cell::Plain(self.limit.map_or("", Limit::text).to_owned()));
        cells
    }
}

impl Limit {
    /// As the table spells it.
    fn text(self) -> &'static str {
        match self {
            Self::Cap => "cap",
            Self::Floor => "floor",
        }
    }
}

/// The part of the sum in percent, rounded down, always with 6 decimals.
fn percent_text(weight: Weight, sum: Weight) -> String {
    let part: Product = weight.widening_mul(Weight::from(WHOLE));
    let part = part.checked_div(Product::from(sum)).unwrap_or_default();
    let part: u64 = part.wrapping_to(); // at most the whole
    let one = WHOLE / 100;
    format!("{}.{:0width$}", part / one, part % one, width = usize::from(PERCENT_DECIMALS))
}
