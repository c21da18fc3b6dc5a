//! Whose a key is: the principals of its lines in `allowed_signers`, taken as one person.

use std::collections::BTreeSet;

use super::options::matches_list;
use super::{AllowedSigners, PublicKey};

/// The names of one person: mail addresses or patterns, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Principals(BTreeSet<String>);

impl Principals {
    /// Whether both may be names of one person: a name in common, or a pattern that fits a name of the
    /// other. Two patterns may always stand for the same person.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().any(|one| other.0.iter().any(|another| may_be_one(one, another)))
    }

    /// Adds the names of the same person in another list.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// How many people these are at least: those who share a name with one another, be it through
    /// others, are one.
    pub fn count(all: impl IntoIterator<Item = Self>) -> usize {
        let mut people: Vec<Self> = Vec::new();
        for mut person in all {
            let (same, others): (Vec<Self>, Vec<Self>) =
                people.into_iter().partition(|known| known.overlaps(&person));
            person.0.extend(same.into_iter().flat_map(|known| known.0));
            people = others;
            people.push(person);
        }
        people.len()
    }
}

impl AllowedSigners {
    /// All principals of the lines that hold a key, whatever they let it sign.
    pub fn principals_of(&self, key: &PublicKey) -> Principals {
        let lines = self.signers().filter(|signer| signer.key() == key);
        let names = lines.flat_map(|signer| signer.principals().split(','));
        Principals(names.map(|name| name.trim().to_lowercase()).collect())
    }
}

/// Whether two principals may stand for one person.
fn may_be_one(one: &str, another: &str) -> bool {
    let is_pattern = |principal: &str| principal.contains(['*', '?']);
    one == another
        || (is_pattern(one) && is_pattern(another))
        || matches_list(one, another)
        || matches_list(another, one)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(names: &str) -> Principals {
        Principals(names.split(',').map(str::to_owned).collect())
    }

    #[test]
    fn people_share_names_and_patterns() {
        for (one, another, same) in [
            ("a@x", "a@x", true),
            ("a@x", "b@x", false),
            ("a@x,b@x", "b@x,c@x", true),
            ("*@x", "a@x", true),
            ("a@x", "*@y", false),
            ("*@x", "*@y", true),
            ("?@x", "ab@x", false),
        ] {
            assert_eq!(person(one).overlaps(&person(another)), same, "{one} {another}");
            assert_eq!(person(another).overlaps(&person(one)), same, "{another} {one}");
        }
        let people = ["a@x", "b@x", "c@x,a@x", "d@x,b@x,c@x", "e@x"];
        assert_eq!(Principals::count(people.map(person)), 2);
    }

    proptest! {
        /// The number of people is that of the parts into which shared names connect them, whatever
        /// the order; computed here another way, by spreading the smallest number.
        #[test]
        fn people_are_counted_in_any_order(
            all in prop::collection::vec(prop::collection::btree_set(0_u8..12, 1..4), 0..10),
            turn in 0_usize..10,
        ) {
            let people = |order: Vec<&std::collections::BTreeSet<u8>>| {
                let person = |names: &std::collections::BTreeSet<u8>| {
                    Principals(names.iter().map(|name| format!("p{name}@x")).collect())
                };
                Principals::count(order.into_iter().map(person))
            };
            let mut labels: Vec<usize> = (0..all.len()).collect();
            for _ in 0..all.len() {
                for one in 0..all.len() {
                    for another in 0..all.len() {
                        if !all[one].is_disjoint(&all[another]) {
                            let least = labels[one].min(labels[another]);
                            (labels[one], labels[another]) = (least, least);
                        }
                    }
                }
            }
            let parts: std::collections::BTreeSet<usize> = labels.into_iter().collect();
            prop_assert_eq!(people(all.iter().collect()), parts.len());
            let mut turned: Vec<_> = all.iter().rev().collect();
            turned.rotate_left(if all.is_empty() { 0 } else { turn % all.len() });
            prop_assert_eq!(people(turned), parts.len());
        }
    }
}
