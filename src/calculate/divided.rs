//! What the outcomes of a round's methods come to: who gets what, who is paid, what is handed on.

use super::held::{self, Settled};
use super::record::allocation_records;
use super::{Snapshot, merge, opening, payments};
use crate::adjustments::Adjustment;
use crate::amount::Amount;
use crate::distribution::{Distribution, Line};
use crate::error::Problems;
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::members::Members;
use crate::methods::Outcome;
use crate::payouts::Payment;
use crate::statement::{AllocationRecord, Carry, Figure, HeldRecord, KeptRecord};

/// A divided round.
pub(super) struct Divided {
    /// Who gets what of the round.
    pub distribution: Distribution,
    /// What the allocations come to, all their revisions together.
    pub shares: Vec<AllocationRecord>,
    /// What the statement says of them, `held` last: of an amendment, differences.
    pub allocations: Vec<AllocationRecord>,
    /// What an amendment changes, person by person.
    pub adjustments: Option<Vec<Adjustment>>,
    /// What is paid now.
    pub payments: Vec<Payment>,
    /// The state afterwards.
    pub carry: Carry,
    /// What became of all that was held.
    pub settled: Settled,
}

/// Divides a round that is closed first: everybody with an address is paid, and so is who waited until
/// now and has one.
pub(super) fn divide(
    (plan, ledger, snapshot): (&Plan, &Ledger, Snapshot<'_>),
    (members, carry): (&Members, &Carry),
    outcomes: &mut [Outcome],
) -> Result<Divided, Problems> {
    let mut settled = held::settle(carry, held::Round { plan, ledger, snapshot, members, outcomes })?;
    let mut allocations = allocation_records(plan, outcomes, carry)?;
    let mut held = settled.record(plan.token.decimals);
    if opening::is_read(snapshot.record) {
        // The ledger held nothing yet: all of it comes with opening.csv.
        std::mem::swap(&mut held.sums.carried_in, &mut held.sums.brought_in);
    }
    allocations.push(held);
    let distribution = merge::merge(plan, outcomes, &mut settled)?;
    let payments = payments::of(plan, ledger, &distribution.lines)?;
    let carry = carry_after(plan, outcomes, &distribution.lines, carry, &settled);
    let shares = allocations.clone();
    Ok(Divided { distribution, shares, allocations, adjustments: None, payments, carry, settled })
}

/// The state after the round: what waits on or is kept stays, what is held or kept now joins it.
fn carry_after(
    plan: &Plan,
    outcomes: &[Outcome],
    lines: &[Line],
    before: &Carry,
    settled: &Settled,
) -> Carry {
    let new = lines.iter().filter(|line| line.key.address().is_none() && line.total != Amount::ZERO);
    let mut held = settled.waiting.clone();
    held.extend(new.map(|line| HeldRecord {
        key: line.key.to_string(),
        name: line.name(),
        accounts: line.accounts().map(str::to_owned).collect(),
        amount: Figure(line.total.to_text(plan.token.decimals)),
        round: plan.round.as_str().to_owned(),
    }));
    held.sort_by(|left, right| left.key.cmp(&right.key)); // stable: older rounds stay first
    let named = |name: &str| plan.allocations.iter().any(|allocation| allocation.name == name);
    let others = before.allocations.iter().filter(|kept| !named(&kept.name)).cloned();
    let mut allocations: Vec<KeptRecord> = others.chain(kept_by(plan, outcomes)).collect();
    allocations.sort_by(|left, right| left.name.cmp(&right.name));
    Carry { held, allocations }
}

/// What the allocations of a round keep for their next one.
pub(super) fn kept_by(plan: &Plan, outcomes: &[Outcome]) -> Vec<KeptRecord> {
    let hand_on = |outcome: &Outcome| outcome.state.is_some() || outcome.kept != Amount::ZERO;
    let pairs = plan.allocations.iter().zip(outcomes).filter(|(_, outcome)| hand_on(outcome));
    pairs
        .map(|(allocation, outcome)| KeptRecord {
            name: allocation.name.clone(),
            method: allocation.method.clone(),
            kept: Figure(outcome.kept.to_text(plan.token.decimals)),
            state: outcome.state.clone().unwrap_or_default(),
        })
        .collect()
}
