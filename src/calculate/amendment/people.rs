//! Who is who before and after an amendment: persons are matched by address, key or account id, never by
//! a name that anybody can take.

use std::collections::BTreeMap;

use super::before::Due;
use crate::amount::Amount;
use crate::members::{Member, Members};
use crate::recipient::groups::Groups;
use crate::recipient::{Key, Recipient};
use crate::statement::HeldRecord;
use crate::tables::compared;

/// What a person was due before and is due now, under one recipient key.
#[derive(Debug, Clone)]
pub(super) struct Matched {
    pub key: Key,
    pub person: Recipient,
    pub before: Amount,
    pub after: Amount,
    /// The number of the person.
    pub group: usize,
}

/// Everybody's identities.
#[derive(Debug, Default)]
pub(super) struct People {
    groups: Groups,
}

impl People {
    /// Ties the identities that distributions and the register give.
    pub fn of<'a>(dues: impl Iterator<Item = &'a Due>, members: &[&Members]) -> Self {
        let mut people = Self::default();
        for due in dues {
            people.groups.join(&identities(&due.key, &due.person));
        }
        let listed = |member: &Member| -> Vec<String> {
            let address = member.address.map(|(address, _)| address.to_string());
            member.keys.iter().map(ToString::to_string).chain(address).collect()
        };
        for member in members.iter().flat_map(|members| members.iter()) {
            people.groups.join(&listed(member));
        }
        people
    }

    /// The number of the person of a key.
    pub fn of_key(&mut self, key: &Key) -> usize {
        self.groups.find(&key.to_string())
    }

    /// The numbers of the persons of whom a held record may be: by its key, and by its account ids.
    pub fn of_record(&mut self, record: &HeldRecord) -> Vec<usize> {
        let accounts = record.accounts.iter().map(|account| Key::of(None, account, "").to_string());
        let mut found: Vec<usize> =
            std::iter::once(record.key.clone()).chain(accounts).map(|it| self.groups.find(&it)).collect();
        found.dedup();
        found
    }
}

/// The key and the account ids of a recipient.
fn identities(key: &Key, person: &Recipient) -> Vec<String> {
    let accounts = person.accounts.iter().map(|account| Key::of(None, &compared(account), "").to_string());
    std::iter::once(key.to_string()).chain(accounts).collect()
}

/// What everybody was due before, set against what they are due now: first under the same key, then
/// under the person's other keys. So nobody who comes with another address is due anything again, and a
/// person is either due more or due less, not both.
pub(super) fn match_up(people: &mut People, before: Vec<Due>, after: Vec<Due>) -> Vec<Matched> {
    let mut groups: BTreeMap<usize, (Vec<Due>, Vec<Due>)> = BTreeMap::new();
    for due in before {
        groups.entry(people.of_key(&due.key)).or_default().0.push(due);
    }
    for due in after {
        groups.entry(people.of_key(&due.key)).or_default().1.push(due);
    }
    groups.into_iter().flat_map(|(group, (before, after))| match_person(group, before, after)).collect()
}

fn match_person(group: usize, mut before: Vec<Due>, mut after: Vec<Due>) -> Vec<Matched> {
    before.sort_by(|left, right| left.key.cmp(&right.key));
    after.sort_by(|left, right| left.key.cmp(&right.key));
    if after.is_empty() {
        let gone = |due: Due| {
            let Due { key, person, amount } = due;
            Matched { key, person, before: amount, after: Amount::ZERO, group }
        };
        return before.into_iter().map(gone).collect();
    }
    let mut rows: Vec<Matched> = after
        .into_iter()
        .map(|Due { key, person, amount }| Matched {
            key,
            person,
            before: Amount::ZERO,
            after: amount,
            group,
        })
        .collect();
    // First what fits under the same key, then what fits elsewhere, then the rest where it came from.
    let mut left: Vec<Due> = before;
    for due in &mut left {
        if let Some(row) = rows.iter_mut().find(|row| row.key == due.key) {
            move_into(row, due);
        }
    }
    for due in &mut left {
        for row in &mut rows {
            move_into(row, due);
        }
    }
    for due in left.iter().filter(|due| due.amount != Amount::ZERO) {
        let own = rows.iter().position(|row| row.key == due.key).unwrap_or(0);
        if let Some(row) = rows.get_mut(own) {
            // A person's sum fits: it is part of what a round gave.
            row.before = row.before.checked_add(due.amount).unwrap_or(row.before);
        }
    }
    rows
}

