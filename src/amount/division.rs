//! A pool divided, together with what the division went by: floors, remainders, and who gets one of
//! the units that the floors leave. What is paid and what explains it come from here alike.

use ruint::aliases::U512;

use super::{Amount, ApportionFault, Draw, Weight};

/// A pool divided by the largest-remainder method; see [`apportion`](super::apportion).
#[derive(Debug)]
pub struct Division {
    pool: Amount,
    /// The sum of the weights, above zero.
    sum: Weight,
    /// The floor of everybody's exact part, in units.
    floors: Vec<u128>,
    /// What the floors cut off, in units of 1 / `sum`.
    remainders: Vec<Weight>,
    /// Places of those who get one more unit.
    further: Vec<usize>,
}

/// The part of one weight in a [`Division`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What is divided.
    pub pool: Amount,
    /// The weight.
    pub weight: Weight,
    /// The sum of all weights, above zero.
    pub sum: Weight,
    /// floor(pool x weight / sum).
    pub floor: Amount,
    /// (pool x weight) modulo sum: the floor cuts off `remainder` / `sum` of a unit.
    pub remainder: Weight,
    /// How many units the floors of all left.
    pub units_left: usize,
    /// Whether one of them is added here.
    pub has_further_unit: bool,
    /// Whether the lot decided that, among remainders equal to this one.
    pub is_by_lot: bool,
}

impl Division {
    /// Divides `pool` by `weights`; `key_of` gives the key of the weight at an index, which is asked
    /// only where the draw decides. `None` when all weights are zero.
    pub fn of(
        pool: Amount,
        weights: &[Weight],
        draw: Draw<'_>,
        key_of: &dyn Fn(usize) -> String,
    ) -> Result<Option<Self>, ApportionFault> {
        let mut sum = Weight::ZERO;
        for (index, weight) in weights.iter().enumerate() {
            sum = sum.checked_add(*weight).ok_or(ApportionFault::SumTooLarge(index))?;
        }
        if sum.is_zero() {
            return Ok(None);
        }
        let (floors, remainders): (Vec<u128>, Vec<Weight>) =
            weights.iter().map(|weight| part_of(pool, *weight, sum)).unzip();
        let left = pool.units() - floors.iter().sum::<u128>();
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let further = largest_remainders(&remainders, left, |index| draw.lot(&key_of(index)));
        Ok(Some(Self { pool, sum, floors, remainders, further }))
    }

    /// One amount a weight, in their order; they sum to the pool.
    pub fn into_parts(self) -> Vec<Amount> {
        let mut parts = self.floors;
        for index in self.further {
            if let Some(part) = parts.get_mut(index) {
                *part += 1;
            }
        }
        parts.into_iter().map(Amount::from_units).collect()
    }

    /// How the weight at an index came to its part.
    pub fn part(&self, index: usize, weight: Weight) -> Option<Part> {
        let remainder = *self.remainders.get(index)?;
        let is_equal = |other: &Weight| *other == remainder;
        let equal = self.remainders.iter().filter(|other| is_equal(other)).count();
        let served = self.further.iter().filter_map(|index| self.remainders.get(*index));
        let served = served.filter(|other| is_equal(other)).count();
        Some(Part {
            pool: self.pool,
            weight,
            sum: self.sum,
            floor: Amount::from_units(*self.floors.get(index)?),
            remainder,
            units_left: self.further.len(),
            has_further_unit: self.further.contains(&index),
            is_by_lot: 0 < served && served < equal,
        })
    }
}

impl Part {
    /// What the weight gets; `None` above 2^128 - 1 units, which no part of a pool is.
    pub fn amount(&self) -> Option<Amount> {
        self.floor.checked_add(Amount::from_units(u128::from(self.has_further_unit)))
    }

    /// Whether floor x sum + remainder = pool x weight, as it must.
    pub fn is_exact(&self) -> bool {
        let product: U512 = Weight::from(self.pool.units()).widening_mul(self.weight);
        let floor: U512 = Weight::from(self.floor.units()).widening_mul(self.sum);
        self.remainder < self.sum && floor.checked_add(U512::from(self.remainder)) == Some(product)
    }
}

/// Floor and remainder of `pool` x `weight` / `sum`. The floor is at most the pool, so it fits.
fn part_of(pool: Amount, weight: Weight, sum: Weight) -> (u128, Weight) {
    let (quotient, remainder) = match (u128::try_from(weight), u128::try_from(sum)) {
        (Ok(weight), Ok(sum)) => {
            let product = Weight::from(pool.units()) * Weight::from(weight);
            let (quotient, remainder) = product.div_rem(Weight::from(sum));
            (quotient, remainder)
        }
        _ => {
            let product: U512 = Weight::from(pool.units()).widening_mul(weight);
            let (quotient, remainder) = product.div_rem(U512::from(sum));
            (quotient.wrapping_to(), remainder.wrapping_to())
        }
    };
    (quotient.wrapping_to(), remainder)
}

/// The indices of the `count` largest remainders; where equal ones straddle the cut, those with
/// the smallest lot. Only the straddling ones are hashed.
fn largest_remainders(remainders: &[Weight], count: usize, lot: impl Fn(usize) -> [u8; 32]) -> Vec<usize> {
    if count == 0 {
        return Vec::new();
    }
    let mut descending = remainders.to_vec();
    let last = count.min(descending.len()).saturating_sub(1);
    let (_, cut, _) = descending.select_nth_unstable_by(last, |left, right| right.cmp(left));
    let cut = *cut;
    let mut chosen = Vec::with_capacity(count);
    let mut straddling = Vec::new();
    for (index, remainder) in remainders.iter().enumerate() {
        if *remainder > cut {
            chosen.push(index);
        } else if *remainder == cut {
            straddling.push(index);
        }
    }
    let wanted = count - chosen.len();
    if straddling.len() > wanted {
        straddling.sort_by_cached_key(|index| lot(*index));
    }
    chosen.extend(straddling.into_iter().take(wanted));
    chosen
}
