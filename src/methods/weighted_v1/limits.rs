//! Cap and floor: who is settled at which, and what is left for the others.
//!
//! Shares are never rounded here: share > cap is asked as left x weight > cap x sum of weights, which
//! fits 512 bits (128 + 256, and up to 64 for a count).
//!
//! **It ends.** A pass that is not the last has a positive sum above the cap or below the floor, and
//! the larger of the two has somebody in it: each pass settles at least one recipient, and nobody is
//! ever unsettled.
//!
//! **What is left is enough.** At all times left >= floor x the number of recipients not settled. It
//! holds at the start, because the floors fit into the pool. Who is settled at the floor takes the
//! floor off both sides. When some are settled at the cap, what is left is the sum of the others'
//! shares plus the sum above the cap; that is at least their shares plus the sum below the floor, so
//! at least the floor for each of them.
//!
//! **It is quick.** Weights are sorted once. Who is above the cap stands at the upper end of those not
//! settled, who is below the floor at the lower end, so a pass is two binary searches on sums made
//! before: a pass settles many, and even passes that settle one each do not make it quadratic.

use crate::amount::{Amount, Product, Weight};

/// Where a recipient is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// Their share was above the cap.
    Cap,
    /// Their share was below the floor.
    Floor,
}

/// Who is settled where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settlement {
    /// One entry a weight, in their order; `None` for who is not settled.
    pub limits: Vec<Option<Limit>>,
    /// What those who are not settled share.
    pub left: Amount,
    /// How many have a weight above zero.
    pub with_weight: usize,
    /// How many are settled at the cap.
    pub at_cap: usize,
    /// How many are settled at the floor.
    pub at_floor: usize,
    /// The passes that settled somebody, in their order.
    pub passes: Vec<Pass>,
}

/// A pass: it settles all whose share is out of one of the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    /// Which bound.
    pub limit: Limit,
    /// How many it settles.
    pub count: usize,
    /// What all who were not settled before it shared.
    pub left: Amount,
    /// The sum of their weights.
    pub sum: Weight,
}

impl Pass {
    /// Whether this pass settles a weight that was not settled before it.
    pub fn settles(&self, weight: Weight, cap: Amount, floor: Amount) -> bool {
        let bound = |limit: Amount| -> Product { Weight::from(limit.units()).widening_mul(self.sum) };
        let share: Product = Weight::from(self.left.units()).widening_mul(weight);
        match self.limit {
            Limit::Cap => share > bound(cap),
            Limit::Floor => share < bound(floor),
        }
    }
}

/// Settles all whose share is out of bounds. `floor` is at most `cap`, the floors of all weights above
/// zero fit into the pool, and the weights sum to less than 2^256.
pub(super) fn settle(pool: Amount, weights: &[Weight], cap: Amount, floor: Amount) -> Settlement {
    let mut ascending: Vec<(Weight, usize)> =
        weights.iter().copied().zip(0..).filter(|(weight, _)| !weight.is_zero()).collect();
    ascending.sort_unstable();
    let mut open = Open::new(pool, &ascending);
    let (mut at_cap, mut at_floor) = (0, 0);
    let mut passes = Vec::new();
    loop {
        let above = open.above(cap);
        let below = open.below(floor);
        if above.count == 0 && below.count == 0 {
            break;
        }
        let by_cap = above.difference >= below.difference;
        let (limit, count) = if by_cap { (Limit::Cap, above.count) } else { (Limit::Floor, below.count) };
        let (left, sum) = (Amount::from_units(open.left), open.sum(open.start, open.end));
        passes.push(Pass { limit, count, left, sum });
        if by_cap {
            at_cap += above.count;
            open.settle_largest(above.count, cap);
        } else {
            at_floor += below.count;
            open.settle_smallest(below.count, floor);
        }
    }
    let mut limits = vec![None; weights.len()];
    for (place, (_, index)) in ascending.iter().enumerate() {
        if let Some(limit) = limits.get_mut(*index) {
            *limit = open.limit_at(place);
        }
    }
    let left = Amount::from_units(open.left);
    Settlement { limits, left, with_weight: ascending.len(), at_cap, at_floor, passes }
}

/// Those who are not settled: a run of the weights in ascending order.
struct Open<'a> {
    ascending: &'a [(Weight, usize)],
    /// The sum of all weights before each place, and of all.
    sums: Vec<Weight>,
    start: usize,
    end: usize,
    /// What they share, in units.
    left: u128,
}

/// Recipients whose shares are out of bounds.
struct Beyond {
    count: usize,
    /// By how much their shares are, times the sum of the weights.
    difference: Product,
}

impl<'a> Open<'a> {
    fn new(pool: Amount, ascending: &'a [(Weight, usize)]) -> Self {
        let mut sums = vec![Weight::ZERO];
        let mut sum = Weight::ZERO;
        for (weight, _) in ascending {
            sum += *weight; // below 2^256, see `settle`
            sums.push(sum);
        }
        Self { ascending, sums, start: 0, end: ascending.len(), left: pool.units() }
    }

    /// The sum of the weights from one place to before another.
    fn sum(&self, from: usize, to: usize) -> Weight {
        let before = |place: usize| self.sums.get(place).copied().unwrap_or_default();
        before(to) - before(from)
    }

    /// The share of a weight, times the sum of the weights.
    fn share(&self, weight: Weight) -> Product {
        Weight::from(self.left).widening_mul(weight)
    }

    /// A limit for so many, times the sum of the weights.
    fn limit(&self, limit: Amount, count: usize) -> Product {
        let limit = Weight::from(limit.units()) * Weight::from(count);
        limit.widening_mul(self.sum(self.start, self.end))
    }

