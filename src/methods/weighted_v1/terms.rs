//! Terms and weights: from the values of a row to an integer of 1e-18.

use super::rows::{Entries, Entry, Line};
use super::rule::Rule;
use super::{Combine, Rows, Transform};
use crate::amount::log10::log10_scaled;
use crate::amount::{Product, Weight};
use crate::error::{Error, Place, Shown};
use crate::recipient::Key;

/// Decimals of values, factors, terms and weights.
pub(super) const DECIMALS: u8 = 18;
/// 1, as an integer of 1e-18.
pub(super) const ONE: Weight = Weight::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// How one term is made.
#[derive(Debug)]
pub(super) struct Term {
    /// The index of the column among those that are read; `None` for `equal`.
    pub column: Option<usize>,
    /// The column as the settings name it; may be empty for `equal`.
    pub named: String,
    pub transform: Transform,
    pub factor: Weight,
    /// For `fibonacci`: what is added to the rank.
    pub offset: u64,
}

/// A recipient with a weight.
pub(super) struct Weighed<'a> {
    pub key: &'a Key,
    /// One a term; with `rows: each` the sums over the rows.
    pub terms: Vec<Weight>,
    pub weight: Weight,
}

/// The weights of all recipients, in the order of their keys. Reports whose weight, or with whose the
/// sum of all, does not fit 256 bits.
pub(super) fn weigh<'a>(entries: &'a Entries, rule: &Rule, problems: &mut Vec<Error>) -> Vec<Weighed<'a>> {
    let mut all = Vec::with_capacity(entries.people.len());
    let mut sum = Some(Weight::ZERO);
    for (key, entry) in &entries.people {
        let weighed = match rule.rows {
            Rows::Refuse | Rows::Each => weigh_each(key, entry, rule),
            Rows::Add => weigh_added(key, entry, rule),
        };
        match weighed {
            Ok(weighed) => {
                let after = sum.and_then(|sum| sum.checked_add(weighed.weight));
                if let (Some(_), None) = (sum, after) {
                    problems.push(too_large(&entry.place, "the sum of all weights up to this one"));
                }
                sum = after;
                all.push(weighed);
            }
            Err(error) => problems.push(error),
        }
    }
    all
}

/// Every row by itself; the weights are added.
fn weigh_each<'a>(key: &'a Key, entry: &Entry, rule: &Rule) -> Result<Weighed<'a>, Error> {
    let mut terms = vec![Weight::ZERO; rule.terms.len()];
    let mut weight = Weight::ZERO;
    for line in &entry.lines {
        let own = terms_of(line, rule)?;
        let sum = "the sum of the recipient's weights";
        weight = weight
            .checked_add(combined(&own, rule, &line.place)?)
            .ok_or_else(|| too_large(&line.place, sum))?;
        for (term, own) in terms.iter_mut().zip(own) {
            *term = term
                .checked_add(own)
                .ok_or_else(|| too_large(&line.place, "the sum of a term over the recipient's rows"))?;
        }
    }
    Ok(Weighed { key, terms, weight })
}

/// The values of all rows are added first.
fn weigh_added<'a>(key: &'a Key, entry: &Entry, rule: &Rule) -> Result<Weighed<'a>, Error> {
    let total = added(entry, rule)?;
    let terms = terms_of(&total, rule)?;
    let weight = combined(&terms, rule, &total.place)?;
    Ok(Weighed { key, terms, weight })
}

/// One row with the sums of the values of all.
pub(super) fn added(entry: &Entry, rule: &Rule) -> Result<Line, Error> {
    let nothing = vec![None; rule.values.len()];
    let mut total = Line { place: entry.place.clone(), values: nothing };
    for line in &entry.lines {
        for (sum, value) in total.values.iter_mut().zip(&line.values) {
            let added = sum.unwrap_or_default().checked_add(value.unwrap_or_default());
            let added = added.ok_or_else(|| too_large(&line.place, "the sum of the recipient's values"))?;
            *sum = Some(added);
        }
    }
    Ok(total)
}

/// The terms of one row.
pub(super) fn terms_of(line: &Line, rule: &Rule) -> Result<Vec<Weight>, Error> {
    let term = |(term, number): (&Term, usize)| {
        let value = term.column.and_then(|column| line.values.get(column).copied().flatten());
        term.of(value.unwrap_or_default())
            .ok_or_else(|| too_large(&line.place, &format!("term {number} of the weight")))
    };
    rule.terms.iter().zip(1..).map(term).collect()
}

/// The weight that the terms make.
pub(super) fn combined(terms: &[Weight], rule: &Rule, place: &Place) -> Result<Weight, Error> {
    let (first, rest) = terms.split_first().map_or((Weight::ZERO, terms), |(first, rest)| (*first, rest));
    let (weight, what) = match rule.combine {
        Combine::Sum => {
            (rest.iter().try_fold(first, |sum, term| sum.checked_add(*term)), "the sum of the terms")
        }
        Combine::Product => (
            rest.iter().try_fold(first, |product, term| multiplied(product, *term)),
            "the product of the terms",
        ),
    };
    weight.ok_or_else(|| too_large(place, what))
}

/// The error of a row whose figures are too large.
fn too_large(place: &Place, what: &str) -> Error {
    Error::WeightTooLarge { place: place.clone(), what: what.to_owned() }
}

