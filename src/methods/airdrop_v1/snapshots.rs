//! Snapshots of a token's holders: read without holding their text, joined one after the other.
//!
//! A snapshot is a table with the columns `HolderAddress` (or `address`) and `Balance` (or
//! `balance`). A balance is a plain decimal, or one with a comma before each group of three digits
//! (`1,234.5`). Of a row only 36 bytes are kept; of a category only who was eligible up to here and
//! the snapshots that are read next.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::amount::{Amount, power_of_ten};
use crate::error::{Error, Place, Shown};
use crate::files::Files;
use crate::parallel;
use crate::tables::stream::{PROBLEM_LIMIT, StreamRow, for_each_row};

/// The columns of a snapshot, each with the names it may have.
pub(crate) const COLUMNS: [&[&str]; 2] = [&["HolderAddress", "address"], &["Balance"]];
/// How many snapshots are read at once, if there are processors for it: more would only take memory.
const READ_AT_ONCE: usize = 2;

/// Which of the balances of an eligible address counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// The smallest one.
    Minimum,
    /// The one of the first snapshot.
    Initial,
}

/// What makes an address eligible.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    /// Decimals of the balances.
    pub decimals: u8,
    /// The least balance, in base units.
    pub threshold: u128,
    pub counted: Counted,
    /// Addresses that are eligible nowhere, ascending.
    pub excluded: &'a [Address],
}

/// An address and its balance in base units, in as few bytes as they have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holding {
    pub address: Address,
    balance: [u8; 16],
}

impl Holding {
    fn new(address: Address, balance: u128) -> Self {
        Self { address, balance: balance.to_le_bytes() }
    }

    /// The balance in base units.
    pub fn balance(&self) -> u128 {
        u128::from_le_bytes(self.balance)
    }
}

/// What a snapshot held, and how many are eligible with it and those before.
#[derive(Debug)]
pub(super) struct Counts {
    pub path: String,
    pub rows: usize,
    pub at_or_above_threshold: usize,
    pub still_eligible: usize,
}

/// A category: who is eligible, ascending by address, and how it came to that.
#[derive(Debug)]
pub(super) struct Category {
    pub label: String,
    pub eligible: Vec<Holding>,
    pub snapshots: Vec<Counts>,
}

/// Reads the snapshots of a category and finds who stands in all of them with enough. All problems
/// of all snapshots at once.
pub(super) fn read_category(
    label: &str,
    paths: &[String],
    files: &Files,
    terms: &Terms<'_>,
) -> Result<Category, Vec<Error>> {
    let mut category = Category { label: label.to_owned(), eligible: Vec::new(), snapshots: Vec::new() };
    let mut problems = Vec::new();
    for paths in paths.chunks(READ_AT_ONCE) {
        let read = parallel::map(paths, |path| read_snapshot(path, files, terms));
        for (path, holdings) in paths.iter().zip(read) {
            match holdings {
                Ok(holdings) if problems.is_empty() => join(&mut category, path, holdings, terms),
                Ok(_) => {}
                Err(found) => problems.extend(found),
            }
        }
    }
    if problems.is_empty() { Ok(category) } else { Err(problems) }
}

/// The balances of addresses in a snapshot, in base units, of those that stand there.
pub(super) fn balances_in(
    path: &str,
    files: &Files,
    terms: &Terms<'_>,
    addresses: &BTreeSet<Address>,
) -> Result<BTreeMap<Address, u128>, Vec<Error>> {
    let holdings = read_snapshot(path, files, terms)?;
    let balance = |address: &Address| {
        let index = holdings.binary_search_by_key(address, |holding| holding.address).ok()?;
        holdings.get(index).map(|holding| (*address, holding.balance()))
    };
    Ok(addresses.iter().filter_map(balance).collect())
}

/// Leaves in the category who stands in the next snapshot too, with enough.
fn join(category: &mut Category, path: &str, mut next: Vec<Holding>, terms: &Terms<'_>) {
    let rows = next.len();
    next.retain(|holding| holding.balance() >= terms.threshold);
    let at_or_above_threshold = next.len();
    if category.snapshots.is_empty() {
        next.retain(|holding| terms.excluded.binary_search(&holding.address).is_err());
        next.shrink_to_fit();
        category.eligible = next;
    } else {
        // Both are ascending: one walk.
        let mut next = next.into_iter().peekable();
        category.eligible.retain_mut(|holding| {
            while next.next_if(|other| other.address < holding.address).is_some() {}
            let Some(other) = next.next_if(|other| other.address == holding.address) else { return false };
            if terms.counted == Counted::Minimum && other.balance() < holding.balance() {
                *holding = other;
            }
            true
        });
    }
    category.snapshots.push(Counts {
        path: path.to_owned(),
        rows,
        at_or_above_threshold,
        still_eligible: category.eligible.len(),
    });
}

