//! Who gets what on the two sides: rows of distribution.csv matched by address, by key, and where
//! neither is on both sides, by account id. Names tie nothing: anybody can take one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::overflow;
use super::{Change, Compared};
use crate::address::Address;
use crate::amount::{Amount, Balance};
use crate::error::{Error, Problems};
use crate::recipient::accounts_in;
use crate::tables::{Table, compared};

/// The columns that are read.
const COLUMNS: [&str; 5] = ["recipient", "address", "key", "accounts", "total"];
/// The start of the key of somebody who is known by an account id.
const ACCOUNT_PREFIX: &str = "id:";

/// A row of a distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The name that the row shows.
    pub name: String,
    /// The address that is paid; none while the amount waits.
    pub address: Option<Address>,
    /// Under what the amount waits; empty where there is an address.
    pub key: String,
    /// The account ids that the row ties to the recipient.
    pub accounts: Vec<String>,
    /// The sum of the row.
    pub total: Amount,
}

/// The recipients of both sides.
#[derive(Debug, Clone, Serialize)]
pub struct Recipients {
    /// Rows of the first side.
    pub before: usize,
    /// Rows of the second side.
    pub after: usize,
    /// People for whom nothing differs.
    pub unchanged: usize,
    /// What all get together: paid, released and newly held.
    pub total: Compared,
    /// People for whom something differs: by the size of the difference, descending.
    pub changed: Vec<RecipientChange>,
}

/// A person for whom something differs: the amount, or where it goes.
#[derive(Debug, Clone, Serialize)]
pub struct RecipientChange {
    /// The name, of the second side where it has one.
    pub recipient: String,
    /// What became of them.
    pub change: Change,
    /// What they get.
    #[serde(flatten)]
    pub amount: Compared,
    /// Where it went on the first side.
    pub payees_before: Vec<Payee>,
    /// Where it goes on the second side.
    pub payees_after: Vec<Payee>,
}

/// Where an amount goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payee {
    /// The address that is paid.
    pub address: Option<String>,
    /// The key under which the amount waits.
    pub key: Option<String>,
    /// The amount.
    pub amount: String,
}

/// Reads the rows of a distribution.csv.
///
/// Errors: it is no such table.
pub fn read(path: &str, bytes: &[u8], decimals: u8) -> Result<Vec<Recipient>, Problems> {
    let table = match Table::read(path, bytes, &COLUMNS) {
        Ok(table) => table,
        Err(problems) => return Problems::unless_empty(problems, Vec::new()),
    };
    let mut recipients = Vec::with_capacity(table.len());
    for row in table.rows() {
        recipients.push(Recipient {
            name: row.field("recipient").to_owned(),
            address: row.address("address")?,
            key: row.field("key").to_owned(),
            accounts: accounts_in(row.field("accounts")),
            total: Amount::parse(row.field("total"), decimals, &row.place(), "total")?,
        });
    }
    Ok(recipients)
}

/// Compares the rows of two sides, person by person.
///
/// Errors: a sum is too large.
pub fn compare(before: &[Recipient], after: &[Recipient], decimals: u8) -> Result<Recipients, Error> {
    let mut unchanged = 0;
    let mut changed = Vec::new();
    for person in people(before, after) {
        let (old, new) = (sum(person.before.iter().copied())?, sum(person.after.iter().copied())?);
        if old == new && payees_of(&person.before) == payees_of(&person.after) {
            unchanged += 1;
            continue;
        }
        let difference = new.checked_sub(old).ok_or_else(|| overflow("a difference"))?;
        let shown = person.after.iter().chain(&person.before).find(|row| !row.name.is_empty());
        let change = RecipientChange {
            recipient: shown.map_or_else(String::new, |row| row.name.clone()),
            change: Change::of(!person.before.is_empty(), !person.after.is_empty(), false),
            amount: Compared::new(old, new, decimals)?,
            payees_before: payees(&person.before, decimals),
            payees_after: payees(&person.after, decimals),
        };
        // The same order whichever side stands first.
        let all: BTreeSet<String> =
            person.before.iter().chain(&person.after).map(|row| row.payee()).collect();
        changed.push((difference.size(), all, change));
    }
    changed.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    Ok(Recipients {
        before: before.len(),
        after: after.len(),
        unchanged,
        total: Compared::new(sum(before)?, sum(after)?, decimals)?,
        changed: changed.into_iter().map(|(_, _, change)| change).collect(),
    })
}

