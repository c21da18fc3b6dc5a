//! The settings of an airdrop, checked against its categories and its pool.

use std::collections::BTreeSet;

use super::{CategorySettings, PoolSettings, Settings, UNCLAIMED, WeightOf};
use crate::amount::{Amount, DECIMALS_LIMIT};
use crate::error::{Error, Shown};
use crate::ledger::plan::{Input, fault_of_name};
use crate::methods::{Request, collected};

/// Most categories, pools and reward columns: each makes the tables wider.
const LIST_LIMIT: usize = 100;

/// A pool that is divided.
#[derive(Debug)]
pub(super) struct Pool {
    /// The reward that stands in the draw; the column too where there is one category.
    pub reward: String,
    pub amount: Amount,
    pub weight: WeightOf,
    pub parts: Vec<Part>,
}

/// A category in a pool.
#[derive(Debug)]
pub(super) struct Part {
    /// The index of the category.
    pub category: usize,
    /// The reward column.
    pub column: String,
}

/// The lists of snapshots under the names of their categories.
pub(super) fn check_snapshots<'a>(
    request: &Request<'a>,
    problems: &mut Vec<Error>,
) -> Option<Vec<(&'a str, &'a [String])>> {
    let lists = collected(request.labelled_input("snapshots"), problems)?;
    let before = problems.len();
    let mut wrong = |reason: String| {
        let (place, allocation) = (request.place(), request.name());
        problems.push(Error::SnapshotsInvalid { place, allocation, reason: Shown::sentence(&reason) });
    };
    if let Some(Input::Files(_)) = request.allocation.inputs.get("snapshots") {
        wrong("the files stand under no category".to_owned());
        return None;
    }
    if lists.is_empty() {
        wrong("there is no category".to_owned());
    }
    if lists.len() > LIST_LIMIT {
        wrong(format!("{} categories; at most {LIST_LIMIT} are read", lists.len()));
        return None;
    }
    for (label, paths) in &lists {
        let name = Shown::from(*label);
        if let Some(reason) = fault_of_name(label) {
            wrong(format!("`{name}` cannot be the name of a category: {reason}"));
        }
        if paths.is_empty() {
            wrong(format!("category `{name}` has no files"));
        }
    }
    (problems.len() == before).then_some(lists)
}

/// Decimals of balances and the threshold in base units.
pub(super) fn check_balances(
    settings: &Settings,
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Option<(u8, u128)> {
    let decimals =
        u8::try_from(settings.balance_decimals).ok().filter(|decimals| *decimals <= DECIMALS_LIMIT);
    let Some(decimals) = decimals else {
        problems.push(request.out_of_range("balance_decimals", settings.balance_decimals, "0 to 36"));
        return None;
    };
    let threshold = Amount::parse(&settings.threshold.0, decimals, &request.place(), "threshold");
    Some((decimals, collected(threshold, problems)?.units()))
}

/// The pools, with all that is wrong with them.
pub(super) fn check_pools(
    settings: &Settings,
    categories: &[(&str, &[String])],
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Vec<Pool> {
    let count = settings.pools.len();
    if !(1..=LIST_LIMIT).contains(&count) {
        problems.push(request.out_of_range("pools", format!("a list of {count}"), "a list of 1 to 100"));
        return Vec::new();
    }
    let mut pools = Vec::new();
    for pool in &settings.pools {
        let what = format!("amount of pool `{}`", Shown::from(&pool.reward));
        let amount = Amount::parse(&pool.amount.0, request.decimals(), &request.place(), &what);
        let amount = collected(amount, problems);
        let parts = parts_of(pool, categories, request, problems);
        if let Some(amount) = amount {
            pools.push(Pool { reward: pool.reward.clone(), amount, weight: pool.weight, parts });
        }
    }
    check_names(&pools, request, problems);
    if pools.len() == count {
        check_sum(&pools, request, problems);
    }
    pools
}

/// The categories of a pool.
fn parts_of(
    pool: &PoolSettings,
    categories: &[(&str, &[String])],
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let reward = Shown::from(&pool.reward);
    let mut wrong = |message: String| {
        let (place, allocation) = (request.place(), request.name());
        problems.push(Error::SettingsInvalid { place, allocation, message: Shown::sentence(&message) });
    };
    if pool.categories.is_empty() {
        wrong(format!("pool `{reward}` names no category"));
    }
    for category in &pool.categories {
        let (label, column) = match category {
            CategorySettings::Name(label) => (label, None),
            CategorySettings::WithReward(named) => (&named.category, Some(&named.reward)),
        };
        let name = Shown::from(label);
        let Some(index) = categories.iter().position(|(known, _)| known == label) else {
            let known: Vec<&str> = categories.iter().map(|(known, _)| *known).collect();
            wrong(format!(
                "pool `{reward}` names the category `{name}`; the categories of `snapshots` are: {}",
                known.join(", ")
            ));
            continue;
        };
        if parts.iter().any(|part| part.category == index) {
            wrong(format!("pool `{reward}` names the category `{name}` twice"));
            continue;
        }
        let column = if pool.categories.len() > 1 {
            column.unwrap_or(label)
        } else if column.is_none_or(|column| *column == pool.reward) {
            &pool.reward
        } else {
            wrong(format!(
                "pool `{reward}` has one category, whose reward is the pool's: leave its own `reward` out"
            ));
            continue;
        };
        parts.push(Part { category: index, column: column.clone() });
    }
    parts
}

/// Rewards are columns and stand in the draw: each name serves once, and may be one.
fn check_names(pools: &[Pool], request: &Request<'_>, problems: &mut Vec<Error>) {
    let (mut rewards, mut columns, mut twice) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for pool in pools {
        if !rewards.insert(pool.reward.as_str()) {
            twice.insert(pool.reward.as_str());
        }
        for part in &pool.parts {
            if !columns.insert(part.column.as_str()) {
                twice.insert(part.column.as_str());
            }
        }
    }
    for name in rewards.union(&columns).copied() {
        let taken = (name == UNCLAIMED).then_some("it is the column of what is left from earlier airdrops");
        if let Some(reason) = fault_of_name(name).or(taken) {
            let (place, allocation, name) = (request.place(), request.name(), Shown::from(name));
            problems.push(Error::RewardName { place, allocation, name, reason });
        }
    }
    for name in twice {
        let (place, allocation, name) = (request.place(), request.name(), Shown::from(name));
        problems.push(Error::RewardTwice { place, allocation, name });
    }
}

/// The pools are all of the allocation's pool and no more.
fn check_sum(pools: &[Pool], request: &Request<'_>, problems: &mut Vec<Error>) {
    let Ok(declared) = request.declared() else { return }; // told already
    let sum = Amount::sum(pools.iter().map(|pool| pool.amount));
    let decimals = request.decimals();
    if sum == Some(declared) {
        return;
    }
    problems.push(match sum {
        None => Error::Overflow { place: request.place(), what: "the amounts of the pools".to_owned() },
        Some(sum) => Error::PoolsNotPool {
            place: request.place(),
            allocation: request.name(),
            sum: sum.to_text(decimals),
            pool: declared.to_text(decimals),
            symbol: Shown::from(&request.plan.token.symbol),
        },
    });
}
