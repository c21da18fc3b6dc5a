//! The two lists beside the snapshots: what is left from earlier airdrops, and who is excluded.

use std::collections::{BTreeMap, BTreeSet};

use super::UNCLAIMED;
use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Warning};
use crate::methods::{Request, Reward, collected};
use crate::recipient::Key;
use crate::tables::{Row, Table};

/// The columns of the list of unclaimed amounts.
pub(crate) const UNCLAIMED_COLUMNS: [&str; 2] = ["address", "amount"];
/// The column of the list of excluded addresses that is read; the reason is for people.
pub(crate) const EXCLUDED_COLUMNS: [&str; 1] = ["address"];
/// How many addresses a warning names.
const NAMED_ADDRESSES: usize = 5;

/// What is left from earlier airdrops.
#[derive(Debug)]
pub(super) struct Unclaimed<'a> {
    /// The list, from the ledger's root.
    pub path: &'a str,
    /// By address; rows of one address are added.
    pub amounts: BTreeMap<Address, Amount>,
    /// Their sum.
    pub sum: Amount,
}

impl Unclaimed<'_> {
    /// The amounts as a reward.
    pub(super) fn into_reward(self) -> Reward {
        let amounts = self.amounts.into_iter().map(|(address, amount)| (Key::Address(address), amount));
        Reward { name: UNCLAIMED.to_owned(), pool: self.sum, amounts: amounts.collect() }
    }

    /// What people should look at: amounts of excluded addresses and of the zero address.
    pub(super) fn warnings(&self, excluded: &BTreeSet<Address>) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let both: Vec<String> = excluded
            .iter()
            .filter(|address| self.amounts.contains_key(address))
            .map(ToString::to_string)
            .collect();
        if !both.is_empty() {
            let more = if both.len() > NAMED_ADDRESSES { " ..." } else { "" };
            let named: Vec<&str> = both.iter().take(NAMED_ADDRESSES).map(String::as_str).collect();
            let text = format!(
                "{} of the excluded addresses left amounts unclaimed, which stay theirs: {}{more}",
                both.len(),
                named.join(" ")
            );
            warnings.push(Warning::new(Place::file(self.path), text));
        }
        if self.amounts.first_key_value().is_some_and(|(address, _)| address.bytes() == &[0; 20]) {
            let text = "the zero address is in the list: what it gets is lost";
            warnings.push(Warning::new(Place::file(self.path), text));
        }
        warnings
    }
}

/// The list of unclaimed amounts, if there is one.
pub(super) fn read_unclaimed<'a>(
    request: &Request<'a>,
    read: &mut BTreeSet<String>,
    problems: &mut Vec<Error>,
) -> Option<Unclaimed<'a>> {
    let (path, table) = read_table("unclaimed", &UNCLAIMED_COLUMNS, request, read, problems)?;
    let mut amounts: BTreeMap<Address, Amount> = BTreeMap::new();
    let mut sum = Amount::ZERO;
    for row in table.rows() {
        let address = collected(address_of(&row), problems);
        let text = row.field("amount").trim();
        let amount = if text.is_empty() {
            Err(Error::ValueMissing { place: row.place(), what: "amount".to_owned() })
        } else {
            Amount::parse(text, request.decimals(), &row.place(), "amount")
        };
        let (Some(address), Some(amount)) = (address, collected(amount, problems)) else { continue };
        let Some(added) = sum.checked_add(amount) else {
            problems.push(Error::Overflow { place: row.place(), what: "amounts up to this row".to_owned() });
            return None;
        };
        sum = added;
        let entry = amounts.entry(address).or_default();
        *entry = entry.checked_add(amount)?; // at most the sum, which fits
    }
    Some(Unclaimed { path, amounts, sum })
}

/// The excluded addresses.
pub(super) fn read_excluded(
    request: &Request<'_>,
    read: &mut BTreeSet<String>,
    problems: &mut Vec<Error>,
) -> BTreeSet<Address> {
    let Some((_, table)) = read_table("excluded", &EXCLUDED_COLUMNS, request, read, problems) else {
        return BTreeSet::new();
    };
    table.rows().filter_map(|row| collected(address_of(&row), problems)).collect()
}

/// The table of a role that may be absent, its path noted in `read`.
fn read_table<'a>(
    role: &'static str,
    columns: &[&str],
    request: &Request<'a>,
    read: &mut BTreeSet<String>,
    problems: &mut Vec<Error>,
) -> Option<(&'a str, Table)> {
    let (path, bytes) = collected(request.optional_input(role), problems)??;
    read.insert(path.to_owned());
    let table = Table::read(path, bytes, columns).map_err(|found| problems.extend(found)).ok()?;
    Some((path, table))
}

/// The address of a row, which must be there.
fn address_of(row: &Row<'_>) -> Result<Address, Error> {
    let missing = || Error::ValueMissing { place: row.place(), what: "address".to_owned() };
    row.address("address")?.ok_or_else(missing)
}
