//! `policy`: a method of the ledger over made-up rounds, one a timestep, to see what a parameter does to
//! concentration and payouts before anybody votes on it.
//!
//! A round is divided by the method itself, as `close` would divide it: amounts are integers, what is held
//! and what a method keeps go on from round to round. Only the people and their scores are made up.
//!
//! # What is drawn
//!
//! A run draws one number from its stream, the seed of its population; with `chacha` that stream is the
//! same for all subsets and configurations. Everybody has ChaCha20 streams of their own under that seed, by
//! their number n (1 for the first) and the timestep t, and draws from them in this order:
//! 1. (0, n), when they join: u, an address if u < `with_address`; then their tendency from `scores`.
//! 2. (t, n), in each later round: u, they leave if u < `leaving`; u, they take part if u < `active`; u, their
//!    lot; then for each of `praises` an exponential number, which makes the tendency a quality. With
//!    praise-v1 then one u for each slot of each praise, from half the quality to half as much again, of
//!    which the nearest allowed value is the score.
//! 3. (t, 0), in each round: u, one more joins if u is below the fraction of `joining`.
//!
//! So the same run has the same people and the same contributions whatever the settings are: what differs
//! between two settings comes from the settings.

mod population;
mod round;
mod tables;

use std::collections::VecDeque;
use std::ops::AddAssign;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::amount::{Amount, DECIMALS_LIMIT};
use crate::error::Problems;
use crate::ledger::round_file::DecimalText;
use crate::methods::Method;
use crate::simulation::concentration::Concentration;
use crate::simulation::engine::{Block, Fault, Model, Step, Variable};
use crate::simulation::random::{Random, Rng};
use population::{Contribution, Member, Population, Scores};
use round::{After, Played, play};
use tables::{Cred, Round};

/// Most members at a time.
const MEMBERS_MOST: u32 = 10_000;
/// Most who ever join.
const EVER_MOST: u32 = 1_000_000;
/// Most contributions of a member to a round.
const PRAISES_MOST: u32 = 50;
/// Most values that `scores` lists.
const VALUES_MOST: usize = 10_000;
/// How many rounds a table of cred remembers.
const CRED_ROUNDS: usize = 52;
/// How many members settings are tried with.
const TRIAL_MEMBERS: u32 = 3;

/// The parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "meed model policy", description = "Parameters of the model `policy`.")]
pub struct Parameters {
    /// The method that divides the pools: `praise-v1`, `sourcecred-v1`, `fractal-v1`, `weighted-v1` or
    /// `grain-v1`.
    pub method: String,
    /// Settings of the method, in place of the usual ones. The table of `weighted-v1` has the columns
    /// `recipient`, `address`, `score` and `rounds`, the number of rounds since somebody joined.
    pub settings: Map<String, Value>,
    /// What each round divides, in token units.
    pub pool: DecimalText,
    /// Decimals of the token.
    #[schemars(range(max = 36))]
    pub decimals: u8,
    /// How many members there are at timestep 0.
    #[schemars(range(max = MEMBERS_MOST))]
    pub members: u32,
    /// How many join in a round, on average.
    #[schemars(range(min = 0, max = MEMBERS_MOST))]
    pub joining: f64,
    /// The chance of each member to leave before a round.
    #[schemars(range(min = 0, max = 1))]
    pub leaving: f64,
    /// The chance of each member to take part in a round.
    #[schemars(range(min = 0, max = 1))]
    pub active: f64,
    /// The share of members who have an address; what others get is held.
    #[schemars(range(min = 0, max = 1))]
    pub with_address: f64,
    /// How much members tend to be given for a contribution.
    pub scores: Scores,
    /// How often somebody who takes part is given something: praises; with `fractal-v1` the meetings of the
    /// round.
    #[schemars(range(min = 1, max = PRAISES_MOST))]
    pub praises: u32,
    /// How many quantify praise: those who take part and have been members longest.
    #[schemars(range(max = MEMBERS_MOST))]
    pub quantifying: u32,
    /// How many stand on the reward board: those with an address who have been members longest.
    #[schemars(range(max = MEMBERS_MOST))]
    pub board: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            method: Method::PraiseV1.id().to_owned(),
            settings: Map::new(),
            pool: DecimalText("1000".to_owned()),
            decimals: 18,
            members: 50,
            joining: 1.0,
            leaving: 0.02,
            active: 0.8,
            with_address: 0.9,
            scores: Scores::default(),
            praises: 3,
            quantifying: 8,
            board: 3,
        }
    }
}

/// The state.
#[derive(Debug, Clone)]
pub struct State {
    population: Population,
    /// Decimals of the token.
    decimals: u8,
    /// How many have ever joined: the number of the last one.
    ever: u32,
    /// Who is there, with their numbers, ascending.
    members: Vec<(u32, Member)>,
    /// What everybody who ever joined received so far, in units; the first is number 1.
    received: Vec<Amount>,
    /// The same of the last round alone, by number.
    last: Vec<(u32, Amount)>,
    /// Units that were paid, held and not divided in the last round.
    sums: [u128; 3],
    /// What the last round left.
    after: Option<After>,
    /// Cred of the last rounds, for grain-v1.
    cred: VecDeque<(u32, Arc<Cred>)>,
}

