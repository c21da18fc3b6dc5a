//! Recipients become members: the keys that inputs give, as the register resolves them.
//!
//! It happens after the methods ran: pools were divided, and draws decided, by the keys as inputs give
//! them, so a row of members.csv changes who is paid and never how much there is. The same holds for
//! the methods' own tables, which show recipients as inputs name them.

use super::{Snapshot, check_record, read_carry, run_methods};
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::ledger::round_id::RoundId;
use crate::members::{MEMBERS_FILE, Member, Members};
use crate::methods::Outcome;
use crate::recipient::{Key, Recipient};

/// Puts every member's amounts under the member's one key, in each outcome by itself. A member who
/// comes with another address than the register gives is an error; all of them at once.
pub(super) fn resolve(members: &Members, plan: &Plan, outcomes: &mut [Outcome]) -> Result<(), Problems> {
    if members.is_empty() {
        return Ok(());
    }
    let mut problems = Vec::new();
    for (allocation, outcome) in plan.allocations.iter().zip(&*outcomes) {
        for (key, person) in &outcome.recipients {
            let Some(found) = key.address() else { continue };
            let Some((key, member)) = members.contradiction(found, person) else { continue };
            let Some((listed, line)) = member.address else { continue };
            problems.push(Error::MemberAddressDiffers {
                place: Place::file(&plan.file),
                allocation: Shown::from(&allocation.name),
                name: Shown::from(&person.name),
                key: Shown::from(key.to_string()),
                found: found.to_string(),
                listed: listed.to_string(),
                register: Place::line(MEMBERS_FILE, line),
            });
        }
    }
    Problems::unless_empty(problems, ())?;
    for outcome in outcomes {
        resolve_outcome(members, outcome).ok_or_else(|| Error::Overflow {
            place: Place::file(&plan.file),
            what: "what one member gets".to_owned(),
        })?;
    }
    Ok(())
}

/// Moves the amounts of members to their keys and gives them their names; `None` when a sum is too
/// large.
fn resolve_outcome(members: &Members, outcome: &mut Outcome) -> Option<()> {
    let is_member =
        |(key, person): (&Key, &Recipient)| members.of(key, person).map(|member| (key.clone(), member));
    let found: Vec<(Key, &Member)> = outcome.recipients.iter().filter_map(is_member).collect();
    for (key, member) in found {
        let Some(person) = outcome.recipients.remove(&key) else { continue };
        let own = members.resolved(&key, &person)?;
        if own != key {
            for reward in &mut outcome.rewards {
                let Some(amount) = reward.amounts.remove(&key) else { continue };
                let sum = reward.amounts.entry(own.clone()).or_insert(Amount::ZERO);
                *sum = sum.checked_add(amount)?;
            }
        }
        let known = outcome.recipients.entry(own).or_default();
        known.name.clone_from(&member.name);
        known.accounts.extend(person.accounts);
    }
    // Mere addresses, which may be millions, stand among no recipients: members are looked up there.
    for member in members.iter() {
        let Some(key) = member.address.map(|(address, _)| Key::Address(address)) else { continue };
        let is_paid = outcome.rewards.iter().any(|reward| reward.amounts.contains_key(&key));
        if is_paid && !outcome.recipients.contains_key(&key) {
            outcome.recipients.insert(key, Recipient { name: member.name.clone(), ..Recipient::default() });
        }
    }
    Some(())
}

/// A recipient as the inputs of an allocation give them, before members.csv has its say.
#[derive(Debug, Clone)]
pub struct InputRecipient {
    /// The allocation.
    pub allocation: String,
    /// The key.
    pub key: Key,
    /// What the inputs say of the person.
    pub person: Recipient,
}

/// Who stands in the inputs of a revision of a round, by allocation and key; addresses of which nothing
/// else is known do not. The record is the one on which the round was closed first.
pub fn input_recipients(
    snapshot: Snapshot<'_>,
    round: &RoundId,
    revision: u32,
) -> Result<Vec<InputRecipient>, Problems> {
    let ledger = Ledger::read(snapshot.files)?;
    check_record(&ledger, snapshot.record)?;
    let carry = read_carry(snapshot)?;
    let (plan, problems) = Plan::read_partly(snapshot.files, &ledger, round, revision)?;
    let outcomes = run_methods(&plan, snapshot, &carry, problems)?;
    let mut found = Vec::new();
    for (allocation, outcome) in plan.allocations.iter().zip(outcomes) {
        found.extend(outcome.recipients.into_iter().map(|(key, person)| InputRecipient {
            allocation: allocation.name.clone(),
            key,
            person,
        }));
    }
    Ok(found)
}
