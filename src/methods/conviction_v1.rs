//! conviction-v1: proposals that enough stake stood behind for long enough are funded.
//!
//! Source: conviction voting as BlockScience modelled it for the Commons Stack and 1Hive and Aragon
//! built it. Frozen as version 1.
//!
//! Time runs in steps, counted from 1 in the first round of the allocation; a round covers `steps` of
//! them, behind those of the rounds before. The pool is what the round declares, which is in the fund
//! from its first step (as what the input `claimed` brings in is), and the inflow of its steps; what is
//! left is kept. In each step:
//!
//! 1. The inflow is added to the funds. Proposals whose step has come become candidates. The age of
//!    every proposal grows by 1, to 1 in its first step.
//! 2. Check (`check-then-stake`): a candidate passes when its age is above `min_age`, its conviction y
//!    above the threshold, strictly, and its request r within the funds F. With supply S the threshold
//!    is rho S / (beta - r/F)^2, `normalised` divided by 1 - alpha; a share r/F of beta or more never
//!    passes. What passes is active: r is the beneficiary's, and the stakes on it are free.
//!    `sequential`: by conviction, highest first, then by id, each on the funds that the one before
//!    left. `simultaneous`: all on the same funds, paid in that order until the first that does not
//!    fit. The supply is that at the start of the check.
//! 3. Holdings and stakes of the step. Nobody may stake more than they hold after the step's rows.
//! 4. Conviction of candidates: y <- floor(alpha y) + x, x what is staked on it now. Whose stake is
//!    below `min_stake` is killed, and the stakes on it are free.
//!
//! `stake-then-check` is 1, 3, 4, 2. Amounts and conviction are in the smallest unit, alpha is an
//! integer of 10^-18, and y and the threshold are compared exactly; see [`arithmetic`].
//!
//! A row of the stakes sets what a participant stakes on a proposal; 0 withdraws. Rows of one step
//! count in the order of the file. A row on a proposal that is unknown, not there yet, or closed is an
//! error, also with amount 0. The file may hold the whole history: what belongs to other rounds is
//! skipped. Holdings are read anew each round: a row without step counts before the first step, one
//! with a step from the third part of that step on. In neither file do steps go backwards.
//!
//! Carried are step and proposals ([`State`]). A proposal that is still open stands in the next
//! round's table with the same request and beneficiary. One whose step is over when it first stands
//! there begins with the round.
//!
//! A worked example: alpha 0.5, beta 0.2, rho 0.0025, funds 1000, supply 10000. A request of 100 has
//! the share 0.1, so its threshold is 0.0025 x 10000 / 0.5 / 0.1^2 = 5000. A stake of 3000 has the
//! conviction 3000, 4500, 5250 after one, two, three steps, and passes in the check of the fourth:
//!
//! ```
//! use meed::methods::conviction_v1::arithmetic::{Alpha, Trigger};
//! let alpha = Alpha::new(500_000_000_000_000_000).unwrap();
//! let trigger = Trigger { alpha, beta: 200_000_000_000_000_000, rho: 2_500_000_000_000_000, normalised: true };
//! let threshold = trigger.threshold(100, 1000, 10_000).unwrap();
//! assert_eq!(threshold.to_text(0), "5000");
//! let two = alpha.next(alpha.next(0, 3000).unwrap(), 3000).unwrap();
//! let three = alpha.next(two, 3000).unwrap();
//! assert_eq!((two, threshold.is_passed_by(two)), (4500, false));
//! assert_eq!((three, threshold.is_passed_by(three)), (5250, true));
//! ```

pub mod arithmetic;
mod explain;
mod fund;
mod history;
pub(crate) mod input;
mod report;
mod settings;
mod state;

use std::collections::{BTreeMap, BTreeSet};

pub use settings::{CheckOrder, Release, Settings, SupplyText, ThresholdForm};
pub use state::{ProposalState, StakeState, State, Status};

use super::{Method, Outcome, Request, Reward, collected, is_shown_before, json_value};
use crate::amount::Amount;
use crate::error::{Error, Place, Warning};
use crate::recipient::{Key, Recipient};
pub(super) use explain::explain_each;
use fund::{Events, Fund};
use input::{HoldingRow, ProposalRow, StakeRow, read_holdings, read_proposals, read_stakes};
use settings::Rule;

/// The reward's name.
const REWARD: &str = "grant";
/// Most steps x proposals of a round: rows of its table.
const ROWS_LIMIT: u64 = 250_000;

/// Everything that the rule goes by, read and checked.
struct Round<'a> {
    declared: Amount,
    carried_in: Amount,
    state: State,
    first: u64,
    last: u64,
    proposals: Vec<ProposalRow>,
    stakes: Vec<StakeRow>,
    holdings: Option<Vec<HoldingRow>>,
    /// Of the round's file.
    place: Place,
    proposals_place: Place,
    stakes_place: Place,
    holdings_place: Option<Place>,
    read: BTreeSet<String>,
    decimals: u8,
    symbol: &'a str,
}

/// Reads the inputs of an allocation and runs its fund through the steps of the round.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let Prepared { rule, round, proposals, pool, funds, mut warnings } = prepare(request)?;
    let mut fund = Fund::new(&rule, funds.units(), proposals);
    fund.run(round.first, round.last, round.events())?;
    warnings.extend(report::warnings(&fund, &rule, &round));
    let (amounts, recipients) = grants(&fund).ok_or_else(|| too_large(request))?;
    let decimals = request.decimals();
    Ok(Outcome {
        declared: round.declared,
        pool,
        carried_in: round.carried_in,
        kept: Amount::from_units(fund.funds),
        state: Some(json_value(&State::of(round.last, &fund.proposals, decimals))),
        rewards: vec![Reward { name: REWARD.to_owned(), pool, amounts }],
        recipients,
        read: round.read,
        tables: report::tables(&fund, decimals),
        statistics: report::statistics(&fund, &rule, decimals),
        warnings,
        ..Outcome::default()
    })
}

