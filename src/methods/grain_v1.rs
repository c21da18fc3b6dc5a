//! grain-v1: SourceCred's grain allocation policies over cred.
//!
//! Source: SourceCred, packages/sourcecred/src/core/ledger/policies. Accounts have cred per interval
//! (a week, say); policies divide budgets of grain by it. Frozen as version 1.
//!
//! Inputs: `cred` (`name, interval, cred`), `accounts` (`name, address, active`), and optionally
//! `earned` (`name, interval, amount`): what was earned in earlier distributions. Without it the
//! ledger's own earlier rounds of the allocation are taken, which carry.json keeps.
//!
//! 1. Intervals are whole numbers or days `YYYY-MM-DD`, one kind in all inputs; those of the round
//!    are the intervals of the table of cred. Rows stand in any order. Cred is a non-negative
//!    decimal, counted in integers of 1e-18: further decimals, which SourceCred's doubles may have,
//!    are cut.
//! 2. Only active accounts take part: cred, and what was earned, of others counts nowhere. A row of
//!    `earned` whose name is no account's stays in the list and counts nowhere, with a warning.
//! 3. Each policy is one apportionment of its budget, and a reward of its own: all active accounts
//!    have a weight.
//!    * `immediate`: the cred of the last `lookback` intervals.
//!    * `recent`: over all intervals, from the first, acc <- floor(acc x (10^18 - D) / 10^18) +
//!      cred, D the `discount` as an integer of 1e-18. Accounts of `exclude` weigh nothing.
//!    * `balanced`: max(0, (E + B) c - e C), exactly, where c is the account's cred and e what it
//!      earned within the last `lookback` intervals (0: all), C and E are their sums over the active
//!      accounts, and B is the budget. Who is furthest below their share of the window gets most;
//!      nobody gives back. All policies of a round look at what was earned before it.
//!    * `special`: 1 for the recipient, 0 for others.
//! 4. More intervals asked than there are: all. A window reaches from its first interval to now: what
//!    was earned in an interval without cred counts if it lies in or behind the window's first one.
//! 5. The budgets sum to the pool. What the input `claimed` brings in is apportioned to them by their
//!    amounts, before anything is divided. Where all weights are zero the budget stays unallocated, with a
//!    warning.
//! 6. The recipient key is the account's address, else its name, and then the amount is held.
//! 7. What the round gives is earned in the last interval of the table of cred, and joins the list
//!    for the next round. Names and intervals are kept there as they are compared: names in NFC,
//!    numbers without zeros in front.
//!
//! A worked example, from SourceCred's own test: two accounts, 2000 units, balanced, lookback 1.
//! Their shares are 34.704 and 1965.296; the largest remainder gives 35 and 1965. (SourceCred
//! floors the targets and gives 34 and 1966.)
//!
//! ```
//! use meed::amount::{Amount, Draw, Weight, apportion};
//! use meed::methods::grain_v1::balanced;
//! let budget = Amount::from_units(2000);
//! // Cred of interval 2: 0.13066230628165218 and 1.9160254971783794.
//! let cred = [130_662_306_281_652_180, 1_916_025_497_178_379_400_u128].map(Weight::from);
//! let earned = [100, 10].map(Weight::from);
//! let weights = balanced(budget, &cred, &earned).unwrap();
//! let draw = Draw { round: "round-1", reward: "balanced" };
//! let parts = apportion(budget, &[("a", weights[0]), ("b", weights[1])], draw).unwrap().unwrap();
//! assert_eq!(parts.iter().map(|part| part.units()).collect::<Vec<_>>(), [35, 1965]);
//! ```

mod explain;
pub(crate) mod inputs;
mod policies;
mod report;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Method, Outcome, Request, Reward, collected, json_value};
use crate::amount::{Amount, Weight};
use crate::error::{Error, Place, Shown, Warning};
use crate::ledger::round_file::DecimalText;
use crate::recipient::{Key, Recipient};
use crate::tables::compared;
pub(super) use explain::explain_each;
use inputs::{EarnedEntry, Inputs};
use policies::Checked;
pub use policies::{balanced, discounted};

/// Most policies of an allocation: each brings a column to distribution.csv.
const POLICIES_LIMIT: usize = 100;

