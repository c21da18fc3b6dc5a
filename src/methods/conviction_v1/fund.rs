//! The fund, step by step: inflow, new proposals, checks, stakes, conviction.

mod stakes;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::history::{Grant, Measure, ProposalStep, Step};
use super::input::{HoldingRow, StakeRow};
use super::settings::{CheckOrder, Release, Rule, Supply};
use super::state::{Proposal, Proposals, Status};
use crate::error::{Error, Place, Shown};

/// The rows of a round, in the order of their steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Events<'a> {
    pub stakes: &'a [StakeRow],
    /// `None` where holdings are not given, and do not limit anybody.
    pub holdings: Option<&'a [HoldingRow]>,
    /// The place of problems that no row has.
    pub place: &'a Place,
    pub decimals: u8,
}

/// The fund while a round is computed; amounts in the smallest unit.
#[derive(Debug)]
pub(super) struct Fund<'a> {
    rule: &'a Rule,
    pub funds: u128,
    pub proposals: BTreeMap<Rc<str>, Proposal>,
    /// Those to come, with the step in which they come.
    waiting: BTreeMap<Rc<str>, (u64, Proposal)>,
    /// Who comes when.
    arrivals: BTreeMap<u64, Vec<Rc<str>>>,
    /// All stakes by participant.
    staked_by: BTreeMap<Rc<str>, u128>,
    staked: u128,
    held_by: BTreeMap<Rc<str>, u128>,
    held: u128,
    pub steps: Vec<Step>,
    pub grants: Vec<Grant>,
    /// Steps in whose check nothing was needed to pass: the supply was zero and conviction was not.
    pub free_steps: Vec<u64>,
}

impl<'a> Fund<'a> {
    /// The fund at the beginning of a round.
    pub fn new(rule: &'a Rule, funds: u128, proposals: Proposals) -> Self {
        let mut arrivals: BTreeMap<u64, Vec<Rc<str>>> = BTreeMap::new();
        for (id, (step, _)) in &proposals.waiting {
            arrivals.entry(*step).or_default().push(Rc::clone(id));
        }
        Self {
            arrivals,
            rule,
            funds,
            proposals: proposals.existing,
            waiting: proposals.waiting,
            staked_by: BTreeMap::new(),
            staked: 0,
            held_by: BTreeMap::new(),
            held: 0,
            steps: Vec::new(),
            grants: Vec::new(),
            free_steps: Vec::new(),
        }
    }

