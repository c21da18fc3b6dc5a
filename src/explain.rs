//! How what somebody gets from a round came about: the sections of the methods, put together and held
//! against distribution.csv. Pure, as the pipeline below it.

mod who;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::amount::{Amount, Balance, Weight};
use crate::calculate::{self, Results, Snapshot, read_carry};
use crate::distribution::{OFFSET, RELEASED};
use crate::error::{Error, Place, Problems};
use crate::ledger::plan::Plan;
use crate::ledger::round_id::RoundId;
use crate::ledger::{Ledger, Token};
use crate::members::{Member, Register};
use crate::methods::explanation::{Basis, Section, Shape, cell};
use crate::methods::{Method, Request};
use crate::recipient::{Key, accounts_in};
use crate::statement::{CARRY_FILE, DISTRIBUTION_FILE, HELD, HeldRecord};
use crate::tables::{Row, Table, compared};
pub use who::find;

/// The columns of distribution.csv that are no rewards.
const FIXED: [&str; 5] = ["recipient", "address", "key", "accounts", "total"];

/// What a round gives to one recipient, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The rewards, in the order of the columns; those that the recipient has no part in are left out.
    pub rewards: Vec<RewardShape>,
    /// The sum of the rewards as they are explained, in token units.
    pub total: String,
    /// Whether every reward is what its sections come to, and the total their sum.
    pub adds_up: bool,
}

/// A reward of one recipient.
#[derive(Debug, Clone, Serialize)]
pub struct RewardShape {
    /// The column of distribution.csv.
    pub reward: String,
    /// The allocation.
    pub allocation: String,
    /// Its method; `held` for what was held before.
    pub method: String,
    /// How it came about; they sum to the amount.
    pub sections: Vec<Shape>,
    /// What the sections come to, in token units.
    pub amount: String,
}

/// distribution.csv, recomputed or as it is committed.
#[derive(Debug, Clone)]
pub struct Distribution(Table);

/// Somebody who stands in distribution.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The recipient key.
    pub key: Key,
    /// The name; may be empty.
    pub name: String,
    /// The account ids.
    pub accounts: Vec<String>,
}

impl Distribution {
    /// Reads the table.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Vec<Error>> {
        Table::read(path, bytes, &FIXED).map(Self)
    }

    /// Who stands in it.
    pub fn people(&self) -> impl Iterator<Item = Person> {
        self.0.rows().map(person_of)
    }

    /// The reward columns.
    pub fn rewards(&self) -> impl Iterator<Item = &str> {
        self.0.column_names().filter(|column| !FIXED.contains(column))
    }

    /// The reward columns, then the total, each with what a recipient has there; empty for who is not
    /// in the table.
    pub fn amounts(&self, key: &Key) -> Vec<(String, String)> {
        self.amounts_of([key]).remove(key).unwrap_or_default()
    }

    /// The same for several recipients, without those who are not in the table.
    pub fn amounts_of<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k Key>,
    ) -> BTreeMap<Key, Vec<(String, String)>> {
        let keys: BTreeSet<&Key> = keys.into_iter().collect();
        let columns: Vec<&str> = self.rewards().chain(["total"]).collect();
        let rows = self.0.rows().filter_map(|row| {
            let key = key_of(row);
            let amount = |column: &&str| ((*column).to_owned(), row.field(column).to_owned());
            keys.contains(&key).then(|| (key, columns.iter().map(amount).collect()))
        });
        rows.collect()
    }
}

/// The recipient key of a row.
fn key_of(row: Row<'_>) -> Key {
    match row.address("address") {
        Ok(Some(address)) => Key::Address(address),
        _ => Key::Text(row.field("key").into()),
    }
}

fn person_of(row: Row<'_>) -> Person {
    Person {
        key: key_of(row),
        name: row.field("recipient").to_owned(),
        accounts: accounts_in(row.field("accounts")),
    }
}

/// What a round gives, as it was computed or as it is committed: what explanations are held against.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// 1 for the first closing, 2 and up for amendments.
    pub revision: u32,
    /// The reward columns.
    pub rewards: &'a [String],
    /// The token of the round.
    pub token: &'a Token,
    /// What was held before and is paid in the round, with the recipients' keys.
    pub releases: &'a [(Key, HeldRecord)],
    /// Who gets what.
    pub distribution: &'a Distribution,
}

/// Explains what `results`, computed from `snapshot`, give to a recipient. Errors: none that computing
/// the results did not tell.
pub fn explain(
    snapshot: Snapshot<'_>,
    round: &RoundId,
    results: &Results,
    person: &Person,
) -> Result<Explanation, Problems> {
    let given = Given {
        revision: results.statement.predicate.revision,
        rewards: &results.rewards,
        token: &results.token,
        releases: &results.releases,
        distribution: &distribution_of(results)?,
    };
    let explanations = explain_each(snapshot, round, given, std::slice::from_ref(person))?;
    let nothing = || put_together(&[], &[], given);
    Ok(explanations.into_iter().next().unwrap_or_else(nothing))
}