impl Term {
    /// The term for a value, both integers of 1e-18; `None` when it does not fit. Ranks are checked
    /// where they are read.
    pub fn of(&self, value: Weight) -> Option<Weight> {
        let transformed = match self.transform {
            Transform::Linear => value,
            Transform::Sqrt => square_root(value),
            Transform::Log10 => log10_of_one_and(value)?,
            Transform::Equal => ONE,
            Transform::Fibonacci => {
                let rank = u64::try_from(value / ONE).ok()?;
                fibonacci(rank.checked_add(self.offset)?)?.checked_mul(ONE)?
            }
        };
        multiplied(transformed, self.factor)
    }

    /// The column of the report: `1 sqrt(votes)`.
    pub fn title(&self, number: usize) -> String {
        let transform = self.transform.name();
        match self.column {
            Some(_) => format!("{number} {transform}({})", Shown::from(&self.named)),
            None => format!("{number} {transform}"),
        }
    }
}

/// The product of two integers of 1e-18, rounded down to one; `None` when it does not fit.
fn multiplied(left: Weight, right: Weight) -> Option<Weight> {
    let product: Product = left.widening_mul(right);
    let product = product / Product::from(ONE);
    (product.bit_len() <= Weight::BITS).then(|| product.wrapping_to())
}

/// floor(sqrt(n x 10^18)): the square root of n / 10^18 as an integer of 1e-18.
fn square_root(value: Weight) -> Weight {
    let square: Product = value.widening_mul(ONE);
    if square.is_zero() {
        return Weight::ZERO;
    }
    // Newton's method from above: 2^ceil(bits / 2) is more than the root; the numbers fall until
    // they reach its floor, and then no more.
    let mut root = Product::from(1_u8) << square.bit_len().div_ceil(2);
    loop {
        let next: Product = (root + square / root) >> 1;
        if next >= root {
            return root.wrapping_to(); // 158 bits at most
        }
        root = next;
    }
}

/// log10(1 + n / 10^18) = log10(10^18 + n) - 18, as an integer of 1e-18.
fn log10_of_one_and(value: Weight) -> Option<Weight> {
    log10_scaled(ONE.checked_add(value)?)?.checked_sub(Weight::from(DECIMALS) * ONE)
}

/// F(n), with F(1) = F(2) = 1.
fn fibonacci(number: u64) -> Option<Weight> {
    let (mut this, mut next) = (Weight::ZERO, Weight::from(1_u8));
    for _ in 0..number {
        (this, next) = (next, this.checked_add(next)?);
    }
    Some(this)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::amount::scaled_text;

    fn scaled(text: &str) -> Weight {
        crate::amount::Decimal::parse(text, &Place::file("test"), "value").unwrap().scaled(DECIMALS).unwrap()
    }

    fn term(transform: Transform, factor: &str) -> Term {
        Term { column: Some(0), named: "value".to_owned(), transform, factor: scaled(factor), offset: 2 }
    }

    #[test]
    fn transforms_give_what_the_rule_says() {
        for (transform, factor, value, expected) in [
            (Transform::Linear, "1", "12.5", "12.5"),
            (Transform::Linear, "0.000000000000000001", "0.999999999999999999", "0"),
            (Transform::Sqrt, "1", "400", "20"),
            (Transform::Sqrt, "1", "2", "1.414213562373095048"),
            (Transform::Sqrt, "1", "0.000000000000000001", "0.000000001"),
            (Transform::Sqrt, "1", "0.000000000000000002", "0.000000001414213562"),
            (Transform::Sqrt, "2", "2", "2.828427124746190096"),
            (Transform::Log10, "1", "0", "0"),
            (Transform::Log10, "1", "1", "0.301029995663981195"),
            (Transform::Log10, "1", "9", "1"),
            (Transform::Log10, "3", "999", "9"),
            (Transform::Equal, "0.5", "77", "0.5"),
            (Transform::Fibonacci, "1", "1", "2"),
            (Transform::Fibonacci, "1", "6", "21"),
            (Transform::Fibonacci, "1", "92", "19740274219868223167"),
        ] {
            let found = term(transform, factor).of(scaled(value)).unwrap();
            assert_eq!(scaled_text(found, DECIMALS), expected, "{transform:?} {factor} {value}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        assert_eq!(term(Transform::Linear, "99999999999999999999").of(Weight::MAX), None);
        assert_eq!(term(Transform::Log10, "1").of(Weight::MAX), None);
        assert_eq!(term(Transform::Linear, "1").of(Weight::MAX), Some(Weight::MAX));
        assert_eq!(multiplied(Weight::MAX, ONE), Some(Weight::MAX));
        assert_eq!(multiplied(Weight::MAX, ONE + Weight::from(1_u8)), None);
    }

    proptest! {
        #[test]
        fn the_root_is_the_largest_whose_square_fits(limbs in any::<[u64; 4]>(), shift in 0_usize..256) {
            let value = Weight::from_limbs(limbs) >> shift;
            let root = square_root(value);
            let square: Product = value.widening_mul(ONE);
            let of = |root: Weight| -> Product { root.widening_mul(root) };
            prop_assert!(of(root) <= square && square < of(root + Weight::from(1_u8)));
        }
    }
}
