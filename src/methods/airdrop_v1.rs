//! airdrop-v1: who held enough of a token at every snapshot shares a pool.
//!
//! Source: the snapshot pipeline of SingularityDAO, which paid 825,000 by the logarithm of what
//! holders and liquidity providers held, and 550,000 to stakers, half in equal parts and half by
//! stake. Frozen as version 1. The original added floats and stopped when its sums missed the pool;
//! here the parts sum to the last unit.
//!
//! Inputs: `snapshots`, for each category (a name as rewards have: holders, lp ...) an ordered list of
//! files or a folder. A snapshot is a block explorer's export of a token's holders, with the columns
//! `HolderAddress` (or `address`) and `Balance`. Optional `unclaimed` (`address`, `amount`) and `excluded`
//! (`address`, and a `reason` for people).
//!
//! * An address is eligible in a category when it stands in **every** snapshot of it with a balance
//!   of at least `threshold`. The balance used is the smallest of them (`balance: minimum`), or that
//!   of the first (`initial`). An address twice in one snapshot is an error, in any letter case.
//! * A balance is an integer b of base units: balance x 10^`balance_decimals`. Weights: `equal` 1;
//!   `balance` b; `log10` log10(1 + b), rounded half to even at 18 decimals, an integer of 1e-18
//!   ([`log10_scaled`]); `sqrt` floor(sqrt(b x 10^18)).
//! * Each pool is divided by the weights of all its categories together. With one category the pool's
//!   reward is the column and the key the address; with several each category has a column: its
//!   `reward`, or its name. An address in two of them has two weights, with keys `<address>/<column>`.
//!   The draw takes the pool's reward. The pools sum to the allocation's pool.
//! * A pool for which nobody is eligible, or all weights are zero, stays unallocated, with a warning.
//! * What the input `claimed` brings in is apportioned to the pools by their amounts, before they are
//!   divided.
//! * Amounts of `unclaimed` are brought in, added up by address, and paid in the column `unclaimed`.
//! * Addresses of `excluded` are eligible nowhere; what they left unclaimed stays theirs, with a
//!   warning.
//!
//! Tables of the report: `eligibility`, for each snapshot how many rows it has, how many with enough,
//! and how many are eligible with it and all before (the excluded not counted); `used_balances`, one
//! row an eligible address, one column a category.
//!
//! A worked example: a pool of 900 by `log10`, and two who held 99 and 9 base units. Their weights are
//! log10(100) = 2 and log10(10) = 1; they get 600 and 300.
//!
//! ```
//! use meed::amount::{Amount, Draw, Weight, apportion, log10::log10_scaled};
//! let weight = |balance: u64| log10_scaled(Weight::from(balance) + Weight::from(1)).unwrap();
//! let shares = [
//!     ("0x00000000000000000000000000000000000000aa", weight(99)),
//!     ("0x00000000000000000000000000000000000000bb", weight(9)),
//! ];
//! let draw = Draw { round: "round-1", reward: "holder" };
//! let parts = apportion(Amount::from_units(900), &shares, draw).unwrap().unwrap();
//! assert_eq!(parts, [600, 300].map(Amount::from_units));
//! ```
//!
//! [`log10_scaled`]: crate::amount::log10::log10_scaled

mod explain;
mod figures;
pub(crate) mod lists;
mod pools;
mod report;
mod settings;
pub(crate) mod snapshots;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Method, Outcome, Request, collected};
use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Shown, Warning};
use crate::ledger::round_file::DecimalText;
pub(super) use explain::explain_each;
use lists::Unclaimed;
use settings::Pool;
use snapshots::{Category, Counted, Terms};

/// The column of what is left from earlier airdrops.
const UNCLAIMED: &str = "unclaimed";

/// The settings of airdrop-v1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of airdrop-v1")]
pub struct Settings {
    /// Decimals of the token of the snapshots: a balance may have as many.
    #[serde(default = "eight")]
    #[schemars(range(max = 36))]
    pub balance_decimals: u64,
    /// The least balance, in tokens, that an address must have at every snapshot.
    #[serde(default = "one_thousand")]
    pub threshold: DecimalText,
    /// Which of its balances counts.
    #[serde(default)]
    pub balance: Balance,
    /// The pools; their amounts sum to the allocation's pool.
    #[schemars(length(min = 1, max = 100))]
    pub pools: Vec<PoolSettings>,
}

/// Which of the balances of an eligible address counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Balance {
    /// The smallest of all snapshots.
    #[default]
    Minimum,
    /// That of the first snapshot.
    Initial,
}

/// A pool.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolSettings {
    /// The name of the pool; with one category the reward column too.
    pub reward: String,
    /// What it divides, in units of the round's token.
    pub amount: DecimalText,
    /// Who shares it: categories of `snapshots`.
    #[schemars(length(min = 1))]
    pub categories: Vec<CategorySettings>,
    /// What an address weighs.
    pub weight: WeightOf,
}

/// A category of a pool: its name, which is the reward column where the pool has several, or its name
/// and the reward column.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a category: its name, or an object of `category` and `reward`")]
pub enum CategorySettings {
    /// The name of the category.
    Name(String),
    /// With a reward column of another name.
    WithReward(NamedCategory),
}