/// The rows of a snapshot, ascending by address.
fn read_snapshot(path: &str, files: &Files, terms: &Terms<'_>) -> Result<Vec<Holding>, Vec<Error>> {
    let mut input = files.open(path).map_err(|error| vec![error])?;
    let mut holdings = Vec::new();
    let read = for_each_row(path, &mut input, &COLUMNS, &mut |row| {
        holdings.push(Holding::new(address_of(row)?, balance_of(row, terms.decimals)?));
        Ok(())
    });
    if !holdings.is_sorted_by_key(|holding| holding.address) {
        parallel::sort_by_key(&mut holdings, |holding| holding.address);
    }
    let mut twice: Vec<Address> = Vec::new();
    for (left, right) in holdings.iter().zip(holdings.iter().skip(1)) {
        if left.address == right.address && twice.last() != Some(&left.address) {
            twice.push(left.address);
            if twice.len() == PROBLEM_LIMIT {
                break;
            }
        }
    }
    if read.is_ok() && twice.is_empty() {
        return Ok(holdings);
    }
    let mut problems = read.err().unwrap_or_default();
    if !twice.is_empty() {
        problems.extend(where_twice(path, files, &twice)?);
    }
    problems.truncate(PROBLEM_LIMIT);
    Err(problems)
}

/// The address of a row.
fn address_of(row: StreamRow<'_>) -> Result<Address, Error> {
    if let Some(address) = Address::parse_lower_case(row.field(0)) {
        return Ok(address);
    }
    match row.text(0) {
        "" => Err(Error::ValueMissing { place: row.place(), what: row.name(0).to_owned() }),
        text => Address::parse(text, &row.place(), row.name(0)),
    }
}

/// The balance of a row in base units.
fn balance_of(row: StreamRow<'_>, decimals: u8) -> Result<u128, Error> {
    if let Some(balance) = short_balance(row.field(1), decimals) {
        return Ok(balance);
    }
    let text = row.text(1);
    if text.is_empty() {
        return Err(Error::ValueMissing { place: row.place(), what: row.name(1).to_owned() });
    }
    let Some(plain) = without_thousands_marks(text) else {
        return Err(Error::NotANumber {
            place: row.place(),
            what: row.name(1).to_owned(),
            value: Shown::from(text),
            reason: "its commas do not stand before groups of three digits".to_owned(),
        });
    };
    Amount::parse(&plain, decimals, &row.place(), row.name(1)).map(Amount::units)
}

/// A balance of at most 18 digits and no more decimals than there may be, quickly; `None` for every
/// other text, which may still be a balance.
fn short_balance(text: &str, decimals: u8) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.is_empty() || fraction.is_empty() || whole.len() + fraction.len() > 18 {
        return None;
    }
    let digits = whole.bytes().chain(fraction.bytes());
    let value = digits.into_iter().try_fold(0_u64, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + u64::from(digit - b'0'))
    })?;
    let missing = decimals.checked_sub(u8::try_from(fraction.len()).ok()?)?;
    u128::from(value).checked_mul(power_of_ten(missing)?)
}

