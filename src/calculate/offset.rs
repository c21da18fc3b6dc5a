//! What was paid too much is taken off what the same person is paid later, where the ledger says so
//! (`offset_overpayments`); never more than they are paid.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::amount::Amount;
use crate::ledger::plan::Plan;
use crate::methods::Outcome;
use crate::recipient::Key;
use crate::statement::HeldRecord;

/// What every address is paid before anything is taken off: rewards, but those of an amendment, whose
/// differences are released, and what is released. `None` where a sum is too large.
pub(super) fn payments(
    plan: &Plan,
    outcomes: &[Outcome],
    released: &BTreeMap<Key, Amount>,
) -> Option<BTreeMap<Address, Amount>> {
    let rewards = outcomes.iter().filter(|_| plan.revision == 1).flat_map(|outcome| &outcome.rewards);
    let amounts = rewards.flat_map(|reward| &reward.amounts).chain(released);
    let mut payments: BTreeMap<Address, Amount> = BTreeMap::new();
    for (key, amount) in amounts {
        let Some(address) = key.address() else { continue };
        let sum = payments.entry(address).or_insert(Amount::ZERO);
        *sum = sum.checked_add(*amount)?;
    }
    Some(payments)
}

/// Takes what was paid too much off payments, the records in their order, at each of their person's
/// addresses in byte order; and off the records. Gives what is taken off, by address.
pub(super) fn take_off(
    overpaid: &mut [(HeldRecord, Amount)],
    mut payments: BTreeMap<Address, Amount>,
    payees: &dyn Fn(&HeldRecord) -> BTreeSet<Address>,
) -> BTreeMap<Key, Amount> {
    let mut offset: BTreeMap<Key, Amount> = BTreeMap::new();
    for (record, left) in overpaid {
        for address in payees(record) {
            let Some(paid) = payments.get_mut(&address) else { continue };
            let part = (*left).min(*paid);
            if part == Amount::ZERO {
                continue;
            }
            // The part is no more than either, and no more than what is paid in all.
            *left = left.checked_sub(part).unwrap_or_default();
            *paid = paid.checked_sub(part).unwrap_or_default();
            let sum = offset.entry(Key::Address(address)).or_default();
            *sum = sum.checked_add(part).unwrap_or_default();
        }
    }
    offset
}
