//! Who gets something: recipient keys, and what inputs say about the person behind a key.

pub mod groups;

use std::collections::BTreeSet;
use std::fmt;

use crate::address::Address;
use crate::tables::compared;

/// A recipient key: the address; without one `id:<account id>`, else `name:<name>`; teams
/// `team:<id>`.
///
/// Keys order as their texts do: `0x` stands before every letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Somebody whose address is known.
    Address(Address),
    /// Somebody who waits for an address: the whole text, with its prefix.
    Text(Box<str>),
}

impl Key {
    /// The key of a person: the address, else the account id, else the name.
    ///
    /// ```
    /// use meed::recipient::Key;
    /// assert_eq!(Key::of(None, "621f79", "heron").to_string(), "id:621f79");
    /// assert_eq!(Key::of(None, "", " heron ").to_string(), "name:heron");
    /// ```
    pub fn of(address: Option<Address>, account: &str, name: &str) -> Self {
        match address {
            Some(address) => Self::Address(address),
            None if !account.is_empty() => Self::Text(format!("id:{}", compared(account)).into()),
            None => Self::Text(format!("name:{}", compared(name)).into()),
        }
    }

    /// The key of a team.
    pub fn of_team(team: &str) -> Self {
        Self::Text(format!("team:{}", compared(team)).into())
    }

    /// The address, if it is known.
    pub const fn address(&self) -> Option<Address> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(formatter),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

impl From<Address> for Key {
    fn from(address: Address) -> Self {
        Self::Address(address)
    }
}

/// What inputs say about a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// The name as inputs give it; may be empty.
    pub name: String,
    /// The account ids that inputs tie to the person.
    pub accounts: BTreeSet<String>,
}

/// Account ids as one cell of a table: a space between two, and in an id `\ ` for a space and `\\` for
/// a backslash, so that nobody's id reads as those of others.
///
/// ```
/// use meed::recipient::{accounts_in, accounts_text};
/// assert_eq!(accounts_text(["621f79", "heron of tide"]), r"621f79 heron\ of\ tide");
/// assert_eq!(accounts_in(r"621f79 heron\ of\ tide"), ["621f79", "heron of tide"]);
/// ```
pub fn accounts_text<'a>(accounts: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for account in accounts {
        if !text.is_empty() {
            text.push(' ');
        }
        for character in account.chars() {
            if matches!(character, ' ' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
    }
    text
}

/// The account ids of a cell that [`accounts_text`] wrote.
pub fn accounts_in(text: &str) -> Vec<String> {
    let mut accounts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, accounts.last_mut()) {
            (' ', _) => accounts.push(String::new()),
            ('\\', Some(account)) => account.extend(characters.next()),
            (_, Some(account)) => account.push(character),
            (_, None) => {}
        }
    }
    accounts.retain(|account| !account.is_empty());
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;

    #[test]
    fn account_ids_read_back_whatever_they_hold() {
        for accounts in [&["a b", "a", "b"][..], &["\\", "\\ ", "c\\d\u{a0}e", "f\ng"], &[]] {
            assert_eq!(accounts_in(&accounts_text(accounts.iter().copied())), accounts);
        }
        assert_eq!(accounts_in("  a  b\\"), ["a", "b"]);
    }

    #[test]
    fn keys_order_as_their_texts_do() {
        let address = |digit: &str| {
            Key::from(Address::parse(&format!("0x{}", digit.repeat(40)), &Place::file("test"), "a").unwrap())
        };
        let keys =
            [address("1"), address("f"), Key::of(None, "1", ""), Key::of(None, "", "a"), Key::of_team("a")];
        let texts: Vec<String> = keys.iter().map(ToString::to_string).collect();
        assert!(keys.is_sorted() && texts.is_sorted(), "{texts:?}");
    }
}
