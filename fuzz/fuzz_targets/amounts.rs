//! Numbers: text both ways, and apportionment on arbitrary weights against the rule in one line.
#![no_main]

use libfuzzer_sys::arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use meed::amount::{
    Amount, ApportionFault, DECIMALS_LIMIT, Decimal, Draw, Weight, apportion, floor_of_fraction,
};
use meed::error::Place;
use meed_fuzz::error_is_plain;
use ruint::aliases::U512;

const DRAW: Draw<'_> = Draw { round: "round-1", reward: "praise" };

fuzz_target!(|bytes: &[u8]| {
    // A text stands before the first NUL, the numbers behind it.
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (text, numbers) = bytes.split_at(end);
    if let Ok(text) = std::str::from_utf8(text) {
        text_both_ways(text);
    }
    let mut numbers = Unstructured::new(numbers.get(1..).unwrap_or(&[]));
    let pool = u128::arbitrary(&mut numbers).unwrap_or(u128::MAX);
    for decimals in 0..=DECIMALS_LIMIT {
        units_both_ways(pool, decimals);
    }
    divide(Amount::from_units(pool), &weights(&mut numbers));
});

/// What parses, prints and parses to the same.
fn text_both_ways(text: &str) {
    let place = Place::file("amounts");
    match Decimal::parse(text, &place, "number") {
        Ok(decimal) => {
            assert_eq!(Decimal::parse(&decimal.to_string(), &place, "number"), Ok(decimal));
            assert_eq!(decimal.is_zero(), decimal.scaled(decimal.scale()) == Some(Weight::ZERO));
            for scale in 0..=80 {
                let scaled = decimal.scaled(scale);
                assert!(scaled.is_none() || scale >= decimal.scale());
            }
        }
        Err(error) => error_is_plain(&error),
    }
    for decimals in [0, 2, 6, 18, DECIMALS_LIMIT, DECIMALS_LIMIT + 1, u8::MAX] {
        if let Ok(amount) = Amount::parse(text, decimals, &place, "pool")
            && decimals <= DECIMALS_LIMIT
        {
            units_both_ways(amount.units(), decimals);
        }
    }
}

/// What prints, parses to the same, and prints without zeros at the end.
fn units_both_ways(units: u128, decimals: u8) {
    let amount = Amount::from_units(units);
    let text = amount.to_text(decimals);
    assert_eq!(Amount::parse(&text, decimals, &Place::file("amounts"), "pool"), Ok(amount));
    assert!(!text.contains('.') || !text.ends_with(['0', '.']), "{text}");
}

/// Up to 64 weights of one to 256 bits; a count of bytes of zero repeats the weight before, so that
/// ties are frequent.
fn weights(numbers: &mut Unstructured<'_>) -> Vec<Weight> {
    let mut weights = vec![];
    while weights.len() < 64 && !numbers.is_empty() {
        let length = numbers.int_in_range(0..=32).unwrap_or(0);
        let Ok(bytes) = numbers.bytes(length.min(numbers.len())) else { break };
        let weight = Weight::try_from_be_slice(bytes).unwrap_or_default();
        weights.push(if length == 0 { weights.last().copied().unwrap_or_default() } else { weight });
    }
    weights
}

/// Divides, and holds the parts against the definition.
fn divide(pool: Amount, weights: &[Weight]) {
    let keys: Vec<String> = (0..weights.len()).map(|index| format!("name:{index}")).collect();
    let shares: Vec<(&str, Weight)> = keys.iter().map(String::as_str).zip(weights.iter().copied()).collect();
    let sum = weights.iter().try_fold(Weight::ZERO, |sum, weight| sum.checked_add(*weight));
    let parts = match (apportion(pool, &shares, DRAW), sum) {
        (Ok(Some(parts)), Some(_)) => parts,
        (Ok(None), Some(sum)) => return assert!(sum.is_zero()),
        (Err(ApportionFault::SumTooLarge(index)), None) => return assert!(index < shares.len()),
        (result, sum) => panic!("{result:?} for the sum {sum:?}"),
    };
    let sum = sum.unwrap_or_default();
    assert_eq!(Amount::sum(parts.iter().copied()), Some(pool));
    for (part, weight) in parts.iter().zip(weights) {
        let floor = Weight::from(pool.units()).widening_mul::<256, 4, 512, 8>(*weight) / U512::from(sum);
        let above = U512::from(part.units()) - floor;
        assert!(above <= U512::from(1_u8));
        assert!(!weight.is_zero() || part.units() == 0, "a part without weight");
        if let (Ok(weight), Ok(sum)) = (u128::try_from(*weight), u128::try_from(sum)) {
            let floor = floor_of_fraction(&[pool.units(), weight], &[sum]);
            assert!(floor.is_some_and(|floor| part.units() - floor <= 1));
        }
    }
    larger_weights_get_no_less(weights, &parts);
    order_does_not_matter(pool, &shares, &parts);
}

fn larger_weights_get_no_less(weights: &[Weight], parts: &[Amount]) {
    let mut both: Vec<(Weight, Amount)> = weights.iter().copied().zip(parts.iter().copied()).collect();
    both.sort();
    for pair in both.windows(2) {
        assert!(pair[0].1 <= pair[1].1, "{pair:?}");
    }
}

/// Backwards, and with the halves exchanged: everyone gets the same.
fn order_does_not_matter(pool: Amount, shares: &[(&str, Weight)], parts: &[Amount]) {
    let mut both: Vec<((&str, Weight), Amount)> = shares.iter().copied().zip(parts.iter().copied()).collect();
    for _ in 0..2 {
        both.reverse();
        let shares: Vec<(&str, Weight)> = both.iter().map(|(share, _)| *share).collect();
        let expected: Vec<Amount> = both.iter().map(|(_, part)| *part).collect();
        assert_eq!(apportion(pool, &shares, DRAW), Ok(Some(expected)));
        let middle = both.len() / 2;
        both.rotate_left(middle);
    }
}
