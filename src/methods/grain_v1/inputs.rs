//! The tables of grain-v1: accounts, cred, and what was earned before.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::{Request, collected};
use super::State;
use crate::amount::{Amount, Decimal, Weight};
use crate::error::{Error, Place, Shown, Warning};
use crate::recipient::Key;
use crate::statement::CARRY_FILE;
use crate::tables::{Row, Table, compared, day};

/// The columns of the table of accounts.
pub(crate) const ACCOUNT_COLUMNS: [&str; 3] = ["name", "address", "active"];
/// The columns of the table of cred.
pub(crate) const CRED_COLUMNS: [&str; 3] = ["name", "interval", "cred"];
/// The columns of the table of what was earned.
pub(crate) const EARNED_COLUMNS: [&str; 3] = ["name", "interval", "amount"];
/// Decimals of cred: it is counted in integers of 1e-18.
pub(super) const CRED_DECIMALS: u8 = 18;
/// Most intervals: `recent` goes through all of them for every account. 10,000 weeks are 191 years.
const INTERVALS_LIMIT: usize = 10_000;
/// Most names that a warning lists.
const NAMES_SHOWN: usize = 10;

/// An interval: its number, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Interval {
    /// A whole number.
    Number(u64),
    /// A day.
    Day(Date),
}

impl Interval {
    /// Reads an interval; the error is a reason, without the text itself.
    fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(day) = day(text) {
            Ok(Self::Day(day))
        } else if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().map(Self::Number).map_err(|_| "is too large")
        } else {
            Err("is neither a whole number nor a day")
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Day(day) => day.fmt(formatter),
        }
    }
}

/// An account.
#[derive(Debug)]
pub(super) struct Account {
    /// The name as the table gives it.
    pub name: String,
    /// Who gets what it gets.
    pub key: Key,
    /// Whether it takes part.
    pub active: bool,
    /// Its cred in integers of 1e-18.
    pub cred: BTreeMap<Interval, Weight>,
    /// Where it stands.
    place: Place,
}

impl Account {
    /// The cred from an interval on, or all.
    pub(super) fn cred_from(&self, from: Option<Interval>) -> Option<Weight> {
        let within = self.cred.iter().filter(|(interval, _)| from.is_none_or(|from| **interval >= from));
        within.map(|(_, cred)| *cred).try_fold(Weight::ZERO, Weight::checked_add)
    }
}

/// One amount that was earned before, as carry.json keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EarnedEntry {
    /// The name as names are compared.
    pub name: String,
    /// The interval.
    pub interval: String,
    /// The amount in token units.
    pub amount: String,
}

/// What was earned, by interval and compared name.
pub(super) type Earned = BTreeMap<(Interval, String), Amount>;

/// Everything that the rule divides by.
#[derive(Debug)]
pub(super) struct Inputs {
    /// Accounts by compared name.
    pub accounts: BTreeMap<String, Account>,
    /// The intervals of the table of cred.
    pub intervals: BTreeSet<Interval>,
    /// What was earned before.
    pub earned: Earned,
    /// The table of accounts, from the ledger's root.
    pub accounts_path: String,
    /// The table of cred, from the ledger's root.
    pub cred_path: String,
    /// The files that were read.
    pub read: BTreeSet<String>,
}

impl Inputs {
    /// The accounts that take part, with their compared names.
    pub(super) fn active(&self) -> impl Iterator<Item = (&str, &Account)> {
        let active = self.accounts.iter().filter(|(_, account)| account.active);
        active.map(|(name, account)| (name.as_str(), account))
    }

    /// The first interval of a window of that many; `None` where the window is everything.
    pub(super) fn window(&self, lookback: u64) -> Option<Interval> {
        let before = usize::try_from(lookback.checked_sub(1)?).unwrap_or(usize::MAX);
        self.intervals.iter().rev().nth(before).copied()
    }

    /// Units that every name earned from an interval on, or in all.
    pub(super) fn earned_by_name(&self, from: Option<Interval>) -> Option<BTreeMap<&str, Weight>> {
        units_by_name(&self.earned, from)
    }
}

/// Reads all inputs; all problems at once.
pub(super) fn read(
    request: &Request<'_>,
    warnings: &mut Vec<Warning>,
    problems: &mut Vec<Error>,
) -> Option<Inputs> {
    let accounts_table = table(request.input("accounts"), &ACCOUNT_COLUMNS, problems);
    let cred_table = table(request.input("cred"), &CRED_COLUMNS, problems);
    let given = collected(request.optional_input("earned"), problems).flatten();
    let earned_table = given.and_then(|given| table(Ok(given), &EARNED_COLUMNS, problems));
    let (accounts_table, cred_table) = (accounts_table?, cred_table?);
    let mut accounts = read_accounts(&accounts_table, problems);
    let mut kind = None;
    let intervals = read_cred(&cred_table, &mut accounts, &mut kind, problems);
    let earned = match (&earned_table, request.allocation.inputs.contains_key("earned")) {
        (Some(table), _) => read_earned(table, request.decimals(), &mut kind, problems),
        (None, true) => Earned::new(), // it could not be read, which is reported
        (None, false) => collected(read_carried(request, &mut kind), problems).unwrap_or_default(),
    };
    let place = earned_table.as_ref().map_or_else(|| request.place(), |table| Place::file(table.path()));
    warnings.extend(unknown_earners(&accounts, &earned, place));
    if let Some(table) = &earned_table {
        let own = read_carried(request, &mut None).unwrap_or_default();
        warnings.extend(less_than_own(&earned, &own, Place::file(table.path())));
    }
    let tables = [Some(&accounts_table), Some(&cred_table), earned_table.as_ref()];
    let read = tables.into_iter().flatten().map(|table| table.path().to_owned()).collect();
    let (accounts_path, cred_path) = (accounts_table.path().to_owned(), cred_table.path().to_owned());
    Some(Inputs { accounts, intervals, earned, accounts_path, cred_path, read })
}

