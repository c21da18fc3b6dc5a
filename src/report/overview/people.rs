//! Who came, who left, and whose amount changed most, from one round to the next.

use std::collections::{BTreeMap, BTreeSet};

use crate::amount::Amount;
use crate::error::Problems;
use crate::recipient::accounts_in;
use crate::report::text;
use crate::report::{Material, stats};
use crate::statement::DISTRIBUTION_FILE;
use crate::tables::{Row, Table};

/// Tables up to this size are compared row by row: about 20,000 recipients.
const COMPARED_BYTES: usize = 4 * 1024 * 1024;
/// What stands for a row of this round, and for one of the round before, where presence is summed up.
const NOW: i64 = 1;
const BEFORE: i64 = 2;

/// The people of two rounds.
#[derive(Debug)]
pub struct People {
    /// Names of those who were not there before, in the order of distribution.csv.
    pub new: Vec<String>,
    /// Names of those who are not there any more, in the order of their table.
    pub left: Vec<String>,
    /// How many were there before and are.
    pub stayed: usize,
    /// Those who stayed: name, total before, total now.
    pub changes: Vec<(String, Amount, Amount)>,
}

/// A row of a distribution.csv.
struct Person {
    key: String,
    name: String,
    accounts: Vec<String>,
    total: Amount,
}

impl People {
    /// Compares the distribution of this round with `before`, that of another. None where one of them
    /// is too large, or cannot be read.
    pub fn compare(material: &Material<'_>, place: &str, before: &[u8]) -> Result<Option<Self>, Problems> {
        let now = material.results.get(DISTRIBUTION_FILE).map(Vec::as_slice).unwrap_or_default();
        if now.len().max(before.len()) > COMPARED_BYTES {
            return Ok(None);
        }
        let decimals = material.plan.token.decimals;
        let (Some(now), Some(before)) = (read(place, now, decimals), read(place, before, decimals)) else {
            return Ok(None);
        };
        let before = under_keys_of(&now, before);
        let rows = |people: &[Person], flag: i64| -> Vec<(String, i64)> {
            people.iter().map(|person| (person.key.clone(), flag)).collect()
        };
        let presence = stats::grouped([rows(&now, NOW), rows(&before, BEFORE)].concat())?;
        let presence: BTreeMap<&str, i64> =
            presence.iter().map(|group| (group.name.as_str(), group.sum)).collect();
        let only = |people: &[Person], flag: i64| -> Vec<String> {
            let is_only = |person: &&Person| presence.get(person.key.as_str()) == Some(&flag);
            people.iter().filter(is_only).map(|person| person.name.clone()).collect()
        };
        let mut totals: BTreeMap<&str, Amount> = BTreeMap::new();
        for person in &before {
            // Somebody may have waited under two keys that one address has now.
            let total = totals.entry(&person.key).or_default();
            *total = total.checked_add(person.total).unwrap_or(*total);
        }
        let changes: Vec<(String, Amount, Amount)> = now
            .iter()
            .filter_map(|person| Some((person.name.clone(), *totals.get(person.key.as_str())?, person.total)))
            .collect();
        Ok(Some(Self { new: only(&now, NOW), left: only(&before, BEFORE), stayed: changes.len(), changes }))
    }
}

/// The rows of a distribution.csv.
fn read(place: &str, bytes: &[u8], decimals: u8) -> Option<Vec<Person>> {
    let table = Table::read(place, bytes, &["recipient", "address", "key", "accounts", "total"]).ok()?;
    let person = |row: Row<'_>| {
        let key = match row.field("key") {
            "" => row.field("address"),
            key => key,
        };
        let accounts = Some(row.field("accounts")).filter(|text| !text.is_empty());
        Some(Person {
            key: key.to_owned(),
            name: name_of(row),
            accounts: accounts.map(accounts_in).unwrap_or_default(),
            total: Amount::parse(row.field("total"), decimals, &row.place(), "total").ok()?,
        })
    };
    table.rows().map(person).collect()
}

/// The name of a row; without one the address, shortened.
fn name_of(row: Row<'_>) -> String {
    let (name, address) = (row.field("recipient").trim(), row.address("address").ok().flatten());
    match address {
        Some(address) if text::is_blank(name) || name == address.to_string() => {
            text::short_address(&address.checksummed())
        }
        _ if text::is_blank(name) => row.field("key").to_owned(),
        _ => name.to_owned(),
    }
}

/// Those of the round before under the keys that they have now: somebody whose address has changed, or
/// who had none, is known by the account ids. Nobody takes a key that somebody else has already.
fn under_keys_of(now: &[Person], before: Vec<Person>) -> Vec<Person> {
    let known_before: BTreeSet<String> = before.iter().map(|person| person.key.clone()).collect();
    let keys: BTreeSet<&str> = now.iter().map(|person| person.key.as_str()).collect();
    let mut by_account: BTreeMap<&str, &str> = BTreeMap::new();
    for person in now.iter().filter(|person| !known_before.contains(&person.key)) {
        by_account.extend(person.accounts.iter().map(|account| (account.as_str(), person.key.as_str())));
    }
    let moved = |mut person: Person| {
        if !keys.contains(person.key.as_str()) {
            let found = person.accounts.iter().find_map(|account| by_account.get(account.as_str()));
            if let Some(key) = found {
                (*key).clone_into(&mut person.key);
            }
        }
        person
    };
    before.into_iter().map(moved).collect()
}
