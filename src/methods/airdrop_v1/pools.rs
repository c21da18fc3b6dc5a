//! The division of a pool among the eligible addresses of its categories.

use super::WeightOf;
use super::settings::Pool;
use super::snapshots::{Category, Holding};
use crate::amount::log10::log10_scaled;
use crate::amount::{Amount, Division, Weight};
use crate::error::{Error, Warning};
use crate::methods::{Request, Reward};
use crate::parallel;
use crate::recipient::Key;

/// 10^18: square roots are integers of 1e-18 of base units' roots x 10^9.
const SQUARE_SCALE: u64 = 10_u64.pow(18);

/// What came of a pool: a reward for each of its categories.
pub(super) struct Divided {
    pub rewards: Vec<Reward>,
    pub warning: Option<Warning>,
}

/// Divides a pool by the weights of all its categories together.
pub(super) fn divide(pool: &Pool, categories: &[Category], request: &Request<'_>) -> Result<Divided, Error> {
    let shares = Shares::of(pool, categories);
    let amounts = shares.division(pool, request)?.map(Division::into_parts);
    let Shares { parts, weights } = shares;
    let is_left = amounts.is_none() && pool.amount != Amount::ZERO;
    let warning = is_left.then(|| unallocated(pool, weights.is_empty(), request));
    let mut amounts = amounts.unwrap_or_else(|| vec![Amount::ZERO; weights.len()]).into_iter();
    drop(weights);
    let mut rewards = Vec::new();
    for (column, eligible) in &parts {
        let keys = eligible.iter().map(|holding| Key::Address(holding.address));
        let amounts: std::collections::BTreeMap<Key, Amount> = keys.zip(amounts.by_ref()).collect();
        let sum = Amount::sum(amounts.values().copied()).unwrap_or(pool.amount); // at most the pool
        let part_of_pool = if parts.len() == 1 { pool.amount } else { sum };
        rewards.push(Reward { name: (*column).to_owned(), pool: part_of_pool, amounts });
    }
    Ok(Divided { rewards, warning })
}

/// The categories of a pool with their eligible addresses, and the weights of all of them together.
pub(super) struct Shares<'a> {
    /// The reward columns and who is eligible.
    pub parts: Vec<(&'a str, &'a [Holding])>,
    /// The weights, category by category.
    pub weights: Vec<Weight>,
}

impl<'a> Shares<'a> {
    pub(super) fn of(pool: &'a Pool, categories: &'a [Category]) -> Self {
        let parts: Vec<(&str, &[Holding])> = pool
            .parts
            .iter()
            .filter_map(|part| {
                Some((part.column.as_str(), categories.get(part.category)?.eligible.as_slice()))
            })
            .collect();
        let mut weights: Vec<Weight> =
            Vec::with_capacity(parts.iter().map(|(_, eligible)| eligible.len()).sum());
        for (_, eligible) in &parts {
            weights.extend(parallel::map(eligible, |holding| weight(pool.weight, holding.balance())));
        }
        Self { parts, weights }
    }

    /// The division of the pool.
    pub(super) fn division(&self, pool: &Pool, request: &Request<'_>) -> Result<Option<Division>, Error> {
        let key_of = |index: usize| key(&self.parts, index);
        request.division(&pool.reward, pool.amount, &self.weights, &key_of, &request.place())
    }
}

/// The key in the draw of the weight at an index over all categories.
fn key(parts: &[(&str, &[Holding])], index: usize) -> String {
    let mut index = index;
    for (column, eligible) in parts {
        match eligible.get(index) {
            Some(holding) if parts.len() == 1 => return holding.address.to_string(),
            Some(holding) => return format!("{}/{column}", holding.address),
            None => index -= eligible.len(),
        }
    }
    String::new() // no weight stands there
}

/// What a balance weighs.
fn weight(weight_of: WeightOf, balance: u128) -> Weight {
    let balance = Weight::from(balance);
    let one = Weight::from(1_u8);
    match weight_of {
        WeightOf::Equal => one,
        WeightOf::Balance => balance,
        WeightOf::Log10 => log10_scaled(balance + one).unwrap_or_default(), // never zero
        WeightOf::Sqrt => square_root(balance * Weight::from(SQUARE_SCALE)),
    }
}

/// The floor of the square root.
fn square_root(square: Weight) -> Weight {
    if let Ok(square) = u128::try_from(square) {
        return Weight::from(square.isqrt());
    }
    // Newton's method from above: 2^ceil(bits / 2) is more than the root, every step comes down to
    // its floor at the lowest, and the first that does not come down stands there.
    let mut root = Weight::from(1_u8) << square.bit_len().div_ceil(2);
    loop {
        let next: Weight = (root + square / root) >> 1;
        if next >= root {
            return root;
        }
        root = next;
    }
}

/// Why nobody got anything of a pool.
fn unallocated(pool: &Pool, nobody: bool, request: &Request<'_>) -> Warning {
    let why = if nobody { "nobody is eligible" } else { "all weights are zero" };
    let amount = pool.amount.to_text(request.decimals());
    let text =
        format!("pool `{}`: {why}; its {amount} {} stay unallocated", pool.reward, request.plan.token.symbol);
    Warning::new(request.place(), text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn square_roots_are_floors(square in any::<[u64; 3]>(), bits in 0..192_usize) {
            let square = Weight::from_limbs([square[0], square[1], square[2], 0]) >> bits;
            let root = square_root(square);
            let after = root + Weight::from(1_u8);
            prop_assert!(root * root <= square && after * after > square);
        }
    }

    #[test]
    fn the_largest_balance_has_every_weight() {
        let balance = u128::MAX;
        assert_eq!(weight(WeightOf::Balance, balance), Weight::from(balance));
        // 128 x log10(2)
        assert_eq!(weight(WeightOf::Log10, balance), Weight::from(38_531_839_444_989_592_987_u128));
        let root = weight(WeightOf::Sqrt, balance);
        assert_eq!(root, Weight::from(18_446_744_073_709_551_615_999_999_999_u128));
        for weight_of in [WeightOf::Balance, WeightOf::Log10, WeightOf::Sqrt] {
            assert_eq!(weight(weight_of, 0), Weight::ZERO);
        }
        assert_eq!(weight(WeightOf::Sqrt, 4), Weight::from(2_000_000_000_u64));
    }
}
