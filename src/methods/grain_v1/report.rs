//! What grain-v1 tells about a round: the table of accounts, and figures for the pages.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::{ReportTable, Reward};
use super::Policy;
use super::inputs::{CRED_DECIMALS, Inputs};
use super::policies::Checked;
use crate::amount::{Amount, Weight, scaled_text};
use crate::error::visible;
use crate::recipient::Key;
use crate::tables::Cell;

/// The columns of grain.csv before those of the policies; behind them stands `total`.
pub(super) const COLUMNS: [&str; 6] =
    ["name", "address", "active", "cred_total", "cred_last_interval", "earned_before"];

/// The table of accounts, by name.
pub(super) fn table(inputs: &Inputs, rewards: &[Reward], decimals: u8) -> ReportTable {
    let policies = rewards.iter().map(|reward| reward.name.as_str());
    let header: Vec<&str> = COLUMNS.into_iter().chain(policies).chain(["total"]).collect();
    let earned = inputs.earned_by_name(None).unwrap_or_default();
    let last = inputs.intervals.last();
    let rows = inputs.accounts.iter().map(|(name, account)| {
        let cred = account.cred_from(None).unwrap_or_default();
        let cred_last = last.and_then(|last| account.cred.get(last)).copied().unwrap_or_default();
        let earned = earned.get(name.as_str()).copied().unwrap_or_default();
        let mut row = vec![
            Cell::Text(account.name.clone()),
            Cell::Plain(account.key.address().map_or_else(String::new, |address| address.to_string())),
            Cell::Plain(account.active.to_string()),
            Cell::Plain(scaled_text(cred, CRED_DECIMALS)),
            Cell::Plain(scaled_text(cred_last, CRED_DECIMALS)),
            Cell::Plain(scaled_text(earned, decimals)),
        ];
        let given = || {
            // The key of an account that is not active is in no reward.
            rewards.iter().map(|reward| reward.amounts.get(&account.key).copied().unwrap_or_default())
        };
        row.extend(given().map(|amount| Cell::Plain(amount.to_text(decimals))));
        let total = Amount::sum(given()).unwrap_or_default(); // at most the pool, which fits
        row.push(Cell::Plain(total.to_text(decimals)));
        row
    });
    ReportTable::new("grain", &header, rows)
}

/// Figures for the pages; amounts in token units.
#[derive(Debug, Serialize)]
pub(super) struct Statistics {
    accounts: usize,
    active: usize,
    intervals: usize,
    first_interval: String,
    last_interval: String,
    /// Cred of the active accounts in all intervals, and what they earned before.
    cred: String,
    earned_before: String,
    policies: Vec<PolicyStatistics>,
}

/// What became of one policy.
#[derive(Debug, Serialize)]
struct PolicyStatistics {
    reward: String,
    policy: &'static str,
    budget: String,
    given: String,
    /// Accounts that get something.
    recipients: usize,
    /// `special` only: what it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    memo: String,
}

/// Figures of the round; `rewards` are those of the policies, in their order.
pub(super) fn statistics(
    inputs: &Inputs,
    policies: &[Checked<'_>],
    rewards: &[Reward],
    decimals: u8,
) -> Statistics {
    let earned = inputs.earned_by_name(None).unwrap_or_default();
    let cred = sum(inputs.active().filter_map(|(_, account)| account.cred_from(None)));
    let earned = sum(inputs.active().filter_map(|(name, _)| earned.get(name).copied()));
    let interval = |interval: Option<_>| interval.map_or_else(String::new, ToString::to_string);
    let pairs = policies.iter().zip(rewards);
    Statistics {
        accounts: inputs.accounts.len(),
        active: inputs.active().count(),
        intervals: inputs.intervals.len(),
        first_interval: interval(inputs.intervals.first()),
        last_interval: interval(inputs.intervals.last()),
        cred: scaled_text(cred, CRED_DECIMALS),
        earned_before: scaled_text(earned, decimals),
        policies: pairs
            .map(|(policy, reward)| policy_statistics(policy, &reward.amounts, decimals))
            .collect(),
    }
}

fn policy_statistics(
    policy: &Checked<'_>,
    amounts: &BTreeMap<Key, Amount>,
    decimals: u8,
) -> PolicyStatistics {
    let memo = match policy.policy {
        Policy::Special { memo, .. } => memo.chars().map(visible).collect(),
        _ => String::new(),
    };
    PolicyStatistics {
        reward: policy.reward.to_owned(),
        policy: policy.policy.id(),
        budget: policy.budget.to_text(decimals),
        given: Amount::sum(amounts.values().copied()).unwrap_or_default().to_text(decimals),
        recipients: amounts.values().filter(|amount| **amount != Amount::ZERO).count(),
        memo,
    }
}

/// A sum for the pages: what is beyond 256 bits shows as the most they hold.
fn sum(weights: impl Iterator<Item = Weight>) -> Weight {
    weights.fold(Weight::ZERO, Weight::saturating_add)
}
