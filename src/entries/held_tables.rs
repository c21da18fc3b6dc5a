//! What stands in no column of distribution.csv: what was taken over when a ledger began, and what expired.

use super::released::Gone;
use super::{EXPIRED, EXPIRED_FILE, Entry, Holder, OPENING, OPENING_FILE, Sources, State, amount_of};
use crate::amount::Amount;
use crate::error::Error;
use crate::statement::HELD;
use crate::tables::Table;

/// What was taken over from opening.csv: it is held now.
pub(super) fn opening(sources: Sources<'_>) -> Result<Vec<Entry>, Error> {
    let disagree = || sources.disagree("what was owed at the opening and what `held` brings in");
    let held = sources.allocations.iter().find(|allocation| allocation.name == HELD);
    let mut stated = held.map_or(Ok(Amount::ZERO), |held| sources.figure(&held.sums.brought_in))?;
    let mut entries = Vec::new();
    if let Some(bytes) = sources.opening {
        let path = format!("{}/{OPENING_FILE}", sources.folder);
        let table = Table::read(&path, bytes, &["name", "key", "amount"]).map_err(|_| disagree())?;
        for row in table.rows() {
            let amount = amount_of(row, "amount", sources.decimals)?;
            stated = stated.checked_sub(amount).ok_or_else(disagree)?;
            let (key, name) = (row.field("key").to_owned(), row.field("name").to_owned());
            entries.push(Entry {
                allocation: HELD.to_owned(),
                reward: OPENING.to_owned(),
                state: State::Held,
                recipient: name.clone(),
                address: None,
                holder: Some(Holder { key, name, is_certain: true }),
                accounts: Vec::new(),
                amount,
            });
        }
    }
    if stated == Amount::ZERO { Ok(entries) } else { Err(disagree()) }
}

/// What expired, by key; taken out of `gone`.
pub(super) fn expired(sources: Sources<'_>, gone: &mut [Gone]) -> Result<Vec<Entry>, Error> {
    let disagree = || sources.disagree("what expired and what is not held any more");
    let held = sources.allocations.iter().find(|allocation| allocation.name == HELD);
    let mut stated = held.map_or(Ok(Amount::ZERO), |held| sources.figure(&held.sums.unallocated))?;
    let Some(bytes) = sources.expired else {
        return if stated == Amount::ZERO { Ok(Vec::new()) } else { Err(disagree()) };
    };
    let path = format!("{}/{EXPIRED_FILE}", sources.folder);
    let table = Table::read(&path, bytes, &["key", "amount"]).map_err(|_| disagree())?;
    let mut entries = Vec::new();
    for row in table.rows() {
        let amount = amount_of(row, "amount", sources.decimals)?;
        stated = stated.checked_sub(amount).ok_or_else(disagree)?;
        let gone = gone.iter_mut().find(|gone| gone.holder.key == row.field("key")).ok_or_else(disagree)?;
        gone.left = gone.left.checked_sub(amount).ok_or_else(disagree)?;
        entries.push(Entry {
            allocation: HELD.to_owned(),
            reward: EXPIRED.to_owned(),
            state: State::Expired,
            recipient: gone.holder.name.clone(),
            address: None,
            holder: Some(gone.holder.clone()),
            accounts: gone.accounts.iter().cloned().collect(),
            amount,
        });
    }
    if stated == Amount::ZERO { Ok(entries) } else { Err(disagree()) }
}
