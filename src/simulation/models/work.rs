//! `work`: tokens that are minted every week into a community treasury, and the balance that
//! contributors earn. Source of the rule: the WORK token notebook. After T weeks there are 1 + 100 T tokens and
//! 100 T in the treasury, and the balance has mean 5.5 T and variance 8.25 T.

use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ending;
use crate::simulation::engine::{Block, Fault, Model, Step, Variable};
use crate::simulation::random::Random;

/// The most that `earned_most` may be.
const EARNED_MOST: u32 = 1_000_000_000;

/// The parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "meed model work", description = "Parameters of the model `work`.")]
pub struct Parameters {
    /// Tokens minted every week.
    #[schemars(range(min = 0))]
    pub weekly_token_minting: f64,
    /// Tokens that are there at the beginning.
    #[schemars(range(min = 0))]
    pub tokens: f64,
    /// The least that contributors earn in a week, in whole tokens.
    pub earned_least: u32,
    /// The most that contributors earn in a week, in whole tokens.
    #[schemars(range(max = EARNED_MOST))]
    pub earned_most: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { weekly_token_minting: 100.0, tokens: 1.0, earned_least: 1, earned_most: 10 }
    }
}

/// The state.
#[derive(Debug, Clone)]
pub struct State {
    tokens: f64,
    weekly_token_minting: f64,
    community_treasury: f64,
    token_balance: f64,
}

/// What policies tell: tokens minted, tokens earned.
#[derive(Debug, Default)]
pub struct Signals {
    minted: f64,
    earned: f64,
}

impl AddAssign for Signals {
    fn add_assign(&mut self, other: Self) {
        self.minted += other.minted;
        self.earned += other.earned;
    }
}

/// The model.
pub const MODEL: Model<Parameters, State, Signals> = Model {
    variables: &[
        Variable::real("tokens", "tokens that exist"),
        Variable::real("weekly_token_minting", "tokens minted every week"),
        Variable::real("community_treasury", "tokens of the community treasury"),
        Variable::real("contributors_token_balance", "tokens that contributors have earned"),
    ],
    details: None,
    check,
    genesis_parameters: &["tokens"],
    genesis: |parameters, _| {
        Ok(State {
            tokens: parameters.tokens,
            weekly_token_minting: parameters.weekly_token_minting,
            community_treasury: 0.0,
            token_balance: 0.0,
        })
    },
    blocks: &[
        Block { policies: &[p_mint], updates: &[s_minting, s_tokens, s_treasury] },
        Block { policies: &[p_earn], updates: &[s_balance] },
    ],
    row: |state| {
        vec![state.tokens, state.weekly_token_minting, state.community_treasury, state.token_balance]
    },
    ending: |_| Ending::Work,
    is_paired: false,
};

fn check(parameters: &Parameters) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    if parameters.weekly_token_minting < 0.0 {
        wrong.push(("weekly_token_minting", "is below zero".to_owned()));
    }
    if parameters.tokens < 0.0 {
        wrong.push(("tokens", "is below zero".to_owned()));
    }
    if parameters.earned_most > EARNED_MOST {
        wrong.push(("earned_most", format!("is above {EARNED_MOST}")));
    }
    if parameters.earned_least > parameters.earned_most {
        wrong.push(("earned_least", format!("is above `earned_most`, {}", parameters.earned_most)));
    }
    wrong
}

fn p_mint(step: &Step<'_, Parameters, State>, _: &mut Random) -> Result<Signals, Fault> {
    Ok(Signals { minted: step.parameters.weekly_token_minting, ..Signals::default() })
}

fn p_earn(step: &Step<'_, Parameters, State>, random: &mut Random) -> Result<Signals, Fault> {
    let Parameters { earned_least, earned_most, .. } = *step.parameters;
    Ok(Signals { earned: f64::from(random.integer(earned_least, earned_most)), ..Signals::default() })
}

fn s_minting(
    step: &Step<'_, Parameters, State>,
    _: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    after.weekly_token_minting = step.parameters.weekly_token_minting;
    Ok(())
}

fn s_tokens(
    step: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    after.tokens = step.before.tokens + signals.minted;
    Ok(())
}

fn s_treasury(
    step: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    after.community_treasury = step.before.community_treasury + signals.minted;
    Ok(())
}

fn s_balance(
    step: &Step<'_, Parameters, State>,
    signals: &Signals,
    after: &mut State,
    _: &mut Random,
) -> Result<(), Fault> {
    after.token_balance = step.before.token_balance + signals.earned;
    Ok(())
}