/// A round whose steps can be computed.
struct Prepared<'a> {
    rule: Rule,
    round: Round<'a>,
    proposals: state::Proposals,
    /// What is declared, and the inflow.
    pool: Amount,
    /// What is in the fund before the first step.
    funds: Amount,
    warnings: Vec<Warning>,
}

/// Reads and checks everything.
fn prepare<'a>(request: &Request<'a>) -> Result<Prepared<'a>, Vec<Error>> {
    let settings: Settings = request.settings().map_err(|error| vec![error])?;
    let mut problems = Vec::new();
    request.check_roles(Method::ConvictionV1, &mut problems);
    let rule = Rule::check(&settings, request, &mut problems);
    let round = read_round(request, settings.steps, &mut problems);
    let (Some(rule), Some(round)) = (rule, round) else { return Err(problems) };
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut warnings = Vec::new();
    let proposals =
        state::meet(&round.state, &round.proposals, round.proposals_place.path(), request, &mut warnings)?;
    check_size(&proposals, &rule, &round, request).map_err(|error| vec![error])?;
    let pool = rule.inflow.checked_mul(u128::from(rule.steps)).map(Amount::from_units);
    let pool = pool.and_then(|inflow| inflow.checked_add(round.declared));
    let pool = pool.ok_or_else(|| too_large(request))?;
    let carried_in = round.carried_in.checked_add(request.brought_in).ok_or_else(|| too_large(request))?;
    pool.checked_add(carried_in).ok_or_else(|| too_large(request))?;
    let funds = round.declared.checked_add(carried_in).ok_or_else(|| too_large(request))?;
    Ok(Prepared { rule, round, proposals, pool, funds, warnings })
}

/// The error of sums that do not fit.
fn too_large(request: &Request<'_>) -> Vec<Error> {
    vec![Error::Overflow { place: request.place(), what: "pool, inflow and funds".to_owned() }]
}

/// Reads the files and what was carried; all problems at once.
fn read_round<'a>(request: &Request<'a>, steps: u64, problems: &mut Vec<Error>) -> Option<Round<'a>> {
    let declared = collected(request.declared(), problems);
    let carried = collected(request.carried::<State>(), problems);
    let proposals_file = collected(request.input("proposals"), problems);
    let stakes_file = collected(request.input("stakes"), problems);
    let holdings_file = collected(request.optional_input("holdings"), problems);
    let proposals = proposals_file.map(|file| read_proposals(file, request, problems));
    let stakes = stakes_file.map(|file| read_stakes(file, request, problems));
    let holdings = holdings_file.map(|file| file.map(|file| read_holdings(file, request, problems)));
    let (carried_in, state) = carried?.unwrap_or_default();
    let last = collected(state.last_step(steps), problems);
    let ((proposals_path, _), (stakes_path, _), holdings_file) =
        (proposals_file?, stakes_file?, holdings_file?);
    let paths = [Some(proposals_path), Some(stakes_path), holdings_file.map(|(path, _)| path)];
    Some(Round {
        declared: declared?,
        carried_in,
        first: state.step + 1, // at most `last`
        last: last?,
        state,
        proposals: proposals?,
        stakes: stakes?,
        holdings: holdings?,
        place: request.place(),
        proposals_place: Place::file(proposals_path),
        stakes_place: Place::file(stakes_path),
        holdings_place: holdings_file.map(|(path, _)| Place::file(path)),
        read: paths.into_iter().flatten().map(str::to_owned).collect(),
        decimals: request.decimals(),
        symbol: &request.plan.token.symbol,
    })
}

impl Round<'_> {
    /// What happens in the steps.
    fn events(&self) -> Events<'_> {
        Events {
            stakes: &self.stakes,
            holdings: self.holdings.as_deref(),
            place: self.holdings_place.as_ref().unwrap_or(&self.stakes_place),
            decimals: self.decimals,
        }
    }
}

/// Refuses rounds whose table would be too long.
fn check_size(
    proposals: &state::Proposals,
    rule: &Rule,
    round: &Round<'_>,
    request: &Request<'_>,
) -> Result<(), Error> {
    let come = proposals.waiting.values().filter(|(step, _)| *step <= round.last).count();
    let count = u64::try_from(proposals.existing.len() + come).unwrap_or(u64::MAX);
    if rule.steps.saturating_mul(count) <= ROWS_LIMIT {
        return Ok(());
    }
    Err(Error::StepsTooMany {
        place: request.place(),
        allocation: request.name(),
        steps: rule.steps,
        proposals: count,
        limit: ROWS_LIMIT,
    })
}

/// What was granted by recipient, and who they are. `None`: more than 2^128 - 1 units, which funds
/// that were paid cannot be.
fn grants(fund: &Fund<'_>) -> Option<(BTreeMap<Key, Amount>, BTreeMap<Key, Recipient>)> {
    let mut amounts: BTreeMap<Key, Amount> = BTreeMap::new();
    let mut recipients: BTreeMap<Key, Recipient> = BTreeMap::new();
    for grant in &fund.grants {
        let Some(proposal) = fund.proposals.get(&grant.proposal) else { continue };
        let name = &proposal.beneficiary;
        let key = proposal.key();
        let amount = amounts.entry(key.clone()).or_default();
        *amount = amount.checked_add(Amount::from_units(grant.requested))?;
        let recipient = recipients.entry(key).or_default();
        if is_shown_before(name, &recipient.name) {
            recipient.name.clone_from(name);
        }
    }
    Some((amounts, recipients))
}