/// What policies tell: who comes and goes, what the round came to.
#[derive(Debug, Default)]
pub struct Signals {
    joining: u32,
    leaving: Vec<u32>,
    played: Option<(Played, Cred)>,
}

impl AddAssign for Signals {
    fn add_assign(&mut self, other: Self) {
        self.joining += other.joining;
        self.leaving.extend(other.leaving);
        self.played = other.played.or(self.played.take());
    }
}

/// What the report draws.
#[derive(Debug, Clone)]
pub struct Ending {
    /// What each member received over all rounds, in token units, by name.
    pub received: Vec<(String, f64)>,
    /// The same of the last round alone.
    pub last: Vec<(String, f64)>,
}

/// The model.
pub const MODEL: Model<Parameters, State, Signals> = Model {
    variables: &[
        Variable::count("members", "members in the round"),
        Variable::count("rewarded", "recipients who get more than nothing"),
        Variable::real("paid", "tokens of the round paid to addresses"),
        Variable::real("held", "tokens of the round held for members without an address"),
        Variable::real("unallocated", "tokens of the round that nobody gets"),
        Variable::real("largest_share", "what the largest recipient gets of the round, 0 to 1"),
        Variable::real("top10_share", "what the tenth who get most get of the round, 0 to 1"),
        Variable::real("gini", "Gini coefficient of the round, among those who get more than nothing"),
        Variable::real("gini_total", "Gini coefficient of all that was received so far"),
        Variable::count("half_count", "the fewest recipients who get more than half of the round"),
    ],
    details: None,
    check,
    genesis_parameters: &["decimals", "members"],
    genesis,
    blocks: &[
        Block { policies: &[p_joining, p_leaving], updates: &[s_members] },
        Block { policies: &[p_round], updates: &[s_round] },
    ],
    row,
    ending: |state| super::Ending::Policy(ending(state)),
    is_paired: true,
};

fn check(parameters: &Parameters) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    let shares = [
        ("leaving", parameters.leaving),
        ("active", parameters.active),
        ("with_address", parameters.with_address),
    ];
    for (name, share) in shares.into_iter().filter(|(_, share)| !(0.0..=1.0).contains(share)) {
        wrong.push((name, format!("is {share}, which is not from 0 to 1")));
    }
    if !(0.0..=f64::from(MEMBERS_MOST)).contains(&parameters.joining) {
        wrong.push(("joining", format!("is {}, which is not from 0 to {MEMBERS_MOST}", parameters.joining)));
    }
    let counts = [
        ("members", parameters.members, 0, MEMBERS_MOST),
        ("praises", parameters.praises, 1, PRAISES_MOST),
        ("quantifying", parameters.quantifying, 0, MEMBERS_MOST),
        ("board", parameters.board, 0, MEMBERS_MOST),
        ("decimals", parameters.decimals.into(), 0, DECIMALS_LIMIT.into()),
    ];
    for (name, count, least, most) in
        counts.into_iter().filter(|(_, it, least, most)| it < least || it > most)
    {
        wrong.push((name, format!("is {count}, which is not from {least} to {most}")));
    }
    wrong.extend(parameters.scores.fault().map(|fault| ("scores", fault)));
    let known = Method::ALL.into_iter().filter(|method| tables::fault_of(*method).is_none());
    match Method::parse(&parameters.method) {
        None => {
            let known = known.map(Method::id).collect::<Vec<_>>().join(", ");
            wrong.push(("method", format!("`{}` is none that can be simulated: {known}", parameters.method)));
        }
        Some(method) => match tables::fault_of(method) {
            Some(fault) => wrong.push(("method", format!("`{}` {fault}", method.id()))),
            None if wrong.is_empty() => wrong.extend(trial(method, parameters)),
            None => {}
        },
    }
    wrong
}

/// What the method says to its settings, and to the pool, in a round of a few people.
fn trial(method: Method, parameters: &Parameters) -> Option<(&'static str, String)> {
    let parameters = &Parameters { with_address: 1.0, active: 1.0, praises: 1, ..parameters.clone() };
    let population = Population::of_run(&mut Random::new(Rng::ChaCha, 0, (0, 0, 1)));
    let members: Vec<(u32, Member)> =
        (1..=TRIAL_MEMBERS).map(|number| (number, population.member(number, 0, parameters))).collect();
    let contributions: Vec<Contribution> =
        members.iter().filter_map(|member| population.contribution(1, *member, parameters)).collect();
    let round =
        Round { timestep: 1, parameters, members: &members, contributions: &contributions, cred: &[] };
    let problems = play(method, &round, None).err()?;
    Some(("settings", format!("or `pool` is refused by {}: {}", method.id(), told(&problems))))
}

/// The first of the problems of a made-up round, without the place: there is no such file.
fn told(problems: &Problems) -> String {
    let first = problems.errors().first().map(ToString::to_string).unwrap_or_default();
    match first.split_once(": ") {
        Some((place, rest)) if place.starts_with("rounds/") || place.starts_with("ledger.json") => {
            rest.to_owned()
        }
        _ => first,
    }
}

