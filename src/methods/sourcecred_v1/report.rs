//! What the pages show of sourcecred-v1: the table of amounts and the statistics.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Sound, Vested, is_dust};
use crate::amount::Amount;
use crate::methods::{ReportTable, json_value};
use crate::recipient::Key;
use crate::tables::Cell;

/// The figures of an allocation; amounts in token units.
#[derive(Debug, Serialize)]
struct Statistics {
    rows: usize,
    recipients: usize,
    sum_in_file: String,
    /// What became of amounts as given above the declared pool: `recorded`, or `dust`.
    above_pool: Option<&'static str>,
}

/// The figures for the pages.
pub(super) fn statistics(sound: &Sound<'_>, decimals: u8) -> Value {
    let Sound { declared, pool, vested, .. } = sound;
    let excess = vested.sum.checked_sub(*declared).filter(|excess| *excess != Amount::ZERO);
    let as_given = sound.settings.amounts == super::Amounts::AsGiven;
    let above_pool = excess.filter(|_| as_given).and_then(|excess| {
        if *pool == vested.sum { Some("recorded") } else { is_dust(excess, *declared).then_some("dust") }
    });
    json_value(&Statistics {
        rows: vested.rows.values().map(Vec::len).sum(),
        recipients: vested.amounts.len(),
        sum_in_file: vested.sum.to_text(decimals),
        above_pool,
    })
}

/// One row a recipient: by what they get, the most first, then by address, name and key.
pub(super) fn table(vested: &Vested, given: &BTreeMap<Key, Amount>, decimals: u8) -> ReportTable {
    let name = |key: &Key| vested.people.get(key).map_or("", |person| person.name.as_str());
    let mut rows: Vec<(&Key, Amount, Amount)> = vested
        .amounts
        .iter()
        .map(|(key, in_file)| (key, *in_file, given.get(key).copied().unwrap_or_default()))
        .collect();
    rows.sort_by_key(|(key, _, amount)| (Reverse(*amount), key.address(), name(key), *key));
    let rows = rows.into_iter().map(|(key, in_file, amount)| {
        vec![
            Cell::Text(name(key).to_owned()),
            Cell::Plain(key.address().map_or_else(String::new, |address| address.to_string())),
            Cell::Plain(in_file.to_text(decimals)),
            Cell::Plain(amount.to_text(decimals)),
        ]
    });
    ReportTable::new("sourcecred", &["recipient", "address", "in_file", "amount"], rows)
}
