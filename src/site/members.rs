//! The board of members: everybody who has a page, those who received most first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::directory::{Directory, MEMBERS_LISTED_MOST, RECIPIENTS_MANY};
use super::view::{Frame, Link, Money, parts_of_bars};
use crate::amount::{Amount, Balance};
use crate::error::{Error, Shown};
use crate::report::chart::{self, Axes, Chart, Data, Plot};
use crate::statement::HELD;

/// How many members the chart shows.
const CHARTED: usize = 20;

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
    let entries = directory.entries(person).map(|(round, _)| directory.first_revision(round));
    let mut rounds: Vec<usize> = entries.collect();
    rounds.sort_unstable();
    rounds.dedup();
    let decimals = material.ledger.token.decimals;
    let held = material.people.get(person).and_then(|found| found.held_in(material.carry, decimals).ok());
    let [waiting, overpaid] = held.unwrap_or_default(); // read before
    let title = |round: Option<&usize>| round.map_or_else(String::new, |at| directory.round_title(*at));
    MemberRow {
        rank,
        link: directory.member_link(person),
        rounds: rounds.len(),
        first: title(rounds.first()),
        last: title(rounds.last()),
        held: Money::of_balance(Balance::between(overpaid, waiting), material),
        received: Money::new(directory.received(person), material),
    }
}

/// The first members, by what they received it from.
fn chart_of(directory: &Directory<'_>, ranked: &[usize]) -> Result<Option<Chart>, Error> {
    let material = directory.material;
    let symbol = Shown::from(&material.ledger.token.symbol).to_string();
    let first: Vec<(usize, BTreeMap<&str, Amount>)> =
        ranked.iter().take(CHARTED).map(|person| (*person, by_allocation(directory, *person))).collect();
    let bars = first.iter().map(|(person, amounts)| (directory.member_name(*person), amounts));
    let (series, bars) = parts_of_bars(bars.collect(), material);
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
    let mut taken = Amount::ZERO;
    for (_, entry) in directory.entries(person) {
        let sum = match entry.state.pays() {
            Some(true) => amounts.entry(&entry.allocation).or_default(),
            Some(false) => &mut taken,
            None => continue,
        };
        *sum = sum.checked_add(entry.amount).unwrap_or(*sum);
    }
    // What was taken off later was taken from nothing in particular: from what was held first.
    let (held, others): (Vec<_>, Vec<_>) = amounts.iter_mut().partition(|(name, _)| **name == HELD);
    for (_, amount) in held.into_iter().chain(others) {
        let part = taken.min(*amount);
        *amount = amount.checked_sub(part).unwrap_or_default();
        taken = taken.checked_sub(part).unwrap_or_default();
    }
    amounts
}
