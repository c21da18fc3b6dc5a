//! Trends across the rounds: amounts by allocation, how many took part, how evenly it was shared.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::directory::Directory;
use super::view::{Frame, Link, Money, parts_of_bars};
use crate::amount::{Amount, Balance};
use crate::error::{Error, Shown};
use crate::report::chart::{self, Axes, Chart, Data, Plot, Value};

/// The page.
#[derive(Debug, Serialize)]
pub struct TrendsPage {
    site: Frame,
    charts: Vec<Chart>,
    rounds: Vec<TrendRow>,
}

/// A round in a line.
#[derive(Debug, Serialize)]
struct TrendRow {
    link: Link,
    given: Money,
    recipients: usize,
    new: usize,
    left: usize,
    median: Money,
    largest: Money,
    half: usize,
}

/// A round in numbers, with its amendments.
#[derive(Debug, Default)]
struct Trend<'a> {
    /// The place of its first closing.
    at: usize,
    /// What each person was given, largest first.
    shares: Vec<Amount>,
    given: Amount,
    by_allocation: BTreeMap<&'a str, Amount>,
    people: BTreeSet<usize>,
    new: usize,
    left: usize,
}

/// The trends.
pub fn page(directory: &Directory<'_>) -> Result<TrendsPage, Error> {
    let trends = trends(directory);
    let rows = trends.iter().map(|trend| row(directory, trend));
    let charts = [amounts(directory, &trends)?, people(directory, &trends)?, halves(directory, &trends)?];
    Ok(TrendsPage {
        site: Frame::new(directory.material, "trends", 0),
        charts: charts.into_iter().flatten().collect(),
        rounds: rows.collect(),
    })
}

/// What a round gave as it stands now, by person and by allocation.
#[derive(Debug, Default)]
struct Given<'a> {
    shares: BTreeMap<usize, Balance>,
    by_allocation: BTreeMap<&'a str, Balance>,
}

/// What each round gave, by the place of its first closing: what amendments add and take back counts
/// there. What was released or expired was given in an earlier round.
fn given<'a>(directory: &Directory<'a>) -> BTreeMap<usize, Given<'a>> {
    let mut rounds: BTreeMap<usize, Given<'a>> = BTreeMap::new();
    for (at, round) in directory.material.rounds.iter().enumerate() {
        let sums = rounds.entry(directory.first_revision(at)).or_default();
        for (place, entry) in round.booked.entries.iter().enumerate() {
            let (Some(gives), Some(person)) = (entry.state.gives(), directory.owner(at, place)) else {
                continue;
            };
            let amount = if gives { entry.amount.into() } else { Balance::minus(entry.amount) };
            let share = sums.shares.entry(person).or_default();
            // Sums are at most the pools.
            for sum in [share, sums.by_allocation.entry(&entry.allocation).or_default()] {
                *sum = sum.checked_add(amount).unwrap_or(*sum);
            }
        }
    }
    rounds
}

/// All rounds in numbers.
fn trends<'a>(directory: &Directory<'a>) -> Vec<Trend<'a>> {
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut trends: Vec<Trend<'a>> = Vec::new();
    for (at, given) in given(directory) {
        let mut trend = Trend { at, ..Trend::default() };
        let above_zero = |sum: Balance| sum.amount().filter(|sum| *sum != Amount::ZERO);
        let shares = given.shares.into_iter().filter_map(|(person, sum)| Some((person, above_zero(sum)?)));
        let shares: BTreeMap<usize, Amount> = shares.collect();
        let by_allocation = given.by_allocation.into_iter();
        trend.by_allocation =
            by_allocation.filter_map(|(name, sum)| Some((name, above_zero(sum)?))).collect();
        trend.given = Amount::sum(shares.values().copied()).unwrap_or_default();
        trend.people = shares.keys().copied().collect();
        trend.shares = shares.into_values().collect();
        trend.shares.sort_by(|left, right| right.cmp(left));
        trend.new = trend.people.iter().filter(|person| seen.insert(**person)).count();
        let before = trends.last().map(|before| &before.people);
        trend.left = before.map_or(0, |before| before.difference(&trend.people).count());
        trends.push(trend);
    }
    trends
}

