//! The page of a member: every amount, what became of it, and how it came about.

use std::collections::BTreeMap;

use serde::Serialize;

use super::directory::{Directory, key_of};
use super::view::{Fact, Frame, Link, Money, percent, short_decimal, value};
use crate::amount::{Amount, Balance};
use crate::entries::{self, Entry, State};
use crate::error::{Error, Place, Shown};
use crate::explain::{Explanation, RewardShape};
use crate::methods::explanation::{Details, DivisionShape, Shape};
use crate::report::chart::{self, Axes, Chart, Data, Plot};
use crate::statement::{CARRY_FILE, HELD};

/// Most rows of an explanation's table that a page shows.
const ROWS_MOST: usize = 200;

/// The page of a member.
#[derive(Debug, Serialize)]
pub struct MemberPage {
    site: Frame,
    name: String,
    /// Other names under which results know them.
    names: Vec<String>,
    addresses: Vec<String>,
    keys: Vec<String>,
    accounts: Vec<String>,
    facts: Vec<Fact>,
    chart: Option<Chart>,
    /// The last round first.
    rounds: Vec<MemberRound>,
}

/// What a member got in a round.
#[derive(Debug, Serialize)]
struct MemberRound {
    link: Link,
    /// The round's id, for commands.
    round: String,
    /// The anchor.
    id: String,
    start: String,
    end: String,
    amounts: Vec<MemberAmount>,
    /// Why nothing is explained, where it is not.
    problem: Option<String>,
}

/// An amount of a round.
#[derive(Debug, Serialize)]
struct MemberAmount {
    /// The allocation, and the reward where it is called otherwise.
    part: String,
    /// What it is for, in words.
    reason: String,
    state: &'static str,
    /// What became of it, in words.
    fate: String,
    amount: Money,
    sentences: Vec<String>,
    sections: Vec<SectionView>,
}

/// A section of an explanation.
#[derive(Debug, Serialize)]
struct SectionView {
    title: String,
    notes: Vec<String>,
    tables: Vec<TableView>,
    words: Vec<String>,
}

/// A table of an explanation.
#[derive(Debug, Serialize)]
struct TableView {
    title: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How many rows there are in all.
    total: usize,
}

/// The page of a person.
pub fn page(directory: &Directory<'_>, person: usize) -> Result<MemberPage, Error> {
    let material = directory.material;
    let mut rounds: BTreeMap<usize, Vec<&Entry>> = BTreeMap::new();
    for (round, entry) in directory.entries(person) {
        rounds.entry(round).or_default().push(entry);
    }
    let name = directory.member_name(person);
    let (mut names, mut addresses, mut keys, mut accounts) = Default::default();
    if let Some(person) = material.people.get(person) {
        let shown = |text: &String| Shown::from(text).to_string();
        names = person.names.iter().map(shown).filter(|other| *other != name).collect();
        addresses = person.addresses.iter().map(ToString::to_string).collect();
        keys = person.keys.iter().map(shown).collect();
        accounts = person.accounts.iter().map(shown).collect();
    }
    let shown = rounds.iter().rev().map(|(round, entries)| member_round(directory, *round, entries));
    Ok(MemberPage {
        site: Frame::new(material, "members", 1),
        chart: chart_of(directory, person, &rounds)?,
        rounds: shown.collect(),
        facts: facts(directory, person, by_first(directory, &rounds).len()),
        name,
        names,
        addresses,
        keys,
        accounts,
    })
}

/// What a person got in all.
fn facts(directory: &Directory<'_>, person: usize, rounds: usize) -> Vec<Fact> {
    let material = directory.material;
    let decimals = material.ledger.token.decimals;
    let held = material.people.get(person).and_then(|found| found.held_in(material.carry, decimals).ok());
    let [waiting, overpaid] = held.unwrap_or_default(); // read before
    let symbol = Shown::from(&material.ledger.token.symbol);
    let tokens = |amount| format!("{} {symbol}", Money::new(amount, material).shown);
    let mut facts = vec![
        Fact::new("Received in all", tokens(directory.received(person))),
        Fact::new("Rounds", rounds.to_string()),
    ];
    if waiting != Amount::ZERO {
        facts.push(Fact::new("Waiting for an address now", tokens(waiting)));
    }
    if overpaid != Amount::ZERO {
        facts.push(Fact::new("Paid too much, not taken off yet", tokens(overpaid)));
    }
    facts
}