/// Reads a table.
fn table(input: Result<(&str, &[u8]), Error>, columns: &[&str], problems: &mut Vec<Error>) -> Option<Table> {
    let (path, bytes) = collected(input, problems)?;
    Table::read(path, bytes, columns).map_err(|found| problems.extend(found)).ok()
}

/// Reads the accounts by compared name. Names and addresses are distinct.
fn read_accounts(table: &Table, problems: &mut Vec<Error>) -> BTreeMap<String, Account> {
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    let mut keys: BTreeMap<Key, Place> = BTreeMap::new();
    for row in table.rows() {
        let name = collected(filled_name(row), problems);
        let address = collected(row.address("address"), problems);
        let active = collected(filled(row, "active").and_then(|_| row.boolean("active")), problems);
        let Some(name) = name else { continue };
        // A row with a fault stands in all the same, so that its cred is not called nobody's.
        let (address, active) = (address.flatten(), active.unwrap_or(false));
        let (place, key) = (row.place(), Key::of(address, "", name));
        let twice = |what: String, first: &Place| Error::StandsTwice {
            place: row.place(),
            what: Shown::sentence(&what),
            first: first.clone(),
        };
        if let Some(first) = accounts.get(&compared(name)) {
            problems.push(twice(format!("account `{}`", Shown::from(name)), &first.place));
            continue;
        }
        if let Some(first) = keys.insert(key.clone(), place.clone()) {
            problems.push(twice(format!("address {key}"), &first));
        }
        let account = Account { name: name.to_owned(), key, active, cred: BTreeMap::new(), place };
        accounts.insert(compared(name), account);
    }
    accounts
}

/// Reads cred into the accounts; gives the intervals.
fn read_cred(
    table: &Table,
    accounts: &mut BTreeMap<String, Account>,
    kind: &mut Option<Interval>,
    problems: &mut Vec<Error>,
) -> BTreeSet<Interval> {
    let mut seen: BTreeMap<(Interval, String), Place> = BTreeMap::new();
    let mut intervals = BTreeSet::new();
    for row in table.rows() {
        let name = collected(filled_name(row), problems);
        let interval = collected(interval_of(row, kind), problems);
        let cred = collected(cred_of(row), problems);
        let Some(name) = name else { continue };
        let Some(account) = accounts.get_mut(&compared(name)) else {
            let (place, name) = (row.place(), Shown::from(name));
            let reason = "has cred, and the table of accounts does not list it";
            problems.push(Error::AccountUnknown { place, what: "account", name, reason });
            continue;
        };
        let (Some(interval), Some(cred)) = (interval, cred) else { continue };
        intervals.insert(interval);
        if let Some(first) = seen.get(&(interval, compared(name))) {
            let what = Shown::sentence(&format!("cred of `{}` in interval {interval}", Shown::from(name)));
            problems.push(Error::StandsTwice { place: row.place(), what, first: first.clone() });
            continue;
        }
        seen.insert((interval, compared(name)), row.place());
        account.cred.insert(interval, cred);
    }
    if intervals.len() > INTERVALS_LIMIT {
        let (place, found) = (Place::file(table.path()), intervals.len());
        problems.push(Error::IntervalsTooMany { place, found, limit: INTERVALS_LIMIT });
    }
    intervals
}

/// The cred of a row in integers of 1e-18, further decimals cut.
fn cred_of(row: Row<'_>) -> Result<Weight, Error> {
    filled(row, "cred")?;
    let cred = row.decimal("cred")?.unwrap_or(Decimal::ZERO);
    let too_large = || Error::NumberTooLarge {
        place: row.place(),
        what: "cred".to_owned(),
        value: Shown::from(row.field("cred")),
    };
    let (digits, scale) = cred.fraction();
    let further = u32::from(scale.saturating_sub(CRED_DECIMALS));
    match 10_u128.checked_pow(further) {
        Some(cut) if further > 0 => Ok(Weight::from(digits / cut)),
        _ => cred.scaled(CRED_DECIMALS).ok_or_else(too_large),
    }
}