    /// Computes the steps from `first` to `last`.
    pub fn run(&mut self, first: u64, last: u64, events: Events<'_>) -> Result<(), Vec<Error>> {
        self.take_over(events.place).map_err(|error| vec![error])?;
        let before = |rows: &[HoldingRow]| rows.iter().take_while(|row| row.step < first).count();
        let (earlier, mut holdings) =
            events.holdings.and_then(|rows| rows.split_at_checked(before(rows))).unwrap_or_default();
        for row in earlier {
            self.hold(row).map_err(|error| vec![error])?;
        }
        let skipped = events.stakes.iter().take_while(|row| row.step < first).count();
        let mut stakes = events.stakes.get(skipped..).unwrap_or_default();
        let mut problems = Vec::new();
        for step in first..=last {
            let holdings_now = leading(&mut holdings, |row| row.step == step);
            let stakes_now = leading(&mut stakes, |row| row.step == step);
            let rows = (stakes_now, holdings_now);
            let measures = self.step(step, rows, step == first, events, &mut problems);
            let measures = measures.map_err(|error| {
                problems.push(error);
                std::mem::take(&mut problems)
            })?;
            self.record(step, &measures);
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// One step; gives the thresholds at the start of its check.
    fn step(
        &mut self,
        step: u64,
        (stakes, holdings): (&[StakeRow], &[HoldingRow]),
        is_first: bool,
        events: Events<'_>,
        problems: &mut Vec<Error>,
    ) -> Result<BTreeMap<Rc<str>, Measure>, Error> {
        let overflow = || Error::Overflow { place: events.place.clone(), what: "the funds".to_owned() };
        self.funds = self.funds.checked_add(self.rule.inflow).ok_or_else(overflow)?;
        for id in self.arrivals.remove(&step).unwrap_or_default() {
            self.proposals.extend(self.waiting.remove(&id).map(|(_, proposal)| (id, proposal)));
        }
        self.proposals.values_mut().for_each(|proposal| proposal.age = proposal.age.saturating_add(1));
        let check_first = self.rule.order == CheckOrder::CheckThenStake;
        let early = check_first.then(|| self.check(step, events.decimals));
        for row in holdings {
            self.hold(row)?;
        }
        for row in stakes {
            self.stake(row, problems)?;
        }
        if events.holdings.is_some() {
            self.check_holdings(step, (stakes, holdings), is_first, events, problems);
        }
        self.charge(step, events.place)?;
        self.kill();
        Ok(early.unwrap_or_else(|| self.check(step, events.decimals)))
    }

    /// What the thresholds are measured by at this moment.
    fn supply(&self) -> u128 {
        match self.rule.supply {
            Supply::Staked => self.staked,
            Supply::Holdings => self.held,
            Supply::Fixed(amount) => amount,
        }
    }

    /// Judges the candidates and funds those that pass.
    fn check(&mut self, step: u64, decimals: u8) -> BTreeMap<Rc<str>, Measure> {
        let (trigger, supply, funds_before) = (self.rule.trigger, self.supply(), self.funds);
        let mut passing: Vec<(Rc<str>, u128, u128)> = Vec::new();
        let mut measures = BTreeMap::new();
        let mut is_charged = false;
        for (id, proposal) in &self.proposals {
            if proposal.status != Status::Candidate {
                continue;
            }
            let conviction = proposal.conviction;
            let threshold = trigger.threshold(proposal.requested, funds_before, supply);
            measures.insert(Rc::clone(id), Measure::of(threshold.as_ref(), conviction, decimals));
            is_charged |= conviction > 0;
            if proposal.age > self.rule.min_age
                && threshold.is_some_and(|threshold| threshold.is_passed_by(conviction))
            {
                passing.push((Rc::clone(id), conviction, proposal.requested));
            }
        }
        if supply == 0 && is_charged {
            self.free_steps.push(step);
        }
        // Stable: equal convictions stay in the order of the ids. Releases only take from the funds,
        // which raises thresholds: what does not pass before them does not pass after them.
        passing.sort_by_key(|(_, conviction, _)| Reverse(*conviction));
        for (id, conviction, requested) in passing {
            let judged_on = if self.rule.release == Release::Sequential { self.funds } else { funds_before };
            let threshold = trigger.threshold(requested, judged_on, supply);
            let threshold = threshold.filter(|threshold| threshold.is_passed_by(conviction));
            match (threshold, self.funds.checked_sub(requested)) {
                (Some(threshold), Some(left)) => self.fund(step, &id, left, threshold.to_text(decimals)),
                (Some(_), None) => break, // simultaneous: the first that does not fit ends it
                (None, _) => {}
            }
        }
        measures
    }

    /// Pays a proposal and frees the stakes on it.
    fn fund(&mut self, step: u64, id: &Rc<str>, funds_after: u128, threshold: String) {
        let Some(proposal) = self.proposals.get_mut(id) else { return };
        let (requested, conviction) = (proposal.requested, proposal.conviction);
        proposal.conviction = 0;
        self.close(id, Status::Active);
        self.funds = funds_after;
        self.grants.push(Grant {
            step,
            proposal: Rc::clone(id),
            requested,
            conviction,
            threshold,
            funds_after,
        });
    }

    /// Lets the conviction of the candidates decay and adds their stakes.
    fn charge(&mut self, step: u64, place: &Place) -> Result<(), Error> {
        let alpha = self.rule.trigger.alpha;
        for (id, proposal) in
            self.proposals.iter_mut().filter(|(_, proposal)| proposal.status == Status::Candidate)
        {
            let overflow = || Error::Overflow {
                place: place.clone(),
                what: format!(
                    "the stakes on `{}` over time, its conviction in step {step},",
                    Shown::from(&**id)
                ),
            };
            proposal.conviction = alpha.next(proposal.conviction, proposal.staked).ok_or_else(overflow)?;
        }
        Ok(())
    }

    /// Closes candidates on which too little is staked.
    fn kill(&mut self) {
        let poor = |proposal: &Proposal| {
            proposal.status == Status::Candidate && proposal.staked < self.rule.min_stake
        };
        let poor: Vec<Rc<str>> = self
            .proposals
            .iter()
            .filter(|(_, proposal)| poor(proposal))
            .map(|(id, _)| Rc::clone(id))
            .collect();
        for id in &poor {
            self.close(id, Status::Killed);
        }
    }

    /// Notes how the step ended.
    fn record(&mut self, step: u64, measures: &BTreeMap<Rc<str>, Measure>) {
        let proposals: Vec<ProposalStep> = self
            .proposals
            .iter()
            .map(|(id, proposal)| ProposalStep {
                proposal: Rc::clone(id),
                status: proposal.status,
                age: proposal.age,
                staked: proposal.staked,
                conviction: proposal.conviction,
                measure: measures.get(id).cloned(),
            })
            .collect();
        let count = |status| proposals.iter().filter(|proposal| proposal.status == status).count();
        let counts = [Status::Candidate, Status::Active, Status::Killed].map(count);
        self.steps.push(Step { number: step, funds: self.funds, supply: self.supply(), counts, proposals });
    }
}

/// Takes the rows off the front of a slice for which something holds.
fn leading<'a, T>(rows: &mut &'a [T], holds: impl Fn(&T) -> bool) -> &'a [T] {
    let count = rows.iter().take_while(|row| holds(row)).count();
    let (now, later) = rows.split_at_checked(count).unwrap_or_default();
    *rows = later;
    now
}