/// The same for many recipients, the inputs read once: an explanation each, in their order. What is
/// given may be committed rather than computed: [`Explanation::adds_up`] tells whether it is what the
/// inputs give.
pub fn explain_each(
    snapshot: Snapshot<'_>,
    round: &RoundId,
    given: Given<'_>,
    people: &[Person],
) -> Result<Vec<Explanation>, Problems> {
    let ledger = Ledger::read(snapshot.files)?;
    // An amendment divides with what the round was closed on first.
    let record_then = snapshot.record.before(round.as_str());
    let snapshot = Snapshot { record: &record_then, ..snapshot };
    let carry = read_carry(snapshot)?;
    let plan = Plan::read(snapshot.files, &ledger, round, given.revision)?;
    let named = keys_in_inputs(snapshot, &ledger, (round, given.revision), people)?;
    let mut parts: Vec<Vec<Explained<'_>>> = vec![Vec::new(); people.len()];
    for allocation in &plan.allocations {
        let Some(method) = Method::parse(&allocation.method) else { continue }; // told before
        let carried = carry.allocations.iter().find(|kept| kept.name == allocation.name);
        let brought_in = Amount::ZERO;
        let mut request = Request { plan: &plan, allocation, files: snapshot.files, carried, brought_in };
        request.brought_in = calculate::brought_in(&request, snapshot.record)?;
        // Everybody's keys, one after the other, each with the place of whose it is.
        let mut asked: (Vec<usize>, Vec<Key>) = (Vec::new(), Vec::new());
        for (at, person) in people.iter().enumerate() {
            let others = named.get(&person.key).and_then(|named| named.get(&allocation.name));
            let keys = others.into_iter().flatten().chain([&person.key]).cloned();
            asked.extend(keys.map(|key| (at, key)));
        }
        let sections = match method.explain_each(&request, &asked.1) {
            Ok(sections) => sections,
            Err(problems) => Problems::unless_empty(problems, Vec::new())?,
        };
        for ((at, key), sections) in asked.0.iter().zip(&asked.1).zip(sections) {
            let own = people.get(*at).is_some_and(|person| person.key == *key);
            let sections = sections.into_iter().enumerate().map(|(place, section)| {
                let section = if place == 0 { with_brought_in(section, &request) } else { section };
                let section =
                    if own { section } else { section.with_first_note(format!("in the inputs as {key}")) };
                (allocation.name.as_str(), method.id(), section)
            });
            if let Some(parts) = parts.get_mut(*at) {
                parts.extend(sections);
            }
        }
    }
    let amounts = given.distribution.amounts_of(people.iter().map(|person| &person.key));
    let explanations = people.iter().zip(parts).map(|(person, mut parts)| {
        parts.extend(released(given, person).map(|section| (HELD, HELD, section)));
        put_together(&parts, amounts.get(&person.key).map_or(&[], Vec::as_slice), given)
    });
    Ok(explanations.collect())
}

/// A section with its allocation and its method.
type Explained<'a> = (&'a str, &'static str, Section);

/// The first section of an allocation says what is brought in, if something is.
fn with_brought_in(section: Section, request: &Request<'_>) -> Section {
    if request.brought_in == Amount::ZERO {
        return section;
    }
    let amount = request.tokens(request.brought_in);
    section.with_first_note(format!("{amount} that nobody claimed of the last round are brought in"))
}

/// Whom `who` means where it is a key that no row of the results has: a member by a key of theirs, and
/// somebody by the key under which what is released now was held.
pub fn key_meant(
    snapshot: Snapshot<'_>,
    round: &RoundId,
    results: &Results,
    who: &str,
) -> Result<Option<Key>, Problems> {
    let who = compared(who);
    let ledger = Ledger::read(snapshot.files)?;
    let members = Register::read(snapshot.files, ledger.token.address)?.at(round);
    let given = Key::Text(who.as_str().into());
    let has_row = |key: &Key| results.recipients.iter().any(|line| line.key == *key);
    let own = members.of_key(&given).and_then(Member::key);
    let released = || results.releases.iter().find(|(_, held)| held.key == who).map(|(key, _)| key.clone());
    Ok(own.or_else(released).filter(|key| has_row(key) && !has_row(&given)))
}

/// The other keys of recipients in the inputs, by allocation: those that members.csv resolves to the
/// recipient's own.
fn keys_in_inputs(
    snapshot: Snapshot<'_>,
    ledger: &Ledger,
    (round, revision): (&RoundId, u32),
    people: &[Person],
) -> Result<BTreeMap<Key, BTreeMap<String, Vec<Key>>>, Problems> {
    let members = Register::read(snapshot.files, ledger.token.address)?.at(round);
    if members.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut named: BTreeMap<Key, BTreeMap<String, Vec<Key>>> =
        people.iter().map(|person| (person.key.clone(), BTreeMap::new())).collect();
    for input in calculate::input_recipients(snapshot, round, revision)? {
        let Some(own) = members.resolved(&input.key, &input.person).filter(|own| *own != input.key) else {
            continue;
        };
        if let Some(named) = named.get_mut(&own) {
            named.entry(input.allocation).or_default().push(input.key);
        }
    }
    Ok(named)
}

