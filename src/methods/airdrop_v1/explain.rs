//! Why somebody got what they got of an airdrop: the balance in every snapshot, and its weight.

use std::collections::btree_map::Entry::{Occupied, Vacant};
use std::collections::{BTreeMap, BTreeSet};

use super::pools::Shares;
use super::settings::{Part, Pool};
use super::snapshots::{Counted, Terms, balances_in};
use super::{Balance, Input, UNCLAIMED, WeightOf, read};
use crate::address::Address;
use crate::amount::log10::LOG10_DECIMALS;
use crate::amount::{Amount, Weight};
use crate::error::Error;
use crate::methods::Request;
use crate::methods::explanation::{Basis, Details, Section, part_at};
use crate::recipient::Key;

/// One section for each category in which an address is eligible, and for what it left unclaimed.
pub(in crate::methods) fn explain_each(
    request: &Request<'_>,
    keys: &[Key],
) -> Result<Vec<Vec<Section>>, Vec<Error>> {
    let addresses: BTreeSet<Address> = keys.iter().filter_map(Key::address).collect();
    if addresses.is_empty() {
        return Ok(vec![Vec::new(); keys.len()]);
    }
    let (settings, _, input, _) = read(request)?;
    let mut sections: BTreeMap<Address, Vec<Section>> = BTreeMap::new();
    let mut balances: BTreeMap<usize, Balances> = BTreeMap::new();
    for pool in &input.pools {
        let shares = Shares::of(pool, &input.categories);
        let division = shares.division(pool, request).map_err(|error| vec![error])?;
        let mut before = 0;
        for (part, (_, eligible)) in pool.parts.iter().zip(&shares.parts) {
            for address in &addresses {
                let Ok(place) = eligible.binary_search_by_key(address, |holding| holding.address) else {
                    continue;
                };
                let index = before + place;
                let weight = shares.weights.get(index).copied().unwrap_or_default();
                let part_of =
                    division.as_ref().and_then(|division| part_at(division, &shares.weights, index));
                let balances = match balances.entry(part.category) {
                    Occupied(read) => read.into_mut(),
                    Vacant(place) => place.insert(balances_of(&input, part, &addresses, request)?),
                };
                let basis = Basis::Weights { unit: "weight", scale: scale_of(pool.weight), part: part_of };
                let section = Section::new(&part.column, "holdings", Vec::new(), basis)
                    .with_details(balances_table(balances, *address, &input))
                    .with_notes(notes(pool, &input, part, settings.balance, request))
                    .with_rows([(Vec::new(), weight)]);
                sections.entry(*address).or_default().push(section);
            }
            before += eligible.len();
        }
    }
    for address in &addresses {
        sections.entry(*address).or_default().extend(unclaimed(&input, *address));
    }
    let sections_of = |key: &Key| key.address().and_then(|address| sections.get(&address).cloned());
    Ok(keys.iter().map(|key| sections_of(key).unwrap_or_default()).collect())
}

/// The snapshots of a category, each with the balances of some addresses.
type Balances = Vec<(String, BTreeMap<Address, u128>)>;

/// The balances of addresses in all snapshots of a category, each read once.
fn balances_of(
    input: &Input<'_>,
    part: &Part,
    addresses: &BTreeSet<Address>,
    request: &Request<'_>,
) -> Result<Balances, Vec<Error>> {
    // A balance does not depend on what the rule makes of it.
    let terms = Terms {
        decimals: input.balance_decimals,
        threshold: input.threshold,
        counted: Counted::Initial,
        excluded: &[],
    };
    let category = input.categories.get(part.category);
    let snapshots = category.into_iter().flat_map(|category| &category.snapshots);
    snapshots
        .map(|counts| {
            let balances = balances_in(&counts.path, request.files, &terms, addresses)?;
            Ok((counts.path.clone(), balances))
        })
        .collect()
}

/// The balances of an address in all snapshots of a category.
fn balances_table(balances: &Balances, address: Address, input: &Input<'_>) -> Details {
    let row = |(path, balances): &(String, BTreeMap<Address, u128>)| {
        let balance = balances.get(&address).copied().unwrap_or_default();
        vec![path.clone(), balance_text(balance, input)]
    };
    Details::new("balance in each snapshot", &["snapshot", "balance"], balances.iter().map(row).collect())
}

/// What the rule makes of the balances.
fn notes(
    pool: &Pool,
    input: &Input<'_>,
    part: &Part,
    counted: Balance,
    request: &Request<'_>,
) -> Vec<String> {
    let label = input.categories.get(part.category).map_or("", |category| category.label.as_str());
    let counts = match counted {
        Balance::Minimum => "the smallest",
        Balance::Initial => "the first",
    };
    let weight = match pool.weight {
        WeightOf::Equal => "1 for everybody",
        WeightOf::Balance => "the balance in base units",
        WeightOf::Log10 => "log10(1 + the balance in base units)",
        WeightOf::Sqrt => "the square root of the balance in base units, rounded down at 9 decimals",
    };
    vec![
        format!("pool `{}` of {}, category `{label}`", pool.reward, request.tokens(pool.amount)),
        format!("eligible: at least {} in every snapshot", balance_text(input.threshold, input)),
        format!("{counts} balance counts; the weight is {weight}"),
    ]
}

/// A balance in tokens of the snapshots.
fn balance_text(balance: u128, input: &Input<'_>) -> String {
    Amount::from_units(balance).to_text(input.balance_decimals)
}

/// Decimals of the weights.
fn scale_of(weight: WeightOf) -> u8 {
    match weight {
        WeightOf::Log10 => LOG10_DECIMALS,
        WeightOf::Equal | WeightOf::Balance => 0,
        WeightOf::Sqrt => 9,
    }
}

/// What the address left unclaimed in earlier airdrops.
fn unclaimed(input: &Input<'_>, address: Address) -> Option<Section> {
    let unclaimed = input.unclaimed.as_ref()?;
    let amount = unclaimed.amounts.get(&address)?;
    let rows = [(vec![unclaimed.path.to_owned()], Weight::from(amount.units()))];
    Some(Section::new(UNCLAIMED, "left from earlier airdrops", vec!["list"], Basis::Amounts).with_rows(rows))
}