    /// How many, from the smallest weight on, have a share for which this holds. It must hold for all
    /// smaller ones too.
    fn count_while(&self, holds: impl Fn(Product) -> bool) -> usize {
        let open = self.ascending.get(self.start..self.end).unwrap_or(&[]);
        open.partition_point(|(weight, _)| holds(self.share(*weight)))
    }

    /// Whose share is above the cap.
    fn above(&self, cap: Amount) -> Beyond {
        let limit = self.limit(cap, 1);
        let from = self.start + self.count_while(|share| share <= limit);
        let count = self.end - from;
        let difference = self.share(self.sum(from, self.end)) - self.limit(cap, count);
        Beyond { count, difference }
    }

    /// Whose share is below the floor.
    fn below(&self, floor: Amount) -> Beyond {
        let limit = self.limit(floor, 1);
        let count = self.count_while(|share| share < limit);
        let difference = self.limit(floor, count) - self.share(self.sum(self.start, self.start + count));
        Beyond { count, difference }
    }

    /// Settles the largest: their shares are above the cap, so the caps are less than what is left.
    fn settle_largest(&mut self, count: usize, cap: Amount) {
        self.end -= count;
        self.left -= cap.units() * count as u128;
    }

    /// Settles the smallest: the floors of all who are not settled fit into what is left.
    fn settle_smallest(&mut self, count: usize, floor: Amount) {
        self.start += count;
        self.left -= floor.units() * count as u128;
    }

    /// Where the weight at a place is settled.
    fn limit_at(&self, place: usize) -> Option<Limit> {
        if place < self.start {
            Some(Limit::Floor)
        } else if place >= self.end {
            Some(Limit::Cap)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn settle_units(pool: u128, weights: &[u64], cap: u128, floor: u128) -> Settlement {
        let weights: Vec<Weight> = weights.iter().copied().map(Weight::from).collect();
        settle(Amount::from_units(pool), &weights, Amount::from_units(cap), Amount::from_units(floor))
    }

    /// The rule to the letter: every pass looks at everybody.
    fn slow_settle(pool: u128, weights: &[u64], cap: u128, floor: u128) -> (Vec<Option<Limit>>, u128) {
        let mut limits = vec![None; weights.len()];
        let mut left = pool;
        loop {
            let open: Vec<usize> =
                (0..weights.len()).filter(|index| limits[*index].is_none() && weights[*index] > 0).collect();
            let sum: u128 = open.iter().map(|index| u128::from(weights[*index])).sum();
            let share = |index: &usize| left * u128::from(weights[*index]);
            let above: Vec<usize> = open.iter().copied().filter(|index| share(index) > cap * sum).collect();
            let below: Vec<usize> = open.iter().copied().filter(|index| share(index) < floor * sum).collect();
            let sum_above: u128 = above.iter().map(|index| share(index) - cap * sum).sum();
            let sum_below: u128 = below.iter().map(|index| floor * sum - share(index)).sum();
            let (settled, limit, amount) = match (sum_above, sum_below) {
                (0, 0) => return (limits, left),
                _ if sum_above >= sum_below => (above, Limit::Cap, cap),
                _ => (below, Limit::Floor, floor),
            };
            for index in settled {
                limits[index] = Some(limit);
                left -= amount;
            }
        }
    }

    #[test]
    fn what_the_caps_free_goes_to_the_others_and_floors_are_filled() {
        // 100 by 50 : 30 : 15 : 5, cap 30, floor 10: 50 is above by 20, 5 below by 5. The cap goes
        // first: 70 by 30 : 15 : 5 is 42, 21, 7; above by 12, below by 3; then 40 by 15 : 5 is 30, 10.
        let settled = settle_units(100, &[50, 30, 15, 5], 30, 10);
        assert_eq!(settled.limits, [Some(Limit::Cap), Some(Limit::Cap), None, None]);
        assert_eq!((settled.left.units(), settled.at_cap, settled.at_floor), (40, 2, 0));
        // With a floor of 20 the smallest is below by 15, less than the 20 above; then by 13, more
        // than the 12 above: 50 by 30 : 15 is 33.3 and 16.7, above and below by the same.
        let settled = settle_units(100, &[50, 30, 15, 5], 30, 20);
        assert_eq!(settled.limits, [Some(Limit::Cap), Some(Limit::Cap), None, Some(Limit::Floor)]);
        assert_eq!(settled.left.units(), 20);
    }

    #[test]
    fn equal_weights_are_settled_together() {
        let settled = settle_units(100, &[1, 1, 1], 33, 0);
        assert_eq!((settled.at_cap, settled.left.units()), (3, 1));
        assert_eq!(settle_units(100, &[1, 1, 1], 34, 33).at_cap, 0);
    }

    proptest! {
        #[test]
        fn it_is_what_the_rule_says(
            weights in prop::collection::vec(prop_oneof![0_u64..3, 0_u64..30, 0_u64..100_000], 0..30),
            pool in 0_u128..1000,
            cap_part in 1_u128..40,
            floor_part in 1_u128..6,
        ) {
            let count = weights.iter().filter(|weight| **weight > 0).count() as u128;
            let cap = pool / cap_part;
            let floor = (pool / count.max(1) / floor_part).min(cap);
            let settled = settle_units(pool, &weights, cap, floor);
            let (limits, left) = slow_settle(pool, &weights, cap, floor);
            prop_assert_eq!(&settled.limits, &limits);
            prop_assert_eq!(settled.left.units(), left);
            let at = |limit: Limit| limits.iter().filter(|found| **found == Some(limit)).count();
            prop_assert_eq!((settled.at_cap, settled.at_floor), (at(Limit::Cap), at(Limit::Floor)));
        }
    }
}
