//! Entries: what each person got in a closed round, allocation by allocation and reward by reward,
//! read from the round's results: distribution.csv, the states before and after it, and the sums of
//! its statement.
//!
//! The results name columns and recipients side by side; which allocation a column belongs to, and
//! from which held balance a released amount came, is found here. Every unit of `paid`, of new
//! `held`, of what was released and of what expired is in exactly one entry, else reading fails.

pub mod people;
mod released;

use std::collections::BTreeMap;

use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::recipient::accounts_in;
use crate::statement::{AllocationRecord, Carry, DISTRIBUTION_FILE, Figure, HELD};
use crate::tables::{Row, Table};
use released::{Gone, Received};

/// The table of held amounts that nobody claimed in time, in a results folder.
pub const EXPIRED_FILE: &str = "report/tables/held_expired.csv";
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
    /// The address that is paid; none while the amount waits.
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
}

impl State {
    /// The word for it, in files and tables.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Held => "held",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

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
    /// The state before the round.
    pub before: &'a Carry,
    /// The state after the round.
    pub after: &'a Carry,
    /// What the allocations came to.
    pub allocations: &'a [AllocationRecord],
}

/// Reads the entries of a round: in the order of distribution.csv, its columns from left to right;
/// behind them what expired, by key.
///
/// Errors: the results do not agree with one another.
pub fn read(sources: Sources<'_>) -> Result<Vec<Entry>, Problems> {
    let path = format!("{}/{DISTRIBUTION_FILE}", sources.folder);
    match Table::read(&path, sources.distribution, &FIXED) {
        Ok(table) => Ok(read_table(sources, &table)?),
        Err(problems) => Problems::unless_empty(problems, Vec::new()),
    }
}

fn read_table(sources: Sources<'_>, table: &Table) -> Result<Vec<Entry>, Error> {
    let columns = columns_of(sources, table)?;
    let names = oldest_names(sources.before);
    let mut entries: Vec<Entry> = Vec::new();
    let mut received: Vec<Received> = Vec::new();
    let mut new: BTreeMap<String, Amount> = BTreeMap::new();
    for row in table.rows() {
        for column in &columns {
            let amount = amount_of(row, column.header, sources.decimals)?;
            if amount == Amount::ZERO {
                continue;
            }
            let entry = entry_of(sources, row, column, amount, &names)?;
            if entry.state == State::Released {
                received.push(Received { at: entries.len(), left: amount });
            } else if let Some(holder) = &entry.holder {
                let sum = new.entry(holder.key.clone()).or_default();
                *sum = sum.checked_add(amount).ok_or_else(|| sources.disagree("the held amounts"))?;
            }
            entries.push(entry);
        }
    }
    let mut gone = gone(sources, &new)?;
    let expired = expired(sources, &mut gone)?;
    let mut entries = released::attribute(entries, received, gone)
        .ok_or_else(|| sources.disagree("what was released and what is not held any more"))?;
    entries.extend(expired);
    Ok(entries)
}

/// A reward column and the allocation that it belongs to.
struct Column<'a> {
    /// As the header spells it: the bare reward, or with the allocation before it.
    header: &'a str,
    allocation: &'a str,
}

/// The columns that hold something, each with its allocation. Columns stand in the order of the
/// allocations, so the running sums of both say where one allocation ends and the next begins.
fn columns_of<'a>(sources: Sources<'a>, table: &'a Table) -> Result<Vec<Column<'a>>, Error> {
    let mut allocations = sources.allocations.iter();
    let mut open: Option<(&str, Amount)> = None;
    let disagree = || sources.disagree("the sums of the columns and those of the statement");
    let mut columns = Vec::new();
    for header in table.column_names().filter(|name| !FIXED.contains(name)) {
        let mut sum = Amount::ZERO;
        for row in table.rows() {
            sum = sum.checked_add(amount_of(row, header, sources.decimals)?).ok_or_else(disagree)?;
        }
        if sum == Amount::ZERO {
            continue;
        }
        while open.is_none_or(|(_, left)| left == Amount::ZERO) {
            let next = allocations.next().ok_or_else(disagree)?;
            open = Some((&next.name, distributed(next, sources).ok_or_else(disagree)?));
        }
        let (allocation, left) = open.ok_or_else(disagree)?;
        open = Some((allocation, left.checked_sub(sum).ok_or_else(disagree)?));
        columns.push(Column { header, allocation });
    }
    let rest = allocations.map(|allocation| distributed(allocation, sources));
    let is_done = |left: Option<Amount>| left == Some(Amount::ZERO);
    if rest.chain(open.map(|(_, left)| Some(left))).all(is_done) { Ok(columns) } else { Err(disagree()) }
}

/// What the columns of an allocation sum to. What the reserved allocation holds came from earlier
/// rounds and stands in no column.
fn distributed(allocation: &AllocationRecord, sources: Sources<'_>) -> Option<Amount> {
    let [.., paid, held, _, _] = allocation.sums.balances(sources.decimals).ok()?;
    let sum = if allocation.name == HELD { paid } else { paid.checked_add(held)? };
    sum.amount()
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
    let qualified = format!("{}.", column.allocation);
    let state = match (column.allocation, address) {
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
        reward: column.header.strip_prefix(&qualified).unwrap_or(column.header).to_owned(),
        state,
        recipient: recipient.to_owned(),
        address,
        holder,
        accounts: accounts_in(row.field("accounts")),
        amount,
    })
}

/// What is not held any more, by key: held before, and new, and not held after.
fn gone(sources: Sources<'_>, new: &BTreeMap<String, Amount>) -> Result<Vec<Gone>, Error> {
    let disagree = || sources.disagree("the held amounts before and after the round");
    let mut balances: BTreeMap<&str, Gone> = BTreeMap::new();
    for held in &sources.before.held {
        let gone = balances.entry(&held.key).or_insert_with(|| Gone::new(&held.key, &held.name));
        gone.accounts.extend(held.accounts.iter().cloned());
        gone.left = gone.left.checked_add(sources.figure(&held.amount)?).ok_or_else(disagree)?;
    }
    for (key, amount) in new {
        let gone = balances.entry(key).or_insert_with(|| Gone::new(key, ""));
        gone.left = gone.left.checked_add(*amount).ok_or_else(disagree)?;
    }
    for held in &sources.after.held {
        let gone = balances.get_mut(held.key.as_str()).ok_or_else(disagree)?;
        gone.left = gone.left.checked_sub(sources.figure(&held.amount)?).ok_or_else(disagree)?;
    }
    Ok(balances.into_values().filter(|gone| gone.left != Amount::ZERO).collect())
}

/// What expired, by key; taken out of `gone`.
fn expired(sources: Sources<'_>, gone: &mut [Gone]) -> Result<Vec<Entry>, Error> {
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

/// The amount in a cell.
fn amount_of(row: Row<'_>, column: &str, decimals: u8) -> Result<Amount, Error> {
    Amount::parse(row.field(column), decimals, &row.place(), column)
}

impl Sources<'_> {
    /// The error for results that contradict one another.
    fn disagree(&self, what: &str) -> Error {
        let reason = format!("{} do not agree", Shown::from(what));
        Error::RecordInvalid { place: Place::file(&format!("{}/{DISTRIBUTION_FILE}", self.folder)), reason }
    }

    /// A figure of the record as an amount.
    fn figure(&self, figure: &Figure) -> Result<Amount, Error> {
        Amount::parse(&figure.0, self.decimals, &Place::file(self.folder), "amount")
    }
}
