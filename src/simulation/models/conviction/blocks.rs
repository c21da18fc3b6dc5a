//! The four substeps of a timestep of `conviction`.

use std::ops::AddAssign;
use std::sync::Arc;

use super::parameters::Parameters;
use super::state::{Proposal, State, Status, affinity, total};
use crate::simulation::engine::{Block, Fault, Step};
use crate::simulation::random::Random;

/// What policies tell. Proposals are told by their place among all.
#[derive(Debug, Default)]
pub struct Signals {
    /// The holdings of those who join.
    newcomers: Vec<f64>,
    /// How many proposals are made.
    new_proposals: u32,
    /// What comes to the funds.
    funds_arrival: f64,
    /// Active proposals that complete.
    completed: Vec<usize>,
    /// Active proposals that fail.
    failed: Vec<usize>,
    /// Candidates that are funded.
    accepted: Vec<usize>,
    /// Whether each participant decides anew.
    engaged: Vec<bool>,
}

impl AddAssign for Signals {
    fn add_assign(&mut self, other: Self) {
        self.newcomers.extend(other.newcomers);
        self.new_proposals += other.new_proposals;
        self.funds_arrival += other.funds_arrival;
        self.completed.extend(other.completed);
        self.failed.extend(other.failed);
        self.accepted.extend(other.accepted);
        self.engaged.extend(other.engaged);
    }
}

/// The blocks, in order.
pub const BLOCKS: &[Block<Parameters, State, Signals>] = &[
    Block { policies: &[p_driving_process], updates: &[s_arrivals, s_ages_and_triggers, s_funds_arrival] },
    Block { policies: &[p_check_progress], updates: &[s_progress] },
    Block { policies: &[p_trigger_function], updates: &[s_funds_released, s_accepted] },
    Block { policies: &[p_participants_decisions], updates: &[s_decisions] },
];

/// Requests at the beginning are about 30000, later about 3 % of the funds: gamma(3) times this, and
/// this much.
const REQUEST_SCALE: f64 = 10_000.0;
const REQUEST_SHARE: f64 = 0.01;
const REQUEST_LEAST: f64 = 0.001;

/// The state of timestep 0.
pub fn genesis(parameters: &Parameters, random: &mut Random) -> Result<State, Fault> {
    let scale = parameters.expected_supply / f64::from(parameters.n);
    let holdings: Vec<f64> = (0..parameters.n).map(|_| random.exponential() * scale).collect();
    let supply = total(holdings.iter().copied());
    let mut state = State {
        funds: parameters.funds,
        participants: Arc::new((0..u64::from(parameters.n)).collect()),
        holdings: Arc::new(holdings),
        proposals: Vec::new(),
        affinities: Arc::new(Vec::new()),
    };
    for _ in 0..parameters.m {
        let requested = random.gamma(3.0) * REQUEST_SCALE + REQUEST_LEAST;
        let affinities = (0..parameters.n).map(|_| affinity(random)).collect();
        state.propose(requested, affinities)?;
    }
    for proposal in &mut state.proposals {
        proposal.trigger = parameters.genesis_trigger(proposal.requested, supply);
    }
    Ok(state)
}

// ---- substep 1: who joins, what is proposed, what comes in

fn p_driving_process(step: &Step<'_, Parameters, State>, random: &mut Random) -> Result<Signals, Fault> {
    let (parameters, before) = (step.parameters, step.before);
    let mut signals = Signals::default();
    let arrival_rate = 10.0 / (1.0 + parameters.sentiment);
    if random.uniform() < 1.0 / arrival_rate {
        #[allow(clippy::cast_precision_loss)] // below 2^53
        let scale = 0.1 * parameters.supply / before.participants.len() as f64;
        signals.newcomers.push(random.exponential() * scale);
    }
    let requested = total(before.candidates().map(|proposal| proposal.requested));
    let proposal_rate = 1.0 / before.median_affinity() * (1.0 + requested / before.funds);
    if random.uniform() < 1.0 / proposal_rate {
        signals.new_proposals = 1;
    }
    let scale = before.funds * (parameters.sentiment * parameters.sentiment) / 10_000.0;
    signals.funds_arrival = random.exponential() * scale.max(1.0);
    Ok(signals)
}

fn s_arrivals(
    step: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    random: &mut Random,
) -> Result<(), Fault> {
    for holdings in &signals.newcomers {
        after.join(*holdings, random)?;
    }
    for _ in 0..signals.new_proposals {
        let requested = random.gamma(3.0) * (step.before.funds * REQUEST_SHARE) + REQUEST_LEAST;
        let count = after.participants.len();
        // Pairs are limited far below 2^32.
        let proposer = random.choice(u32::try_from(count).unwrap_or(u32::MAX)) as usize;
        let of = |participant| if participant == proposer { 1.0 } else { affinity(random) };
        after.propose(requested, (0..count).map(of).collect())?;
    }
    Ok(())
}

/// Also of the proposals that were made just now.
fn s_ages_and_triggers(
    step: &Step<'_, Parameters, State>,
    _: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    for proposal in &mut after.proposals {
        proposal.age += 1;
        proposal.trigger = if proposal.is_candidate() {
            step.parameters.trigger(proposal.requested, step.before.funds)
        } else {
            f64::NAN
        };
    }
    Ok(())
}

fn s_funds_arrival(
    step: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    after.funds = step.before.funds + signals.funds_arrival;
    Ok(())
}

// ---- substep 2: what becomes of funded proposals

