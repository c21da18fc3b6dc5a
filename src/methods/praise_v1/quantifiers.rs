//! The quantifiers: who scored, how many slots of theirs count, and where they are paid.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::table::Praise;
use crate::address::Address;
use crate::error::{Error, Place, Shown};
use crate::recipient::Key;
use crate::tables::compared;

/// A quantifier over all praises.
#[derive(Debug, Clone)]
pub(super) struct Quantifier<'a> {
    /// The address, if any slot gives one.
    pub address: Option<Address>,
    /// Where the address was first given.
    pub address_place: Place,
    /// Slots that count: not found to be a duplicate.
    pub count: u64,
    /// Counting slots without score that were not dismissed either.
    pub unscored: u64,
    /// Whether any score is above zero; else the quantifier took no part.
    pub took_part: bool,
    /// Where the quantifier stands first: (date, praise id, slot), and the name there.
    pub first: (Timestamp, &'a str, usize),
    pub name: &'a str,
}

impl Quantifier<'_> {
    /// The recipient key.
    pub fn key(&self) -> Key {
        Key::of(self.address, "", self.name)
    }
}

/// The quantifiers by name (compared in NFC). One name with two addresses is an error. A slot
/// without name and address is not assigned; one with an address alone stands for the address.
pub(super) fn quantifiers_of<'a>(
    praises: &[Praise<'a>],
    problems: &mut Vec<Error>,
) -> BTreeMap<String, Quantifier<'a>> {
    let mut quantifiers: BTreeMap<String, Quantifier<'a>> = BTreeMap::new();
    for praise in praises {
        for (index, slot) in praise.slots.iter().enumerate() {
            let identity = match (slot.quantifier, slot.address) {
                ("", None) => continue,
                ("", Some(address)) => address.to_string(),
                (name, _) => compared(name),
            };
            let here = (praise.date, praise.id, index);
            let quantifier = quantifiers.entry(identity).or_insert_with(|| Quantifier {
                address: slot.address,
                address_place: praise.place.clone(),
                count: 0,
                unscored: 0,
                took_part: false,
                first: here,
                name: slot.quantifier,
            });
            if here < quantifier.first {
                (quantifier.first, quantifier.name) = (here, slot.quantifier);
            }
            match (quantifier.address, slot.address) {
                (Some(first), Some(second)) if first != second => {
                    problems.push(Error::QuantifierTwoAddresses {
                        place: praise.place.clone(),
                        name: Shown::from(slot.quantifier),
                        first: first.to_string(),
                        second: second.to_string(),
                        first_place: quantifier.address_place.clone(),
                    });
                }
                (None, Some(_)) => {
                    quantifier.address = slot.address;
                    quantifier.address_place = praise.place.clone();
                }
                _ => {}
            }
            quantifier.took_part |= slot.is_scored();
            if slot.duplicate_of.is_empty() {
                quantifier.count += 1;
                quantifier.unscored += u64::from(!slot.is_scored() && !slot.dismissed);
            }
        }
    }
    quantifiers
}