impl Trend<'_> {
    /// The fewest people who were given more than half of it together: the Nakamoto coefficient.
    fn half(&self) -> usize {
        let mut left = self.given.units() / 2;
        for (count, share) in (1..).zip(&self.shares) {
            match left.checked_sub(share.units()) {
                Some(rest) => left = rest,
                None => return count,
            }
        }
        self.shares.len()
    }
}

fn row(directory: &Directory<'_>, trend: &Trend<'_>) -> TrendRow {
    let money = |amount: Option<&Amount>| Money::new(amount.copied().unwrap_or_default(), directory.material);
    TrendRow {
        link: directory.round_link(trend.at, ""),
        given: money(Some(&trend.given)),
        recipients: trend.people.len(),
        new: trend.new,
        left: trend.left,
        median: money(trend.shares.get(trend.shares.len() / 2)),
        largest: money(trend.shares.first()),
        half: trend.half(),
    }
}

/// The titles of the rounds.
fn titles(directory: &Directory<'_>, trends: &[Trend<'_>]) -> Vec<String> {
    trends.iter().map(|trend| directory.round_title(trend.at)).collect()
}

/// What the rounds gave, by allocation.
fn amounts(directory: &Directory<'_>, trends: &[Trend<'_>]) -> Result<Option<Chart>, Error> {
    let material = directory.material;
    let symbol = Shown::from(&material.ledger.token.symbol).to_string();
    let columns = titles(directory, trends).into_iter().zip(trends);
    let columns = columns.map(|(title, trend)| (title, &trend.by_allocation)).collect();
    let (series, columns) = parts_of_bars(columns, material);
    chart::draw(Plot {
        name: "trends.amounts".to_owned(),
        title: "Given in each round".to_owned(),
        description: format!("What {} rounds gave, by the part of the round it came from.", trends.len()),
        axes: Axes { y: symbol.clone(), ..Axes::default() },
        data: Data::Columns { series, columns },
    })
}

/// A count as a value.
fn count(number: usize, unit: &str) -> Value {
    Value { number: number as f64, text: format!("{number} {unit}") }
}

/// How many took part, and how many of them for the first time.
fn people(directory: &Directory<'_>, trends: &[Trend<'_>]) -> Result<Option<Chart>, Error> {
    let all = trends.iter().map(|trend| Some(count(trend.people.len(), "recipients")));
    let new = trends.iter().map(|trend| Some(count(trend.new, "new")));
    chart::draw(Plot {
        name: "trends.people".to_owned(),
        title: "Recipients in each round".to_owned(),
        description: "How many were given something, and how many of them for the first time.".to_owned(),
        axes: Axes { y: "recipients".to_owned(), ..Axes::default() },
        data: Data::Lines {
            labels: titles(directory, trends),
            lines: vec![("recipients".to_owned(), all.collect()), ("new".to_owned(), new.collect())],
        },
    })
}

/// How few were given half of a round.
fn halves(directory: &Directory<'_>, trends: &[Trend<'_>]) -> Result<Option<Chart>, Error> {
    let halves = trends.iter().map(|trend| Some(count(trend.half(), "people")));
    chart::draw(Plot {
        name: "trends.half".to_owned(),
        title: "How few were given half".to_owned(),
        description:
            "The fewest people who were given more than half of a round together (the Nakamoto coefficient): the more, the more evenly it was shared."
                .to_owned(),
        axes: Axes { y: "people".to_owned(), ..Axes::default() },
        data: Data::Lines {
            labels: titles(directory, trends),
            lines: vec![("people for more than half".to_owned(), halves.collect())],
        },
    })
}
