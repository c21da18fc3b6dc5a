//! Who is who in the entries of many rounds: amounts that belong to one person, under their keys,
//! addresses and account ids.
//!
//! An account id ties an address to a key; a name ties nothing, as anybody can take it. A name only
//! finds people, and whoever asks is told when it finds several. An account id that belongs to somebody
//! else by now, as members.csv can take one back, ties nothing either.

use std::collections::{BTreeMap, BTreeSet};

use super::Entry;
use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place};
use crate::recipient::groups::Groups;
use crate::statement::{CARRY_FILE, Carry, HeldRecord};
use crate::tables::compared;

/// Somebody who got something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The names that results show for them.
    pub names: BTreeSet<String>,
    /// Their addresses.
    pub addresses: BTreeSet<Address>,
    /// The keys under which amounts wait or waited.
    pub keys: BTreeSet<String>,
    /// Their account ids.
    pub accounts: BTreeSet<String>,
    /// The places of their entries: of the round, and within it.
    pub entries: Vec<(usize, usize)>,
}

/// Everybody who got something in these rounds, by their first entry. `aliases` are lists of
/// identities (`0x...`, `id:...`, `name:...`) that somebody trustworthy says are one person.
pub fn of(rounds: &[&[Entry]], aliases: &[Vec<String>]) -> Vec<Person> {
    let mut groups = Groups::default();
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (owner, alias) in aliases.iter().enumerate() {
        groups.join(alias);
        owners.extend(alias.iter().map(|identity| (identity.as_str(), owner)));
    }
    let all = || {
        rounds.iter().enumerate().flat_map(|(round, entries)| {
            entries.iter().enumerate().map(move |(at, entry)| ((round, at), entry))
        })
    };
    for (_, entry) in all() {
        groups.join(&identities(entry, &owners));
    }
    let mut people: Vec<Person> = Vec::new();
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, entry) in all() {
        let Some(group) = identities(entry, &owners).first().map(|identity| groups.find(identity)) else {
            continue;
        };
        let at = *places.entry(group).or_insert_with(|| {
            people.push(Person::default());
            people.len() - 1
        });
        if let Some(person) = people.get_mut(at) {
            person.add(place, entry, &owners);
        }
    }
    people
}

impl Person {
    fn add(&mut self, place: (usize, usize), entry: &Entry, owners: &BTreeMap<&str, usize>) {
        self.entries.push(place);
        self.addresses.extend(entry.address);
        self.accounts.extend(accounts_of(entry, owners).map(str::to_owned));
        // Of whom nothing but the address is known, results show the address.
        if entry.address.is_none_or(|address| address.to_string() != entry.recipient) {
            self.names.insert(entry.recipient.clone());
        }
        if let Some(holder) = entry.holder.as_ref().filter(|holder| holder.is_certain) {
            match Address::parse_lower_case(&holder.key) {
                Some(address) => _ = self.addresses.insert(address),
                None => _ = self.keys.insert(holder.key.clone()),
            }
            self.names.insert(holder.name.clone());
        }
        self.names.remove("");
    }

    /// Whether something is held for the person under a key; for what was paid too much the key may be one
    /// of their addresses.
    pub fn has_key(&self, key: &str) -> bool {
        let is_address = |address| self.addresses.contains(&address);
        self.keys.contains(key) || Address::parse_lower_case(key).is_some_and(is_address)
    }

    /// What is held for the person in a state: what waits, and how much was paid too much.
    ///
    /// Errors: an amount that is none, or sums that are too large.
    pub fn held_in(&self, carry: &Carry, decimals: u8) -> Result<[Amount; 2], Error> {
        held_of(carry.held.iter().filter(|held| self.has_key(&held.key)), decimals)
    }

    /// Whether a text names the person: an address in any letter case, a key, an account id, or a
    /// name as names are compared.
    pub fn is_called(&self, text: &str) -> bool {
        let text = text.trim();
        let lower = text.to_lowercase();
        self.addresses.iter().any(|address| address.to_string() == lower)
            || self.keys.contains(text)
            || self.accounts.contains(text)
            || text.strip_prefix("id:").is_some_and(|account| self.accounts.contains(account))
            || self.names.iter().any(|name| compared(name) == compared(text))
    }
}