impl Recipient {
    /// What the row is known by: the address, else the key.
    fn payee(&self) -> String {
        self.address.map_or_else(|| self.key.clone(), |address| address.to_string())
    }

    /// The account ids, as they are compared.
    fn account_ids(&self) -> impl Iterator<Item = String> {
        let own = self.key.strip_prefix(ACCOUNT_PREFIX);
        own.into_iter().chain(self.accounts.iter().map(String::as_str)).map(compared)
    }
}

fn sum<'a>(rows: impl IntoIterator<Item = &'a Recipient>) -> Result<Balance, Error> {
    let sum = Amount::sum(rows.into_iter().map(|row| row.total));
    sum.map(Balance::from).ok_or_else(|| overflow("what all recipients get"))
}

fn payees_of(rows: &[&Recipient]) -> BTreeSet<String> {
    rows.iter().map(|row| row.payee()).collect()
}

fn payees(rows: &[&Recipient], decimals: u8) -> Vec<Payee> {
    let payee = |row: &&Recipient| Payee {
        address: row.address.map(|address| address.to_string()),
        key: row.address.is_none().then(|| row.key.clone()),
        amount: row.total.to_text(decimals),
    };
    rows.iter().map(payee).collect()
}

/// The rows of one person on the two sides.
#[derive(Debug, Default)]
struct Person<'a> {
    before: Vec<&'a Recipient>,
    after: Vec<&'a Recipient>,
}

impl Person<'_> {
    fn is_on_both_sides(&self) -> bool {
        !self.before.is_empty() && !self.after.is_empty()
    }
}

/// The people of two sides. The same address or key on both is one person; a row that then stands alone
/// joins those of the other side with the same account id, if these are one person's.
fn people<'a>(before: &'a [Recipient], after: &'a [Recipient]) -> Vec<Person<'a>> {
    let mut by_payee: BTreeMap<String, Person<'a>> = BTreeMap::new();
    for row in before {
        by_payee.entry(row.payee()).or_default().before.push(row);
    }
    for row in after {
        by_payee.entry(row.payee()).or_default().after.push(row);
    }
    let (mut people, alone): (Vec<Person<'a>>, Vec<Person<'a>>) =
        by_payee.into_values().partition(Person::is_on_both_sides);
    let [owners_before, owners_after] =
        [owners(&people, |person| &person.before), owners(&people, |person| &person.after)];
    let mut left = Vec::new();
    for person in alone {
        // Whose account it is, the other side says.
        let owners = if person.after.is_empty() { &owners_after } else { &owners_before };
        let rows = person.before.iter().chain(&person.after);
        let found: BTreeSet<usize> = rows
            .flat_map(|row| row.account_ids())
            .filter_map(|account| owners.get(&account))
            .flatten()
            .copied()
            .collect();
        let owner = found.first().filter(|_| found.len() == 1).and_then(|place| people.get_mut(*place));
        match owner {
            Some(owner) => {
                owner.before.extend(person.before);
                owner.after.extend(person.after);
            }
            None => left.push(person),
        }
    }
    people.extend(joined(left));
    people
}

/// Whose the account ids of a side are: places in `people`.
fn owners<'a, 'p>(
    people: &'p [Person<'a>],
    rows: impl Fn(&'p Person<'a>) -> &'p Vec<&'a Recipient>,
) -> BTreeMap<String, BTreeSet<usize>> {
    let mut owners: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (place, person) in people.iter().enumerate() {
        for account in rows(person).iter().flat_map(|row| row.account_ids()) {
            owners.entry(account).or_default().insert(place);
        }
    }
    owners
}

