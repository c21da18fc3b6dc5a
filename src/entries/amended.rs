//! Entries of an amendment: what each person is due more or less than before, allocation by allocation and
//! reward by reward, and what is paid of it.
//!
//! adjustments.csv has one difference a person; of which reward it is follows from the two distributions,
//! that of the revision and that of the one it replaces. What is due more goes to what is held for the
//! person, what is due less is taken from there, and what is paid comes from there: under which keys is
//! seen from the states before and after.
//!
//! Who is who is told by keys, addresses and account ids, as in [`super::people`]. Where these do not
//! explain all sums (members.csv may know more), what does not add up by itself is put together until it
//! does: then the sums are right, and whose they are is certain only where two were put together.

mod flows;

use std::collections::{BTreeMap, BTreeSet};

use super::{Amended, Column, Entry, Sources, amount_of, columns_of, shares_with, table_of};
use crate::address::Address;
use crate::adjustments::{self, Adjustment};
use crate::amount::{Amount, Balance};
use crate::error::{Error, Place, Problems};
use crate::recipient::groups::Groups;
use crate::recipient::{Key, accounts_in};
use crate::statement::{ADJUSTMENTS_FILE, HELD};
use crate::tables::{Row as TableRow, Table};

/// The reward of what is paid now.
const PAID_NOW: &str = super::RELEASED;

/// A person of the amendment: a row of adjustments.csv, or somebody of whom only the shares of the
/// allocations changed.
struct Row {
    key: String,
    recipient: String,
    address: Option<Address>,
    accounts: Vec<String>,
    /// What is due more than before.
    difference: Balance,
    /// What is paid now.
    paid: Amount,
    /// The difference by column, none of them zero.
    parts: Vec<(usize, Balance)>,
}

/// Everything that is read of an amendment, before it is known whose it is.
struct Read {
    /// Allocation and reward, in the order of the columns.
    columns: Vec<(String, String)>,
    /// How much more or less each key has in each column.
    cells: BTreeMap<(String, usize), Balance>,
    /// How what is held under each key changes.
    held: BTreeMap<String, Balance>,
    rows: Vec<Row>,
    /// Names and account ids of keys that may have no row.
    known: BTreeMap<String, (String, Vec<String>)>,
    groups: Groups,
}

