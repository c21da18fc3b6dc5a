//! The policies: their settings checked, and the weights that they give.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Request, collected};
use super::inputs::{Account, CRED_DECIMALS, Inputs};
use super::{POLICIES_LIMIT, Policy, report};
use crate::amount::{Amount, Decimal, Product, Weight};
use crate::error::{Error, Shown};
use crate::ledger::plan::fault_of_name;
use crate::recipient::Key;
use crate::tables::compared;

/// 1 as an integer of 1e-18: the unit of cred and discounts.
const ONE: u64 = 1_000_000_000_000_000_000;
/// Most bytes of a memo.
const MEMO_LIMIT_BYTES: usize = 1000;

/// A policy whose settings are in range.
#[derive(Debug)]
pub(super) struct Checked<'a> {
    /// The settings.
    pub policy: &'a Policy,
    /// The reward's name.
    pub reward: &'a str,
    /// What the policy divides.
    pub budget: Amount,
    /// `recent` only: the part of the cred that stays from one interval to the next, of 10^18.
    pub kept: u64,
}

impl Policy {
    /// The policy's name, as settings spell it.
    pub(super) const fn id(&self) -> &'static str {
        match self {
            Self::Immediate { .. } => "immediate",
            Self::Recent { .. } => "recent",
            Self::Balanced { .. } => "balanced",
            Self::Special { .. } => "special",
        }
    }

    /// The reward's name: the one given, else the policy's.
    fn reward(&self) -> &str {
        match self {
            Self::Immediate { reward, .. }
            | Self::Recent { reward, .. }
            | Self::Balanced { reward, .. }
            | Self::Special { reward, .. } => reward.as_deref().unwrap_or(self.id()),
        }
    }

    /// The budget as it is written.
    fn budget(&self) -> &str {
        match self {
            Self::Immediate { budget, .. }
            | Self::Recent { budget, .. }
            | Self::Balanced { budget, .. }
            | Self::Special { budget, .. } => &budget.0,
        }
    }
}

/// Checks the policies, all problems at once; `declared` is the pool, if it could be read.
pub(super) fn check<'a>(
    policies: &'a [Policy],
    request: &Request<'_>,
    declared: Option<Amount>,
    problems: &mut Vec<Error>,
) -> Option<Vec<Checked<'a>>> {
    if policies.is_empty() || policies.len() > POLICIES_LIMIT {
        problems.push(request.out_of_range(
            "policies",
            format!("a list of {}", policies.len()),
            "a list of 1 to 100",
        ));
        return None;
    }
    let before = problems.len();
    let mut rewards = BTreeSet::new();
    let mut checked = Vec::new();
    for policy in policies {
        check_reward(policy.reward(), &mut rewards, request, problems);
        let kept = check_range(policy, request, problems);
        let (place, what) = (request.place(), format!("budget of `{}`", Shown::from(policy.reward())));
        let budget = collected(Amount::parse(policy.budget(), request.decimals(), &place, &what), problems);
        if let (Some(kept), Some(budget)) = (kept, budget) {
            checked.push(Checked { policy, reward: policy.reward(), budget, kept });
        }
    }
    if checked.len() == policies.len() {
        check_budgets(&checked, request, declared?, problems);
    }
    (problems.len() == before).then_some(checked)
}

/// The reward's name: fit for a column of distribution.csv and of grain.csv, and given once.
fn check_reward<'a>(
    name: &'a str,
    rewards: &mut BTreeSet<&'a str>,
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) {
    let own_column = report::COLUMNS.contains(&name).then_some("the name is a column of grain.csv");
    let (place, allocation, shown) = (request.place(), request.name(), Shown::from(name));
    if let Some(reason) = fault_of_name(name).or(own_column) {
        problems.push(Error::RewardName { place, allocation, name: shown, reason });
    } else if !rewards.insert(name) {
        problems.push(Error::RewardTwice { place, allocation, name: shown });
    }
}

/// The settings of one policy; gives what `recent` keeps of the cred, 10^18 for others.
fn check_range(policy: &Policy, request: &Request<'_>, problems: &mut Vec<Error>) -> Option<u64> {
    match policy {
        Policy::Immediate { lookback: 0, .. } => {
            problems.push(request.out_of_range("lookback", 0, "1 or more for `immediate`"));
            None
        }
        Policy::Special { memo, .. } if memo.len() > MEMO_LIMIT_BYTES => {
            problems.push(request.out_of_range(
                "memo",
                format!("{} bytes long", memo.len()),
                "at most 1000 bytes long",
            ));
            None
        }
        Policy::Recent { discount, .. } => collected(kept_of(&discount.0, request), problems),
        _ => Some(ONE),
    }
}

/// What a discount leaves, of 10^18.
fn kept_of(discount: &str, request: &Request<'_>) -> Result<u64, Error> {
    let (place, what) = (request.place(), "discount");
    let decimal = Decimal::parse(discount, &place, what)?;
    let scaled = decimal.scaled(CRED_DECIMALS).ok_or_else(|| Error::TooManyDecimals {
        place: request.place(),
        what: what.to_owned(),
        value: Shown::from(discount),
        decimals: CRED_DECIMALS,
    })?;
    let kept = u64::try_from(scaled).ok().and_then(|scaled| ONE.checked_sub(scaled));
    kept.ok_or_else(|| request.out_of_range("discount", decimal, "0 to 1"))
}

