//! Who stakes what on which proposal, and who holds how much: the sums of the fund always fit.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Events, Fund};
use crate::amount::Amount;
use crate::error::{Error, Place, Shown};
use crate::methods::conviction_v1::input::{HoldingRow, StakeRow};
use crate::methods::conviction_v1::state::Status;

impl Fund<'_> {
    /// Adds up the stakes that were carried.
    pub(super) fn take_over(&mut self, place: &Place) -> Result<(), Error> {
        for (participant, amount) in self.proposals.values().flat_map(|proposal| &proposal.stakes) {
            let total = self.staked.checked_add(*amount);
            self.staked = total
                .ok_or_else(|| Error::Overflow { place: place.clone(), what: "all stakes".to_owned() })?;
            *self.staked_by.entry(Rc::clone(participant)).or_default() += amount; // at most all stakes
        }
        Ok(())
    }

    /// Takes a row of the holdings.
    pub(super) fn hold(&mut self, row: &HoldingRow) -> Result<(), Error> {
        let held = self.held_by.entry(row.participant.as_str().into()).or_default();
        let others = self.held - *held;
        *held = row.amount.units();
        let overflow = || Error::Overflow { place: row.place.clone(), what: "all holdings".to_owned() };
        self.held = others.checked_add(*held).ok_or_else(overflow)?;
        Ok(())
    }

    /// Takes a row of the stakes, or reports why it cannot be.
    pub(super) fn stake(&mut self, row: &StakeRow, problems: &mut Vec<Error>) -> Result<(), Error> {
        let waiting = self.waiting.get(row.proposal.as_str());
        let proposal = match self.proposals.get_mut(row.proposal.as_str()) {
            Some(proposal) if proposal.status == Status::Candidate => proposal,
            found => {
                let reason = match (found.map(|proposal| proposal.status), waiting) {
                    (Some(Status::Killed), _) => "it was killed".to_owned(),
                    (Some(_), _) => "it was funded".to_owned(),
                    (None, Some((from, _))) => format!("it exists from step {from} on"),
                    (None, None) => "there is no such proposal".to_owned(),
                };
                let (place, proposal, step) = (row.place.clone(), Shown::from(&row.proposal), row.step);
                problems.push(Error::ProposalNotOpen { place, proposal, step, reason });
                return Ok(());
            }
        };
        let (participant, amount): (Rc<str>, u128) = (row.participant.as_str().into(), row.amount.units());
        let before = proposal.stakes.remove(&participant).unwrap_or(0);
        take_from(&mut self.staked_by, &participant, before);
        let overflow = || Error::Overflow { place: row.place.clone(), what: "all stakes".to_owned() };
        self.staked = (self.staked - before).checked_add(amount).ok_or_else(overflow)?;
        // What follows is at most the sum of all stakes.
        proposal.staked = proposal.staked - before + amount;
        if amount > 0 {
            *self.staked_by.entry(Rc::clone(&participant)).or_default() += amount;
            proposal.stakes.insert(participant, amount);
        }
        Ok(())
    }

    /// Reports who has staked more than they hold, of those whom rows of the step name, or of all.
    pub(super) fn check_holdings(
        &self,
        step: u64,
        (stakes, holdings): (&[StakeRow], &[HoldingRow]),
        everybody: bool,
        events: Events<'_>,
        problems: &mut Vec<Error>,
    ) {
        let named = stakes.iter().map(|row| (row.participant.as_str(), &row.place));
        let holders = holdings.iter().map(|row| (row.participant.as_str(), &row.place));
        let named: BTreeMap<&str, &Place> = holders.chain(named).collect();
        let all = self.staked_by.keys().map(|participant| &**participant).filter(|_| everybody);
        let whom: BTreeSet<&str> = named.keys().copied().chain(all).collect();
        for participant in whom {
            let total = self.staked_by.get(participant).copied().unwrap_or(0);
            let held = self.held_by.get(participant).copied().unwrap_or(0);
            if total > held {
                let text = |units| Amount::from_units(units).to_text(events.decimals);
                problems.push(Error::StakesAboveHoldings {
                    place: named
                        .get(participant)
                        .map_or_else(|| events.place.clone(), |place| (*place).clone()),
                    participant: Shown::from(participant),
                    step,
                    staked: text(total),
                    holdings: text(held),
                });
            }
        }
    }

    /// Closes a proposal; nothing stays staked on it.
    pub(super) fn close(&mut self, id: &Rc<str>, status: Status) {
        let Some(proposal) = self.proposals.get_mut(id) else { return };
        proposal.status = status;
        self.staked -= proposal.staked;
        proposal.staked = 0;
        for (participant, amount) in std::mem::take(&mut proposal.stakes) {
            take_from(&mut self.staked_by, &participant, amount);
        }
    }
}

/// Lowers somebody's sum; who has nothing left is taken out.
fn take_from(sums: &mut BTreeMap<Rc<str>, u128>, participant: &Rc<str>, amount: u128) {
    if let Some(sum) = sums.get_mut(participant) {
        *sum = sum.saturating_sub(amount);
        if *sum == 0 {
            sums.remove(participant);
        }
    }
}
