//! distribution.csv: the outcomes of all allocations side by side, one row a recipient.

use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::plan::{Allocation, Plan};
use crate::methods::{Method, Outcome};
use crate::recipient::{Key, Recipient};
use crate::tables::{self, Cell};

/// A row of distribution.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The recipient key.
    pub key: Key,
    /// What inputs say about the recipient; `None` for a mere address.
    pub person: Option<Box<Recipient>>,
    /// One amount a reward column.
    pub amounts: Box<[Amount]>,
    /// Their sum.
    pub total: Amount,
}

impl Line {
    /// The name to show: the one of the inputs, or for a mere address the address.
    pub fn name(&self) -> String {
        self.person.as_ref().map_or_else(|| self.key.to_string(), |person| person.name.clone())
    }

    /// The account ids that inputs tie to the recipient, sorted.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.person.iter().flat_map(|person| person.accounts.iter().map(String::as_str))
    }
}

/// The recipients of all allocations together, one row a key.
pub(super) struct Merged {
    /// The reward columns.
    pub rewards: Vec<String>,
    /// The rows, in their order.
    pub lines: Vec<Line>,
}

impl Merged {
    /// The bytes of distribution.csv.
    pub fn to_csv(&self, decimals: u8) -> Vec<u8> {
        let fixed = ["recipient", "address", "key", "accounts"].map(str::to_owned);
        let header: Vec<String> =
            fixed.into_iter().chain(self.rewards.iter().cloned()).chain(["total".to_owned()]).collect();
        let rows = self.lines.iter().map(|line| {
            let (address, key) = match line.key {
                Key::Address(address) => (address.to_string(), String::new()),
                Key::Text(ref key) => (String::new(), key.to_string()),
            };
            let accounts: Vec<&str> = line.accounts().collect();
            let fixed = [
                Cell::Text(line.name()),
                Cell::Plain(address),
                Cell::Text(key),
                Cell::Text(accounts.join(" ")),
            ];
            let amounts =
                line.amounts.iter().chain([&line.total]).map(|amount| Cell::Plain(amount.to_text(decimals)));
            fixed.into_iter().chain(amounts).collect()
        });
        tables::write(&header, rows)
    }
}

/// Puts the outcomes of all allocations side by side: one column a reward, one row a key.
pub(super) fn merge(plan: &Plan, outcomes: &[Outcome]) -> Result<Merged, Problems> {
    let mut people = people_of(plan, outcomes);
    let columns: Vec<(String, &BTreeMap<Key, Amount>)> = plan
        .allocations
        .iter()
        .zip(outcomes)
        .flat_map(|(allocation, outcome)| outcome.rewards.iter().map(move |reward| (allocation, reward)))
        .map(|(allocation, reward)| (column_name(outcomes, &allocation.name, &reward.name), &reward.amounts))
        .collect();
    let mut keys: Vec<&Key> = columns.iter().flat_map(|(_, amounts)| amounts.keys()).collect();
    keys.extend(outcomes.iter().flat_map(|outcome| outcome.recipients.keys()));
    keys.sort_unstable();
    keys.dedup();
    let overflow =
        || Error::Overflow { place: Place::file(&plan.file), what: "what one recipient gets".to_owned() };
    let mut lines = Vec::with_capacity(keys.len());
    for key in keys {
        let person = people.remove(key).map(Box::new);
        if let Some(person) = &person {
            check_accounts(plan, key, person)?;
        }
        let amounts: Box<[Amount]> =
            columns.iter().map(|(_, amounts)| amounts.get(key).copied().unwrap_or_default()).collect();
        let total = Amount::sum(amounts.iter().copied()).ok_or_else(overflow)?;
        lines.push(Line { key: key.clone(), person, amounts, total });
    }
    lines.sort_unstable_by(|left, right| {
        // Who has no address stands first, as an empty text does.
        let order = |line: &Line| (std::cmp::Reverse(line.total), line.key.address());
        order(left)
            .cmp(&order(right))
            .then_with(|| left.name().cmp(&right.name()))
            .then_with(|| left.key.cmp(&right.key))
    });
    Ok(Merged { rewards: columns.into_iter().map(|(name, _)| name).collect(), lines })
}

/// The account ids of a recipient stand in one cell, which must be short enough to be read again.
fn check_accounts(plan: &Plan, key: &Key, person: &Recipient) -> Result<(), Error> {
    let bytes: usize = person.accounts.iter().map(|account| account.len() + 1).sum();
    if bytes <= tables::FIELD_LIMIT_BYTES {
        return Ok(());
    }
    let what =
        format!("the list of {} account ids of {}", person.accounts.len(), Shown::from(key.to_string()));
    Err(Error::NameTooLong { place: Place::file(&plan.file), what, bytes, limit: tables::FIELD_LIMIT_BYTES })
}

/// A reward's column: its bare name when no other allocation has the same, else qualified.
fn column_name(outcomes: &[Outcome], allocation: &str, reward: &str) -> String {
    let same =
        outcomes.iter().flat_map(|outcome| &outcome.rewards).filter(|other| other.name == reward).count();
    if same > 1 { format!("{allocation}.{reward}") } else { reward.to_owned() }
}

/// Who the keys are. Names come from methods that know the community's own names first, then in
/// the order of the allocations; account ids are joined.
fn people_of(plan: &Plan, outcomes: &[Outcome]) -> BTreeMap<Key, Recipient> {
    let names_members =
        |allocation: &Allocation| Method::parse(&allocation.method).is_some_and(Method::names_members);
    let mut ordered: Vec<(&Allocation, &Outcome)> = plan.allocations.iter().zip(outcomes).collect();
    ordered.sort_by_key(|(allocation, _)| !names_members(allocation)); // stable
    let mut people: BTreeMap<Key, Recipient> = BTreeMap::new();
    for (key, person) in ordered.into_iter().flat_map(|(_, outcome)| &outcome.recipients) {
        let known = people.entry(key.clone()).or_insert_with(|| person.clone());
        if known.name.is_empty() {
            known.name.clone_from(&person.name);
        }
        known.accounts.extend(person.accounts.iter().cloned());
    }
    people
}
