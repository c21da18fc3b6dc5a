//! The rows that pass the filters, by recipient.

use std::collections::{BTreeMap, BTreeSet};

use super::Rows;
use super::rule::{Rule, ValueColumn};
use super::terms::{DECIMALS, ONE};
use crate::address::Address;
use crate::amount::Weight;
use crate::error::{Error, Place, Shown, Warning};
use crate::methods::{Request, collected, is_shown_before};
use crate::recipient::{Key, Recipient};
use crate::tables::{Row, Table};

/// The largest rank of which `fibonacci` is computed.
const RANK_LIMIT: u64 = 92;

/// What was read of the table.
pub(super) struct Entries {
    pub people: BTreeMap<Key, Entry>,
    /// One entry a filter.
    pub passes: Vec<Passes>,
    /// How many rows there are, and how many passed all filters.
    pub rows: usize,
    pub rows_passed: usize,
    /// By what a person is known without an address: the row that gives the address first.
    addresses: BTreeMap<Key, (Address, Place)>,
    /// The same of rows without address: the first such row, and the name or account id.
    unaddressed: BTreeMap<Key, (Place, Shown)>,
}

/// What a filter did.
#[derive(Debug, Clone, Default)]
pub(super) struct Passes {
    pub looked_at: usize,
    pub passed: usize,
    /// The listed texts that stand in a row.
    pub found: BTreeSet<String>,
}

/// A recipient and their rows.
pub(super) struct Entry {
    pub person: Recipient,
    /// Where the recipient stands first.
    pub place: Place,
    /// In the order of the file, at least one.
    pub lines: Vec<Line>,
}

/// The values of a row.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub place: Place,
    /// One a column of values, an integer of 1e-18; `None` for an empty cell.
    pub values: Vec<Option<Weight>>,
}

/// Who a row is about.
struct Person<'a> {
    address: Option<Address>,
    account: &'a str,
    name: &'a str,
}

/// Reads all rows that pass the filters; all problems at once.
pub(super) fn read(table: &Table, rule: &Rule, request: &Request<'_>, problems: &mut Vec<Error>) -> Entries {
    let mut entries = Entries {
        people: BTreeMap::new(),
        passes: vec![Passes::default(); rule.filters.len()],
        rows: table.len(),
        rows_passed: 0,
        addresses: BTreeMap::new(),
        unaddressed: BTreeMap::new(),
    };
    for row in table.rows() {
        let passes = collected(entries.passes_filters(row, rule), problems);
        if passes != Some(true) {
            continue;
        }
        entries.rows_passed += 1;
        let person = person_of(row, rule, problems);
        let values: Vec<Option<Option<Weight>>> =
            rule.values.iter().map(|column| collected(value_of(row, column), problems)).collect();
        let values: Option<Vec<Option<Weight>>> = values.into_iter().collect();
        let Some(person) = person else { continue };
        collected(entries.check_address(&person, row), problems);
        // A row with a faulty value still tells of a recipient that stands twice.
        let line = Line { place: row.place(), values: values.unwrap_or_default() };
        collected(entries.add(&person, line, rule, request), problems);
    }
    entries
}

/// Name, account id and address of a row, at least one of them.
fn person_of<'a>(row: Row<'a>, rule: &Rule, problems: &mut Vec<Error>) -> Option<Person<'a>> {
    let name = collected(row.name(&rule.recipient), problems);
    let account =
        if rule.account.is_empty() { Some("") } else { collected(row.name(&rule.account), problems) };
    let address = collected(row.address(&rule.address), problems);
    let person = Person { address: address?, account: account?, name: name? };
    if person.address.is_none() && person.account.is_empty() && person.name.is_empty() {
        problems.push(Error::ValueMissing { place: row.place(), what: row.spelled(&rule.recipient) });
        return None;
    }
    Some(person)
}