/// The entries of an amendment, in the order of adjustments.csv.
pub(super) fn read(sources: Sources<'_>, amended: &Amended<'_>) -> Result<Vec<Entry>, Problems> {
    let mut read = Read::of(sources, amended)?;
    let uncertain = read.put_together(sources)?;
    let names = super::oldest_names(sources.before);
    let mut by_group: BTreeMap<usize, flows::Group<'_>> = BTreeMap::new();
    let Read { columns, cells, held, rows, known, mut groups } = read;
    for (at, row) in rows.into_iter().enumerate() {
        by_group.entry(groups.find(&row.key)).or_default().rows.push((at, row));
    }
    for ((key, column), balance) in &cells {
        by_group.entry(groups.find(key)).or_default().cells.push((key, *column, *balance));
    }
    for (key, balance) in &held {
        by_group.entry(groups.find(key)).or_default().held.push((key, *balance));
    }
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    for (group, mut people) in by_group {
        people.is_uncertain = uncertain.contains(&group);
        let found = people.entries(&columns, &names, &known);
        entries.extend(found.ok_or_else(|| sources.disagree("the adjustments and what is held"))?);
    }
    entries.sort_by_key(|(at, _)| *at); // stable
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

impl Read {
    fn of(sources: Sources<'_>, amended: &Amended<'_>) -> Result<Self, Problems> {
        let path = format!("{}/{ADJUSTMENTS_FILE}", sources.folder);
        let adjustments = match adjustments::read(&path, amended.adjustments, sources.decimals) {
            Ok(adjustments) => adjustments,
            Err(problems) => Problems::unless_empty(problems, Vec::new())?,
        };
        let invalid = |reason| Error::RecordInvalid { place: sources.place(), reason };
        let shares = shares_with(amended.shares, sources.allocations, sources.decimals).map_err(invalid)?;
        let mut read = Self {
            columns: Vec::new(),
            cells: BTreeMap::new(),
            held: BTreeMap::new(),
            rows: adjustments.iter().map(row_of).collect(),
            known: BTreeMap::new(),
            groups: Groups::default(),
        };
        for row in &read.rows {
            let address = row.address.map(|address| address.to_string());
            let identities = identities(&row.key, &row.accounts);
            read.groups.join(&identities.into_iter().chain(address).collect::<Vec<_>>());
        }
        let now = table_of(sources.folder, sources.distribution)?;
        read.add(sources, &now, &columns_of(sources, &now, &shares)?, false)?;
        let replaced = table_of(amended.replaced_folder, amended.replaced)?;
        read.add(sources, &replaced, &columns_of(sources, &replaced, amended.shares)?, true)?;
        read.cells.retain(|_, balance| *balance != Balance::ZERO);
        read.add_held(sources)?;
        check_paid(sources, &adjustments)?;
        Ok(read)
    }

    /// Adds what the columns of a distribution give, or takes it away again.
    fn add(
        &mut self,
        sources: Sources<'_>,
        table: &Table,
        columns: &[Column<'_>],
        is_replaced: bool,
    ) -> Result<(), Error> {
        let places: Vec<usize> = columns.iter().map(|column| self.place_of(column)).collect();
        for row in table.rows() {
            let key = key_of(row)?;
            let accounts = accounts_in(row.field("accounts"));
            self.groups.join(&identities(&key, &accounts));
            for (column, place) in columns.iter().zip(&places) {
                let balance = Balance::from(amount_of(row, column.header, sources.decimals)?);
                let balance = if is_replaced { balance.negated() } else { balance };
                let sum = self.cells.entry((key.clone(), *place)).or_default();
                *sum = sum.checked_add(balance).ok_or_else(|| sources.disagree("the amounts"))?;
            }
            self.known.entry(key).or_insert_with(|| (row.field("recipient").to_owned(), accounts));
        }
        Ok(())
    }

    /// The place of a column among those of both distributions.
    fn place_of(&mut self, column: &Column<'_>) -> usize {
        let named = (column.allocation.to_owned(), column.reward().to_owned());
        self.columns.iter().position(|known| *known == named).unwrap_or_else(|| {
            self.columns.push(named);
            self.columns.len() - 1
        })
    }

    /// How what is held changes.
    fn add_held(&mut self, sources: Sources<'_>) -> Result<(), Error> {
        let too_large = || sources.disagree("the held amounts before and after the amendment");
        for (carry, is_before) in [(sources.before, true), (sources.after, false)] {
            for record in &carry.held {
                let balance = sources.balance(&record.amount)?;
                let balance = if is_before { balance.negated() } else { balance };
                let sum = self.held.entry(record.key.clone()).or_default();
                *sum = sum.checked_add(balance).ok_or_else(too_large)?;
                self.groups.join(&identities(&record.key, &record.accounts));
                let known = || (record.name.clone(), record.accounts.clone());
                self.known.entry(record.key.clone()).or_insert_with(known);
            }
        }
        self.held.retain(|_, balance| *balance != Balance::ZERO);
        Ok(())
    }

    /// What does not add up in each group: the differences that the distributions have beyond those of the
    /// rows, and the change of what is held beyond what is added and paid.
    fn open(&mut self) -> Option<BTreeMap<usize, [Balance; 2]>> {
        let mut open: BTreeMap<usize, [Balance; 2]> = BTreeMap::new();
        let mut add = |group: usize, more: [Balance; 2]| -> Option<()> {
            for (sum, more) in open.entry(group).or_default().iter_mut().zip(more) {
                *sum = sum.checked_add(more)?;
            }
            Some(())
        };
        for row in &self.rows {
            let added = row.difference.checked_sub(row.paid.into())?;
            add(self.groups.find(&row.key), [row.difference.negated(), added.negated()])?;
        }
        for ((key, _), balance) in &self.cells {
            add(self.groups.find(key), [*balance, Balance::ZERO])?;
        }
        for (key, balance) in &self.held {
            add(self.groups.find(key), [Balance::ZERO, *balance])?;
        }
        open.retain(|_, open| *open != [Balance::ZERO; 2]);
        Some(open)
    }

    /// Puts groups together until all of them add up: first pairs that do, then all that is left. Gives the
    /// groups of which it is not certain whose they are.
    fn put_together(&mut self, sources: Sources<'_>) -> Result<BTreeSet<usize>, Error> {
        let disagree = || sources.disagree("the adjustments, the distributions and what is held");
        let open = self.open().ok_or_else(disagree)?;
        let is_certain = open.len() <= 2;
        let mut names: BTreeMap<usize, String> = BTreeMap::new();
        let keys = self.rows.iter().map(|row| &row.key).chain(self.held.keys());
        for key in keys.chain(self.cells.keys().map(|(key, _)| key)) {
            names.entry(self.groups.find(key)).or_insert_with(|| key.clone());
        }
        let mut waiting: BTreeMap<[(bool, Amount); 2], Vec<&String>> = BTreeMap::new();
        let shape = |sums: [Balance; 2]| sums.map(|sum| (sum.is_negative(), sum.size()));
        let mut joined: Vec<[String; 2]> = Vec::new();
        for (group, sums) in &open {
            let Some(name) = names.get(group) else { continue };
            match waiting.get_mut(&shape(sums.map(Balance::negated))).and_then(Vec::pop) {
                Some(other) => joined.push([other.clone(), name.clone()]),
                None => waiting.entry(shape(*sums)).or_default().push(name),
            }
        }
        let left: Vec<String> = waiting.into_values().flatten().cloned().collect();
        for pair in &joined {
            self.groups.join(pair);
        }
        self.groups.join(&left);
        if !self.open().ok_or_else(disagree)?.is_empty() {
            return Err(disagree());
        }
        let all = joined.into_iter().flatten().chain(left).filter(|_| !is_certain);
        Ok(all.map(|name| self.groups.find(&name)).collect())
    }
}

/// What is paid now is what the statement says.
fn check_paid(sources: Sources<'_>, adjustments: &[Adjustment]) -> Result<(), Error> {
    let disagree = || sources.disagree("what is paid now and the statement");
    let nobody = |row: &&Adjustment| row.address.is_none() && row.paid_now != Amount::ZERO;
    let held = sources.allocations.iter().find(|allocation| allocation.name == HELD);
    let stated = held.map_or(Ok(Balance::ZERO), |held| sources.balance(&held.sums.paid))?;
    let paid = Amount::sum(adjustments.iter().map(|row| row.paid_now));
    let agrees = paid.map(Balance::from) == Some(stated) && !adjustments.iter().any(|row| nobody(&row));
    if agrees { Ok(()) } else { Err(disagree()) }
}

fn row_of(adjustment: &Adjustment) -> Row {
    Row {
        key: adjustment.key.to_string(),
        recipient: adjustment.name(),
        address: adjustment.address,
        accounts: adjustment.person.accounts.iter().cloned().collect(),
        difference: adjustment.difference(),
        paid: adjustment.paid_now,
        parts: Vec::new(),
    }
}

/// The recipient key of a row of a distribution.
fn key_of(row: TableRow<'_>) -> Result<String, Error> {
    let address = row.address("address")?;
    let key = address.map_or_else(|| row.field("key").to_owned(), |address| address.to_string());
    if key.is_empty() {
        let place = Place::file(row.place().path());
        return Err(Error::RecordInvalid { place, reason: "a row has neither address nor key".to_owned() });
    }
    Ok(key)
}

/// A key and account ids.
fn identities(key: &str, accounts: &[String]) -> Vec<String> {
    let accounts = accounts.iter().map(|account| Key::of(None, account, "").to_string());
    std::iter::once(key.to_owned()).chain(accounts).collect()
}
