//! What readers make of any sequence of closes and amendments: the entries of all statements together give
//! everybody what they are due, what they were paid and what is held for them.

use std::collections::BTreeMap;

use meed::amount::{Amount, Balance};
use meed::calculate::Results;
use meed::entries::{self, Amended, Entry, Share, Sources, State, people};
use meed::error::Place;
use meed::statement::{Carry, HELD};
use proptest::prelude::*;

use super::rounds::PEOPLE;

/// A signed count of smallest units: the token of the property has no decimals.
fn signed(balance: Balance) -> i128 {
    let size = i128::try_from(balance.size().units()).unwrap();
    if balance.is_negative() { -size } else { size }
}

/// Checks the entries of statements, in the order of the chain, against what each person is due of all
/// rounds, and was paid.
pub fn check(all: &[Results], dues: [i128; PEOPLE], paid: [i128; PEOPLE]) -> Result<(), TestCaseError> {
    let mut before = Carry::default();
    let mut last: BTreeMap<&str, (&Results, Vec<Share>)> = BTreeMap::new();
    let mut statements: Vec<Vec<Entry>> = Vec::new();
    for results in all {
        let predicate = &results.statement.predicate;
        let after = Carry::read("carry.json", &results.files["carry.json"]).unwrap();
        let known = last.get(predicate.round.as_str());
        let amended = known.map(|(replaced, shares)| Amended {
            adjustments: &results.files["adjustments.csv"],
            replaced_folder: &replaced.folder,
            replaced: &replaced.files["distribution.csv"],
            shares,
        });
        let shares = known.map_or(&[][..], |(_, shares)| shares);
        let shares = entries::shares_with(shares, &predicate.allocations, 0).unwrap();
        let entries = entries::read(Sources {
            folder: &results.folder,
            decimals: 0,
            distribution: &results.files["distribution.csv"],
            expired: None,
            opening: None,
            before: &before,
            after: &after,
            allocations: &predicate.allocations,
            amended,
        });
        let entries = entries.map_err(|problems| TestCaseError::fail(format!("{problems}")))?;
        check_statement(results, &entries, &before, &after)?;
        statements.push(entries);
        last.insert(&predicate.round, (results, shares));
        before = after;
    }
    let statements: Vec<&[Entry]> = statements.iter().map(Vec::as_slice).collect();
    let people = people::of(&statements, &[]);
    for (number, (due, paid)) in dues.into_iter().zip(paid).enumerate() {
        let Some(person) = people.iter().find(|person| person.is_called(&format!("acc-{number}"))) else {
            prop_assert_eq!((due, paid), (0, 0), "person {} has no entries", number);
            continue;
        };
        let own = || person.entries.iter().map(|(round, entry)| &statements[*round][*entry]);
        let given = signed(entries::sum(own(), State::gives).unwrap());
        let received = signed(entries::sum(own(), State::pays).unwrap());
        let [waits, overpaid] = person.held_in(&before, 0).unwrap().map(Balance::from).map(signed);
        prop_assert_eq!((given, received), (due, paid), "person {}", number);
        prop_assert_eq!(given, received + waits - overpaid, "person {}", number);
    }
    Ok(())
}

/// Every unit of a statement is in one entry: what an allocation gives, what is paid, and by key how what
/// is held changes.
fn check_statement(
    results: &Results,
    entries: &[Entry],
    before: &Carry,
    after: &Carry,
) -> Result<(), TestCaseError> {
    prop_assert!(entries.iter().all(|entry| entry.amount != Amount::ZERO));
    let predicate = &results.statement.predicate;
    for allocation in predicate.allocations.iter().filter(|allocation| allocation.name != HELD) {
        let [.., paid, held, _, _] = allocation.sums.balances(0).unwrap();
        let own = entries.iter().filter(|entry| entry.allocation == allocation.name);
        let given = entries::sum(own, State::gives).unwrap();
        prop_assert_eq!(signed(given), signed(paid) + signed(held), "{}", allocation.name);
    }
    let paid = predicate.totals.paid.0.parse::<i128>().unwrap();
    prop_assert_eq!(signed(entries::sum(entries, State::pays).unwrap()), paid);
    let mut held: BTreeMap<&str, i128> = BTreeMap::new();
    for (carry, sign) in [(before, -1), (after, 1)] {
        for record in &carry.held {
            let balance = Balance::parse(&record.amount.0, 0, &Place::file("test"), "amount").unwrap();
            *held.entry(&record.key).or_default() += sign * signed(balance);
        }
    }
    for entry in entries {
        let Some(holder) = &entry.holder else { continue };
        let raises = matches!(entry.state, State::Held | State::Added | State::Offset);
        let amount = i128::try_from(entry.amount.units()).unwrap();
        *held.entry(&holder.key).or_default() -= if raises { amount } else { -amount };
    }
    held.retain(|_, left| *left != 0);
    prop_assert!(held.is_empty(), "what is held changes otherwise than the entries say: {:?}", held);
    Ok(())
}
