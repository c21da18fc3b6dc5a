//! Why somebody got what they got of an airdrop: the balance in every snapshot, and its weight.

use super::pools::Shares;
use super::settings::{Part, Pool};
use super::snapshots::{Counted, Terms, balance_in};
use super::{Balance, Input, UNCLAIMED, WeightOf, read};
use crate::address::Address;
use crate::amount::log10::LOG10_DECIMALS;
use crate::amount::{Amount, Weight};
use crate::error::Error;
use crate::methods::Request;
use crate::methods::explanation::{Basis, Details, Section, part_at};
use crate::recipient::Key;

/// One section for each category in which the address is eligible, and for what it left unclaimed.
pub(in crate::methods) fn explain(request: &Request<'_>, key: &Key) -> Result<Vec<Section>, Vec<Error>> {
    let Some(address) = key.address() else { return Ok(Vec::new()) };
    let (settings, _, input, _) = read(request)?;
    let mut sections = Vec::new();
    for pool in &input.pools {
        let shares = Shares::of(pool, &input.categories);
        let division = shares.division(pool, request).map_err(|error| vec![error])?;
        let mut before = 0;
        for (part, (_, eligible)) in pool.parts.iter().zip(&shares.parts) {
            if let Ok(place) = eligible.binary_search_by_key(&address, |holding| holding.address) {
                let index = before + place;
                let weight = shares.weights.get(index).copied().unwrap_or_default();
                let part_of =
                    division.as_ref().and_then(|division| part_at(division, &shares.weights, index));
                let basis = Basis::Weights { unit: "weight", scale: scale_of(pool.weight), part: part_of };
                let section = Section::new(&part.column, "holdings", Vec::new(), basis)
                    .with_details(balances(&input, part, address, request)?)
                    .with_notes(notes(pool, &input, part, settings.balance, request))
                    .with_rows([(Vec::new(), weight)]);
                sections.push(section);
            }
            before += eligible.len();
        }
    }
    sections.extend(unclaimed(&input, address));
    Ok(sections)
}

/// The balances of the address in all snapshots of a category.
fn balances(
    input: &Input<'_>,
    part: &Part,
    address: Address,
    request: &Request<'_>,
) -> Result<Details, Vec<Error>> {
    // A balance does not depend on what the rule makes of it.
    let terms = Terms {
        decimals: input.balance_decimals,
        threshold: input.threshold,
        counted: Counted::Initial,
        excluded: &[],
    };
    let mut rows = Vec::new();
    for counts in input.categories.get(part.category).into_iter().flat_map(|category| &category.snapshots) {
        let balance = balance_in(&counts.path, request.files, &terms, address)?;
        rows.push(vec![counts.path.clone(), balance_text(balance.unwrap_or_default(), input)]);
    }
    Ok(Details::new("balance in each snapshot", &["snapshot", "balance"], rows))
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
