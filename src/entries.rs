//! Entries: what each person got in a closed round, allocation by allocation and reward by reward,
//! read from the round's results: distribution.csv, the states before and after it, and the sums of
//! its statement.
//!
//! The results name columns and recipients side by side; which allocation a column belongs to, and
//! from which held balance a released amount came, is found here. Every unit of `paid`, of new
//! `held`, of what was released and of what expired is in exactly one entry, else reading fails.
//!
//! An amendment has entries of its own (`amended`): what each person is due more or less than before,
//! and what is paid of it. So over all statements, and for everybody:
//!
//! ```text
//! paid + held + added - reduced = paid + released - offset + expired + what is held in the end
//! ```

mod amended;
mod held_tables;
pub mod people;
mod released;
mod sources;

use std::collections::BTreeMap;

use crate::address::Address;
use crate::amount::{Amount, Balance};
use crate::distribution::{OFFSET, RELEASED};
use crate::error::{Error, Place, Problems};
use crate::recipient::accounts_in;
use crate::statement::{Carry, DISTRIBUTION_FILE, Figure, HELD, HeldRecord};
use crate::tables::{Row, Table};
use released::{Parts, Received};
pub use sources::{Amended, Share, Sources, shares_with};

/// The table of held amounts that nobody claimed in time, in a results folder.
pub const EXPIRED_FILE: &str = "report/tables/held_expired.csv";
/// The table of what the first statement took over from opening.csv, in a results folder.
pub const OPENING_FILE: &str = "report/tables/held_opening.csv";
/// The reward under which entries list what was taken over.
pub const OPENING: &str = "opening";
/// The reward under which entries list what expired.
pub const EXPIRED: &str = "expired";
/// Columns of distribution.csv that are no rewards.
const FIXED: [&str; 5] = ["recipient", "address", "key", "accounts", "total"];

/// An amount that one recipient got for one reason in one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The allocation: `held` for what was released and what expired.
    pub allocation: String,
    /// The reward, without the allocation's name before it.
    pub reward: String,
    /// What became of the amount.
    pub state: State,
    /// The name that the results show.
    pub recipient: String,
    /// The address that is paid; none while the amount waits. In an amendment also the one by which the
    /// person is known.
    pub address: Option<Address>,
    /// Under what the amount waits or waited; none where it never did.
    pub holder: Option<Holder>,
    /// The account ids that the results tie to the recipient.
    pub accounts: Vec<String>,
    /// The amount, above zero.
    pub amount: Amount,
}

/// Somebody for whom an amount is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The recipient key.
    pub key: String,
    /// The name of the oldest amount that is held under the key.
    pub name: String,
    /// Whether the amount is certainly theirs. Of released amounts that neither accounts nor names
    /// tie to what was held, only the sums are certain.
    pub is_certain: bool,
}

/// What became of an amount in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It goes to an address.
    Paid,
    /// It waits for an address.
    Held,
    /// It waited, and goes to an address now.
    Released,
    /// It waited for too long and is nobody's any more.
    Expired,
    /// An amendment says that it is due beside what was due before: it goes to what is held.
    Added,
    /// An amendment says that it is not due any more: it is taken from what is held, which may fall below
    /// zero.
    Reduced,
    /// It was paid too much before, and is taken off what the person is paid now.
    Offset,
}

impl State {
    /// The word for it, in files and tables.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Held => "held",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Added => "added",
            Self::Reduced => "reduced",
            Self::Offset => "offset",
        }
    }

    /// Whether it is taken away: files and tables write it below zero.
    pub const fn takes(self) -> bool {
        matches!(self, Self::Reduced | Self::Offset)
    }

    /// What it does to what was given in all: more, less, or nothing.
    pub const fn gives(self) -> Option<bool> {
        match self {
            Self::Paid | Self::Held | Self::Added => Some(true),
            Self::Reduced => Some(false),
            Self::Released | Self::Expired | Self::Offset => None,
        }
    }

    /// What it does to what goes to addresses: more, less, or nothing.
    pub const fn pays(self) -> Option<bool> {
        match self {
            Self::Paid | Self::Released => Some(true),
            Self::Offset => Some(false),
            Self::Held | Self::Expired | Self::Added | Self::Reduced => None,
        }
    }
}

impl Entry {
    /// The amount, below zero where it is taken away.
    pub fn balance(&self) -> Balance {
        if self.state.takes() { Balance::minus(self.amount) } else { self.amount.into() }
    }
}

