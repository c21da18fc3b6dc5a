//! Identities (keys, addresses, account ids) that are one person's.

use std::collections::BTreeMap;

/// Identities that belong together: a forest in which each points to another of its group.
#[derive(Debug, Default)]
pub struct Groups {
    numbers: BTreeMap<String, usize>,
    parents: Vec<usize>,
}

impl Groups {
    /// Puts identities into one group.
    pub fn join(&mut self, identities: &[String]) {
        let mut first = None;
        for identity in identities {
            let group = self.find(identity);
            let into = *first.get_or_insert(group);
            if let Some(parent) = self.parents.get_mut(group) {
                *parent = into;
            }
            first = Some(into);
        }
    }

    /// The group of an identity.
    pub fn find(&mut self, identity: &str) -> usize {
        let next = self.parents.len();
        let mut at = *self.numbers.entry(identity.to_owned()).or_insert(next);
        if at == next {
            self.parents.push(next);
        }
        while let Some(parent) = self.parents.get(at).copied().filter(|parent| *parent != at) {
            // Shortens the way for those who come after.
            let grandparent = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(at) {
                *slot = grandparent;
            }
            at = parent;
        }
        at
    }
}