/// The settings of grain-v1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of grain-v1")]
pub struct Settings {
    /// The policies; their budgets sum to the pool.
    #[schemars(length(min = 1, max = POLICIES_LIMIT))]
    pub policies: Vec<Policy>,
}

/// A policy: a rule that divides a budget.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "policy", rename_all = "lowercase", deny_unknown_fields)]
pub enum Policy {
    /// By the cred of the last intervals.
    Immediate {
        /// What the policy divides, in token units.
        budget: DecimalText,
        /// How many of the last intervals count.
        #[schemars(range(min = 1))]
        lookback: u64,
        /// The reward column; without it the policy's name.
        #[serde(default)]
        #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
        reward: Option<String>,
    },
    /// By the cred of all intervals, of which older ones count less.
    Recent {
        /// What the policy divides, in token units.
        budget: DecimalText,
        /// What part of the cred an interval takes from those before it, 0 to 1, at most 18 decimals.
        discount: DecimalText,
        /// Names of accounts that get nothing.
        #[serde(default)]
        exclude: Vec<String>,
        /// The reward column; without it the policy's name.
        #[serde(default)]
        #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
        reward: Option<String>,
    },
    /// By how far accounts are below their share of what was earned.
    Balanced {
        /// What the policy divides, in token units.
        budget: DecimalText,
        /// How many of the last intervals count; 0 for all.
        lookback: u64,
        /// The reward column; without it the policy's name.
        #[serde(default)]
        #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
        reward: Option<String>,
    },
    /// All to one account.
    Special {
        /// What the policy gives, in token units.
        budget: DecimalText,
        /// The name of an active account.
        recipient: String,
        /// What it is for, at most 1000 bytes.
        #[serde(default)]
        memo: String,
        /// The reward column; without it the policy's name.
        #[serde(default)]
        #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
        reward: Option<String>,
    },
}

/// What the allocation's next round needs: everything that was earned so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    earned: Vec<EarnedEntry>,
}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let settings: Settings = request.settings().map_err(|error| vec![error])?;
    let Sound { declared, policies, inputs, warnings } = read(&settings, request)?;
    distribute(declared, &policies, inputs, warnings, request).map_err(|error| vec![error])
}

/// What was read, sound.
struct Sound<'a> {
    declared: Amount,
    policies: Vec<Checked<'a>>,
    inputs: Inputs,
    warnings: Vec<Warning>,
}