/// Joins rows that stand alone by their account ids; what does not reach the other side stays apart.
fn joined(alone: Vec<Person<'_>>) -> Vec<Person<'_>> {
    let mut parents: Vec<usize> = (0..alone.len()).collect();
    let mut first_of: BTreeMap<String, usize> = BTreeMap::new();
    for (place, person) in alone.iter().enumerate() {
        for account in person.before.iter().chain(&person.after).flat_map(|row| row.account_ids()) {
            let first = *first_of.entry(account).or_insert(place);
            let (from, to) = (root(&mut parents, place), root(&mut parents, first));
            if let Some(parent) = parents.get_mut(from) {
                *parent = to;
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<Person<'_>>> = BTreeMap::new();
    for (place, person) in alone.into_iter().enumerate() {
        groups.entry(root(&mut parents, place)).or_default().push(person);
    }
    let mut people = Vec::new();
    for group in groups.into_values() {
        let has_before = group.iter().any(|person| !person.before.is_empty());
        let has_after = group.iter().any(|person| !person.after.is_empty());
        if !(has_before && has_after) {
            people.extend(group);
            continue;
        }
        let mut whole = Person::default();
        for person in group {
            whole.before.extend(person.before);
            whole.after.extend(person.after);
        }
        people.push(whole);
    }
    people
}

/// The place that stands for the group of `place`; shortens the way for those who come after.
fn root(parents: &mut [usize], place: usize) -> usize {
    let mut at = place;
    while let Some(parent) = parents.get(at).copied().filter(|parent| *parent != at) {
        let grandparent = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at) {
            *slot = grandparent;
        }
        at = parent;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;

    fn row(payee: &str, accounts: &[&str], total: u128) -> Recipient {
        let address = payee.strip_prefix("0x").map(|digit| format!("0x{}", digit.repeat(40)));
        Recipient {
            name: payee.to_owned(),
            key: if address.is_some() { String::new() } else { payee.to_owned() },
            address: address.map(|text| Address::parse(&text, &Place::file("test"), "address").unwrap()),
            accounts: accounts.iter().map(|account| (*account).to_owned()).collect(),
            total: Amount::from_units(total),
        }
    }

    fn told(before: &[Recipient], after: &[Recipient]) -> Vec<(String, &'static str, String)> {
        let told = |change: RecipientChange| (change.recipient, change.change.id(), change.amount.difference);
        compare(before, after, 0).unwrap().changed.into_iter().map(told).collect()
    }

    fn line(name: &str, change: &'static str, difference: &str) -> (String, &'static str, String) {
        (name.to_owned(), change, difference.to_owned())
    }

    #[test]
    fn rows_are_matched_by_address_key_and_account() {
        // Somebody gets an address, and more; somebody else's key stays; a name ties nothing.
        let before = [row("id:1", &["1"], 5), row("name:heron", &[], 7), row("0xa", &["2"], 9)];
        let after =
            [row("0xb", &["1"], 6), row("name:heron", &[], 7), row("0xa", &["3"], 9), row("0xc", &[], 7)];
        assert_eq!(told(&before, &after), [line("0xc", "added", "7"), line("0xb", "changed", "1")]);
        // The same amount to another address is told, too.
        assert_eq!(told(&[row("0xa", &["1"], 5)], &[row("0xb", &["1"], 5)]), [line("0xb", "changed", "0")]);
        // What waited joins the address that the account has on the other side.
        let before = [row("0xa", &["1"], 10), row("id:2", &["2"], 5)];
        assert_eq!(told(&before, &[row("0xa", &["1", "2"], 15)]), [line("0xa", "changed", "0")]);
        // An account that two people have ties neither.
        let before = [row("0xa", &["1"], 1), row("0xb", &["1"], 1), row("id:1", &["1"], 5)];
        let after = [row("0xa", &["1"], 1), row("0xb", &["1"], 1)];
        assert_eq!(told(&before, &after), [line("id:1", "removed", "-5")]);
        // Accounts are shared on one side only: nobody is joined there.
        assert_eq!(
            told(&[row("0xa", &["1"], 3), row("0xb", &["1"], 2)], &[]),
            [line("0xa", "removed", "-3"), line("0xb", "removed", "-2")]
        );
    }
}