fn p_check_progress(step: &Step<'_, Parameters, State>, random: &mut Random) -> Result<Signals, Fault> {
    let mut signals = Signals::default();
    for (place, proposal) in step.before.proposals.iter().enumerate() {
        if proposal.status != Status::Active {
            continue;
        }
        let size = libm::log(proposal.requested);
        if random.uniform() < 1.0 / (step.parameters.base_completion_rate + size) {
            signals.completed.push(place);
        } else if random.uniform() < 1.0 / (step.parameters.base_failure_rate + size) {
            signals.failed.push(place);
        }
    }
    Ok(signals)
}

fn s_progress(
    _: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    for (places, status) in [(&signals.completed, Status::Completed), (&signals.failed, Status::Failed)] {
        for place in places {
            if let Some(proposal) = after.proposals.get_mut(*place) {
                proposal.status = status;
            }
        }
    }
    Ok(())
}

// ---- substep 3: which candidates are funded

/// All candidates are judged on the same funds. What does not fit into them waits: the highest
/// conviction comes first, the lower id where it is the same.
fn p_trigger_function(step: &Step<'_, Parameters, State>, _: &mut Random) -> Result<Signals, Fault> {
    let (parameters, before) = (step.parameters, step.before);
    let is_accepted = |(_, proposal): &(usize, &Proposal)| {
        proposal.is_candidate()
            && proposal.age > u64::from(parameters.tmin)
            && proposal.conviction > parameters.trigger(proposal.requested, before.funds)
    };
    let mut accepted: Vec<(usize, &Proposal)> =
        before.proposals.iter().enumerate().filter(is_accepted).collect();
    if total(accepted.iter().map(|(_, proposal)| proposal.requested)) > before.funds {
        accepted.sort_by(|(_, one), (_, other)| other.conviction.total_cmp(&one.conviction));
        let mut left = before.funds;
        let fits = |(_, proposal): &&(usize, &Proposal)| {
            left -= proposal.requested;
            left >= 0.0
        };
        let count = accepted.iter().take_while(fits).count();
        accepted.truncate(count);
    }
    Ok(Signals { accepted: accepted.into_iter().map(|(place, _)| place).collect(), ..Signals::default() })
}

fn s_funds_released(
    step: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    for place in &signals.accepted {
        after.funds -= step.before.proposals.get(*place).map_or(0.0, |proposal| proposal.requested);
    }
    Ok(())
}

fn s_accepted(
    _: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    for place in &signals.accepted {
        if let Some(proposal) = after.proposals.get_mut(*place) {
            proposal.status = Status::Active;
            proposal.conviction = f64::NAN;
            proposal.convictions = Arc::new(vec![f64::NAN; proposal.affinities.len()]);
            proposal.tokens = Arc::new(vec![0.0; proposal.affinities.len()]);
        }
    }
    Ok(())
}

// ---- substep 4: who stands behind what

fn p_participants_decisions(
    step: &Step<'_, Parameters, State>,
    random: &mut Random,
) -> Result<Signals, Fault> {
    let decides = |_: &f64| random.uniform() < step.parameters.engagement;
    Ok(Signals { engaged: step.before.holdings.iter().map(decides).collect(), ..Signals::default() })
}

/// What a participant goes by when tokens are split.
struct Decision {
    holdings: f64,
    /// Candidates above it are supported; none where the participant stays with those of before.
    cutoff: Option<f64>,
    /// The sum of the affinities for what is supported.
    total_affinity: f64,
}

impl Decision {
    fn supports(&self, affinity: f64, tokens: f64) -> bool {
        self.cutoff.map_or(tokens > 0.0, |cutoff| affinity > cutoff)
    }
}

fn s_decisions(
    step: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    let (parameters, before) = (step.parameters, step.before);
    let decisions = decisions(parameters, before, signals);
    after.holdings = Arc::new(decisions.iter().map(|decision| decision.holdings).collect());
    for proposal in after.proposals.iter_mut().filter(|proposal| proposal.is_candidate()) {
        let tokens: Vec<f64> = decisions
            .iter()
            .zip(proposal.affinities.iter().zip(proposal.tokens.iter()))
            .map(|(decision, (affinity, tokens))| {
                let is_supported = decision.supports(*affinity, *tokens);
                if is_supported { affinity / decision.total_affinity * decision.holdings } else { 0.0 }
            })
            .collect();
        let convictions: Vec<f64> = tokens
            .iter()
            .zip(proposal.convictions.iter())
            .map(|(tokens, conviction)| tokens + parameters.alpha * conviction)
            .collect();
        proposal.conviction = total(convictions.iter().copied());
        if total(tokens.iter().copied()) < parameters.min_supp {
            proposal.status = Status::Killed;
        }
        proposal.tokens = Arc::new(tokens);
        proposal.convictions = Arc::new(convictions);
    }
    Ok(())
}

/// The decision of each participant.
fn decisions(parameters: &Parameters, before: &State, signals: &Signals) -> Vec<Decision> {
    let mut highest = vec![0.0_f64; before.participants.len()];
    for proposal in before.candidates() {
        for (highest, affinity) in highest.iter_mut().zip(proposal.affinities.iter()) {
            *highest = highest.max(*affinity);
        }
    }
    let factor = parameters.holdings_factor();
    let mut decisions: Vec<Decision> = before
        .holdings
        .iter()
        .zip(&signals.engaged)
        .zip(&highest)
        .map(|((holdings, is_engaged), highest)| {
            let (holdings, cutoff) = if *is_engaged {
                (holdings * factor, Some((parameters.sensitivity * highest).max(0.5)))
            } else {
                (*holdings, None)
            };
            Decision { holdings, cutoff, total_affinity: 0.0 }
        })
        .collect();
    for proposal in before.candidates() {
        let pairs = proposal.affinities.iter().zip(proposal.tokens.iter());
        for (decision, (affinity, tokens)) in decisions.iter_mut().zip(pairs) {
            if decision.supports(*affinity, *tokens) {
                decision.total_affinity += affinity;
            }
        }
    }
    decisions
}
