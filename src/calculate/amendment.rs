//! Amendments: what a corrected round changes.
//!
//! A round is computed anew from its corrected files. What counts is what each person is *due* of it, paid
//! or held: the difference to what they were due before is posted to what is held for them, and then
//! everything held is paid whose address is known. So nobody is paid twice, whatever rounds in between have
//! released; and who was paid too much has a balance below zero.
//!
//! ```text
//! due before   due now   held before   posted   paid now   held now
//!        100       120             0      +20         20          0    an address is known
//!         30        30            30        0         30          0    the address was corrected
//!         30        30             0        0          0          0    ... and a round in between paid
//!        100        80             0      -20          0        -20    paid too much
//! ```
//!
//! An amendment is the next statement of the chain. Rounds that were closed since are not computed again:
//! what changes for them is what is held. So an allocation that hands something on from round to round can
//! be amended only while no later round of it is closed.

mod before;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use super::divided::{Divided, kept_by};
use super::held::{self, Settled};
use super::record::allocation_records;
use super::{Snapshot, carry_of, claimed, merge, payments};
use crate::adjustments::Adjustment;
use crate::amount::{Amount, Balance};
use crate::distribution::Line;
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::ledger::revision::read_reason;
use crate::ledger::round_id::RoundId;
use crate::members::Register;
use crate::methods::Outcome;
use crate::payouts::Payment;
use crate::statement::{AllocationRecord, Carry, Figure, HeldRecord, KeptRecord, Record, Recorded, Sums};
use before::{Due, Share};
use people::{Matched, People};

/// An amendment to be computed.
#[derive(Clone, Copy)]
pub(super) struct Amendment<'a> {
    /// The plan of the revision.
    pub plan: &'a Plan,
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The register of members.
    pub register: &'a Register,
    /// The files and the record, up to the head of the chain.
    pub snapshot: Snapshot<'a>,
    /// The state at the head of the chain.
    pub carry: &'a Carry,
    /// The state before the round was closed first.
    pub carry_then: &'a Carry,
}

/// Refuses a revision that is not the next one of a closed round.
pub(super) fn check_next(
    ledger: &Ledger,
    record: &Record,
    round: &RoundId,
    revision: u32,
) -> Result<(), Error> {
    let last = record.latest(round.as_str()).map(|last| last.statement.predicate.revision);
    let Some(last) = last else {
        return Err(Error::AmendOpenRound { place: Place::file(&ledger.folder_of(round)) });
    };
    if last.checked_add(1) == Some(revision) {
        return Ok(());
    }
    let place = Place::file(&format!("{}/revisions/{revision}", ledger.folder_of(round)));
    Err(Error::RevisionSkipped { place, next: last.saturating_add(1) })
}