/// The value of a cell, an integer of 1e-18, or `None` when the cell is empty.
fn value_of(row: Row<'_>, column: &ValueColumn) -> Result<Option<Weight>, Error> {
    let Some(decimal) = row.decimal(&column.name)? else {
        if column.is_rank {
            return Err(Error::ValueMissing { place: row.place(), what: row.spelled(&column.name) });
        }
        return Ok(None);
    };
    let (what, shown) = (row.spelled(&column.name), Shown::from(row.field(&column.name).trim()));
    let value = decimal.scaled(DECIMALS).ok_or_else(|| Error::TooManyDecimals {
        place: row.place(),
        what: what.clone(),
        value: shown.clone(),
        decimals: DECIMALS,
    })?;
    let is_rank = (value % ONE).is_zero() && value >= ONE && value / ONE <= Weight::from(RANK_LIMIT);
    if column.is_rank && !is_rank {
        return Err(Error::RankInvalid { place: row.place(), what, value: shown, most: RANK_LIMIT });
    }
    Ok(Some(value))
}

impl Person<'_> {
    /// The recipient key.
    fn key(&self) -> Key {
        Key::of(self.address, self.account, self.name)
    }

    /// What the person is known by without the address, if anything.
    fn identity(&self) -> Option<Key> {
        let is_known = !self.account.is_empty() || !self.name.is_empty();
        is_known.then(|| Key::of(None, self.account, self.name))
    }

    /// The name, else the account id, else the address.
    fn shown(&self) -> Shown {
        match (self.name, self.account) {
            ("", "") => Shown::from(self.key().to_string()),
            ("", account) => Shown::from(account),
            (name, _) => Shown::from(name),
        }
    }
}

impl Entries {
    /// Whether a row passes all filters; behind the first that it does not pass it is not looked at.
    fn passes_filters(&mut self, row: Row<'_>, rule: &Rule) -> Result<bool, Error> {
        for (filter, passes) in rule.filters.iter().zip(&mut self.passes) {
            passes.looked_at += 1;
            if !filter.passes(row, &mut passes.found)? {
                return Ok(false);
            }
            passes.passed += 1;
        }
        Ok(true)
    }

    /// One person has one address.
    fn check_address(&mut self, person: &Person<'_>, row: Row<'_>) -> Result<(), Error> {
        let Some(identity) = person.identity() else { return Ok(()) };
        let Some(address) = person.address else {
            self.unaddressed.entry(identity).or_insert_with(|| (row.place(), person.shown()));
            return Ok(());
        };
        let (first, first_place) = self.addresses.entry(identity).or_insert_with(|| (address, row.place()));
        if *first == address {
            return Ok(());
        }
        Err(Error::RecipientTwoAddresses {
            place: row.place(),
            recipient: person.shown(),
            first: first.to_string(),
            second: address.to_string(),
            first_place: first_place.clone(),
        })
    }

    /// Adds a row to its recipient. Errors: another row of the recipient where the rule wants one.
    fn add(
        &mut self,
        person: &Person<'_>,
        line: Line,
        rule: &Rule,
        request: &Request<'_>,
    ) -> Result<(), Error> {
        let has_ranks = rule.values.iter().any(|column| column.is_rank);
        let allows_several = match rule.rows {
            Rows::Refuse => false,
            Rows::Add => !has_ranks,
            Rows::Each => true,
        };
        let new = || Entry { person: Recipient::default(), place: line.place.clone(), lines: Vec::new() };
        let entry = self.people.entry(person.key()).or_insert_with(new);
        if is_shown_before(person.name, &entry.person.name) {
            person.name.clone_into(&mut entry.person.name);
        }
        if !person.account.is_empty() {
            entry.person.accounts.insert(person.account.to_owned());
        }
        if entry.lines.is_empty() || allows_several {
            entry.lines.push(line);
            return Ok(());
        }
        Err(Error::RecipientTwice {
            place: line.place,
            recipient: person.shown(),
            first: entry.place.clone(),
            allocation: request.name(),
            choices: if rule.rows == Rows::Add { "\"each\"" } else { "\"add\" or \"each\"" },
        })
    }

    /// The warning of people whose address stands in one row and is missing in another.
    pub fn without_address(&self) -> Option<Warning> {
        let twice = || self.unaddressed.iter().filter(|(identity, _)| self.addresses.contains_key(identity));
        let (_, (place, shown)) = twice().min_by_key(|(_, (place, _))| place)?;
        let others = match twice().count() - 1 {
            0 => String::new(),
            more => format!(" ({more} more like this)"),
        };
        let text = format!("`{shown}` has no address here but one in another row: two recipients{others}");
        Some(Warning::new(place.clone(), text))
    }
}
