//! Whom somebody means: an address, a recipient key, a name or an account id; and who is near.

use std::collections::{BTreeMap, BTreeSet};

use super::Person;
use crate::error::{Error, Shown};
use crate::tables::compared;

/// Most candidates that a message names.
const NAMED: usize = 8;
/// Most characters of a text for which near names are looked for, and of such names.
const NEAR_CHARACTERS: usize = 64;
/// Most names among which near ones are looked for.
const NEAR_NAMES: usize = 20_000;

/// The one person whom `who` means. Addresses are read in any letter case; names too, where none is
/// spelled exactly so. Errors: nobody (with near names), several (with their keys).
pub fn find(people: impl Iterator<Item = Person>, who: &str, round: &str) -> Result<Person, Error> {
    let exact = compared(who);
    let lower = exact.to_lowercase();
    // The first of these that anybody passes decides. A name that is empty names nobody.
    let tests: [&dyn Fn(&Person) -> bool; 3] = [
        &|person| person.key.to_string() == if person.key.address().is_some() { &*lower } else { &*exact },
        &|person| {
            let account = exact.strip_prefix("id:").unwrap_or(&exact);
            compared(&person.name) == exact
                || person.accounts.iter().any(|own| own == account || *own == exact)
        },
        &|person| compared(&person.name).to_lowercase() == lower,
    ];
    // One pass: there may be millions, and few are meant.
    let mut meant = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
    let mut names: BTreeSet<String> = BTreeSet::new();
    for person in people {
        if names.len() < NEAR_NAMES {
            names.insert(if person.name.is_empty() { person.key.to_string() } else { person.name.clone() });
        }
        let passed = tests.iter().position(|is_meant| !exact.is_empty() && is_meant(&person));
        if let Some(meant) = passed.and_then(|passed| meant.get_mut(passed)) {
            meant.insert(person.key.clone(), person);
        }
    }
    let (round, shown) = (Shown::from(round), Shown::from(who));
    let Some(meant) = meant.into_iter().find(|meant| !meant.is_empty()) else {
        let nearest = Shown::sentence(&nearest(&names, &lower).join(", "));
        return Err(Error::RecipientUnknown { round, who: shown, nearest });
    };
    let meant: Vec<Person> = meant.into_values().collect();
    match <[Person; 1]>::try_from(meant) {
        Ok([person]) => Ok(person),
        Err(several) => {
            let (count, candidates) = (several.len(), candidates(&several));
            Err(Error::RecipientAmbiguous { round, who: shown, count, candidates })
        }
    }
}

/// Keys with names.
fn candidates(people: &[Person]) -> Shown {
    let text =
        |person: &Person| format!("{} ({})", Shown::from(person.key.to_string()), Shown::from(&person.name));
    let mut texts: Vec<String> = people.iter().take(NAMED).map(text).collect();
    if people.len() > NAMED {
        texts.push(format!("and {} more", people.len() - NAMED));
    }
    Shown::sentence(&texts.join(", "))
}

/// The names that hold the text or are few changes away from it, nearest first.
fn nearest(names: &BTreeSet<String>, who: &str) -> Vec<String> {
    let length = who.chars().count();
    if length == 0 || length > NEAR_CHARACTERS {
        return Vec::new();
    }
    let mut near: Vec<(usize, &String)> = Vec::new();
    for name in names {
        let short: String = name.to_lowercase().chars().take(NEAR_CHARACTERS).collect();
        let changes = if short.contains(who) { 0 } else { distance(who, &short) };
        if changes <= length / 3 {
            near.push((changes, name));
        }
    }
    near.sort();
    near.into_iter().take(NAMED).map(|(_, name)| Shown::from(name).to_string()).collect()
}

/// How many characters must be put in, taken out or replaced to make one text of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = (0..=right.len()).collect();
    for (row, left) in (1..).zip(left.chars()) {
        let mut now = row;
        let mut after = vec![now];
        for ((right, diagonal), above) in right.iter().zip(&before).zip(before.iter().skip(1)) {
            now = (diagonal + usize::from(left != *right)).min(above + 1).min(now + 1);
            after.push(now);
        }
        before = after;
    }
    before.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipient::Key;

    fn person(key: &str, name: &str, accounts: &[&str]) -> Person {
        let key =
            crate::address::Address::parse_lower_case(key).map_or_else(|| Key::Text(key.into()), Key::from);
        Person { key, name: name.to_owned(), accounts: accounts.iter().map(|&id| id.to_owned()).collect() }
    }

    #[test]
    fn distances_count_changes() {
        for (left, right, expected) in
            [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("abc", "abc", 0), ("ab", "ba", 2)]
        {
            assert_eq!(
                (distance(left, right), distance(right, left)),
                (expected, expected),
                "{left} {right}"
            );
        }
    }

    #[test]
    fn people_are_meant_by_address_key_name_and_account() {
        let address = "0xabababababababababababababababababababab";
        let people = [
            person(address, "Heron", &["acc-1"]),
            person("id:7", "heron", &["7"]),
            person("name:Wren", "Wren", &[]),
            person("id:8", "Twin", &["8"]),
            person("id:9", "Twin", &["9"]),
            person("id:10", "", &[]),
        ];
        let find =
            |who: &str| find(people.clone().into_iter(), who, "round-1").map(|person| person.key.to_string());
        for (who, key) in [
            (address, address),
            (&*address.to_uppercase(), address),
            ("id:7", "id:7"),
            ("Heron", address),
            ("heron", "id:7"),
            (" acc-1 ", address),
            ("id:acc-1", address),
            ("wren", "name:Wren"),
            ("9", "id:9"),
        ] {
            assert_eq!(find(who).as_deref(), Ok(key), "{who}");
        }
        for who in ["", " \t"] {
            assert!(matches!(find(who), Err(Error::RecipientUnknown { .. })), "{who:?}");
        }
        assert!(matches!(find("Twin"), Err(Error::RecipientAmbiguous { count: 2, .. })));
        assert!(matches!(find("HERON"), Err(Error::RecipientAmbiguous { count: 2, .. })));
        let near = |who: &str| match find(who) {
            Err(Error::RecipientUnknown { nearest, .. }) => nearest.to_string(),
            other => panic!("{who}: {other:?}"),
        };
        assert_eq!(near("Wron"), "Wren");
        assert_eq!([near("nobody at all"), near(""), near(&"x".repeat(1_000_000))], ["", "", ""]);
    }
}