/// What a person got, by the place of the round's first closing: amendments count there.
fn by_first<'a>(
    directory: &Directory<'_>,
    rounds: &BTreeMap<usize, Vec<&'a Entry>>,
) -> BTreeMap<usize, Vec<&'a Entry>> {
    let mut by_first: BTreeMap<usize, Vec<&Entry>> = BTreeMap::new();
    for (round, entries) in rounds {
        by_first.entry(directory.first_revision(*round)).or_default().extend(entries);
    }
    by_first
}

/// What a person got, round by round; none where it is one round.
fn chart_of(
    directory: &Directory<'_>,
    person: usize,
    rounds: &BTreeMap<usize, Vec<&Entry>>,
) -> Result<Option<Chart>, Error> {
    let rounds = by_first(directory, rounds);
    if rounds.len() < 2 {
        return Ok(None);
    }
    let material = directory.material;
    let symbol = Shown::from(&material.ledger.token.symbol).to_string();
    let columns = rounds.iter().map(|(round, entries)| {
        let given = entries::sum(entries.iter().copied(), State::gives).and_then(Balance::amount);
        let given = given.unwrap_or_default();
        (directory.round_title(*round), vec![value(given, material)])
    });
    chart::draw(Plot {
        name: "member.rounds".to_owned(),
        title: "Given in each round".to_owned(),
        description: format!(
            "{} was given something in {} rounds; what was held before and paid later counts in the round that gave it.",
            directory.member_name(person),
            rounds.len()
        ),
        axes: Axes { y: symbol.clone(), ..Axes::default() },
        data: Data::Columns { series: vec!["given".to_owned()], columns: columns.collect() },
    })
}

/// The amounts of a person in a round.
fn member_round(directory: &Directory<'_>, at: usize, entries: &[&Entry]) -> MemberRound {
    let link = directory.round_link(at, "../");
    let round = directory.material.rounds.get(at);
    let period = round.map(|round| &round.recorded.statement.predicate.period);
    let explained = round.map(|round| &round.explained);
    let amount = |entry: &&Entry| {
        let explanation = explained.and_then(|explained| explained.by_key.get(&key_of(entry)));
        let revision = round.map_or(1, |round| round.booked.revision);
        member_amount(directory, entry, explanation, revision)
    };
    MemberRound {
        id: format!("round-{}", at + 1),
        link,
        round: round.map_or_else(String::new, |round| round.recorded.statement.predicate.round.clone()),
        start: period.map_or_else(String::new, |period| period.start.clone()),
        end: period.map_or_else(String::new, |period| period.end.clone()),
        amounts: entries.iter().map(amount).collect(),
        problem: explained.and_then(|explained| explained.problem.clone()),
    }
}

