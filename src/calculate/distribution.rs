//! distribution.csv: the outcomes of all allocations side by side, one row a recipient.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::plan::{Allocation, Plan};
use crate::methods::{Method, Outcome, Recipient};
use crate::tables::{self, Cell};

/// A row of distribution.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The recipient key.
    pub key: String,
    /// Who it is.
    pub person: Recipient,
    /// One amount a reward column.
    pub amounts: Vec<Amount>,
    /// Their sum.
    pub total: Amount,
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
            let address = line.person.address.map(|address: Address| address.to_string());
            let key = if address.is_some() { String::new() } else { line.key.clone() };
            let accounts: Vec<&str> = line.person.accounts.iter().map(String::as_str).collect();
            let fixed = [
                Cell::Text(line.person.name.clone()),
                Cell::Plain(address.unwrap_or_default()),
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
    let people = people_of(plan, outcomes);
    let columns: Vec<(String, &BTreeMap<String, Amount>)> = plan
        .allocations
        .iter()
        .zip(outcomes)
        .flat_map(|(allocation, outcome)| outcome.rewards.iter().map(move |reward| (allocation, reward)))
        .map(|(allocation, reward)| (column_name(outcomes, &allocation.name, reward.name), &reward.amounts))
        .collect();
    let overflow =
        || Error::Overflow { place: Place::file(&plan.file), what: "what one recipient gets".to_owned() };
    let mut lines = Vec::new();
    for (key, person) in people {
        check_accounts(plan, &key, &person)?;
        let amounts: Vec<Amount> =
            columns.iter().map(|(_, amounts)| amounts.get(&key).copied().unwrap_or_default()).collect();
        let total = Amount::sum(amounts.iter().copied()).ok_or_else(overflow)?;
        lines.push(Line { key, person, amounts, total });
    }
    lines.sort_by_cached_key(|line| {
        let address = line.person.address.map_or_else(String::new, |address| address.to_string());
        (std::cmp::Reverse(line.total), address, line.person.name.clone(), line.key.clone())
    });
    Ok(Merged { rewards: columns.into_iter().map(|(name, _)| name).collect(), lines })
}

/// The account ids of a recipient stand in one cell, which must be short enough to be read again.
fn check_accounts(plan: &Plan, key: &str, person: &Recipient) -> Result<(), Error> {
    let bytes: usize = person.accounts.iter().map(|account| account.len() + 1).sum();
    if bytes <= tables::FIELD_LIMIT_BYTES {
        return Ok(());
    }
    let what = format!("the list of {} account ids of {}", person.accounts.len(), Shown::from(key));
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
fn people_of(plan: &Plan, outcomes: &[Outcome]) -> BTreeMap<String, Recipient> {
    let names_members =
        |allocation: &Allocation| Method::parse(&allocation.method).is_some_and(Method::names_members);
    let mut ordered: Vec<(&Allocation, &Outcome)> = plan.allocations.iter().zip(outcomes).collect();
    ordered.sort_by_key(|(allocation, _)| !names_members(allocation)); // stable
    let mut people: BTreeMap<String, Recipient> = BTreeMap::new();
    for (key, person) in ordered.into_iter().flat_map(|(_, outcome)| &outcome.recipients) {
        let known = people.entry(key.clone()).or_insert_with(|| person.clone());
        if known.name.is_empty() {
            known.name.clone_from(&person.name);
        }
        known.accounts.extend(person.accounts.iter().cloned());
    }
    people
}
