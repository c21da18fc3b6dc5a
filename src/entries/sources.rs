//! The results of a round, as far as entries are read from them: what the files say, before it is known whose
//! it is.

use std::collections::BTreeMap;

use super::released::Gone;
use crate::amount::{Amount, Balance};
use crate::error::{Error, Place, Shown};
use crate::statement::{AllocationRecord, Carry, DISTRIBUTION_FILE, Figure, HELD, HeldRecord};

/// The results of a round, as far as entries are read from them.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The results folder, for messages.
    pub folder: &'a str,
    /// Decimals of the token.
    pub decimals: u8,
    /// The bytes of distribution.csv.
    pub distribution: &'a [u8],
    /// The bytes of the table of what expired, where something did.
    pub expired: Option<&'a [u8]>,
    /// The bytes of the table of what was taken over from opening.csv; in the first round only.
    pub opening: Option<&'a [u8]>,
    /// The state before the round.
    pub before: &'a Carry,
    /// The state after the round.
    pub after: &'a Carry,
    /// What the allocations came to.
    pub allocations: &'a [AllocationRecord],
    /// What only an amendment has; none for a first closing.
    pub amended: Option<Amended<'a>>,
}

/// What entries of an amendment are read from besides.
#[derive(Debug, Clone, Copy)]
pub struct Amended<'a> {
    /// The bytes of adjustments.csv.
    pub adjustments: &'a [u8],
    /// The results folder of the revision that it replaces.
    pub replaced_folder: &'a str,
    /// The bytes of that revision's distribution.csv.
    pub replaced: &'a [u8],
    /// What the allocations came to with that revision, in the order of its statement.
    pub shares: &'a [Share],
}

/// What an allocation of a round came to, all its revisions together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The allocation's name.
    pub allocation: String,
    /// What is due of it, paid or held.
    pub due: Amount,
}

/// What the allocations of a round come to with a statement, from what they came to before it. Of an
/// amendment the statement has differences.
///
/// Errors: a figure that is no amount, or less than nothing is due.
pub fn shares_with(
    before: &[Share],
    allocations: &[AllocationRecord],
    decimals: u8,
) -> Result<Vec<Share>, String> {
    let mut shares = Vec::new();
    for record in allocations.iter().filter(|record| record.name != HELD) {
        let [.., paid, held, _, _] = record.sums.balances(decimals)?;
        let known = before.iter().find(|share| share.allocation == record.name);
        let known = known.map_or(Amount::ZERO, |share| share.due);
        let due = Balance::sum([known.into(), paid, held]).and_then(Balance::amount);
        let due = due.ok_or_else(|| format!("allocation `{}` gives no amount", Shown::from(&record.name)))?;
        shares.push(Share { allocation: record.name.clone(), due });
    }
    Ok(shares)
}

impl Sources<'_> {
    /// What is not held any more, by key: held before, and new, and not held after. Or, of what was paid
    /// too much, what is not open any more.
    pub(super) fn gone(
        &self,
        is_below_zero: bool,
        new: &BTreeMap<String, Amount>,
    ) -> Result<Vec<Gone>, Error> {
        let disagree = || self.disagree("the held amounts before and after the round");
        let mut balances: BTreeMap<&str, Gone> = BTreeMap::new();
        for (held, amount) in self.side(self.before, is_below_zero)? {
            let gone = balances.entry(&held.key).or_insert_with(|| Gone::new(&held.key, &held.name));
            gone.accounts.extend(held.accounts.iter().cloned());
            gone.left = gone.left.checked_add(amount).ok_or_else(disagree)?;
        }
        for (key, amount) in new {
            let gone = balances.entry(key).or_insert_with(|| Gone::new(key, ""));
            gone.left = gone.left.checked_add(*amount).ok_or_else(disagree)?;
        }
        for (held, amount) in self.side(self.after, is_below_zero)? {
            let gone = balances.get_mut(held.key.as_str()).ok_or_else(disagree)?;
            gone.left = gone.left.checked_sub(amount).ok_or_else(disagree)?;
        }
        Ok(balances.into_values().filter(|gone| gone.left != Amount::ZERO).collect())
    }

    /// The records of a state that lie above zero, or those that lie below, without their sign.
    fn side<'a>(
        &self,
        carry: &'a Carry,
        is_below_zero: bool,
    ) -> Result<Vec<(&'a HeldRecord, Amount)>, Error> {
        let mut side = Vec::new();
        for held in &carry.held {
            let balance = self.balance(&held.amount)?;
            if balance.is_negative() == is_below_zero {
                side.push((held, balance.size()));
            }
        }
        Ok(side)
    }

    pub(super) fn place(&self) -> Place {
        Place::file(&format!("{}/{DISTRIBUTION_FILE}", self.folder))
    }

    /// The error for results that contradict one another.
    pub(super) fn disagree(&self, what: &str) -> Error {
        let reason = format!("{} do not agree", Shown::from(what));
        Error::RecordInvalid { place: self.place(), reason }
    }

    /// A figure of the record.
    pub(super) fn balance(&self, figure: &Figure) -> Result<Balance, Error> {
        Balance::parse(&figure.0, self.decimals, &Place::file(self.folder), "amount")
    }

    /// A figure of the record that does not lie below zero.
    pub(super) fn figure(&self, figure: &Figure) -> Result<Amount, Error> {
        Amount::parse(&figure.0, self.decimals, &Place::file(self.folder), "amount")
    }
}