impl Amendment<'_> {
    /// Divides the corrected round, and posts what differs. `outcomes` are those of the corrected round, members
    /// resolved.
    pub fn divide(self, outcomes: &mut [Outcome]) -> Result<Divided, Problems> {
        let Self { plan, ledger, snapshot, .. } = self;
        let decimals = plan.token.decimals;
        let round = plan.round.as_str();
        read_reason(snapshot.files, &ledger.reason_of(&plan.round, plan.revision))?;
        let last = snapshot.record.latest(round);
        let last = last.ok_or_else(|| Error::AmendOpenRound { place: Place::file(&plan.folder) })?;
        let before = before::shares(snapshot.record.revisions(round), decimals)?;
        self.check_continued(last, outcomes, &before)?;
        let shares = allocation_records(plan, outcomes, &Carry::default())?;
        let members = self.register.at(&self.newest_round());
        let dues_before = before::dues(snapshot, last, decimals)?;
        // The posted differences stand in for the amounts of the outcomes, which are merged away.
        let accounts: Vec<Outcome> = outcomes.iter().map(people_of).collect();
        let distribution = merge::merge(plan, outcomes, &mut Settled::default())?;
        let dues_now: Vec<Due> = distribution.lines.iter().map(due_of).collect();
        let changes_nothing = is_same(&dues_before, &dues_now);
        let own = self.register.at(&plan.round);
        let mut people = People::of(dues_before.iter().chain(&dues_now), &[&own, &members]);
        let mut matched = people::match_up(&mut people, dues_before, dues_now);
        let posted = self.post(&matched, &mut people)?;
        let round = held::Round { plan, ledger, snapshot, members: &members, outcomes: &accounts };
        let settled = held::settle(&posted, round)?;
        order(&mut matched);
        let adjustments = adjustments_of(matched, &settled, &mut people, decimals)
            .ok_or_else(|| overflow(plan, "what one person is due"))?;
        let payments = payments_of(&adjustments);
        let name =
            |address| adjustments.iter().find(|row| row.address == Some(address)).map(Adjustment::name);
        payments::check(plan, ledger, &payments, &name)?;
        let allocations = self.differences(&before, &shares, &settled)?;
        let zero = |allocation: &AllocationRecord| {
            allocation.sums == Sums::of_balances([Balance::ZERO; 8], decimals)
        };
        let methods = allocations.len().saturating_sub(1);
        if changes_nothing && allocations.iter().take(methods).all(zero) {
            let place = Place::file(&plan.file);
            return Err(Error::AmendmentEmpty { place, revision: plan.revision }.into());
        }
        let carry = self.carry_after(outcomes, &before, &settled);
        let adjustments = Some(adjustments);
        Ok(Divided { distribution, shares, allocations, adjustments, payments, carry, settled })
    }

    /// The newest round of the ledger, whose members' addresses count.
    fn newest_round(&self) -> RoundId {
        let place = Place::file(&self.plan.file);
        let rounds = self.snapshot.record.statements().iter();
        let rounds =
            rounds.filter_map(|recorded| RoundId::parse(&recorded.statement.predicate.round, &place).ok());
        rounds.chain([self.plan.round.clone()]).max().unwrap_or_else(|| self.plan.round.clone())
    }

    /// Refuses allocations that hand something on, where a later round has taken it.
    fn check_continued(
        self,
        last: &Recorded,
        outcomes: &[Outcome],
        before: &[Share],
    ) -> Result<(), Problems> {
        let Self { plan, snapshot, .. } = self;
        let after = carry_of(snapshot.files, Some(last))?;
        let kept = |carry: &Carry, name: &str| -> Option<KeptRecord> {
            carry.allocations.iter().find(|kept| kept.name == name).cloned()
        };
        let pairs = plan.allocations.iter().zip(outcomes);
        let hands_on = |outcome: &Outcome| outcome.state.is_some() || outcome.kept != Amount::ZERO;
        let mut names: BTreeSet<&str> = pairs
            .filter(|(_, outcome)| hands_on(outcome))
            .map(|(allocation, _)| allocation.name.as_str())
            .collect();
        names.extend(
            before.iter().map(|share| share.name.as_str()).filter(|name| kept(&after, name).is_some()),
        );
        let mut problems = Vec::new();
        for name in names {
            let later = claimed::last_round_of(name, snapshot.record)
                .map(|(recorded, _)| recorded.statement.predicate.round.as_str())
                .filter(|later| *later != plan.round.as_str());
            if later.is_some() || kept(&after, name) != kept(self.carry, name) {
                problems.push(Error::AllocationMovedOn {
                    place: Place::file(&plan.file),
                    allocation: Shown::from(name),
                    later: Shown::from(later.unwrap_or("unknown")),
                });
            }
        }
        Problems::unless_empty(problems, ())
    }

    /// What is held once the differences are posted: what is due more pays back what was paid too much,
    /// the rest waits; what is due less is taken from what waits, of this round first, and the rest was
    /// paid too much.
    fn post(self, matched: &[Matched], people: &mut People) -> Result<Carry, Problems> {
        let plan = self.plan;
        let decimals = plan.token.decimals;
        let mut held: Vec<(HeldRecord, Balance)> = Vec::new();
        for record in &self.carry.held {
            let balance = record.balance(decimals)?;
            held.push((record.clone(), balance));
        }
        // Of this round first.
        let mut by_person: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for of_round in [true, false] {
            for (at, (record, _)) in held.iter().enumerate() {
                if (record.round == plan.round.as_str()) == of_round {
                    for group in people.of_record(record) {
                        by_person.entry(group).or_default().push(at);
                    }
                }
            }
        }
        for row in matched {
            let mut difference = Balance::between(row.before, row.after);
            for at in by_person.get(&row.group).into_iter().flatten() {
                let Some((_, balance)) = held.get_mut(*at) else { continue };
                if balance.is_negative() == difference.is_negative() {
                    continue;
                }
                let part = balance.size().min(difference.size());
                let part = if difference.is_negative() { Balance::minus(part) } else { part.into() };
                let too_large = || overflow(plan, "held amounts");
                *balance = balance.checked_add(part).ok_or_else(too_large)?;
                difference = difference.checked_sub(part).ok_or_else(too_large)?;
            }
            if difference != Balance::ZERO {
                held.push((
                    HeldRecord {
                        key: row.key.to_string(),
                        name: row.person.name.clone(),
                        accounts: row.person.accounts.iter().cloned().collect(),
                        amount: Figure(String::new()), // below
                        round: plan.round.as_str().to_owned(),
                    },
                    difference,
                ));
            }
        }
        let with_amount = |(record, balance): (HeldRecord, Balance)| HeldRecord {
            amount: Figure(balance.to_text(decimals)),
            ..record
        };
        let held =
            held.into_iter().filter(|(_, balance)| *balance != Balance::ZERO).map(with_amount).collect();
        Ok(Carry { held, allocations: Vec::new() })
    }

    /// What the statement says of the allocations: the differences to before, and behind them `held`.
    fn differences(
        self,
        before: &[Share],
        shares: &[AllocationRecord],
        settled: &Settled,
    ) -> Result<Vec<AllocationRecord>, Problems> {
        let (plan, decimals) = (self.plan, self.plan.token.decimals);
        let too_large = || overflow(plan, "an allocation's amounts");
        let mut records = Vec::new();
        for share in shares {
            let sums = share.sums.balances(decimals).ok().and_then(before::due).ok_or_else(too_large)?;
            let earlier = before.iter().find(|earlier| earlier.name == share.name);
            let earlier = earlier.map_or([Balance::ZERO; 8], |earlier| earlier.sums);
            let sums = before::added(sums, earlier.map(Balance::negated)).ok_or_else(too_large)?;
            let sums = Sums::of_balances(sums, decimals);
            records.push(AllocationRecord { sums, ..share.clone() });
        }
        // An allocation that the revision does not name any more takes back all that it gave.
        let is_gone = |earlier: &&Share| shares.iter().all(|share| share.name != earlier.name);
        for Share { name, method, sums } in before.iter().filter(is_gone) {
            records.push(AllocationRecord {
                name: name.clone(),
                method: method.clone(),
                sums: Sums::of_balances(sums.map(Balance::negated), decimals),
            });
        }
        let held = settled.record_of_amendment(self.carry, decimals).ok_or_else(too_large)?;
        records.push(held);
        Ok(records)
    }

    /// The state afterwards: what waits, and what the allocations of the round keep now.
    fn carry_after(self, outcomes: &[Outcome], before: &[Share], settled: &Settled) -> Carry {
        let mut held = settled.waiting.clone();
        held.sort_by(|left, right| left.key.cmp(&right.key)); // stable: older rounds stay first
        let is_of_round = |name: &str| {
            self.plan.allocations.iter().any(|allocation| allocation.name == name)
                || before.iter().any(|share| share.name == name)
        };
        let others = self.carry.allocations.iter().filter(|kept| !is_of_round(&kept.name));
        let mut allocations: Vec<KeptRecord> = others.cloned().collect();
        allocations.extend(kept_by(self.plan, outcomes));
        // What the revision does not name any more is as it was before the round.
        let is_named = |name: &str| self.plan.allocations.iter().any(|allocation| allocation.name == name);
        let given_back = self.carry_then.allocations.iter();
        allocations
            .extend(given_back.filter(|kept| is_of_round(&kept.name) && !is_named(&kept.name)).cloned());
        allocations.sort_by(|left, right| left.name.cmp(&right.name));
        Carry { held, allocations }
    }
}

