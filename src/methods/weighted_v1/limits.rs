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

use ruint::aliases::U512;

use crate::amount::{Amount, Weight};

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
}

/// Settles all whose share is out of bounds. `floor` is at most `cap`, the floors of all weights above
/// zero fit into the pool, and the weights sum to less than 2^256.
pub(super) fn settle(pool: Amount, weights: &[Weight], cap: Amount, floor: Amount) -> Settlement {
    let mut ascending: Vec<(Weight, usize)> =
        weights.iter().copied().zip(0..).filter(|(weight, _)| !weight.is_zero()).collect();
    ascending.sort_unstable();
    let mut open = Open::new(pool, &ascending);
    let (mut at_cap, mut at_floor) = (0, 0);
    loop {
        let above = open.above(cap);
        let below = open.below(floor);
        if above.count == 0 && below.count == 0 {
            break;
        }
        if above.difference >= below.difference {
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
    Settlement { limits, left: Amount::from_units(open.left), with_weight: ascending.len(), at_cap, at_floor }
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
    difference: U512,
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
    fn share(&self, weight: Weight) -> U512 {
        Weight::from(self.left).widening_mul(weight)
    }

    /// A limit for so many, times the sum of the weights.
    fn limit(&self, limit: Amount, count: usize) -> U512 {
        let limit = Weight::from(limit.units()) * Weight::from(count);
        limit.widening_mul(self.sum(self.start, self.end))
    }

    /// How many, from the smallest weight on, have a share for which this holds. It must hold for all
    /// smaller ones too.
    fn count_while(&self, holds: impl Fn(U512) -> bool) -> usize {
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