/// A category with a reward column of its own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedCategory {
    /// The name of the category.
    pub category: String,
    /// The reward column.
    pub reward: String,
}

/// What an address weighs that holds b base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WeightOf {
    /// 1.
    Equal,
    /// b.
    Balance,
    /// log10(1 + b).
    Log10,
    /// The square root of b.
    Sqrt,
}

fn eight() -> u64 {
    8
}

fn one_thousand() -> DecimalText {
    DecimalText("1000".to_owned())
}

/// Everything that the rule divides by, read and checked.
struct Input<'a> {
    pools: Vec<Pool>,
    categories: Vec<Category>,
    unclaimed: Option<Unclaimed<'a>>,
    excluded: BTreeSet<Address>,
    balance_decimals: u8,
    threshold: u128,
}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let (_, declared, input, read) = read(request)?;
    let mut warnings = Vec::new();
    let mut rewards = Vec::new();
    for pool in &input.pools {
        let divided = pools::divide(pool, &input.categories, request).map_err(|error| vec![error])?;
        warnings.extend(divided.warning);
        rewards.extend(divided.rewards);
    }
    warnings.extend(warnings_of(&input, request));
    let figures = figures::of(&input.pools, &input.categories, &rewards);
    let Input { categories, unclaimed, balance_decimals, .. } = input;
    let tables = vec![report::eligibility(&categories), report::used_balances(&categories, balance_decimals)];
    let statistics = report::statistics(&categories, figures, balance_decimals, request.decimals());
    let brought_in = unclaimed.as_ref().map(|unclaimed| unclaimed.sum).unwrap_or_default();
    rewards.extend(unclaimed.map(Unclaimed::into_reward));
    Ok(Outcome {
        declared,
        pool: declared,
        brought_in,
        rewards,
        read,
        tables,
        statistics,
        warnings,
        ..Outcome::default()
    })
}

/// Settings, the declared pool, all inputs, and the paths that were read.
fn read<'a>(request: &Request<'a>) -> Result<(Settings, Amount, Input<'a>, BTreeSet<String>), Vec<Error>> {
    let settings: Settings = request.settings().map_err(|error| vec![error])?;
    let mut problems = Vec::new();
    request.check_roles(Method::AirdropV1, &mut problems);
    let declared = collected(request.declared(), &mut problems);
    let mut read = BTreeSet::new();
    let input = read_input(&settings, request, &mut read, &mut problems);
    let (Some(mut input), Some(declared), true) = (input, declared, problems.is_empty()) else {
        return Err(problems);
    };
    let named: Vec<_> = input.pools.iter().map(|pool| (pool.reward.as_str(), pool.amount)).collect();
    let amounts = request.with_parts_of_brought_in(&named).map_err(|error| vec![error])?;
    input.pools.iter_mut().zip(amounts).for_each(|(pool, amount)| pool.amount = amount);
    Ok((settings, declared, input, read))
}

/// Reads and checks all inputs; their paths go into `read`, what is wrong into `problems`.
fn read_input<'a>(
    settings: &Settings,
    request: &Request<'a>,
    read: &mut BTreeSet<String>,
    problems: &mut Vec<Error>,
) -> Option<Input<'a>> {
    let lists = settings::check_snapshots(request, problems);
    let balances = settings::check_balances(settings, request, problems);
    let pools = lists.as_ref().map(|lists| settings::check_pools(settings, lists, request, problems));
    let unclaimed = lists::read_unclaimed(request, read, problems);
    let excluded = lists::read_excluded(request, read, problems);
    let ((decimals, threshold), lists) = (balances?, lists?);
    let counted = match settings.balance {
        Balance::Minimum => Counted::Minimum,
        Balance::Initial => Counted::Initial,
    };
    let addresses: Vec<_> = excluded.iter().copied().collect();
    let terms = Terms { decimals, threshold, counted, excluded: &addresses };
    let mut categories = Vec::new();
    for (label, paths) in lists {
        match snapshots::read_category(label, paths, request.files, &terms) {
            Ok(category) => categories.push(category),
            Err(found) => problems.extend(found),
        }
        read.extend(paths.iter().cloned());
    }
    Some(Input { pools: pools?, categories, unclaimed, excluded, balance_decimals: decimals, threshold })
}

/// What people should look at before they pay.
fn warnings_of(input: &Input<'_>, request: &Request<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (index, category) in input.categories.iter().enumerate() {
        let label = Shown::from(&category.label);
        if !input.pools.iter().any(|pool| pool.parts.iter().any(|part| part.category == index)) {
            let text = format!("category `{label}` is in no pool: its addresses get nothing for it");
            warnings.push(Warning::new(request.place(), text));
        }
        // Eligible addresses ascend.
        if category.eligible.first().is_some_and(|holding| holding.address.bytes() == &[0; 20]) {
            let path = category.snapshots.first().map_or("", |counts| &counts.path);
            let text = format!(
                "the zero address is eligible in `{label}`: what it gets is lost; put it into `excluded`"
            );
            warnings.push(Warning::new(Place::file(path), text));
        }
    }
    warnings.extend(input.unclaimed.iter().flat_map(|unclaimed| unclaimed.warnings(&input.excluded)));
    warnings
}
