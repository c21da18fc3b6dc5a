//! How concentrated a reward is: whether many share it, or few get most of it.
//!
//! Gini, Nakamoto and the top tenth are integers until they are shown; only the entropy is a real
//! number, summed in the order of the amounts.

use super::ratio::Ratio;
use crate::amount::{Amount, Weight};

/// Most points of [`Concentration::curve`] behind its first.
pub const CURVE_STEPS: usize = 20;

/// How a sum is spread over those who get more than nothing of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentration {
    /// How many get more than nothing.
    pub recipients: usize,
    /// What they get together.
    pub sum: Amount,
    /// The Gini coefficient: 0 where all get the same, towards 1 where one gets everything. The sum of
    /// all differences between two recipients, over 2 n sum.
    pub gini: Ratio,
    /// The Nakamoto coefficient: the smallest number of recipients who get more than half together.
    pub nakamoto: usize,
    /// Their part of the recipients.
    pub nakamoto_ratio: Ratio,
    /// The Shannon entropy in bits: log2 n where all get the same, 0 where one gets everything.
    pub entropy_bits: f64,
    /// How many are the top tenth, rounded up.
    pub top_tenth_recipients: usize,
    /// What they get of the sum.
    pub top_tenth: Ratio,
    /// Numbers of recipients, the largest first, and what they get of the sum: from nobody to all in at
    /// most [`CURVE_STEPS`] steps.
    pub curve: Vec<(usize, Ratio)>,
}

impl Concentration {
    /// Of amounts that descend; zeros at their end do not count. `None` where nobody gets anything, and
    /// where the sum is above 2^128 - 1 units.
    ///
    /// The amounts are read twice and never kept: there may be millions.
    pub fn of_descending(amounts: impl Iterator<Item = Amount> + Clone) -> Option<Self> {
        let amounts = amounts.take_while(|amount| *amount != Amount::ZERO);
        let (mut recipients, mut sum, mut ranked) = (0_usize, Amount::ZERO, Weight::ZERO);
        for amount in amounts.clone() {
            recipients += 1;
            sum = sum.checked_add(amount)?;
            // At most recipients x sum, below 2^192.
            ranked += Weight::from(recipients) * Weight::from(amount.units());
        }
        let (count, whole) = (Weight::from(recipients), Weight::from(sum.units()));
        // All pairwise differences, twice: sum over ranks r of (n + 1 - 2 r) x amount.
        let differences = ((count + Weight::from(1)) * whole).checked_sub(ranked * Weight::from(2))?;
        let top_tenth_recipients = recipients.div_ceil(10);
        let mut spread = Spread::new(recipients, sum, top_tenth_recipients);
        amounts.for_each(|amount| spread.add(amount));
        spread.end_run();
        Some(Self {
            recipients,
            sum,
            gini: Ratio::of(differences, count * whole)?,
            nakamoto: spread.nakamoto,
            nakamoto_ratio: Ratio::of_counts(spread.nakamoto, recipients)?,
            entropy_bits: spread.entropy_bits.max(0.0),
            top_tenth_recipients,
            top_tenth: Ratio::of_amounts(spread.top_tenth, sum)?,
            curve: spread.curve,
        })
    }

    /// To how many recipients with equal amounts the entropy comes: 2 to its power.
    pub fn equal_recipients(&self) -> f64 {
        libm::exp2(self.entropy_bits)
    }
}

/// What the second reading of the amounts gathers.
struct Spread {
    recipients: usize,
    sum: Amount,
    top_tenth_recipients: usize,
    /// How many were read, and what they get.
    read: usize,
    running: Amount,
    nakamoto: usize,
    top_tenth: Amount,
    curve: Vec<(usize, Ratio)>,
    entropy_bits: f64,
    /// An amount and how often it came in a row: many of equal amounts cost one logarithm.
    run: (Amount, usize),
}

impl Spread {
    fn new(recipients: usize, sum: Amount, top_tenth_recipients: usize) -> Self {
        Self {
            recipients,
            sum,
            top_tenth_recipients,
            read: 0,
            running: Amount::ZERO,
            nakamoto: 0,
            top_tenth: Amount::ZERO,
            curve: Ratio::of_counts(0, 1).map(|none| (0, none)).into_iter().collect(),
            entropy_bits: 0.0,
            run: (Amount::ZERO, 0),
        }
    }

    fn add(&mut self, amount: Amount) {
        self.read += 1;
        // The sum of all fits.
        self.running = self.running.checked_add(amount).unwrap_or(self.running);
        let rest = self.sum.checked_sub(self.running).unwrap_or_default();
        if self.nakamoto == 0 && self.running > rest {
            self.nakamoto = self.read;
        }
        if self.read == self.top_tenth_recipients {
            self.top_tenth = self.running;
        }
        let steps = self.recipients.min(CURVE_STEPS);
        let is_step = |read: usize| read * steps / self.recipients;
        if is_step(self.read) > is_step(self.read - 1) {
            self.curve.extend(Ratio::of_amounts(self.running, self.sum).map(|part| (self.read, part)));
        }
        if amount != self.run.0 {
            self.end_run();
            self.run.0 = amount;
        }
        self.run.1 += 1;
    }