/// Reads and checks everything.
fn read<'a>(settings: &'a Settings, request: &Request<'_>) -> Result<Sound<'a>, Vec<Error>> {
    let mut problems = Vec::new();
    request.check_roles(Method::GrainV1, &mut problems);
    let declared = collected(request.declared(), &mut problems);
    let policies = policies::check(&settings.policies, request, declared, &mut problems);
    let mut warnings = Vec::new();
    let inputs = inputs::read(request, &mut warnings, &mut problems);
    let (Some(declared), Some(mut policies), Some(inputs)) = (declared, policies, inputs) else {
        return Err(problems);
    };
    check_names(&policies, &inputs, request, &mut warnings, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let named: Vec<_> = policies.iter().map(|policy| (policy.reward, policy.budget)).collect();
    let budgets = request.with_parts_of_brought_in(&named).map_err(|error| vec![error])?;
    policies.iter_mut().zip(budgets).for_each(|(policy, budget)| policy.budget = budget);
    Ok(Sound { declared, policies, inputs, warnings })
}

/// Names in the settings: recipients must be active accounts. Who is excluded may be no account any
/// more, so that is a warning only.
fn check_names(
    policies: &[Checked<'_>],
    inputs: &Inputs,
    request: &Request<'_>,
    warnings: &mut Vec<Warning>,
    problems: &mut Vec<Error>,
) {
    for policy in policies {
        match policy.policy {
            Policy::Special { recipient, .. } => {
                let reason = match inputs.accounts.get(&compared(recipient)) {
                    None => "is not in the table of accounts",
                    Some(account) if !account.active => "is not an active account",
                    Some(_) => continue,
                };
                let (place, name) = (request.place(), Shown::from(recipient));
                problems.push(Error::AccountUnknown { place, what: "recipient", name, reason });
            }
            Policy::Recent { exclude, .. } => {
                let unknown = exclude.iter().filter(|name| !inputs.accounts.contains_key(&compared(name)));
                for name in unknown {
                    let name = Shown::from(name);
                    let text = format!("`{}` excludes `{name}`, who has no account", policy.reward);
                    warnings.push(Warning::new(request.place(), text));
                }
            }
            _ => {}
        }
    }
}

/// The rule: every policy is one apportionment, and what they give was earned.
fn distribute(
    declared: Amount,
    policies: &[Checked<'_>],
    mut inputs: Inputs,
    mut warnings: Vec<Warning>,
    request: &Request<'_>,
) -> Result<Outcome, Error> {
    let place = Place::file(&inputs.cred_path);
    if inputs.active().next().is_none() && declared != Amount::ZERO {
        let text = "no account is active: the pool stays unallocated";
        warnings.push(Warning::new(Place::file(&inputs.accounts_path), text));
    }
    let mut rewards = Vec::new();
    for policy in policies {
        let weights = weights_of(policy, &inputs)?;
        let parts = request.apportion(policy.reward, policy.budget, &weights, &place)?;
        if parts.is_none() && policy.budget != Amount::ZERO && !weights.is_empty() {
            let text = format!("all weights of `{}` are zero: its budget stays unallocated", policy.reward);
            warnings.push(Warning::new(place.clone(), text));
        }
        let amounts = parts.unwrap_or_else(|| zeros(&weights));
        rewards.push(Reward { name: policy.reward.to_owned(), pool: policy.budget, amounts });
    }
    let table = report::table(&inputs, &rewards, request.decimals());
    let statistics = report::statistics(&inputs, policies, &rewards, request.decimals());
    note_earned(&mut inputs, &rewards)?;
    Ok(Outcome {
        declared,
        pool: declared,
        state: Some(json_value(&state_of(&inputs, request.decimals()))),
        recipients: recipients_of(&inputs),
        read: inputs.read,
        tables: vec![table],
        statistics: json_value(&statistics),
        rewards,
        warnings,
        ..Outcome::default()
    })
}

/// The weights of a policy; too large ones are an error.
fn weights_of(policy: &Checked<'_>, inputs: &Inputs) -> Result<BTreeMap<Key, Weight>, Error> {
    policy.weights(inputs).ok_or_else(|| Error::Overflow {
        place: Place::file(&inputs.cred_path),
        what: format!("the weights of `{}`", policy.reward),
    })
}

fn zeros(weights: &BTreeMap<Key, Weight>) -> BTreeMap<Key, Amount> {
    weights.keys().map(|key| (key.clone(), Amount::ZERO)).collect()
}

/// Adds what the round gives to what was earned, in the last interval.
fn note_earned(inputs: &mut Inputs, rewards: &[Reward]) -> Result<(), Error> {
    let overflow =
        |path: &str| Error::Overflow { place: Place::file(path), what: "what is earned".to_owned() };
    for (name, account) in inputs.accounts.iter().filter(|(_, account)| account.active) {
        let given = rewards.iter().filter_map(|reward| reward.amounts.get(&account.key).copied());
        let given = Amount::sum(given).ok_or_else(|| overflow(&inputs.cred_path))?;
        if given == Amount::ZERO {
            continue;
        }
        let none = || Error::IntervalsNone { place: Place::file(&inputs.cred_path) };
        let last = *inputs.intervals.last().ok_or_else(none)?;
        let entry = inputs.earned.entry((last, name.clone())).or_default();
        *entry = entry.checked_add(given).ok_or_else(|| overflow(&inputs.cred_path))?;
    }
    Ok(())
}

/// Everything that was earned, by interval and name.
fn state_of(inputs: &Inputs, decimals: u8) -> State {
    let entries = inputs.earned.iter().filter(|(_, amount)| **amount != Amount::ZERO);
    let earned = entries.map(|((interval, name), amount)| EarnedEntry {
        name: name.clone(),
        interval: interval.to_string(),
        amount: amount.to_text(decimals),
    });
    State { earned: earned.collect() }
}

/// Who the keys are.
fn recipients_of(inputs: &Inputs) -> BTreeMap<Key, Recipient> {
    let person = |name: &str| Recipient { name: name.to_owned(), accounts: BTreeSet::new() };
    inputs.active().map(|(_, account)| (account.key.clone(), person(&account.name))).collect()
}
