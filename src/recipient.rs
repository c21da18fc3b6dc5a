//! Who gets something: recipient keys, and what inputs say about the person behind a key.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;

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
