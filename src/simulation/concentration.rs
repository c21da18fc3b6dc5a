//! How concentrated amounts are, by the definitions of the reports: all over those who get more than
//! nothing.

/// How a sum is spread.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Concentration {
    /// How many get more than nothing.
    pub recipients: usize,
    /// What the largest gets of the sum, 0 to 1; 0 where nobody gets anything, like all that follows.
    pub largest_share: f64,
    /// What the tenth who get most, rounded up, get of the sum, 0 to 1.
    pub top_tenth_share: f64,
    /// The Gini coefficient: 0 where all get the same, towards 1 where one gets everything.
    pub gini: f64,
    /// The smallest number of recipients who get more than half together.
    pub half_count: usize,
}

impl Concentration {
    /// Of amounts in units, in any order; their sum must be below 2^128.
    #[allow(clippy::cast_precision_loss)] // shown with few digits
    pub fn of(amounts: impl IntoIterator<Item = u128>) -> Self {
        let mut amounts: Vec<u128> = amounts.into_iter().filter(|amount| *amount > 0).collect();
        amounts.sort_unstable_by(|left, right| right.cmp(left));
        let (recipients, sum) =
            (amounts.len(), amounts.iter().fold(0_u128, |sum, it| sum.saturating_add(*it)));
        let Some(largest) = amounts.first() else { return Self::default() };
        let (count, whole) = (recipients as f64, sum as f64);
        let (mut so_far, mut ranked, mut top_tenth, mut half_count) = (0_u128, 0.0, 0.0, 0);
        for (amount, rank) in amounts.iter().zip(1_usize..) {
            if so_far <= sum - so_far {
                half_count = rank;
            }
            so_far = so_far.saturating_add(*amount);
            ranked += rank as f64 * (*amount as f64 / whole);
            if rank == recipients.div_ceil(10) {
                top_tenth = so_far as f64 / whole;
            }
        }
        // All pairwise differences over 2 n sum: sum over ranks r of (n + 1 - 2 r) x amount, over n sum.
        let gini = ((count + 1.0 - 2.0 * ranked) / count).max(0.0);
        let largest_share = *largest as f64 / whole;
        Self { recipients, largest_share, top_tenth_share: top_tenth, gini, half_count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_spreads() {
        assert_eq!(Concentration::of([0, 0]), Concentration::default());
        let equal = Concentration::of([5; 4]);
        assert_eq!((equal.recipients, equal.gini, equal.half_count, equal.largest_share), (4, 0.0, 3, 0.25));
        // (4 x 1 + 2 x 2 ...): 1, 2, 3, 4 has the Gini coefficient 1/4.
        let rising = Concentration::of([3, 1, 0, 4, 2]);
        assert!((rising.gini - 0.25).abs() < 1e-12, "{rising:?}");
        assert_eq!((rising.recipients, rising.half_count, rising.top_tenth_share), (4, 2, 0.4));
        assert!(Concentration::of([u128::MAX]).gini.abs() < 1e-12);
    }

    #[cfg(feature = "pages")]
    #[test]
    fn reports_define_it_so() {
        use crate::amount::Amount;
        use crate::report::concentration::Concentration as Reported;
        let mut number = 7_u128;
        for count in 1..40_usize {
            let mut amounts: Vec<u128> = (0..count)
                .map(|_| {
                    number = number * 6_364_136_223_846_793_005 % 1_000_000_007;
                    number.pow(2)
                })
                .collect();
            amounts.sort_unstable_by(|left, right| right.cmp(left));
            let own = Concentration::of(amounts.iter().copied());
            let reported = Reported::of_descending(amounts.into_iter().map(Amount::from_units)).unwrap();
            assert_eq!((own.recipients, own.half_count), (reported.recipients, reported.nakamoto));
            for (own, reported) in [(own.gini, &reported.gini), (own.top_tenth_share, &reported.top_tenth)] {
                assert!((own - reported.number()).abs() < 1e-9, "{count}: {own} {reported:?}");
            }
        }
    }
}
