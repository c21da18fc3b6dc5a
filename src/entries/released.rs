//! From which held balance a released amount came.
//!
//! A balance is released to an address because of its key or of one of its account ids; the results
//! show both sides, and the account ids that tie them together. What none ties (a key that only
//! members.csv knows) is matched by equal amounts, then by names, which anybody can take, then in
//! order: the sums are right, and so is every balance, but who got whose is certain only where one
//! person is left on either side.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entry, Holder};
use crate::amount::Amount;
use crate::tables::compared;

/// A held balance of which something is not held any more.
pub(super) struct Gone {
    pub holder: Holder,
    pub accounts: BTreeSet<String>,
    /// What is not attributed yet.
    pub left: Amount,
}

impl Gone {
    pub fn new(key: &str, name: &str) -> Self {
        let holder = Holder { key: key.to_owned(), name: name.to_owned(), is_certain: true };
        Self { holder, accounts: BTreeSet::new(), left: Amount::ZERO }
    }
}

/// An entry that was released, by its place among the entries.
pub(super) struct Received {
    pub at: usize,
    /// What is not attributed yet.
    pub left: Amount,
}

/// The parts of entries, by their places: of which balance how much.
pub(super) type Parts = BTreeMap<usize, Vec<(Holder, Amount)>>;

/// Attributes everything that was received to the balances that are gone. `None` where the two sides do
/// not have the same sum.
pub(super) fn attribute(
    entries: &[Entry],
    mut received: Vec<Received>,
    mut gone: Vec<Gone>,
    parts: &mut Parts,
) -> Option<()> {
    let by_tie = ties(&gone);
    for to in &mut received {
        let entry = entries.get(to.at)?;
        let address = entry.address.map(|address| address.to_string());
        let accounts = entry.accounts.iter().map(|account| format!("id:{account}"));
        for tie in address.into_iter().chain(accounts) {
            for place in by_tie.get(&tie).into_iter().flatten() {
                take(gone.get_mut(*place)?, to, parts)?;
            }
        }
    }
    let is_open = |left: Amount| left != Amount::ZERO;
    let open_received = received.iter().filter(|to| is_open(to.left)).count();
    if open_received > 1 && gone.iter().filter(|gone| is_open(gone.left)).count() > 1 {
        for from in &mut gone {
            from.holder.is_certain = false;
        }
        take_equal(&mut gone, &mut received, parts)?;
        for to in &mut received {
            let name = format!("name:{}", compared(&entries.get(to.at)?.recipient));
            for place in by_tie.get(&name).into_iter().flatten() {
                take(gone.get_mut(*place)?, to, parts)?;
            }
        }
    }
    let mut left = gone.iter_mut().filter(|gone| is_open(gone.left)).peekable();
    for to in &mut received {
        while to.left != Amount::ZERO {
            let from = left.peek_mut()?;
            take(from, to, parts)?;
            left.next_if(|from| from.left == Amount::ZERO);
        }
    }
    left.next().is_none().then_some(())
}

/// Attributes to each amount the first balance that is equal to it.
fn take_equal(gone: &mut [Gone], received: &mut [Received], parts: &mut Parts) -> Option<()> {
    let mut by_amount: BTreeMap<Amount, Vec<&mut Gone>> = BTreeMap::new();
    for from in gone.iter_mut().rev() {
        by_amount.entry(from.left).or_default().push(from);
    }
    for to in received {
        if let Some(from) = by_amount.get_mut(&to.left).and_then(Vec::pop) {
            take(from, to, parts)?;
        }
    }
    Some(())
}

/// The balances by their key and by the keys of their accounts.
fn ties(gone: &[Gone]) -> BTreeMap<String, Vec<usize>> {
    let mut ties: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, gone) in gone.iter().enumerate() {
        let accounts = gone.accounts.iter().map(|account| format!("id:{account}"));
        let keys: BTreeSet<String> = accounts.chain([gone.holder.key.clone()]).collect();
        for key in keys {
            ties.entry(key).or_default().push(place);
        }
    }
    ties
}

/// Attributes as much as the one side has and the other needs.
fn take(from: &mut Gone, to: &mut Received, parts: &mut Parts) -> Option<()> {
    let amount = from.left.min(to.left);
    if amount != Amount::ZERO {
        from.left = from.left.checked_sub(amount)?;
        to.left = to.left.checked_sub(amount)?;
        parts.entry(to.at).or_default().push((from.holder.clone(), amount));
    }
    Some(())
}

/// The entries, those that have parts in their parts.
pub(super) fn split(entries: Vec<Entry>, mut parts: Parts) -> Vec<Entry> {
    let mut whole = Vec::with_capacity(entries.len());
    for (at, entry) in entries.into_iter().enumerate() {
        match parts.remove(&at) {
            None => whole.push(entry),
            Some(parts) => whole.extend(parts.into_iter().map(|(holder, amount)| Entry {
                holder: Some(holder),
                amount,
                ..entry.clone()
            })),
        }
    }
    whole
}