fn overflow(plan: &Plan, what: &str) -> Error {
    Error::Overflow { place: Place::file(&plan.file), what: what.to_owned() }
}

/// The recipients of an outcome without its amounts.
fn people_of(outcome: &Outcome) -> Outcome {
    Outcome { recipients: outcome.recipients.clone(), ..Outcome::default() }
}

fn due_of(line: &Line) -> Due {
    Due {
        key: line.key.clone(),
        person: line.person.as_deref().cloned().unwrap_or_default(),
        amount: line.total,
    }
}

/// Whether everybody is due what they were due before, under the same keys.
fn is_same(before: &[Due], after: &[Due]) -> bool {
    let by_key = |dues: &[Due]| -> BTreeMap<String, Amount> {
        let dues = dues.iter().filter(|due| due.amount != Amount::ZERO);
        dues.map(|due| (due.key.to_string(), due.amount)).collect()
    };
    by_key(before) == by_key(after)
}

/// The order of the rows: that of distribution.csv.
fn order(matched: &mut [Matched]) {
    matched.sort_by(|left, right| {
        let order = |row: &Matched| (std::cmp::Reverse(row.after), row.key.address());
        order(left)
            .cmp(&order(right))
            .then_with(|| left.person.name.cmp(&right.person.name))
            .then_with(|| left.key.cmp(&right.key))
    });
}