/// Sets as much of what was due against a row as the row is due now.
fn move_into(row: &mut Matched, due: &mut Due) {
    let room = row.after.checked_sub(row.before).unwrap_or_default();
    let part = room.min(due.amount);
    row.before = row.before.checked_add(part).unwrap_or(row.before);
    due.amount = due.amount.checked_sub(part).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::address::Address;

    fn due(key: &str, accounts: &[&str], amount: u128) -> Due {
        let key = Address::parse_lower_case(key).map_or_else(|| Key::Text(key.into()), Key::Address);
        let accounts = accounts.iter().map(|account| (*account).to_owned()).collect();
        Due { key, person: Recipient { name: String::new(), accounts }, amount: Amount::from_units(amount) }
    }

    fn matched(before: &[Due], after: &[Due]) -> Vec<(String, u128, u128)> {
        let mut people = People::of(before.iter().chain(after), &[]);
        let rows = match_up(&mut people, before.to_vec(), after.to_vec());
        rows.into_iter().map(|row| (row.key.to_string(), row.before.units(), row.after.units())).collect()
    }

    const A: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn what_was_due_follows_the_person() {
        // An address appears, another takes its place, somebody goes.
        assert_eq!(matched(&[due("id:1", &["1"], 20)], &[due(A, &["1"], 25)]), [(A.to_owned(), 20, 25)]);
        assert_eq!(matched(&[due(A, &["1"], 20)], &[due(B, &["1"], 15)]), [(B.to_owned(), 20, 15)]);
        assert_eq!(matched(&[due(A, &["1"], 20)], &[]), [(A.to_owned(), 20, 0)]);
        assert_eq!(
            matched(&[due(A, &[], 20)], &[due(B, &[], 20)]),
            [(A.to_owned(), 20, 0), (B.to_owned(), 0, 20)]
        );
        // One person with two addresses keeps both, and is not paid at one what is missing at the other.
        let (before, after) =
            ([due(A, &["1"], 20), due(B, &["1"], 10)], [due(A, &["1"], 10), due(B, &["1"], 30)]);
        assert_eq!(matched(&before, &after), [(A.to_owned(), 10, 10), (B.to_owned(), 20, 30)]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_a_person_is_due_more_or_less(
            before in proptest::collection::vec((0_u8..4, 0_u8..3, 0_u128..100), 0..6),
            after in proptest::collection::vec((0_u8..4, 0_u8..3, 0_u128..100), 0..6),
        ) {
            let dues = |rows: Vec<(u8, u8, u128)>| -> Vec<Due> {
                let mut by_key: BTreeMap<String, Due> = BTreeMap::new();
                for (key, account, amount) in rows {
                    let key = format!("0x{}", key.to_string().repeat(40));
                    by_key.entry(key.clone()).or_insert_with(|| due(&key, &[&account.to_string()], amount));
                }
                by_key.into_values().collect()
            };
            let (before, after) = (dues(before), dues(after));
            let mut people = People::of(before.iter().chain(&after), &[]);
            let rows = match_up(&mut people, before.clone(), after.clone());
            let sum = |dues: &[Due]| dues.iter().map(|due| due.amount.units()).sum::<u128>();
            prop_assert_eq!(rows.iter().map(|row| row.before.units()).sum::<u128>(), sum(&before));
            prop_assert_eq!(rows.iter().map(|row| row.after.units()).sum::<u128>(), sum(&after));
            for row in &rows {
                let of_person = || rows.iter().filter(|other| other.group == row.group);
                prop_assert!(!(of_person().any(|row| row.before > row.after) && of_person().any(|row| row.before < row.after)));
            }
        }
    }
}