    /// Adds the entropy of a run of equal amounts.
    fn end_run(&mut self) {
        let (amount, times) = self.run;
        if times > 0 {
            let part = amount.units() as f64 / self.sum.units() as f64;
            self.entropy_bits -= times as f64 * (part * libm::log2(part));
        }
        self.run.1 = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(mut units: Vec<u128>) -> Option<Concentration> {
        units.sort_unstable_by(|left, right| right.cmp(left));
        Concentration::of_descending(units.into_iter().map(Amount::from_units))
    }

    /// Gini as RAD's notebook has it: half the mean of all differences, over the mean.
    fn gini_by_pairs(units: &[u128]) -> f64 {
        let differences: u128 =
            units.iter().flat_map(|left| units.iter().map(move |right| left.abs_diff(*right))).sum();
        let sum: u128 = units.iter().sum();
        differences as f64 / (2.0 * units.len() as f64 * sum as f64)
    }

    #[test]
    fn nobody_one_and_all_the_same() {
        assert_eq!(of(vec![]), None);
        assert_eq!(of(vec![0, 0]), None);
        let one = of(vec![7, 0]).unwrap();
        assert_eq!((one.recipients, one.nakamoto, one.top_tenth_recipients), (1, 1, 1));
        assert_eq!((one.gini.text(6), one.top_tenth.text(6)), ("0.000000".into(), "1.000000".into()));
        assert!(one.entropy_bits == 0.0 && one.entropy_bits.is_sign_positive());
        let equal = of(vec![5; 64]).unwrap();
        assert_eq!((equal.gini.text(6), equal.nakamoto), ("0.000000".into(), 33));
        assert!((equal.entropy_bits - 6.0).abs() < 1e-12 && (equal.equal_recipients() - 64.0).abs() < 1e-9);
        assert_eq!(equal.curve.len(), 1 + CURVE_STEPS);
    }

    #[test]
    fn known_values() {
        // Differences of 1, 2, 3, 4: 1 + 2 + 3 + 1 + 2 + 1 = 10 pairs; 10 / (4 x 10) = 0.25.
        let four = of(vec![1, 2, 3, 4]).unwrap();
        assert_eq!(four.gini.text(4), "0.2500");
        assert_eq!((four.nakamoto, four.nakamoto_ratio.text(2)), (2, "0.50".into()));
        assert!((four.entropy_bits - 1.846_439_344_671_015_4).abs() < 1e-12);
        let points: Vec<String> = four.curve.iter().map(|(_, part)| part.text(1)).collect();
        assert_eq!(points, ["0.0", "0.4", "0.7", "0.9", "1.0"]);
        // Exactly half is not more than half.
        assert_eq!(of(vec![2, 1, 1]).unwrap().nakamoto, 2);
        assert_eq!(of((1..=21).collect()).unwrap().top_tenth_recipients, 3);
    }

    #[test]
    fn the_largest_amounts_fit_and_larger_sums_are_none() {
        let half = u128::MAX / 2;
        let large = of(vec![half, half, 1]).unwrap();
        assert_eq!((large.nakamoto, large.gini.text(4)), (2, "0.3333".into()));
        assert_eq!(of(vec![u128::MAX, 1]), None);
    }

    proptest! {
        #[test]
        fn bounds_scale_and_order(mut units in prop::collection::vec(0_u128..1_000_000_000, 1..60), factor in 1_u128..1_000_000) {
            prop_assume!(units.iter().any(|unit| *unit > 0));
            let found = of(units.clone()).unwrap();
            let count = found.recipients as f64;
            prop_assert!(found.gini.number() <= (count - 1.0) / count + 1e-9);
            prop_assert!(found.nakamoto >= 1 && found.nakamoto <= found.recipients / 2 + 1);
            prop_assert!(found.entropy_bits <= libm::log2(count) + 1e-9);
            prop_assert!(found.top_tenth.number() >= found.top_tenth_recipients as f64 / count - 1e-9);
            let positive: Vec<u128> = units.iter().copied().filter(|unit| *unit > 0).collect();
            prop_assert!((found.gini.number() - gini_by_pairs(&positive)).abs() < 1e-8);
            prop_assert_eq!(found.curve.last().unwrap().1.text(6), "1.000000");
            prop_assert!(found.curve.windows(2).all(|pair| pair[0].0 < pair[1].0));
            let scaled = of(units.iter().map(|unit| unit * factor).collect()).unwrap();
            prop_assert_eq!(scaled.gini.text(12), found.gini.text(12));
            prop_assert_eq!(scaled.nakamoto, found.nakamoto);
            prop_assert!((scaled.entropy_bits - found.entropy_bits).abs() < 1e-9);
            units.reverse();
            prop_assert_eq!(of(units), Some(found));
        }
    }
}