/// An amount with its explanation.
fn member_amount(
    directory: &Directory<'_>,
    entry: &Entry,
    explanation: Option<&Explanation>,
    revision: u32,
) -> MemberAmount {
    let material = directory.material;
    let qualified = format!("{}.{}", entry.allocation, entry.reward);
    let is_it = |reward: &&RewardShape| {
        reward.allocation == entry.allocation && [&entry.reward, &qualified].contains(&&reward.reward)
    };
    let reward = explanation.and_then(|explanation| explanation.rewards.iter().find(is_it));
    let method = reward.map_or("", |reward| reward.method.as_str());
    // What several held balances came to is explained as one: their sum is what the sections come to.
    let holds = explanation.is_some_and(|explanation| explanation.adds_up);
    let mut sentences: Vec<String> = about(entry, revision).map(str::to_owned).into_iter().collect();
    let mut sections = Vec::new();
    if let Some(reward) = reward.filter(|_| matches!(entry.state, State::Added | State::Reduced)) {
        let now =
            Amount::parse(&reward.amount, material.ledger.token.decimals, &Place::file(CARRY_FILE), "amount");
        let now = now.map_or_else(|_| reward.amount.clone(), |now| Money::new(now, material).shown);
        let symbol = Shown::from(&material.ledger.token.symbol);
        sentences.push(format!("As corrected, the round gives {now} {symbol} for it."));
    }
    for section in reward.into_iter().flat_map(|reward| &reward.sections) {
        if entry.state == State::Released {
            sentences.extend(since(section, entry));
            continue;
        }
        match &section.division {
            Some(division) => sentences.extend(sentence(division, section, directory)),
            None => sentences.extend(section.notes.iter().map(|note| as_sentence(note))),
        }
        sections.push(section_view(section));
    }
    if reward.is_some() && !holds {
        let text = "What the inputs give is not what is committed: `meed verify` says what is wrong.";
        sentences.push(text.to_owned());
    }
    let is_paid_by_it = revision > 1 && entry.state == State::Released;
    MemberAmount {
        reason: if is_paid_by_it {
            "Paid with the amendment".to_owned()
        } else {
            reason(method, &entry.reward, entry.state)
        },
        fate: fate(entry),
        state: entry.state.id(),
        part: part(entry),
        amount: Money::of_balance(entry.balance(), material),
        sentences,
        sections,
    }
}

/// What is to be said of amounts that no method explains: those that amendments bring.
fn about(entry: &Entry, revision: u32) -> Option<&'static str> {
    match entry.state {
        State::Released if revision > 1 => Some(
            "An amendment adds what is due more than before to what is held, and then pays all that is held where the address is known.",
        ),
        State::Added => Some("The round was corrected: this is due beside what was due before."),
        State::Reduced => Some(
            "The round was corrected: this is not due any more. What was paid of it already was paid too much.",
        ),
        State::Offset => Some(
            "An amendment found that so much was paid too much before, and this ledger takes it off later payments.",
        ),
        _ => None,
    }
}

/// A division in one sentence.
fn sentence(division: &DivisionShape, section: &Shape, directory: &Directory<'_>) -> Option<String> {
    let material = directory.material;
    let amount = |text: &str| {
        Amount::parse(text, material.ledger.token.decimals, &Place::file(CARRY_FILE), "amount").ok()
    };
    let (own, pool) = (amount(&section.amount)?, amount(&division.pool)?);
    let share = percent(own, pool)?;
    let (weight, sum) = (short_decimal(&division.weight), short_decimal(&division.sum));
    let [own, pool] = [own, pool].map(|amount| Money::new(amount, material).shown);
    // The unit stands before share, of, exact and tokens.
    let unit = section
        .columns
        .iter()
        .rev()
        .nth(4)
        .map_or_else(|| "weight".to_owned(), |unit| unit.replace('_', " "));
    let symbol = Shown::from(&material.ledger.token.symbol);
    Some(format!(
        "The {unit} is {weight} of {sum} that all have together: {share} of the pool of {pool} {symbol}, which is {own} {symbol}."
    ))
}

/// Since when an amount waited that is paid now.
fn since(section: &Shape, entry: &Entry) -> Vec<String> {
    let key = entry.holder.as_ref().map(|holder| Shown::from(&holder.key).to_string());
    let own = section.parts.iter().filter(|part| part.get("key") == key.as_ref());
    own.filter_map(|part| part.get("since")).map(|since| as_sentence(since)).collect()
}

/// A note with a capital letter and a full stop.
fn as_sentence(note: &str) -> String {
    let mut characters = note.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", characters.as_str())
}