/// Reads what was earned; several rows of one name and interval are added.
fn read_earned(
    table: &Table,
    decimals: u8,
    kind: &mut Option<Interval>,
    problems: &mut Vec<Error>,
) -> Earned {
    let mut earned = Earned::new();
    for row in table.rows() {
        let name = collected(filled_name(row), problems);
        let interval = collected(interval_of(row, kind), problems);
        let amount =
            filled(row, "amount").and_then(|text| Amount::parse(text, decimals, &row.place(), "amount"));
        let amount = collected(amount, problems);
        let (Some(name), Some(interval), Some(amount)) = (name, interval, amount) else { continue };
        let added = add(&mut earned, interval, name, amount, &row.place());
        collected(added, problems);
    }
    earned
}

/// What earlier rounds of the allocation gave.
fn read_carried(request: &Request<'_>, kind: &mut Option<Interval>) -> Result<Earned, Error> {
    let mut earned = Earned::new();
    let Some((_, state)) = request.carried::<State>()? else { return Ok(earned) };
    let place = Place::file(CARRY_FILE);
    for entry in &state.earned {
        let interval = one_kind(&entry.interval, kind, &place)?;
        let amount = Amount::parse(&entry.amount, request.decimals(), &place, "amount")?;
        add(&mut earned, interval, &entry.name, amount, &place)?;
    }
    Ok(earned)
}

fn add(
    earned: &mut Earned,
    interval: Interval,
    name: &str,
    amount: Amount,
    place: &Place,
) -> Result<(), Error> {
    let sum = earned.entry((interval, compared(name))).or_default();
    let what = || format!("what `{}` earned in interval {interval}", Shown::from(name));
    *sum = sum.checked_add(amount).ok_or_else(|| Error::Overflow { place: place.clone(), what: what() })?;
    Ok(())
}

/// Earned grain of names that are no account's counts nowhere: renamed, perhaps, or misspelt.
fn unknown_earners(accounts: &BTreeMap<String, Account>, earned: &Earned, place: Place) -> Option<Warning> {
    let unknown: BTreeSet<&str> =
        earned.keys().map(|(_, name)| name.as_str()).filter(|name| !accounts.contains_key(*name)).collect();
    let names: Vec<&str> = unknown.iter().copied().take(NAMES_SHOWN).collect();
    let text = format!(
        "names that earned before are not in the table of accounts, so that counts nowhere ({}): {}",
        unknown.len(),
        names.join(", ")
    );
    (!unknown.is_empty()).then(|| Warning::new(place, text))
}

/// A table of what was earned takes the place of what earlier rounds of the ledger gave. Who has less
/// there than they gave would get it again.
fn less_than_own(earned: &Earned, own: &Earned, place: Place) -> Option<Warning> {
    let (earned, own) = (units_by_name(earned, None)?, units_by_name(own, None)?);
    let less = || own.iter().filter(|(name, units)| earned.get(*name).copied().unwrap_or_default() < **units);
    let names: Vec<&str> = less().map(|(name, _)| *name).take(NAMES_SHOWN).collect();
    let text = format!(
        "earlier rounds gave more than the table says, which counts all the same, in later rounds too ({}): {}",
        less().count(),
        names.join(", ")
    );
    (!names.is_empty()).then(|| Warning::new(place, text))
}

/// Units that every name earned from an interval on, or in all.
fn units_by_name(earned: &Earned, from: Option<Interval>) -> Option<BTreeMap<&str, Weight>> {
    let mut sums: BTreeMap<&str, Weight> = BTreeMap::new();
    for ((_, name), amount) in
        earned.iter().filter(|((interval, _), _)| from.is_none_or(|from| *interval >= from))
    {
        let sum = sums.entry(name).or_default();
        *sum = sum.checked_add(Weight::from(amount.units()))?;
    }
    Some(sums)
}

/// The interval of a row, of the same kind as all before it.
fn interval_of(row: Row<'_>, kind: &mut Option<Interval>) -> Result<Interval, Error> {
    one_kind(filled(row, "interval")?, kind, &row.place())
}

fn one_kind(text: &str, kind: &mut Option<Interval>, place: &Place) -> Result<Interval, Error> {
    let invalid = |reason| Error::IntervalInvalid { place: place.clone(), value: Shown::from(text), reason };
    let interval = Interval::parse(text).map_err(invalid)?;
    match (interval, *kind.get_or_insert(interval)) {
        (Interval::Number(_), Interval::Day(_)) => Err(invalid("is a number, and those before it are days")),
        (Interval::Day(_), Interval::Number(_)) => Err(invalid("is a day, and those before it are numbers")),
        _ => Ok(interval),
    }
}

/// The text of a field that must not be empty.
fn filled<'a>(row: Row<'a>, column: &str) -> Result<&'a str, Error> {
    match row.field(column).trim() {
        "" => Err(Error::ValueMissing { place: row.place(), what: column.to_owned() }),
        text => Ok(text),
    }
}

/// The name of a row, which must not be empty.
fn filled_name(row: Row<'_>) -> Result<&str, Error> {
    filled(row, "name")?;
    row.name("name")
}