/// The budgets sum to the pool.
fn check_budgets(policies: &[Checked<'_>], request: &Request<'_>, pool: Amount, problems: &mut Vec<Error>) {
    let place = request.place();
    match Amount::sum(policies.iter().map(|policy| policy.budget)) {
        None => problems.push(Error::Overflow { place, what: "the budgets".to_owned() }),
        Some(sum) if sum != pool => problems.push(Error::BudgetsNotPool {
            place,
            allocation: request.name(),
            sum: sum.to_text(request.decimals()),
            pool: pool.to_text(request.decimals()),
            symbol: request.plan.token.symbol.as_str().into(),
        }),
        Some(_) => {}
    }
}

impl Checked<'_> {
    /// The weight of every active account; `None` where one does not fit into 256 bits.
    pub(super) fn weights(&self, inputs: &Inputs) -> Option<BTreeMap<Key, Weight>> {
        match self.policy {
            Policy::Immediate { lookback, .. } => {
                let from = inputs.window(*lookback);
                by_key(inputs, &|_, account| account.cred_from(from))
            }
            Policy::Recent { exclude, .. } => {
                let excluded: BTreeSet<String> = exclude.iter().map(|name| compared(name)).collect();
                by_key(inputs, &|name, account| {
                    if excluded.contains(name) {
                        return Some(Weight::ZERO);
                    }
                    let cred = |interval| account.cred.get(interval).copied().unwrap_or_default();
                    discounted(inputs.intervals.iter().map(cred), self.kept)
                })
            }
            Policy::Balanced { lookback, .. } => {
                let (cred, earned) = cred_and_earned(inputs, *lookback)?;
                let weights = balanced(self.budget, &cred, &earned)?;
                Some(inputs.active().map(|(_, account)| account.key.clone()).zip(weights).collect())
            }
            Policy::Special { recipient, .. } => {
                let recipient = compared(recipient);
                by_key(inputs, &|name, _| Some(Weight::from(u8::from(name == recipient))))
            }
        }
    }
}

/// The cred of every active account in a window, and what it earned within it.
pub(super) fn cred_and_earned(inputs: &Inputs, lookback: u64) -> Option<(Vec<Weight>, Vec<Weight>)> {
    let from = inputs.window(lookback);
    let cred: Option<Vec<Weight>> = inputs.active().map(|(_, account)| account.cred_from(from)).collect();
    let sums = inputs.earned_by_name(from)?;
    let earned = inputs.active().map(|(name, _)| sums.get(name).copied().unwrap_or_default());
    Some((cred?, earned.collect()))
}

/// A weight for every active account, from its compared name and itself.
fn by_key(
    inputs: &Inputs,
    weight_of: &dyn Fn(&str, &Account) -> Option<Weight>,
) -> Option<BTreeMap<Key, Weight>> {
    inputs.active().map(|(name, account)| Some((account.key.clone(), weight_of(name, account)?))).collect()
}

/// The weights of `balanced`, one an account: max(0, (E + B) c - e C), where B is the budget in units,
/// c and e are the account's `cred` (any unit) and what it `earned` (units), and C and E their sums.
/// `None` where a weight does not fit into 256 bits. The example of [`super`] uses it.
pub fn balanced(budget: Amount, cred: &[Weight], earned: &[Weight]) -> Option<Vec<Weight>> {
    let sum = |weights: &[Weight]| {
        weights.iter().try_fold(Product::ZERO, |sum, weight| sum.checked_add(Product::from(*weight)))
    };
    let all_cred = sum(cred)?;
    let due = sum(earned)?.checked_add(Product::from(budget.units()))?;
    let weight = |(cred, earned): (&Weight, &Weight)| {
        let share = due.checked_mul(Product::from(*cred))?;
        let had = Product::from(*earned).checked_mul(all_cred)?;
        narrowed(share.saturating_sub(had))
    };
    cred.iter().zip(earned).map(weight).collect()
}

/// The weight of `recent`: acc <- floor(acc x `kept` / 10^18) + cred, over the cred of all intervals
/// from the first. `kept` is 10^18 less the discount. `None` where it does not fit into 256 bits.
///
/// ```
/// use meed::amount::Weight;
/// use meed::methods::grain_v1::discounted;
/// // 100 cred, then 7, of which half is left: floor(100 / 2) + 7, and floor(57 / 2) + 0.
/// let cred = [100, 7, 0].map(Weight::from);
/// assert_eq!(discounted(cred.into_iter(), 500_000_000_000_000_000), Some(Weight::from(28)));
/// ```
pub fn discounted(cred: impl Iterator<Item = Weight>, kept: u64) -> Option<Weight> {
    let mut accumulated = Weight::ZERO;
    for cred in cred {
        if !accumulated.is_zero() {
            let product: Product = accumulated.widening_mul(Weight::from(kept));
            accumulated = narrowed(product / Product::from(ONE))?;
        }
        accumulated = accumulated.checked_add(cred)?;
    }
    Some(accumulated)
}

/// The same number in 256 bits, if it fits.
fn narrowed(value: Product) -> Option<Weight> {
    Weight::checked_from_limbs_slice(value.as_limbs())
}