/// What an amount is for, in words.
fn reason(method: &str, reward: &str, state: State) -> String {
    let known = match (state, method, reward) {
        (State::Released, ..) => "Held before, and paid now that an address is known",
        (State::Held, HELD, _) => "Owed from before the ledger",
        (State::Expired, ..) => "Held for too long without an address",
        (State::Offset, ..) => "Taken off, because it was paid too much before",
        (_, "praise-v1", "praise") => "For the praise received",
        (_, "praise-v1", "quantifier") => "For scoring praise",
        (_, "praise-v1", "rewardboard") => "For the seat on the reward board",
        (_, "sourcecred-v1", _) => "For contributions counted by SourceCred",
        (_, "fractal-v1", "team") => "For the ranks of the team's members in the meetings",
        (_, "fractal-v1", _) => "For the ranks in the meetings",
        (_, "airdrop-v1", "unclaimed") => "Left from earlier airdrops",
        (_, "airdrop-v1", _) => "For tokens held at the snapshots",
        (_, "conviction-v1", _) => "For proposals that the community funded",
        (_, "work-v1", _) => "For work",
        (_, "grain-v1", _) => "For cred",
        _ => return format!("For {}", Shown::from(reward.replace(['_', '-'], " "))),
    };
    known.to_owned()
}

/// The allocation of an amount, and its reward where that is called otherwise.
fn part(entry: &Entry) -> String {
    let (allocation, reward) = (Shown::from(&entry.allocation), Shown::from(&entry.reward));
    match entry.state {
        State::Released | State::Expired => "from what was held".to_owned(),
        State::Offset => "from an earlier round".to_owned(),
        State::Held if entry.allocation == HELD => "not part of the round".to_owned(),
        _ if entry.allocation == entry.reward => format!("part of the round: {allocation}"),
        _ => format!("part of the round: {allocation}, {reward}"),
    }
}

/// What became of an amount, in words.
fn fate(entry: &Entry) -> String {
    let address = entry.address.map_or_else(String::new, |address| address.to_string());
    // What goes through the own account of an address never waited.
    let is_own = entry.holder.as_ref().is_some_and(|holder| holder.key == address);
    match (entry.state, &entry.holder) {
        (State::Released, _) if is_own => format!("goes to {address}"),
        (State::Paid, _) => format!("goes to {address}"),
        (State::Held, Some(holder)) => {
            format!("held: no address was known yet, under {}", Shown::from(&holder.key))
        }
        (State::Released, Some(holder)) if holder.is_certain => {
            format!("waited under {}, goes to {address}", Shown::from(&holder.key))
        }
        (State::Released, _) => format!("waited before, goes to {address}"),
        (State::Expired, _) => "nobody claimed it in time: it is nobody's any more".to_owned(),
        (State::Held, None) => "held: no address was known yet".to_owned(),
        (State::Added, _) => "the correction gives more than before".to_owned(),
        (State::Reduced, _) => "the correction gives less than before".to_owned(),
        (State::Offset, _) => format!("{address} is paid so much less"),
    }
}

/// A section as the page shows it.
fn section_view(section: &Shape) -> SectionView {
    let mut tables: Vec<TableView> = section.details.iter().map(details_view).collect();
    if !section.parts.is_empty() && section.parts.iter().any(|part| part.len() > 1) {
        let columns: Vec<&str> = section
            .columns
            .iter()
            .copied()
            .filter(|column| !["of", "exact", "share"].contains(column))
            .collect();
        let cell = |part: &BTreeMap<&'static str, String>, column: &str| {
            part.get(column).cloned().unwrap_or_default()
        };
        let row = |part: &BTreeMap<&'static str, String>| -> Vec<String> {
            columns.iter().map(|column| cell(part, column)).collect()
        };
        tables.push(TableView {
            title: "what adds up".to_owned(),
            header: columns.iter().map(|column| column.replace('_', " ")).collect(),
            rows: section.parts.iter().take(ROWS_MOST).map(row).collect(),
            total: section.parts.len(),
        });
    }
    SectionView {
        title: section.title.clone(),
        notes: section.notes.clone(),
        tables,
        words: section.division.iter().flat_map(|division| division.words.iter().cloned()).collect(),
    }
}

fn details_view(details: &Details) -> TableView {
    TableView {
        title: details.title.clone(),
        header: details.header.clone(),
        rows: details.rows.iter().take(ROWS_MOST).cloned().collect(),
        total: details.rows.len(),
    }
}