/// The sum of amounts that count more or less by their state, as [`State::gives`] and [`State::pays`] say.
/// `None` where it is too large.
pub fn sum<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    counts: impl Fn(State) -> Option<bool>,
) -> Option<Balance> {
    entries.into_iter().try_fold(Balance::ZERO, |sum, entry| match counts(entry.state) {
        Some(true) => sum.checked_add(entry.amount.into()),
        Some(false) => sum.checked_sub(entry.amount.into()),
        None => Some(sum),
    })
}

/// Reads the entries of a round: what was taken over from opening.csv, by key; then in the order of
/// distribution.csv, its columns from left to right; behind them what expired, by key. Those of an
/// amendment are in the order of adjustments.csv.
///
/// Errors: the results do not agree with one another.
pub fn read(sources: Sources<'_>) -> Result<Vec<Entry>, Problems> {
    if let Some(amended) = &sources.amended {
        return amended::read(sources, amended);
    }
    let table = table_of(sources.folder, sources.distribution)?;
    let mut entries = held_tables::opening(sources)?;
    if entries.is_empty() {
        return Ok(read_table(sources, &table)?);
    }
    // What was taken over is held before the round.
    let mut before = sources.before.clone();
    before.held.splice(
        ..0,
        entries.iter().filter_map(|entry| {
            let holder = entry.holder.as_ref()?;
            Some(HeldRecord {
                key: holder.key.clone(),
                name: holder.name.clone(),
                accounts: Vec::new(),
                amount: Figure(entry.amount.to_text(sources.decimals)),
                round: String::new(),
            })
        }),
    );
    entries.extend(read_table(Sources { before: &before, ..sources }, &table)?);
    Ok(entries)
}

/// A distribution.csv.
fn table_of(folder: &str, bytes: &[u8]) -> Result<Table, Problems> {
    let path = format!("{folder}/{DISTRIBUTION_FILE}");
    let missing = || Error::FileMissing { place: Place::file(&path) };
    Table::read(&path, bytes, &FIXED)
        .or_else(|problems| Problems::unless_empty(problems, ()).and(Err(missing().into())))
}

fn read_table(sources: Sources<'_>, table: &Table) -> Result<Vec<Entry>, Error> {
    let invalid = |reason| Error::RecordInvalid { place: sources.place(), reason };
    let shares = shares_with(&[], sources.allocations, sources.decimals).map_err(invalid)?;
    let mut columns = columns_of(sources, table, &shares)?;
    columns.extend(columns_of_held(sources, table)?);
    let names = oldest_names(sources.before);
    let mut entries: Vec<Entry> = Vec::new();
    let (mut received, mut offset) = (Vec::new(), Vec::new());
    let mut new: BTreeMap<String, Amount> = BTreeMap::new();
    for row in table.rows() {
        for column in &columns {
            let amount = amount_of(row, column.header, sources.decimals)?;
            if amount == Amount::ZERO {
                continue;
            }
            let entry = entry_of(sources, row, column, amount, &names)?;
            match (entry.state, &entry.holder) {
                (State::Released, _) => received.push(Received { at: entries.len(), left: amount }),
                (State::Offset, _) => offset.push(Received { at: entries.len(), left: amount }),
                (_, Some(holder)) => {
                    let sum = new.entry(holder.key.clone()).or_default();
                    *sum = sum.checked_add(amount).ok_or_else(|| sources.disagree("the held amounts"))?;
                }
                _ => {}
            }
            entries.push(entry);
        }
    }
    let mut gone = sources.gone(false, &new)?;
    let expired = held_tables::expired(sources, &mut gone)?;
    let paid_back = sources.gone(true, &BTreeMap::new())?;
    let mut parts = Parts::new();
    released::attribute(&entries, received, gone, &mut parts)
        .ok_or_else(|| sources.disagree("what was released and what is not held any more"))?;
    released::attribute(&entries, offset, paid_back, &mut parts)
        .ok_or_else(|| sources.disagree("what is taken off and what was paid too much"))?;
    let mut entries = released::split(entries, parts);
    entries.extend(expired);
    Ok(entries)
}

/// A reward column and the allocation that it belongs to.
struct Column<'a> {
    /// As the header spells it: the bare reward, or with the allocation before it.
    header: &'a str,
    allocation: &'a str,
}

impl Column<'_> {
    /// The reward, without the allocation's name before it.
    fn reward(&self) -> &str {
        let qualified = self.header.strip_prefix(self.allocation).and_then(|rest| rest.strip_prefix('.'));
        qualified.unwrap_or(self.header)
    }
}

