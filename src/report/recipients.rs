//! Who gets what, as far as pages show it: a distribution may have millions of rows, a page does not.

use crate::address::Address;
use crate::amount::Amount;
use crate::distribution::{Distribution, Line};

/// Most recipients that a page lists; the rest stand in distribution.csv only.
pub const LISTED_MOST: usize = 2_000;

/// Who gets what.
#[derive(Debug, Clone)]
pub struct Recipients {
    /// How many rows distribution.csv has.
    pub count: usize,
    /// How many have an address and get something.
    pub paid: usize,
    /// The reward columns, in their order.
    pub rewards: Vec<RewardColumn>,
    /// The first rows of distribution.csv, at most [`LISTED_MOST`].
    pub listed: Vec<Listed>,
}

/// A reward column.
#[derive(Debug, Clone)]
pub struct RewardColumn {
    /// Its name.
    pub name: String,
    /// What all rows come to.
    pub sum: Amount,
    /// How many rows are not zero.
    pub recipients: usize,
}

/// A row of distribution.csv.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The name to show.
    pub name: String,
    /// The address; none while the amount is held.
    pub address: Option<Address>,
    /// The recipient key.
    pub key: String,
    /// One amount a reward column.
    pub amounts: Vec<Amount>,
    /// Their sum.
    pub total: Amount,
}

impl Recipients {
    /// What pages show of a distribution whose amounts are still there.
    pub fn of(distribution: &Distribution) -> Self {
        let mut rewards: Vec<RewardColumn> = distribution
            .rewards
            .iter()
            .map(|name| RewardColumn { name: name.clone(), sum: Amount::ZERO, recipients: 0 })
            .collect();
        for line in &distribution.lines {
            for (reward, amount) in rewards.iter_mut().zip(distribution.amounts(line)) {
                // Bounded by the pools, whose sum fits.
                reward.sum = reward.sum.checked_add(*amount).unwrap_or(reward.sum);
                reward.recipients += usize::from(*amount != Amount::ZERO);
            }
        }
        let is_paid = |line: &&Line| line.key.address().is_some() && line.total != Amount::ZERO;
        let listed = |line: &Line| Listed {
            name: line.name(),
            address: line.key.address(),
            key: line.key.to_string(),
            amounts: distribution.amounts(line).to_vec(),
            total: line.total,
        };
        Self {
            count: distribution.lines.len(),
            paid: distribution.lines.iter().filter(is_paid).count(),
            rewards,
            listed: distribution.lines.iter().take(LISTED_MOST).map(listed).collect(),
        }
    }
}