/// The sums of held amounts: what waits, and how much was paid too much.
///
/// Errors: an amount that is none, or sums that are too large.
pub fn held_of<'a>(
    records: impl IntoIterator<Item = &'a HeldRecord>,
    decimals: u8,
) -> Result<[Amount; 2], Error> {
    let place = Place::file(CARRY_FILE);
    let [mut waits, mut overpaid] = [Amount::ZERO; 2];
    for record in records {
        let balance = record.balance(decimals)?;
        let sum = if balance.is_negative() { &mut overpaid } else { &mut waits };
        let overflow = || Error::Overflow { place: place.clone(), what: "held amounts".to_owned() };
        *sum = sum.checked_add(balance.size()).ok_or_else(overflow)?;
    }
    Ok([waits, overpaid])
}

/// The identities of an entry, of which the first is whom it is paid to or held for.
fn identities(entry: &Entry, owners: &BTreeMap<&str, usize>) -> Vec<String> {
    let accounts = accounts_of(entry, owners).map(|account| format!("id:{account}"));
    payee_of(entry).into_iter().chain(accounts).collect()
}

/// Whom an entry is paid to, and the key for which it was held.
fn payee_of(entry: &Entry) -> Vec<String> {
    let address = entry.address.map(|address| address.to_string());
    let key = entry.holder.as_ref().filter(|holder| holder.is_certain).map(|holder| holder.key.clone());
    address.into_iter().chain(key).collect()
}

/// The account ids of an entry, without those that have another owner than whom it is paid to.
fn accounts_of<'a>(entry: &'a Entry, owners: &BTreeMap<&str, usize>) -> impl Iterator<Item = &'a str> {
    let owner = payee_of(entry).iter().find_map(|identity| owners.get(identity.as_str()));
    let is_own = move |account: &&str| {
        let other = owners.get(format!("id:{account}").as_str());
        owner.zip(other).is_none_or(|(owner, other)| owner == other)
    };
    entry.accounts.iter().map(String::as_str).filter(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entries::{Holder, State};

    fn entry(address: Option<char>, key: &str, name: &str, accounts: &[&str]) -> Entry {
        let address = address.map(|digit| format!("0x{}", digit.to_string().repeat(40)));
        Entry {
            allocation: "praise".to_owned(),
            reward: "praise".to_owned(),
            state: if address.is_some() { State::Paid } else { State::Held },
            recipient: name.to_owned(),
            address: address.map(|text| Address::parse(&text, &Place::file("test"), "address").unwrap()),
            holder: (!key.is_empty()).then(|| Holder {
                key: key.to_owned(),
                name: name.to_owned(),
                is_certain: true,
            }),
            accounts: accounts.iter().map(|account| (*account).to_owned()).collect(),
            amount: Amount::from_units(1),
        }
    }

    #[test]
    fn accounts_tie_and_names_do_not() {
        let first = [
            entry(None, "id:acc-1", "heron", &["acc-1"]),
            entry(None, "name:heron", "heron", &[]),
            entry(Some('b'), "", "heron", &[]),
        ];
        let second =
            [entry(Some('a'), "", "Heron", &["acc-1", "acc-2"]), entry(None, "id:acc-2", "h", &["acc-2"])];
        let people = of(&[&first, &second], &[]);
        let entries: Vec<_> = people.iter().map(|person| person.entries.clone()).collect();
        assert_eq!(entries, [vec![(0, 0), (1, 0), (1, 1)], vec![(0, 1)], vec![(0, 2)]]);
        let called = |text: &str| -> Vec<usize> {
            (0..people.len()).filter(|index| people[*index].is_called(text)).collect()
        };
        assert_eq!(called("heron"), [0, 1, 2]);
        assert_eq!(called("acc-2"), [0]);
        assert_eq!(called("id:acc-1"), [0]);
        assert_eq!(called("name:heron"), [1]);
        assert_eq!(called(&format!("0X{}", "B".repeat(40))), [2]);
        assert_eq!(called(""), [0; 0]);
        let aliases = [vec!["name:heron".to_owned(), format!("0x{}", "b".repeat(40))]];
        assert_eq!(of(&[&first, &second], &aliases).len(), 2);
        // What was merged and is taken back is two people again.
        let merged = [entry(None, "id:acc-1", "heron", &["acc-1", "acc-2"])];
        let apart = [entry(Some('b'), "", "wren", &["acc-2"])];
        assert_eq!(of(&[&merged, &apart], &[]).len(), 1);
        let [heron, wren] = ["acc-1", "acc-2"].map(|account| vec![format!("id:{account}")]);
        let people = of(&[&merged, &apart], &[heron, wren]);
        let called: Vec<bool> = people.iter().map(|person| person.is_called("id:acc-2")).collect();
        assert_eq!(called, [false, true]);
    }
}