fn genesis(parameters: &Parameters, random: &mut Random) -> Result<State, Fault> {
    let population = Population::of_run(random);
    let members = (1..=parameters.members).map(|number| (number, population.member(number, 0, parameters)));
    Ok(State {
        population,
        decimals: parameters.decimals,
        ever: parameters.members,
        members: members.collect(),
        received: vec![Amount::ZERO; parameters.members as usize],
        last: Vec::new(),
        sums: [0; 3],
        after: None,
        cred: VecDeque::new(),
    })
}

fn p_joining(step: &Step<'_, Parameters, State>, _: &mut Random) -> Result<Signals, Fault> {
    let joining = step.before.population.newcomers(step.timestep, step.parameters);
    Ok(Signals { joining, ..Signals::default() })
}

fn p_leaving(step: &Step<'_, Parameters, State>, _: &mut Random) -> Result<Signals, Fault> {
    let State { population, members, .. } = step.before;
    let leaves = |number: &u32| population.leaves(step.timestep, *number, step.parameters);
    let leaving = members.iter().map(|(number, _)| *number).filter(leaves).collect();
    Ok(Signals { leaving, ..Signals::default() })
}

fn s_members(
    step: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    after.members.retain(|(number, _)| signals.leaving.binary_search(number).is_err());
    after.ever += signals.joining;
    if after.ever > EVER_MOST {
        return Err(Fault::new("members", format!("are more than {EVER_MOST} with those who left")));
    }
    let newcomers = step.before.ever + 1..=after.ever;
    let born = newcomers
        .map(|number| (number, step.before.population.member(number, step.timestep, step.parameters)));
    after.members.extend(born);
    if after.members.len() > MEMBERS_MOST as usize {
        return Err(Fault::new("members", format!("are more than {MEMBERS_MOST}")));
    }
    after.received.resize(after.ever as usize, Amount::ZERO);
    Ok(())
}

fn p_round(step: &Step<'_, Parameters, State>, _: &mut Random) -> Result<Signals, Fault> {
    let State { population, members, cred, after, .. } = step.before;
    let parameters = step.parameters;
    let unknown = || Fault::new("round", format!("has the unknown method `{}`", parameters.method));
    let method = Method::parse(&parameters.method).ok_or_else(unknown)?;
    let contributions: Vec<Contribution> = members
        .iter()
        .filter_map(|member| population.contribution(step.timestep, *member, parameters))
        .collect();
    let cred: Vec<(u32, Arc<Cred>)> = cred.iter().cloned().collect();
    let round =
        Round { timestep: step.timestep, parameters, members, contributions: &contributions, cred: &cred };
    let played = play(method, &round, after.as_ref());
    let played =
        played.map_err(|problems| Fault::new("round", format!("cannot be divided: {}", told(&problems))))?;
    let cred = contributions.iter().map(|it| (it.member, tables::score(it))).collect();
    Ok(Signals { played: Some((played, cred)), ..Signals::default() })
}

fn s_round(
    step: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    let Some((played, cred)) = &signals.played else { return Ok(()) };
    for (number, amount) in &played.due {
        let received = after.received.get_mut((*number as usize).wrapping_sub(1));
        let received =
            received.ok_or_else(|| Fault::new("round", format!("pays the unknown member {number}")))?;
        *received = received.checked_add(*amount).ok_or_else(|| Fault::new("paid", "is too large"))?;
    }
    after.last.clone_from(&played.due);
    after.sums = played.sums;
    after.after = Some(played.after.clone());
    after.cred.push_back((step.timestep, Arc::new(cred.clone())));
    if after.cred.len() > CRED_ROUNDS {
        after.cred.pop_front();
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss)] // at most a million people
fn row(state: &State) -> Vec<f64> {
    let of_round = Concentration::of(state.last.iter().map(|(_, amount)| amount.units()));
    let of_all = Concentration::of(state.received.iter().map(|amount| amount.units()));
    let [paid, held, unallocated] = state.sums.map(|units| tokens(units, state.decimals));
    vec![
        state.members.len() as f64,
        of_round.recipients as f64,
        paid,
        held,
        unallocated,
        of_round.largest_share,
        of_round.top_tenth_share,
        of_round.gini,
        of_all.gini,
        of_round.half_count as f64,
    ]
}

/// An amount as a number of tokens, to be looked at.
#[allow(clippy::cast_precision_loss)]
fn tokens(units: u128, decimals: u8) -> f64 {
    let one = (0..decimals).fold(1.0, |one, _| one * 10.0);
    units as f64 / one
}

fn ending(state: &State) -> Ending {
    let shown = |number: u32, amount: Amount| (tables::name(number), tokens(amount.units(), state.decimals));
    Ending {
        received: state.received.iter().zip(1..).map(|(amount, number)| shown(number, *amount)).collect(),
        last: state.last.iter().map(|(number, amount)| shown(*number, *amount)).collect(),
    }
}
