//! Who gets what, as far as pages show it: a distribution may have millions of rows, a page does not.

use super::concentration::Concentration;
use crate::address::Address;
use crate::amount::{Amount, Balance};
use crate::distribution::{Distribution, Line, OFFSET};

/// Most recipients that a page lists; the rest stand in distribution.csv only.
pub const LISTED_MOST: usize = 2_000;
/// Into how many groups everybody is divided where not everybody has a bar.
const GROUPS: usize = 20;
/// Up to how many rows the reward `praise` is measured by itself: its amounts have an order of their own.
const SORTED_MOST: usize = 1_000_000;
/// The reward that is measured by itself.
const PRAISE: &str = "praise";

/// Who gets what.
#[derive(Debug, Clone)]
pub struct Recipients {
    /// How many rows distribution.csv has.
    pub count: usize,
    /// How many have an address and get something.
    pub paid: usize,
    /// How many have no address and get something: it is held.
    pub waiting: usize,
    /// The reward columns, in their order.
    pub rewards: Vec<RewardColumn>,
    /// The first rows of distribution.csv, at most [`LISTED_MOST`].
    pub listed: Vec<Listed>,
    /// Everybody, the largest totals first, in at most twenty groups of as many people (the last may be
    /// smaller); without those of total zero.
    pub groups: Vec<Group>,
    /// How concentrated the rewards are.
    pub measured: Measured,
}

/// Recipients that follow one another in distribution.csv.
#[derive(Debug, Clone)]
pub struct Group {
    /// The place of the first, from 1.
    pub first: usize,
    /// The place of the last.
    pub last: usize,
    /// What they get together, one amount a reward column; that of [`OFFSET`] without its sign.
    pub amounts: Vec<Amount>,
}

/// What concentration was measured over.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Whether only praise rewards were: then those who get none of them do not count. Else totals.
    pub is_praise: bool,
    /// `None` where nobody gets anything of it.
    pub concentration: Option<Concentration>,
}

/// A reward column.
#[derive(Debug, Clone)]
pub struct RewardColumn {
    /// Its name.
    pub name: String,
    /// What all rows come to; of [`OFFSET`] without its sign.
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
    /// One amount a reward column; that of [`OFFSET`] without its sign.
    pub amounts: Vec<Amount>,
    /// Their sum.
    pub total: Amount,
}

impl RewardColumn {
    /// Whether it takes off what was paid too much before.
    pub fn is_offset(&self) -> bool {
        self.name == OFFSET
    }

    /// An amount of the column with its sign.
    pub fn signed(&self, amount: Amount) -> Balance {
        if self.is_offset() { Balance::minus(amount) } else { amount.into() }
    }
}

impl Recipients {
    /// What amounts of a row, or of several, come to: the rewards without what is taken off.
    pub fn sum(&self, amounts: &[Amount]) -> Amount {
        // What is taken off is part of what is paid, and that fits.
        let signed = self.rewards.iter().zip(amounts).map(|(reward, amount)| reward.signed(*amount));
        Balance::sum(signed).and_then(Balance::amount).unwrap_or_default()
    }

    /// Amounts of a row, or of several, with nothing to be taken off any more: the last rewards are less by
    /// it.
    pub fn without_offset(&self, amounts: &[Amount]) -> Vec<Amount> {
        let mut parts = amounts.to_vec();
        for (at, reward) in self.rewards.iter().enumerate().filter(|(_, reward)| reward.is_offset()) {
            let mut taken = parts.get_mut(at).map(std::mem::take).unwrap_or_default();
            for part in parts.iter_mut().rev() {
                let less = taken.min(*part);
                *part = part.checked_sub(less).unwrap_or_default();
                taken = taken.checked_sub(less).unwrap_or_default();
            }
            debug_assert!(taken == Amount::ZERO, "{} takes off more than is given", reward.name);
        }
        parts
    }

    /// What pages show of a distribution whose amounts are still there.
    pub fn of(distribution: &Distribution) -> Self {
        let mut rewards: Vec<RewardColumn> = distribution
            .rewards
            .iter()
            .map(|name| RewardColumn { name: name.clone(), sum: Amount::ZERO, recipients: 0 })
            .collect();
        let with_something = distribution.lines.partition_point(|line| line.total != Amount::ZERO);
        let mut groups = groups_of(with_something, rewards.len());
        let mut at = 0;
        for (place, line) in (1_usize..).zip(&distribution.lines) {
            at += usize::from(groups.get(at).is_some_and(|group| group.last < place));
            let amounts = distribution.amounts(line);
            for (reward, amount) in rewards.iter_mut().zip(amounts) {
                add(&mut reward.sum, *amount);
                reward.recipients += usize::from(*amount != Amount::ZERO);
            }
            if let Some(group) = groups.get_mut(at) {
                group.amounts.iter_mut().zip(amounts).for_each(|(sum, amount)| add(sum, *amount));
            }
        }
        let is_paid = |line: &&Line| line.key.address().is_some() && line.total != Amount::ZERO;
        let is_waiting = |line: &&Line| line.key.address().is_none() && line.total != Amount::ZERO;
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
            waiting: distribution.lines.iter().filter(is_waiting).count(),
            rewards,
            listed: distribution.lines.iter().take(LISTED_MOST).map(listed).collect(),
            groups,
            measured: measured(distribution),
        }
    }
}

/// Adds to a sum that is bounded by the pools, whose sum fits.
fn add(sum: &mut Amount, amount: Amount) {
    *sum = sum.checked_add(amount).unwrap_or(*sum);
}

/// At most [`GROUPS`] groups of `count` recipients, without amounts yet: of the same size, but the last.
fn groups_of(count: usize, rewards: usize) -> Vec<Group> {
    let size = count.div_ceil(GROUPS).max(1);
    let group = |first: usize| Group {
        first: first + 1,
        last: (first + size).min(count),
        amounts: vec![Amount::ZERO; rewards],
    };
    (0..count).step_by(size).map(group).collect()
}

/// Over the praise rewards of everybody where there are any, else over all totals.
fn measured(distribution: &Distribution) -> Measured {
    let is_praise = |name: &String| name.rsplit('.').next() == Some(PRAISE);
    let columns: Vec<bool> = distribution.rewards.iter().map(is_praise).collect();
    if !columns.contains(&true) || distribution.lines.len() > SORTED_MOST {
        let totals = distribution.lines.iter().map(|line| line.total);
        return Measured { is_praise: false, concentration: Concentration::of_descending(totals) };
    }
    let praise = |line: &Line| {
        let amounts = distribution.amounts(line).iter().zip(&columns);
        let mut sum = Amount::ZERO;
        amounts.filter(|(_, is_praise)| **is_praise).for_each(|(amount, _)| add(&mut sum, *amount));
        sum
    };
    let mut amounts: Vec<Amount> = distribution.lines.iter().map(praise).collect();
    amounts.sort_unstable_by(|left, right| right.cmp(left));
    Measured { is_praise: true, concentration: Concentration::of_descending(amounts.into_iter()) }
}
