//! The table of contributions: what every row earns, and for whom.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Request, collected, is_shown_before};
use crate::address::Address;
use crate::amount::{Amount, DECIMALS_LIMIT, Decimal, Product, Weight};
use crate::error::{Error, Place, Shown, Warning};
use crate::recipient::Key;
use crate::tables::{Row, Table, compared};

/// The columns of the file.
pub(crate) const COLUMNS: [&str; 4] = ["contributor", "address", "week", "impact"];

/// What impacts may be, and what they earn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// The least impact.
    pub least: Decimal,
    /// The most.
    pub most: Decimal,
    /// Tokens for an impact of 1.
    pub tokens_per_impact: Decimal,
}

/// All rows.
#[derive(Debug)]
pub(super) struct Contributions {
    /// The table, from the ledger's root.
    pub path: String,
    /// What the recipients did.
    pub by_key: BTreeMap<Key, Contributor>,
    /// How many rows there are.
    pub rows: usize,
    /// The sum of the impacts in units of 10^-36.
    pub impact: Weight,
    /// The sum of what is owed.
    pub owed: Amount,
    /// How often each week stands in a row, and on which line first.
    weeks: BTreeMap<u64, (usize, Option<u64>)>,
    /// Names (as compared) with the addresses that rows give them.
    names: BTreeMap<String, Named>,
}

/// What one recipient did.
#[derive(Debug, Default)]
pub(super) struct Contributor {
    /// The name that stands first.
    pub name: String,
    /// The weeks in which they contributed.
    pub weeks: BTreeSet<u64>,
    /// The sum of the impacts in units of 10^-36.
    pub impact: Weight,
    /// What they earned.
    pub owed: Amount,
    /// Their rows, in the order of the file.
    pub rows: Vec<Contributed>,
}

/// A row, as it counts.
#[derive(Debug)]
pub(super) struct Contributed {
    /// Where it stands.
    pub place: Place,
    /// The week.
    pub week: u64,
    /// The impact.
    pub impact: Decimal,
    /// What it earned.
    pub owed: Amount,
}

/// What one recipient did in a week.
#[derive(Debug, Default)]
pub(super) struct InWeek {
    /// How many rows.
    pub rows: usize,
    /// The sum of the impacts in units of 10^-36.
    pub impact: Weight,
    /// What they earned.
    pub owed: Amount,
}

impl Contributor {
    /// What they did, week by week. The sums fit, since those over all weeks do.
    pub(super) fn by_week(&self) -> BTreeMap<u64, InWeek> {
        let mut weeks: BTreeMap<u64, InWeek> = BTreeMap::new();
        for row in &self.rows {
            let week = weeks.entry(row.week).or_default();
            let impact = row.impact.scaled(DECIMALS_LIMIT).unwrap_or_default();
            week.rows += 1;
            week.impact = week.impact.saturating_add(impact);
            week.owed = week.owed.checked_add(row.owed).unwrap_or(week.owed);
        }
        weeks
    }
}

/// A name over all rows.
#[derive(Debug)]
struct Named {
    /// The name as its first row gives it.
    name: String,
    /// The first address, and where it stands.
    address: Option<(Address, Place)>,
    /// Whether a row gives none.
    without_address: bool,
}

/// A row.
struct Contribution<'a> {
    name: &'a str,
    address: Option<Address>,
    week: u64,
    impact: Decimal,
    owed: Amount,
}

/// Reads the table. All problems at once; without `rate` nothing is owed and no impact is out of
/// range.
pub(super) fn read(
    request: &Request<'_>,
    rate: Option<&Rate>,
    problems: &mut Vec<Error>,
) -> Option<Contributions> {
    let (path, bytes) = collected(request.input("contributions"), problems)?;
    let table = Table::read(path, bytes, &COLUMNS).map_err(|found| problems.extend(found)).ok()?;
    let mut contributions = Contributions {
        path: path.to_owned(),
        by_key: BTreeMap::new(),
        rows: table.len(),
        impact: Weight::ZERO,
        owed: Amount::ZERO,
        weeks: BTreeMap::new(),
        names: BTreeMap::new(),
    };
    for row in table.rows() {
        let Some(contribution) = read_row(row, rate, request.decimals(), problems) else { continue };
        if let Err(error) = contributions.note_name(&contribution, row) {
            problems.push(error);
            continue;
        }
        let Some(()) = contributions.add(&contribution, row) else {
            let what = "impact, or of what is owed, up to this row".to_owned();
            problems.push(Error::Overflow { place: row.place(), what });
            return None;
        };
    }
    Some(contributions)
}

/// Reads a row; all of its problems.
fn read_row<'a>(
    row: Row<'a>,
    rate: Option<&Rate>,
    decimals: u8,
    problems: &mut Vec<Error>,
) -> Option<Contribution<'a>> {
    let name = collected(row.name("contributor"), problems);
    let address = collected(row.address("address"), problems);
    let week = collected(week_of(row), problems);
    let earned = collected(impact_of(row, rate, decimals), problems);
    let (name, address) = (name?, address?);
    if name.is_empty() && address.is_none() {
        problems.push(Error::ValueMissing { place: row.place(), what: "contributor".to_owned() });
        return None;
    }
    let (impact, owed) = earned?;
    Some(Contribution { name, address, week: week?, impact, owed })
}