/// The recomputed distribution.csv.
pub fn distribution_of(results: &Results) -> Result<Distribution, Problems> {
    let bytes = results.files.get(DISTRIBUTION_FILE).map_or(&[][..], Vec::as_slice);
    let path = format!("{}/{DISTRIBUTION_FILE}", results.folder);
    let none = || Error::FileMissing { place: Place::file(&path) };
    Distribution::read(&path, bytes)
        .or_else(|problems| Problems::unless_empty(problems, ()).and(Err(none().into())))
}

/// Sections by reward, held against what the round gives.
fn put_together(parts: &[Explained<'_>], amounts: &[(String, String)], given: Given<'_>) -> Explanation {
    let (decimals, symbol) = (given.token.decimals, &given.token.symbol);
    let column_of = |allocation: &str, reward: &str| {
        let qualified = format!("{allocation}.{reward}");
        if given.rewards.contains(&qualified) { qualified } else { reward.to_owned() }
    };
    let (mut rewards, mut total, mut adds_up) = (Vec::new(), Some(Amount::ZERO), true);
    for reward in given.rewards {
        if reward == OFFSET {
            let less = taken_off(amounts, decimals);
            total = total.zip(less).and_then(|(total, less)| total.checked_sub(less));
            rewards.extend(less.filter(|less| *less != Amount::ZERO).map(|less| offset(less, given.token)));
            continue;
        }
        let own: Vec<&Explained<'_>> = parts
            .iter()
            .filter(|(allocation, _, section)| column_of(allocation, &section.reward) == *reward)
            .collect();
        let sums: Option<Vec<Amount>> = own.iter().map(|(_, _, section)| section.amount()).collect();
        let amount = sums.and_then(Amount::sum);
        total = total.zip(amount).and_then(|(total, amount)| total.checked_add(amount));
        let text = amount.map(|amount| amount.to_text(decimals));
        let is_given = amounts.iter().find(|(column, _)| column == reward).map_or("0", |(_, text)| text);
        adds_up &= text.as_deref() == Some(is_given);
        let Some((allocation, method, _)) = own.first() else { continue };
        rewards.push(RewardShape {
            reward: reward.clone(),
            allocation: (*allocation).to_owned(),
            method: (*method).to_owned(),
            sections: own.iter().map(|(_, _, section)| section.shape(decimals, symbol)).collect(),
            amount: text.unwrap_or_default(),
        });
    }
    let total = total.map(|total| total.to_text(decimals));
    let is_given = amounts.iter().find(|(column, _)| column == "total").map_or("0", |(_, text)| text);
    adds_up &= total.as_deref() == Some(is_given);
    Explanation { rewards, total: total.unwrap_or_default(), adds_up }
}

/// What the distribution takes off somebody's rewards.
fn taken_off(amounts: &[(String, String)], decimals: u8) -> Option<Amount> {
    let text = amounts.iter().find(|(column, _)| column == OFFSET).map_or("0", |(_, text)| text);
    let taken = Balance::parse(text, decimals, &Place::file(DISTRIBUTION_FILE), OFFSET).ok()?;
    taken.negated().amount()
}

/// What is taken off, which follows from amendments and not from the inputs of the round.
fn offset(less: Amount, token: &Token) -> RewardShape {
    let title = "paid too much before, taken off now";
    let section = Section::new(OFFSET, title, Vec::new(), Basis::Amounts).with_first_note(
        "an amendment found it: `meed statement` shows in which round, `meed held` what is left".to_owned(),
    );
    let mut shape = section.shape(token.decimals, &token.symbol);
    let amount = Balance::minus(less).to_text(token.decimals);
    shape.amount.clone_from(&amount);
    RewardShape {
        reward: OFFSET.to_owned(),
        allocation: HELD.to_owned(),
        method: HELD.to_owned(),
        sections: vec![shape],
        amount,
    }
}

/// What was held for somebody before the round and is paid in it. `None` where nothing was.
fn released(given: Given<'_>, person: &Person) -> Option<Section> {
    let place = Place::file(CARRY_FILE);
    let own = given.releases.iter().filter(|(key, _)| *key == person.key);
    let rows = own.filter_map(|(_, held)| {
        let amount = Amount::parse(&held.amount.0, given.token.decimals, &place, "amount").ok()?;
        let cells = vec![format!("held since round {}", cell(&held.round)), cell(&held.key)];
        Some((cells, Weight::from(amount.units())))
    });
    let rows: Vec<_> = rows.collect();
    let section = Section::new(RELEASED, "held before, released now", vec!["since", "key"], Basis::Amounts);
    (!rows.is_empty()).then(|| section.with_rows(rows))
}