/// One row for each person whose due changes or who is paid now; those who are not in the round behind
/// the others. `None` where a sum is too large.
fn adjustments_of(
    matched: Vec<Matched>,
    settled: &Settled,
    people: &mut People,
    decimals: u8,
) -> Option<Vec<Adjustment>> {
    let mut paid = settled.payments();
    let mut rows: Vec<(usize, Adjustment)> = matched
        .into_iter()
        .map(|Matched { key, person, before, after, group }| {
            let address = key.address();
            let paid_now = paid.remove(&key).unwrap_or_default();
            let (due_before, due_after, held_now) = (before, after, Balance::ZERO);
            (group, Adjustment { key, person, address, due_before, due_after, paid_now, held_now })
        })
        .collect();
    for (key, amount) in paid {
        let group = people.of_key(&key);
        let mut of_person =
            rows.iter_mut().filter(|(other, row)| *other == group && row.paid_now == Amount::ZERO);
        if let Some((_, row)) = of_person.next() {
            (row.address, row.paid_now) = (key.address(), amount);
            continue;
        }
        let person = settled.people.get(&key).cloned().unwrap_or_default();
        let zero = Amount::ZERO;
        let (address, held_now) = (key.address(), Balance::ZERO);
        let row = Adjustment {
            key,
            person,
            address,
            due_before: zero,
            due_after: zero,
            paid_now: amount,
            held_now,
        };
        rows.push((group, row));
    }
    rows.retain(|(_, row)| row.due_before != row.due_after || row.paid_now != Amount::ZERO);
    for record in &settled.waiting {
        let balance = record.balance(decimals).ok()?;
        let groups = people.of_record(record);
        let exact = rows.iter().position(|(_, row)| row.key.to_string() == record.key);
        let tied = || rows.iter().position(|(group, _)| groups.contains(group));
        if let Some((_, row)) = exact.or_else(tied).and_then(|at| rows.get_mut(at)) {
            row.held_now = row.held_now.checked_add(balance)?;
        }
    }
    Some(rows.into_iter().map(|(_, row)| row).collect())
}

/// What is paid now, in the order of the rows.
fn payments_of(adjustments: &[Adjustment]) -> Vec<Payment> {
    let paid = adjustments.iter().filter(|row| row.paid_now != Amount::ZERO);
    paid.filter_map(|row| Some(Payment { address: row.address?, amount: row.paid_now })).collect()
}