/// The columns of the allocations that hold something. Columns stand in the order of the allocations, so
/// the running sums of both say where one allocation ends and the next begins.
fn columns_of<'a>(
    sources: Sources<'_>,
    table: &'a Table,
    shares: &'a [Share],
) -> Result<Vec<Column<'a>>, Error> {
    let mut shares = shares.iter();
    let mut open: Option<(&str, Amount)> = None;
    let disagree = || sources.disagree("the sums of the columns and those of the statement");
    let mut columns = Vec::new();
    let is_reward = |name: &&str| !FIXED.contains(name) && ![RELEASED, OFFSET].contains(name);
    for header in table.column_names().filter(is_reward) {
        let sum = sum_of(sources, table, header)?;
        if sum == Amount::ZERO {
            continue;
        }
        while open.is_none_or(|(_, left)| left == Amount::ZERO) {
            let next = shares.next().ok_or_else(disagree)?;
            open = Some((&next.allocation, next.due));
        }
        let (allocation, left) = open.ok_or_else(disagree)?;
        open = Some((allocation, left.checked_sub(sum).ok_or_else(disagree)?));
        columns.push(Column { header, allocation });
    }
    let rest = shares.map(|share| share.due).chain(open.map(|(_, left)| left));
    if { rest }.all(|left| left == Amount::ZERO) { Ok(columns) } else { Err(disagree()) }
}

/// The columns of what was held before, or was paid too much. What the reserved allocation holds came from
/// earlier rounds and stands in no column.
fn columns_of_held<'a>(sources: Sources<'_>, table: &'a Table) -> Result<Vec<Column<'a>>, Error> {
    let disagree = || sources.disagree("what was released and the statement");
    let mut columns = Vec::new();
    let mut paid = Balance::ZERO;
    for header in table.column_names().filter(|name| [RELEASED, OFFSET].contains(name)) {
        let sum: Balance = sum_of(sources, table, header)?.into();
        let sum = if header == OFFSET { sum.negated() } else { sum };
        paid = paid.checked_add(sum).ok_or_else(disagree)?;
        columns.push(Column { header, allocation: HELD });
    }
    let held = sources.allocations.iter().find(|allocation| allocation.name == HELD);
    let stated = held.map_or(Ok(Balance::ZERO), |held| sources.balance(&held.sums.paid))?;
    if paid == stated { Ok(columns) } else { Err(disagree()) }
}

/// The sum of a column.
fn sum_of(sources: Sources<'_>, table: &Table, header: &str) -> Result<Amount, Error> {
    let mut sum = Amount::ZERO;
    for row in table.rows() {
        let amount = amount_of(row, header, sources.decimals)?;
        sum = sum.checked_add(amount).ok_or_else(|| sources.disagree("the sums of the columns"))?;
    }
    Ok(sum)
}

/// The name of the oldest amount that is held under each key.
fn oldest_names(carry: &Carry) -> BTreeMap<&str, &str> {
    // Of several the first stays: older rounds stand first, and are put in last.
    carry.held.iter().rev().map(|held| (held.key.as_str(), held.name.as_str())).collect()
}

/// The entry of a cell.
fn entry_of(
    sources: Sources<'_>,
    row: Row<'_>,
    column: &Column<'_>,
    amount: Amount,
    names: &BTreeMap<&str, &str>,
) -> Result<Entry, Error> {
    let address = row.address("address")?;
    let state = match (column.allocation, address) {
        (HELD, Some(_)) if column.header == OFFSET => State::Offset,
        (HELD, Some(_)) => State::Released,
        (HELD, None) => return Err(sources.disagree("a released amount and the empty address beside it")),
        (_, Some(_)) => State::Paid,
        (_, None) => State::Held,
    };
    let recipient = row.field("recipient");
    let key = row.field("key");
    let holder = (state == State::Held).then(|| {
        let name = names.get(key).copied().unwrap_or(recipient);
        Holder { key: key.to_owned(), name: name.to_owned(), is_certain: true }
    });
    Ok(Entry {
        allocation: column.allocation.to_owned(),
        reward: column.reward().to_owned(),
        state,
        recipient: recipient.to_owned(),
        address,
        holder,
        accounts: accounts_in(row.field("accounts")),
        amount,
    })
}

/// The amount in a cell, without the sign of what is taken off.
fn amount_of(row: Row<'_>, column: &str, decimals: u8) -> Result<Amount, Error> {
    let place = row.place();
    if column != OFFSET {
        return Amount::parse(row.field(column), decimals, &place, column);
    }
    let taken = Balance::parse(row.field(column), decimals, &place, column)?;
    taken.negated().amount().ok_or_else(|| {
        let reason = "what is taken off does not lie below zero".to_owned();
        Error::RecordInvalid { place, reason }
    })
}
