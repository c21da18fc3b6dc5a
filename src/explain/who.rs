//! Whom somebody means: an address, a recipient key, a name or an account id; and who is near.

use std::collections::BTreeMap;

use super::Person;
use crate::error::{Error, Shown};
use crate::recipient::Key;
use crate::tables::compared;

/// Most candidates that a message names.
const NAMED: usize = 8;
/// Most characters of a text for which near names are looked for, and of such names.
const NEAR_CHARACTERS: usize = 64;
/// Most people among whom near names are looked for.
const NEAR_PEOPLE: usize = 20_000;

/// The one person whom `who` means. Addresses are read in any letter case; names too, where none is
/// spelled exactly so. Errors: nobody (with near names), several (with their keys).
pub fn find(people: impl Iterator<Item = Person>, who: &str, round: &str) -> Result<Person, Error> {
    let people: BTreeMap<Key, Person> = people.map(|person| (person.key.clone(), person)).collect();
    let exact = compared(who);
    let lower = exact.to_lowercase();
    let tests: [&dyn Fn(&Person) -> bool; 3] = [
        &|person| person.key.to_string() == if person.key.address().is_some() { &*lower } else { &*exact },
        &|person| compared(&person.name) == exact || person.accounts.contains(&exact),
        &|person| compared(&person.name).to_lowercase() == lower,
    ];
    // A name that is empty names nobody.
    for is_meant in tests.into_iter().filter(|_| !exact.is_empty()) {
        let meant: Vec<&Person> = people.values().filter(|person| is_meant(person)).collect();
        match meant.as_slice() {
            [] => {}
            [person] => return Ok((*person).clone()),
            several => {
                return Err(Error::RecipientAmbiguous {
                    round: Shown::from(round),
                    who: Shown::from(who),
                    count: several.len(),
                    candidates: candidates(several),
                });
            }
        }
    }
    let nearest = Shown::sentence(&nearest(people.values(), &lower).join(", "));
    Err(Error::RecipientUnknown { round: Shown::from(round), who: Shown::from(who), nearest })
}

/// Keys with names.
fn candidates(people: &[&Person]) -> Shown {
    let text =
        |person: &&Person| format!("{} ({})", Shown::from(person.key.to_string()), Shown::from(&person.name));
    let mut texts: Vec<String> = people.iter().take(NAMED).map(text).collect();
    if people.len() > NAMED {
        texts.push(format!("and {} more", people.len() - NAMED));
    }
    Shown::sentence(&texts.join(", "))
}

/// Names (of who has none, keys) that hold the text or are few changes away from it, nearest first.
fn nearest<'a>(people: impl Iterator<Item = &'a Person>, who: &str) -> Vec<String> {
    let length = who.chars().count();
    if length == 0 || length > NEAR_CHARACTERS {
        return Vec::new();
    }
    let mut near: Vec<(usize, String)> = Vec::new();
    for person in people.take(NEAR_PEOPLE) {
        let key = person.key.to_string();
        let name = if person.name.is_empty() { &key } else { &person.name };
        let short: String = name.to_lowercase().chars().take(NEAR_CHARACTERS).collect();
        let changes = if short.contains(who) { 0 } else { distance(who, &short) };
        if changes <= length / 3 {
            near.push((changes, Shown::from(name).to_string()));
        }
    }
    near.sort();
    near.dedup();
    near.into_iter().take(NAMED).map(|(_, name)| name).collect()
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
