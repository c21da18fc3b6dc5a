//! What must hold over all rows of members.csv, at every round from which some row counts: a key and
//! an address are one member's, and only what is there is taken back.

use std::collections::{BTreeMap, BTreeSet};

use super::{MEMBERS_FILE, Row};
use crate::address::Address;
use crate::error::{Error, Place, Shown};
use crate::recipient::Key;

/// All problems that rows have with each other.
pub(super) fn problems_of(rows: &[Row]) -> Vec<Error> {
    let mut problems = rows_out_of_order(rows);
    let mut in_time: Vec<&Row> = rows.iter().collect();
    in_time.sort_by(|left, right| left.from.cmp(&right.from)); // stable: else the order of the file
    let mut owners = Owners::default();
    for together in in_time.chunk_by(|left, right| left.from == right.from) {
        owners.add(together, &mut problems);
    }
    problems
}

/// Rows of one name must stand in the order of their rounds, so that what they add up to can be read
/// from top to bottom.
fn rows_out_of_order(rows: &[Row]) -> Vec<Error> {
    let mut last: BTreeMap<&str, &Row> = BTreeMap::new();
    let mut problems = Vec::new();
    for row in rows {
        if let Some(before) = last.insert(&row.name, row)
            && row.from < before.from
        {
            let round = |row: &Row| {
                row.from.as_ref().map_or_else(|| "the beginning".to_owned(), |from| format!("round {from}"))
            };
            problems.push(Error::MemberRowsOrder {
                place: place_of(row),
                name: Shown::from(&row.name),
                from: Shown::from(round(row)),
                before: Shown::from(round(before)),
                before_place: place_of(before),
            });
        }
    }
    problems
}

/// Who owns what while time goes on: by what, then by the member's name, with the row that says so.
#[derive(Default)]
struct Owners<'a> {
    of_keys: BTreeMap<&'a Key, BTreeMap<&'a str, &'a Row>>,
    of_addresses: BTreeMap<Address, BTreeMap<&'a str, &'a Row>>,
    addresses: BTreeMap<&'a str, Address>,
}

impl<'a> Owners<'a> {
    /// Adds the rows that count from one round on, and checks what they touch.
    fn add(&mut self, rows: &[&'a Row], problems: &mut Vec<Error>) {
        let mut touched_keys: BTreeSet<&Key> = BTreeSet::new();
        let mut touched_addresses: BTreeSet<Address> = BTreeSet::new();
        for row in rows {
            for change in &row.keys {
                let owners = self.of_keys.entry(&change.key).or_default();
                if !change.taken_back {
                    owners.insert(&row.name, row);
                    touched_keys.insert(&change.key);
                } else if owners.remove(row.name.as_str()).is_none() {
                    problems.push(Error::MemberKeyAbsent {
                        place: place_of(row),
                        name: Shown::from(&row.name),
                        key: Shown::from(change.key.to_string()),
                    });
                }
            }
            let Some(address) = row.address else { continue };
            if let Some(before) = self.addresses.insert(&row.name, address)
                && let Some(owners) = self.of_addresses.get_mut(&before)
            {
                owners.remove(row.name.as_str());
            }
            self.of_addresses.entry(address).or_default().insert(&row.name, row);
            touched_addresses.insert(address);
        }
        let keys = touched_keys.into_iter().filter_map(|key| {
            let (first, second) = first_two(self.of_keys.get(key)?)?;
            Some(Error::MemberKeyTwice {
                place: place_of(second),
                key: Shown::from(key.to_string()),
                name: Shown::from(&second.name),
                first_name: Shown::from(&first.name),
                first: place_of(first),
            })
        });
        problems.extend(keys);
        let addresses = touched_addresses.into_iter().filter_map(|address| {
            let (first, second) = first_two(self.of_addresses.get(&address)?)?;
            Some(Error::MemberAddressTwice {
                place: place_of(second),
                address: address.to_string(),
                name: Shown::from(&second.name),
                first_name: Shown::from(&first.name),
                first: place_of(first),
            })
        });
        problems.extend(addresses);
    }
}

/// The first two rows of what several members own.
fn first_two<'a>(owners: &BTreeMap<&str, &'a Row>) -> Option<(&'a Row, &'a Row)> {
    let mut rows: Vec<&Row> = owners.values().copied().collect();
    rows.sort_by_key(|row| row.line);
    match rows.as_slice() {
        [first, second, ..] => Some((first, second)),
        _ => None,
    }
}

fn place_of(row: &Row) -> Place {
    Place::line(MEMBERS_FILE, row.line)
}
