//! What the eligible addresses of a category get, in figures that stay small however many there are:
//! bins on a logarithmic scale, the largest and smallest, and a sample.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::settings::Pool;
use super::snapshots::Category;
use crate::address::Address;
use crate::amount::Amount;
use crate::methods::Reward;

/// How many of the largest and of the smallest are kept.
const EXTREMES: usize = 10;
/// Most addresses of the sample of a category.
const SAMPLE: usize = 300;

/// An eligible address with the balance that counts and what it gets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    pub address: Address,
    /// In base units of the snapshots' token.
    pub balance: u128,
    pub reward: Amount,
}

/// What the eligible addresses of a category get for it, over all pools that it is in.
#[derive(Debug, Default)]
pub(super) struct CategoryFigures {
    /// The reward columns.
    pub columns: Vec<String>,
    pub sum: Amount,
    /// By the exponent of ten and the two leading digits (10 to 99) of the units, how many rewards:
    /// at most 39 x 90.
    bins: BTreeMap<(u32, u128), usize>,
    /// The largest rewards, the largest first; equal ones by address.
    pub largest: Vec<Given>,
    /// The smallest, the smallest first.
    pub smallest: Vec<Given>,
    /// Every n-th address. Addresses are digests, so their order has nothing to do with balances: the
    /// same for everybody and as good as chance.
    pub sample: Vec<Given>,
}

/// The figures of all categories, in their order.
pub(super) fn of(pools: &[Pool], categories: &[Category], rewards: &[Reward]) -> Vec<CategoryFigures> {
    let figures = categories.iter().enumerate().map(|(index, category)| {
        let parts = pools.iter().flat_map(|pool| &pool.parts).filter(|part| part.category == index);
        let columns: Vec<String> = parts.map(|part| part.column.clone()).collect();
        let columns_rewards = rewards.iter().filter(|reward| columns.contains(&reward.name));
        // Amounts of a column stand in the order of addresses, as the eligible do.
        let mut amounts: Vec<_> = columns_rewards.map(|reward| reward.amounts.values()).collect();
        let mut figures = CategoryFigures { columns, ..CategoryFigures::default() };
        let every = category.eligible.len().div_ceil(SAMPLE).max(1);
        for (place, holding) in category.eligible.iter().enumerate() {
            let reward = Amount::sum(amounts.iter_mut().filter_map(Iterator::next).copied());
            let reward = reward.unwrap_or_default(); // at most the pool, which fits
            let given = Given { address: holding.address, balance: holding.balance(), reward };
            figures.add(given);
            if place % every == 0 {
                figures.sample.push(given);
            }
        }
        figures
    });
    figures.collect()
}

impl CategoryFigures {
    fn add(&mut self, given: Given) {
        self.sum = self.sum.checked_add(given.reward).unwrap_or(self.sum); // at most the pool
        if given.reward != Amount::ZERO {
            *self.bins.entry(bin_of(given.reward.units())).or_default() += 1;
        }
        keep(&mut self.largest, given, |left, right| right.reward.cmp(&left.reward));
        keep(&mut self.smallest, given, |left, right| left.reward.cmp(&right.reward));
    }

    /// The bins that are not empty, ascending: lower bound, upper bound (not included), count.
    pub(super) fn bins(&self) -> impl Iterator<Item = (u128, u128, usize)> {
        self.bins.iter().map(|((exponent, leading), count)| {
            let bound = |leading: u128| scaled(leading, *exponent);
            (bound(*leading), bound(leading + 1), *count)
        })
    }
}

/// Exponent of ten and leading two digits of units above zero.
fn bin_of(units: u128) -> (u32, u128) {
    let exponent = units.checked_ilog10().unwrap_or_default();
    let leading = match exponent.checked_sub(1) {
        Some(down) => units / 10_u128.pow(down),
        None => units * 10,
    };
    (exponent, leading)
}

/// `leading` x 10^(exponent - 1), at most what 128 bits hold. Below 10 only whole units occur, so that
/// the bound behind 5 is 6.
fn scaled(leading: u128, exponent: u32) -> u128 {
    match exponent.checked_sub(1) {
        Some(up) => leading.saturating_mul(10_u128.saturating_pow(up)),
        None => leading.div_ceil(10),
    }
}

/// Puts one into a list that is kept in order, and short; of equal ones who came first stays first.
fn keep(list: &mut Vec<Given>, given: Given, order: impl Fn(&Given, &Given) -> Ordering) {
    let place = list.partition_point(|kept| order(kept, &given) != Ordering::Greater);
    if place < EXTREMES {
        list.truncate(EXTREMES - 1);
        list.insert(place.min(list.len()), given);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_reward_lies_in_its_bin(units in 1_u128.., shift in 0..128_u32) {
            let units = (units >> shift).max(1);
            let (exponent, leading) = bin_of(units);
            prop_assert!((10..100).contains(&leading));
            let (from, to) = (scaled(leading, exponent), scaled(leading + 1, exponent));
            prop_assert!(from <= units && (units < to || to == u128::MAX), "{} {} {}", from, units, to);
        }

        #[test]
        fn the_extremes_are_those_of_a_sorted_list(rewards in proptest::collection::vec(0..50_u128, 0..40)) {
            let mut figures = CategoryFigures::default();
            for units in &rewards {
                let reward = Amount::from_units(*units);
                figures.add(Given { address: Address::parse_lower_case("0x0000000000000000000000000000000000000000").unwrap(), balance: 0, reward });
            }
            let mut sorted = rewards;
            sorted.sort_unstable();
            let units = |list: &[Given]| list.iter().map(|given| given.reward.units()).collect::<Vec<_>>();
            let smallest: Vec<_> = sorted.iter().take(EXTREMES).copied().collect();
            let largest: Vec<_> = sorted.iter().rev().take(EXTREMES).copied().collect();
            prop_assert_eq!(units(&figures.smallest), smallest);
            prop_assert_eq!(units(&figures.largest), largest);
        }
    }
}
