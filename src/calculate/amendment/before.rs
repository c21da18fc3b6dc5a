//! What a round gave before it is amended, read from the results of its last revision.

use super::super::Snapshot;
use crate::address::Address;
use crate::amount::{Amount, Balance};
use crate::distribution::OFFSET;
use crate::error::{Error, Place, Problems};
use crate::recipient::{Key, Recipient, accounts_in};
use crate::statement::{DISTRIBUTION_FILE, HELD, Recorded};
use crate::tables::stream::{StreamRow, for_each_row};

/// The columns that are read. One that a distribution need not have falls back to `total`.
const WANTED: [&[&str]; 7] = [
    &["recipient"],
    &["address"],
    &["key"],
    &["accounts"],
    &["total"],
    &["released", "total"],
    &[OFFSET, "total"],
];

/// What a recipient was due of the round.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub key: Key,
    pub person: Recipient,
    pub amount: Amount,
}

/// What an allocation came to before.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub name: String,
    pub method: String,
    /// In the order of a statement's figures, with all that is due under `held`.
    pub sums: [Balance; 8],
}

/// What everybody was due: the rewards of the round, without what was released or taken off beside.
pub(super) fn dues(snapshot: Snapshot<'_>, last: &Recorded, decimals: u8) -> Result<Vec<Due>, Problems> {
    let path = format!("{}/{DISTRIBUTION_FILE}", last.folder);
    let (digest, _) = snapshot.files.digest(&path)?;
    let stated = last.statement.subject.iter().find(|subject| subject.name == DISTRIBUTION_FILE);
    if stated.is_none_or(|subject| subject.digest.sha256 != digest) {
        return Err(Error::CarryDigest { place: Place::file(&path) }.into());
    }
    let mut input = snapshot.files.open(&path)?;
    let mut dues = Vec::new();
    let read = for_each_row(&path, &mut *input, &WANTED, &mut |row| {
        dues.push(due_of(&row, decimals)?);
        Ok(())
    });
    match read {
        Ok(()) => Ok(dues),
        Err(problems) => Problems::unless_empty(problems, dues),
    }
}

fn due_of(row: &StreamRow<'_>, decimals: u8) -> Result<Due, Error> {
    let place = row.place();
    let amount = |column: usize, name: &str| -> Result<Balance, Error> {
        if name != "total" && row.name(column) == "total" {
            return Ok(Balance::ZERO);
        }
        Balance::parse(row.text(column), decimals, &place, name)
    };
    // total = rewards + released + offset, and offset lies below zero.
    let beside = amount(5, "released")?.checked_add(amount(6, OFFSET)?);
    let rewards = beside.and_then(|beside| amount(4, "total").ok()?.checked_sub(beside));
    let invalid = || Error::RecordInvalid {
        place: place.clone(),
        reason: "the total is less than what was released".to_owned(),
    };
    let key = match row.text(1) {
        "" => Key::Text(row.text(2).into()),
        text => Key::Address(Address::parse(text, &place, "address")?),
    };
    let person =
        Recipient { name: row.text(0).to_owned(), accounts: accounts_in(row.text(3)).into_iter().collect() };
    Ok(Due { key, person, amount: rewards.and_then(Balance::amount).ok_or_else(invalid)? })
}

/// What the allocations of a round came to, all its revisions together: those of an amendment state
/// differences.
pub(super) fn shares<'a>(
    revisions: impl Iterator<Item = &'a Recorded>,
    decimals: u8,
) -> Result<Vec<Share>, Error> {
    let mut shares: Vec<Share> = Vec::new();
    for recorded in revisions {
        let invalid = |reason: String| Error::RecordInvalid { place: Place::file(&recorded.path()), reason };
        let allocations = &recorded.statement.predicate.allocations;
        for allocation in allocations.iter().filter(|allocation| allocation.name != HELD) {
            let sums = due(allocation.sums.balances(decimals).map_err(invalid)?);
            let sums = sums.ok_or_else(|| invalid("the sums are too large".to_owned()))?;
            match shares.iter_mut().find(|share| share.name == allocation.name) {
                Some(share) => {
                    let added = added(share.sums, sums);
                    share.sums = added.ok_or_else(|| invalid("the sums are too large".to_owned()))?;
                    share.method.clone_from(&allocation.method);
                }
                None => shares.push(Share {
                    name: allocation.name.clone(),
                    method: allocation.method.clone(),
                    sums,
                }),
            }
        }
    }
    Ok(shares)
}

/// Figures with all that is due under `held`: whether it was paid is not the round's to say any more.
pub(super) fn due(sums: [Balance; 8]) -> Option<[Balance; 8]> {
    let [declared, pool, carried_in, brought_in, paid, held, kept, unallocated] = sums;
    let due = paid.checked_add(held)?;
    Some([declared, pool, carried_in, brought_in, Balance::ZERO, due, kept, unallocated])
}

/// The sums of figures, one by one.
pub(super) fn added(left: [Balance; 8], right: [Balance; 8]) -> Option<[Balance; 8]> {
    let mut sums = left;
    for (sum, more) in sums.iter_mut().zip(right) {
        *sum = sum.checked_add(more)?;
    }
    Some(sums)
}
