//! The outcomes of all allocations side by side, one row a recipient.
//!
//! Ten million recipients must fit: the maps of the methods are taken apart while they are read.

use std::collections::{BTreeMap, btree_map};
use std::iter::Peekable;
use std::mem;

use super::held::Settled;
use crate::amount::Amount;
use crate::distribution::{Distribution, Line, OFFSET};
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::plan::{Allocation, Plan};
use crate::methods::{Method, Outcome};
use crate::recipient::{Key, Recipient, accounts_text};
use crate::tables;

/// The reward of what waited for an address until now, where anything is released; behind it only
/// [`OFFSET`].
const RELEASED: &str = "released";

/// Puts the outcomes of all allocations side by side, and what is released of held balances behind
/// them: one column a reward, one row a key. Takes the amounts out of the outcomes.
pub(super) fn merge(
    plan: &Plan,
    outcomes: &mut [Outcome],
    settled: &mut Settled,
) -> Result<Distribution, Problems> {
    let mut people = people_of(plan, outcomes);
    for (key, person) in mem::take(&mut settled.people) {
        let known =
            people.entry(key).or_insert_with(|| Recipient { name: person.name, ..Recipient::default() });
        known.accounts.extend(person.accounts);
    }
    let mut people = people.into_iter().peekable();
    let mut rewards: Vec<String> = plan
        .allocations
        .iter()
        .zip(&*outcomes)
        .flat_map(|(allocation, outcome)| outcome.rewards.iter().map(move |reward| (allocation, reward)))
        .map(|(allocation, reward)| column_name(outcomes, &allocation.name, &reward.name))
        .collect();
    let mut columns: Vec<Column> = outcomes
        .iter_mut()
        .flat_map(|outcome| &mut outcome.rewards)
        .map(|reward| mem::take(&mut reward.amounts).into_iter().peekable())
        .collect();
    let released = mem::take(&mut settled.released);
    if !released.is_empty() {
        rewards.push(RELEASED.to_owned());
        columns.push(released.into_iter().peekable());
    }
    let offset = mem::take(&mut settled.offset);
    let takes_off = !offset.is_empty();
    if takes_off {
        rewards.push(OFFSET.to_owned());
        columns.push(offset.into_iter().peekable());
    }
    let overflow =
        || Error::Overflow { place: Place::file(&plan.file), what: "what one recipient gets".to_owned() };
    let (mut lines, mut amounts) = (Vec::new(), Vec::new());
    while let Some(key) = next_key(&mut columns, &mut people) {
        let person = people.next_if(|(other, _)| *other == key).map(|(_, person)| Box::new(person));
        if let Some(person) = &person {
            check_accounts(plan, &key, person)?;
        }
        let place = amounts.len();
        let mut total = Amount::ZERO;
        let last = columns.len();
        for (number, column) in (1..).zip(&mut columns) {
            let amount =
                column.next_if(|(other, _)| *other == key).map_or(Amount::ZERO, |(_, amount)| amount);
            let is_taken_off = takes_off && number == last;
            let sum = if is_taken_off { total.checked_sub(amount) } else { total.checked_add(amount) };
            total = sum.ok_or_else(overflow)?;
            amounts.push(amount);
        }
        lines.push(Line { key, person, total, place });
    }
    lines.sort_unstable_by(|left, right| {
        // Who has no address stands first, as an empty text does.
        let order = |line: &Line| (std::cmp::Reverse(line.total), line.key.address());
        order(left)
            .cmp(&order(right))
            .then_with(|| left.name().cmp(&right.name()))
            .then_with(|| left.key.cmp(&right.key))
    });
    Ok(Distribution { rewards, lines, amounts })
}

/// The amounts of a reward by key, in the order of the keys.
type Column = Peekable<btree_map::IntoIter<Key, Amount>>;

/// The smallest key that has not had its turn.
fn next_key(
    columns: &mut [Column],
    people: &mut Peekable<btree_map::IntoIter<Key, Recipient>>,
) -> Option<Key> {
    let in_columns = columns.iter_mut().filter_map(|column| column.peek().map(|(key, _)| key));
    in_columns.chain(people.peek().map(|(key, _)| key)).min().cloned()
}

/// The account ids of a recipient stand in one cell, which must be short enough to be read again.
fn check_accounts(plan: &Plan, key: &Key, person: &Recipient) -> Result<(), Error> {
    let bytes = accounts_text(person.accounts.iter().map(String::as_str)).len();
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
    // A method that knows nothing but the address shows the address.
    let knows_address_only = |outcome: &Outcome, key: &Key| {
        !outcome.recipients.contains_key(key)
            && outcome.rewards.iter().any(|reward| reward.amounts.contains_key(key))
    };
    for (key, person) in people.iter_mut().filter(|(_, person)| person.name.is_empty()) {
        if outcomes.iter().any(|outcome| knows_address_only(outcome, key)) {
            person.name = key.to_string();
        }
    }
    people
}
