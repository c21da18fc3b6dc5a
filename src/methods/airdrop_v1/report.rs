//! The tables of the report: how many were eligible, and with which balance.

use std::io::Write;

use serde::Serialize;
use serde_json::Value;

use super::figures::{CategoryFigures, Given};
use super::snapshots::Category;
use crate::amount::Amount;
use crate::methods::{ReportTable, json_value};
use crate::tables::Cell;

/// The figures of a snapshot.
#[derive(Debug, Serialize)]
struct SnapshotFigures<'a> {
    category: &'a str,
    snapshot: &'a str,
    rows: usize,
    at_or_above_threshold: usize,
    still_eligible: usize,
}

/// The statistics of an airdrop.
#[derive(Debug, Serialize)]
struct Statistics<'a> {
    eligibility: Vec<SnapshotFigures<'a>>,
    rewards: Vec<RewardFigures<'a>>,
}

/// What the eligible addresses of a category get for it; amounts in token units.
#[derive(Debug, Serialize)]
struct RewardFigures<'a> {
    category: &'a str,
    columns: Vec<String>,
    eligible: usize,
    sum: String,
    /// The lower bound of a bin, the upper one, and how many rewards lie in it. Zero has none.
    histogram: Vec<(String, String, usize)>,
    /// Address, balance, reward.
    largest: Vec<[String; 3]>,
    smallest: Vec<[String; 3]>,
    sample: Vec<[String; 3]>,
}

/// Eligibility, and what was given, as JSON.
pub(super) fn statistics(
    categories: &[Category],
    given: Vec<CategoryFigures>,
    balance_decimals: u8,
    decimals: u8,
) -> Value {
    let row = |given: &Given| {
        let balance = Amount::from_units(given.balance).to_text(balance_decimals);
        [given.address.to_string(), balance, given.reward.to_text(decimals)]
    };
    let rows = |list: &[Given]| list.iter().map(row).collect();
    let text = |units| Amount::from_units(units).to_text(decimals);
    let rewards = categories.iter().zip(given).map(|(category, given)| RewardFigures {
        category: &category.label,
        eligible: category.eligible.len(),
        sum: given.sum.to_text(decimals),
        histogram: given.bins().map(|(from, to, count)| (text(from), text(to), count)).collect(),
        largest: rows(&given.largest),
        smallest: rows(&given.smallest),
        sample: rows(&given.sample),
        columns: given.columns,
    });
    json_value(&Statistics { eligibility: figures(categories).collect(), rewards: rewards.collect() })
}

/// The figures of all snapshots, in order.
fn figures(categories: &[Category]) -> impl Iterator<Item = SnapshotFigures<'_>> {
    categories.iter().flat_map(|category| {
        category.snapshots.iter().map(|counts| SnapshotFigures {
            category: &category.label,
            snapshot: counts.path.rsplit('/').next().unwrap_or_default(),
            rows: counts.rows,
            at_or_above_threshold: counts.at_or_above_threshold,
            still_eligible: counts.still_eligible,
        })
    })
}

/// How many rows each snapshot has, how many with enough, and how many are eligible up to it.
pub(super) fn eligibility(categories: &[Category]) -> ReportTable {
    let header = ["category", "snapshot", "rows", "at_or_above_threshold", "still_eligible"];
    let rows = figures(categories).map(|figures| {
        let counts = [figures.rows, figures.at_or_above_threshold, figures.still_eligible];
        let names = [figures.category, figures.snapshot].map(|name| Cell::Text(name.to_owned()));
        names.into_iter().chain(counts.map(|count| Cell::Plain(count.to_string()))).collect()
    });
    ReportTable::new("eligibility", &header, rows)
}

/// One row an eligible address, ascending; one column a category with the balance that counts, empty
/// where the address is not eligible. Written straight to bytes: it may have millions of rows, and
/// addresses, numbers and names of categories need no quotes.
pub(super) fn used_balances(categories: &[Category], decimals: u8) -> ReportTable {
    let header: Vec<&str> =
        ["address"].into_iter().chain(categories.iter().map(|category| category.label.as_str())).collect();
    let mut bytes = (header.join(",") + "\n").into_bytes();
    let mut left: Vec<_> = categories.iter().map(|category| category.eligible.iter().peekable()).collect();
    while let Some(address) = left.iter_mut().filter_map(|left| left.peek()).map(|next| next.address).min() {
        let _ = write!(bytes, "{address}"); // writing to memory cannot fail
        for left in &mut left {
            bytes.push(b',');
            if let Some(holding) = left.next_if(|next| next.address == address) {
                let balance = Amount::from_units(holding.balance()).to_text(decimals);
                bytes.extend_from_slice(balance.as_bytes());
            }
        }
        bytes.push(b'\n');
    }
    ReportTable { name: "used_balances".to_owned(), bytes }
}