/// The week: a whole number.
fn week_of(row: Row<'_>) -> Result<u64, Error> {
    let (place, what) = (row.place(), "week".to_owned());
    let Some(week) = row.decimal("week")? else { return Err(Error::ValueMissing { place, what }) };
    let value = Shown::from(row.field("week").trim());
    let (digits, scale) = week.fraction();
    if scale > 0 {
        return Err(Error::NotANumber { place, what, value, reason: "a week is a whole number".to_owned() });
    }
    u64::try_from(digits).map_err(|_| Error::NumberTooLarge { place, what, value })
}

/// The impact and what it earns.
fn impact_of(row: Row<'_>, rate: Option<&Rate>, decimals: u8) -> Result<(Decimal, Amount), Error> {
    let missing = || Error::ValueMissing { place: row.place(), what: "impact".to_owned() };
    let impact = row.decimal("impact")?.ok_or_else(missing)?;
    let Some(rate) = rate else { return Ok((impact, Amount::ZERO)) };
    let [least, value, most] = [rate.least, impact, rate.most].map(|it| it.scaled(DECIMALS_LIMIT));
    if value < least || value > most {
        return Err(Error::ImpactOutOfRange {
            place: row.place(),
            value: impact.to_string(),
            least: rate.least.to_string(),
            most: rate.most.to_string(),
        });
    }
    Ok((impact, owed_of(impact, rate.tokens_per_impact, decimals, row)?))
}

/// impact x tokens_per_impact, exactly.
fn owed_of(impact: Decimal, tokens: Decimal, decimals: u8, row: Row<'_>) -> Result<Amount, Error> {
    let what = || "impact x tokens_per_impact".to_owned();
    let value = || Shown::from(format!("{impact} x {tokens}"));
    let too_large = || Error::NumberTooLarge { place: row.place(), what: what(), value: value() };
    let ((impact_digits, impact_scale), (tokens_digits, tokens_scale)) =
        (impact.fraction(), tokens.fraction());
    // At most 2^256, times at most 10^36: 376 bits.
    let product = Product::from(impact_digits) * Product::from(tokens_digits);
    let product = product * power_of_ten(decimals);
    let (units, rest) = product.div_rem(power_of_ten(impact_scale + tokens_scale));
    if !rest.is_zero() {
        return Err(Error::TooManyDecimals { place: row.place(), what: what(), value: value(), decimals });
    }
    u128::try_from(units).map(Amount::from_units).map_err(|_| too_large())
}

/// 10^`exponent`, which is at most 72 here.
fn power_of_ten(exponent: u8) -> Product {
    Product::from(10_u8).pow(Product::from(exponent))
}

impl Contributions {
    /// Notes which address goes with the row's name. One name with two addresses is an error.
    fn note_name(&mut self, contribution: &Contribution<'_>, row: Row<'_>) -> Result<(), Error> {
        if contribution.name.is_empty() {
            return Ok(());
        }
        let named = self.names.entry(compared(contribution.name)).or_insert_with(|| Named {
            name: contribution.name.to_owned(),
            address: None,
            without_address: false,
        });
        match (&named.address, contribution.address) {
            (_, None) => named.without_address = true,
            (None, Some(address)) => named.address = Some((address, row.place())),
            (Some((first, first_place)), Some(second)) if *first != second => {
                return Err(Error::NameTwoAddresses {
                    place: row.place(),
                    name: Shown::from(contribution.name),
                    first: first.to_string(),
                    second: second.to_string(),
                    first_place: first_place.clone(),
                });
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds a row; `None` where a sum is too large.
    fn add(&mut self, contribution: &Contribution<'_>, row: Row<'_>) -> Option<()> {
        let impact = contribution.impact.scaled(DECIMALS_LIMIT)?;
        self.impact = self.impact.checked_add(impact)?;
        self.owed = self.owed.checked_add(contribution.owed)?;
        let week = self.weeks.entry(contribution.week).or_insert((0, row.place().line_number()));
        week.0 += 1;
        let key = Key::of(contribution.address, "", contribution.name);
        let entry = self.by_key.entry(key).or_default();
        if is_shown_before(contribution.name, &entry.name) {
            contribution.name.clone_into(&mut entry.name);
        }
        entry.weeks.insert(contribution.week);
        entry.impact = entry.impact.checked_add(impact)?;
        entry.owed = entry.owed.checked_add(contribution.owed)?;
        let Contribution { week, impact, owed, .. } = *contribution;
        entry.rows.push(Contributed { place: row.place(), week, impact, owed });
        Some(())
    }

    /// What people should look at: rows of other weeks than the round's, and people of whom only
    /// some rows give the address.
    pub(super) fn warnings(&self, (first, last): (u64, u64)) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |text: String| warnings.push(Warning::new(Place::file(&self.path), text));
        let outside = || self.weeks.iter().filter(|(week, _)| **week < first || **week > last);
        let rows: usize = outside().map(|(_, (rows, _))| rows).sum();
        if let Some(line) = outside().filter_map(|(_, (_, line))| *line).min() {
            warn(format!(
                "rows of other weeks than {first} to {last}, which the round covers, count all the same ({rows}, the first in line {line})"
            ));
        }
        if self.rows == 0 {
            warn("there are no contributions: what is minted stays in the treasury".to_owned());
        } else if self.owed == Amount::ZERO {
            warn("nobody earns anything: what is minted stays in the treasury".to_owned());
        }
        let split = || self.names.values().filter(|named| named.address.is_some() && named.without_address);
        let names: Vec<&str> = split().take(10).map(|named| named.name.as_str()).collect();
        if !names.is_empty() {
            warn(format!(
                "contributors have an address in some rows and none in others, whose amount is held ({}): {}",
                split().count(),
                names.join(", ")
            ));
        }
        warnings
    }
}
