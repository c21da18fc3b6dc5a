//! The board of members: everybody who has a page, those who received most first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::directory::{Directory, MEMBERS_LISTED_MOST, RECIPIENTS_MANY};
use super::view::{Frame, Link, Money, number};
use crate::amount::Amount;
use crate::entries::State;
use crate::error::{Error, Place, Shown};
use crate::report::chart::{self, Axes, Chart, Data, Plot, Value};
use crate::statement::CARRY_FILE;

/// How many members the chart shows.
const CHARTED: usize = 20;
/// How many allocations the chart tells apart.
const SERIES: usize = 7;

/// The board.
#[derive(Debug, Serialize)]
pub struct MembersPage {
    site: Frame,
    chart: Option<Chart>,
    members: Vec<MemberRow>,
    /// How many people and teams got something.
    total: usize,
    many: usize,
    most: usize,
}

/// A member in a line.
#[derive(Debug, Serialize)]
struct MemberRow {
    rank: usize,
    link: Link,
    rounds: usize,
    first: String,
    last: String,
    held: Money,
    received: Money,
}

/// The board of members.
pub fn page(directory: &Directory<'_>) -> Result<MembersPage, Error> {
    let material = directory.material;
    let ranked = directory.ranked();
    let rows = (1..).zip(&ranked).map(|(rank, person)| row(directory, rank, *person));
    Ok(MembersPage {
        site: Frame::new(material, "members", 0),
        chart: chart_of(directory, &ranked)?,
        members: rows.collect(),
        total: material.people.len(),
        many: RECIPIENTS_MANY,
        most: MEMBERS_LISTED_MOST,
    })
}

fn row(directory: &Directory<'_>, rank: usize, person: usize) -> MemberRow {
    let material = directory.material;
    let mut rounds: Vec<usize> = directory.entries(person).map(|(round, _)| round).collect();
    rounds.dedup();
    let waiting = material.people.get(person).map_or_else(Vec::new, |person| {
        material.carry.held.iter().filter(|held| person.keys.contains(&held.key)).collect()
    });
    let decimals = material.ledger.token.decimals;
    let held = waiting
        .into_iter()
        .filter_map(|held| Amount::parse(&held.amount.0, decimals, &Place::file(CARRY_FILE), "amount").ok());
    let title = |round: Option<&usize>| round.map_or_else(String::new, |at| directory.round_title(*at));
    MemberRow {
        rank,
        link: directory.member_link(Some(person), "", ""),
        rounds: rounds.len(),
        first: title(rounds.first()),
        last: title(rounds.last()),
        held: Money::new(Amount::sum(held).unwrap_or_default(), material),
        received: Money::new(directory.received(person), material),
    }
}

/// The first members, by what they received it from.
fn chart_of(directory: &Directory<'_>, ranked: &[usize]) -> Result<Option<Chart>, Error> {
    let material = directory.material;
    let (symbol, decimals) =
        (Shown::from(&material.ledger.token.symbol).to_string(), material.ledger.token.decimals);
    let first: Vec<(usize, BTreeMap<&str, Amount>)> =
        ranked.iter().take(CHARTED).map(|person| (*person, by_allocation(directory, *person))).collect();
    let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
    for (allocation, amount) in first.iter().flat_map(|(_, amounts)| amounts) {
        let sum = sums.entry(allocation).or_default();
        *sum = sum.checked_add(*amount).unwrap_or(*sum);
    }
    let mut series: Vec<&str> = sums.keys().copied().collect();
    series.sort_by_key(|allocation| std::cmp::Reverse(sums.get(allocation).copied().unwrap_or_default()));
    let others = series.split_off(series.len().min(SERIES));
    let value = |amount: Amount| Value {
        number: number(amount, decimals),
        text: format!("{} {symbol}", Money::new(amount, material).shown),
    };
    let bars = first.iter().map(|(person, amounts)| {
        let of = |name: &&str| amounts.get(*name).copied().unwrap_or_default();
        let mut parts: Vec<Value> = series.iter().map(|name| value(of(name))).collect();
        if !others.is_empty() {
            parts.push(value(Amount::sum(others.iter().map(of)).unwrap_or_default()));
        }
        (directory.member_name(*person), parts)
    });
    let bars = bars.collect();
    let mut series: Vec<String> = series.into_iter().map(|name| Shown::from(name).to_string()).collect();
    if !others.is_empty() {
        series.push("others".to_owned());
    }
    chart::draw(Plot {
        name: "members".to_owned(),
        title: "Who received most".to_owned(),
        description: format!(
            "The {} who received most over all rounds, by the part of the rounds that it came from.",
            first.len()
        ),
        axes: Axes { x: symbol.clone(), ..Axes::default() },
        data: Data::Stacked { series, bars },
    })
}

/// What a person received, by allocation.
fn by_allocation<'a>(directory: &Directory<'a>, person: usize) -> BTreeMap<&'a str, Amount> {
    let mut amounts: BTreeMap<&str, Amount> = BTreeMap::new();
    for (_, entry) in directory.entries(person) {
        if matches!(entry.state, State::Paid | State::Released) {
            let sum = amounts.entry(&entry.allocation).or_default();
            *sum = sum.checked_add(entry.amount).unwrap_or(*sum);
        }
    }
    amounts
}