/// The number without the commas before its groups of three digits; `None` when there are other
/// commas.
fn without_thousands_marks(text: &str) -> Option<String> {
    if !text.contains(',') {
        return Some(text.to_owned());
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut groups = whole.strip_prefix('-').unwrap_or(whole).split(',');
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
    let grouped =
        first && groups.all(|group| group.len() == 3) && !fraction.is_some_and(|text| text.contains(','));
    grouped.then(|| text.replace(',', ""))
}

/// Where the addresses (ascending) stand again, found by reading once more: lines of all rows would
/// take memory in every snapshot that has no fault.
fn where_twice(path: &str, files: &Files, twice: &[Address]) -> Result<Vec<Error>, Vec<Error>> {
    let mut first_lines: Vec<Option<u64>> = vec![None; twice.len()];
    let mut problems = Vec::new();
    let mut input = files.open(path).map_err(|error| vec![error])?;
    let read = for_each_row(path, &mut input, &COLUMNS, &mut |row| {
        let Ok(address) = address_of(row) else { return Ok(()) }; // told already
        let index = twice.binary_search(&address).ok();
        let Some(first) = index.and_then(|index| first_lines.get_mut(index)) else { return Ok(()) };
        match *first {
            None => *first = Some(row.line()),
            Some(line) if problems.len() < PROBLEM_LIMIT => problems.push(Error::StandsTwice {
                place: row.place(),
                what: Shown::from(format!("{} `{address}`", row.name(0))),
                first: Place::line(path, line),
            }),
            Some(_) => {}
        }
        Ok(())
    });
    // What the table has besides was told after the first reading.
    if problems.is_empty() { read.map(|()| problems) } else { Ok(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Content;

    fn address(digit: u8) -> String {
        format!("0x{digit:040x}")
    }

    fn terms(counted: Counted) -> Terms<'static> {
        Terms { decimals: 2, threshold: 1000, counted, excluded: &[] }
    }

    /// Tables of addresses and balances as files.
    fn files(tables: &[&str]) -> (Vec<String>, Files) {
        let mut files = Files::default();
        let mut paths = Vec::new();
        for (index, table) in tables.iter().enumerate() {
            let path = format!("{index}.csv");
            files.insert(path.clone(), Content::File(format!("Address,BALANCE\n{table}").into_bytes()));
            paths.push(path);
        }
        (paths, files)
    }

    fn read(tables: &[&str], terms: &Terms<'_>) -> Result<Category, Vec<Error>> {
        let (paths, files) = files(tables);
        read_category("holders", &paths, &files, terms)
    }

    #[test]
    fn who_stands_everywhere_with_enough_is_eligible() {
        let row = |digit: u8, balance: &str| format!("{},{balance}\n", address(digit));
        let first = row(3, "30") + &row(1, "10") + &row(2, "9.99") + &row(4, "11");
        let second = row(1, "10.00") + &row(3, "\"1,020.5\"") + &row(5, "99");
        let third = row(1, "12") + &row(3, "20");
        for (counted, third_balance) in [(Counted::Minimum, 2000), (Counted::Initial, 3000)] {
            let category = read(&[&first, &second, &third], &terms(counted)).unwrap();
            let eligible: Vec<_> = category
                .eligible
                .iter()
                .map(|holding| (holding.address.to_string(), holding.balance()))
                .collect();
            assert_eq!(eligible, [(address(1), 1000), (address(3), third_balance)]);
            let counts: Vec<_> = category
                .snapshots
                .iter()
                .map(|counts| (counts.rows, counts.at_or_above_threshold, counts.still_eligible))
                .collect();
            assert_eq!(counts, [(4, 3, 3), (3, 3, 2), (2, 2, 2)]);
        }
        let one = Address::parse_lower_case(&address(1)).unwrap();
        let excluded = Terms { excluded: &[one], ..terms(Counted::Minimum) };
        let category = read(&[&first], &excluded).unwrap();
        assert_eq!(category.snapshots[0].at_or_above_threshold, 3);
        assert_eq!(category.snapshots[0].still_eligible, 2);
    }

    #[test]
    fn an_address_that_stands_twice_is_named_with_both_lines() {
        let table = format!(
            "{},1\n{},2\n{},3\n{},4\n",
            address(0xab),
            address(2),
            address(0xab).to_uppercase().replace("0X", "0x"),
            address(0xab)
        );
        let problems: Vec<String> =
            read(&[&table], &terms(Counted::Minimum)).unwrap_err().iter().map(ToString::to_string).collect();
        let again = format!("Address `{}` stands already at 0.csv:2", address(0xab));
        assert_eq!(problems, [format!("0.csv:4: {again}"), format!("0.csv:5: {again}")]);
    }

    #[test]
    fn balances_are_read_exactly_or_refused() {
        let balance = |text: &str| -> Result<u128, &'static str> {
            let table = format!("{},\"{text}\"\n", address(1));
            let all = Terms { threshold: 0, ..terms(Counted::Minimum) };
            let category = read(&[&table], &all).map_err(|problems| problems[0].code())?;
            Ok(category.eligible[0].balance())
        };
        for (text, units) in [
            ("0", 0),
            ("12", 1200),
            ("012.5", 1250),
            (" 1.230000 ", 123),
            ("1,234.5", 123_450),
            ("12,345,678", 1_234_567_800),
            ("3402823669209384634633746074317682114.55", u128::MAX),
            ("1.10000000000000000000000000000", 110),
        ] {
            assert_eq!(balance(text), Ok(units), "{text}");
        }
        for (text, code) in [
            ("", "value-missing"),
            ("1,23", "not-a-number"),
            ("1234,567", "not-a-number"),
            (",123", "not-a-number"),
            ("1,234,", "not-a-number"),
            ("1.234,567", "not-a-number"),
            ("1e18", "not-a-number"),
            ("NaN", "not-a-number"),
            ("1.", "not-a-number"),
            (".5", "not-a-number"),
            ("-1,234", "number-negative"),
            ("-0", "number-negative"),
            ("1.234", "too-many-decimals"),
            ("1,234.567", "too-many-decimals"),
            ("3402823669209384634633746074317682114.56", "number-too-large"),
        ] {
            assert_eq!(balance(text), Err(code), "{text}");
        }
    }
}
